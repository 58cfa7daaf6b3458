"""What the guide's troubleshooting warns of, watched in minutes and in the latest calls.

Each gives a reading `watch:NAME`. Without a call to judge by it has no value, so that it neither
fires nor resolves an alert.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Literal
from unicodedata import normalize

import msgspec

from config.guide import WatchId, WatchRule, watch_rules
from config.model import Deployment
from config.watch import Watch
from console.domain.call import Call
from console.domain.extra_rules import Points, rolling_sum
from console.domain.minutes import REST, Minute
from console.domain.readings import ENOUGH, Reading, first_minute
from console.domain.series import Series
from console.domain.state import State
from console.domain.times import span

PREFIX = "watch:"
DAY_MIN = 1440
FIRST_HOUR_MIN = 60
LEAST_ERRORS = 5
NAMED = 3
_RULES: Mapping[str, WatchRule] = {rule.id: rule for rule in watch_rules()}


class Expected(msgspec.Struct, frozen=True):
    """What decisions explain, in minutes from `since` on; None where none was made yet."""

    versions: frozenset[str] | None
    models: frozenset[str] | None
    since: int | None


def expected(state: State, deployment: Deployment, series: Series) -> Expected:
    """Versions that a GO or a rollback put into production, and models that the last gate knew.

    A model is known if a call had it in the 24 h before the running attempt began, or if `[watch]`
    names it; in the dark launch, where another version begins, and where nothing is recorded of
    these 24 h, also if a call had it in the attempt's first hour. In readiness no decision speaks
    of models, and of versions only a rollback does.
    """
    attempt, agent, rollback = state.attempt, deployment.agent, state.rollback
    began = attempt.entered_at
    if rollback is not None and rollback.verified_at is not None:
        began = max(began, rollback.verified_at)
    since = first_minute(began)
    if attempt.phase != "readiness":
        versions = {state.locked_version or agent.version, agent.stable_version} - {""}
        return Expected(frozenset(versions), _models(state, deployment.watch, series), since)
    if rollback is None or not agent.stable_version:
        return Expected(None, None, since)
    running = {agent.version} if rollback.state == "running" else set()
    return Expected(frozenset({agent.stable_version} | running), None, since)


def _models(state: State, watch: Watch, series: Series) -> frozenset[str] | None:
    start = first_minute(state.attempt.entered_at) or 0
    known = _seen(series, start - DAY_MIN, start)
    if not known or state.attempt.phase == "dark-launch":
        known |= _seen(series, start, start + FIRST_HOUR_MIN)
    return frozenset(known | set(watch.models) | {REST}) if known else None


def _seen(series: Series, start: int, stop: int) -> set[str]:
    held = series.minutes
    return {
        model for number in range(start, stop) if number in held for model in held[number].models
    }


def names_points(
    which: Literal["version", "model"],
    watch: Watch,
    series: Series,
    feed: str,
    known: Expected,
) -> Points:
    """How many calls had a version, or a model, that no decision explains."""
    allowed = known.versions if which == "version" else known.models

    def told(minute: Minute) -> Mapping[str, float]:
        return minute.versions if which == "version" else minute.models

    def points(ends: range) -> list[Reading]:
        make = _Maker(which, watch.window_s, "calls", float(watch.unexplained_calls), feed)
        if allowed is None:
            return [make("too-few", None, 0, f"no decision speaks of a {which} yet")] * len(ends)
        window = watch.window_s // 60
        odd = rolling_sum(series, ends, window, lambda m: _besides(told(m), allowed), known.since)
        every = rolling_sum(series, ends, window, lambda m: sum(told(m).values()), known.since)
        readings = []
        for end, strange, n in zip(ends, odd, every, strict=True):
            if not n:
                readings.append(make("too-few", None, 0, f"no call tells its {which}"))
            elif strange >= watch.unexplained_calls:
                names = _odd_names(series, end - window, end, which, allowed, known.since)
                why = f"{strange:,.0f} of {n:,.0f} calls have {which} {names}, which nobody decided"
                readings.append(make("breach", strange, round(n), why))
            else:
                why = f"{strange:,.0f} of {n:,.0f} calls have another {which} than decided"
                readings.append(make("ok", strange, round(n), why))
        return readings

    return points


def _besides(told: Mapping[str, float], allowed: frozenset[str]) -> float:
    return sum(count for name, count in told.items() if name not in allowed)


def _odd_names(
    series: Series, start: int, end: int, which: str, allowed: frozenset[str], since: int | None
) -> str:
    found: Counter[str] = Counter()
    for number in range(max(start, since or start), end):
        if (minute := series.minutes.get(number)) is not None:
            told: Mapping[str, float] = minute.versions if which == "version" else minute.models
            found.update({name: round(count) for name, count in told.items()})
    return _listed([name for name, _ in found.most_common() if name not in allowed])


def error_budget(deployment: Deployment) -> float | None:
    """The agreed fraction of calls that may fail; None if none is agreed."""
    nfr = deployment.nfr
    down = None if nfr.availability is None else 1 - nfr.availability
    return min((share for share in (nfr.error_budget, down) if share is not None), default=None)


def burn_points(watch: Watch, series: Series, feed: str, budget: float | None) -> Points:
    """How many times too fast errors use up the budget: over a long window, and still now."""

    def points(ends: range) -> list[Reading]:
        windows = [burn for burn in watch.burn if budget is not None and burn.times * budget < 1]
        if budget is None or not windows:
            make = _Maker("budget-burn", 0, "x", None, feed)
            why = "no availability or error budget is agreed" if budget is None else "never reached"
            return [make("too-few", None, 0, why)] * len(ends)
        each = []
        for burn in windows:
            make = _Maker("budget-burn", burn.long_s, "x", burn.times, feed)
            long = series.sums("error-rate", ends, burn.long_s // 60)
            short = series.sums("error-rate", ends, burn.short_s // 60)
            readings = []
            for (errors, n), (late, late_n) in zip(long, short, strict=True):
                if n < ENOUGH:
                    why = f"{n:,.0f} calls, at least {ENOUGH} needed"
                    readings.append(make("too-few", None, round(n), why))
                    continue
                rate = errors / n / budget
                if not late_n:
                    why = f"of the last {span(burn.short_s)} no errors and no successes are known"
                    readings.append(make("too-few", None, round(n), why))
                    continue
                now = late / late_n / budget
                fast = min(rate, now) > burn.times and errors >= LEAST_ERRORS
                why = f"errors use up the budget of {budget * 100:g} % {rate:.1f} times too fast "
                why += f"in the last {span(burn.long_s)}, {now:.1f} times in {span(burn.short_s)}"
                readings.append(make("breach" if fast else "ok", rate, round(n), why))
            each.append(readings)
        return [max(at, key=_urgency) for at in zip(*each, strict=True)]

    return points


def _urgency(reading: Reading) -> tuple[bool, bool, float]:
    """What breaks its limit first, then the faster limit; else what comes nearest to one."""
    limit = reading.limit or 1.0
    broken = reading.verdict == "breach"
    rank = limit if broken else (reading.value or 0.0) / limit
    return broken, reading.value is not None, rank


class Latest(msgspec.Struct, frozen=True):
    """The calls of the window before `now`, and all that are still held, oldest first.

    `whole`: none of the window is missing, or so many are held that they stand for it.
    """

    calls: Sequence[Call]
    held: Sequence[Call]
    whole: bool


def latest(calls: Sequence[Call], most: int, now: float, window_s: float) -> Latest:
    """The newest of `calls`, of which no more than `most` are ever held; each id once."""
    counted = {c.id: c for c in calls if not c.synthetic and c.variant != "control" and c.at < now}
    held = list(counted.values())
    start = now - window_s
    whole = len(calls) >= most or (bool(calls) and min(call.at for call in calls) <= start)
    return Latest([call for call in held if call.at >= start], held, whole)


class Phrases:
    """Which phrase an input holds. Remembers it by call: each is looked at every minute."""

    def __init__(self, phrases: Sequence[str], most: int) -> None:
        """Look for `phrases`; `most` is how many calls are ever held."""
        self._phrases = [(phrase, _folded(phrase)) for phrase in phrases]
        self._most = most
        self._known: dict[str, str] = {}

    def of(self, call: Call) -> str:
        """The first phrase that the call's input holds; empty if it holds none."""
        known = self._known.get(call.id)
        if known is None:
            text = _folded(call.input)
            known = next((phrase for phrase, folded in self._phrases if folded in text), "")
            if len(self._known) > 2 * self._most:
                self._known.clear()
            self._known[call.id] = known
        return known


def read_calls(watch: Watch, found: Latest, feed: str, phrases: Phrases) -> list[Reading]:
    """What single calls show: one source, phrases that override, calls far too large."""
    return [
        one_source(watch, found, feed),
        override(watch, found, feed, phrases),
        huge(watch, found, feed),
    ]


def one_source(watch: Watch, found: Latest, feed: str) -> Reading:
    """Whether one user sends most of the traffic."""
    make = _Maker("one-source", watch.window_s, "ratio", watch.source_share, feed)
    users = Counter(call.user for call in found.calls if call.user)
    n = users.total()
    if not n:
        return make("too-few", None, 0, "no call tells its user")
    user, most = users.most_common(1)[0]
    why = f"one user sent {most:,} of the latest {n:,} calls, within {span(watch.window_s)}"
    if most >= watch.source_calls and most / n > watch.source_share:
        return make("breach", most / n, n, f"{why}: {user}")
    return _calm(make, found, most / n, n, why)


def override(watch: Watch, found: Latest, feed: str, phrases: Phrases) -> Reading:
    """Whether inputs hold a phrase that tries to override the instructions; never shows them."""
    make = _Maker("override", watch.window_s, "calls", float(watch.override_calls), feed)
    told = [call for call in found.calls if call.input]
    if not told:
        return make("too-few", None, 0, "no call tells its input")
    hits = {call.id: phrase for call in told if (phrase := phrases.of(call))}
    n = len(told)
    if len(hits) < watch.override_calls:
        return _calm(make, found, float(len(hits)), n, f"{len(hits)} of {n:,} inputs hold a phrase")
    phrase = Counter(hits.values()).most_common(1)[0][0]
    why = f'"{phrase}" or the like in {len(hits)} of {n:,} inputs: {_listed(list(hits))}'
    return make("breach", float(len(hits)), n, why)


def huge(watch: Watch, found: Latest, feed: str) -> Reading:
    """Whether single calls have far more tokens or tool calls than the others.

    The value is the largest call as a multiple of what is too much.
    """
    make = _Maker("huge-call", watch.window_s, "x", 1.0, feed)
    sizes = [size for call in found.held if (size := _tokens(call)) is not None]
    tools = [len(call.tools) for call in found.held]
    if max(len(sizes), len(tools)) < ENOUGH:
        return make("too-few", None, len(tools), f"{len(tools)} calls, at least {ENOUGH} needed")
    many = max(watch.huge_tokens, watch.huge_times * median(sizes or [0]))
    often = max(watch.huge_tools, watch.huge_times * median(tools))
    ratios = {
        call.id: max((_tokens(call) or 0) / many, len(call.tools) / often) for call in found.calls
    }
    if not ratios:
        return make("too-few", None, 0, "no calls")
    n, most = len(ratios), max(ratios.values())
    too_large = [call for call in found.calls if ratios[call.id] >= 1]
    if not too_large:
        return _calm(make, found, most, n, f"none of {n:,} calls is far larger than the others")
    worst = max(too_large, key=lambda call: ratios[call.id])
    why = f"call {worst.id} has {_tokens(worst) or 0:,} tokens and {len(worst.tools)} tool calls"
    why += f"; the median is {median(sizes or [0]):,.0f} and {median(tools):,.0f}"
    if len(too_large) > 1:
        why += f"; {len(too_large)} such calls"
    return make("breach", most, n, why)


def _tokens(call: Call) -> int | None:
    if call.tokens_in is call.tokens_out is None:
        return None
    return (call.tokens_in or 0) + (call.tokens_out or 0)


def _folded(text: str) -> str:
    """As it is compared: without case, width or spacing."""
    plain = text if text.isascii() else normalize("NFKC", text)
    return " ".join(plain.casefold().split())


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


class _Maker:
    """Readings of one watch rule."""

    def __init__(
        self, name: WatchId, window_s: int, unit: str, limit: float | None, feed: str
    ) -> None:
        self._rule = _RULES[name]
        self._rest = (unit, limit, window_s, feed)

    def __call__(
        self, verdict: Literal["ok", "breach", "too-few"], value: float | None, n: int, why: str
    ) -> Reading:
        unit, limit, window_s, feed = self._rest
        return Reading(
            f"{PREFIX}{self._rule.id}",
            verdict,
            value,
            unit,
            limit,
            window_s,
            n,
            None,
            feed,
            why,
            severity=self._rule.severity,
            recipients=self._rule.recipients,
        )


def _calm(make: _Maker, found: Latest, value: float, n: int, why: str) -> Reading:
    """Nothing was found: good only if the whole window was looked at."""
    if found.whole:
        return make("ok", value, n, why)
    return make("too-few", None, n, "the calls of the whole window are not held yet")
