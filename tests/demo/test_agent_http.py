"""The simulated agent's endpoints: what they answer and what they refuse."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from console.demo import traffic
from console.demo.agent_state import CONTROL_FILE
from console.demo.traffic import LOG_FILE
from tests.demo.running import (
    HOUR,
    START,
    advance,
    lines,
    move_clock,
    running,
    until,
)


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, httpx.Client]]:
    """An agent with ten minutes of calls, for requests that change nothing."""
    directory = tmp_path_factory.mktemp("unchanged")
    move_clock(directory, START)
    with running(directory) as (_, client):
        advance(directory, START + 600)
        yield directory, client


def test_ranges_of_the_log(directory: Path) -> None:
    with running(directory) as (_, client):
        advance(directory, START + 600)
        data = (directory / LOG_FILE).read_bytes()
        size = len(data)

        def get(span: str) -> httpx.Response:
            return client.get("/logs/calls.jsonl", headers={"Range": span})

        whole = client.get("/logs/calls.jsonl")
        assert (whole.status_code, whole.content) == (200, data)
        assert whole.headers["Accept-Ranges"] == "bytes"
        rest = get("bytes=1000-")
        assert (rest.status_code, rest.content) == (206, data[1000:])
        assert rest.headers["Content-Range"] == f"bytes 1000-{size - 1}/{size}"
        assert get("bytes=10-19").content == data[10:20]
        assert get(f"bytes=10-{size + 99}").content == data[10:]
        assert get("bytes=-50").content == data[-50:]
        nothing = get(f"bytes={size}-")
        assert (nothing.status_code, nothing.content) == (416, b"")
        assert nothing.headers["Content-Range"] == f"bytes */{size}"
        for ignored in ("bytes=9-3", "lines=1-2", "bytes=-", "bytes=1-2,5-6"):
            assert get(ignored).status_code == 200

        advance(directory, START + 1_200)
        assert get(f"bytes={size}-").content == (directory / LOG_FILE).read_bytes()[size:]


def test_lines_since_a_time(directory: Path) -> None:
    with running(directory) as (_, client):
        advance(directory, START + HOUR)
        log = lines(directory)
        for wanted in (log[0], log[1], log[len(log) // 2], log[-1]):
            answer = client.get("/logs/calls", params={"since": wanted["at"]})
            got = [json.loads(line) for line in answer.content.splitlines()]
            assert got == [call for call in log if call["at"] >= wanted["at"]]
        zoned = traffic.rfc3339(int((START + 1_800) * 1000)).replace("Z", "+00:00")
        answer = client.get("/logs/calls", params={"since": zoned})
        assert len(answer.content.splitlines()) == sum(
            traffic.unix_ms(call["at"]) >= (START + 1_800) * 1000 for call in log
        )
        late = client.get("/logs/calls", params={"since": "2099-01-01T00:00:00Z"})
        assert (late.status_code, late.content) == (200, b"")


def test_the_cursor_walks_the_log_once(directory: Path) -> None:
    with running(directory, calls_per_hour=6_000) as (_, client):
        move_clock(directory, START + HOUR)
        until(lambda: len(lines(directory)) > 5_000)
        log = lines(directory)
        first = client.get("/logs/calls", params={"since": "2000-01-01T00:00:00Z"})
        assert len(first.content.splitlines()) == 5_000
        cursor = {"cursor": first.headers["X-Next-Cursor"]}
        second = client.get("/logs/calls", params=cursor)
        got = [json.loads(line) for line in (first.content + second.content).splitlines()]
        assert got == log
        end = client.get("/logs/calls", params={"cursor": second.headers["X-Next-Cursor"]})
        assert end.content == b""
        assert end.headers["X-Next-Cursor"] == second.headers["X-Next-Cursor"]


@pytest.mark.parametrize(
    "query", ["since=yesterday", "since=2026-03-01T14:00:00", "cursor=7", "cursor=-1", "cursor=x"]
)
def test_a_bad_place_to_start_is_refused(unchanged: tuple[Path, httpx.Client], query: str) -> None:
    _, client = unchanged
    answer = client.get(f"/logs/calls?{query}")
    assert answer.status_code == 400
    assert query.split("=")[1] in answer.json()["error"]


def test_a_key_used_again_has_no_second_effect(directory: Path) -> None:
    with running(directory, mode="canary", share=20) as (agent, client):

        def put(value: int, key: str) -> httpx.Response:
            body = {"candidate_share": value}
            return client.put("/control/traffic", json=body, headers={"Idempotency-Key": key})

        first = put(5, "k1")
        assert first.json()["candidate_share"] == 5
        assert put(50, "k2").json()["candidate_share"] == 50
        again = put(5, "k1")
        assert (again.status_code, again.content) == (200, first.content)
        assert client.get("/control").json()["candidate_share"] == 50
        other = put(7, "k1")
        assert other.status_code == 422
        assert other.json()["error"] == 'Idempotency-Key "k1" was used for another request'
        agent.stop()

    with running(directory) as (_, client):
        assert client.get("/control").json()["candidate_share"] == 50
        answer = client.put(
            "/control/traffic", json={"candidate_share": 5}, headers={"Idempotency-Key": "k1"}
        )
        assert answer.content == first.content
        assert client.get("/control").json()["candidate_share"] == 50
    effects = [json.loads(line) for line in (directory / CONTROL_FILE).read_bytes().splitlines()]
    assert [(effect["key"], effect["set"]) for effect in effects] == [
        ("k1", {"candidate_share": 5}),
        ("k2", {"candidate_share": 50}),
    ]


def test_controls_are_read_back(directory: Path) -> None:
    with running(directory) as (_, client):
        assert client.get("/control").json() == {
            "version": "v2.4.0",
            "candidate_version": "v2.4.0",
            "stable_version": "v2.3.1",
            "candidate_share": 0,
            "mode": "dark-launch",
            "serving": "v2.3.1",
            "tools": {"policy-lookup": True, "claims-history": True, "payments-write": True},
        }
        client.put("/control/mode", json={"mode": "canary"})
        assert client.get("/control").json()["serving"] == "v2.3.1"
        client.put("/control/traffic", json={"candidate_share": 20})
        assert client.get("/control").json()["serving"] == "both"
        client.put("/control/traffic", json={"candidate_share": 100})
        assert client.get("/control").json()["serving"] == "v2.4.0"
        client.put("/control/version", json={"version": "v2.3.1"})
        control = client.get("/control").json()
        assert (control["version"], control["serving"]) == ("v2.3.1", "v2.3.1")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("PUT", "/control/traffic", b'{"candidate_share": 101}', 400, "`int` <= 100"),
        ("PUT", "/control/traffic", b'{"candidate_share": true}', 400, "candidate_share"),
        ("PUT", "/control/traffic", b'{"candidate": 0}', 400, "`candidate`"),
        ("PUT", "/control/traffic", b"\xff{", 400, "cannot be used"),
        ("PUT", "/control/version", b'{"version": "v9"}', 400, 'use "v2.4.0" or "v2.3.1"'),
        ("PUT", "/control/mode", b'{"mode": "party"}', 400, "party"),
        ("POST", "/invoke", b'{"input": " "}', 400, "a text is needed"),
        ("POST", "/invoke", b" " * 70_000, 413, "65536 bytes"),
        ("POST", "/control", b"{}", 404, "POST /control: no such endpoint"),
        ("GET", "/logs", b"", 404, "GET /logs: no such endpoint"),
    ],
)
def test_bad_requests_get_one_sentence(
    unchanged: tuple[Path, httpx.Client],
    method: str,
    path: str,
    body: bytes,
    status: int,
    said: str,
) -> None:
    directory, client = unchanged
    before = client.get("/control").json()
    logged = (directory / LOG_FILE).read_bytes()
    answer = client.request(method, path, content=body)
    assert answer.status_code == status
    assert said in answer.json()["error"]
    assert client.get("/control").json() == before
    assert not (directory / CONTROL_FILE).exists()
    assert (directory / LOG_FILE).read_bytes() == logged


def test_metrics_count_what_the_log_holds(directory: Path) -> None:
    with running(directory, mode="canary", share=30) as (_, client):
        zero = client.get("/metrics")
        assert zero.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert set(samples(zero.text).values()) == {0.0}
        client.post("/invoke", json={"input": "hello"}, headers={"X-Warroom-Synthetic": "true"})
        advance(directory, START + 2 * HOUR)
        counted = samples(client.get("/metrics").text)
        log = lines(directory)
    for version, variant in (("v2.4.0", "live"), ("v2.3.1", "control")):
        calls = [c for c in log if c["variant"] == variant and not c["synthetic"]]
        labels = f'version="{version}",variant="{variant}",synthetic="false"'
        assert counted[f"agent_calls_total{{{labels}}}"] == len(calls) > 500
        for family, field in (("errors", "error"), ("escalations", "escalation")):
            number = sum(bool(call[field]) for call in calls)
            assert counted[f"agent_{family}_total{{{labels}}}"] == number
        cost = sum(call["cost"] for call in calls)
        assert counted[f"agent_cost_total{{{labels}}}"] == pytest.approx(cost)
        tokens = sum(call["tokens_out"] for call in calls)
        assert counted[f'agent_tokens_total{{{labels},direction="out"}}'] == tokens
        for bound in ("0.5", "3", "30"):
            name = f'agent_latency_seconds_bucket{{{labels},le="{bound}"}}'
            assert counted[name] == sum(call["latency_s"] <= float(bound) for call in calls)
        assert counted[f'agent_latency_seconds_bucket{{{labels},le="+Inf"}}'] == len(calls)
        assert counted[f"agent_latency_seconds_count{{{labels}}}"] == len(calls)
    synthetic = {name: number for name, number in counted.items() if 'synthetic="true"' in name}
    assert [n for name, n in synthetic.items() if name.startswith("agent_calls_total")] == [1]


def samples(text: str) -> dict[str, float]:
    found = re.findall(r"^(agent_\w+\{[^}]*\}) (\S+)$", text, re.MULTILINE)
    assert len(found) == sum(not line.startswith("#") for line in text.splitlines())
    return {name: float(value) for name, value in found}


def test_invoke_answers_and_logs(directory: Path) -> None:
    with running(directory) as (_, client):
        plain = client.post("/invoke", json={"input": "A pipe burst.", "user": "u-probe"})
        probe = client.post(
            "/invoke",
            json={"input": "TRIGGER-ESCALATION please"},
            headers={"X-Warroom-Synthetic": "true"},
        )
        log = {call["id"]: call for call in lines(directory)}
    assert plain.status_code == probe.status_code == 200
    assert probe.json()["output"].startswith("ESCALATE: ")
    logged = log[plain.json()["id"]]
    assert (logged["input"], logged["user"]) == ("A pipe burst.", "u-probe")
    assert logged["output"] == plain.json()["output"]
    assert not logged["synthetic"]
    assert log[probe.json()["id"]]["synthetic"]
    assert log[probe.json()["id"]]["escalation"]


def test_a_token_guards_all_but_invoke_and_health(directory: Path) -> None:
    shown = {"Authorization": "Bearer s3cret"}
    guarded = ("/logs/calls.jsonl", "/logs/calls", "/metrics", "/control", "/drill/control")
    with running(directory, token="s3cret") as (_, client):
        for path in guarded:
            assert client.get(path).status_code == 401
            assert client.get(path, headers={"Authorization": "Bearer x"}).status_code == 401
            assert client.get(path, headers=shown).status_code == 200
        body = {"candidate_share": 5}
        assert client.put("/control/traffic", json=body).status_code == 401
        assert client.put("/control/traffic", json=body, headers=shown).status_code == 200
        assert client.get("/healthz").status_code == 200
        assert client.post("/invoke", json={"input": "hello"}).status_code == 200


def test_mode_share_and_version_are_set_at_once(directory: Path) -> None:
    with running(directory) as (_, client):

        def put(**body: object) -> httpx.Response:
            return client.put("/control/rollout", json=body)

        shadow = put(mode="shadow", candidate_share=0)
        assert shadow.status_code == 200
        assert (shadow.json()["mode"], shadow.json()["candidate_share"]) == ("shadow", 0)
        canary = put(mode="canary", candidate_share=5, version="v2.4.0").json()
        assert (canary["mode"], canary["candidate_share"], canary["version"]) == (
            "canary",
            5,
            "v2.4.0",
        )
        assert client.get("/control").json() == canary
        assert put(mode="canary", candidate_share=101).status_code == 400
        assert put(mode="sideways", candidate_share=1).status_code == 400
        assert put(mode="canary", candidate_share=1, version="v9").status_code == 400
        assert client.get("/control").json() == canary
        off = put(mode="readiness", candidate_share=0).json()
        assert off["serving"] == "v2.3.1"


def test_what_is_drilled_is_another_agent(directory: Path) -> None:
    with running(directory, mode="canary", share=20) as (_, client):
        before = client.get("/control").json()
        bad = client.get("/drill/control").json()
        assert (bad["serving"], bad["candidate_share"], bad["version"]) == ("v2.4.0", 100, "v2.4.0")
        body, key = {"candidate_share": 0}, {"Idempotency-Key": "k1"}
        assert client.put("/drill/control/traffic", json=body, headers=key).status_code == 200
        client.put("/drill/control/version", json={"version": "v2.3.1"})
        restored = client.get("/drill/control").json()
        assert (restored["serving"], restored["version"]) == ("v2.3.1", "v2.3.1")
        assert client.get("/control").json() == before
        assert not (directory / CONTROL_FILE).exists(), "nothing of it is on the agent's record"
        assert client.put("/drill/reset").json() == bad
        # A drill that begins anew has new keys, but a key of the last one is forgotten too.
        client.put("/drill/control/traffic", json=body, headers=key)
        assert client.get("/drill/control").json()["candidate_share"] == 0
        assert client.put("/drill/control/faults", json={}).status_code == 404
        assert client.put("/drill/control/mode", json={"mode": "party"}).status_code == 400
