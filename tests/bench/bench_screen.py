"""What the screen costs: the cold start, a key's answer, and a console that nothing happens in.

Run: python tests/bench/bench_screen.py

Everything runs on a real pty. The cold start is held against a Textual app that imports the same
modules and shows one Label; starts alternate, so that a neighbour's load hits both alike.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pexpect

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from console.demo.run import Demo
from tests.app.terminal import MAIN, SEQUENCE, Terminal, environment

SIZE = (120, 40)
STARTS = 15
KEYS = 60
IDLE_S = 10.0
TICKS = os.sysconf("SC_CLK_TCK")
# What `warroom open` has imported when its first screen stands, and then one Label.
SAME = """
import os
os.environ["TEXTUAL_FPS"] = "240"
import console.cli.live, console.app
from textual.app import App
from textual.widgets import Label
class Minimal(App):
    def compose(self):
        yield Label("here it is")
Minimal().run()
"""


class Wire(Terminal):
    """A terminal that only listens: making a screen of the bytes would take as long again."""

    def read(self, wait_s: float = 0.05) -> bool:
        """Take in what there is; False at the end of the output."""
        try:
            self.raw += self._child.read_nonblocking(65536, wait_s)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        return True

    @property
    def text(self) -> str:
        """All that was sent, without the sequences between."""
        return SEQUENCE.sub(b"", self.raw).decode(errors="replace")


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        os.environ["XDG_STATE_HOME"] = str(home / "state")
        demo = Demo.start(home / "demo", scenario="healthy", seed=30)
        demo.stop_clock()
        try:
            _starts(home, demo.directory)
            _living(home, demo.directory)
        finally:
            demo.stop()


def _starts(home: Path, directory: Path) -> None:
    ours = [sys.executable, "-c", MAIN, "open", str(directory), "--read-only"]
    times: dict[str, list[float]] = {"label": [], "console": []}
    for _ in range(STARTS):
        times["label"].append(_until(home, [sys.executable, "-c", SAME], _label))
        times["console"].append(_until(home, ours, _whole))
    median = {name: statistics.median(values) for name, values in times.items()}
    for name, value in median.items():
        _say(
            f"cold start {name:8} {value * 1e3:6.0f} ms median, {max(times[name]) * 1e3:.0f} worst"
        )
    _say(f"cold start: {median['console'] / median['label']:.2f}x the same imports and one Label")


def _label(terminal: Terminal) -> bool:
    return b"here it is" in terminal.raw


def _whole(terminal: Terminal) -> bool:
    """The full first screen: status line, metrics with values, the alert feed and the footer."""
    if b"Quit" not in terminal.raw:
        return False
    text = terminal.text
    return all(words in text for words in ("claims-triage", "latency p95", "checkin.made", "Quit"))


def _until(home: Path, argv: list[str], shown: Callable[[Terminal], bool]) -> float:
    began = time.perf_counter()
    terminal = Wire(argv, environment(home), SIZE)
    try:
        while not shown(terminal):
            if not terminal.read(0.002):
                raise SystemExit(f"it ended:\n{terminal.text}")
        return time.perf_counter() - began
    finally:
        terminal.close()


def _living(home: Path, directory: Path) -> None:
    argv = [sys.executable, "-c", MAIN, "open", str(directory)]
    terminal = Wire(argv, environment(home), SIZE)
    try:
        terminal.until(lambda: _whole(terminal))
        terminal.send("2")
        terminal.until(lambda: "sprint-report" in terminal.text)
        moves = [_answer(terminal, key) for key in ("\x1b[B", "\x1b[A") * (KEYS // 2)]
        switches = [_answer(terminal, key) for key in ("1", "2") * (KEYS // 2)]
        for name, taken in (("cursor", moves), ("another screen", switches)):
            _tell(name, taken)
        _metrics(terminal)
        _idle(terminal)
    finally:
        terminal.close()


def _metrics(terminal: Terminal) -> None:
    """The Metrics screen on 48 hours: the cursor, another metric, another range."""
    terminal.send("4")
    _settle(terminal)
    for key in "zz":
        terminal.send(key)
        _settle(terminal)
    if "last 48h" not in terminal.text:
        raise SystemExit(f"48 hours are not shown:\n{terminal.text[-3000:]}")
    for name, keys in (
        ("cursor over 48 h", ("\x1b[D", "\x1b[C")),
        ("another metric over 48 h", ("]", "[")),
        ("a pane", ("\t", "\x1b[Z")),
        ("calls and back", ("\r", "\x1b")),
    ):
        taken = [_answer(terminal, key) for key in keys * (KEYS // 2)]
        _tell(name, taken)
    _settle(terminal)
    drawn = [_until_shown(terminal, "z", said) for said in TITLES * (KEYS // 8)]
    _say(f"key to the whole chart, by range: {_medians(drawn)}")


TITLES = ("last 15 min", "last 1h", "last 6h", "last 48h")


def _medians(drawn: list[float]) -> str:
    each = (statistics.median(drawn[place :: len(TITLES)]) for place in range(len(TITLES)))
    return ", ".join(f"{said} {took * 1e3:.0f} ms" for said, took in zip(TITLES, each, strict=True))


def _until_shown(terminal: Terminal, key: str, said: str) -> float:
    """Seconds from a key until the screen, which stood still, has said `said`."""
    _settle(terminal)
    before = len(terminal.raw)
    began = time.perf_counter()
    terminal.send(key)
    while said not in SEQUENCE.sub(b"", terminal.raw[before:]).decode(errors="replace"):
        terminal.read(0.001)
        if time.perf_counter() - began > 10:
            raise SystemExit(f"{said} was not shown")
    return time.perf_counter() - began


def _tell(name: str, taken: list[float]) -> None:
    p99 = statistics.quantiles(taken, n=100)[-1]
    middle = statistics.median(taken)
    _say(f"key to first byte, {name}: {middle * 1e3:.0f} ms median {p99 * 1e3:.0f} p99")


def _answer(terminal: Terminal, key: str) -> float:
    """Seconds from a key to the first byte of what it changes on a screen that stands still."""
    _settle(terminal)
    before = len(terminal.raw)
    began = time.perf_counter()
    terminal.send(key)
    while len(terminal.raw) == before:
        terminal.read(0.001)
    return time.perf_counter() - began


def _settle(terminal: Terminal) -> None:
    """Read until nothing has come for a tenth of a second."""
    quiet = time.perf_counter()
    while time.perf_counter() - quiet < 0.1:
        before = len(terminal.raw)
        terminal.read(0.02)
        if len(terminal.raw) != before:
            quiet = time.perf_counter()


def _idle(terminal: Terminal) -> None:
    terminal.send("1")
    _settle(terminal)
    used, sent, began = cpu_of(terminal.pid), len(terminal.raw), time.perf_counter()
    while time.perf_counter() - began < IDLE_S:
        terminal.read(0.1)
    passed = time.perf_counter() - began
    _say(
        f"idle: {(cpu_of(terminal.pid) - used) / passed:.1%} CPU, "
        f"{(len(terminal.raw) - sent) / passed:.0f} bytes a second"
    )


def cpu_of(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
