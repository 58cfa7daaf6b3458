"""What the models know: people, feeds, and the limits that are in force."""

from typing import get_args

import pytest
from pydantic import ValidationError

from config.guide import MetricId
from config.load import parse
from config.model import CallField, Deployment, Limit
from console.domain.call import Call
from tests.config.sample import SMALL, changed, longer


def deployment(text: str = SMALL) -> Deployment:
    return parse(text.encode())


FORECAST = "[forecast]\ncost_per_call = 0.02\ncalls_per_hour = 1000\n"


def test_what_is_not_said() -> None:
    small = deployment()
    assert small.traffic.shares == (1, 5, 20, 50, 100)
    assert small.rollback.budget_s == 900
    assert small.rollback.steps == ()
    assert small.agent.stable_version == ""
    assert small.context.workflow == "saas"
    assert small.nfr.currency == "USD"
    feed = small.feeds["calls"]
    assert (feed.id, feed.preset, feed.poll_s, feed.stale_after_s) == ("calls", "native", 2.0, 60.0)


def test_a_preset_may_decide_what_nobody_wrote() -> None:
    text = longer(
        '[feeds.a]\nkind = "jsonl-http"\nurl = "http://h/"\n'
        '[feeds.b]\nkind = "jsonl-http"\nurl = "http://h/"\nby = "range"\n'
    )
    feeds = deployment(text).feeds
    assert "by" not in feeds["a"].model_fields_set
    assert "by" in feeds["b"].model_fields_set


def test_a_deployment_cannot_be_changed() -> None:
    small = deployment()
    with pytest.raises(ValidationError):
        small.agent.version = "v3"


def test_people_and_their_roles() -> None:
    more = deployment(longer('[[people]]\nname = "dana"\nroles = ["legal", "rollback-owner"]\n'))
    assert more.person("dana") == more.people[1]
    assert more.person("nobody") is None
    assert [person.name for person in more.holders("rollback-owner")] == ["rollback owner", "dana"]
    assert more.holders("reviewer") == ()


def test_a_metric_is_read_from_its_feed_else_the_first() -> None:
    text = longer(
        '[feeds.prom]\nkind = "prometheus"\nurl = "http://h/"\npreset = "warroom-prometheus"\n'
        '[metrics]\ntraffic.feed = "prom"\nerror-rate.limit = 0.005\n'
    )
    feeds = deployment(text)
    assert feeds.feed_of("traffic").id == "prom"
    assert feeds.feed_of("error-rate").id == "calls"
    assert feeds.feed_of("accuracy").id == "calls"


def test_fields_are_paths_with_or_without_a_transform() -> None:
    text = longer('[feeds.calls.fields]\ncost = "usage.cost"\nlatency_s = {path="ms", as="ms"}\n')
    fields = deployment(text).feeds["calls"].fields
    assert (fields["cost"].path, fields["cost"].transform) == ("usage.cost", None)
    assert (fields["latency_s"].path, fields["latency_s"].transform) == ("ms", "ms")


def test_the_fields_of_a_call_are_those_of_the_domain() -> None:
    assert get_args(CallField) == Call.__struct_fields__


LIMITS = {
    "the guide's": (
        "",
        {
            "accuracy": Limit(under=0.85),
            "escalation-rate": Limit(over=0.25),
            "latency-p95": Limit(over=3.0),
            "error-rate": Limit(over=0.01),
            "safety-flags": Limit(over=0.0),
        },
    ),
    "unknown without a forecast, whatever the ceilings": (
        "[nfr]\ncost_per_call = 0.01\ncost_per_hour = 1\n",
        {
            "cost-per-call": Limit(),
            "spend-rate": Limit(),
            "traffic": Limit(silence_for_s=900),
        },
    ),
    "half a forecast": (
        "[forecast]\ncost_per_call = 0.02\n",
        {
            "cost-per-call": Limit(over=0.06),
            "spend-rate": Limit(),
            "traffic": Limit(silence_for_s=900),
        },
    ),
    "multiples of the forecast": (
        FORECAST,
        {
            "cost-per-call": Limit(over=0.06),
            "spend-rate": Limit(over=60.0),
            "traffic": Limit(over=5000.0, silence_under=200.0, silence_for_s=900),
        },
    ),
    "agreed needs that are stricter": (
        FORECAST + "[nfr]\nlatency_sla_s = 2\nerror_budget = 0.005\ncost_per_call = 0.05\n"
        "cost_per_hour = 40\n",
        {
            "latency-p95": Limit(over=2.0),
            "error-rate": Limit(over=0.005),
            "cost-per-call": Limit(over=0.05),
            "spend-rate": Limit(over=40.0),
        },
    ),
    "availability is errors too": (
        "[nfr]\navailability = 0.995\nerror_budget = 0.009\n",
        {"error-rate": Limit(over=0.005)},
    ),
    "agreed needs that are looser": (
        FORECAST + "[nfr]\nlatency_sla_s = 5\nerror_budget = 0.1\ncost_per_call = 1\n"
        "cost_per_hour = 900\navailability = 0.9\n",
        {
            "latency-p95": Limit(over=3.0),
            "error-rate": Limit(over=0.01),
            "cost-per-call": Limit(over=0.06),
            "spend-rate": Limit(over=60.0),
        },
    ),
    "overrides": (
        FORECAST + "[nfr]\nlatency_sla_s = 2.5\n[metrics]\naccuracy.limit = 0.9\n"
        "escalation-rate.limit = 0.2\nlatency-p95.limit = 2.8\ntraffic.limit = 4000\n",
        {
            "accuracy": Limit(under=0.9),
            "escalation-rate": Limit(over=0.2),
            "latency-p95": Limit(over=2.5),
            "traffic": Limit(over=4000.0, silence_under=200.0, silence_for_s=900),
        },
    ),
}


@pytest.mark.parametrize(("text", "limits"), LIMITS.values(), ids=LIMITS)
def test_limits(text: str, limits: dict[MetricId, Limit]) -> None:
    found = deployment(longer(text))
    assert {metric: found.limit(metric) for metric in limits} == limits


def test_a_complex_workflow_may_take_ten_seconds() -> None:
    text = changed('exposure = "internal"', 'exposure = "internal"\nworkflow = "complex-b2b"')
    assert deployment(text).limit("latency-p95") == Limit(over=10.0)


def test_traffic_and_spend_scale_with_the_share_but_ceilings_do_not() -> None:
    text = longer(FORECAST + "[nfr]\ncost_per_hour = 40\n[metrics]\ntraffic.limit = 4000\n")
    found = deployment(text)
    fifth = Limit(over=1000.0, silence_under=40.0, silence_for_s=900)
    assert found.limit("traffic", share=0.2) == fifth
    assert found.limit("traffic", share=1.0).over == 4000.0
    assert found.limit("spend-rate", share=0.2) == Limit(over=12.0)
    assert found.limit("spend-rate", share=1.0) == Limit(over=40.0)
    assert found.guide_limit("spend-rate", share=1.0) == Limit(over=60.0)
    assert found.limit("cost-per-call", share=0.2) == Limit(over=0.06)


def test_a_limit_as_strict_as_the_guides_is_allowed() -> None:
    text = longer("[metrics]\naccuracy.limit = 0.85\nescalation-rate.limit = 0.25\n")
    assert deployment(text).limit("escalation-rate") == Limit(over=0.25)
