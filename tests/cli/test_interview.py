"""`warroom init` on a real terminal: what it asks, and every endpoint asked as it is typed."""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pexpect
import pytest

from config.load import load
from tests.cli.shell import REFUSED, USAGE, WARROOM, Shell
from tests.feeds.server import Handler, Log, Server, running


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as started:
        yield started


class Asked:
    """`warroom init` on a terminal of 80 columns."""

    def __init__(self, shell: Shell, *words: str, **env: str) -> None:
        self.child = pexpect.spawn(
            WARROOM[0],
            [*WARROOM[1:], "init", "agent", *words],
            env={**shell.env, "TERM": "dumb", **env},
            cwd=str(shell.place),
            encoding="utf-8",
            timeout=20,
            dimensions=(60, 200),
        )
        self.child.delaybeforesend = None

    def answers(self, *pairs: tuple[str, str]) -> None:
        """Wait for each question, or what is said before the next, and answer it."""
        for question, answer in pairs:
            self.child.expect_exact(question)
            self.child.sendline(answer)

    def interrupted(self) -> str:
        """Press Ctrl+C, again where it came between two looks of the line editor; what it says."""
        for _ in range(20):
            self.child.sendintr()
            if self.child.expect(["written", pexpect.TIMEOUT], timeout=0.5) == 0:
                break
        return f"{self.child.before}{self.child.after}"

    def ends(self) -> tuple[int, str]:
        """Its exit code, and what it said since the last question."""
        self.child.expect(pexpect.EOF)
        said = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.child.before or "")
        self.child.close()
        return int(self.child.exitstatus), " ".join(said.split())


def own_shape(number: int) -> dict[str, Any]:
    """A record of a shape that no preset knows, of a moment ago."""
    at = datetime.fromtimestamp(time.time() - 300 + number, UTC)
    return {
        "tick": at.timestamp(),
        "ref": f"r{number}",
        "took": 900 + number,
        "spent": 0.02,
        "outcome": ["done", "failed", "handed_over"][number % 3],
        "release": "v7",
        "prompt_text": "card 4111",
    }


BEFORE = (("The agent's name", "claims"), ("customer-facing]", "int"), ("Which hold", ""))
AFTER = (("[agent lead]", ""), ("[tech lead]", ""), ("[rollback owner]", ""))


def test_enter_alone_makes_a_file_that_loads(shell: Shell) -> None:
    asked = Asked(shell)
    asked.answers(("The agent's name", ""), ("it needs a name", "claims"))
    asked.answers(("customer-facing]", "custmer"), ('did you mean "customer-facing"?', ""))
    asked.answers(("Which hold", "regulatd"), ('did you mean "regulated"?', "regulated, complex"))
    asked.answers(("Its calls [none]", ""), ("A Prometheus", ""), ("goes live [v1]", ""))
    asked.answers(("restores [none]", ""), *AFTER)
    code, said = asked.ends()
    assert code == 0
    assert "Still missing for a GO" in said
    assert "warroom check agent" in said
    made = load(shell.place / "agent").deployment
    assert (made.agent.name, made.agent.version, made.agent.stable_version) == ("claims", "v1", "")
    assert (made.context.exposure, made.context.regulated) == ("customer-facing", True)
    assert made.context.workflow == "complex-b2b"
    assert made.feeds["calls"].path == "calls.jsonl"


def test_a_phone_is_no_name_and_back_asks_again(shell: Shell) -> None:
    asked = Asked(shell)
    asked.answers(*BEFORE, ("Its calls [none]", ""), ("A Prometheus", ""), ("goes live [v1]", ""))
    asked.answers(("restores [none]", ""), ("[agent lead]", "first lead"))
    asked.answers(("[tech lead]", "+44 20 7946 0001"), ("is no name: begin with it", "second lead"))
    asked.answers(("[rollback owner]", "back"), ("[second lead]", "second, +44 20 7946 0001"))
    asked.answers(("[rollback owner]", ""))
    code, _ = asked.ends()
    assert code == 0
    people = {one.name: one for one in load(shell.place / "agent").deployment.people}
    assert people["second"].roles == ("tech-lead",)
    assert people["second"].phone == "+44 20 7946 0001"
    assert {"first lead", "rollback owner"} <= set(people)
    assert not {"back", "second lead", "+44 20 7946 0001"} & set(people)


def test_a_log_of_an_own_shape_is_guessed_corrected_and_polled(shell: Shell) -> None:
    rows = "".join(json.dumps(own_shape(number)) + "\n" for number in range(30))
    (shell.place / "own.jsonl").write_text(rows)
    asked = Asked(shell)
    asked.answers(*BEFORE, ("Its calls", "onw.jsonl"))
    asked.answers(("onw.jsonl cannot be read: No such file", "own.jsonl"))
    asked.child.expect_exact("read 30 records")
    asked.child.expect_exact("look at: `took` is taken for milliseconds, by its size")
    asked.answers(("AS (? for help)", ""), ("without its time is no use", "at = tikc, unix"))
    asked.answers(('did you mean "tick"?', "at = tick, unix"), ("AS (? for help)", "laten = took"))
    asked.answers(
        ("AS (? for help)", "latency = took, mss"), ('no as = "mss"', "latency = took, ms")
    )
    asked.child.expect(r"latency_s +took as ms +30 +0\.9")
    asked.answers(("AS (? for help)", "cost = spent"), ("AS (? for help)", "id = ref"))
    asked.answers(("AS (? for help)", "latency = ref"), ("cannot be read at ref", "?"))
    asked.answers(("AS (? for help)", "user = ref"), ("AS (? for help)", "user = -"))
    asked.answers(("AS (? for help)", "yes"))
    asked.child.expect(r"polled as it will be: 30 calls, the newest \d+ min ago")
    asked.child.expect_exact("in its last hour: 30 calls, 0.02 USD each")
    asked.answers(("A Prometheus", ""), ("goes live [v7]", ""), ("restores", "v6"), *AFTER)
    code, said = asked.ends()
    assert code == 0
    assert "4111" not in said
    feed = load(shell.place / "agent").deployment.feeds["calls"]
    assert feed.preset == "", "what the usual preset names and the log lacks would read as zero"
    assert feed.path == str((shell.place / "own.jsonl").resolve())
    places = {name: (spec.path, spec.transform) for name, spec in feed.fields.items()}
    assert places["at"] == ("tick", "unix")
    assert places["latency_s"] == ("took", "ms")
    assert places["cost"] == ("spent", None)
    assert places["id"] == ("ref", None)
    assert places["error"][0] == places["escalation"][0] == "outcome"
    assert "user" not in places
    status = shell("status", "agent", "--json").json()
    assert status["metrics"]["error-rate"]["value"] == pytest.approx(1 / 3)


def test_endpoints_that_refuse_want_a_key_or_are_kept(shell: Shell, server: Server) -> None:
    log = Log("".join(json.dumps({"id": n, **own_shape(n)}) + "\n" for n in range(5)).encode())

    def locked(handler: Handler) -> None:
        if handler.headers.get("X-Key") == "sesame-17":
            log(handler)
        else:
            handler.reply(401, b"no")

    server.answers["/log"] = locked
    server.answers["/none"] = lambda handler: handler.reply(404)
    asked = Asked(shell, "--name=claims", "--context=internal", LOG_KEY="sesame-17")
    asked.answers(("Which hold", "tool-using"), ("Its calls", f"{server.url}/none"))
    asked.answers(("there is nothing at this address", "http://127.0.0.1:9/x"))
    os.mkfifo(shell.place / "pipe")
    asked.answers(("does not listen", "http://u:p@h/"), ("must not hold a password", "keep"))
    asked.answers(("keep cannot be read", "http://[/"), ("is not a URL", "pipe"))
    asked.answers(("pipe is no file", "keep"))
    asked.answers(("keep cannot be read", f"{server.url}/log"), ("401 from", "X-Key=sesame 17"))
    asked.answers(("write HEADER=VARIABLE", "X-Key=sesameB"), ("the key itself", "X-Key=NO_SUCH"))
    asked.answers(("NO_SUCH is not set", "X-Key=LOG_KEY"))
    asked.answers(("AS (? for help)", "back"), ("this log is left", f"{server.url}/log"))
    asked.answers(("401 from", "X-Key=LOG_KEY"))
    asked.answers(("AS (? for help)", "at = tick, unix"), ("AS (? for help)", ""))
    asked.child.expect_exact("polled as it will be: 5 calls")
    asked.answers(("A Prometheus", "http://127.0.0.1:9"), ("does not listen", "keep"))
    asked.answers(("goes live", ""), ("restores", ""))
    asked.answers(("[agent lead]", "ada, nowhere"), ('"nowhere" is neither', ""))
    ada = "ada, +44 20 7946 0000, env:ADA_NOTIFY"
    asked.answers(("[tech lead]", ada), ("[rollback owner]", "ada"))
    code, said = asked.ends()
    assert code == 0
    assert "sesame" not in said
    made = load(shell.place / "agent").deployment
    assert made.context.tool_using
    calls, store = made.feeds["calls"], made.feeds["prometheus"]
    assert (calls.kind, calls.url) == ("jsonl-http", f"{server.url}/log")
    assert calls.headers["X-Key"].env == "LOG_KEY"
    assert (store.url, store.preset) == ("http://127.0.0.1:9", "warroom-prometheus")
    (ada_,) = [person for person in made.people if person.name == "ada"]
    assert (ada_.roles, ada_.phone) == (("tech-lead", "rollback-owner"), "+44 20 7946 0000")
    assert made.rollback.owner == "ada"


def test_a_prometheus_says_what_it_would_be_asked(shell: Shell, server: Server) -> None:
    names = ["up", "claims_requests_total", "claims_failures_total", "claims_latency_ms_bucket"]

    def query(handler: Handler) -> None:
        asked = parse_qs(urlsplit(handler.path).query)["query"][0]
        if "oops" in asked:
            handler.reply(400, b'{"status":"error","errorType":"bad_data","error":"parse error"}')
        else:
            value = {"metric": {}, "value": [1, "7.5"]}
            data = {"resultType": "vector", "result": [value]}
            handler.reply(200, json.dumps({"status": "success", "data": data}).encode())

    told = json.dumps({"status": "success", "data": names}).encode()
    server.answers["/api/v1/label/__name__/values"] = lambda handler: handler.reply(200, told)
    server.answers["/api/v1/query"] = query
    asked = Asked(shell)
    asked.answers(*BEFORE, ("Its calls", ""), ("A Prometheus", server.url))
    asked.child.expect(r"calls +7\.5 +sum\(increase\(claims_requests_total\[1m\]\)\)")
    asked.answers(("(- for none)", "latenzy-p95 = x"), ("did you mean", "errors = oops("))
    asked.answers(("refuses errors: parse error", "errors = -"), ("(- for none)", ""))
    asked.answers(("goes live", ""), ("restores", ""), *AFTER)
    assert asked.ends()[0] == 0
    (feed,) = load(shell.place / "agent").deployment.feeds.values()
    assert feed.minutes == {"calls": "sum(increase(claims_requests_total[1m]))"}
    assert feed.values.keys() == {"latency-p95"}
    assert feed.values["latency-p95"].endswith(" / 1000")


def test_where_nothing_can_be_written_nothing_is_asked(shell: Shell) -> None:
    (shell.place / "agent").write_text("")
    code, said = Asked(shell).ends()
    assert (code, "agent is a file; name another place" in said) == (USAGE, True)
    assert "A few questions" not in said


def test_an_interrupted_questionnaire_writes_nothing(shell: Shell) -> None:
    asked = Asked(shell)
    asked.answers(*BEFORE, ("Its calls", ""), ("A Prometheus", ""), ("goes live", ""))
    asked.answers(("restores", ""), *AFTER[:2])
    asked.child.expect_exact("[rollback owner]")
    said = asked.interrupted()
    code = asked.ends()[0]
    assert code == REFUSED
    assert "Nothing was written" in said
    assert "Traceback" not in said
    assert not list(shell.place.glob("agent/*"))


def test_the_end_of_the_input_writes_nothing(shell: Shell) -> None:
    asked = Asked(shell)
    asked.child.expect_exact("The agent's name")
    asked.child.sendeof()
    code, said = asked.ends()
    assert code == USAGE
    assert "nothing was written" in said
    assert not Path(shell.place / "agent").exists()


def test_a_prometheus_beside_a_log_gives_what_the_log_lacks(shell: Shell, server: Server) -> None:
    """Metrics whose fields no record has are read from it, if that is wanted."""
    at = datetime.fromtimestamp(time.time() - 60, UTC).isoformat()
    rows = ({"id": f"c{n}", "at": at, "latency_s": 1.0, "cost": 0.02} for n in range(30))
    (shell.place / "bare.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    names = ["claims_requests_total", "claims_failures_total", "claims_flags_total"]
    told = json.dumps({"status": "success", "data": names}).encode()
    value = {"resultType": "vector", "result": [{"metric": {}, "value": [1, "7.5"]}]}
    answer = json.dumps({"status": "success", "data": value}).encode()
    server.answers["/api/v1/label/__name__/values"] = lambda handler: handler.reply(200, told)
    server.answers["/api/v1/query"] = lambda handler: handler.reply(200, answer)
    for wanted, given in (("", {"error-rate", "safety-flags"}), ("no", set())):
        shutil.rmtree(shell.place / "agent", ignore_errors=True)
        asked = Asked(shell)
        asked.answers(*BEFORE, ("Its calls", "bare.jsonl"), ("AS (? for help)", ""))
        asked.answers(("A Prometheus", server.url), ("(- for none)", ""))
        asked.child.expect_exact("The log cannot give error-rate, safety-flags")
        asked.answers(("from the Prometheus [yes]", wanted), ("goes live", ""), ("restores", ""))
        asked.answers(*AFTER)
        code, said = asked.ends()
        assert code == 0
        made = load(shell.place / "agent").deployment
        assert {name for name, one in made.metrics.items() if one.feed == "prometheus"} == given
        assert made.feed_of("traffic").id == made.feed_of("latency-p95").id == "calls"
        assert made.feed_of("error-rate").id == ("prometheus" if given else "calls")
        assert "[invoke] how a synthetic input is sent" in said
        assert "warroom baseline agent --accuracy" in said
