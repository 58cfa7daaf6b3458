"""The candidate against the live control, question by question, and what that could have missed.

The guide's limits decide on a gate. A comparison only informs: it can add a caution, and it takes
none away. All answers of a table hold together, at all looks, with 95 %: each has a twentieth of
the error that is shared out among the questions (`console.domain.chance`).
"""

from collections.abc import Iterable
from math import isfinite
from typing import Literal

import msgspec

from console.domain.arms import Side
from console.domain.chance import (
    LEAST,
    Shift,
    could_miss,
    latencies_apart,
    means_apart,
    share_at_any_time,
    shares_apart,
    values_of,
)
from console.domain.histogram import quantile

Question = Literal["latency", "errors", "escalations", "cost", "flags", "feedback"]
Said = Literal["worse", "better", "no difference seen", "too few"]

QUESTIONS: tuple[Question, ...] = (
    "latency",
    "errors",
    "escalations",
    "cost",
    "flags",
    "feedback",
)
NAMES: dict[Question, str] = {
    "latency": "latency",
    "errors": "error rate",
    "escalations": "escalation rate",
    "cost": "cost per call",
    "flags": "safety flags",
    "feedback": "negative feedback",
}
ALPHA = 0.05 / len(QUESTIONS)
LEAST_MINUTES = 20
GRAIN = 0.018
"""Latencies are known to this part of themselves: a lesser shift is not seen."""


class Compared(msgspec.Struct, frozen=True):
    """A question about both sides, answered as far as the calls go.

    `candidate` and `control` are the median latency in seconds, a share (0 to 1) of the calls or of
    the feedback, or the mean cost of a call; `n_...` is of how many. `difference` is candidate less
    control with its bounds, for latency the shift of Hodges and Lehmann; None where there is too
    little to say it. Above zero is worse, always. `p95s` are the 95th percentiles of both, in
    seconds, which the guide's limit is about. `missed` says what the answer could have missed.
    """

    question: Question
    said: Said
    unit: Literal["s", "share", "money"]
    candidate: float | None
    control: float | None
    n_candidate: int
    n_control: int
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    missed: str = ""
    p95s: tuple[float | None, float | None] = (None, None)


def compare(
    candidate: Side,
    control: Side,
    *,
    untold: Iterable[str] = (),
    currency: str = "",
) -> tuple[Compared, ...]:
    """Every question that both sides can tell something about, in the order of `QUESTIONS`.

    `untold` are of "errors", "escalations" and "flags" those that the log does not tell.
    """
    left_out = set(untold)
    found = [
        _latency(candidate, control),
        *(
            _share(name, candidate, control)
            for name in ("errors", "escalations", "flags", "feedback")
            if name not in left_out
        ),
        _cost(candidate, control, currency),
    ]
    told = [one for one in found if one.n_candidate or one.n_control]
    return tuple(sorted(told, key=lambda one: QUESTIONS.index(one.question)))


def cautions(compared: Iterable[Compared], currency: str = "") -> tuple[str, ...]:
    """What a gate should be told besides its criteria: each question in which it does worse."""
    return tuple(
        f"{NAMES[one.question]} is worse than the live control by "
        f"{amount(one.difference, one.unit, currency)} "
        f"({amount(one.low, one.unit, currency)} to {amount(one.high, one.unit, currency)})"
        for one in compared
        if one.said == "worse"
    )


def amount(value: float | None, unit: str, currency: str = "") -> str:
    """A difference in words: "0.21 s", "2.3 points", "0.004 USD"."""
    if value is None:
        return "?"
    if not isfinite(value):
        return "any amount"
    match unit:
        case "s":
            return f"{value:.2f} s"
        case "share":
            return f"{value * 100:.1f} points"
        case _:
            return f"{value:.3g} {currency}".strip()


def _latency(candidate: Side, control: Side) -> Compared:
    ours, theirs = candidate.places, control.places
    n, n_control = sum(ours.values()), sum(theirs.values())
    base = Compared(
        "latency",
        "too few",
        "s",
        quantile(ours, 50),
        quantile(theirs, 50),
        n,
        n_control,
        missed=_wanted(n, n_control, "timed calls"),
        p95s=(quantile(ours, 95), quantile(theirs, 95)),
    )
    if min(n, n_control) < LEAST:
        return base
    shift = latencies_apart(values_of(ours), values_of(theirs), ALPHA)
    unseen = max(shift.high, GRAIN * (base.control or 0.0))
    return _answered(base, shift, f"could have missed up to +{amount(unseen, 's')}")


def _share(
    question: Literal["errors", "escalations", "flags", "feedback"], candidate: Side, control: Side
) -> Compared:
    (k, n), (k_control, n_control) = _counts(question, candidate), _counts(question, control)
    base = Compared(
        question,
        "too few",
        "share",
        k / n if n else None,
        k_control / n_control if n_control else None,
        int(n),
        int(n_control),
        missed=_wanted(n, n_control, "judged answers" if question == "feedback" else "calls"),
    )
    if min(n, n_control) < LEAST:
        if question == "flags" and not k and n:
            none = f"none in {n:.0f} still allows a true rate of {could_miss(int(n)) * 100:.1f} %"
            return msgspec.structs.replace(base, missed=f"{base.missed}; {none}")
        return base
    shift = shares_apart(k, n, k_control, n_control, ALPHA)
    missed = f"could have missed a rate up to {amount(max(0.0, shift.high), 'share')} higher"
    if not k:
        rate = share_at_any_time(k, n, ALPHA)[1]
        missed = f"none in {n:,.0f} still allows a true rate of {rate * 100:.2g} %"
    return _answered(base, shift, missed)


def _counts(question: str, side: Side) -> tuple[float, float]:
    match question:
        case "errors":
            return min(side.errors, side.calls), side.calls
        case "escalations":
            return min(side.escalations, side.calls), side.calls
        case "flags":
            # A call may carry several flags; there are no more flagged calls than calls.
            return min(side.flags, side.calls), side.calls
        case _:
            return side.negative, side.positive + side.negative


def _cost(candidate: Side, control: Side, currency: str) -> Compared:
    (mean, variance), (mean_control, variance_control) = _mean(candidate), _mean(control)
    n, n_control = int(candidate.costed), int(control.costed)
    minutes = min(candidate.costly, control.costly)
    wanted = _wanted(n, n_control, "calls with a cost")
    if not wanted and minutes < LEAST_MINUTES:
        wanted = f"at least {LEAST_MINUTES} minutes with costs a side are needed: {minutes}"
    base = Compared(
        "cost",
        "too few",
        "money",
        mean,
        mean_control,
        n,
        n_control,
        missed=wanted,
    )
    if wanted or mean is None or mean_control is None:
        return base
    shift = means_apart(mean, variance, mean_control, variance_control, ALPHA)
    most = amount(max(0.0, shift.high), "money", currency)
    return _answered(base, shift, f"could have missed up to +{most}")


def _mean(side: Side) -> tuple[float | None, float]:
    """The mean cost of a call, and how uncertain it is: the variance of the mean.

    It follows from how the minutes differ, for single costs are not kept; calls of a minute that
    cost alike, as in a burst, are then not taken for independent.
    """
    n, minutes = side.costed, side.costly
    if not (n > 0 and isfinite(side.cost_cost)):
        return None, 0.0
    mean = side.cost / n
    spread = side.cost_cost - 2 * mean * side.cost_calls + mean * mean * side.calls_calls
    return mean, max(0.0, spread) / n**2 * minutes / max(1, minutes - 1)


def _wanted(n: float, n_control: float, what: str) -> str:
    """What is wanting before anything can be said; empty if nothing is."""
    if min(n, n_control) >= LEAST:
        return ""
    return f"at least {LEAST} {what} a side are needed: {n:,.0f} and {n_control:,.0f}"


def _answered(base: Compared, shift: Shift, missed: str) -> Compared:
    said: Said = "no difference seen"
    if shift.low > 0:
        said = "worse"
        most = amount(shift.high, base.unit) if base.unit != "money" else ""
        missed = f"may be worse by up to {most}" if most else ""
    elif shift.high < 0:
        said, missed = "better", ""
    return msgspec.structs.replace(
        base,
        said=said,
        difference=shift.difference,
        low=_finite(shift.low),
        high=_finite(shift.high),
        missed=missed,
    )


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
