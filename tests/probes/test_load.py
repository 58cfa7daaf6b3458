"""A load test's result: three tools' files, and every way in which one is not enough."""

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from config.load import parse
from config.model import Deployment
from console.probes import load
from console.probes.load import Unreadable, read
from tests.domain.build import TOML

LOCUST = (
    "Type,Name,Request Count,Failure Count,Median Response Time,Requests/s,50%,95%,99%\n"
    "POST,/invoke,54000,{failed},900,90.0,900,2600,2900\n"
    ",Aggregated,54000,{failed},900,90.0,900,2600,2900\n"
)
HEY = """
Summary:
  Total:	600.0000 secs
  Requests/sec:	{rate}

Latency distribution:
  50% in 0.9000 secs
  95% in {p95} secs
  99% in 2.9000 secs

Status code distribution:
  [200]	53000 responses
{more}
"""


def deployment(peak: str = "[load]\npeak_calls_per_s = 45.0", workflow: str = "saas") -> Deployment:
    text = TOML.format(
        two="false",
        exposure="internal",
        flags=f'workflow = "{workflow}"',
        version="v2",
        extra="",
        business=peak,
    )
    return parse(text.encode())


def k6(
    rate: float = 90.0, p95: float = 2600.0, failed: float = 0.0, limited: int | None = None
) -> str:
    metrics: dict[str, Any] = {
        "http_reqs": {"count": 54000, "rate": rate},
        "http_req_failed": {"value": failed, "passes": 0, "fails": 54000},
        "http_req_duration": {"avg": 900.0, "p(95)": p95},
    }
    if limited is not None:
        metrics["http_reqs{status:429}"] = {"count": limited, "rate": 0.1}
    return json.dumps({"metrics": metrics})


def nested(summary: str) -> str:
    """The same summary as a script's handleSummary gets it."""
    metrics = json.loads(summary)["metrics"]
    held = {name: {"values": values} for name, values in metrics.items()}
    return json.dumps({"metrics": held}).replace('"value"', '"rate"')


def verdicts(text: str, tmp_path: Path, given: Deployment | None = None) -> dict[str, str]:
    file = tmp_path / "result"
    file.write_text(text)
    return {row.name: row.verdict for row in load(given or deployment(), file).rows}


GOOD = dict.fromkeys(("load", "duration", "latency p95", "rate limits", "failures"), "ok")
HEY_CSV = (
    "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n"
)


@pytest.mark.parametrize(
    "text",
    [
        k6(),
        nested(k6()),
        LOCUST.format(failed=0),
        HEY.format(rate=90.5, p95=2.6, more=""),
        HEY.format(rate=90.5, p95=2.6, more="").replace("%", "%%"),
    ],
    ids=["k6 export", "k6 handleSummary", "locust", "hey", "hey that doubles its signs"],
)
def test_twice_the_peak_within_the_limits_passes(text: str, tmp_path: Path) -> None:
    assert verdicts(text, tmp_path) == GOOD


def hey_csv(calls: int, per_s: float) -> str:
    return HEY_CSV + "".join(f"0.5,0,0,0,0,0,200,{n / per_s:.2f}\n" for n in range(calls))


def test_what_a_csv_of_hey_leaves_out_is_said(tmp_path: Path) -> None:
    """It has no rows for calls that got no answer: they may be half of all."""
    assert verdicts(hey_csv(7000, 100), tmp_path) == {**GOOD, "failures": "warn"}


def test_a_burst_says_nothing_about_the_limits_of_a_minute(tmp_path: Path) -> None:
    assert verdicts(hey_csv(1000, 100), tmp_path)["duration"] == "warn"
    assert verdicts(hey_csv(19, 200), tmp_path)["duration"] == "fail"


def test_the_hash_of_the_file_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "k6.json"
    file.write_text(k6())
    kept = load(deployment(), file).record["sha256"]
    assert kept == sha256(file.read_bytes()).hexdigest()


def test_what_never_ends_is_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place in (pipe, Path("/dev/zero"), tmp_path):
        result = load(deployment(), place)
        assert not result.passed
        assert "not a regular one" in result.rows[0].detail


@pytest.mark.parametrize(
    ("text", "fails"),
    [
        (k6(rate=89.9), {"load"}),
        (k6(p95=3000.0), {"latency p95"}),
        (k6(failed=0.001), {"rate limits"}),
        (k6(failed=0.02), {"rate limits", "failures"}),
        (k6(limited=3), {"rate limits"}),
        (LOCUST.format(failed=4), {"rate limits"}),
        (HEY.format(rate=80, p95=2.6, more=""), {"load"}),
        (HEY.format(rate=90, p95=3.2, more=""), {"latency p95"}),
        (HEY.format(rate=90, p95=2.6, more="  [429]\t7 responses"), {"rate limits"}),
        (HEY.format(rate=90, p95=2.6, more="  [502]\t900 responses"), {"failures"}),
        (
            HEY.format(rate=90, p95=2.6, more="\nError distribution:\n  [900]\tPost: timeout"),
            {"failures"},
        ),
    ],
)
def test_a_result_that_is_not_enough_fails_by_name(
    text: str, fails: set[str], tmp_path: Path
) -> None:
    found = verdicts(text, tmp_path)
    assert {name for name, verdict in found.items() if verdict == "fail"} == fails


def test_failures_whose_429_are_counted_are_told_apart(tmp_path: Path) -> None:
    text = k6(failed=0.005, limited=0)
    assert verdicts(text, tmp_path) == GOOD


def test_a_complex_workflow_may_take_ten_seconds(tmp_path: Path) -> None:
    slow = deployment(workflow="complex-b2b")
    assert verdicts(k6(p95=9999.0), tmp_path, slow)["latency p95"] == "ok"
    assert verdicts(k6(p95=10000.0), tmp_path, slow)["latency p95"] == "fail"


def test_without_a_peak_nothing_can_be_said(tmp_path: Path) -> None:
    file = tmp_path / "k6.json"
    file.write_text(k6())
    result = load(deployment(peak=""), file)
    assert (result.passed, result.rows[0].detail) == (
        False,
        "not configured: write [load] with peak_calls_per_s",
    )


@pytest.mark.parametrize(
    "text",
    ["", "hello", "{}", '{"metrics": {}}', "[]", '{"metrics": {"http_reqs": {"count": "x"}}}',
     "Type,Name,Request Count\n", "response-time,x\n", k6().replace("2600.0", "Infinity"),
     "{" * 100_000, k6()[:-20]],
)  # fmt: skip
def test_what_is_no_result_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(Unreadable, match="file"):
        read(text)


def test_a_file_that_is_not_there_is_not_reached(tmp_path: Path) -> None:
    result = load(deployment(), tmp_path / "nowhere.json")
    assert (result.passed, result.reached) == (False, False)
    assert "No such file" in result.rows[0].detail
