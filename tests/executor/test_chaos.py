"""A few rollbacks in a storm; `python -m tests.bench.bench_chaos` is two hundred of them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.executor.chaos import Storm

RUNS, AT_ONCE = 12, 4


def test_nothing_is_done_twice_or_claimed_falsely_or_left_stuck(tmp_path: Path) -> None:
    """The server loses, delays and repeats; it, the console and the executor are killed."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        every = list(pool.map(lambda seed: Storm(tmp_path / f"{seed}", seed).judge(), range(RUNS)))
    wrong = "\n\n".join(str(judged) for judged in every if judged.faults)
    assert not wrong, wrong
    assert sum(judged.kills["executor"] for judged in every) >= RUNS / 3
    assert sum(judged.resumed for judged in every) >= RUNS / 4
    assert sum(judged.outcome == "verified" for judged in every) >= RUNS / 2
