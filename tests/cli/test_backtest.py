"""`warroom backtest` as it is typed: what it says, in words and in JSON, and what it refuses."""

import gzip
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import USAGE, Shell

CALLS = 3000
START = 1_700_000_040


def calls(start: int = START, **named: str) -> list[str]:
    """Fifty calls an hour for 60 hours, with an outage; `named` gives a field another name."""
    draw, lines = random.Random(4), []
    for number in range(CALLS):
        at = start + number * 72
        failed = 1500 <= number < 1560 and number % 2 == 0
        call = {
            "id": f"c{number}",
            "at": datetime.fromtimestamp(at, UTC).isoformat(),
            "latency_s": round(draw.uniform(0.5, 2.5), 3),
            "cost": 0.02,
            "error": "time-out" if failed else None,
            "escalation": "unclear" if number % 10 == 5 else None,
        }
        lines.append(json.dumps({named.get(key, key): value for key, value in call.items()}))
    return lines


@pytest.fixture
def log(shell: Shell) -> Path:
    path = shell.place / "past.jsonl"
    path.write_text("\n".join([*calls()[:70], "{no call", *calls()[70:]]) + "\n")
    return path


def told(shell: Shell, *words: object) -> Any:
    answer = shell("backtest", *words, "--json")
    answer.done()
    return answer.json()


def test_totals_alerts_and_triggers_in_json(shell: Shell, claims: Path, log: Path) -> None:
    found = told(shell, claims, log)
    assert found["total"] == {
        "calls": CALLS,
        "error-rate": 0.01,
        "escalation-rate": 0.1,
        "latency-p95": pytest.approx(2.4, rel=0.02),
        "cost-per-call": 0.02,
    }
    assert (found["log"]["bad"], found["log"]["bad_lines"][0]["line"]) == (1, 71)
    (alert,) = [one for one in found["alerts"] if one["rule"] == "error-rate"]
    assert alert["fired_at"] == "2023-11-16T04:15:00Z"
    assert alert["resolved_at"] == "2023-11-16T06:29:00Z"
    assert (alert["limit"], alert["n"]) == (0.01, 50)
    (trigger,) = [one for one in found["triggers"] if one["id"] == "error-rate"]
    assert trigger["state"] == "true"
    assert trigger["since"] <= trigger["at"] < trigger["until"]
    gates = {one["phase"]: one for one in found["gates"]}
    assert set(gates) == {"dark-launch", "shadow", "canary", "full"}
    assert gates["canary"]["verdict"] == "not-met"
    assert "trigger error-rate" in gates["canary"]["criteria"][0]["why"]
    accuracy = gates["dark-launch"]["criteria"][0]
    assert (accuracy["id"], accuracy["verdict"]) == ("accuracy", "unknown")


def test_variants_stand_side_by_side(shell: Shell, claims: Path, log: Path) -> None:
    found = told(
        shell, claims, log, "--set", "error-rate.limit=0.7", "--set", "trigger.error-rate.limit=0.9"
    )
    first, second = found["variants"]
    assert first["set"] == {"error-rate.limit": 0.7}
    assert first["looser"] == ["error-rate.limit=0.7 is looser than the guide's 0.01"]
    assert [one["rule"] for one in found["alerts"]] == ["error-rate"]
    assert first["alerts"] == []
    assert second["alerts"] == found["alerts"]
    assert [one["id"] for one in second["triggers"]] == []
    words = shell("backtest", claims, log, "--set", "error-rate.limit=0.7").done()
    assert "error-rate: 0 alerts instead of 1" in words
    assert max(map(len, words.splitlines())) <= 80


def test_a_threshold_finer_than_the_volume_is_said(shell: Shell, claims: Path, log: Path) -> None:
    words = " ".join(shell("backtest", claims, log).done().split())
    assert "▲ error-rate > 1 % at 50 calls/h: one failed call is 2 %, finer than" in words
    assert "false alarms in 48 h at half of what is allowed, 0.5 %" in words
    (one,) = [one for one in told(shell, claims, log)["lint"] if one["key"] == "error-rate.limit"]
    assert (one["finer"], one["step"], one["needed"]) == (True, 0.02, 1)
    assert 7 < one["false_alarms_48h"] < 11


def test_a_compressed_log_says_the_same(shell: Shell, claims: Path, log: Path) -> None:
    packed = log.with_suffix(".jsonl.gz")
    packed.write_bytes(gzip.compress(log.read_bytes()))
    one, other = told(shell, claims, log), told(shell, claims, packed)
    assert one["log"].pop("file") != other["log"].pop("file")
    assert one == other


def test_a_log_that_does_not_fit_the_map_is_answered_with_a_guess(
    shell: Shell, claims: Path
) -> None:
    path = shell.place / "theirs.jsonl"
    path.write_text("\n".join(calls(at="ts", latency_s="duration_s")) + "\n")
    shell("backtest", claims, path).fails(
        USAGE, "does not fit", 'feed "calls"', 'did you mean "ts"?', "warroom fields"
    )


def test_a_field_that_is_elsewhere_is_pointed_at(shell: Shell, claims: Path) -> None:
    path = shell.place / "theirs.jsonl"
    path.write_text("\n".join(calls(latency_s="duration_s")) + "\n")
    words = shell("backtest", claims, path).done()
    assert '`latency_s` is not at "latency_s": did you mean "duration_s"?' in words
    assert "not told" in words


def test_without_a_log_it_takes_what_is_recorded(shell: Shell, claims: Path, log: Path) -> None:
    shell("backtest", claims).fails(USAGE, "nothing is recorded", "name a log file")
    (claims / "calls.jsonl").write_bytes(log.read_bytes())
    shell("watch", claims, "--for", "3s")
    recorded, file = told(shell, claims), told(shell, claims, log)
    for part in ("total", "alerts", "triggers", "gates", "lint"):
        assert recorded[part] == file[part]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none.jsonl",), "none.jsonl cannot be read: no such file"),
        ((".",), "is not a regular file"),
        (("empty.jsonl",), "empty.jsonl is empty"),
        (("past.jsonl", "--feed", "nope"), 'there is no feed "nope" (one of: calls)'),
        (("past.jsonl", "--set", "error-rat.limit=1"), 'did you mean "error-rate.limit"?'),
        (("past.jsonl", "--set", "error-rate.limit=2"), "write 0.02 for 2 %"),
        (("past.jsonl", "--share", "0"), "--share 0: write the percent of all traffic, 1 to 100"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(
    shell: Shell, claims: Path, log: Path, words: tuple[str, ...], said: str
) -> None:
    (shell.place / "empty.jsonl").touch()
    shell("backtest", claims, *words).fails(USAGE, said)


def test_a_log_of_days_to_come_is_read_like_any_other(shell: Shell, claims: Path) -> None:
    path = shell.place / "ahead.jsonl"
    path.write_text("\n".join(calls(start=4_000_000_000)) + "\n")
    found = told(shell, claims, path)
    assert found["total"]["calls"] == CALLS
    assert [one["rule"] for one in found["alerts"]] == ["error-rate"]


def test_what_fires_on_few_calls_is_counted_apart(shell: Shell, claims: Path) -> None:
    path = shell.place / "thin.jsonl"
    path.write_text("\n".join(calls()[5::5]) + "\n")  # ten calls an hour, half of them escalated
    assert {(one["rule"], one["few_calls"]) for one in told(shell, claims, path)["alerts"]} == {
        ("escalation-rate", True),
        ("error-rate", True),
    }
    words = " ".join(shell("backtest", claims, path).done().split())
    assert "2 alerts would have fired, 2 of them on few calls" in words
    assert "the console fires these too" in words
    assert ", few calls 100.00 %, 1 call, limit 25.00 %" in words


def test_the_share_of_the_traffic_scales_what_scales_with_it(
    shell: Shell, claims: Path, log: Path
) -> None:
    busy = ("--set", "forecast.calls_per_hour=5000")
    (full,) = told(shell, claims, log, *busy)["variants"]
    assert "traffic" in {one["rule"] for one in full["alerts"]}
    found = told(shell, claims, log, *busy, "--share", "1")
    assert found["share"] == 1
    assert "traffic" not in {one["rule"] for one in found["variants"][0]["alerts"]}
    words = shell("backtest", claims, log, "--share", "1").done()
    assert "limits on traffic and spend as at 1 %" in words


def test_a_log_that_is_beyond_a_limit_itself_is_pointed_at(
    shell: Shell, claims: Path, log: Path
) -> None:
    words = shell("backtest", claims, log, "--set", "escalation-rate.limit=5%").done()
    said = " ".join(words.split())
    assert "▲ escalation-rate > 5 % at" in said
    assert "(the log's own 10 % is beyond it)" in said
    keys = [one["key"] for one in told(shell, claims, log)["lint"]]
    assert keys[:3] == ["escalation-rate.limit", "latency-p95.limit", "error-rate.limit"]
    assert "money, traffic and flags are no shares of calls" in said
    assert "NOT LOOKED AT watch:one-source" in said


def test_what_a_log_says_is_shown_clean(shell: Shell, claims: Path) -> None:
    path = shell.place / "evil.jsonl"
    call = json.loads(calls()[0])
    lines = [{**call, "id": f"e{i}", "version": "\x1b[2J[/]evil"} for i in range(50)]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    words = shell("backtest", claims, path).done()
    assert "evil" in words
    assert "\x1b" not in words
