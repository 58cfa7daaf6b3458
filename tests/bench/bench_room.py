"""How soon a deed on one console is on another's screen, on one host and between two.

Run: nice -n 5 python tests/bench/bench_room.py [COUNT]

Two real consoles on ptys: on one directory, then with homes and copies of their own and a real
broker on loopback between them. A note is typed on one, or written by `warroom note`, and looked
for on the other's screen; from the key (or the command's end) to the screen. 1 s is allowed.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.app.rooms import stand
from tests.app.terminal import MAIN, Terminal, environment
from tests.sync.broker import Broker

SIZE = (120, 40)
COUNT = 100
ALLOWED_S = 1.0


def shows(terminal: Terminal, word: str, other: Terminal | None = None) -> float:
    """Read both until `terminal` shows `word`; the moment when it did."""
    end = time.perf_counter() + 20.0
    while word not in terminal.text:
        assert time.perf_counter() < end, f"{word} does not come:\n{terminal.text}"
        terminal.read(0.005)
        if other is not None:
            other.read(0.001)
    return time.perf_counter()


def told(title: str, taken: list[float]) -> str:
    """Print median, p99 and the longest, in milliseconds, and give the line."""
    p99 = statistics.quantiles(taken, n=100, method="inclusive")[-1]
    median, most = statistics.median(taken), max(taken)
    verdict = "ok" if p99 < ALLOWED_S else "TOO SLOW"
    line = (
        f"{title}: {median * 1e3:.0f} ms median, {p99 * 1e3:.0f} ms p99, {most * 1e3:.0f} ms at "
        f"most of {len(taken)} ({verdict})\n"
    )
    sys.stdout.write(line)
    sys.stdout.flush()
    return line


def main() -> int:
    """Measure and print; 1 if anything took too long."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    with tempfile.TemporaryDirectory() as name:
        os.environ["XDG_STATE_HOME"] = str(Path(name) / "state")
        lines = [*_on_one_host(Path(name) / "one", count), *_on_two(Path(name) / "two", count)]
    return 1 if any("TOO SLOW" in line for line in lines) else 0


def _on_one_host(home: Path, count: int) -> Iterator[str]:
    home.mkdir()
    directory = stand(home / "claims").directory
    with _consoles((home, directory), (home, directory), "+1 here") as (one, other):
        yield told("one host, a key to the other's screen", _by_keys(one, other, count))
        written = _by_shell(one, other, environment(home), directory, count // 5)
        yield told("one host, the end of `warroom note` to a screen", written)


def _on_two(place: Path, count: int) -> Iterator[str]:
    homes = [place / name for name in ("office", "train")]
    for home in homes:
        home.mkdir(parents=True)
    broker = Broker(place / "broker").start()
    try:
        directory = stand(homes[0] / "claims").directory
        toml = directory / "warroom.toml"
        toml.write_text(toml.read_text().replace("#[sync]", f'[sync]\nnats = "{broker.url}"\n', 1))
        copy = homes[1] / "claims"
        shutil.copytree(directory, copy)
        sides = ((homes[0], directory), (homes[1], copy))
        with _consoles(*sides, "synced  +1 here") as (one, other):
            yield told("two hosts, a key to the other's screen", _by_keys(one, other, count))
            written = _by_shell(one, other, environment(homes[0]), directory, count // 5)
            yield told("two hosts, the end of `warroom note` to a screen", written)
    finally:
        broker.kill()


@contextmanager
def _consoles(
    one: tuple[Path, Path], other: tuple[Path, Path], ready: str
) -> Iterator[tuple[Terminal, Terminal]]:
    """Two consoles by home and directory, both `ready`."""
    held = [
        Terminal(
            [sys.executable, "-c", MAIN, "open", str(directory), "--as", who],
            environment(home),
            SIZE,
        )
        for (home, directory), who in ((one, "agent lead"), (other, "tech lead"))
    ]
    try:
        for terminal, beside in (held, held[::-1]):
            shows(terminal, ready, beside)
        yield held[0], held[1]
    finally:
        for terminal in held:
            terminal.close()


def _by_keys(one: Terminal, other: Terminal, count: int) -> list[float]:
    taken = []
    for number in range(count):
        one.send("n")
        shows(one, "What happened?", other)
        word = f"deed-{number:04d}x"
        one.send(word)
        shows(one, word, other)
        began = time.perf_counter()
        one.send("\r")
        taken.append(shows(other, word, one) - began)
        while "What happened?" in one.text:
            one.read(0.005)
    return taken


def _by_shell(
    one: Terminal, other: Terminal, env: dict[str, str], directory: Path, count: int
) -> list[float]:
    taken = []
    for number in range(count):
        word = f"shell-{number:04d}x"
        command = [sys.executable, "-c", MAIN, "note", str(directory), word, "--as", "agent lead"]
        ended = subprocess.run(command, env=env, check=True, capture_output=True)
        began = time.perf_counter()
        assert ended.returncode == 0
        taken.append(shows(other, word, one) - began)
    return taken


if __name__ == "__main__":
    raise SystemExit(main())
