"""How fast calls become minutes and metrics; ratios hold better than times.

Run: python tests/bench/bench_fold.py
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from console.domain.call import Call
from console.domain.seen import Seen
from console.domain.series import Series
from console.telemetry import Recorder, fold, load

RECORDS = 1_000_000
BATCH = 20_000
NOW = 2e9


def best(work: Callable[[], object], times: int = 3) -> float:
    """The least seconds of a few runs."""
    least = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - start)
    return least


def calls() -> list[Call]:
    """Three calls a second, 93 hours of them."""
    draw = random.Random(7)
    return [
        Call(
            id=f"{draw.getrandbits(96):024x}",
            at=1.7e9 + i / 3,
            latency_s=draw.lognormvariate(0, 0.5),
            cost=0.02,
            tokens_in=700,
            tokens_out=120,
            error="timeout" if i % 300 == 0 else "",
            escalation="unclear" if i % 6 == 0 else "",
            version="v2",
        )
        for i in range(RECORDS)
    ]


def folded(made: list[Call]) -> Series:
    """All calls, batch by batch, as polls bring them."""
    series, seen = Series(), Seen()
    for start in range(0, len(made), BATCH):
        series.add(fold(made[start : start + BATCH], seen, NOW).minutes)
    return series


def looped(made: list[Call]) -> float:
    """The least that reading three fields of every call costs."""
    total = 0.0
    for call in made:
        if not call.error and call.latency_s is not None:
            total += call.at
    return total


def main() -> None:
    """Measure and print."""
    made = calls()
    lines = [msgspec.json.encode(call) for call in made[:100_000]]
    decode = msgspec.json.Decoder(Call).decode
    fold_s, loop_s = best(lambda: folded(made)), best(lambda: looped(made))
    decode_s = best(lambda: [decode(line) for line in lines]) * RECORDS / len(lines)
    say = sys.stdout.write
    say(f"fold            {RECORDS / fold_s:>12,.0f} records/s\n")
    say(f"  of a plain loop           {fold_s / loop_s:.1f}x\n")
    say(f"  of decoding the same      {fold_s / decode_s:.2f}x\n")
    series = folded(made)
    end = (series.last or 0) + 1
    for metric in ("error-rate", "traffic", "latency-p95"):
        took = best(lambda m=metric: series.rolling(m, range(end - 2880, end), 60))  # type: ignore[misc]  # a lambda's default has no type
        say(f"rolling {metric:<12} 2,880 points {took * 1e3:8.1f} ms\n")
    say(f"window of an hour           {best(lambda: series.window(end, 60)) * 1e3:8.2f} ms\n")
    say(f"window of 48 h              {best(lambda: series.window(end, 2880)) * 1e3:8.2f} ms\n")
    with tempfile.TemporaryDirectory() as name:
        recorder = Recorder(Path(name), "calls")
        numbers = list(series.minutes)
        source = list(series.minutes.values())
        for i in range(40_000):
            recorder.series.put(i, source[i % len(source)])
        start = time.perf_counter()
        recorder.flush(range(40_000), {}, NOW)
        say(f"record 40,000 minutes       {(time.perf_counter() - start) * 1e3:8.1f} ms\n")
        start = time.perf_counter()
        recorder.flush([0], {}, NOW)
        say(f"flush of one minute         {(time.perf_counter() - start) * 1e3:8.2f} ms\n")
        took = best(lambda: load(Path(name), "calls"))
        say(f"load 40,000 minutes         {took * 1e3:8.1f} ms\n")
        say(f"({len(numbers):,} minutes of {len(source[100].latency) // 2} buckets)\n")


if __name__ == "__main__":
    main()
