"""How long it takes to see whom to tell with ten thousand escalations open, and what a copy costs.

Run: python tests/bench/bench_notice_plan.py
"""

import sys
import time
from collections.abc import Callable
from statistics import median

from console.domain.notice_facts import facts_of
from console.domain.notices import due, nobody_told
from console.journal.record import copy_of
from console.screens.bell import worth_it
from tests.domain.post import Post

ESCALATIONS, ENTRIES, ALERTS = 10_000, 600, 500
ROUNDS = 30


def took(work: Callable[[], object]) -> float:
    """Milliseconds, the median of some rounds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times) * 1000


def main() -> None:
    """Measure and print."""
    post = Post()
    for number in range(ALERTS):
        post.fire(f"rule:r-{number}", severity="ticket", recipients=("tech-lead",))
    for _ in range(ENTRIES):
        post.now += 1.0
        post.raise_escalations(count=ESCALATIONS // ENTRIES, backup="agent lead")
    facts = facts_of(post.state, post.deployment, post.now)
    letters = due(post.state, post.deployment, facts, post.now)
    post.send()
    write = sys.stdout.write
    write(f"{len(post.state.escalations):,} escalations, {ALERTS} alerts: {len(facts)} facts, ")
    write(f"{len(letters)} notices\n")
    state, deployment, now = post.state, post.deployment, post.now
    write(f"facts   {took(lambda: facts_of(state, deployment, now)):6.2f} ms\n")
    write(f"due     {took(lambda: due(state, deployment, facts, now)):6.2f} ms\n")
    write(f"nobody  {took(lambda: nobody_told(state, deployment, facts)):6.2f} ms\n")
    write(f"bell    {took(lambda: worth_it(state, 'reviewer', now)):6.2f} ms\n")
    write(f"copy    {took(lambda: copy_of(state)):6.2f} ms, with what was told\n")


if __name__ == "__main__":
    main()
