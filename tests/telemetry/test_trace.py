"""Windows over a production trace are right: p95 within 1 %, rates and cost exact.

With the environment variable WARROOM_TRACE naming a CSV of TIMESTAMP, ContextTokens and
GeneratedTokens (such as the Azure LLM inference trace) its arrivals are used; else as many calls
that arrive in bursts, made from a seed. Neither tells latency, errors or cost: these follow from
the tokens by the rule in `Line`.
"""

import asyncio
import csv
import json
import math
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.feed import Feed as FeedSpec
from config.rule import Rule
from console.domain.extra_rules import rule_points
from console.domain.seen import Seen
from console.domain.series import Series
from console.feeds import make_feed
from console.net import Http
from console.telemetry import fold

CALLS = 19_366
START = 1_700_158_546.0
WINDOWS = (1, 5, 15, 30, 60)


@dataclass(frozen=True)
class Line:
    """A call of the trace, with what follows from its tokens."""

    at: float
    context: int
    generated: int

    @property
    def latency_s(self) -> float:
        """A fifth of a second, 0.2 ms a token read and 20 ms a token written."""
        return 0.2 + 0.0002 * self.context + 0.02 * self.generated

    @property
    def error(self) -> bool:
        """One in 37 sums of tokens."""
        return (self.context + self.generated) % 37 == 0

    @property
    def escalation(self) -> bool:
        """One in 7 contexts."""
        return self.context % 7 == 0

    @property
    def cost(self) -> float:
        """Five and 25 dollars a million tokens; a whole number of millionths."""
        return (5 * self.context + 25 * self.generated) / 1e6


def recorded(path: Path) -> Iterator[Line]:
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            moment = datetime.fromisoformat(row["TIMESTAMP"][:26]).replace(tzinfo=UTC)
            yield Line(moment.timestamp(), int(row["ContextTokens"]), int(row["GeneratedTokens"]))


def made() -> Iterator[Line]:
    """Bursts: gaps with a long tail, over an hour; tokens with a long tail too."""
    rng = random.Random(14)
    gaps = [rng.lognormvariate(0, 2) for _ in range(CALLS)]
    at, scale = START, 3_500 / sum(gaps)
    for gap in gaps:
        at += gap * scale
        yield Line(
            round(at, 6),
            int(min(rng.lognormvariate(6.5, 0.9), 14_000)) + 1,
            int(min(rng.lognormvariate(4.8, 1.0), 1_000)) + 1,
        )


@pytest.fixture(scope="module")
def trace() -> list[Line]:
    named = os.environ.get("WARROOM_TRACE", "")
    if not named:
        return list(made())
    if not Path(named).is_file():
        pytest.skip(f"WARROOM_TRACE names {named}, which is no file")
    return list(recorded(Path(named)))


@pytest.fixture(scope="module")
def series(trace: list[Line], tmp_path_factory: pytest.TempPathFactory) -> Series:
    """What the console makes of the trace as a log: through the feed, folded batch by batch."""
    place = tmp_path_factory.mktemp("trace")
    with (place / "calls.jsonl").open("w") as log:
        for number, line in enumerate(trace):
            call = {
                "id": f"c{number}",
                "at": datetime.fromtimestamp(line.at, UTC).isoformat(),
                "latency_s": line.latency_s,
                "tokens_in": line.context,
                "tokens_out": line.generated,
                "cost": line.cost,
                "error": line.error,
                "escalation": "unsure" if line.escalation else "",
            }
            log.write(json.dumps(call) + "\n")
    spec = FeedSpec.model_validate({"kind": "jsonl", "path": "calls.jsonl"})
    spec = spec.model_copy(update={"id": "calls"})
    return asyncio.run(read(spec, place, trace[-1].at))


async def read(spec: FeedSpec, place: Path, now: float) -> Series:
    held, seen = Series(), Seen()
    cursor: dict[str, object] = {}
    http = Http()
    feed = make_feed(spec, http, "salt", place)
    behind = True
    while behind:
        batch = await feed.poll(cursor, now)
        assert not batch.bad
        held.add(fold(batch.calls, seen, now, batch.tallies).minutes)
        cursor, behind = batch.cursor, batch.behind
    await http.aclose()
    return held


def windows(trace: list[Line], length: int) -> Iterator[tuple[int, list[Line]]]:
    """The lines of the `length` minutes before each end."""
    by_minute: dict[int, list[Line]] = {}
    for line in trace:
        by_minute.setdefault(int(line.at // 60), []).append(line)
    first, last = min(by_minute), max(by_minute)
    for end in range(first + 1, last + length + 1):
        yield end, [x for m in range(end - length, end) for x in by_minute.get(m, [])]


def test_every_call_is_counted(trace: list[Line], series: Series) -> None:
    assert series.total().calls == len(trace) >= CALLS
    assert max(minute.calls for minute in series.minutes.values()) > 1.3 * len(trace) / 60


@pytest.mark.parametrize("length", WINDOWS)
def test_p95_is_within_one_percent_of_the_exact_in_every_window(
    trace: list[Line], series: Series, length: int
) -> None:
    seen = list(windows(trace, length))
    ends = range(seen[0][0], seen[-1][0] + 1)
    told = series.rolling("latency-p95", ends, length)
    for (end, lines), rolled in zip(seen, told, strict=True):
        if not lines:
            assert rolled is None
            continue
        latencies = sorted(line.latency_s for line in lines)
        exact = latencies[math.ceil(0.95 * len(latencies)) - 1]
        assert rolled == pytest.approx(exact, rel=0.01)
        assert series.window(end, length).p95 == rolled


@pytest.mark.parametrize("length", WINDOWS)
def test_rates_and_sums_are_exact_in_every_window(
    trace: list[Line], series: Series, length: int
) -> None:
    for end, lines in windows(trace, length):
        totals = series.window(end, length)
        assert totals.calls == len(lines)
        if not lines:
            assert totals.value("error-rate") is None
            continue
        assert totals.value("error-rate") == sum(line.error for line in lines) / len(lines)
        assert totals.value("escalation-rate") == sum(line.escalation for line in lines) / len(
            lines
        )
        assert totals.tokens_in == sum(line.context for line in lines)
        assert totals.tokens_out == sum(line.generated for line in lines)
        # Money is added in another order: not one millionth is lost.
        assert round(totals.cost * 1e6) == sum(round(line.cost * 1e6) for line in lines)


def test_a_rule_of_ones_own_reads_the_same(trace: list[Line], series: Series) -> None:
    rule = Rule.model_validate(
        {
            "id": "tokens",
            "metric": "tokens-per-call",
            "window_s": 900,
            "over": 1.0,
            "recipient": "tech-lead",
        }
    )
    seen = [(end, lines) for end, lines in windows(trace, 15) if len(lines) >= 20]
    points = rule_points(rule, series, "calls")
    for end, lines in seen:
        (reading,) = points(range(end, end + 1))
        tokens = sum(line.context + line.generated for line in lines)
        assert reading.value == pytest.approx(tokens / len(lines), rel=1e-12)
        assert reading.n == len(lines)
    assert len(seen) > 40
