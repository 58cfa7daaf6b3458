"""Logs of every kind: what counts as seen, as readable, as escalated; who is told what."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from config.load import parse
from console.net import Http
from console.probes import Ground, Result, escalation, logging
from console.probes.marked import LogWatch
from tests.domain.build import TOML

RECORD = {
    "id": "c1",
    "at": "2026-12-01T09:00:00Z",
    "latency_s": 0.4,
    "tokens_in": 12,
    "tokens_out": 30,
    "user": "u1",
    "output": "done",
    "format": "text",
    "tools": [],
    "escalation": None,
    "flags": [],
}


class Agent(ThreadingHTTPServer):
    """Takes inputs and logs each as `RECORD` with `changes`, in the file that the feed reads."""

    def __init__(self, log: Path) -> None:
        super().__init__(("127.0.0.1", 0), Invoked)
        self.log = log
        self.status = 200
        self.changes: dict[str, Any] = {}
        self.taken: list[str] = []
        self.notices = 0
        self.inbox = 200
        self.lock = threading.Lock()


class Invoked(BaseHTTPRequestHandler):
    """POST /invoke, and POST /notices as a reviewer's inbox."""

    server: Agent

    def do_POST(self) -> None:
        """Log the call, then answer."""
        notice = self.path == "/notices"
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            if notice:
                self.server.notices += 1
            else:
                text = body["input"]
                self.server.taken.append(text)
                given = {**RECORD, "id": f"c{len(self.server.taken)}", "input": text}
                with self.server.log.open("a") as stream:
                    stream.write(json.dumps(given | self.server.changes) + "\n")
        self.send_response(self.server.inbox if notice else self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep quiet."""


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    log = tmp_path / "calls.jsonl"
    log.write_text("")
    running = Agent(log)
    threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


Make = Callable[[Http], Ground]


@pytest.fixture
def ground(agent: Agent) -> Make:
    """The deployment of that agent; its reviewer has the inbox for an address."""
    port = agent.server_port
    business = f"""
[[people]]
name = "reviewer"
roles = ["reviewer"]
notify = ["json://127.0.0.1:{port}/notices"]
[invoke]
url = "http://127.0.0.1:{port}/invoke"
[escalation]
input = "two policies contradict each other"
reviewer = "reviewer"
sla_s = 60.0
"""
    text = TOML.format(
        exposure="internal", flags="", version="v2", extra="", business=business, two="false"
    )
    deployment = parse(text.encode())
    return lambda http: Ground(deployment, agent.log.parent, http, lambda: 1_796_000_000.0)


async def logged(ground: Make, within_s: float = 5.0) -> Result:
    async with Http() as http:
        return await logging(replace(ground(http), within_s=within_s), lambda _: None)


def fails(result: Result) -> dict[str, str]:
    return {row.name: row.detail for row in result.rows if row.verdict == "fail"}


async def test_a_whole_record_passes(ground: Make) -> None:
    result = await logged(ground)
    assert result.passed, result.rows


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"latency_s": "rather quick"}, "latency_s"), ({"at": "yesterday"}, "at")],
)
async def test_a_record_that_the_console_cannot_read_fails(
    ground: Make, agent: Agent, changes: dict[str, Any], field: str
) -> None:
    agent.changes = changes
    result = await logged(ground)
    assert fails(result) == {"records": f"5 of 5 are no calls to the console: {field}"}
    assert len(result.record["unread"]) == 5


async def test_an_agent_that_refuses_was_reached(ground: Make, agent: Agent) -> None:
    agent.status = 401
    result = await logged(ground, within_s=0.1)
    assert (result.passed, result.reached) == (False, True)


async def test_an_agent_that_is_not_there_was_not_reached(ground: Make, agent: Agent) -> None:
    agent.shutdown()
    agent.server_close()
    result = await logged(ground)
    assert (result.passed, result.reached) == (False, False)


async def test_what_the_log_shows_after_the_time_is_over_does_not_count(
    ground: Make, agent: Agent
) -> None:
    async with Http() as http:
        log = LogWatch(ground(http))
        await log.catch_up()
        agent.log.write_text(json.dumps({**RECORD, "input": "wr-late"}) + "\n")
        assert await log.wait_for(frozenset({"wr-late"}), 0.0001) == {}
        assert list(await log.wait_for(frozenset({"wr-late"}), 5.0)) == ["wr-late"]


Told = tuple[str, float] | None


async def escalated(ground: Make, told: Told = ("reviewer", 4.0)) -> tuple[Result, list[str]]:
    sent: list[str] = []

    async def send(code: str, reviewer: str) -> None:
        sent.append(reviewer)

    async def receive(code: str, within_s: float) -> Told:
        return told

    async with Http() as http:
        return await escalation(ground(http), lambda _: None, send, receive), sent


@pytest.mark.parametrize("value", ["policy unclear", True, {"reason": "policy"}])
async def test_however_the_log_says_that_it_escalated(
    ground: Make, agent: Agent, value: object
) -> None:
    agent.changes = {"escalation": value}
    result, sent = await escalated(ground)
    assert result.passed, result.rows
    assert (sent, agent.notices) == (["reviewer"], 1)


@pytest.mark.parametrize("value", [None, "", False])
async def test_who_does_not_escalate_notifies_nobody(
    ground: Make, agent: Agent, value: object
) -> None:
    agent.changes = {"escalation": value}
    result, sent = await escalated(ground)
    assert fails(result) == {"trigger": "the agent answered, but it did not escalate"}
    assert (sent, agent.notices) == ([], 0)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (None, "nobody confirmed it within 1 min"),
        (("backup", 61.0), "after 61 s, the SLA is 1 min"),
    ],
)
async def test_a_receipt_that_is_late_or_never_comes_fails(
    ground: Make, agent: Agent, told: Told, says: str
) -> None:
    agent.changes = {"escalation": "policy unclear"}
    result, _ = await escalated(ground, told)
    assert says in fails(result)["receipt"]


async def test_a_notice_that_is_not_taken_fails(ground: Make, agent: Agent) -> None:
    agent.changes, agent.inbox = {"escalation": "policy unclear"}, 500
    result, _ = await escalated(ground)
    assert fails(result) == {
        "notice to reviewer": "1 of 1 addresses did not take the notice: "
        "it answered 500 Internal Server Error"
    }
    assert "receipt" not in {row.name for row in result.rows}


async def test_a_reviewer_without_an_address_cannot_be_notified(ground: Make, agent: Agent) -> None:
    agent.changes = {"escalation": "policy unclear"}

    def unknown(http: Http) -> Ground:
        stands = ground(http)
        silent = [person.model_copy(update={"notify": ()}) for person in stands.deployment.people]
        return replace(stands, deployment=stands.deployment.model_copy(update={"people": silent}))

    result, _ = await escalated(unknown)
    assert fails(result)["notice to reviewer"].startswith("no address to notify")
    assert agent.notices == 0
