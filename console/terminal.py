"""The terminal as Textual drives it, but for one that goes away while the console has work left."""

from typing import TextIO

from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver


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
    """Textual's own, which outlives its terminal."""

    def start_application_mode(self) -> None:
        """As Textual does, on a file that raises nothing."""
        if self._file is not None:
            self._file = _Lasting(self._file)  # type: ignore[assignment]  # it does all that is asked
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's


class LastingApp(App[int]):
    """An app that goes on without its terminal until it has done what it must."""

    def get_driver_class(self) -> type[Driver]:
        """Textual's choice, but for a terminal that goes away."""
        usual = super().get_driver_class()
        return LastingDriver if usual is LinuxDriver else usual
