"""The console in a real terminal: a pty, the bytes that pass it, and the screen they make."""

import fcntl
import os
import re
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pyte

from tests.executor.processes import came

MAIN = "import sys; from console.cli import main; sys.exit(main())"
F9 = "\x1b[20~"
# What a terminal is told: CSI and OSC sequences, other escapes.
SEQUENCE = re.compile(
    rb"\x1b(?:\[(?P<private>[<=>?]?)(?P<params>[0-9;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    rb"|\](?P<osc>[0-9]*)[^\x07\x1b]*(?:\x07|\x1b\\)?|(?P<other>[^\[\]]))"
)


class Terminal:
    """A process on a pty, whose output is kept raw and as a screen."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], size: tuple[int, int]) -> None:
        width, height = size
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self._child = pexpect.spawn(
            argv[0], list(argv[1:]), env=dict(env), dimensions=(height, width), timeout=None
        )
        self._child.delaybeforesend = None
        self.pid: int = self._child.pid

    def read(self, wait_s: float = 0.05) -> bool:
        """Take in what there is; False at the end of the output."""
        try:
            data = self._child.read_nonblocking(65536, wait_s)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self._stream.feed(data)
        return True

    @property
    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def until(self, condition: Callable[[], object], seconds: float = 15.0) -> None:
        """Read until `condition` holds."""
        end = time.monotonic() + seconds
        while not condition():
            alive = self.read()
            assert alive or condition(), f"the console ended:\n{self.text}"
            assert time.monotonic() < end, f"not within {seconds} s:\n{self.text}"

    def shows(self, *words: str) -> None:
        """Read until the screen shows all of `words`."""
        self.until(lambda: all(word in self.text for word in words))

    def send(self, keys: str) -> None:
        """Type."""
        self._child.send(keys)

    def answers(self, key: str) -> bool:
        """Press a key and read nothing; whether more output waits soon after."""
        before = self._unread
        self.send(key)
        return came(lambda: self._unread != before, 0.2)

    @property
    def _unread(self) -> int:
        told = fcntl.ioctl(self._child.child_fd, termios.FIONREAD, b"\0" * 4)
        return int.from_bytes(told, sys.byteorder)

    def escape(self) -> None:
        """Leave a dialog; a key that comes too soon after Escape would be read as Alt and that."""
        self.until(lambda: "F9 Rollback" not in self.text)
        self.send("\x1b")
        self.until(lambda: "F9 Rollback" in self.text)

    def resize(self, width: int, height: int) -> None:
        """What a terminal does when its window is resized."""
        self.screen.resize(height, width)
        self._child.setwinsize(height, width)

    def kill(self, number: signal.Signals) -> None:
        """Send a signal to the console itself."""
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Close the terminal, as a window that is shut does."""
        self._child.ptyproc.fileobj.close()
        self._child.closed = self._child.ptyproc.closed = True

    def end(self, seconds: float = 20.0) -> int:
        """Read to the end; the exit code, negative for a signal."""
        limit = time.monotonic() + seconds
        while not self._child.closed and self.read():
            assert time.monotonic() < limit, f"it does not end:\n{self.text}"
        while self._child.isalive():
            threading.Event().wait(0.02)
            assert time.monotonic() < limit, "it does not end"
        ended: int | None = self._child.exitstatus
        return ended if ended is not None else -int(self._child.signalstatus)

    def close(self) -> None:
        """End the process if it still lives, and let go of the terminal."""
        if self._child.isalive():
            self.kill(signal.SIGKILL)
            while self._child.isalive():
                threading.Event().wait(0.02)
        if not self._child.closed:
            self._child.close()


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a process sees of the machine: its own home, a terminal with all colours."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        **more,
    }


@contextmanager
def opened(
    directory: Path,
    home: Path,
    *options: str,
    size: tuple[int, int] = (100, 30),
    before: str = "",
    **env: str,
) -> Iterator[Terminal]:
    """`warroom open` on `directory` in a terminal, after the Python statements `before`."""
    argv = [sys.executable, "-c", before + MAIN, "open", str(directory), *options]
    terminal = Terminal(argv, environment(home, **env), size)
    try:
        yield terminal
    finally:
        terminal.close()


def sequences(raw: bytes) -> set[str]:
    """The kinds of the escape sequences in `raw`: their final letters, DEC modes by number."""
    kinds = set()
    for match in SEQUENCE.finditer(raw):
        if match["final"]:
            private, final = match["private"].decode(), match["final"].decode()
            number = match["params"].decode() if private == "?" else ""
            kinds.add(f"CSI {private}{number}{match['between'].decode()}{final}")
        elif match["osc"] is not None:
            kinds.add(f"OSC {match['osc'].decode()}")
        else:
            kinds.add(f"ESC {match['other'].decode(errors='replace')}")
    return kinds


def colours(raw: bytes) -> Iterator[tuple[int, ...]]:
    """The colours that `raw` asks for: (r, g, b), or one number of the terminal's own palette."""
    for match in SEQUENCE.finditer(raw):
        if match["final"] != b"m" or match["private"]:
            continue
        numbers = iter([int(number or 0) for number in match["params"].split(b";")])
        for number in numbers:
            if number in (38, 48):
                yield tuple(next(numbers) for _ in range(3 if next(numbers) == 2 else 1))
            elif 30 <= number <= 47 or 90 <= number <= 107:
                yield (number,)
