"""A dialog's frame with a title that may be longer than it is wide."""

from textual.containers import Vertical
from textual.content import Content

from widgets.line import fit

CORNERS = 4
"""Cells of the upper edge that no title takes: two corners, and a blank beside each."""


class Titled(Vertical):
    """A frame that says as many whole words of its title as there is room for."""

    _title = ""

    def entitle(self, title: str) -> None:
        """Be called `title`, literal text."""
        self._title = title
        room = self.outer_size.width - CORNERS
        self.border_title = Content(fit(title, room) if room > 0 else title)

    def on_resize(self) -> None:
        """Say what fits now."""
        self.entitle(self._title)
