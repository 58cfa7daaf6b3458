"""How far a walk through the checklist is, on one row."""

from dataclasses import dataclass

from textual.reactive import reactive

from widgets.canvas import Block
from widgets.line import Line, Span, bar, dotted, fit

BAR = 16


@dataclass(frozen=True, slots=True)
class WalkView:
    """Item `place` of `total`, and what stands behind and before it."""

    place: int
    total: int
    category: str
    confirmed: int
    open_hard: int


class WalkBar(Block):
    """The place in the walk, a bar, and what is left."""

    DEFAULT_CSS = "WalkBar { padding: 0 1; }"

    view: reactive[WalkView | None] = reactive(None, init=False)

    def watch_view(self) -> None:
        """Draw anew."""
        self.changed()

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`."""
        view = self.view
        if view is None:
            return [()]
        left = f"{view.open_hard} hard open" if view.open_hard else "no hard item open"
        told = dotted(f"{view.confirmed} confirmed", left, view.category)
        place = f"WALK {view.place} of {view.total}"
        room = width - len(place) - BAR - 4
        return [
            (
                Span(place, "strong"),
                Span("  "),
                *bar(view.place / view.total, BAR, "accent"),
                Span("  "),
                Span(fit(told, room), "muted"),
            )
        ]
