"""How often the early warning cries wolf, how often it sees the wolf, and what a look costs.

Run: python -m tests.bench.bench_trend [WINDOWS]; 400 take some minutes.
"""

import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from statistics import median

from console.domain.bins import WATCHED
from tests.domain.drifting import KINDS, World, drifting, look, made, warnings_of

WINDOWS = 400
WORLDS = {
    "no memory, 4 days before": World(0.0, 0.0),
    "memory 0.6, 1 point": World(0.6, 0.065),
    "memory 0.6, 1 point, 7 days before": World(0.6, 0.065, days=7),
    "memory 0.6, 1 point, 2 days before": World(0.6, 0.065, days=2),
    "memory 0.6, 1 point, 1 day before": World(0.6, 0.065, days=1),
    "memory 0.6, 1 point, shape of 40 %": World(0.6, 0.065, shape=0.4),
    "memory 0.6, 1.5 points": World(0.6, 0.1),
    "memory 0.8, 1 point": World(0.8, 0.065),
    "memory 0.9, 1.5 points": World(0.9, 0.1),
}


def main() -> None:
    """Measure and print."""
    windows = int(sys.argv[1]) if len(sys.argv) > 1 else WINDOWS
    say = sys.stdout.write
    say(f"{windows} windows of 48 looks each; four metrics a window, two looks must agree\n")
    with ProcessPoolExecutor(2) as pool:
        for name, world in WORLDS.items():
            healthy = list(pool.map(partial(warnings_of, world=world), range(windows), chunksize=8))
            drift = partial(warnings_of, world=world, more=drifting)
            seeds = range(windows, windows + windows // 2)
            hours = [
                found["escalation-rate"]
                for found in pool.map(drift, seeds, chunksize=8)
                if "escalation-rate" in found
            ]
            wrong = sum(bool(found) for found in healthy) / windows
            each = {m: sum(m in found for found in healthy) / windows for m in WATCHED}
            told = ", ".join(f"{metric} {share:.2%}" for metric, share in each.items())
            when = f", median after {median(hours):.0f} h" if hours else ""
            say(
                f"{name:38} false {wrong:6.2%} ({told}), "
                f"drift seen {len(hours) / len(seeds):.1%}{when}\n"
            )
            sys.stdout.flush()
    _cost()


def _cost() -> None:
    """What the dearest look costs."""
    world = World(0.6, 0.065, days=7)
    bins = made(random.Random(1), world, "escalation-rate", drifting)
    limit = KINDS["escalation-rate"].limit
    least = float("inf")
    for _ in range(10):
        start = time.perf_counter()
        look(bins, world.days, 48, limit)
        least = min(least, time.perf_counter() - start)
    sys.stdout.write(f"a look at 48 h that rises, with 7 days before: {least * 1e3:.1f} ms\n")


if __name__ == "__main__":
    main()
