"""`[metrics.ID]`: a second source that checks a metric."""

from typing import get_args

import pytest

from config.feed import CallField, MinuteCount
from config.guide import metric_rules
from config.load import ConfigError, parse
from tests.config.sample import longer

STORE = """\
[feeds.store]
kind = "prometheus"
url = "http://127.0.0.1:9090"
preset = "warroom-prometheus"

[feeds.pager]
kind = "alertmanager"
url = "http://127.0.0.1:9093"

[metrics]
"""


def test_a_second_source() -> None:
    deployment = parse(longer(STORE + 'error-rate.check = "store"\n').encode())
    assert deployment.metrics["error-rate"].check == "store"
    assert deployment.feed_of("error-rate").id == "calls"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('error-rate.check = "stor"', 'there is no feed "stor" (one of: calls, store, pager)'),
        (
            'error-rate.check = "calls"',
            '"calls" is where error-rate is read; a check needs another feed',
        ),
        (
            'error-rate = { feed = "store", check = "store" }',
            '"store" is where error-rate is read; a check needs another feed',
        ),
        ('error-rate.check = "pager"', 'feed "pager" gives no numbers'),
        (
            'accuracy.check = "store"',
            "people judge accuracy; there is no second source of it",
        ),
    ],
)
def test_a_check_that_is_none(line: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(longer(f"{STORE}{line}\n").encode())
    (problem,) = caught.value.problems
    metric = line.partition(".check")[0].partition(" ")[0]
    assert problem == f"warroom.toml:33: metrics.{metric}.check: {why}"


def test_what_a_metric_takes_is_what_feeds_give() -> None:
    for rule in metric_rules():
        assert rule.fields
        assert {name for way in rule.fields for name in way} <= set(get_args(CallField))
        assert set(rule.counts) <= set(get_args(MinuteCount))
