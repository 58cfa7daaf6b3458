"""The rollout from its first phase to its last, and how far the present one is."""

from dataclasses import dataclass
from typing import Literal

from widgets import glyphs
from widgets.canvas import Block
from widgets.line import Line, Span, Tone, bar, fit, width_of

PhaseState = Literal["done", "current", "next", "failed"]
SIGNS: dict[PhaseState, tuple[str, Tone]] = {
    "done": (glyphs.OK, "good"),
    "current": (glyphs.CURRENT, "accent"),
    "next": (glyphs.NEXT, "muted"),
    "failed": (glyphs.FAILED, "warn"),
}
LINK: Line = (Span(" "), Span(f"{glyphs.LINK} ", "muted"))
LEAST_BAR = 6
MOST_BAR = 24


@dataclass(frozen=True, slots=True)
class PhaseView:
    """A phase or an increment of the canary.

    `elapsed` and `left` are ready texts ("26h", "18h12m left"); `fraction` is how much of the
    dwell is over (0 to 1), None where there is none.
    """

    name: str
    label: str
    state: PhaseState
    elapsed: str = ""
    fraction: float | None = None
    left: str = ""


def timeline(phases: tuple[PhaseView, ...], width: int) -> list[Line]:
    """The phases in rows of `width` cells: one row if they fit, without the times if need be."""
    room = width - 1
    timed = _wrapped(phases, room, times=True)
    short = _wrapped(phases, room, times=False)
    rows = short if len(timed) > 2 or len(short) == 1 < len(timed) else timed
    return [(Span(" "), *row) for row in rows]


def _wrapped(phases: tuple[PhaseView, ...], room: int, *, times: bool) -> list[Line]:
    rows: list[list[PhaseView]] = []
    used = 0
    for phase in phases:
        need = width_of(_segment(phase, LEAST_BAR, times=times)) + width_of(LINK)
        if not rows or used + need > room:
            rows.append([])
            used = -width_of(LINK) if len(rows) == 1 else 0
        rows[-1].append(phase)
        used += need
    return [_row(row, room, first=index == 0, times=times) for index, row in enumerate(rows)]


def _row(phases: list[PhaseView], room: int, *, first: bool, times: bool) -> Line:
    def draw(bar_width: int) -> Line:
        line: list[Span] = []
        for phase in phases:
            line.extend((*LINK, *_segment(phase, bar_width, times=times)))
        return tuple(line[len(LINK) :] if first else line[1:])

    spare = room - width_of(draw(LEAST_BAR))
    return draw(min(MOST_BAR, LEAST_BAR + max(0, spare)))


def _segment(phase: PhaseView, bar_width: int, *, times: bool) -> Line:
    glyph, tone = SIGNS[phase.state]
    label = fit(phase.label, 24)
    if phase.state == "failed":
        return (Span(f"{glyph} {label} failed", tone),)
    if phase.state != "current":
        name = Span(f"{glyph} {label}", tone if phase.state == "next" else "")
        elapsed = (Span(" "), Span(phase.elapsed, "muted")) if times and phase.elapsed else ()
        return (name, *elapsed)
    line: list[Span] = [Span(f"{glyph} {label}", "strong")]
    if phase.elapsed:
        line.extend((Span(" "), Span(phase.elapsed)))
    if phase.fraction is not None:
        line.extend((Span(" "), *bar(phase.fraction, bar_width, tone)))
    if phase.left:
        line.extend((Span(" "), Span(phase.left, "strong")))
    return tuple(line)


class Timeline(Block):
    """One or two rows that show the phases."""

    _phases: tuple[PhaseView, ...] = ()

    def show(self, phases: tuple[PhaseView, ...]) -> None:
        """Show `phases`, the first one first."""
        if phases != self._phases:
            self._phases = phases
            self.changed()

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`."""
        return timeline(self._phases, width) or [()]
