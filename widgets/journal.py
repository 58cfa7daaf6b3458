"""The journal's entries as they come, followed at the tail unless the reader has gone back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from widgets import glyphs
from widgets.canvas import Canvas
from widgets.line import Column, Line, Span, compose, fit, layout, widest
from widgets.rowlist import GUTTER, RowList

NOT = "!"
NARROW = 76


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry: "#1204", "14:02:31Z", "agent lead", "note.added" and what it says.

    `id` is what `Chosen` tells of it.
    """

    seq: str
    at: str
    actor: str
    kind: str
    text: str
    id: str = ""


def haystack(entry: EntryView) -> str:
    """What a filter looks through: everything the row may show, in one case."""
    return f"{entry.seq} {entry.at} {entry.actor} {entry.kind} {entry.text}".casefold()


def _deed(kind: str) -> str:
    """What was done, without what it was done to: "raised" of "escalation.raised"."""
    return kind.rpartition(".")[2]


class JournalLog(Canvas, can_focus=True, inherit_bindings=False):
    """A hundred thousand entries and more, of which only those in sight are drawn.

    The cursor is at the newest entry, and goes on to each that comes, until it is moved away.
    """

    BINDINGS: ClassVar[list[BindingType]] = RowList.BINDINGS

    @dataclass
    class Chosen(Message):
        """The operator chose the entry under the cursor."""

        id: str

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        """An empty log; `append` fills it."""
        super().__init__(id=id, classes=classes)
        self._entries: list[EntryView] = []
        self._hay: list[str] = []
        self._seen: list[EntryView] = []
        self._needle = ""
        self._follow = True
        self._cursor = 0
        self._moved = False
        self._left_at = ""
        self._columns: tuple[Column, ...] = (Column(0),) * 5
        self._deed = 0

    @property
    def total(self) -> int:
        """How many entries there are."""
        return len(self._entries)

    @property
    def matching(self) -> int:
        """How many of them the filter lets through."""
        return len(self._seen)

    @property
    def following(self) -> bool:
        """Whether the newest entry is in sight, so that the next one will be too."""
        return self._follow

    @property
    def shown_ids(self) -> list[str]:
        """The ids of the entries that the filter lets through, in their order."""
        return [entry.id for entry in self._seen]

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolled up: stay there. Scrolled to the end: follow.

        A window that grows scrolls to the end, too: a cursor that was moved and is in sight stays.
        """
        super().watch_scroll_y(old_value, new_value)
        at_end = new_value >= self.max_scroll_y
        self._follow = at_end and not (self._moved and self._cursor >= new_value)
        if self._follow:
            self._cursor, self._moved = self._last, False

    @property
    def _last(self) -> int:
        return max(0, len(self._seen) - 1)

    def go_to_row(self, place: int) -> None:
        """Move the cursor to a row by its place, from 0; where there are fewer, to the last."""
        self._cursor = min(max(place, 0), self._last)
        self._left_at = ""
        self._reveal()
        self._follow = self._cursor == self._last
        self._moved = not self._follow
        self.refresh()

    def _reveal(self) -> None:
        top, height = self.scroll_offset.y, self.size.height
        if self._cursor < top:
            self.jump(self._cursor)
        elif self._cursor >= top + height > 0:
            self.jump(self._cursor - height + 1)

    def go_to(self, id: str) -> None:  # noqa: A002 - what an entry's view calls it
        """Move the cursor to an entry, if the filter lets it through."""
        if id in (ids := self.shown_ids):
            self.go_to_row(ids.index(id))

    def action_move(self, step: int) -> None:
        """Move the cursor by `step` rows."""
        self.go_to_row(self._cursor + step)

    def action_page(self, step: int) -> None:
        """Move the cursor by about a screen of rows."""
        self.go_to_row(self._cursor + step * max(1, self.size.height - 1))

    def action_edge(self, place: int) -> None:
        """Move the cursor to the first (0) or the last (-1) row."""
        self.go_to_row(0 if place == 0 else self._last)

    def action_choose(self) -> None:
        """Tell the app which entry the operator means."""
        if self._seen:
            self.post_message(self.Chosen(self._seen[self._cursor].id))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a double click chooses."""
        y = event.y + self.scroll_offset.y
        if y < len(self._seen):
            self.go_to_row(y)
            if event.chain == 2:
                self.action_choose()

    def lit(self, y: int) -> bool:
        """See `Canvas.lit`: the row under the cursor, while the log has focus."""
        return self.has_focus and bool(self._seen) and y == self._cursor

    def append(self, entries: Sequence[EntryView]) -> None:
        """Add entries at the end, as many at once as there are."""
        hay = [haystack(entry) for entry in entries]
        self._entries.extend(entries)
        self._hay.extend(hay)
        passed = self._passed(entries, hay)
        self._seen.extend(passed)
        self._widen(entries)
        if passed:
            self._settle()
        if self._left_at and any(entry.id == self._left_at for entry in passed):
            self.go_to(self._left_at)

    def clear(self) -> None:
        """Forget all entries; the filter stays, and the entry that the cursor was moved to."""
        if self._moved:
            self._left_at = self._seen[self._cursor].id
        self._entries, self._hay, self._seen = [], [], []
        self._follow = True
        self._settle()

    def cut(self, count: int) -> None:
        """Keep only the first `count` entries."""
        del self._entries[count:], self._hay[count:]
        self._seen = self._passed(self._entries, self._hay)
        self._follow = True
        self._settle()

    def search(self, text: str) -> None:
        """Show only entries that hold `text` in any case; `!text`: only those that do not."""
        self._needle = text.casefold()
        self._seen = self._passed(self._entries, self._hay)
        self._follow = True
        self._settle()

    def _passed(self, entries: Sequence[EntryView], hay: Sequence[str]) -> list[EntryView]:
        needle = self._needle.removeprefix(NOT)
        if not needle:
            return list(entries)
        wanted = not self._needle.startswith(NOT)
        return [
            entry for entry, text in zip(entries, hay, strict=True) if (needle in text) == wanted
        ]

    def _widen(self, entries: Sequence[EntryView]) -> None:
        fields = (
            [entry.seq for entry in entries],
            [entry.at for entry in entries],
            [entry.actor for entry in entries],
            [entry.kind for entry in entries],
        )
        seq, at, actor, kind = (
            max(column.width, min(24, widest(texts)))
            for column, texts in zip(self._columns[:4], fields, strict=True)
        )
        self._deed = max(self._deed, min(24, widest(_deed(entry.kind) for entry in entries)))
        self._columns = (
            Column(seq, rank=2, right=True),
            Column(at),
            Column(actor, rank=1),
            Column(kind),
            Column(24, most=1000),
        )

    def _settle(self) -> None:
        follow = self._follow
        if follow or self._cursor > self._last:
            self._cursor, self._moved = self._last, False
        self.changed()
        if follow:
            self.jump(self.max_scroll_y)

    def on_resize(self) -> None:
        """Draw for the new size; a reader at the tail stays there, and the cursor in sight."""
        self._settle()
        if self.has_focus:
            self._reveal()

    def height_at(self, width: int) -> int:
        """See `Canvas.height_at`."""
        return max(1, len(self._seen))

    def line_at(self, y: int, width: int) -> Line:
        """See `Canvas.line_at`."""
        room = width - GUTTER
        if not self._seen:
            said = f"no entry matches {self._needle}" if self._entries else "no entry yet"
            return (Span(" " * GUTTER), Span(fit(said, room), "muted"))
        entry = self._seen[y]
        seq, at, actor, kind, text = self._columns
        gap = 1 if width < NARROW else 2
        short = at.width + kind.width + text.width + 2 * gap > room
        if short:
            left = room - at.width - self._deed - 2 * gap
            kind, text = Column(self._deed), Column(max(1, min(text.width, left)), most=1000)
        columns = (seq, at, actor, kind, text)
        cells: tuple[Line, ...] = (
            (Span(entry.seq, "muted"),),
            (Span(entry.at, "muted"),),
            (Span(entry.actor),),
            (Span(_deed(entry.kind) if short else entry.kind, "accent"),),
            (Span(entry.text),),
        )
        row = compose(columns, layout(columns, room, gap), cells, gap)
        here = Span(f"{glyphs.CURSOR} ", "accent") if self.lit(y) else Span(" " * GUTTER)
        return (here, *row)
