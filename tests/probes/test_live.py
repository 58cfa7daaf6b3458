"""The live checks on a real agent: its endpoints, its log, a notice that is delivered."""

import asyncio
import json
import re
import urllib.request
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from console.demo.run import Demo
from console.domain import commands as c
from console.domain.events import Evidence
from console.domain.refused import Refused
from console.journal import Unwritable
from console.probes import Result
from console.room import WarRoom
from console.room.prober import probe


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo in readiness; its agent answers."""
    running = Demo.start(tmp_path_factory.mktemp("probes") / "claims", stage="readiness")
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def well(demo: Demo) -> Iterator[None]:
    """Whatever a test broke is mended."""
    yield
    put(demo, drop_field="")


def put(demo: Demo, **faults: object) -> None:
    body = json.dumps(faults).encode()
    request = urllib.request.Request(f"{demo.url}/control/faults", body, method="PUT")  # noqa: S310 - our own agent
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own agent
        assert answer.status == 200


def run(demo: Demo, name: Any, who: str = "tech lead", **options: Any) -> tuple[Result, WarRoom]:
    """Run a probe as from the command line; its result and the room as it is then."""

    async def carry_out() -> tuple[Result, WarRoom]:
        room = WarRoom.open(demo.directory, who=who, offline=True)
        try:
            return await probe(room, name, lambda _: None, **options), room
        finally:
            await room.close()

    return asyncio.run(carry_out())


def fails(result: Result) -> dict[str, str]:
    return {row.name: row.detail for row in result.rows if row.verdict == "fail"}


def confirm(demo: Demo, item: str, name: str, who: str = "tech lead") -> None:
    async def carry_out() -> None:
        room = WarRoom.open(demo.directory, who=who, offline=True)
        try:
            await room.do(c.ConfirmItem(item, Evidence("probe", name)))
        finally:
            await room.close()

    asyncio.run(carry_out())


def test_five_inputs_are_found_with_every_field(demo: Demo) -> None:
    result, room = run(demo, "logging")
    assert result.passed, result.rows
    assert sum(row.name.startswith("input ") and "(wr-" in row.name for row in result.rows) == 5
    kept = room.state.probes["logging"]
    assert (kept.passed, kept.version, kept.by) == (True, "v2.4.0", "tech lead")
    raw = (demo.directory / "evidence" / kept.sha256).read_bytes()
    assert len(json.loads(raw)["record"]["records"]) == 5
    journal = b"".join(path.read_bytes() for path in (demo.directory / "journal").glob("*.jsonl"))
    assert b"Synthetic input of the logging check" not in journal
    confirm(demo, "logging", "logging")


@pytest.mark.parametrize("field", ["output", "user", "format", "latency_s", "tools"])
def test_a_field_that_the_log_drops_fails_by_name(demo: Demo, field: str) -> None:
    put(demo, drop_field=field)
    result, _ = run(demo, "logging")
    names = {
        "output": "output",
        "user": "user identifier",
        "format": "format",
        "latency_s": "latency",
        "tools": "tool calls",
    }
    assert fails(result) == {names[field]: "missing in 5 of 5 records"}
    with pytest.raises(Refused, match=f"{names[field]}: missing"):
        confirm(demo, "logging", "logging")


def test_a_record_that_comes_too_late_fails_by_its_mark(demo: Demo) -> None:
    put(demo, log_delay_s=30)
    result, _ = run(demo, "logging", within_s=1.0)
    assert len(fails(result)) == 5
    assert set(fails(result).values()) == {"not in the log within 1 s"}


def test_every_integration_is_tried(demo: Demo) -> None:
    result, _ = run(demo, "connections")
    assert result.passed
    assert {"model", "policies", "staging"} == {row.name for row in result.rows}
    confirm(demo, "integrations", "connections")
    with pytest.raises(Refused, match="its probe is logging"):
        confirm(demo, "logging", "connections")


@pytest.mark.parametrize("name", ["logging", "escalation", "connections"])
def test_who_may_not_record_it_reaches_nobody(demo: Demo, name: Any) -> None:
    async def carry_out(read_only: bool) -> list[str]:
        said: list[str] = []
        who = "tech lead" if read_only else ""
        room = WarRoom.open(demo.directory, who=who, offline=True, read_only=read_only)
        try:
            with pytest.raises((Refused, Unwritable), match=r"observer|read-only"):
                await probe(room, name, said.append)
        finally:
            await room.close()
        return said

    assert asyncio.run(carry_out(False)) == asyncio.run(carry_out(True)) == []


def receive(demo: Demo, code: str, who: str) -> None:
    async def carry_out() -> None:
        room = WarRoom.open(demo.directory, who=who, offline=True)
        try:
            await room.do(c.ConfirmEscalationTest(code))
        finally:
            await room.close()

    asyncio.run(carry_out())


def test_the_reviewer_is_notified_and_confirms(demo: Demo) -> None:
    async def carry_out() -> Result:
        room = WarRoom.open(demo.directory, who="agent lead", offline=True)

        def told(line: str) -> None:
            if line.startswith("waiting for the receipt"):
                code = line.split("code ")[1].split(",", maxsplit=1)[0]
                asyncio.get_running_loop().run_in_executor(None, answer, code)

        try:
            return await probe(room, "escalation", told)
        finally:
            await room.close()

    refused: list[str] = []

    def answer(code: str) -> None:
        with urllib.request.urlopen(f"{demo.url}/notices", timeout=10) as inbox:  # noqa: S310 - our own agent
            notices = json.load(inbox)["notices"]
        assert code in notices[-1]["title"]
        confirms = f"warroom escalation confirm {demo.directory} {code} --as reviewer"
        assert confirms in str(notices[-1])
        for who, given in (("tech lead", code), ("reviewer", "ffffff")):
            try:
                receive(demo, given, who)
            except Refused as why:
                refused.append(str(why))
        receive(demo, code, "reviewer")

    result = asyncio.run(carry_out())
    assert result.passed, result.rows
    assert [row.name for row in result.rows] == ["trigger", "notice to reviewer", "receipt"]
    assert "confirmed by reviewer" in result.rows[-1].detail
    assert len(refused) == 2, refused
    assert "was sent to reviewer, who confirms it" in refused[0]
    confirm(demo, "escalation-test", "escalation", "agent lead")


HEADER = 'X-Warroom-Synthetic = "true"'
POLICIES = "{url}/integrations/policies"
WRONG = [
    ("{url}/integrations/model", "{url}/integrations/none", "model", "answered 404"),
    (POLICIES, "http://127.0.0.1:9/", "policies", "does not listen"),
    (
        POLICIES,
        "http://a.staging.claims.example/",
        "integrations.policies.url",
        "names the staging host staging.claims.example",
    ),
    (HEADER, 'X-Key = "s3cret"', "invoke.headers.X-Key", "is a staging secret"),
    (HEADER, 'Authorization = "Bearer s3cret"', "invoke.headers.Authorization", "staging secret"),
    (HEADER, HEADER, "", ""),
]


@pytest.mark.parametrize(("was", "now", "name", "why"), WRONG)
async def test_a_connection_that_is_wrong_fails_by_name(
    demo: Demo, tmp_path: Path, was: str, now: str, name: str, why: str
) -> None:
    """A deployment beside the demo's, with the same agent and another `warroom.toml`."""
    digest = sha256(b"s3cret").hexdigest()
    text = (demo.directory / "warroom.toml").read_text()
    assert was.format(url=demo.url) in text
    text = text.replace(was.format(url=demo.url), now.format(url=demo.url))
    text = text.replace("[staging]", f'[staging]\nsecret_sha256 = ["{digest}"]')
    text = re.sub(r"#secret_sha256.*", "", text)
    (tmp_path / "warroom.toml").write_text(text)
    room = WarRoom.open(tmp_path, who="tech lead", offline=True)
    try:
        result = await probe(room, "connections", lambda _: None)
    finally:
        await room.close()
    found = fails(result)
    expected = {name, "policies"} if name == "integrations.policies.url" else {name}
    assert set(found) == expected - {""}
    assert why in found.get(name, "")
    assert "s3cret" not in repr(result)
