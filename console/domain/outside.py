"""Alerts that other systems raise: Alertmanager's, or those of a metric store's own rules."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from console.domain.readings import Reading, Verdict

OUTSIDE = "outside:"
MOST_NAMES = 50
REST = "(others)"
_PLACES = {"firing": 0, "pending": 1, "silenced": 2, "inhibited": 3}
_RANK = {"pending": 0, "firing": 1, "inhibited": 2, "silenced": 3}


class OutsideAlert(msgspec.Struct, frozen=True):
    """One alert as another system tells it, all text clean.

    `id` stands for its labels: two feeds that tell of the same alert give it the same. `since` is
    unix seconds. `muted_by` says by what it is silenced or inhibited. `severity` is the label of
    that name, empty without one. `labels` are the rest, `links` the annotations that are addresses.
    """

    id: str
    feed: str
    name: str
    state: Literal["pending", "firing", "silenced", "inhibited"]
    since: float
    severity: str = ""
    summary: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    muted_by: str = ""
    links: tuple[tuple[str, str], ...] = ()


class Group(msgspec.Struct, frozen=True):
    """The alerts of one name, the worst first, then the eldest; `hay` is all their text, folded."""

    name: str
    alerts: tuple[OutsideAlert, ...]
    hay: str

    @property
    def state(self) -> str:
        """That of the worst of them."""
        return self.alerts[0].state

    @property
    def worst(self) -> int:
        """How many of them are in that state."""
        return sum(alert.state == self.state for alert in self.alerts)

    @property
    def counts(self) -> str:
        """How many are in which state, such as `3 firing, 1 silenced`."""
        found = Counter(alert.state for alert in self.alerts)
        return ", ".join(f"{count:,} {state}" for state, count in found.items())


def grouped(alerts: Iterable[OutsideAlert]) -> dict[str, Group]:
    """By name: the worst first, then those of which there are the most."""
    named: dict[str, list[OutsideAlert]] = {}
    for alert in alerts:
        named.setdefault(alert.name, []).append(alert)
    groups = []
    for name, ones in named.items():
        ones.sort(key=lambda one: (_PLACES[one.state], one.since))
        texts = dict.fromkeys(text for one in ones for text in _texts(one))
        groups.append(Group(name, tuple(ones), " ".join((OUTSIDE + name, *texts)).casefold()))
    groups.sort(key=lambda group: (_PLACES[group.state], -group.worst, group.name))
    return {group.name: group for group in groups}


def _texts(alert: OutsideAlert) -> Iterator[str]:
    yield from (alert.state, alert.severity, alert.summary, alert.feed)
    yield from (f"{name}={value}" for name, value in alert.labels)


def distinct(alerts: Iterable[OutsideAlert]) -> tuple[OutsideAlert, ...]:
    """Each alert once: of two feeds that tell of it, the one that knows it is muted goes before."""
    known: dict[str, OutsideAlert] = {}
    for alert in alerts:
        held = known.get(alert.id)
        if held is None or _RANK[alert.state] > _RANK[held.state]:
            known[alert.id] = alert
    return tuple(known.values())


def outside_readings(
    alerts: Iterable[OutsideAlert],
    *,
    known: Iterable[str],
    silent: Mapping[str, str],
    ages: Mapping[str, float | None],
) -> list[Reading]:
    """A reading for each alert name that fires, and for those in `known` that do no longer.

    `known` are rules of alerts on record, such as `outside:HighLatency`. While a feed is `silent`
    (id -> what is wrong) nothing is known to be over, so nothing is. At most `MOST_NAMES` names
    are kept apart; the rest fires together under `REST`.
    """
    firing: dict[str, list[OutsideAlert]] = {}
    muted: dict[str, str] = {}
    for alert in alerts:
        if alert.muted_by:
            muted[OUTSIDE + alert.name] = alert.state
        if alert.state == "firing" and alert.feed not in silent:
            firing.setdefault(alert.name, []).append(alert)
    held = set(known)  # what fires already keeps its own name, however many others come
    ranked = sorted(firing, key=lambda name: (OUTSIDE + name not in held, -len(firing[name]), name))
    groups = {name: firing[name] for name in ranked[:MOST_NAMES]}
    if rest := [alert for name in ranked[MOST_NAMES:] for alert in firing[name]]:
        groups[REST] = rest
    readings = [_breach(name, ones, ages) for name, ones in groups.items()]
    over = {rule for rule in held if rule.startswith(OUTSIDE)} - {r.metric for r in readings}
    over -= {OUTSIDE + name for name in firing}
    return readings + [_over(rule, silent, muted.get(rule, "")) for rule in sorted(over)]


def _breach(name: str, alerts: list[OutsideAlert], ages: Mapping[str, float | None]) -> Reading:
    first = min(alerts, key=lambda alert: alert.since)
    why = first.summary or ", ".join(f"{key} {value}" for key, value in first.labels[:4])
    if len(alerts) > 1:
        why = f"{len(alerts)} of them: {why}"
    return Reading(
        metric=OUTSIDE + name,
        verdict="breach",
        value=float(len(alerts)),
        unit="alerts",
        limit=0.0,
        window_s=0,
        n=len(alerts),
        age_s=ages.get(first.feed),
        feed=first.feed,
        why=why or "it does not say why",
    )


def _over(rule: str, silent: Mapping[str, str], muted: str) -> Reading:
    verdict: Verdict = "stale" if silent else "ok"
    said = f"it is {muted} there" if muted else "it no longer fires there"
    why = "; ".join(silent.values()) or said
    value = None if silent else 0.0
    return Reading(rule, verdict, value, "alerts", 0.0, 0, 0, None, "", why)
