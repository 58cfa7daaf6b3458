"""Which of a store's series count an agent's calls: by a preset, or by their names."""

import re
from collections.abc import Collection, Mapping, Sequence

import msgspec

from config.feed import MinuteCount
from config.guide import MetricId
from config.presets import Preset, preset, preset_names
from console.feeds.promql import promql_of

_NAMED = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*[{\[]")
_OWN = re.compile(r"(prometheus|go|process|promhttp|scrape|node|net_conntrack|up|python)(_|$)")
_COUNTERS: Mapping[MinuteCount, str] = {
    "calls": r"(calls|requests|invocations|runs|executions|completions)(_\w+)?_total",
    "errors": r"(errors?|failures?|failed)(_\w+)?_total",
    "escalations": r"(escalat\w+|handovers?|handoffs?)(_\w+)?_total",
    "flags": r"(flags|flagged|violations?|moderat\w+)(_\w+)?_total",
    "cost": r"(cost|spend)(_\w+)?_total",
    "tokens_in": r"(input|prompt)_tokens(_\w+)?_total",
    "tokens_out": r"(output|completion)_tokens(_\w+)?_total",
}
_LATENCY = re.compile(r"(?:\w*_)?(?:latency|duration|response_time)(_\w+)?_bucket")
_AGENT = frozenset({"agent", "llm", "ai", "assistant", "chat", "bot", "gen"})
_MOST_SHOWN = 8


class Counting(msgspec.Struct, frozen=True):
    """What to ask a store for: a preset, or PromQL by what it counts and by metric.

    Of the `wanted` series of the preset the store has `there`; a guess has neither.
    """

    preset: str = ""
    there: int = 0
    wanted: int = 0
    minutes: Mapping[MinuteCount, str] = {}
    values: Mapping[MetricId, str] = {}


def counting(names: Collection[str], agent: str) -> Counting | None:
    """The best way to count the calls of the agent of that name; None if no series looks like it.

    A preset counts if half of its series are there.
    """
    ranked = [_presetted(name, names) for name in preset_names()]
    best = max((one for one in ranked if one is not None), key=_share, default=None)
    return best or _guessed(names, agent)


def likely(names: Collection[str], agent: str) -> list[str]:
    """A few names of series that may be the agent's, the likeliest first."""
    words = [*_COUNTERS.values(), _LATENCY.pattern]
    found = [
        one
        for one in names
        if not _OWN.match(one) and any(re.fullmatch(rf"(?:\w*_)?{word}", one) for word in words)
    ]
    return sorted(found, key=lambda one: _rank(one, agent))[:_MOST_SHOWN]


def _share(one: Counting) -> tuple[float, int]:
    return one.there / one.wanted, one.there


def _presetted(name: str, names: Collection[str]) -> Counting | None:
    known = preset(name)
    if "prometheus" not in known.kinds:
        return None
    minutes, values = promql_of(known)
    asked = [*minutes.values(), *values.values(), *known.minutes.values(), *known.values.values()]
    wanted = {series for text in asked for series in _NAMED.findall(text)}
    there = len(wanted & set(names))
    return Counting(name, there, len(wanted)) if wanted and there * 2 >= len(wanted) else None


def _guessed(names: Collection[str], agent: str) -> Counting | None:
    known = [one for one in names if not _OWN.match(one)]
    counters = {
        count: found for count, word in _COUNTERS.items() if (found := _best(known, word, agent))
    }
    if "calls" not in counters:
        return None
    latency = _best(known, _LATENCY.pattern, agent).removesuffix("_bucket")
    guess = Preset(
        kinds=("prometheus",),
        title="a guess",
        counters=counters,
        latency=latency,
        latency_unit="ms" if re.search(r"_(ms|millis\w*)$", latency) else "s",
    )
    minutes, values = promql_of(guess)
    return Counting(minutes=minutes, values=values)


def _best(names: Sequence[str], word: str, agent: str) -> str:
    """The likeliest name; empty if none fits."""
    fitting = [one for one in names if re.fullmatch(rf"(?:\w*_)?{word}", one)]
    return min(fitting, key=lambda one: _rank(one, agent), default="")


def _rank(name: str, agent: str) -> tuple[bool, int, str]:
    """Names that speak of agents come first, then short ones."""
    words = _AGENT | {word for word in re.split(r"\W+", agent.lower()) if len(word) > 3}
    return words.isdisjoint(name.lower().split("_")), len(name), name
