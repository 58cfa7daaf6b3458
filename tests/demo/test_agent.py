"""The simulated agent as a process: beside a clock, in trouble, killed and started again."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx
import msgspec
import pytest

from console.clock import SavedClock
from console.demo import traffic
from console.demo.agent import AgentProcess
from console.demo.agent_state import STATE_FILE, AgentError, load_state
from console.demo.traffic import LOG_FILE, Profile, Routing
from tests.demo.running import (
    HOUR,
    START,
    advance,
    expected_ids,
    last_line,
    lines,
    log_reaches,
    move_clock,
    running,
    share,
    until,
)


def test_the_log_holds_each_call_whose_time_has_come(directory: Path) -> None:
    with running(directory, seed=3):
        assert lines(directory) == []
        advance(directory, START + 600)
        advance(directory, START + 2 * HOUR + 0.5)
        log = lines(directory)
    assert [call["id"] for call in log] == expected_ids(START, START + 2 * HOUR + 0.5, seed=3)
    assert {call["version"] for call in log} == {"v2.4.0"}


def test_it_keeps_up_with_a_fast_clock(directory: Path) -> None:
    clock = SavedClock.create(directory, START, 3_600.0)
    clock.renew()
    with running(directory):

        def lag() -> float:
            clock.renew()
            last = last_line(directory)
            return clock.now() - traffic.unix_ms(last["at"]) / 1000 if last else HOUR

        until(lambda: clock.now() > START + 3 * HOUR and lag() < HOUR)
        assert len(lines(directory)) > 3_000


def test_it_goes_on_after_a_back_filled_log(directory: Path) -> None:
    minute = int(START // 60)
    made = traffic.backfill(directory, Profile(), Routing("v2.4.0"), minute - 120, minute)
    with running(directory):
        advance(directory, START + 600)
        log = lines(directory)
    assert made > 1_000
    assert [call["id"] for call in log] == expected_ids(START - 2 * HOUR - 0.001, START + 600)


def test_a_share_splits_the_calls(directory: Path) -> None:
    with running(directory, mode="canary", share=20):
        calls = advance(directory, START + 8 * HOUR)
    sides = Counter((call["version"], call["variant"]) for call in calls)
    assert set(sides) == {("v2.4.0", "live"), ("v2.3.1", "control")}
    assert sides["v2.4.0", "live"] / len(calls) == pytest.approx(0.2, abs=0.02)


def test_a_rollback_heals_the_errors(directory: Path) -> None:
    options = {"mode": "full", "share": 100, "scenario": "errors", "trouble_after": 600.0}
    with running(directory, **options) as (_, client):
        well = advance(directory, START + 600)
        advance(directory, START + 600 + 1_500)
        ill = advance(directory, START + 600 + 1_500 + HOUR)
        client.put("/control/traffic", json={"candidate_share": 0})
        healed = advance(directory, START + 3 * HOUR)
    assert share(well, "error") < 0.02
    assert share(ill, "error") > 0.08
    assert share(healed, "error") < 0.01
    assert {(call["version"], call["variant"]) for call in healed} == {("v2.3.1", "live")}


def test_an_outage_hides_logs_and_metrics_until_it_is_over(directory: Path) -> None:
    options = {"mode": "full", "share": 100, "scenario": "outage", "trouble_after": 600.0}
    seen = ("/logs/calls.jsonl", "/logs/calls", "/metrics", "/healthz")
    with running(directory, **options) as (_, client):
        advance(directory, START + 599)
        assert {client.get(path).status_code for path in seen} == {200}
        dark = advance(directory, START + 1_500)
        assert {client.get(path).status_code for path in seen} == {503}
        failed = client.post("/invoke", json={"input": "is anybody there?"})
        assert (failed.status_code, failed.json()["error"]) == (502, "claims store unreachable")
        assert client.get("/control").status_code == 200
        advance(directory, START + 1_801)
        assert {client.get(path).status_code for path in seen} == {200}
    onset = traffic.rfc3339(int(START + 600) * 1000)
    assert share([call for call in dark if call["at"] >= onset], "error") == 1


def test_a_rollback_ends_an_outage(directory: Path) -> None:
    options = {"mode": "full", "share": 100, "scenario": "outage", "trouble_after": 600.0}
    with running(directory, **options) as (_, client):
        move_clock(directory, START + 900)
        assert client.get("/metrics").status_code == 503
        client.put("/control/version", json={"version": "v2.3.1"})
        assert client.get("/metrics").status_code == 200
        assert client.post("/invoke", json={"input": "hello"}).json()["version"] == "v2.3.1"


def test_a_restart_neither_repeats_nor_loses_a_call(directory: Path) -> None:
    with running(directory, seed=5) as (_, client):
        advance(directory, START + 600)
        client.put("/control/mode", json={"mode": "shadow"})
        advance(directory, START + 900)
    move_clock(directory, START + 1_800)
    with running(directory) as (_, client):
        log_reaches(directory, START + 1_800)
        assert client.get("/control").json()["mode"] == "shadow"
        advance(directory, START + 2_400)
    ids = [call["id"] for call in lines(directory)]
    assert ids == expected_ids(START, START + 2_400, seed=5)


def test_a_kill_between_log_and_state_neither_repeats_nor_loses_a_call(directory: Path) -> None:
    with running(directory) as (agent, _):
        advance(directory, START + 600)
        saved = (directory / STATE_FILE).read_bytes()
        advance(directory, START + 1_200)
        os.kill(agent.pid, signal.SIGKILL)
        until(lambda: not agent.running())
    (directory / STATE_FILE).write_bytes(saved)
    log = directory / LOG_FILE
    with log.open("r+b") as torn:
        torn.truncate(log.stat().st_size - 100)
    with running(directory):
        advance(directory, START + 1_800)
    ids = [call["id"] for call in lines(directory)]
    assert ids == expected_ids(START, START + 1_800)


def test_the_death_of_its_parent_ends_it(directory: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from console.demo.agent import AgentProcess\n"
        f"agent = AgentProcess.start(Path({str(directory)!r}))\n"
        "print(agent.url, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().decode().strip()
        assert httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
        parent.kill()

    def gone() -> bool:
        try:
            httpx.get(f"{url}/healthz", trust_env=False)
        except httpx.TransportError:
            return True
        return False

    until(gone)
    with running(directory):
        pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(directory: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "console.demo.agent", "--dir", str(directory), "--stay"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        port = json.loads(process.stdout.readline())["port"]
        advance(directory, START + 60)
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stderr.read() == b""


def test_what_cannot_start_says_why(
    directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty = tmp_path_factory.mktemp("empty")
    with pytest.raises(AgentError, match="has no clock: start it with `warroom demo`"):
        AgentProcess.start(empty)
    with running(directory, seed=4, scenario="errors") as (agent, _):
        with pytest.raises(AgentError, match="another process already runs the agent in"):
            AgentProcess.start(directory)
        other = tmp_path_factory.mktemp("other")
        move_clock(other, START)
        with pytest.raises(AgentError, match=f"port {agent.port} cannot be used: Address already"):
            AgentProcess.start(other, port=agent.port)
        agent.stop()
        agent.stop()
    with pytest.raises(AgentError, match="has --seed 4, not 5; leave the option out"):
        AgentProcess.start(directory, seed=5)
    with pytest.raises(AgentError, match="invalid choice: 'party'"):
        AgentProcess.start(other, scenario="party")
    with pytest.raises(AgentError, match=r"0\.0 is not above 0"):
        AgentProcess.start(other, calls_per_hour=0.0)
    state = load_state(directory)
    assert state is not None
    strange = msgspec.structs.replace(state.profile, scenario="party")
    (directory / STATE_FILE).write_bytes(
        msgspec.json.encode(msgspec.structs.replace(state, profile=strange))
    )
    with pytest.raises(AgentError, match='"party" is no scenario of this version'):
        AgentProcess.start(directory)
    (directory / STATE_FILE).write_text("{")
    with pytest.raises(AgentError, match="move it away to start anew"):
        AgentProcess.start(directory)
    (directory / STATE_FILE).unlink()
    (directory / LOG_FILE).write_text('{"id":"c1"')
    with pytest.raises(AgentError, match=r"the last line of .* is broken"):
        AgentProcess.start(directory)
