"""One look at 48 hours: every metric, window, trigger and rule, beside recomputing with numpy.

Run: python -m tests.bench.bench_tick

The console keeps minutes and sums; numpy has all calls in arrays, sorted by time, and computes the
same numbers from them each time: error rate, escalation rate, p95, cost, traffic and flags over
the last 15, 30 and 60 minutes and the whole. Also how far p95 is from the exact nearest rank.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from console.domain.call import Call
from console.domain.minutes import Minute
from console.domain.seen import Seen
from console.telemetry import fold
from tests.room.stand import NOW, SetClock, stand

MINUTES = 2880
CALLS = 1_000_000
WINDOWS = (15, 30, 60, MINUTES)


def best(work: Callable[[], object], times: int = 20) -> float:
    """The least seconds of a few runs."""
    least = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - start)
    return least


def traffic() -> list[Call]:
    """A million calls of the last 48 hours, in the order of time."""
    draw = random.Random(11)
    begin, step = NOW - MINUTES * 60, MINUTES * 60 / CALLS
    return [
        Call(
            id=str(n),
            at=begin + n * step,
            latency_s=draw.lognormvariate(0, 0.5),
            cost=0.001,
            error="timeout" if draw.random() < 0.004 else "",
            escalation="unclear" if draw.random() < 0.16 else "",
            version="v2.4.0",
        )
        for n in range(CALLS)
    ]


def folded(calls: list[Call]) -> dict[int, Minute]:
    """The minutes of the calls."""
    return fold(calls, Seen(), NOW).minutes


def numpy_tick(calls: list[Call]) -> Callable[[], list[tuple[float, ...]]]:
    """The same numbers from arrays of all calls."""
    import numpy as np  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # a peer

    at = np.array([call.at for call in calls])
    latency = np.array([call.latency_s for call in calls])
    error = np.array([bool(call.error) for call in calls])
    escalation = np.array([bool(call.escalation) for call in calls])
    cost = np.array([call.cost for call in calls])

    def tick() -> list[tuple[float, ...]]:
        told: list[tuple[float, ...]] = []
        for window in WINDOWS:
            since = np.searchsorted(at, NOW - window * 60)
            times = latency[since:]
            rank = -(-95 * len(times) // 100) - 1
            told.append(
                (
                    error[since:].mean(),
                    escalation[since:].mean(),
                    cost[since:].mean(),
                    cost[since:].sum() / window * 60,
                    len(times) / window * 60,
                    np.partition(times, rank)[rank],
                )
            )
        return told

    return tick


def exact_p95(calls: list[Call], window: int) -> float:
    """The nearest-rank 95th percentile of a window."""
    times = sorted(c.latency_s for c in calls if c.at >= NOW - window * 60 and c.latency_s)
    return times[-(-95 * len(times) // 100) - 1]


def main() -> None:
    """Measure and print."""
    say = sys.stdout.write
    calls = traffic()
    with tempfile.TemporaryDirectory() as name:
        os.environ["XDG_STATE_HOME"] = name
        room = stand(Path(name) / "claims", clock=SetClock()).open()
        series = room.eyes.each["calls"].series
        room.eyes.each["calls"].adopt(folded(calls), NOW)
        end = int(NOW // 60)

        def look(now: float) -> Any:
            end = int(now // 60)
            read = room.looker.read(room.state, now)
            return read, [series.window(end, window).p95 for window in WINDOWS]

        look(NOW)
        took = []
        for minute in range(1, 11):
            now = NOW + 60 * minute
            room.eyes.each["calls"].adopt({int(now // 60) - 1: series.minutes[end - minute]}, now)
            took.append(best(partial(look, now), 1))
        own, again = statistics.median(took), best(lambda: look(now))
        say(f"console: a tick after a minute {own * 1e3:6.2f} ms, again {again * 1e3:.2f} ms\n")
        if find_spec("numpy"):
            other = best(numpy_tick(calls))
            say(f"numpy:   a tick {other * 1e3:6.2f} ms\n")
            say(f"console: {own / other:.3f}x of numpy\n")
        for window in WINDOWS:
            told, exact = series.window(end, window).p95 or 0.0, exact_p95(calls, window)
            off = abs(told / exact - 1)
            say(f"p95 of {window:5} min: {told:.4f} s, exact {exact:.4f} s, {off:.2%} off\n")


if __name__ == "__main__":
    main()
