"""The status line: who, where, how fresh, and what time it is, in one row."""

from dataclasses import dataclass
from typing import Literal

from widgets import glyphs
from widgets.canvas import Block
from widgets.line import Line, Span, Tone, fit, keep, width_of

Freshness = Literal["live", "stale", "down", "off", "then"]
FRESHNESS: dict[Freshness, tuple[str, Tone]] = {
    "live": (glyphs.LIVE, "good"),
    "stale": (glyphs.STALE, "warn"),
    "down": (glyphs.DOWN, "bad"),
    "off": (glyphs.OFF, "warn"),
    "then": (glyphs.REPLAY, "warn"),
}
MARGIN = 1
GAP = 2
SYNC, COMPANY = 8, 9  # their places among the parts


@dataclass(frozen=True, slots=True)
class StatusView:
    """What the status line says; an empty text is left out.

    `traffic` is the share the agent gets ("100 %"), `phase_time` the time in it ("29h48m of 48h"),
    `freshness_text` the age of the newest data ("2s"), where `freshness` is "then" the freshness of
    that time too; `speed` a demo's ("60x"), `lock` why deeds are refused or not on disk
    ("READ-ONLY", "UNJOURNALED"). `company` counts who else is here ("+2 here"); `sync` is how it
    stands with other machines ("⇄ synced"), with its tone.
    """

    agent: str
    context: str
    phase: str
    traffic: str
    phase_time: str
    freshness: Freshness
    freshness_text: str
    operator: str
    clock: str
    speed: str = ""
    lock: str = ""
    company: str = ""
    sync: tuple[str, Tone] = ("", "")


def status_line(view: StatusView, width: int) -> Line:
    """The row in `width` cells. Where room is short whole parts go, the least important first."""
    glyph, tone = FRESHNESS[view.freshness]
    fresh = " ".join(text for text in (glyph, view.freshness, view.freshness_text) if text)
    agent = fit(view.agent, max(12, width // 3))
    company, sync = Span(view.company, "muted"), Span(*view.sync)
    parts: list[tuple[int, Span]] = [
        (9, Span("WARROOM", "accent")),
        (3, Span(agent, "strong")),
        (8, Span(view.context, "muted")),
        (0, Span(view.phase.upper(), "strong")),
        (5, Span(view.traffic)),
        (2, Span(view.phase_time)),
        (0, Span(view.lock and f" {view.lock} ", "alarm")),
        (1, Span(fresh, tone)),
        (2 if sync.tone == "warn" else 7, sync),
        (7, company),
        (6, Span(view.operator)),
        (4, Span(view.clock)),
        (7, Span(view.speed, "warn")),
    ]
    room = width - 2 * MARGIN
    stays = list(keep([(rank, width_of((span,))) for rank, span in parts], room, GAP))
    for place in (COMPANY, SYNC):  # they fill what room is left
        _fill(stays, [span for _, span in parts], place, room)
    left = _joined([span for (_, span), stay in zip(parts[:6], stays[:6], strict=True) if stay])
    right = _joined([span for (_, span), stay in zip(parts[6:], stays[6:], strict=True) if stay])
    middle = Span(" " * max(GAP, room - width_of(left) - width_of(right)))
    return (Span(" " * MARGIN), *left, middle, *right)


def _fill(stays: list[bool], spans: list[Span], index: int, room: int) -> None:
    """Show the part `index` if there is room for it beside those that stay."""
    shown = [span for span, stay in zip(spans, stays, strict=True) if stay]
    width = width_of((*shown, spans[index])) + GAP * len(shown)
    if spans[index].text and not stays[index] and width <= room:
        stays[index] = True


def _joined(spans: list[Span]) -> Line:
    line: list[Span] = []
    for span in spans:
        line.extend((Span(" " * GAP), span) if line else (span,))
    return tuple(line)


class StatusLine(Block):
    """One row that shows a `StatusView`."""

    _view: StatusView | None = None

    def show(self, view: StatusView) -> None:
        """Show `view`."""
        if view != self._view:
            self._view = view
            self.changed()

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`."""
        return [status_line(self._view, width) if self._view else ()]
