"""The ground under every widget: it draws `Line` values, a row at a time, and no markup."""

from abc import abstractmethod
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.line import Line, Tone, text_of

COPIED = 400
"""Cells: wide enough for a row that is copied to be whole."""


class Canvas(ScrollView, can_focus=False):
    """A scrollable area whose rows are asked for only when they are seen."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "tone--plain",
        "tone--muted",
        "tone--good",
        "tone--warn",
        "tone--bad",
        "tone--accent",
        "tone--strong",
        "tone--alarm",
        "row--lit",
    }
    DEFAULT_CSS = """
    Canvas {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;

        & > .tone--muted { color: $text-muted; }
        & > .tone--good { color: $text-success; }
        & > .tone--warn { color: $text-warning; }
        & > .tone--bad { color: $text-error; text-style: bold; }
        & > .tone--accent { color: $text-primary; }
        & > .tone--strong { text-style: bold; }
        & > .tone--alarm { color: $text-error; text-style: bold reverse; }
        & > .row--lit { background: $primary 30%; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        """As the toolkit's widgets take it."""
        self._tones: dict[Tone, Style] = {}
        super().__init__(id=id, classes=classes)

    @abstractmethod
    def height_at(self, width: int) -> int:
        """How many rows there are at this width (cells)."""

    @abstractmethod
    def line_at(self, y: int, width: int) -> Line:
        """The row `y`, counted from 0, drawn for this width (cells)."""

    @property
    def room(self) -> int:
        """The width there is for a row, in cells: without the scrollbar."""
        return self.scrollable_content_region.width

    def lit(self, y: int) -> bool:
        """Whether row `y` stands out, as the row under a cursor does."""
        return False

    def changed(self) -> None:
        """Repaint; lay the screen out again only when the number of rows changed."""
        width = self.room
        if width == 0:
            return
        size = Size(width, self.height_at(width))
        if size != self.virtual_size:
            self.virtual_size = size
        self.refresh()

    def text_in_sight(self) -> str:
        """The rows that are seen, each whole however narrow its place is."""
        top, height = self.scroll_offset.y, self.size.height
        seen = range(top, min(top + height, self.height_at(self.room)))
        return "\n".join(text_of(self.line_at(y, COPIED)).strip() for y in seen)

    def jump(self, y: int) -> None:
        """Scroll so that row `y` is at the top, at once and even before there is a scrollbar."""
        if self.room:
            self.scroll_to(y=y, animate=False, force=True, immediate=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """See `Widget.get_content_height`."""
        return self.height_at(width)

    def on_resize(self) -> None:
        """Draw for the new width."""
        self.changed()

    def notify_style_update(self) -> None:
        """See `Widget.notify_style_update`."""
        super().notify_style_update()
        self._tones.clear()

    def tone_style(self, tone: Tone) -> Style:
        """The rich style of a tone under the present theme."""
        style = self._tones.get(tone)
        if style is None:  # the toolkit's own memory of it ends with each repaint
            style = self.get_component_rich_style(f"tone--{tone or 'plain'}")
            self._tones[tone] = style
        return style

    def render_line(self, y: int) -> Strip:
        """See `Widget.render_line`; `y` is counted from the top of what is seen."""
        width = self.room
        row = y + self.scroll_offset.y
        base = self.tone_style("")
        if row >= self.height_at(width):
            return Strip.blank(width, base)
        line = [(text, self.tone_style(tone)) for text, tone in self.line_at(row, width) if text]
        if self.lit(row):
            under = Style(bgcolor=self.get_component_rich_style("row--lit").bgcolor)
            line = [(text, style + under) for text, style in line]
            base += under
        used = sum(cell_len(text) for text, _ in line)
        if used < width:
            line.append((" " * (width - used), base))
        strip = Strip([Segment(text, style) for text, style in line], max(used, width))
        return strip.adjust_cell_length(width, base) if used > width else strip


class Block(Canvas):
    """A canvas whose rows are drawn all at once; as high as its content."""

    DEFAULT_CSS = "Block { height: auto; }"

    _drawn: tuple[int, list[Line]] | None = None
    _shown: tuple[int, list[Line]] | None = None

    @abstractmethod
    def lines(self, width: int) -> list[Line]:
        """All rows, drawn for this width (cells)."""

    def changed(self) -> None:
        """See `Canvas.changed`; what comes out the same as it was shown costs no repaint."""
        self._drawn = None
        width = self.room
        if width and self._shown != (width, lines := self._lines(width)):
            self._shown = (width, lines)
            super().changed()

    def _lines(self, width: int) -> list[Line]:
        if self._drawn is None or self._drawn[0] != width:
            self._drawn = (width, self.lines(width))
        return self._drawn[1]

    def height_at(self, width: int) -> int:
        """See `Canvas.height_at`."""
        return len(self._lines(width))

    def line_at(self, y: int, width: int) -> Line:
        """See `Canvas.line_at`."""
        return self._lines(width)[y]
