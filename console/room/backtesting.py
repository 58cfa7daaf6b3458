"""A backtest run: a log file, or a deployment's own recorded minutes, through the rules."""

from collections.abc import Iterable, Mapping
from math import inf
from pathlib import Path

import msgspec

from config.feed import FEED_KEYS, CallField, Feed, FieldPath
from config.model import Deployment
from config.presets import preset
from console.domain.backtest import CHUNK_MIN, Backtest, Outcome, Span
from console.domain.backtest_gates import PhaseGate, gates_over
from console.domain.backtest_lint import Lint, lint
from console.domain.backtest_plan import plan_of
from console.domain.backtest_set import Variant
from console.domain.minutes import Minute, Totals
from console.domain.prices import Pricer
from console.domain.seen import Seen
from console.domain.state_rollout import Baseline
from console.executor.opening import OpenFailed
from console.feeds import FeedError, fields_of, untold
from console.feeds.fields import RecordReader
from console.feeds.whole_file import BadLine, WholeFile
from console.telemetry import fold, load

NATIVE = "native"


class Source(msgspec.Struct, frozen=True):
    """How a log is read: by the map of `feed` ("" for our own form, where no feed reads a log)."""

    feed: str
    fields: Mapping[CallField, FieldPath]
    untold: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """What would have been with one set of thresholds."""

    outcome: Outcome
    gates: tuple[PhaseGate, ...]


class Ran(msgspec.Struct):
    """A finished backtest. `answers` are of the thresholds in force, then of each variant.

    `lines`, `bad` and what follows count what was read of a file: `repeated` calls had been counted
    before.
    """

    feed: str
    totals: Totals
    span: Span
    answers: tuple[Answer, ...]
    lints: tuple[Lint, ...]
    lines: int = 0
    bad: int = 0
    named: tuple[BadLine, ...] = ()
    trouble: str = ""
    repeated: int = 0


def source_of(deployment: Deployment, named: str = "") -> Source:
    """The feed by whose map a log is read: the `named` one, else the first that reads a log.

    Raises `OpenFailed`.
    """
    logs = {name: feed for name, feed in deployment.feeds.items() if _reads_lines(feed)}
    if named and named not in deployment.feeds:
        raise OpenFailed(f'there is no feed "{named}" (one of: {", ".join(deployment.feeds)})')
    if named and named not in logs:
        raise OpenFailed(
            f'feed "{named}" does not read a call a line'
            + (f" (those that do: {', '.join(logs)})" if logs else "")
        )
    errors = deployment.feed_of("error-rate").id
    name = named or (errors if errors in logs else next(iter(logs), ""))
    if not name:
        return Source("", preset(NATIVE).fields)
    try:
        return Source(name, fields_of(logs[name]), untold(logs[name]))
    except FeedError as error:
        raise OpenFailed(error.sentence) from None


def _reads_lines(feed: Feed) -> bool:
    """Whether a record of the feed is a call, and may stand in a line."""
    return "fields" in FEED_KEYS[feed.kind] and feed.kind != "otlp" and not feed.join


def run_file(
    deployment: Deployment,
    path: Path,
    source: Source,
    variants: Iterable[Variant],
    *,
    share: float = 1.0,
    baseline: Baseline | None = None,
) -> Ran:
    """Read the file at `path` once, as the log of `share` (0 to 1) of all traffic.

    A past log has no present: no call in it is ahead of its time. Raises `OSError`.
    """
    plans = [plan_of(deployment, share), *(variant.plan for variant in variants)]
    backtest = Backtest(plans)
    file = WholeFile(path, RecordReader(source.fields, deployment.deployment))
    pricer, seen = Pricer(deployment.prices), Seen()
    repeated = 0
    for read in file:
        pricer.price(read.tallies)
        delta = fold(pricer.priced(read.calls), seen, inf, read.tallies)
        seen.fresh.clear()
        repeated += delta.repeated
        if source.untold:
            for minute in delta.minutes.values():
                minute.blank = dict.fromkeys(source.untold, minute.calls)
        backtest.take(delta.minutes, seen.mark)
    ran = _finished(backtest, source.feed, baseline)
    ran.lines, ran.bad, ran.named, ran.trouble = (
        file.lines,
        file.bad,
        tuple(file.named),
        file.trouble,
    )
    ran.repeated = repeated
    return ran


def run_recorded(
    deployment: Deployment,
    directory: Path,
    feed: str,
    variants: Iterable[Variant],
    *,
    share: float = 1.0,
    baseline: Baseline | None = None,
) -> Ran:
    """Take the minutes recorded of `feed` in `directory`. Raises `OpenFailed` and `OSError`."""
    series = load(directory, feed).series
    if series.values or not series.absent_is_zero:
        raise OpenFailed(
            f'what is recorded of feed "{feed}" are figures of its store and no calls: '
            "name a log file"
        )
    plans = [plan_of(deployment, share), *(variant.plan for variant in variants)]
    backtest = Backtest(plans)
    backtest.series.gaps = series.gaps
    numbers = sorted(series.minutes)
    for start in range(0, len(numbers), CHUNK_MIN):
        some: dict[int, Minute] = {n: series.minutes[n] for n in numbers[start : start + CHUNK_MIN]}
        backtest.take(some, max(some) * 60.0)
    return _finished(backtest, feed, baseline)


def _finished(backtest: Backtest, feed: str, baseline: Baseline | None) -> Ran:
    outcomes = backtest.finish()
    totals, span = backtest.totals, backtest.span
    return Ran(
        feed=feed,
        totals=totals,
        span=span,
        answers=tuple(
            Answer(one, gates_over(one, totals, span.first, span.last, baseline))
            for one in outcomes
        ),
        lints=tuple(lint([one.plan for one in outcomes], totals, span)),
    )
