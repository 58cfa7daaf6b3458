"""What a console costs that stays open for days, beside a minimal app that imports the same.

Run: python -m tests.bench.bench_console [screen|keys|idle|memory ...]

Everything runs on a real pty, in turns, so that a neighbour's load hits all alike; on a busy
machine the ratios hold better than the times. The first screen is also given in processor time.
The peer, toolong on a small file, is run where TOOLONG names its program (`tl`), which has another
Textual and so needs an environment of its own.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from console.domain.events import GateDecided, NoteWritten
from console.executor.opening import BEING_MADE
from tests.app.rooms import TO_FULL
from tests.app.terminal import MAIN, environment
from tests.bench.bench_keys import memory_mib, write
from tests.bench.bench_screen import SAME, SIZE, Wire, cpu_of
from tests.executor.processes import wait
from tests.room.stand import LEAD, SetClock, Stand, minute, stand

HISTORY_H = 48
IN_WINDOW_H = 30.5
NOTES = 500
STARTS = 15
KEYS = 200
RATE = 1000
IDLE_S = 30.0
SIMULATED_H = 48
SPEED = 3600
ALLOWED = {
    "first screen, of the minimal app's": 1.4,
    "first screen, of toolong's": 0.8,
    "key on Overview, p50 of the minimal app's": 2.0,
    "key on Overview, p99 in ms": 25.0,
    "key on Metrics, p50 of the minimal app's": 2.0,
    "key on Metrics, p99 in ms": 25.0,
    "idle while calls come, % of a core": 2.0,
    "idle while nothing changes, % of a core": 1.0,
    "memory, of the minimal app's": 2.5,
}
# The same imports; a key changes the one Label, as a key moves our cursor.
MINIMAL = SAME.replace(
    'yield Label("here it is")',
    'yield Label("here it is")\n'
    "    def on_key(self):\n"
    "        self.count = getattr(self, 'count', 0) + 1\n"
    "        self.query_one(Label).update(f'here it is {self.count}')",
)


def main() -> None:
    """Measure what is asked for, and print."""
    parts = {"screen": _screen, "keys": _keys, "idle": _idle, "memory": _memory}
    for name in sys.argv[1:] or parts:
        with tempfile.TemporaryDirectory() as place:
            os.environ["XDG_STATE_HOME"] = str(Path(place) / "state")
            parts[name](Path(place))


def _told(name: str, value: float) -> None:
    allowed = ALLOWED[name]
    verdict = "ok" if value <= allowed else "MISSED"
    sys.stdout.write(f"{verdict:6} {name}: {value:.2f} (allowed {allowed:g})\n")
    sys.stdout.flush()


def _lived(home: Path) -> Stand:
    """A deployment in its window, with 48 recorded hours and a journal of some hundred entries."""
    now = time.time()
    clock = SetClock(now)
    standing = stand(home / "claims", clock=clock)
    room = standing.open()
    moved = [GateDecided(was, "advance", "met", (), to, share, "v2.4.0")  # type: ignore[arg-type]  # phases as plain text
             for was, to, share in TO_FULL]  # fmt: skip
    notes = [NoteWritten(f"note {number}") for number in range(NOTES)]
    past = (
        *((50.0 * left + IN_WINDOW_H, event) for left, event in enumerate(reversed(moved))),
        *((IN_WINDOW_H * left / NOTES, event) for left, event in enumerate(reversed(notes))),
    )
    for ago, event in sorted(past, key=lambda one: -one[0]):
        clock.moment = now - 3600 * ago
        room.record.transact(LEAD, lambda _, event=event: [event])  # type: ignore[misc]  # a lambda's default has no type
    clock.moment = now
    room.eyes.record()
    last = int(now // 60)
    for eye in room.eyes.each.values():
        eye.adopt({last - ago: minute(60) for ago in range(1, HISTORY_H * 60)}, now)
    asyncio.run(room.close())
    return standing


@contextmanager
def _terminal(home: Path, argv: list[str]) -> Iterator[Wire]:
    terminal = Wire(argv, environment(home), SIZE)
    try:
        yield terminal
    finally:
        terminal.close()


def _open(standing: Stand, *options: str) -> list[str]:
    return [sys.executable, "-c", MAIN, "open", str(standing.directory), *options]


def _minimal() -> list[str]:
    return [sys.executable, "-c", MINIMAL]


# The first screen


def _screen(home: Path) -> None:
    standing = _lived(home)
    small = home / "small.log"
    small.write_text("".join(f"line {number} of a small file\n" for number in range(100)))
    kinds: dict[str, tuple[list[str], Callable[[Wire], bool]]] = {
        "minimal": (_minimal(), lambda shown: b"here it is" in shown.raw),
        "console": (_open(standing), _whole),
    }
    if peer := os.environ.get("TOOLONG"):
        kinds["toolong"] = (
            [peer, str(small)],
            lambda shown: "line 99 of a small file" in shown.text,
        )
    took: dict[str, list[float]] = {name: [] for name in kinds}
    cost: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(STARTS):
        for name, (argv, shown) in kinds.items():
            began = time.perf_counter()
            with _terminal(home, argv) as terminal:
                while not shown(terminal):
                    alive = terminal.read(0.002)
                    if not alive or time.perf_counter() - began > 30:
                        raise SystemExit(f"{name} shows no first screen:\n{terminal.text}")
                took[name].append(time.perf_counter() - began)
                cost[name].append(cpu_of(terminal.pid))
    for name in kinds:
        middle, best, work = statistics.median(took[name]), min(took[name]), cost[name]
        sys.stdout.write(
            f"{name:8} {middle * 1e3:5.0f} ms median, {best * 1e3:5.0f} best, "
            f"{statistics.median(work) * 1e3:5.0f} ms of processor\n"
        )
    for name, peer in (("minimal app's", "minimal"), ("toolong's", "toolong")):
        if peer in kinds:
            pairs = zip(took["console"], took[peer], strict=True)
            _told(f"first screen, of the {name}".replace("the too", "too"),
                  statistics.median(ours / theirs for ours, theirs in pairs))  # fmt: skip


def _whole(terminal: Wire) -> bool:
    """Status line, metrics with values, the latest entry and the footer."""
    if b"Quit" not in terminal.raw:
        return False
    return all(word in terminal.text for word in ("claims-triage", "p95", "note 499"))


# A key, while 1,000 calls a second come in


def _keys(home: Path) -> None:
    standing = _lived(home)
    with _terminal(home, _open(standing)) as console, _terminal(home, _minimal()) as minimal:
        console.until(lambda: _whole(console))
        minimal.until(lambda: b"here it is" in minimal.raw)
        writer = write(standing.log, RATE, 3600.0)
        try:
            _told_keys("Overview", console, minimal, ("\x1b[A", "\x1b[B"))
            # Response time, for the first metric is accuracy, of which nothing is drawn here.
            for key in "4]]":
                console.send(key)
                _look_on(console, 1.0)
            _told_keys("Metrics", console, minimal, ("\x1b[D", "\x1b[C"))
        finally:
            writer.kill()
            writer.wait()


def _told_keys(screen: str, console: Wire, minimal: Wire, pair: tuple[str, str]) -> None:
    """Press the `pair` of keys in turn, and the minimal app's between."""
    ours, theirs, sent = [], [], len(console.raw)
    for number in range(KEYS):
        ours.append(_wait(console, pair[number % 2]))
        theirs.append(_wait(minimal, "x"))
    for name, taken in (("console", ours), ("minimal", theirs)):
        sys.stdout.write(
            f"{name:8} key to repaint {statistics.median(taken) * 1e3:.1f} ms p50, "
            f"{_p99(taken) * 1e3:.1f} p99, {RATE:,} calls/s\n"
        )
    sys.stdout.write(f"{screen}: {(len(console.raw) - sent) / KEYS:,.0f} bytes a key\n")
    _told(f"key on {screen}, p50 of the minimal app's",
          statistics.median(ours) / statistics.median(theirs))  # fmt: skip
    _told(f"key on {screen}, p99 in ms", _p99(ours) * 1e3)


def _wait(terminal: Wire, key: str) -> float:
    """Seconds from a key to the first byte after it; at an even place within the feed's second."""
    pause = time.perf_counter() + 0.037
    while time.perf_counter() < pause:
        terminal.read(0.005)
    before, began = len(terminal.raw), time.perf_counter()
    terminal.send(key)
    while len(terminal.raw) == before and time.perf_counter() - began < 2.0:
        terminal.read(0.001)
    return time.perf_counter() - began


def _p99(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=100)[-1]


# A console that is left alone


def _idle(home: Path) -> None:
    standing = _lived(home)
    with _terminal(home, _open(standing)) as terminal:
        terminal.until(lambda: _whole(terminal))
        for name, rate in (("nothing changes", 0), ("calls come", 20)):
            writer = write(standing.log, rate, 3600.0) if rate else None
            _look_on(terminal, 5.0)
            used, sent, began = cpu_of(terminal.pid), len(terminal.raw), time.perf_counter()
            _look_on(terminal, IDLE_S)
            passed = time.perf_counter() - began
            if writer is not None:
                writer.kill()
                writer.wait()
            sys.stdout.write(f"{(len(terminal.raw) - sent) / passed:.0f} bytes a second\n")
            share = 100 * (cpu_of(terminal.pid) - used) / passed
            _told(f"idle while {name}, % of a core", share)


def _look_on(terminal: Wire, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        terminal.read(0.1)


# Two days


def _memory(home: Path) -> None:
    """The console beside a demo that runs so fast that its window is over in a minute."""
    with _terminal(home, _minimal()) as minimal:
        minimal.until(lambda: b"here it is" in minimal.raw)
        _look_on(minimal, 1.0)
        least = memory_mib(minimal.pid)
    directory = home / "demo"
    words = ("demo", "--dir", str(directory), "--speed", str(SPEED), "--headless")
    demo = subprocess.Popen(
        [sys.executable, "-c", MAIN, *words], env=environment(home), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        made = (directory / "telemetry", directory / BEING_MADE)
        wait(lambda: made[0].exists() and not made[1].exists(), 60.0)
        argv = [sys.executable, "-c", MAIN, "open", str(directory), "--read-only"]
        with _terminal(home, argv) as terminal:
            terminal.until(lambda: b"Quit" in terminal.raw, 60.0)
            began = memory_mib(terminal.pid)
            _look_on(terminal, SIMULATED_H * 3600 / SPEED)
            ended = memory_mib(terminal.pid)
    finally:
        demo.terminate()
        demo.wait()
    sys.stdout.write(f"minimal {least:.0f} MiB, console {began:.0f}, {ended:.0f} after 48 h\n")
    _told("memory, of the minimal app's", ended / least)


if __name__ == "__main__":
    main()
