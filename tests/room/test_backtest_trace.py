"""A backtest's figures are those that DuckDB computes from the same file by itself.

The log is made from a seed: bursts over nine hours, two outages, lines up to ten minutes out of
order. Where the environment variable WARROOM_TRACE names a CSV of TIMESTAMP, ContextTokens and
GeneratedTokens (such as the Azure LLM inference trace of 2023), its calls are a second log:

    WARROOM_TRACE=azure-llm-conv.csv python -m pytest tests/room/test_backtest_trace.py

Neither tells latency, errors, escalations or cost: these follow from the tokens by the rule of
`tests.telemetry.test_trace.Line`; in an outage of the made log every third call fails too,
and each takes half a minute longer.
"""

import json
import os
import random
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from config.load import validate
from console.domain.backtest_plan import plan_of
from console.domain.backtest_set import variants_of
from console.domain.seen import Seen
from console.domain.series import Series
from console.domain.sliding import Sliding
from console.feeds.fields import RecordReader
from console.feeds.whole_file import WholeFile
from console.room.backtesting import Ran, run_file, source_of
from console.telemetry import fold
from tests.config.sample import SMALL
from tests.telemetry.test_trace import START, Line, recorded

TRACE = os.environ.get("WARROOM_TRACE", "")
MORE = "\n[forecast]\ncost_per_call = 0.004\ncalls_per_hour = 900\n"
DEPLOYMENT = validate(tomllib.loads(SMALL + MORE))
ERRORS = (0.01, 0.02, 0.025, 0.03, 0.04, 0.06)
ESCALATIONS = (0.1, 0.14, 0.145, 0.15, 0.25)
TRIGGERS = (0.02, 0.025, 0.03, 0.05)
COSTS = (0.0105, 0.011, 0.012)  # money a call, and no value of a window is just that
SETS = (
    *(f"error-rate.limit={limit}" for limit in ERRORS),
    *(f"escalation-rate.limit={limit}" for limit in ESCALATIONS),
    *(f"trigger.error-rate.limit={limit}" for limit in TRIGGERS),
    *(f"cost-per-call.limit={limit}" for limit in COSTS),
)


def made() -> Iterator[tuple[Line, bool]]:
    """Calls with long-tailed gaps, and whether each falls into an outage."""
    draw = random.Random(8)
    at = START
    while at < START + 9 * 3600:
        at = round(at + draw.lognormvariate(-0.5, 1.6), 6)
        context = int(min(draw.lognormvariate(6.5, 0.9), 14_000)) + 1
        generated = int(min(draw.lognormvariate(4.8, 1.0), 1_000)) + 1
        hours = (at - START) / 3600
        yield Line(at, context, generated), 2 < hours < 2.4 or 6 < hours < 6.1


def written(kind: str, place: Path) -> Path:
    """The log as a file, with a line that is no call and one that is there twice."""
    calls = list(made()) if kind == "made" else [(one, False) for one in recorded(Path(TRACE))]
    draw, lines = random.Random(3), []
    for number, (line, outage) in enumerate(calls):
        failed = line.error or (outage and number % 3 == 0)
        call = {
            "id": f"c{number}",
            "at": datetime.fromtimestamp(line.at, UTC).isoformat(),
            "latency_s": line.latency_s + (30 if outage else 0),
            "tokens_in": line.context,
            "tokens_out": line.generated,
            "cost": line.cost,
            "error": "failed" if failed else None,
            "escalation": "unsure" if line.escalation else None,
        }
        shift = draw.uniform(0, 600) if kind == "made" else 0
        lines.append((line.at + shift, json.dumps(call)))
    lines.sort(key=lambda one: one[0])
    texts = [text for _, text in lines]
    path = place / "past.jsonl"
    path.write_text("\n".join([*texts[:50], "{no call", *texts[50:], texts[-1]]) + "\n")
    return path


class Told:
    """A log by both reckonings."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.variants = variants_of(DEPLOYMENT, SETS)
        source = source_of(DEPLOYMENT)
        self.ran: Ran = run_file(DEPLOYMENT, path, source, self.variants)
        self.sql = duckdb.connect()
        self.sql.execute("SET TimeZone = 'UTC'")
        self.sql.execute(CALLS, [str(path)])
        self.sql.execute(WINDOWS)

    def alerts(self, rule: str, key: str) -> list[tuple[float, float | None]]:
        """When the rule fired and resolved in the variant that sets `key`."""
        for variant, answer in zip(self.variants, self.ran.answers[1:], strict=True):
            if variant.name == key:
                alerts = answer.outcome.alerts
                return [(a.fired_at, a.resolved_at) for a in alerts if a.rule == rule]
        raise KeyError(key)


CALLS = """
CREATE TABLE calls AS
SELECT DISTINCT ON (id) id, floor(epoch("at"::TIMESTAMPTZ) / 60) AS m,
       latency_s, cost, error IS NOT NULL AS failed, escalation IS NOT NULL AS escalated
FROM read_json(?, format = 'newline_delimited', ignore_errors = true,
     columns = {id: 'VARCHAR', "at": 'VARCHAR', latency_s: 'DOUBLE', cost: 'DOUBLE',
                error: 'VARCHAR', escalation: 'VARCHAR'})
WHERE id IS NOT NULL
"""
WINDOWS = """
CREATE TABLE windows AS
WITH ends AS (SELECT unnest(range((SELECT min(m)::BIGINT + 1 FROM calls),
                                  (SELECT max(m)::BIGINT + 2 FROM calls))) AS e),
     lengths AS (SELECT unnest([15, 30, 60]) AS w)
SELECT e, w, count(id) AS n, count(*) FILTER (failed) AS errors,
       count(*) FILTER (escalated) AS escalations, sum(cost) AS cost,
       list_sort(list(latency_s))[ceil(0.95 * count(id))::BIGINT] AS p95
FROM ends CROSS JOIN lengths LEFT JOIN calls ON m >= e - w AND m < e
GROUP BY e, w
"""
ALERTS = """
WITH bad AS (SELECT e FROM windows WHERE w = 60 AND n > 0 AND {value} > ?),
     marked AS (SELECT e, e - lag(e) OVER (ORDER BY e) > 6 AS apart FROM bad),
     grouped AS (SELECT e, sum((apart IS NULL OR apart)::INT) OVER (ORDER BY e) AS g FROM marked)
SELECT min(e) * 60.0, CASE WHEN max(e) + 6 <= (SELECT max(e) FROM windows)
                           THEN (max(e) + 6) * 60.0 END
FROM grouped GROUP BY g ORDER BY 1
"""
RAISED = """
WITH over AS (SELECT e, n >= 20 AS sure FROM windows
              WHERE w = 30 AND n > 0 AND errors / n > ?),
     grouped AS (SELECT e, sure, e - row_number() OVER (ORDER BY e) AS g FROM over)
SELECT min(e) * 60.0, min(e) FILTER (sure) * 60.0,
       CASE WHEN max(e) < (SELECT max(e) FROM windows) THEN (max(e) + 1) * 60.0 END
FROM grouped GROUP BY g ORDER BY 1
"""


@pytest.fixture(scope="module", params=["made", *(["recorded"] if TRACE else [])])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    return Told(written(request.param, tmp_path_factory.mktemp("trace")))


def test_totals(told: Told) -> None:
    row = told.sql.execute(
        "SELECT count(*), avg(failed::INT), avg(escalated::INT), avg(cost), "
        "list_sort(list(latency_s))[ceil(0.95 * count(*))::BIGINT] FROM calls"
    ).fetchone()
    assert row is not None
    calls, errors, escalations, cost, p95 = row
    totals = told.ran.totals
    assert (totals.calls, told.ran.bad, told.ran.repeated) == (calls, 1, 1)
    assert calls > 10_000
    assert totals.value("error-rate") == errors
    assert totals.value("escalation-rate") == escalations
    assert totals.value("cost-per-call") == pytest.approx(cost, rel=1e-12)
    assert totals.value("latency-p95") == pytest.approx(p95, rel=0.01)


def test_every_window_of_an_hour(told: Told) -> None:
    series, seen = Series(), Seen()
    reader = RecordReader(source_of(DEPLOYMENT).fields, "salt")
    for read in WholeFile(told.path, reader):
        series.add(fold(read.calls, seen, 2e9, read.tallies).minutes)
    sliding = Sliding(latency=frozenset({60}))
    sliding.add(series.minutes)
    rows = told.sql.execute(
        "SELECT e, n, errors, escalations, cost, p95 FROM windows WHERE w = 60 ORDER BY e"
    ).fetchall()
    sliding.jump(rows[0][0] - 1)
    for end, n, errors, escalations, cost, p95 in rows:
        sliding.advance()
        totals = sliding.window(end, 60)
        assert (totals.calls, totals.errors, totals.escalations) == (n, errors, escalations)
        assert totals.value("cost-per-call") == pytest.approx(cost / n, rel=1e-12)
        assert totals.value("latency-p95") == pytest.approx(p95, rel=0.01)
    assert len(rows) >= 58


@pytest.mark.parametrize("limit", ERRORS)
def test_alerts_on_errors(told: Told, limit: float) -> None:
    exact = told.sql.execute(ALERTS.format(value="errors / n"), [limit]).fetchall()
    assert told.alerts("error-rate", f"error-rate.limit={limit}") == exact


@pytest.mark.parametrize("limit", ESCALATIONS)
def test_alerts_on_escalations(told: Told, limit: float) -> None:
    exact = told.sql.execute(ALERTS.format(value="escalations / n"), [limit]).fetchall()
    assert told.alerts("escalation-rate", f"escalation-rate.limit={limit}") == exact


@pytest.mark.parametrize("limit", COSTS)
def test_alerts_on_cost(told: Told, limit: float) -> None:
    exact = told.sql.execute(ALERTS.format(value="cost / n"), [limit]).fetchall()
    assert told.alerts("cost-per-call", f"cost-per-call.limit={limit}") == exact


def test_alerts_on_latency(told: Told) -> None:
    """With a limit that no window comes near to by the 1 % that the histogram may be off."""
    values = [
        value
        for (value,) in told.sql.execute("SELECT p95 FROM windows WHERE w = 60").fetchall()
        if value is not None
    ]
    rising = sorted(values)
    gaps = [(b / a, (a * b) ** 0.5) for a, b in pairwise(rising)]
    width, limit = max(gaps)
    assert width > 1.021
    (variant,) = variants_of(DEPLOYMENT, [f"latency-p95.limit={limit}"])
    ran = run_file(DEPLOYMENT, told.path, source_of(DEPLOYMENT), [variant])
    alerts = ran.answers[1].outcome.alerts
    exact = told.sql.execute(ALERTS.format(value="p95"), [limit]).fetchall()
    assert [(a.fired_at, a.resolved_at) for a in alerts if a.rule == "latency-p95"] == exact


@pytest.mark.parametrize("limit", TRIGGERS)
def test_triggers(told: Told, limit: float) -> None:
    exact = told.sql.execute(RAISED, [limit]).fetchall()
    name = f"trigger.error-rate.limit={limit}"
    (outcome,) = [
        answer.outcome
        for variant, answer in zip(told.variants, told.ran.answers[1:], strict=True)
        if variant.name == name
    ]
    raised = [(o.since, o.at, o.until) for o in outcome.raised if o.id == "error-rate"]
    assert raised == exact


def test_the_limits_are_such_that_alerts_come_and_go(told: Told) -> None:
    """A log on which nothing happens would prove nothing."""
    answers = told.ran.answers
    fired = {len(answer.outcome.alerts) for answer in answers}
    assert len(fired) > 2
    assert any(a.resolved_at for answer in answers for a in answer.outcome.alerts)
    assert any(r.at for answer in answers for r in answer.outcome.raised)


def test_thresholds_in_force_are_the_deployments(told: Told) -> None:
    assert told.ran.answers[0].outcome.plan == plan_of(DEPLOYMENT)
