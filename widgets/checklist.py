"""The readiness checklist, by category."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from widgets import glyphs
from widgets.line import Column, Line, Span, Tone, compose, fit, layout, widest
from widgets.rowlist import Row, RowList

ItemState = Literal[
    "confirmed", "partly", "open", "in-progress", "expired", "accepted", "not-applicable"
]
STATES: dict[ItemState, tuple[str, str, Tone]] = {
    "confirmed": (glyphs.OK, "confirmed", "good"),
    "partly": (glyphs.PARTLY, "partly", "accent"),
    "open": (glyphs.OPEN, "open", ""),
    "in-progress": (glyphs.PARTLY, "in progress", "accent"),
    "expired": (glyphs.STALE, "expired", "warn"),
    "accepted": (glyphs.NOT_APPLICABLE, "stays open", "muted"),
    "not-applicable": (glyphs.NOT_APPLICABLE, "n/a", "muted"),
}
CLOSED = ("confirmed", "accepted", "not-applicable")
HARD = "HARD"
NARROW = 76
WIDE_GAP = 2


@dataclass(frozen=True, slots=True)
class ItemView:
    """A line of the checklist. `hard`: open means NO-GO.

    `roles` are those who must confirm it, `who` those who have.
    """

    id: str
    category: str
    title: str
    hard: bool
    state: ItemState
    roles: str = ""
    who: str = ""


class ChecklistTable(RowList[ItemView]):
    """Items under a cursor, grouped by category in the order given."""

    EMPTY: ClassVar[str] = "no item matches"

    class Chosen(RowList.Chosen):
        """The operator chose an item; `id` is the item's."""

    _columns: tuple[Column, ...] = ()
    _whole = 0
    _done: dict[str, tuple[int, int]]

    def rows(self, items: Sequence[ItemView]) -> list[Row[ItemView]]:
        """See `RowList.rows`."""
        groups: dict[str, list[ItemView]] = {}
        for view in items:
            groups.setdefault(view.category, []).append(view)
        self._done = {
            category: (sum(view.state in CLOSED for view in group), len(group))
            for category, group in groups.items()
        }
        title = widest(view.title for view in items)
        roles = widest(view.roles for view in items)
        who = widest(view.who for view in items)
        self._columns = (
            Column(2 + max(len(word) for _, word, _ in STATES.values())),
            Column(len(HARD)),
            Column(min(title, 32), most=title),
            Column(min(roles, 24), rank=2, most=roles),
            Column(min(who, 24), rank=3, most=who),
            Column(widest(view.id for view in items), rank=4),
        )
        whole = sum(max(column.width, column.most) for column in self._columns)
        self._whole = whole + WIDE_GAP * (len(self._columns) - 1)
        rows: list[Row[ItemView]] = []
        for group in groups.values():
            rows.append(Row("", group[0]))
            rows.extend(Row(view.id, view) for view in group)
        return rows

    def draw(self, row: Row[ItemView], width: int) -> Line:
        """See `RowList.draw`."""
        view = row.item
        if not row.key:
            closed, total = self._done[view.category]
            count = f"{closed} of {total}"
            name = Span(fit(view.category, width - len(count) - 2), "strong")
            return (name, Span("  "), Span(count, "muted"))
        glyph, word, tone = STATES[view.state]
        needed = view.hard and view.state not in CLOSED
        cells: tuple[Line, ...] = (
            (Span(f"{glyph} {word}", tone),),
            (Span(HARD if view.hard else "", "warn" if needed else "muted"),),
            (Span(view.title, "muted" if view.state == "not-applicable" else ""),),
            (Span(view.roles, "muted"),),
            (Span(view.who),),
            (Span(view.id, "muted"),),
        )
        gap = 1 if width < NARROW else WIDE_GAP
        # An id beside a title that is cut for it would help nobody.
        columns = self._columns if width >= self._whole else (*self._columns[:-1], Column(0))
        return compose(columns, layout(columns, width, gap), cells, gap)
