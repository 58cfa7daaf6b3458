"""What the journal costs beside the least that could be done.

Run: python tests/bench/bench_journal.py

Appends are interleaved so that a neighbour's disk load hits all alike; medians are compared.
Replay is held against hashing the same lines, as the format asks, and nothing else, in CPU time.
"""

import hashlib
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from console.clock import SystemClock
from console.domain.entry import Actor, Draft, Entry
from console.journal import Journal

ACTOR = Actor("agent lead", ("agent-lead",))
DATA: dict[str, object] = {"text": "error rate back under the limit " * 3, "metric": "error-rate"}
APPENDS = 1500
ENTRIES = 100_000
REPEATS = 7


def main() -> None:
    """Print both comparisons."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        directory = Path(name)
        (directory / "append").mkdir()
        (directory / "replay").mkdir()
        _append(directory / "append")
        _replay(directory / "replay")


def _open(directory: Path, read_only: bool = False) -> Journal:
    return Journal.open(
        directory,
        "bench",
        clock=SystemClock(),
        state_home=directory / "state",
        config_hash="0" * 64,
        read_only=read_only,
        genesis_actor=ACTOR,
    )


def _one(_: Sequence[Entry]) -> list[Draft]:
    return [Draft(ACTOR, "note.added", DATA)]


def _append(directory: Path) -> None:
    journal = _open(directory)
    journal.transact(_one)
    file = next((directory / "journal").glob("*.jsonl"))
    line = file.read_bytes().splitlines(keepends=True)[-1]
    raw = os.open(directory / "raw", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    database = sqlite3.connect(directory / "sqlite", isolation_level=None)
    database.execute("pragma journal_mode=wal")
    database.execute("pragma synchronous=full")
    database.execute("create table entry (seq integer primary key, line blob)")

    def bare() -> None:
        os.write(raw, line)
        os.fdatasync(raw)

    def insert() -> None:
        database.execute("insert into entry (line) values (?)", (line,))

    def append() -> None:
        journal.transact(_one)

    ways: dict[str, Callable[[], None]] = {"bare": bare, "sqlite": insert, "journal": append}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(APPENDS):
        for name, way in ways.items():
            times[name].append(_timed(way))
    os.close(raw)
    database.close()
    median = {name: statistics.median(values) for name, values in times.items()}
    for name, value in median.items():
        p99 = statistics.quantiles(times[name], n=100)[-1]
        _say(f"append {name:8} {value * 1e6:8.0f} µs median {p99 * 1e6:8.0f} µs p99")
    _say(f"append: {median['journal'] / median['bare']:.2f}x bare write+fdatasync")
    _say(f"append: {median['journal'] / median['sqlite']:.2f}x SQLite WAL FULL")


def _replay(directory: Path) -> None:
    journal = _open(directory)
    drafts = [Draft(ACTOR, "note.added", DATA)] * 1000
    for _ in range(ENTRIES // len(drafts)):
        journal.transact(lambda _: drafts)
    journal.close()
    file = next((directory / "journal").glob("*.jsonl"))
    hashing: list[float] = []
    replaying: list[float] = []
    for _ in range(REPEATS):
        hashing.append(_timed(lambda: _hash(file), time.process_time))
        replaying.append(_timed(lambda: _read_all(directory), time.process_time))
    base, ours = statistics.median(hashing), statistics.median(replaying)
    _say(f"replay hashing alone {ENTRIES / base:9,.0f} lines/s")
    _say(f"replay verified      {ENTRIES / ours:9,.0f} entries/s")
    _say(f"replay: {ours / base:.2f}x hashing the same lines")


def _hash(file: Path) -> None:
    for line in file.read_bytes().split(b"\n"):
        hashlib.sha256(b"warroom/1\n" + line[:-72]).hexdigest()


def _read_all(directory: Path) -> None:
    journal = _open(directory, read_only=True)
    if not journal.intact or len(journal.read_new()) < ENTRIES:
        raise SystemExit(f"the replay is not whole: {journal.trouble}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _timed(way: Callable[[], None], clock: Callable[[], float] = time.perf_counter) -> float:
    start = clock()
    way()
    return clock() - start


if __name__ == "__main__":
    main()
