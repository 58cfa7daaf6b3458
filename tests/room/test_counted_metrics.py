"""A metric of the guide is the same by every way to count it, and unknown if nothing tells it."""

import json
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from config.guide import MetricRule, metric_rules
from config.guide.rows import CountedMetric
from config.load import validate
from console.domain.call import Call
from console.domain.minutes import TOLD_BY, Minute
from console.domain.series import Series
from console.domain.sliding import Sliding
from console.feeds.lean import COUNTED
from console.room.backtesting import run_file, source_of
from console.telemetry.fold import apply_minutes
from tests.config.sample import changed
from tests.feeds.records import record

LENGTH = 3
RULES = [rule for rule in metric_rules() if rule.id != "accuracy"]
SHARES = [rule.id for rule in RULES if rule.unit not in {"calls/h", "money/h"}]
FEED = 'path = "calls.jsonl"'
BARE = '\npreset = ""\nfields = { id = "id", at = "at" }'


def minute(number: int) -> Minute:
    """A call that has everything that can be counted, and as many that have little as `number`."""
    whole = Call(
        *("whole", number * 60.0, 1.5, 0.02, 700, 120, "time-out", "unclear", ("pii",), "v2"),
        model="m-large",
        tools=("search",),
        tools_failed=("search",),
        conversation="c-7",
        feedback="negative",
        user="4b1d",
        input="a",
        output="b",
        format="text",
        correction="c",
    )
    made = Minute()
    made.add_calls([whole, *(Call(str(n), whole.at, 0.5, cost=0.01) for n in range(number))])
    return made


@pytest.mark.parametrize("metric", get_args(CountedMetric))
def test_a_window_that_slides_has_what_the_window_has(metric: str) -> None:
    minutes = {number: minute(number) for number in range(8)}
    series, sliding = Series(), Sliding(latency=frozenset({LENGTH}))
    series.add(minutes)
    sliding.add(minutes)
    sliding.jump(LENGTH)
    for end in range(LENGTH, 8):
        value = series.window(end, LENGTH).value(metric)
        assert value
        assert sliding.window(end, LENGTH).value(metric) == pytest.approx(value, rel=1e-12)
        sliding.advance()


def test_what_metrics_take_of_a_call_is_read_the_quick_way_too() -> None:
    taken = {name for rule in RULES for way in rule.fields for name in way}
    assert taken <= set(COUNTED)


@pytest.mark.parametrize("metric", SHARES)
def test_of_a_log_that_does_not_tell_it_it_is_unknown(metric: str, tmp_path: Path) -> None:
    deployment = validate(tomllib.loads(changed(FEED, FEED + BARE)))
    log = tmp_path / "calls.jsonl"
    log.write_text("".join(json.dumps(record(n)) + "\n" for n in range(30)))
    totals = run_file(deployment, log, source_of(deployment), ()).totals
    assert totals.calls == 30
    assert totals.value(metric) is None


@pytest.mark.parametrize("metric", SHARES)
def test_of_a_store_that_counts_calls_alone_it_is_unknown(metric: str) -> None:
    series = Series()
    apply_minutes(series, {0: {"calls": 30.0}}, {})
    assert series.total().calls == 30
    assert series.total().value(metric) is None


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.counts], ids=lambda rule: rule.id)
def test_a_store_that_gives_what_it_takes_tells_it(rule: MetricRule) -> None:
    series = Series()
    apply_minutes(series, {0: dict.fromkeys(rule.counts, 30.0)}, {})
    assert series.total().value(rule.id)


def test_what_a_source_may_not_tell_is_a_count_and_a_field() -> None:
    assert set(TOLD_BY) <= set(Minute.__struct_fields__)
    assert set(TOLD_BY.values()) <= set(Call.__struct_fields__)
