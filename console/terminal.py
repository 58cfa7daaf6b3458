"""The terminal as Textual drives it, but for one that goes away while the console has work left."""

from typing import TextIO

from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from widgets.ascii import plain

MOST_WAITING = 500  # writes: more than a live terminal is ever behind


class _Lasting:
    """Writes to `file` as long as somebody is there to read it.

    Textual's thread that writes would end at the first error, and whoever has something to show
    after that waits for it for ever: with it a rollback that was fired a moment ago.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        try:
            return self._file.write(text)
        except (OSError, ValueError):
            return len(text)

    def flush(self) -> None:
        try:
            self._file.flush()
        except (OSError, ValueError):
            return

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()


class LastingDriver(LinuxDriver):
    """Textual's own, which outlives its terminal, and waits for none that takes nothing.

    A connection that hangs would else hold up all that the console does besides: the watch, the
    journal of other machines, a rollback that is followed. What is too much to be kept for it is
    left out, and all is painted anew when it takes something again.
    """

    _left_out = False

    def start_application_mode(self) -> None:
        """As Textual does, on a file that raises nothing."""
        if self._file is not None:
            self._file = _Lasting(self._file)  # type: ignore[assignment]  # it does all that is asked
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's
        if self._writer_thread is not None:
            self._writer_thread._queue.maxsize = 0  # Textual's own limit makes `write` wait

    def write(self, data: str) -> None:
        """Have `data` written by the thread that does it; returns at once."""
        thread = self._writer_thread
        waiting = 0 if thread is None else thread._queue.qsize()
        if waiting >= MOST_WAITING:
            self._left_out = True
            return
        if self._left_out and waiting == 0:
            self._left_out = False
            self._app.call_later(self._app.refresh, layout=True)
        if not self._left_out:
            ascii_only = isinstance(self._app, LastingApp) and self._app.ascii
            super().write(plain(data) if ascii_only else data)


class LastingApp(App[int]):
    """An app that goes on without its terminal until it has done what it must."""

    ascii = False
    """Whether the terminal gets a likeness of every sign that is not ASCII."""

    def get_driver_class(self) -> type[Driver]:
        """Textual's choice, but for a terminal that goes away."""
        usual = super().get_driver_class()
        return LastingDriver if usual is LinuxDriver else usual

    def to_terminal(self, sequence: str) -> None:
        """Send the terminal a sequence of our own making, between what Textual writes."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)
