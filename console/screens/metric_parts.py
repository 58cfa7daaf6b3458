"""What a range of time is made of: kinds of errors, reasons, models, latencies, versions. Pure."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

from console.clean import clean
from console.domain.call import Call
from console.domain.chance import wilson
from console.domain.histogram import pairs, place_middle, quantile
from console.domain.minutes import REST
from console.domain.notable import weight_order
from console.domain.series import Series
from console.domain.times import utc
from widgets.breakdown import PartView
from widgets.compare import CompareView
from widgets.format import money, number, percent
from widgets.histogram import HistogramView, edges
from widgets.line import Tone

Kind = Literal["", "error", "escalation", "model"]
SLOWEST = 8
MOST_KINDS = 8
SPREAD_ROWS = 16


@dataclass(frozen=True, slots=True)
class Held:
    """What one feed's calls are held in: the latest of them, and the notable ones."""

    recent: Sequence[Call]
    notable: Callable[[Iterable[int]], Sequence[Call]]


def held_calls(
    feeds: Iterable[Held], minutes: range, kind: Kind = "", name: str = ""
) -> list[Call]:
    """The calls of these minutes that are held, each once; failed first, then slowest first.

    With a `kind` only those whose error, escalation or model is `name`.
    """
    found: dict[str, Call] = {}
    for feed in feeds:
        for call in feed.notable(minutes):
            if not kind or getattr(call, kind) == name:
                found[call.id] = call
        # The latest are whole, where the notable ones may be cut.
        for call in feed.recent:
            if int(call.at) // 60 in minutes and (not kind or getattr(call, kind) == name):
                found[call.id] = call
    return sorted(found.values(), key=weight_order, reverse=True)


def kinds_of(series: Series, field: str, minutes: range) -> Counter[str]:
    """A field of `Minute` that counts by name, summed over `minutes`."""
    found: Counter[str] = Counter()
    for number_ in minutes:
        minute = series.minutes.get(number_)
        if minute is not None:
            for name, amount in getattr(minute, field).items():
                found[name] += amount
    return found


def controls_of(series: Series, minutes: range) -> Counter[str]:
    """The control calls of these minutes, by version."""
    found: Counter[str] = Counter()
    for number_ in minutes:
        minute = series.minutes.get(number_)
        for version, arm in minute.controls.items() if minute is not None else ():
            found[version] += round(arm.calls)
    return found


def sum_of(series: Series, field: str, minutes: range) -> float:
    """A count of `Minute` summed over `minutes`."""
    held = series.minutes
    return float(sum(getattr(held[n], field) for n in minutes if n in held))


def known_of(series: Series, field: str, minutes: range) -> float:
    """Of how many calls in `minutes` a feed tells whether they had an error or an escalation."""
    held = series.minutes
    return float(sum(held[n].known(field) for n in minutes if n in held))


def breakdown(
    sources: dict[str, Series], minutes: range, calls: Sequence[Call], currency: str
) -> list[PartView]:
    """Top kinds of errors and escalations, cost by model, and the slowest calls that are held.

    `sources` are, by metric id, the series that it is read from.
    """
    parts: list[PartView] = []
    for title, metric, kind, total_of, tone in (
        ("errors", "error-rate", "error", "errors", "warn"),
        ("escalations", "escalation-rate", "escalation", "escalations", "warn"),
    ):
        series = sources[metric]
        count, total = sum_of(series, total_of, minutes), known_of(series, total_of, minutes)
        share = f" ({percent(count / total, 2)})" if total else ""
        head = f"{title} · {number(count)} of {number(total)} calls{share}"
        if not total:
            head = f"{title} · not known"
        by = kinds_of(series, f"{total_of}_by", minutes)
        parts += _parts(head, by, kind, number, tone)  # type: ignore[arg-type]  # two of its words
        if not by:
            what = "error" if kind == "error" else "reason"
            parts.append(PartView(head, _none(count, what) if total else "no call is told of"))
    spent = sources["cost-per-call"]
    by = kinds_of(spent, "cost_by", minutes)
    cost = sum_of(spent, "cost", minutes)
    costed = sum_of(spent, "costed", minutes)
    head = f"cost by model · {money(cost if costed else None, currency)}"
    parts += _parts(head, by, "model", lambda amount: money(amount, currency), "")
    if not by:
        parts.append(PartView(head, _none(cost, "model") if costed else "no call carries a cost"))
    timed = sorted((c for c in calls if c.latency_s is not None), key=_latency, reverse=True)
    head = f"slowest calls · of {len(calls):,} held"
    parts += [
        PartView(
            head,
            f"{utc(call.at):%H:%M:%S} {clean(call.id, 40)}",
            number(call.latency_s, 2, "s"),
            _latency(call) / max(_latency(timed[0]), 1e-9),
            id=f"call:{call.id}",
        )
        for call in timed[:SLOWEST]
    ]
    if not timed:
        parts.append(PartView(head, "no call of this range is held"))
    return parts


def _latency(call: Call) -> float:
    return call.latency_s or 0.0


def _none(amount: float, what: str) -> str:
    return f"the feed names no {what}" if amount else "none"


def _parts(
    head: str, by: Counter[str], kind: Kind, text: Callable[[float], str], tone: Tone
) -> list[PartView]:
    total = sum(by.values())
    rest = by.pop(REST, 0.0)
    ranked = sorted(by.items(), key=lambda one: (-one[1], one[0]))
    shown, left = ranked[:MOST_KINDS], ranked[MOST_KINDS:]
    parts = [
        PartView(
            head,
            clean(name, 80) or "not named",
            f"{text(amount)} {percent(amount / total if total else None, 0)}",
            amount / total if total else None,
            tone,
            f"{kind}:{name}",
        )
        for name, amount in shown
    ]
    rest += sum(amount for _, amount in left)
    if rest:
        share = rest / total if total else None
        parts.append(PartView(head, "others", f"{text(rest)} {percent(share, 0)}", share, tone))
    return parts


def latency_view(
    series: Series, minutes: range, range_text: str, limit: float | None
) -> HistogramView:
    """The latencies of these minutes with their quantiles."""
    places: defaultdict[int, int] = defaultdict(int)
    for number_ in minutes:
        minute = series.minutes.get(number_)
        if minute is not None:
            for place, count in pairs(minute.latency):
                places[place] += count
    n = sum(places.values())
    marks = tuple((f"p{q}", at) for q in (50, 95, 99) if (at := quantile(places, q)) is not None)
    said = "no call carried a latency in this range"
    if "latency-p95" in series.values:
        said = "the feed gives the p95 alone, no single latencies"
    return HistogramView(
        f"latency · {range_text} · n {n:,}",
        tuple((place_middle(place), count) for place, count in sorted(places.items())),
        marks,
        limit,
        said,
    )


def compare_view(
    calls: Sequence[Call],
    minutes: range,
    on_record: Counter[str],
    range_text: str,
    currency: str,
    controls: Mapping[str, int] = MappingProxyType({}),
) -> CompareView:
    """The versions and variants among the latest `calls`, those of `minutes` only, side by side.

    `on_record` counts all calls of the range by version, `controls` the control calls.
    """
    groups: defaultdict[tuple[str, bool], list[Call]] = defaultdict(list)
    alone = {call.id: call for call in calls if not call.synthetic}
    for call in alone.values():
        if int(call.at) // 60 in minutes:
            groups[call.version, call.variant == "control"].append(call)
    total = sum(map(len, groups.values()))
    said = f"{range_text}: {total:,} of the latest {len(alone):,} calls that are held whole"
    if not total:
        return CompareView(f"{said}; nothing to compare. A longer range may hold more (z)")
    first = min(call.at for call in alone.values())
    if first > minutes.start * 60:
        said += f", which begin at {utc(first):%a %H:%MZ}"
    said += "; rates with their 95 % interval"
    ranked = sorted(groups.items(), key=lambda one: (one[0][1], -len(one[1]), one[0]))
    columns = [_column(group, currency) for _, group in ranked]
    heads = tuple(
        (clean(version, 40) or "no version") + (" control" if control else "")
        for (version, control), _ in ranked
    )
    sums = tuple(
        number(controls.get(version, 0) if control else on_record[version])
        for (version, control), _ in ranked
    )
    rows = [(name, tuple(column[name] for column in columns)) for name in columns[0]]
    rows.insert(1, ("on record, whole range", sums))
    return CompareView(said, heads, tuple(rows), _spread([group for _, group in ranked]))


def _column(calls: Sequence[Call], currency: str) -> dict[str, str]:
    n = len(calls)
    times = sorted(call.latency_s for call in calls if call.latency_s is not None)
    costs = [call.cost for call in calls if call.cost is not None]
    tokens = [(c.tokens_in or 0, c.tokens_out or 0) for c in calls if c.tokens_in or c.tokens_out]
    thought = Counter(call.feedback for call in calls if call.feedback)
    return {
        "calls": number(n),
        "error rate": _rate(sum(bool(call.error) for call in calls), n),
        "escalation rate": _rate(sum(bool(call.escalation) for call in calls), n),
        "flagged": _rate(sum(bool(call.flags) for call in calls), n),
        "latency p50": _rank(times, 50),
        "latency p95": _rank(times, 95),
        "cost per call": f"{money(sum(costs) / len(costs), currency)}" if costs else "not known",
        "tokens in, out": (
            ", ".join(number(sum(side) / len(tokens)) for side in zip(*tokens, strict=True))
            if tokens
            else "not known"
        ),
        "feedback +, −": f"{thought['positive']}, {thought['negative']}" if thought else "none",
        "corrected": _rate(sum(bool(call.correction) for call in calls), n),
    }


def _rate(count: int, n: int) -> str:
    low, high = wilson(count, n)
    return f"{percent(count / n)} ({low * 100:.1f}–{high * 100:.1f} %)"


def _rank(times: Sequence[float], percentile: int) -> str:
    """The nearest-rank quantile of sorted times."""
    if not times:
        return "not known"
    return f"{times[(percentile * len(times) + 99) // 100 - 1]:.2f} s"


def _spread(groups: Sequence[Sequence[Call]]) -> tuple[tuple[str, tuple[float, ...]], ...]:
    times = [
        sorted(max(c.latency_s, 0.001) for c in group if c.latency_s is not None)
        for group in groups
    ]
    every = [time for group in times for time in group]
    if not every:
        return ()
    bounds = edges(min(every), max(every), SPREAD_ROWS)
    return tuple(
        (
            f"{low:.3g}–{high:.3g} s",
            tuple(
                (bisect_left(group, high) - bisect_left(group, low)) / max(1, len(group))
                for group in times
            ),
        )
        for low, high in pairwise(bounds)
    )
