"""What chance alone can do: intervals for shares, and comparisons that may be looked at any time.

A 95 % interval that is looked at every hour is wrong far more often than in 5 % of the rollouts:
24 looks at p < 0.05 give a false alarm in 27 %. What is compared here is therefore bounded by
confidence sequences, which hold at all looks together: the asymptotic confidence sequence of
Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (normal mixture, the boundary of the mSPRT), and for
one share the exact beta-binomial mixture. The price is an interval wider by half. The bounds are
asymptotic: they ask for `LEAST` points a side, and take calls as independent of each other.
"""

from collections.abc import Callable, Mapping, Sequence
from math import comb, exp, inf, lgamma, log, log1p, sqrt
from statistics import NormalDist

import msgspec

from console.domain.histogram import place_middle

LEAST = 50
TUNED_SD = 0.01
"""The bounds are narrowest where the standard error is this: a point of a rate, a hundredth of the
chance that one call is slower than another. Elsewhere they are a little wider."""
HANDFUL = 10
_STEPS = 48

Values = Sequence[tuple[float, int]]
"""Rising values, each with how often it occurs."""


def wilson(successes: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """The Wilson score interval of a share, 0 to 1; without data it is everything."""
    if not n > 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def could_miss(n: int, confidence: float = 0.95) -> float:
    """The highest true share that `n` outputs without a single case still allow, 0 to 1."""
    return 1.0 if n < 1 else 1 - (1 - confidence) ** (1 / n)


def at_least(k: int, n: int, share: float) -> float:
    """How likely it is that `k` or more of `n` succeed, each with chance `share` (0 to 1)."""
    if k <= 0:
        return 1.0
    if k > n or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    # Beyond 12 standard deviations there is nothing left to sum.
    reach = int(12 * sqrt(n * share * (1 - share))) + 12
    first, last = max(k, int(n * share) - reach), min(n, int(n * share) + reach)
    if n <= 200:
        terms = [comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(first, last + 1)]
    else:
        whole = lgamma(n + 1)
        up, down = log(share), log1p(-share)
        terms = [
            exp(whole - lgamma(i + 1) - lgamma(n - i + 1) + i * up + (n - i) * down)
            for i in range(first, last + 1)
        ]
    return min(1.0, sum(terms))


def radius(variance: float, alpha: float, tuned: float = TUNED_SD**2) -> float:
    """How far an estimate with this sampling `variance` may be off at any look, with 1 - `alpha`.

    `tuned` is the variance at which it is narrowest; it must not follow from the data.
    """
    spread = -2 * log(alpha) + log(1 - 2 * log(alpha))
    told = spread * tuned / variance
    return sqrt(2 * variance * (1 + 1 / told) * (log1p(told) / 2 - log(alpha)))


def share_at_any_time(k: float, n: float, alpha: float) -> tuple[float, float]:
    """Bounds of a share, 0 to 1, that hold at all looks together; exact for any `n`."""

    if not n > 0:
        return 0.0, 1.0
    mixed = _log_beta(k + 0.5, n - k + 0.5) - _log_beta(0.5, 0.5) + log(alpha)

    def refuted(share: float) -> bool:
        plain = (k * log(share) if k else 0.0) + ((n - k) * log1p(-share) if n > k else 0.0)
        return plain <= mixed

    middle = k / n
    low = 0.0 if middle <= 0 else _edge(middle, 0.0, refuted)
    high = 1.0 if middle >= 1 else _edge(middle, 1.0, refuted)
    return low, high


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _edge(inside: float, outside: float, refuted: Callable[[float], bool]) -> float:
    """The border between a share that is not refuted and one that is."""
    for _ in range(_STEPS):
        middle = (inside + outside) / 2
        if middle in {inside, outside}:
            break
        if refuted(middle):
            outside = middle
        else:
            inside = middle
    return outside


class Shift(msgspec.Struct, frozen=True):
    """How far one side lies above the other, and the bounds of that, which hold at all looks."""

    difference: float
    low: float
    high: float


def shares_apart(k: float, n: float, k_other: float, n_other: float, alpha: float) -> Shift:
    """The share `k` of `n` less the other one. Both need `LEAST` calls."""

    def variance(share: float, calls: float) -> float:
        return share * (1 - share) / calls

    # One case more on each side, so that none seen is not taken for none possible; and never less
    # than if both were alike, so that a rare case that is late to show is not taken for gone.
    apart = variance((k + 1) / (n + 2), n) + variance((k_other + 1) / (n_other + 2), n_other)
    both = (k + k_other) / (n + n_other)
    reach = radius(max(apart, variance(both, n) + variance(both, n_other)), alpha)
    share, share_other = k / n, k_other / n_other
    difference = share - share_other
    low, high = difference - reach, difference + reach
    # A handful of cases is no normal distribution: there the exact bound of the share goes further.
    if k < HANDFUL:
        high = max(high, share_at_any_time(k, n, alpha)[1] - share_other)
    if k_other < HANDFUL:
        low = min(low, share - share_at_any_time(k_other, n_other, alpha)[1])
    return Shift(difference, max(-1.0, low), min(1.0, high))


def means_apart(
    mean: float, variance: float, mean_other: float, variance_other: float, alpha: float
) -> Shift:
    """The one mean less the other; the variances are those of the means."""
    scale = max(abs(mean_other), abs(mean), 1e-12)
    # Means that never move have no variance; what is left then is a rounding error.
    spread = max(variance + variance_other, (1e-9 * scale) ** 2)
    reach = radius(spread, alpha, (TUNED_SD * scale) ** 2)
    return Shift(mean - mean_other, mean - mean_other - reach, mean - mean_other + reach)


class Ranks(msgspec.Struct, frozen=True):
    """Mann and Whitney's comparison of two samples.

    `u` counts the pairs in which the first is greater, ties as halves; `effect` is their share, 0
    to 1, one half if neither side is greater. `variance` is that of the effect, whatever the truth
    (DeLong), `null_variance` the one if both sides are alike.
    """

    u: float
    effect: float
    variance: float
    null_variance: float
    pairs: int

    @property
    def p(self) -> float:
        """How likely so much is for two alike sides, for one look only; two-sided."""
        if not self.null_variance > 0:
            return 1.0
        off = max(0.0, abs(self.u - self.pairs / 2) - 0.5) / self.pairs
        return min(1.0, 2 * NormalDist().cdf(-off / sqrt(self.null_variance)))


def values_of(places: Mapping[int, int]) -> list[tuple[float, int]]:
    """The latencies of a histogram, in seconds, each within 1 %."""
    return [(place_middle(place), places[place]) for place in sorted(places) if places[place] > 0]


def ranks(one: Values, other: Values, less: float = 0.0) -> Ranks:
    """Compare `one`, each value less `less`, with `other`. Neither is empty."""
    n, n_other = sum(c for _, c in one), sum(c for _, c in other)
    above = _above([(value - less, count) for value, count in one], other)
    # Of `other` the share that is not exceeded is what is left.
    under = _above(other, [(value - less, count) for value, count in one])
    u = sum(count * won for (_, count), won in zip(one, above, strict=True))
    effect = u / n / n_other
    spread = sum(c * (won / n_other - effect) ** 2 for (_, c), won in zip(one, above, strict=True))
    spread_other = sum(
        c * (won / n - (1 - effect)) ** 2 for (_, c), won in zip(other, under, strict=True)
    )
    variance = spread / max(1, n - 1) / n + spread_other / max(1, n_other - 1) / n_other
    total = n + n_other
    ties: dict[float, int] = {}
    for value, count in [*((value - less, count) for value, count in one), *other]:
        ties[value] = ties.get(value, 0) + count
    tied = sum(t**3 - t for t in ties.values()) / (total * max(1, total - 1))
    return Ranks(
        u=u,
        effect=effect,
        # Samples that do not overlap at all leave no variance; they still are only samples.
        variance=max(variance, 0.25 / n**2 + 0.25 / n_other**2),
        null_variance=(total + 1 - tied) / (12 * n * n_other),
        pairs=n * n_other,
    )


def _above(one: Values, other: Values) -> list[float]:
    """For each value of `one` how many of `other` are less, those that are equal as halves."""
    won, less, at = [], 0, 0
    for value, _ in one:
        while at < len(other) and other[at][0] < value:
            less += other[at][1]
            at += 1
        tie = other[at][1] if at < len(other) and other[at][0] == value else 0
        won.append(less + tie / 2)
    return won


def shift_at(one: Values, other: Values, level: float) -> float:
    """The least difference that this share of all pairs (one less other) does not exceed.

    At a level of one half it is the shift of Hodges and Lehmann. Infinite where `level` is not
    between 0 and 1.
    """
    if level <= 0:
        return -inf
    if level >= 1:
        return inf
    wanted = level * sum(c for _, c in one) * sum(c for _, c in other)
    low, high = one[0][0] - other[-1][0] - 1e-9, one[-1][0] - other[0][0]
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if high - low < 1e-9:
            break
        if _pairs_within(one, other, middle)[0] >= wanted:
            high = middle
        else:
            low = middle
    return _pairs_within(one, other, high)[1]


def _pairs_within(one: Values, other: Values, most: float) -> tuple[int, float]:
    """How many pairs differ by at most this, and the greatest difference among them."""
    total, above, at = 0, sum(c for _, c in other), 0
    greatest = -inf
    for value, count in one:
        # A greater value needs a greater partner.
        while at < len(other) and value - other[at][0] > most:
            above -= other[at][1]
            at += 1
        if at == len(other):
            break
        total += count * above
        greatest = max(greatest, value - other[at][0])
    return total, greatest


def latencies_apart(one: Values, other: Values, alpha: float) -> Shift:
    """By how many seconds `one` is slower than `other`: Hodges and Lehmann's shift.

    Its bounds are the shifts that the comparison by ranks does not refute at any look. Both need
    `LEAST` calls.
    """
    difference = shift_at(one, other, 0.5)
    reach = radius(ranks(one, other, difference).variance, alpha)
    low, high = shift_at(one, other, 0.5 - reach), shift_at(one, other, 0.5 + reach)
    return Shift(difference, low, high)
