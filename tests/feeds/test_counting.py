"""Which series of a store count an agent's calls."""

import re

import pytest

from config.presets import preset, preset_names
from console.feeds.counting import counting, likely
from console.feeds.promql import promql_of

STORE = [
    "up",
    "go_gc_duration_seconds_bucket",
    "prometheus_http_requests_total",
    "node_forks_total",
]


def test_a_preset_whose_series_are_there() -> None:
    names = ["litellm_proxy_total_requests_metric_total", "litellm_spend_metric_total"]
    names.append("litellm_proxy_failed_requests_metric_total")
    found = counting([*STORE, *names], "claims")
    assert found is not None
    assert (found.preset, found.there, found.minutes) == ("litellm-metrics", 3, {})


@pytest.mark.parametrize("name", [n for n in preset_names() if "prometheus" in preset(n).kinds])
def test_each_preset_is_known_by_what_it_asks(name: str) -> None:
    known = preset(name)
    minutes, values = promql_of(known)
    asked = " ".join([*minutes.values(), *values.values(), *known.minutes.values()])
    found = counting({*STORE, *re.findall(r"\w+", asked)}, "claims")
    assert found is not None
    assert found.preset == name


def test_a_guess_by_names_prefers_those_of_the_agent() -> None:
    names = ["shop_requests_total", "claims_bot_requests_total", "claims_bot_failures_total"]
    found = counting([*STORE, *names, "claims_latency_ms_bucket"], "claims-triage")
    assert found is not None
    calls = "sum(increase(claims_bot_requests_total[1m]))"
    assert found.minutes["calls"] == calls
    assert found.minutes["errors"].endswith(f"or 0 * ({calls})")
    assert found.minutes.keys() == {"calls", "errors"}
    assert found.values["latency-p95"].endswith(" / 1000")


def test_a_store_of_other_things() -> None:
    assert counting([*STORE, "litellm_spend_metric_total"], "claims") is None, "one of six"
    assert counting(STORE, "claims") is None
    assert likely(STORE, "claims") == []
    assert likely([*STORE, "claims_cost_total"], "claims") == ["claims_cost_total"]
