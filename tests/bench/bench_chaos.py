"""Rollbacks in a storm, many times over: what was done twice, claimed falsely, or left stuck.

Run: python -m tests.bench.bench_chaos [RUNS [FIRST_SEED [AT_ONCE]]]

Each run is a deployment of its own, with an HTTP server that loses, delays and repeats, and a
command that must not run twice. The server, the console, the process that carries the rollback out
and the shell that fired it are killed at random moments. Target: no fault in 200 runs.
"""

import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.executor.chaos import Judged, Storm

RUNS, AT_ONCE = 200, 3


def main(runs: int = RUNS, first: int = 0, at_once: int = AT_ONCE) -> int:
    """Print each run with a fault, and what all came to."""
    began = time.monotonic()
    with ThreadPoolExecutor(at_once) as pool:
        every = list(pool.map(_run, range(first, first + runs)))
    kills: Counter[str] = Counter()
    for judged in every:
        kills += judged.kills
    outcomes = Counter(judged.outcome for judged in every)
    faulty = sum(bool(judged.faults) for judged in every)
    out = sys.stdout.write
    out(f"{runs} runs in {time.monotonic() - began:.0f} s, {at_once} at once\n")
    out("ended: " + ", ".join(f"{n} {name}" for name, n in outcomes.most_common()) + "\n")
    out("killed: " + ", ".join(f"{n} {name}" for name, n in kills.most_common()) + "\n")
    out(f"gone on with {sum(j.resumed for j in every)} times, ")
    out(f"people asked {sum(j.asked for j in every)} times, ")
    out(f"fired again {sum(j.fired_again for j in every)} times\n")
    out(f"runs with a fault: {faulty} (target: 0)\n")
    return 1 if faulty else 0


def _run(seed: int) -> Judged:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            judged = Storm(Path(folder), seed).judge()
        except Exception as error:  # one run that the judge itself fails in ends no bench
            judged = Judged(seed, "shell", faults=[f"the judge failed: {error!r}"])
    sys.stdout.write(f"{judged}\n")
    sys.stdout.flush()
    return judged


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
