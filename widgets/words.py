"""A few lines of text that cost nothing while they say the same."""

from collections.abc import Sequence

from textual.content import Content, Span
from textual.widgets import Static


class Words(Static):
    """Literal text. An update lays the whole screen out again, so it is made only for news."""

    _said: tuple[str, Sequence[Span]] | None = None

    @property
    def plain(self) -> str:
        """What it says, without its look."""
        return self._said[0] if self._said is not None else ""

    def say(self, content: Content) -> None:
        """Show `content`."""
        said = (content.plain, content.spans)
        if said != self._said:
            self._said = said
            self.update(content)
