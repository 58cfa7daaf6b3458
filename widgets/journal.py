"""The journal's entries as they come, followed at the tail unless the reader has scrolled up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType

from widgets.canvas import Canvas
from widgets.line import Column, Line, Span, compose, fit, layout, widest
from widgets.scrolling import SCROLLING

MARGIN = 1
NOT = "!"
NARROW = 76


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry: "#1204", "14:02:31Z", "agent lead", "note.added" and what it says."""

    seq: str
    at: str
    actor: str
    kind: str
    text: str


def haystack(entry: EntryView) -> str:
    """What a filter looks through: everything the row may show, in one case."""
    return f"{entry.seq} {entry.at} {entry.actor} {entry.kind} {entry.text}".casefold()


def _deed(kind: str) -> str:
    """What was done, without what it was done to: "raised" of "escalation.raised"."""
    return kind.rpartition(".")[2]


class JournalLog(Canvas, can_focus=True, inherit_bindings=False):
    """A hundred thousand entries and more, of which only those in sight are drawn."""

    BINDINGS: ClassVar[list[BindingType]] = SCROLLING

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        """An empty log; `append` fills it."""
        super().__init__(id=id, classes=classes)
        self._entries: list[EntryView] = []
        self._hay: list[str] = []
        self._seen: list[EntryView] = []
        self._needle = ""
        self._follow = True
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

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolled up: stay there. Scrolled to the end: follow."""
        super().watch_scroll_y(old_value, new_value)
        self._follow = new_value >= self.max_scroll_y

    def go_to_row(self, place: int) -> None:
        """Scroll to a row by its place, from 0."""
        self.jump(place)

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

    def clear(self) -> None:
        """Forget all entries; the filter stays."""
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
        self.changed()
        if follow:
            self.jump(self.max_scroll_y)

    def on_resize(self) -> None:
        """Draw for the new size; a reader at the tail stays there."""
        self._settle()

    def height_at(self, width: int) -> int:
        """See `Canvas.height_at`."""
        return max(1, len(self._seen))

    def line_at(self, y: int, width: int) -> Line:
        """See `Canvas.line_at`."""
        room = width - 2 * MARGIN
        if not self._seen:
            said = f"no entry matches {self._needle}" if self._entries else "no entry yet"
            return (Span(" " * MARGIN), Span(fit(said, room), "muted"))
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
        return (Span(" " * MARGIN), *row)
