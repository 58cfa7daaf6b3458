"""How far chance goes in a criterion of a gate: an interval, and what its rule lets through.

The guide's rule decides. This says how sure it can be. An interval here is for one look, at the
moment of the decision.
"""

from collections.abc import Mapping, Sequence
from math import ceil, floor, sqrt
from statistics import NormalDist

import msgspec

from console.domain.chance import at_least, wilson
from console.domain.histogram import place_middle

AWAY = 0.05
"""How far beyond its limit the agent is whose chance to pass is told: five points."""
LEVEL = 0.95
LEAST_TIMED = 20


class Doubt(msgspec.Struct, frozen=True):
    """Bounds of the true value with 95 %, in the unit of the value, and a sentence.

    `said` is empty, and the bounds are None, where there is too little to say anything.
    """

    low: float | None = None
    high: float | None = None
    said: str = ""


def of_proportion(
    k: float,
    n: float,
    *,
    over: float | None = None,
    under: float | None = None,
    inclusive: bool = False,
) -> Doubt:
    """`k` of `n`, which must be `over` or `under` a share of 0 to 1; `inclusive` if that passes.

    With a limit it says how often an agent passes that is in truth five points beyond it.
    """
    if n < 1:
        return Doubt()
    low, high = wilson(min(k, n), n)
    said = f"95 % interval {_range(low, high)}"
    limit = over if over is not None else under
    if limit is None:
        return Doubt(low, high, said)
    whole = round(n)
    if over is not None:
        truth = max(0.0, over - AWAY)
        chance = at_least(_first_passing(over, whole, inclusive=inclusive), whole, truth)
    else:
        truth = min(1.0, limit + AWAY)
        # Under a limit passes who has as many of the other cases.
        others = _first_passing(1 - limit, whole, inclusive=inclusive)
        chance = at_least(others, whole, 1 - truth)
    return Doubt(
        low, high, f"{said}; a true {truth * 100:.3g} % agent passes this {_often(chance)}"
    )


def of_p95(places: Mapping[int, int], n: int) -> Doubt:
    """The 95th percentile, in seconds, of `n` latencies in a histogram: by their ranks."""
    if n < LEAST_TIMED or not places:
        return Doubt()
    middle, reach = 0.95 * n, NormalDist().inv_cdf((1 + LEVEL) / 2) * sqrt(n * 0.95 * 0.05)
    low = _at_rank(places, max(1, floor(middle - reach)))
    rank = ceil(middle + reach) + 1
    if rank > n:
        said = f"95 % interval from {low:.3g} s on: {n} calls are too few to bound it above"
        return Doubt(low, None, said)
    high = _at_rank(places, rank)
    return Doubt(low, high, f"95 % interval {low:.3g}–{high:.3g} s")


def of_mean(parts: Sequence[tuple[float, float]], unit: str = "") -> Doubt:
    """The mean of what comes in parts of (sum, count), as a cost does minute by minute."""
    told = [(total, count) for total, count in parts if count > 0]
    n = sum(count for _, count in told)
    if len(told) < LEAST_TIMED:
        return Doubt()
    mean = sum(total for total, _ in told) / n
    spread = sum((total - mean * count) ** 2 for total, count in told)
    error = sqrt(spread * len(told) / (len(told) - 1)) / n
    reach = NormalDist().inv_cdf((1 + LEVEL) / 2) * error
    low, high = max(0.0, mean - reach), mean + reach
    return Doubt(low, high, f"95 % interval {low:.3g}–{high:.3g} {unit}".rstrip())


def _first_passing(over: float, n: int, *, inclusive: bool) -> int:
    """The least number of `n` whose share passes."""
    k = max(0, floor(over * n) - 1)
    while k <= n and not (k / n >= over - 1e-12 if inclusive else k / n > over + 1e-12):
        k += 1
    return k


def _at_rank(places: Mapping[int, int], rank: int) -> float:
    below = 0
    for place in sorted(places):
        below += places[place]
        if below >= rank:
            return place_middle(place)
    return place_middle(max(places))


def _range(low: float, high: float) -> str:
    digits = 0 if high - low >= 0.02 else 1 if high - low >= 0.002 else 2
    return f"{low * 100:.{digits}f}–{high * 100:.{digits}f} %"


def _often(chance: float) -> str:
    if chance < 0.01:
        return "in under 1 % of cases"
    if chance > 0.99:
        return "in over 99 % of cases"
    return f"{chance * 100:.0f} % of the time"
