"""The kill switch: what was really done, what is only claimed, and what could not be written."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.load import FILE_NAME
from console.clock import SavedClock, SystemClock
from console.domain.commands import WriteNote
from console.domain.refused import Refused
from console.domain.times import iso
from console.journal import Corrupt
from console.room import WarRoom, load_or_last_good
from tests.actions.switch import Switch, running_switch
from tests.room.stand import BAD, GOOD, RushClock, Stand, eventually, small_disk, stand, use_up


@pytest.fixture
def switch() -> Iterator[Switch]:
    with running_switch() as switch:
        yield switch


def steps(switch: Switch, **changes: object) -> list[dict[str, object]]:
    """Two steps: the second waits for the first."""
    first: dict[str, Any] = switch.step(**changes).model_dump(exclude_unset=True)
    return [first, {**first, "id": "version", "title": "Restore it", "after": ["traffic"]}]


@pytest.fixture
def claims(tmp_path: Path, switch: Switch) -> Stand:
    return stand(tmp_path / "claims", steps=steps(switch), clock=SystemClock())


def serves(switch: Switch) -> str:
    return GOOD if switch.share == 0 else BAD


async def test_verified_by_reading_back_and_by_fresh_calls(claims: Stand, switch: Switch) -> None:
    async with claims.serving(lambda: serves(switch)), claims.room(offline=False) as room:
        run = await room.roll_back("owner-judgement", "seen wrong answers")
    assert (run.state, run.unjournalled) == ("verified", "")
    assert [step.state for step in run.steps] == ["verified", "verified"]
    assert switch.share == 0
    assert switch.looked >= 2
    async with claims.room() as room:
        held = room.state.rollbacks[run.id]
        assert held.state == "verified"
        assert held.why == "seen wrong answers"
        assert held.executed_at is not None
        assert held.verified_at is not None
        assert held.triggered_at <= held.executed_at <= held.verified_at
        assert held.on_behalf_of == "rollback owner"
        assert [duty.due > held.triggered_at for duty in room.state.duties.values()] == [True] * 3
        assert [i.severity for i in room.state.incidents.values()] == [1]
    kinds = claims.kinds()
    assert kinds.index("rollback.triggered") < kinds.index("rollback.step")
    assert kinds[-1] == "rollback.finished"


async def test_a_switch_that_answers_and_does_nothing(claims: Stand, switch: Switch) -> None:
    switch.deeds = ["nothing"]
    async with claims.serving(BAD), claims.room(offline=False) as room:
        run = await room.roll_back("owner-judgement")
        assert run.state != "verified"
        assert run.steps[0].state != "verified"
        assert run.steps[1].state == "blocked"
        assert room.state.rollbacks[run.id].verified_at is None
    assert switch.share == 1


async def test_only_what_is_left_is_tried_again(claims: Stand, switch: Switch) -> None:
    switch.deeds = ["do", "forbid", "do"]
    switch.looks = ["late", "show", "late", "show"]
    async with claims.serving(lambda: serves(switch)), claims.room(offline=False) as room:
        first = await room.roll_back("owner-judgement")
        assert first.steps[0].state == "verified"
        assert first.state in {"partial", "unknown"}
        keys = list(switch.keys)
        switch.looks = ["show"]
        again = await room.roll_back("owner-judgement")
        assert again.id == first.id
        assert again.state == "verified"
        assert again.steps[0].detail == "verified before"
        assert switch.keys.count(keys[0]) == keys.count(keys[0])
    assert claims.kinds().count("rollback.triggered") == 1
    assert claims.kinds().count("rollback.retried") == 1


async def test_two_fires_at_once(claims: Stand, switch: Switch) -> None:
    switch.looks = ["hang"]
    async with claims.serving(GOOD), claims.room(offline=False) as room:
        first = asyncio.create_task(room.roll_back("owner-judgement"))
        await eventually(lambda: switch.looked > 0)
        with pytest.raises(Refused, match="is running in this console already"):
            await room.roll_back("owner-judgement")
        async with claims.room(who="tech lead") as other:
            with pytest.raises(Refused, match="another process carries out a rollback already"):
                await other.roll_back("owner-judgement")
        switch.looks = ["show"]
        switch.released.set()
        assert (await first).state == "verified"
    assert claims.kinds().count("rollback.triggered") == 1


async def test_nobody_can_see_who_answers(tmp_path: Path, switch: Switch) -> None:
    """Every step is verified, but the feed is down: that is no proof."""
    claims = stand(tmp_path / "blind", steps=steps(switch, timeout_s=400.0), clock=RushClock())
    claims.log.unlink()
    said: list[str] = []
    async with claims.room(offline=False) as room:
        room.subscribe(lambda: said.append(room.rollback_run.why if room.rollback_run else ""))
        run = await room.roll_back("owner-judgement")
    assert [step.state for step in run.steps] == ["verified", "verified"]
    assert run.state == "unknown"
    assert run.why == "every step is verified, but no fresh call shows who answers now"
    assert any(f"{run.why}; waiting for a feed to answer" in why for why in said)


async def test_the_bad_version_still_answers(tmp_path: Path, switch: Switch) -> None:
    claims = stand(tmp_path / "stuck", steps=steps(switch, timeout_s=400.0), clock=RushClock())
    async with claims.serving(BAD), claims.room(offline=False) as room:
        run = await room.roll_back("owner-judgement")
    assert run.state == "partial"
    assert f"still carry {BAD}" in run.why
    assert "waiting" not in run.why


async def test_without_steps_it_is_never_verified(tmp_path: Path) -> None:
    claims = stand(tmp_path / "bare", steps=[], clock=SystemClock())
    async with claims.serving(GOOD), claims.room(offline=False) as room:
        run = await room.roll_back("owner-judgement")
    assert (run.state, run.steps) == ("unknown", [])
    assert "do it by hand" in run.why


async def test_an_unknown_trigger_does_nothing(claims: Stand, switch: Switch) -> None:
    async with claims.room(offline=False) as room:
        with pytest.raises(Refused, match="there is no trigger whim"):
            await room.roll_back("whim")
    assert switch.keys == []


async def test_without_a_disk_it_acts_and_is_adopted_later(claims: Stand, switch: Switch) -> None:
    folder = claims.directory / "journal"
    with small_disk(folder):
        async with claims.room() as room:
            await room.do(WriteNote("first"))
        filler = use_up(folder)
        async with claims.serving(lambda: serves(switch)), claims.room(offline=False) as room:
            before = claims.clock.now()
            run = await room.roll_back("owner-judgement", "in the dark")
            assert run.state == "verified"
            assert run.unjournalled
            assert switch.share == 0
            filler.unlink()
            await room.do(WriteNote("the disk is back"))
        async with claims.room() as room:
            held = room.state.rollbacks[run.id]
            assert (held.state, held.why) == ("verified", "in the dark")
            assert [step.state for step in held.steps] == ["verified", "verified"]
        told = claims.entries("rollback.triggered")
        assert len(told) == 1
        assert told[0]["occurred_at"] >= iso(before)[:19]


async def test_a_damaged_journal_does_not_stop_it(claims: Stand, switch: Switch) -> None:
    async with claims.room() as room:
        await room.do(WriteNote("first"))
    raw = claims.journal.read_bytes()
    claims.journal.write_bytes(raw.replace(b"first", b"fir5t"))
    async with claims.serving(lambda: serves(switch)), claims.room(offline=False) as room:
        run = await room.roll_back("owner-judgement")
        assert run.state == "verified"
        assert "line 2 " in run.unjournalled
        with pytest.raises(Corrupt):
            await room.do(WriteNote("x"))
    assert claims.journal.read_bytes() == raw.replace(b"first", b"fir5t")
    claims.journal.write_bytes(raw)
    async with claims.room() as room:
        await room.do(WriteNote("restored from the copy"))
        assert room.state.rollbacks[run.id].state == "verified"


@pytest.mark.parametrize("broken", ["version = [", "version = 2\n", None])
async def test_the_last_good_config_is_used(
    claims: Stand, switch: Switch, broken: str | None
) -> None:
    async with claims.room() as room:
        await room.do(WriteNote("once it was well"))
    path = claims.directory / FILE_NAME
    if broken is None:
        path.unlink()
    else:
        path.write_text(broken)
    loaded, why = load_or_last_good(claims.directory)
    assert "the last good config is used instead" in why
    async with claims.serving(lambda: serves(switch)):
        room = WarRoom.open(claims.directory, who="rollback owner", loaded=loaded)
        run = await room.roll_back("owner-judgement")
        await room.close()
    assert run.state == "verified"
    assert claims.entries("rollback.triggered")[0]["on_behalf_of"] == ""
    # The broken file is never taken for a good one.
    assert load_or_last_good(claims.directory)[0].deployment == loaded.deployment


async def test_a_demo_clock_that_cannot_be_slowed_stops_nothing(
    tmp_path: Path, switch: Switch
) -> None:
    claims = stand(tmp_path / "demo", steps=steps(switch))
    clock = SavedClock.create(claims.directory, SystemClock().now(), 2.0)
    clock.renew()
    claims.clock = clock
    (claims.directory / "clock.new").mkdir()
    async with claims.serving(lambda: serves(switch)), claims.room(offline=False) as room:
        with pytest.raises(OSError, match="Is a directory"):
            clock.set_speed(1.0)
        run = await room.roll_back("owner-judgement")
    assert run.state == "verified"


async def test_a_disk_that_hangs_delays_it_by_a_second_at_most(
    claims: Stand, switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    async with claims.serving(lambda: serves(switch)), claims.room(offline=False) as room:
        await room.do(WriteNote("first"))
        monkeypatch.setattr("console.journal.disk.os.fdatasync", lambda _: free.wait(30))
        began = claims.clock.monotonic()
        running = asyncio.create_task(room.roll_back("owner-judgement"))
        await eventually(lambda: switch.share == 0, 5.0)
        assert claims.clock.monotonic() - began < 4.0
        assert room.rollback_run is not None
        assert "the disk does not answer" in room.rollback_run.unjournalled
        free.set()
        run = await running
    assert (run.state, run.unjournalled) == ("verified", "")
    assert claims.kinds().count("rollback.finished") == 1
