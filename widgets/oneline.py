"""A line to type in, of which a paste of several lines loses nothing."""

from textual import events
from textual.widgets import Input


class OneLine(Input):
    """The toolkit's line; it keeps what is pasted after the first line, too."""

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        lines = (line.strip() for line in event.text.splitlines())
        super()._on_paste(events.Paste(" ".join(line for line in lines if line)))
        event.stop()
