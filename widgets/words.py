"""A few lines of text that cost nothing while they say the same."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content, Span
from textual.geometry import Size
from textual.visual import Visual
from textual.widgets import Static

from widgets.line import LEAD


class Words(Static):
    """Literal text. An update lays the whole screen out again, so it is made only for news.

    What a sign, a key or a number leads is wrapped below itself.
    """

    _said: tuple[str, Sequence[Span]] | None = None
    _hung: tuple[int, Content] | None = None

    @property
    def plain(self) -> str:
        """What it says, without its look."""
        return self._said[0] if self._said is not None else ""

    def say(self, content: Content) -> None:
        """Show `content`."""
        said = (content.plain, content.spans)
        if said != self._said:
            self._said, self._hung = said, None
            self.update(content)

    def render(self) -> Visual:
        """See `Static.render`."""
        return self._at(self.content_size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """See `Widget.get_content_height`."""
        rules = self.styles.get_rules()
        return self._at(width).get_height(rules, width) if width else 0

    def _at(self, width: int) -> Visual:
        """What it says, laid out for so many cells; as it came where they are not known yet."""
        content = self.visual
        if not width or not isinstance(content, Content) or self.styles.text_wrap == "nowrap":
            return content
        if self._hung is None or self._hung[0] != width:
            self._hung = (width, hung(content, width))
        return self._hung[1]


def hung(content: Content, width: int) -> Content:
    """`content` with the rows broken that have a `LEAD` and are wider than `width` cells."""
    rows: list[Content] = []
    for row in content.split(allow_blank=True):
        lead = LEAD.match(row.plain)
        indent = cell_len(lead.group()) if lead else 0
        if lead is None or row.cell_length <= width or 2 * indent > width:
            rows.append(row)
            continue
        head, text = row.divide([lead.end()])
        first, *rest = text.wrap(width - indent)
        # A bar of one colour goes on in the rows below.
        ground = [Span(0, indent, one.style) for one in head.spans if one.end == len(head)]
        rows += [head + first, *(Content(" " * indent, ground) + one for one in rest)]
    return Content("\n").join(rows) if len(rows) > 1 else content
