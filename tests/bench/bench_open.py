"""What opening a deployment with a long journal takes, beside the least its bytes could cost.

Run: python tests/bench/bench_open.py

The journal is a demo's own, once as it is, then what its window wrote over and over, each time
with ids of its own, up to 100,000 entries. `record` verifies every line and folds the state; `room`
is all that `WarRoom.open` does, reading the demo's recorded minutes too, which are no part of the
journal. Beside them stands hashing and JSON-decoding the same lines with msgspec, into plain values
that are dropped at once. Runs are interleaved; CPU time of this process, user and system.
"""

import gc
import hashlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import msgspec

from config.load import load
from console.clock import SystemClock
from console.domain.entry import Actor, Draft, Entry
from console.journal.line import seal
from console.journal.record import Record
from console.room import WarRoom

ENTRIES = 100_000
REPEATS = 7
WARROOM = (sys.executable, "-c", "from console.cli import main; raise SystemExit(main())")
# What goes on and on in a window, by how the names of its kinds begin.
GOES_ON = (
    "alert.", "checkin.", "escalation.", "item.", "limitation.", "note.", "notice.", "sample.",
    "shift.", "trigger.",
)  # fmt: skip
NAMES = {"alert", "call", "calls", "escalations", "id", "sample"}


def main() -> None:
    """Make the journal, measure, print."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        os.environ["XDG_STATE_HOME"] = str(place / "state")
        directory = place / "demo"
        demo = ("demo", "--dir", directory, "--headless", "--for", "30s")
        subprocess.run([*WARROOM, *map(str, demo)], check=True, stdout=subprocess.DEVNULL)
        (file,) = (directory / "journal").glob("*.jsonl")
        kinds = _lengthen(file)
        _say(f"{ENTRIES:,} entries, {file.stat().st_size / 1e6:.0f} MB: {_most(kinds)}")
        shutil.rmtree(place / "state", ignore_errors=True)
        _measure(directory, file)
        _status(directory)


def _lengthen(file: Path) -> Counter[str]:
    given = [msgspec.json.decode(line, type=Entry) for line in file.read_bytes().splitlines()]
    lines: list[bytes] = []
    prev = "0" * 64
    kinds: Counter[str] = Counter()
    for seq, (actor, at, kind, data) in enumerate(_drafts(given), 1):
        line = seal(
            Draft(actor, kind, data),
            at=at,
            clock=seq,
            deployment=given[0].deployment,
            prev=prev,
            seq=seq,
            writer=file.stem,
        )
        prev = line[-66:-2].decode()
        lines.append(line + b"\n")
        kinds[kind] += 1
        if seq == ENTRIES:
            break
    file.write_bytes(b"".join(lines))
    return kinds


def _drafts(given: list[Entry]) -> Iterator[tuple[Actor, float, str, dict[str, Any]]]:
    decoded = [msgspec.json.decode(entry.data) for entry in given]
    last = given[-1].at.timestamp()
    for entry, data in zip(given, decoded, strict=True):
        yield entry.actor, entry.at.timestamp(), entry.kind, data
    begin = next(place for place, entry in enumerate(given) if entry.kind == "checkin.made")
    going = [
        (entry, data)
        for entry, data in list(zip(given, decoded, strict=True))[begin:]
        if entry.kind.startswith(GOES_ON)
    ]
    turn = 0
    while True:
        turn += 1
        for entry, data in going:
            last += 0.01
            yield entry.actor, last, entry.kind, _renamed(data, f"-{turn}")


def _renamed(data: Any, end: str, *, names: bool = False) -> Any:
    match data:
        case dict():
            return {key: _renamed(one, end, names=key in NAMES) for key, one in data.items()}
        case list():
            return [_renamed(one, end, names=names) for one in data]
        case str() if names and data:
            return data + end
    return data


def _measure(directory: Path, file: Path) -> None:
    lines = file.read_bytes().splitlines()
    ways: dict[str, Callable[[], object]] = {
        "hash and decode": lambda: _least(lines),
        "decode into entries": lambda: _typed(lines),
        "record": lambda: _record(directory),
        "room": lambda: _open(directory),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    wall: list[float] = []
    for _ in range(REPEATS):
        for name, way in ways.items():
            gc.collect()
            start, cpu = time.perf_counter(), time.process_time()
            held = way()
            times[name].append(time.process_time() - cpu)
            if name == "room":
                wall.append(time.perf_counter() - start)
            del held
    median = {name: statistics.median(values) for name, values in times.items()}
    for name, value in median.items():
        spread = f"{min(times[name]):.3f} to {max(times[name]):.3f}"
        _say(f"{name:20} {value:7.3f} s CPU ({spread})")
    _say(f"{'room':20} {statistics.median(wall):7.3f} s on the clock")
    for name in ("record", "room"):
        _say(f"{name}: {median[name] / median['hash and decode']:.2f}x hashing and decoding")


def _least(lines: list[bytes]) -> None:
    decode = msgspec.json.Decoder().decode
    for line in lines:
        hashlib.sha256(b"warroom/1\n" + line[:-72]).hexdigest()
        decode(line)


def _typed(lines: list[bytes]) -> list[Entry]:
    decode = msgspec.json.Decoder(Entry).decode
    return [decode(line) for line in lines]


def _record(directory: Path) -> Record:
    loaded = load(directory)
    record = Record.open(
        directory,
        loaded.deployment.deployment,
        clock=SystemClock(),
        config_hash=loaded.sha256,
        actor=Actor("bench"),
        read_only=True,
    )
    record.journal.close()
    return record


def _open(directory: Path) -> WarRoom:
    room = WarRoom.open(directory, read_only=True, offline=True)
    if room.record.journal.trouble or room.state.entries != ENTRIES:
        raise SystemExit(f"not whole: {room.record.journal.trouble} {room.state.entries}")
    room.record.journal.close()
    return room


def _status(directory: Path) -> None:
    took, cpu = [], []
    for _ in range(3):
        start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        words = ("status", directory, "--json", "--offline")
        subprocess.run([*WARROOM, *map(str, words)], check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    _say(
        f"warroom status --json {statistics.median(took):6.3f} s on the clock, "
        f"{statistics.median(cpu):.3f} s CPU, all of it"
    )


def _most(kinds: Counter[str]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(8))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
