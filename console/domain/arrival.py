"""Whether a share of the traffic has arrived: the switch says one thing, the calls show another."""

from typing import Literal

import msgspec

from console.domain.chance import wilson
from console.domain.readings import ENOUGH
from console.domain.share import Target
from console.domain.times import span

ArrivalVerdict = Literal[
    "arrived",
    "waiting",
    "not-arrived",
    "wrong-version",
    "too-few",
    "cannot-be-seen",
    "not-checked",
]
# The interval of what was seen must touch this much of what was asked for.
LEAST, MOST = 0.5, 1.5
CONFIDENCE = 0.99
QUIET_S = 300.0
UNEXPLAINED = 3


class Split(msgspec.Struct, frozen=True):
    """Who served the calls since the switch: counts of calls, synthetic ones left out.

    `stable` are control calls and those of the stable version, the latest in the minute that began
    at `stable_at` (unix seconds). `others` are of versions that nobody decided. `both` says that
    the log has told of the stable side at all, so that its absence means something.
    """

    candidate: float = 0
    stable: float = 0
    stable_at: float | None = None
    others: dict[str, float] = {}
    unnamed: float = 0
    both: bool = False


class Arrival(msgspec.Struct, frozen=True):
    """What the calls show of a share. `target`, `seen`, `low`, `high` are in percent of `n` calls.

    `low` and `high` are the 99 % Wilson interval of `seen`. `why` is a clause in plain words.
    """

    verdict: ArrivalVerdict
    target: int
    seen: float | None
    low: float
    high: float
    n: int
    why: str

    @property
    def bad(self) -> bool:
        """Whether the calls show that traffic does not go where it was sent."""
        return self.verdict in {"not-arrived", "wrong-version"}


def arrival(
    split: Split, target: Target, version: str, *, since: float, now: float, within_s: float
) -> Arrival:
    """Hold the calls since the switch at `since` (unix seconds) against what was asked for.

    A share may take `within_s` to arrive. In phases that mirror the traffic it says nothing, the
    versions do.
    """
    n = round(split.candidate + split.stable)
    low, high = wilson(split.candidate, n, CONFIDENCE)
    seen = 100 * split.candidate / n if n else None
    verdict, why = _unseen(split, target, version) or _held(
        split, target, version, since=since, now=now, within_s=within_s
    )
    return Arrival(verdict, target.share, seen, 100 * low, 100 * high, n, why)


def touches(candidate: float, n: float, wanted: float) -> bool:
    """Whether the interval of what was seen touches what was asked for; shares from 0 to 1."""
    low, high = wilson(candidate, n, CONFIDENCE)
    return high >= LEAST * wanted and low <= MOST * wanted


def _unseen(split: Split, target: Target, version: str) -> tuple[ArrivalVerdict, str] | None:
    """What is to be said before any share: it goes elsewhere, is none, or cannot be seen."""
    strange = {name: count for name, count in split.others.items() if count >= UNEXPLAINED}
    if strange:
        names = ", ".join(f"{name} ({count:,.0f} calls)" for name, count in strange.items())
        return "wrong-version", f"traffic goes to {names}, not to {version}"
    if target.phase not in {"canary", "full"}:
        return "not-checked", f"in {target.phase} no share of the users is served"
    if split.candidate and not split.both and target.share < 100:
        return "cannot-be-seen", f"the log tells of {version} only, so no share can be seen"
    if split.unnamed and not split.candidate and not split.stable:
        return "cannot-be-seen", "no call tells its version"
    return None


def _held(
    split: Split, target: Target, version: str, *, since: float, now: float, within_s: float
) -> tuple[ArrivalVerdict, str]:
    n, passed = round(split.candidate + split.stable), now - since
    on_its_way = passed < within_s
    if n < ENOUGH:
        why = f"{n} calls since the switch, at least {ENOUGH} needed"
        return ("waiting" if on_its_way else "too-few"), why
    share, wanted = split.candidate / n, target.share / 100
    shown = f"{100 * share:.3g} % of {n:,} calls on {version}"
    if target.share == 100:
        quiet = now - (since if split.stable_at is None else max(since, split.stable_at + 60))
        fits = bool(split.candidate) and quiet >= QUIET_S
        if split.stable:
            shown += f", the last elsewhere {span(max(0.0, quiet))} ago"
    else:
        fits = touches(split.candidate, n, wanted)
    if fits and split.candidate:
        return "arrived", shown
    if fits:
        why = f"none of {n:,} calls on {version} yet, too few to say that there are none"
        return ("waiting" if on_its_way else "too-few"), why
    if on_its_way:
        return "waiting", f"{shown}, {target.share} % asked for {span(passed)} ago"
    return "not-arrived", f"{shown}, {target.share} % asked for"
