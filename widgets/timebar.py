"""A bar of time with its phases, what happened marked on it, and where the reader stands."""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from widgets import glyphs
from widgets.canvas import Block
from widgets.line import Line, Span, Tone, fit, width_of

MarkKind = Literal["decision", "alert", "incident"]
MARKS: dict[MarkKind, tuple[str, Tone]] = {
    "alert": (glyphs.FIRING, "warn"),
    "incident": (glyphs.INCIDENT, "warn"),
    "decision": (glyphs.ESCALATION, "accent"),
}
LEAST_BAND = 3


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of time with a name, in unix seconds."""

    start: float
    end: float
    label: str


@dataclass(frozen=True, slots=True)
class TimeBarView:
    """All times are unix seconds; `marks` are times with what happened then."""

    start: float
    end: float
    at: float
    bands: tuple[Band, ...] = ()
    marks: tuple[tuple[float, MarkKind], ...] = ()

    def column(self, at: float, width: int) -> int:
        """The cell that stands for a time."""
        length = self.end - self.start
        part = (at - self.start) / length if length > 0 else 0.0
        return min(width - 1, max(0, int(part * width)))

    def time(self, column: int, width: int) -> float:
        """The time that a cell stands for: the first cell is the start, the last the end."""
        return self.start + (self.end - self.start) * column / max(1, width - 1)


def band_line(view: TimeBarView, width: int) -> Line:
    """The names of the phases, each where it begins; one too short for a name has only its edge."""
    spans: list[Span] = []
    used = 0
    here = view.column(view.at, width)
    for band in view.bands:
        first = max(used, view.column(band.start, width))
        room = view.column(band.end, width) - first
        if room < LEAST_BAND:
            continue
        name = fit(band.label, room - 1)
        tone: Tone = "strong" if first <= here < first + room else "muted"
        spans.append(Span(" " * (first - used)))
        spans.append(Span(f"{glyphs.EDGE}{name}", tone))
        used = first + width_of((spans[-1],))
    return tuple(spans)


def mark_line(view: TimeBarView, width: int) -> Line:
    """The bar itself. Where marks meet the one stands that asks for most; the place over all."""
    cells: dict[int, Span] = {}
    for kind in reversed(MARKS):
        for at, one in view.marks:
            if one == kind:
                cells[view.column(at, width)] = Span(*MARKS[kind])
    cells[view.column(view.at, width)] = Span(glyphs.CURSOR_LINE, "strong")
    rest = Span(glyphs.BAR_REST, "muted")
    return tuple(cells.get(column, rest) for column in range(width))


class TimeBar(Block, can_focus=True):
    """Two rows. A click goes there; with the focus the arrows go a cell on, or back."""

    DEFAULT_CSS = "TimeBar { height: 2; } TimeBar:focus { background: $primary 20%; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "scrub(-1)", "Earlier", show=False, id="timebar.earlier",
                tooltip="a cell of the time bar back"),
        Binding("right", "scrub(1)", "Later", show=False, id="timebar.later",
                tooltip="a cell of the time bar on"),
        Binding("home", "end(0)", "First", show=False, id="timebar.first",
                tooltip="to the beginning of the record"),
        Binding("end", "end(1)", "Last", show=False, id="timebar.last",
                tooltip="to the end of the record"),
    ]  # fmt: skip

    class Chosen(Message):
        """The operator chose a time, `at` in unix seconds."""

        def __init__(self, at: float) -> None:
            """`at` is the time."""
            super().__init__()
            self.at = at

    _view: TimeBarView | None = None

    def show(self, view: TimeBarView) -> None:
        """Show `view`."""
        if view != self._view:
            self._view = view
            self.changed()

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`."""
        view = self._view
        return [(), ()] if view is None else [band_line(view, width), mark_line(view, width)]

    def on_click(self, event: events.Click) -> None:
        """Go there."""
        if self._view is not None:
            column = min(self.room - 1, max(0, event.x))
            self._choose(self._view, self._view.time(column, self.room))

    def action_scrub(self, way: int) -> None:
        """Go a cell on or back."""
        view, width = self._view, self.room
        if view is not None and width > 1:
            step = (view.end - view.start) / (width - 1)
            self._choose(view, view.at + way * step)

    def action_end(self, last: int) -> None:
        """Go to an end."""
        if self._view is not None:
            self._choose(self._view, self._view.end if last else self._view.start)

    def _choose(self, view: TimeBarView, at: float) -> None:
        """Stand there at once: the next key goes on from it, however long the way is."""
        at = min(max(at, view.start), view.end)
        self.show(replace(view, at=at))
        self.post_message(self.Chosen(at))
