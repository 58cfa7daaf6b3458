"""Steps that tell people: real notices over Apprise to a real receiver."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.rollback import Step
from console.actions import step_notify
from console.actions.steps import Outcome, Values, carry_out
from console.net import Http
from tests.actions.hands import tools
from tests.actions.inbox import Inbox, receiving
from tests.actions.switch import Switch
from tests.ports import free_port

VALUES = Values(stable_version="v2.3.1", version="v2.4.0")
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with receiving() as held:
        yield held


def step(*to: str, **changes: object) -> Step:
    return Step.model_validate(
        {
            "id": "tell",
            "title": "Tell the desk",
            "kind": "notify",
            "to": to,
            "manual": "call the desk",
            **changes,
        }
    )


def people(*each: tuple[str, str, list[object]]) -> list[dict[str, Any]]:
    return [
        {"name": "owner", "roles": ["rollback-owner"]},
        *({"name": name, "roles": [role], "notify": notify} for name, role, notify in each),
    ]


async def told(
    one: Step, http: Http, staff: list[dict[str, Any]], base: Path = Path("/")
) -> Outcome:
    held = tools(http, base, people=staff)
    return await carry_out(one, VALUES, KEY, held, resumed=False)


async def test_people_and_holders_of_roles_are_told_once(inbox: Inbox, http: Http) -> None:
    staff = people(
        ("first lead", "tech-lead", [inbox.address("lead")]),
        ("second lead", "legal", [inbox.address("deputy"), inbox.address("deputy-too")]),
        ("third lead", "tech-lead", [inbox.address("third")]),
        ("counsel", "reviewer", [inbox.address("counsel")]),
    )
    outcome = await told(
        step("first lead", "tech-lead", "legal", text="Back to {version}"), http, staff
    )
    assert outcome == Outcome(
        "verified",
        "taken by first lead, third lead, second lead; whether it is read cannot be seen",
    )
    notice = ["claims: Tell the desk|Back to v2.4.0"]
    assert inbox.taken == dict.fromkeys(("lead", "third", "deputy", "deputy-too"), notice)


async def test_what_was_not_taken_goes_out_again_and_to_nobody_else(
    inbox: Inbox, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_notify, "FIRST_PAUSE_S", 0.02)
    inbox.deeds["deputy"] = ["refuse", "refuse", "take"]
    staff = people(
        ("first lead", "tech-lead", [inbox.address("lead")]),
        ("second lead", "legal", [inbox.address("deputy")]),
    )
    assert (await told(step("first lead", "second lead"), http, staff)).state == "verified"
    assert inbox.asked == {"lead": 1, "deputy": 3}
    assert inbox.taken["deputy"] == ["claims: Tell the desk|Tell the desk"]


async def test_whom_it_did_not_reach_is_named_and_no_address_is_shown(
    inbox: Inbox, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_THIRD", raising=False)
    inbox.deeds["s3cret"] = ["refuse"]
    staff = people(
        ("first lead", "tech-lead", [inbox.address("lead")]),
        ("second lead", "legal", [inbox.address("s3cret")]),
        ("third lead", "legal", [{"env": "NOTIFY_THIRD"}]),
        ("counsel", "legal", []),
        ("second counsel", "legal", ["no-such-scheme://s3cret"]),
    )
    outcome = await told(step("first lead", "legal", timeout_s=0.8), http, staff)
    assert outcome.state == "failed"
    assert outcome.detail.startswith(
        "taken by first lead; second lead: 1 of 1 addresses did not take the notice"
    )
    assert "third lead: the environment variable NOTIFY_THIRD is not set" in outcome.detail
    assert "counsel: no address: write `notify`" in outcome.detail
    assert "second counsel: address 1 is none that a notice can be sent to" in outcome.detail
    assert "s3cret" not in outcome.detail


async def test_why_an_address_did_not_take_it_is_said_and_nothing_comes_to_the_terminal(
    inbox: Inbox, http: Http, capfd: pytest.CaptureFixture[str]
) -> None:
    inbox.deeds["s3cret"] = ["refuse"] * 9
    nobody = f"json://127.0.0.1:{free_port()}/s3cret"
    staff = people(
        ("first lead", "tech-lead", [inbox.address("s3cret")]), ("second lead", "legal", [nobody])
    )
    outcome = await told(step("first lead", "second lead", timeout_s=0.8), http, staff)
    assert (
        "first lead: 1 of 1 addresses did not take the notice: it answered 500 Int"
        in outcome.detail
    )
    assert (
        "second lead: 1 of 1 addresses did not take the notice: it cannot be reached"
        in outcome.detail
    )
    assert "s3cret" not in outcome.detail
    assert capfd.readouterr() == ("", "")


async def test_silence_is_unknown_and_ends_in_time(inbox: Inbox, http: Http) -> None:
    inbox.deeds["lead"] = ["hang"]
    staff = people(("first lead", "tech-lead", [inbox.address("lead")]))
    began = time.monotonic()
    outcome = await told(step("first lead", timeout_s=0.5), http, staff)
    assert time.monotonic() - began < 3
    assert outcome == Outcome(
        "unknown", "taken by nobody; first lead: no answer in time, so it may arrive or not"
    )


async def test_many_that_hang_hold_no_other_step_up(
    inbox: Inbox, http: Http, switch: Switch
) -> None:
    inbox.deeds["hung"] = ["hang"]
    staff = people(("first lead", "tech-lead", [inbox.address("hung")] * 40))
    held = tools(http, people=staff)
    telling = asyncio.create_task(
        carry_out(step("first lead", timeout_s=20.0), VALUES, KEY, held, resumed=False)
    )
    async with asyncio.timeout(10):
        while not inbox.asked:
            await asyncio.wait({telling}, timeout=0.02)
    began = time.monotonic()
    assert (await carry_out(switch.step(), VALUES, KEY, held, resumed=False)).state == "verified"
    assert time.monotonic() - began < 5
    telling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await telling


class TestRehearsed:
    async def test_nothing_is_sent(self, inbox: Inbox, http: Http) -> None:
        staff = people(("first lead", "tech-lead", [inbox.address("lead")]))
        held = tools(http, read_only=True, people=staff)
        outcome = await carry_out(step("tech-lead"), VALUES, KEY, held, resumed=False)
        assert outcome == Outcome("verified", "it would tell first lead")
        assert inbox.asked == {}

    async def test_who_has_no_address_is_named(
        self, inbox: Inbox, http: Http, tmp_path: Path
    ) -> None:
        staff = people(
            ("first lead", "tech-lead", [inbox.address("lead")]),
            ("second lead", "legal", []),
            ("third lead", "legal", [{"file": "third"}]),
        )
        held = tools(http, tmp_path, read_only=True, people=staff)
        outcome = await carry_out(step("first lead", "legal"), VALUES, KEY, held, resumed=False)
        assert outcome.state == "failed"
        assert outcome.detail.startswith(
            "it would tell first lead, second lead, third lead; second lead: no address"
        )
        assert "third lead: " in outcome.detail
        assert inbox.asked == {}
