"""Says what is waited for, and for how long: nothing that waits may look as if it hung."""

from textual.content import Content
from textual.timer import Timer

from widgets.words import Words


class Waiting(Words):
    """One line while something goes on, nothing else; it counts the seconds itself."""

    DEFAULT_CSS = "Waiting { color: $text-muted; display: none; }"

    _what = ""
    _seconds = 0
    _timer: Timer | None = None

    def begin(self, what: str) -> None:
        """Say that `what` goes on, from now on."""
        self.end()
        self._what, self._seconds = what, 0
        self._timer = self.set_interval(1.0, self._tick)
        self._tell()
        self.display = True

    def end(self) -> None:
        """It is over."""
        self.display = False
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _tick(self) -> None:
        self._seconds += 1
        self._tell()

    def _tell(self) -> None:
        spent = f" {self._seconds} s" if self._seconds else ""
        self.say(Content(f"… {self._what}{spent}"))
