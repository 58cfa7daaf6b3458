"""A Prometheus asked as it is typed: which of its series count the agent's calls."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, get_args

from config.feed import Feed as FeedSpec
from config.feed import MinuteCount
from config.guide import MetricId, metric_rules
from config.presets import preset
from console.clean import clean
from console.cli.asking import Wrong, ask, one_of, text
from console.cli.endpoint import PATIENCE_S, Table, Tried, Unfit, checked, tried, waiting_for
from console.cli.say import say, wrapped
from console.cli.study import Source
from console.clock import SystemClock
from console.feeds import FeedError
from console.feeds.counting import Counting, counting, likely
from console.feeds.prometheus import Prometheus
from console.feeds.promql import promql_of
from console.net import Http
from console.room.doctor import missing_field

T = TypeVar("T")
_WHY = (
    "A Prometheus, or what speaks its API, counts where a log is too big to be read call by call. "
    "It is tested at once: which of its series look like the agent's?"
)
_COUNTS: tuple[str, ...] = (*get_args(MinuteCount), *get_args(MetricId))


def store(given: str, agent: str) -> Tried | None:
    """The feed of a Prometheus."""
    return tried("A Prometheus that measures it", _WHY, given, partial(_taste, agent))


def _taste(agent: str, source: Source) -> Tried:
    plain: dict[str, Any] = {"kind": "prometheus", "url": source.place}
    if source.headers:
        plain["headers"] = source.header_table
    kept = {**plain, "preset": "warroom-prometheus"}
    if not source.web:
        raise Unfit("a URL begins with http:// or https://")
    spec = checked(kept, "prometheus")
    waiting_for(source.place)
    try:
        names = asyncio.run(_in_time(spec, lambda prometheus: prometheus.names()))
    except FeedError as error:
        locked = error.sentence.startswith(("401", "403"))
        raise Unfit(error.sentence.partition(";")[0], kept, locked=locked) from None
    say(f"  ✓ it answers, with {len(names):,} names of series")
    found = counting(names, agent)
    if found is None:
        near_ones = ", ".join(likely(names, agent))
        told = f" (near: {near_ones})" if near_ones else ""
        why = f"none of its series looks like an agent's calls{told}"
        raise Unfit(clean(f"{why}; write PromQL under [feeds.prometheus.minutes]"), kept)
    if found.preset:
        say(f'  preset "{found.preset}": {found.there} of {found.wanted} series are there')
    return Tried(_confirmed(spec, found, {**plain, "preset": found.preset}), tested=True)


def beside(log: Tried | None, counted: Tried | None) -> dict[MetricId, dict[str, str]]:
    """The metrics to read from the Prometheus, for the log beside it lacks them; as it is wanted.

    Tables of `[metrics]`; none where one of the two was not tested.
    """
    if log is None or counted is None or not (log.tested and counted.tested):
        return {}
    spec = checked(counted.feed, "prometheus")
    given = [
        rule.id
        for rule in metric_rules()
        if rule.id in log.lacking and rule.id != "accuracy"
        if not missing_field(rule.id, spec, None)
    ]
    if not given:
        return {}
    why = (
        f"The log cannot give {', '.join(given)}, and the Prometheus counts what that takes. Each "
        'is read from it if you agree: feed = "prometheus" under [metrics].'
    )
    wanted = ask("Read them from the Prometheus", one_of(("yes", "no")), why=why, default="yes")
    return {metric: {"feed": "prometheus"} for metric in given} if wanted == "yes" else {}


def _confirmed(spec: FeedSpec, found: Counting, feed: Table) -> Table:
    """The feed with the questions that a person wants asked."""
    known = _of_preset(found.preset)
    own = _merged(found.minutes, found.values)
    say("  What it would be asked, and what it answers now:")
    _show(spec, {**known, **own})
    while True:
        answer = ask("Right? Or write NAME = PROMQL (- for none)", text, default="yes")
        if answer.lower() in {"yes", "y"}:
            tables = {
                "minutes": {name: own[name] for name in own if name in get_args(MinuteCount)},
                "values": {name: own[name] for name in own if name in get_args(MetricId)},
            }
            return {**feed, **{key: table for key, table in tables.items() if table}}
        try:
            name, promql = _correction(answer, own)
        except Wrong as wrong:
            say(*wrapped(str(wrong)))
            continue
        if promql == "-":
            del own[name]
        else:
            own[name] = promql
            _show(spec, {name: promql})


def _of_preset(name: str) -> dict[str, str]:
    """What a preset asks; nothing if there is none."""
    if not name:
        return {}
    known = preset(name)
    minutes, values = promql_of(known)
    return _merged(minutes, values, known.minutes, known.values)


def _merged(*tables: Mapping[Any, str]) -> dict[str, str]:
    return {str(name): promql for table in tables for name, promql in table.items()}


def _correction(answer: str, own: Mapping[str, str]) -> tuple[str, str]:
    name, mark, promql = (part.strip() for part in answer.partition("="))
    if not mark or not promql:
        raise Wrong("write NAME = PROMQL, such as calls = sum(increase(agent_calls_total[1m]))")
    name = one_of(_COUNTS)(name)
    if promql == "-" and name not in own:
        raise Wrong(f"{name} is not asked, or by the preset, which stays")
    return name, promql


def _show(spec: FeedSpec, asked: Mapping[str, str]) -> None:
    """Each question with its answer of now."""
    answers = asyncio.run(_in_time(spec, lambda prometheus: _answers(prometheus, asked)))
    width = max(map(len, asked), default=0)
    for name, promql in asked.items():
        say(*wrapped(f"{name:{width}}  {answers[name]:>12}  {clean(promql, 200)}", "    "))


async def _answers(prometheus: Prometheus, asked: Mapping[str, str]) -> dict[str, str]:
    now, answers = SystemClock().now(), {}
    for name, promql in asked.items():
        try:
            value = await prometheus.query(promql, now, name)
            answers[name] = "nothing" if value is None else f"{value:.4g}"
        except FeedError as error:
            answers[name] = f"✗ {error.sentence}"
    return answers


async def _in_time(spec: FeedSpec, do: Callable[[Prometheus], Awaitable[T]]) -> T:
    """What `do` gets of the store. Raises `FeedError`."""
    try:
        async with Http() as http, asyncio.timeout(PATIENCE_S):
            return await do(Prometheus(spec, http, Path()))
    except TimeoutError:
        raise FeedError(f"no whole answer within {PATIENCE_S:.0f} s") from None
