"""Deployments side by side: where each stands and what it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from widgets import glyphs
from widgets.line import Line, Span, Tone, dotted, fit, width_of
from widgets.rowlist import Row, RowList

INDENT = 2
State = Literal["quiet", "asks", "danger", "unreadable"]
MARKS: dict[State, tuple[str, Tone]] = {
    "quiet": (glyphs.LIVE, "muted"),
    "asks": (glyphs.BREACH, "warn"),
    "danger": (glyphs.BREACH, "bad"),
    "unreadable": (glyphs.DOWN, "bad"),
}


@dataclass(frozen=True, slots=True)
class DeploymentView:
    """A deployment, as literal text.

    `about` is whom it serves and where it lies. `stands` are its status, phase and how fresh that
    is; `asks` is what needs a hand, the most urgent first, or why it cannot be read. Of both as
    many are shown as fit. `here` is the one that the console shows already.
    """

    id: str
    name: str
    about: str
    stands: tuple[str, ...]
    asks: tuple[str, ...]
    state: State
    here: bool = False


class DeploymentList(RowList[DeploymentView]):
    """Deployments under a cursor, in the order given."""

    EMPTY: ClassVar[str] = "reading the journals …"

    class Chosen(RowList.Chosen):
        """The operator chose a deployment; `id` is the view's."""

    def rows(self, items: Sequence[DeploymentView]) -> list[Row[DeploymentView]]:
        """See `RowList.rows`."""
        return [
            Row(view.id, view, part)
            for view in items
            for part in range(3 if view.asks and view.stands else 2)
        ]

    def draw(self, row: Row[DeploymentView], width: int) -> Line:
        """See `RowList.draw`."""
        view, room = row.item, width - INDENT
        glyph, tone = MARKS[view.state]
        if row.part == 0:
            after = dotted(view.about, "here" if view.here else "")
            name = Span(fit(view.name, room), "strong")
            rest = fit(after, max(0, room - width_of((name,)) - INDENT))
            gap = " " * INDENT if rest else ""
            return (Span(f"{glyph} ", tone), name, Span(gap), Span(rest, "muted"))
        indent = Span(" " * INDENT)
        if row.part == 1 and view.stands:
            return (indent, Span(_fitting(view.stands, room)))
        return (indent, Span(_fitting(view.asks, room), tone))


def _fitting(parts: Sequence[str], width: int) -> str:
    """As many of the parts as there is room for, from the first."""
    for count in range(len(parts), 1, -1):
        text = dotted(*parts[:count])
        if width_of((Span(text),)) <= width:
            return text
    return fit(parts[0], width)
