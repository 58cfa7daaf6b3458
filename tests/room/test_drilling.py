"""A drill on record: kept as evidence, used to confirm, void once the way back changes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.load import FILE_NAME
from console.clock import SystemClock
from console.domain import commands as c
from console.domain.checklist import ItemStatus
from console.domain.events import Evidence
from console.domain.refused import Refused
from console.probes import Result
from console.room import WarRoom
from console.room.prober import probe
from tests.actions.hands import Asked
from tests.actions.switch import Switch, running_switch
from tests.room.stand import Stand, stand

ITEM = "rollback-ready"
EVIDENCE = Evidence("probe", "rollback-drill")


@pytest.fixture
def production() -> Iterator[Switch]:
    with running_switch() as production:
        yield production


@pytest.fixture
def target() -> Iterator[Switch]:
    with running_switch() as target:
        yield target


@pytest.fixture
def claims(tmp_path: Path, production: Switch, target: Switch) -> Stand:
    """A deployment whose way back is drilled on another switch."""
    steps = [production.step(timeout_s=1.0).model_dump(exclude_unset=True)]
    drill = {"replace": {production.url: target.url}, "reset": "curl the drill bad again"}
    return stand(tmp_path / "claims", steps=steps, drill=drill, clock=SystemClock())


async def drill(room: WarRoom, said: list[str] | None = None, **options: Any) -> Result:
    return await probe(room, "rollback-drill", (said if said is not None else []).append, **options)


def item(room: WarRoom) -> ItemStatus:
    return next(one for one in room.take_picture().items if one.item.id == ITEM)


async def confirm(claims: Stand) -> None:
    for who in ("tech lead", "agent lead"):
        async with claims.room(who=who) as room:
            await room.do(c.ConfirmItem(ITEM, EVIDENCE))


async def test_what_is_kept_confirms_the_item(claims: Stand, production: Switch) -> None:
    said: list[str] = []
    async with claims.room() as room:
        result = await drill(room, said)
    assert result.passed
    assert result.told.startswith("back from full to v2.3.1 in 0.")
    assert result.told.endswith(" s of 15:00")
    assert said[0] == "looking at the drill's target, 1 steps"
    assert said[1].startswith("traffic: running")
    (ran,) = claims.entries("probe.ran")
    assert (ran["probe"], ran["passed"]) == ("rollback-drill", True)
    assert ran["summary"] == f"rollback-drill probe passed, {result.told}"
    kept = json.loads((claims.directory / "evidence" / ran["sha256"]).read_bytes())["record"]
    assert kept["outcome"] == "verified"
    assert kept["way_back"] == ran["subject"]
    assert kept["times"].keys() == {"first_true", "detected", "ordered", "executed", "verified"}
    assert kept["times"]["executed"] == kept["times"]["verified"]
    (step,) = kept["steps"]
    assert (step["id"], step["state"], step["before"]["state"]) == ("traffic", "verified", "failed")
    assert 0 <= step["began_s"] <= step["ended_s"] <= kept["seconds"] < 15 * 60
    await confirm(claims)
    async with claims.room() as room:
        assert item(room).state == "confirmed"
    assert production.keys == []


@pytest.mark.parametrize(
    ("old", "new", "holds"),
    [
        ('stable_version = "v2.3.1"', 'stable_version = "v2.3.0"', False),
        ('title = "Send all traffic to the stable version"', 'title = "Off"', False),
        ("timeout_s = 1.0", "timeout_s = 2.0", False),
        ("curl the drill bad again", "curl it bad", True),
        ('deputy = "tech lead"', 'deputy = "agent lead"', True),
    ],
)
async def test_it_is_void_once_the_way_back_changes(
    claims: Stand, old: str, new: str, holds: bool
) -> None:
    async with claims.room() as room:
        await drill(room)
    await confirm(claims)
    config = claims.directory / FILE_NAME
    before = config.read_text()
    assert before.count(old) == 1
    config.write_text(before.replace(old, new))
    async with claims.room() as room:
        status = item(room)
        assert (status.state == "confirmed") == holds
        if not holds:
            assert {lapse.why for lapse in status.lapses} == {
                "the way back, or the version it restores, has changed since"
            }
            with pytest.raises(Refused, match="has changed since the drill"):
                await room.do(c.ConfirmItem(ITEM, EVIDENCE))
    config.write_text(before)
    async with claims.room() as room:
        assert item(room).state == "confirmed"


async def test_a_target_that_was_not_reset(claims: Stand, target: Switch) -> None:
    target.share = 0
    async with claims.room() as room:
        result = await drill(room)
        assert not result.passed
        step, why = result.rows
        assert step.verdict == "warn"
        assert "already at its end" in step.detail
        assert "shows candidate = 0" in step.detail
        assert why.detail == (
            "nothing was sent: no step is left that would change anything: reset the drill target "
            "first (curl the drill bad again)"
        )
        with pytest.raises(Refused, match="nothing was sent"):
            await room.do(c.ConfirmItem(ITEM, EVIDENCE))
    assert target.keys == []


async def test_a_drill_that_fails_is_no_evidence(claims: Stand, target: Switch) -> None:
    target.deeds = ["nothing"]
    async with claims.room() as room:
        result = await drill(room)
        assert result.reached
        assert not result.passed
        with pytest.raises(Refused, match="rollback-drill probe failed, traffic: failed"):
            await room.do(c.ConfirmItem(ITEM, EVIDENCE))


async def test_a_target_that_is_not_there(claims: Stand, target: Switch) -> None:
    target.looks = ["fault"]
    async with claims.room() as room:
        result = await drill(room)
    assert not result.reached
    assert "the drill target does not answer" in result.rows[-1].detail


async def test_work_by_hand_that_nobody_was_asked_about(
    tmp_path: Path, production: Switch, target: Switch
) -> None:
    desk = {"id": "desk", "title": "Staff it", "kind": "manual", "manual": "call the desk"}
    steps = [production.step().model_dump(exclude_unset=True), desk]
    replace = {"replace": {production.url: target.url}}
    claims = stand(tmp_path / "hand", steps=steps, drill=replace, clock=SystemClock())
    async with claims.room() as room:
        unasked = await drill(room)
        assert [row.name for row in unasked.rows if row.verdict == "fail"] == ["desk"]
        assert "nobody was asked, so that its time is not known" in unasked.summary
        target.share = target.pending = 1
        target.effects.clear()
        assert (await drill(room, ask=Asked("done"))).passed
        target.share = target.pending = 1
        assert not (await drill(room, ask=Asked("not-done"))).passed


async def test_one_way_back_says_nothing_of_another(
    claims: Stand, production: Switch, target: Switch
) -> None:
    with (claims.directory / FILE_NAME).open("a") as config:
        config.write(f"""
[rollback.procedures.shadow]
target = "existing process"
[[rollback.procedures.shadow.steps]]
id = "output"
title = "Show the old output"
kind = "http"
method = "PUT"
url = "{production.url}/output"
body = '{{"candidate": 0}}'
manual = "unplug it"
read_back = {{ url = "{production.url}/output", path = "candidate", equals = 0 }}
""")
    async with claims.room() as room:
        result = await drill(room)
        assert result.passed
        assert [row.verdict for row in result.rows] == ["ok", "ok", "warn"]
        assert "way back from shadow: drill that too" in result.rows[-1].detail
        target.share = target.pending = 1
        other = await drill(room, phase="shadow")
    assert other.told.startswith("back from shadow to the existing process in ")
    assert "/output" in target.paths
    assert "from dark-launch, canary, full" in other.rows[-1].detail


async def test_who_only_looks_does_not_drill(claims: Stand, target: Switch) -> None:
    async with claims.room(who="") as room:
        with pytest.raises(Refused):
            await drill(room)
    assert target.keys == []
    assert target.looked == 0
