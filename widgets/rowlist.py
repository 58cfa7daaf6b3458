"""A list with a cursor that stays on its item, however the list changes around it."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, NamedTuple, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from widgets import glyphs
from widgets.canvas import COPIED, Canvas
from widgets.line import Line, Span, fit, text_of

T = TypeVar("T")
GUTTER = 2


class Row(NamedTuple, Generic[T]):
    """One row: the id of the item it belongs to (`""`: none, the cursor skips it), and which of
    the item's rows it is, counted from 0."""

    key: str
    item: T
    part: int = 0


class RowList(Canvas, Generic[T], can_focus=True, inherit_bindings=False):
    """Rows of items under a cursor. A subclass says which rows there are and how each is drawn."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="list.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="list.down"),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False, id="list.page-up"),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", show=False, id="list.page-down"),
        Binding("home", "edge(0)", "First", show=False, id="list.first"),
        Binding("end,G", "edge(-1)", "Last", show=False, id="list.last"),
        Binding("enter", "choose", "Open", id="list.choose"),
    ]
    EMPTY: ClassVar[str] = ""
    always_marked = False
    """Whether the item under the cursor is marked without focus too: keys elsewhere move it."""

    cursor_id: reactive[str] = reactive("", repaint=False)
    """The id of the item under the cursor, `""` in an empty list. May be watched and set."""

    @dataclass
    class Chosen(Message):
        """The operator chose the item under the cursor."""

        list: "RowList[object]"
        id: str

        @property
        def control(self) -> "RowList[object]":
            """The list it came from."""
            return self.list

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        """An empty list; `show` fills it."""
        super().__init__(id=id, classes=classes)
        self._items: Sequence[T] = ()
        self._rows: list[Row[T]] = []
        self._first: dict[str, int] = {}
        self._keys: list[str] = []
        self._places: dict[str, int] = {}

    @abstractmethod
    def rows(self, items: Sequence[T]) -> list[Row[T]]:
        """The rows of these items, from top to bottom."""

    @abstractmethod
    def draw(self, row: Row[T], width: int) -> Line:
        """One row, drawn in `width` cells."""

    def show(self, items: Sequence[T]) -> None:
        """Show these items instead. The cursor stays on its id; if that is gone, at its place."""
        if items == self._items:
            return
        place = self._place()
        self._items = items
        self._rows = self.rows(items)
        self._first = {}
        for y, row in enumerate(self._rows):
            if row.key:
                self._first.setdefault(row.key, y)
        self._keys = list(self._first)
        self._places = {key: place for place, key in enumerate(self._keys)}
        if self.cursor_id not in self._first:
            self.cursor_id = self._keys[min(place, len(self._keys) - 1)] if self._keys else ""
        self.changed()
        if self.has_focus or self.always_marked:
            self._reveal()

    def on_resize(self) -> None:
        """Draw for the new size, with the cursor in sight."""
        self.changed()
        if self.has_focus or self.always_marked:
            self._reveal()

    @property
    def first_id(self) -> str:
        """The id of the first item, `""` in an empty list."""
        return self._keys[0] if self._keys else ""

    def _place(self) -> int:
        return self._places.get(self.cursor_id, 0)

    def height_at(self, width: int) -> int:
        """See `Canvas.height_at`."""
        return len(self._rows) or (1 if self.EMPTY else 0)

    def line_at(self, y: int, width: int) -> Line:
        """See `Canvas.line_at`."""
        if not self._rows:
            return (Span(" " * GUTTER), Span(fit(self.EMPTY, width - GUTTER), "muted"))
        row = self._rows[y]
        marked = self.has_focus or self.always_marked
        here = marked and row.key == self.cursor_id and row.key and row.part == 0
        gutter = Span(f"{glyphs.CURSOR} ", "accent") if here else Span(" " * GUTTER)
        return (gutter, *self.draw(row, width - GUTTER))

    def lit(self, y: int) -> bool:
        """See `Canvas.lit`: the rows of the item under the cursor, while the list has focus."""
        if not self.has_focus or y >= len(self._rows):
            return False
        key = self._rows[y].key
        return bool(key) and key == self.cursor_id

    def watch_cursor_id(self, old: str, new: str) -> None:
        """Show the cursor where it is now: only the rows that it left and came to are repainted."""
        self._reveal()
        for key in (old, new):
            if key in self._first:
                top, bottom = self._rows_of(key)
                self.refresh_lines(top, bottom - top + 1)

    def _rows_of(self, key: str) -> tuple[int, int]:
        """The first and the last row of an item."""
        top = bottom = self._first[key]
        while bottom + 1 < len(self._rows) and self._rows[bottom + 1].key == key:
            bottom += 1
        return top, bottom

    def _reveal(self) -> None:
        if self.cursor_id not in self._first or self.size.height == 0:
            return
        top, bottom = self._rows_of(self.cursor_id)
        if top and top == self._first[self._keys[0]]:
            top = 0
        if top < self.scroll_offset.y:
            self.jump(top)
        elif bottom >= self.scroll_offset.y + self.size.height:
            self.jump(bottom - self.size.height + 1)

    def go_to_row(self, place: int) -> None:
        """Move the cursor to an item by its place, from 0; where there are fewer, to the last."""
        if self._keys:
            self.cursor_id = self._keys[min(max(place, 0), len(self._keys) - 1)]

    def text_under_cursor(self) -> str:
        """The rows of the item under the cursor, as wide as they like."""
        rows = [row for row in self._rows if row.key and row.key == self.cursor_id]
        return "\n".join(text_of(self.draw(row, COPIED)).rstrip() for row in rows)

    def action_move(self, step: int) -> None:
        """Move the cursor by `step` items."""
        self.go_to_row(self._place() + step)

    def action_page(self, step: int) -> None:
        """Move the cursor by about a screen of rows."""
        y = self._first.get(self.cursor_id, 0) + step * max(1, self.size.height - 1)
        row = self._rows[min(max(y, 0), len(self._rows) - 1)] if self._rows else None
        if row is not None and row.key:
            self.cursor_id = row.key
        else:
            self.action_move(step)

    def action_edge(self, place: int) -> None:
        """Move the cursor to the first (0) or the last (-1) item."""
        self.go_to_row(place if place == 0 else len(self._keys) - 1)

    def action_choose(self) -> None:
        """Tell the app which item the operator means."""
        if self.cursor_id:
            self.post_message(self.Chosen(self, self.cursor_id))  # type: ignore[arg-type]  # invariance: a receiver only reads

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a double click chooses."""
        place = event.get_content_offset(self)
        if place is None:
            return
        y = place.y + self.scroll_offset.y
        if y < len(self._rows) and self._rows[y].key:
            self.cursor_id = self._rows[y].key
            if event.chain == 2:
                self.action_choose()
