"""A rule's life equals that of the same alerting rule in a real Prometheus, on the same series.

`promtool test rules` evaluates rules on given series with Prometheus' own evaluator, at given
times, without waiting. Its `for` is ours; its `keep_firing_for` of 5 min is our time to resolve.
"""

import json
import random
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from config.rule import Rule
from console.domain.alerts import AlertMemory, step
from console.domain.extra_rules import rule_points
from console.domain.minutes import Minute
from console.domain.readings import Reading
from console.domain.series import Series

PROMTOOL = Path("/usr/bin/promtool")
CALLS = 100
WINDOW = 5
LENGTH = 150
FIRST = WINDOW  # the first end with a whole window before it
HOLDS = (0, 60, 180, 600)


@pytest.fixture(autouse=True)
def promtool() -> None:
    if not PROMTOOL.exists():
        pytest.skip("promtool is not installed: apt install prometheus")


def errors_of(seed: int) -> list[int]:
    """Errors a minute that wander around the limit of 5 in 100, in stretches of any length."""
    rng = random.Random(seed)
    errors: list[int] = []
    while len(errors) < LENGTH:
        level = rng.choice([0, 2, 5, 6, 12])
        errors += [max(0, level + rng.randint(-1, 1)) for _ in range(rng.randint(1, 18))]
    return errors[:LENGTH]


def ours(errors: list[int], hold_s: int) -> list[str]:
    """The state at the end of each minute: inactive, pending or firing."""
    held = Series()
    for number, count in enumerate(errors):
        held.put(number, Minute(calls=CALLS, errors=count))
    rule = Rule.model_validate(
        {
            "id": "errors",
            "metric": "error-rate",
            "window_s": WINDOW * 60,
            "over": 0.05,
            "for_s": hold_s,
            "recipient": "tech-lead",
        }
    )
    return lived(rule_points(rule, held, "calls")(range(FIRST, LENGTH + 1)))


def lived(readings: list[Reading]) -> list[str]:
    """What each of these readings, a minute apart, makes of an alert."""
    memory, states = AlertMemory(), []
    for place, reading in enumerate(readings):
        memory, _ = step(memory, reading, (FIRST + place) * 60.0)
        known = "pending" if memory.state == "pending" else "inactive"
        states.append("firing" if memory.active else known)
    return states


def theirs(errors: list[int], hold_s: int, place: Path) -> list[str]:
    """What Prometheus says of the same counters, at the same times.

    The counters' samples stand at the ends of minutes. `promtool` has no way to print alerts, so
    each state is asked of the ALERTS series and told by what the test expected and got.
    """
    totals = [sum(errors[:number]) for number in range(LENGTH + 1)]
    rate = f"(err - err offset {WINDOW}m) / (calls - calls offset {WINDOW}m)"
    rules = {
        "groups": [
            {
                "name": "errors",
                "interval": "1m",
                "rules": [
                    {
                        "alert": "errors",
                        "expr": f"{rate} > 0.05",
                        "for": f"{hold_s}s",
                        "keep_firing_for": "5m",
                    }
                ],
            }
        ]
    }
    tests = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": "err", "values": " ".join(map(str, totals))},
                    {"series": "calls", "values": f"0+{CALLS}x{LENGTH}"},
                ],
                # Nobody expects this: so the failure prints what there is.
                "promql_expr_test": [
                    {"expr": "ALERTS", "eval_time": f"{end}m", "exp_samples": [{"value": 99}]}
                    for end in range(FIRST, LENGTH + 1)
                ],
            }
        ],
    }
    (place / "rules.yml").write_text(json.dumps(rules))
    (place / "tests.yml").write_text(json.dumps(tests))
    done = subprocess.run(
        [PROMTOOL, "test", "rules", "tests.yml"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    told = (done.stdout + done.stderr).split('expr: "ALERTS", time: ')[1:]
    assert len(told) == LENGTH + 1 - FIRST, done.stderr[:2000]
    return [_state(one) for one in told]


def _state(told: str) -> str:
    got = told.partition("got:")[2]
    return next((s for s in ("firing", "pending") if f'alertstate="{s}"' in got), "inactive")


@pytest.mark.parametrize("hold_s", HOLDS)
@pytest.mark.parametrize("seed", range(6))
def test_the_same_series_live_the_same_life(seed: int, hold_s: int, tmp_path: Path) -> None:
    errors = errors_of(seed)
    assert ours(errors, hold_s) == theirs(errors, hold_s, tmp_path)


def test_the_series_bring_every_state_and_change() -> None:
    """Else the comparison would show nothing."""
    lives = [ours(errors_of(seed), hold) for seed in range(6) for hold in HOLDS]
    changes = {change for life in lives for change in pairwise(life)}
    every = {"inactive", "pending", "firing"}
    assert {state for life in lives for state in life} == every
    assert changes >= {
        ("inactive", "pending"),
        ("pending", "inactive"),
        ("pending", "firing"),
        ("inactive", "firing"),
        ("firing", "inactive"),
    }
