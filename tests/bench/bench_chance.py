"""What it takes to compare a canary with its live control over 48 hours, look by look.

Run: python -m tests.bench.bench_chance
"""

import random
import sys
import time
from collections.abc import Callable

import msgspec

from console.domain import chance
from console.domain.call import Call
from console.domain.comparison import ALPHA, compare
from console.domain.seen import Seen
from console.domain.series import Series
from console.telemetry import fold

MINUTES = 2880
FIRST = 29_935_500
A_MINUTE = {"v2.4.0": 20, "v2.3.1": 80}


def best(work: Callable[[], object], times: int = 10) -> float:
    """The least milliseconds of a few runs."""
    least = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - start)
    return least * 1e3


def series() -> Series:
    """48 hours at 20 %, a hundred calls a minute."""
    draw = random.Random(5)
    made, seen = Series(), Seen()
    for minute in range(FIRST, FIRST + MINUTES):
        calls = [
            Call(
                f"{minute}-{version}-{i}",
                minute * 60.0 + i % 60,
                latency_s=draw.lognormvariate(0, 0.6) * (4 if draw.random() < 0.02 else 1),
                cost=draw.lognormvariate(-4, 0.5),
                error="timeout" if draw.random() < 0.004 else "",
                escalation="unclear" if draw.random() < 0.16 else "",
                version=version,
                variant="canary" if version == "v2.4.0" else "control",
            )
            for version, count in A_MINUTE.items()
            for i in range(count)
        ]
        made.add(fold(calls, seen, 2e9).minutes)
    return made


def main() -> None:
    """Measure and print."""
    say = sys.stdout.write
    held = series()
    end = FIRST + MINUTES
    start = time.perf_counter()
    sides = held.sides(FIRST, end)
    first = (time.perf_counter() - start) * 1e3
    candidate, control = sides.live["v2.4.0"], sides.control["v2.3.1"]

    def one_more() -> None:
        held.put(end - 1, held.minutes[end - 1])
        held.sides(FIRST, end)

    say(f"arms of 48 h, first look      {first:8.1f} ms\n")
    say(f"  after one more minute       {best(one_more):8.1f} ms\n")
    ours, theirs = chance.values_of(candidate.places), chance.values_of(control.places)
    say(f"latency, {len(ours)} and {len(theirs)} places    ")
    say(f"{best(lambda: chance.latencies_apart(ours, theirs, ALPHA)):8.1f} ms\n")
    say(f"whole comparison              {best(lambda: compare(candidate, control)):8.1f} ms\n")
    say(f"({candidate.calls:,.0f} and {control.calls:,.0f} calls)\n")
    for one in compare(candidate, control, currency="USD"):
        say(f"  {one.question:<12} {one.said}; {one.missed}\n")
    size = len(msgspec.json.encode(held.minutes[end - 1]))
    say(f"a minute with arms            {size:8,} bytes on disk\n")


if __name__ == "__main__":
    main()
