"""The status line: who, where, how fresh, and what time it is, in one row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from widgets import glyphs
from widgets.canvas import Block
from widgets.line import Line, Span, Tone, fit, width_of

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
    """The row in `width` cells.

    Where room is short it is made in a fixed order: what says least goes, then what matters is
    said in fewer letters. Phase, freshness and what is locked always stay.
    """
    told = Told(view, width)
    room = width - 2 * MARGIN
    for shorten in SHORTER:
        if width_of(told.left()) + width_of(told.right()) + GAP <= room:
            break
        shorten(told)
    left, right = told.left(), told.right()
    middle = Span(" " * max(GAP, room - width_of(left) - width_of(right)))
    return (Span(" " * MARGIN), *left, middle, *right)


class Told:
    """The parts of the line, as they are being shortened."""

    def __init__(self, view: StatusView, width: int) -> None:
        """All of them, in full."""
        self.parts = {
            "product": "WARROOM",
            "agent": fit(view.agent, max(12, width // 3)),
            "context": view.context,
            "phase": view.phase.upper(),
            "traffic": view.traffic,
            "time": view.phase_time,
            "lock": view.lock and f" {view.lock} ",
            "age": view.freshness_text,
            "sync": view.sync[0],
            "company": view.company,
            "operator": view.operator,
            "clock": view.clock,
            "speed": view.speed,
        }
        self._fresh = (*FRESHNESS[view.freshness], view.freshness)
        self._sync: Tone = view.sync[1]

    def left(self) -> Line:
        """What and where."""
        parts = self.parts
        return _joined(
            Span(parts["product"], "accent"),
            Span(parts["agent"], "strong"),
            Span(parts["context"], "muted"),
            Span(parts["phase"], "strong"),
            Span(parts["traffic"]),
            Span(parts["time"]),
        )

    def right(self) -> Line:
        """How fresh, who and when."""
        parts = self.parts
        glyph, tone, word = self._fresh
        return _joined(
            Span(parts["lock"], "alarm"),
            Span(f"{glyph} {word} {parts['age']}".rstrip(), tone),
            Span(parts["sync"], self._sync),
            Span(parts["company"], "muted"),
            Span(parts["operator"]),
            Span(parts["clock"]),
            Span(parts["speed"], "warn"),
        )

    def drop(self, *names: str) -> None:
        """Leave these out."""
        self.parts.update(dict.fromkeys(names, ""))

    def calm_sync(self) -> None:
        """Leave out how it stands with other machines, if all is well there."""
        if self._sync != "warn":
            self.drop("sync")

    def cut(self, name: str, before: str) -> None:
        """Say only how a part begins: "6 min" of "6 min of 48h", "+2" of "+2 here"."""
        self.parts[name] = self.parts[name].partition(before)[0]

    def narrow(self, name: str, width: int) -> None:
        """Say a part in at most `width` cells."""
        self.parts[name] = fit(self.parts[name], width)


SHORTER: tuple[Callable[[Told], None], ...] = (
    lambda told: told.drop("product"),
    lambda told: told.drop("context"),
    lambda told: told.drop("speed"),
    Told.calm_sync,
    lambda told: told.drop("traffic"),
    lambda told: told.drop("clock"),
    lambda told: told.cut("time", " of "),
    lambda told: told.narrow("agent", 14),
    lambda told: told.narrow("operator", 14),
    lambda told: told.drop("agent"),
    lambda told: told.drop("time"),
    lambda told: told.cut("company", " "),
    lambda told: told.drop("age"),
    lambda told: told.narrow("operator", 9),
    lambda told: told.drop("sync"),
    lambda told: told.drop("operator", "company"),
)


def _joined(*spans: Span) -> Line:
    line: list[Span] = []
    for span in spans:
        if span.text:
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
