"""A tool taken out of use: shown to be so, put on record, and nothing else is moved by it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.clock import SystemClock
from console.domain.commands import WriteNote
from console.domain.events import SuspensionTriggered
from console.domain.refused import Refused
from console.domain.times import stamp
from console.executor.lock import RunLock
from console.executor.run import way_back
from console.room.orphans import GONE, close_orphans
from tests.actions.switch import Switch, running_switch
from tests.room.stand import BAD, GOOD, Stand, eventually, stand, write

TIMEOUT_S = 1.0


@pytest.fixture
def tool() -> Iterator[Switch]:
    with running_switch() as tool:
        yield tool


@pytest.fixture
def traffic() -> Iterator[Switch]:
    with running_switch() as traffic:
        yield traffic


def step(switch: Switch, **changes: object) -> dict[str, object]:
    manual = f"curl -X PUT {switch.url} -d {{stable_version}} # {{key}} is the run's own"
    usual = {"id": "off", "title": "Take it away", "manual": manual, "timeout_s": TIMEOUT_S}
    return switch.step(**{**usual, **changes}).model_dump(exclude_unset=True)


@pytest.fixture
def claims(tmp_path: Path, tool: Switch, traffic: Switch) -> Stand:
    """A deployment with a way back and one suspension, which two switches serve."""
    payments = {
        "id": "payments",
        "title": "Suspend the payments tool",
        "users": "refunds take a day longer",
        "steps": [step(tool), step(tool, id="told", title="See it gone", after=["off"])],
    }
    back = [step(traffic, id="traffic", timeout_s=20.0)]
    return stand(tmp_path / "claims", steps=back, suspensions=[payments], clock=SystemClock())


async def test_it_is_verified_by_what_the_system_shows(claims: Stand, tool: Switch) -> None:
    async with claims.room() as room:
        await room.do(WriteNote("before"))
        before = room.state.attempt
        run = await room.suspend("payments", "it paid twice")
        assert (run.state, run.why, run.kind) == (
            "verified",
            "every step is verified",
            "suspension",
        )
        assert (tool.share, len(tool.effects)) == (0, 2)
        assert tool.looked >= 2
        # The rollout stays where it is: nothing is rolled back, nothing is owed, no trigger falls.
        assert room.state.attempt == before
        assert room.state.rollbacks == {}
        assert room.state.duties == {}
        assert room.state.status == "preparing"
    async with claims.room() as room:
        held = room.state.suspensions[run.id]
        assert (held.state, held.why, held.by) == ("verified", "it paid twice", "agent lead")
        assert held.users == "refunds take a day longer"
        assert [one.state for one in held.steps] == ["verified", "verified"]
        assert held.seconds is not None


async def test_what_is_on_record(claims: Stand, tool: Switch) -> None:
    async with claims.room() as room:
        run = await room.suspend("payments")
    (ordered,) = claims.entries("suspension.triggered")
    assert (ordered["run"], ordered["suspension"]) == (run.id, "payments")
    by_hand = f"curl -X PUT {tool.url} -d {GOOD} # {{key}} is the run's own"
    assert [one["manual"] for one in ordered["steps"]] == [by_hand, by_hand]
    told = claims.entries("suspension.step")
    assert [(one["step"], one["state"]) for one in told] == [
        ("off", "running"),
        ("off", "verified"),
        ("told", "running"),
        ("told", "verified"),
    ]
    assert [one["key"] for one in told[::2]] == tool.keys
    kinds = [kind for kind in claims.kinds() if kind.startswith("suspension")]
    assert (kinds[0], kinds[-1]) == ("suspension.triggered", "suspension.finished")


async def test_a_tool_that_says_yes_and_goes_on(claims: Stand, tool: Switch) -> None:
    tool.deeds = ["nothing"]
    async with claims.room() as room:
        run = await room.suspend("payments")
        assert run.state == "partial"
        assert "off" in run.why
        assert [one.state for one in run.left] == ["failed", "blocked"]
        assert run.left[0].manual.startswith("curl -X PUT")
        assert room.state.suspensions[run.id].state == "partial"
    assert tool.share == 1


async def test_a_tool_that_nobody_can_see(claims: Stand, tool: Switch) -> None:
    tool.looks = ["fault"]
    async with claims.room() as room:
        run = await room.suspend("payments")
    assert run.state == "partial"
    assert [one.state for one in run.steps] == ["unknown", "blocked"]


async def test_a_rollback_runs_beside_it(claims: Stand, tool: Switch, traffic: Switch) -> None:
    traffic.looks = ["hang"]

    def serves() -> str:
        return GOOD if traffic.share == 0 else BAD

    async with claims.serving(serves), claims.room(offline=False) as room:
        going_back = asyncio.create_task(room.roll_back("owner-judgement"))
        await eventually(lambda: traffic.looked > 0)
        suspended = await room.suspend("payments")
        assert suspended.state == "verified"
        assert not going_back.done(), "it waits for its switch still"
        assert room.rollback_run is not None
        assert room.rollback_run.state == "running"
        traffic.looks = ["show"]
        traffic.released.set()
        assert (await going_back).state == "verified"
        assert [run.id for run in room.kill_switch.suspensions] == [suspended.id]
    kinds = claims.kinds()
    assert kinds.index("suspension.finished") < kinds.index("rollback.finished")


async def test_the_same_one_twice_at_once(claims: Stand, tool: Switch) -> None:
    tool.looks = ["hang"]
    async with claims.room() as room, claims.room(who="tech lead") as other:
        first = asyncio.create_task(room.suspend("payments"))
        await eventually(lambda: tool.looked > 0)
        with pytest.raises(Refused, match="is running in this console already"):
            await room.suspend("payments")
        with pytest.raises(Refused, match="another process carries out"):
            await other.suspend("payments")
        tool.looks = ["show"]
        tool.released.set()
        assert (await first).state == "verified"
    assert claims.kinds().count("suspension.triggered") == 1


async def test_fired_again_it_has_keys_of_its_own(claims: Stand, tool: Switch) -> None:
    """Somebody gave the tool back: to suspend it again is another deed, not the same one."""
    async with claims.room() as room:
        first = await room.suspend("payments")
        tool.share = tool.pending = 1
        second = stamp(claims.clock.now())
        await eventually(
            lambda: stamp(claims.clock.now()) != second
        )  # a run is named by its second
        again = await room.suspend("payments")
    assert (first.state, again.state) == ("verified", "verified")
    assert first.id != again.id
    assert (tool.share, len(set(tool.keys))) == (0, 4)


async def test_a_suspension_that_nobody_declared(claims: Stand, tool: Switch) -> None:
    async with claims.room() as room:
        with pytest.raises(Refused, match='no suspension payment; did you mean "payments"'):
            await room.suspend("payment")
    assert tool.keys == []


async def test_one_whose_process_is_gone_does_not_stand_there_for_ever(
    claims: Stand, tool: Switch
) -> None:
    async with claims.room() as room:
        steps = way_back(room.deployment, "").frozen
        write(room, SuspensionTriggered("su-1", "payments", "Suspend the payments tool", "", steps))
        lock = RunLock(claims.directory, "payments")
        assert lock.acquire()
        await close_orphans(room.record, claims.directory, claims.clock)
        assert room.state.suspensions["su-1"].state == "running"
        lock.release()
        await close_orphans(room.record, claims.directory, claims.clock)
        held = room.state.suspensions["su-1"]
        assert (held.state, held.outcome_why) == ("unknown", GONE)
        tool.share = 0
        assert (await room.suspend("payments")).state == "verified"
    assert tool.keys == []
    assert claims.kinds().count("suspension.finished") == 2
