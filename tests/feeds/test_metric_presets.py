"""Presets of metrics: read from a page, or asked of a store in PromQL that a real one accepts."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from config.presets import preset, preset_names
from console.feeds.promql import promql_of
from console.feeds.scrape import read_page
from console.feeds.selectors import parse_selectors

SAMPLES = Path(__file__).parent / "samples"
PROMTOOL = shutil.which("promtool")
COUNTED = [name for name in preset_names() if preset(name).counters]
ASKED = [name for name in COUNTED if "prometheus" in preset(name).kinds]
KNOWN: dict[str, dict[str, float]] = {
    "otel-genai-metrics": {"calls": 47, "errors": 2, "tokens_in": 51_200, "tokens_out": 9000},
    "litellm-metrics": {
        "calls": 1204,
        "errors": 14,
        "cost": 25.75,
        "tokens_in": 900_000,
        "tokens_out": 120_000,
    },
    "n8n-metrics": {"calls": 311, "errors": 11},
    "http-requests": {"calls": 1027, "errors": 7},
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_preset_reads_a_recorded_page(name: str) -> None:
    known = preset(name)
    body = (SAMPLES / f"{name}.txt").read_bytes()
    counts = {str(count): parse_selectors(text) for count, text in known.counters.items()}
    latency = parse_selectors(known.latency) if known.latency else ()
    page = read_page(body, "text/plain", counts, latency)
    assert {name: sum(series.values()) for name, series in page.counts.items()} == KNOWN[name]
    assert bool(page.buckets) == bool(known.latency)
    assert page.bad == 0


def test_each_preset_of_metrics_has_a_sample() -> None:
    assert set(KNOWN) | {"warroom-metrics"} == set(COUNTED)


@pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not installed: apt-get install prometheus"
)
@pytest.mark.parametrize("name", ASKED)
def test_a_real_prometheus_counts_the_same_from_the_samples(name: str, tmp_path: Path) -> None:
    """Its own evaluator, on series that grow by the sample's values in a minute."""
    minutes, values = promql_of(preset(name))
    lines = (SAMPLES / f"{name}.txt").read_text().splitlines()
    series = [line.rpartition(" ")[::2] for line in lines if line and not line.startswith("#")]
    wanted = [
        {"expr": promql, "eval_time": "2m", "exp_samples": [{"labels": "{}", "value": value}]}
        for count, promql in minutes.items()
        for value in [KNOWN[name][count]]
    ]
    case = {
        "rule_files": [],
        "evaluation_interval": "15s",
        "tests": [
            {
                "interval": "15s",
                "input_series": [
                    {"series": key, "values": f"0+{float(value) / 4!r}x12"} for key, value in series
                ],
                "promql_expr_test": wanted,
            }
        ],
    }
    file = tmp_path / "test.json"
    file.write_text(json.dumps(case))
    assert PROMTOOL is not None
    run = subprocess.run(
        [PROMTOOL, "test", "rules", file.name],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert all("histogram_quantile" in promql for promql in values.values())
