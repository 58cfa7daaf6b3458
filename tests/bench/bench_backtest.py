"""What a backtest costs beside the plain fold of the same log, and what ten variants cost.

The plain fold is what the log feed does: `FileFeed.poll`, `fold`, `Series.add`. Each run is a
process of its own, pinned to one core; runs take turns, and the least user and system time counts.

Ten variants of one limit share every window. With `--windows` ten more are measured, each of which
changes the windows of three metrics and two triggers: the worst that can be asked for.

Run: python -m tests.bench.bench_backtest [--windows] [records] [records a second]
"""

import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from config.feed import Feed as FeedSpec
from config.load import validate
from console.domain.backtest_set import variants_of
from console.domain.seen import Seen
from console.domain.series import Series
from console.feeds import make_feed
from console.net import Http
from console.room.backtesting import run_file, source_of
from console.telemetry import fold
from tests.config.sample import SMALL

MORE = "\n[forecast]\ncost_per_call = 0.025\ncalls_per_hour = 10800\n"
VARIANTS = ("error-rate.limit=0.002..0.01/0.001",)
WINDOWS = tuple(
    f"error-rate.window_s={3600 - 60 * n},escalation-rate.window_s={3600 + 60 * n},"
    f"latency-p95.window_s={1800 + 120 * n},trigger.error-rate.window_s={900 + 60 * n},"
    f"trigger.escalation-rate.window_s={1200 + 60 * n}"
    for n in range(1, 11)
)
TEN, OTHERS = "ten variants", "other windows"
TURNS = 5
NOW = 2e9


def write(path: Path, records: int, a_second: float) -> None:
    """Calls of about 0.75 KB, with random gaps."""
    draw, at = random.Random(7), 1.7e9
    with path.open("w") as file:
        for number in range(records):
            at += draw.expovariate(a_second)
            call = {
                "id": f"call-{number:08d}",
                "at": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds"),
                "version": "v2.4.0",
                "variant": "live",
                "model": "m-large",
                "latency_s": round(draw.lognormvariate(0, 0.5), 3),
                "tokens_in": draw.randrange(400, 2000),
                "tokens_out": draw.randrange(50, 400),
                "cost": round(draw.uniform(0.01, 0.04), 5),
                "error": "time-out" if draw.random() < 0.003 else None,
                "escalation": "policy unclear" if draw.random() < 0.15 else None,
                "flags": [],
                "tools": [{"name": "lookup_policy", "ok": True}],
                "user": f"user-{number % 500}",
                "input": "x" * 330,
                "format": "text",
                "output": "y" * 20,
                "synthetic": False,
                "conversation": f"c-{number // 3}",
            }
            file.write(json.dumps(call) + "\n")


async def plain(path: Path) -> None:
    """Read and fold the log as its feed is read and folded."""
    spec = FeedSpec.model_validate({"kind": "jsonl", "path": path.name})
    spec = spec.model_copy(update={"id": "calls"})
    held, seen, http = Series(), Seen(), Http()
    feed = make_feed(spec, http, "salt", path.parent)
    cursor: dict[str, object] = {}
    behind = True
    while behind:
        batch = await feed.poll(cursor, NOW)
        held.add(fold(batch.calls, seen, NOW, batch.tallies).minutes)
        cursor, behind = batch.cursor, batch.behind
    await http.aclose()


def backtested(path: Path, sets: tuple[str, ...]) -> None:
    """The whole answer: totals, alerts, triggers, gates and the lint."""
    deployment = validate(tomllib.loads(SMALL + MORE))
    run_file(deployment, path, source_of(deployment), variants_of(deployment, sets))


KINDS: dict[str, Callable[[Path], object]] = {
    "plain fold": lambda path: asyncio.run(plain(path)),
    "backtest": lambda path: backtested(path, ()),
    TEN: lambda path: backtested(path, VARIANTS),
    OTHERS: lambda path: backtested(path, WINDOWS),
}


def measure(kind: str, path: Path) -> tuple[float, float]:
    """CPU seconds and MiB of a process that does it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_backtest", "--one", kind, str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    cpu, memory = done.stdout.split()
    return float(cpu), float(memory)


def one(kind: str, path: Path) -> None:
    """Do it, and print what it took."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    begun = time.process_time()
    KINDS[kind](path)
    took = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{took} {peak}\n")


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], Path(sys.argv[3]))
        return
    given = [word for word in sys.argv[1:] if word != "--windows"]
    kinds = [kind for kind in KINDS if kind != OTHERS or "--windows" in sys.argv]
    records = int(given[0]) if given else 1_000_000
    a_second = float(given[1]) if len(given) > 1 else 3.0
    with tempfile.TemporaryDirectory() as name:
        log, tenth = Path(name) / "calls.jsonl", Path(name) / "tenth.jsonl"
        write(log, records, a_second)
        write(tenth, records // 10, a_second)
        took: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds}
        for _ in range(TURNS):
            for kind in kinds:
                took[kind].append(measure(kind, log))
        least = {kind: min(cpu for cpu, _ in runs) for kind, runs in took.items()}
        size = log.stat().st_size / records
        say = sys.stdout.write
        say(f"{records:,} records of {size:.0f} bytes, {a_second:g} a second\n")
        for kind, runs in took.items():
            memory = max(memory for _, memory in runs)
            ratio = least[kind] / least["plain fold"]
            say(f"{kind:14} {least[kind]:7.2f} s CPU  {ratio:5.2f}x  {memory:5.0f} MiB\n")
        for kind in kinds[2:]:
            say(f"{kind} of one {least[kind] / least['backtest']:5.2f}x\n")
        say(f"a tenth of the log     {measure('backtest', tenth)[1]:5.0f} MiB\n")


if __name__ == "__main__":
    main()
