"""Traffic follows the decision: journal, switch and calls agree, or it is said."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.entry import Actor
from console.domain.minutes import Minute
from console.domain.refused import Refused
from console.domain.traffic import traffic_trouble
from console.journal import Unwritable
from console.room import WarRoom
from console.room.traffic import TrafficLock
from tests.actions.balancers import Balancer, caddy, haproxy
from tests.actions.products import Products, serving
from tests.room.stand import (
    BAD,
    GOOD,
    LEAD,
    NOW,
    SetClock,
    Stand,
    eventually,
    minute,
    stand,
    write,
)

HOUR = 3600.0


class TurnedClock(SetClock):
    """Its time stands until a test moves it, but deadlines are real."""

    def monotonic(self) -> float:
        return time.monotonic()


OWNER = Actor("rollback owner", ("rollback-owner",))


@pytest.fixture
def products() -> Iterator[Products]:
    with serving() as held:
        held.document = {"candidate_share": 0, "mode": "readiness"}
        yield held


def document(products: Products, **changes: Any) -> dict[str, Any]:
    """A switch that holds share and phase."""
    return {
        "kind": "http",
        "url": f"{products.url}/share",
        "body": '{"candidate_share": {share}, "mode": "{phase}"}',
        "path": "candidate_share",
        "phase_path": "mode",
        "timeout_s": 2.0,
        **changes,
    }


def share_only(products: Products, **changes: Any) -> dict[str, Any]:
    """A switch that holds the share alone."""
    fill = {"url": f"{products.url}/share", "key": "candidate_share"}
    return {"preset": "http", "fill": fill, "timeout_s": 2.0, **changes}


def advance(to: str, share: int | None = None, of: str = "") -> e.GateDecided:
    """The decision that opens an attempt."""
    return e.GateDecided(of, "advance", "", (), to, share, version=BAD)  # type: ignore[arg-type]  # any text of the tests


PAST = {
    "dark-launch": (("readiness.1", "dark-launch", None),),
    "shadow": (("readiness.1", "dark-launch", None), ("dark-launch.1", "shadow", None)),
    "canary-1": (
        ("readiness.1", "dark-launch", None),
        ("dark-launch.1", "shadow", None),
        ("shadow.1", "canary", 1),
    ),
    "canary-5": (
        ("readiness.1", "dark-launch", None),
        ("dark-launch.1", "shadow", None),
        ("shadow.1", "canary", 1),
        ("canary-1.1", "canary", 5),
    ),
}


def reached(room: WarRoom, phase: str) -> None:
    """Journal the decisions that led to `phase`, and nothing of the traffic."""
    for of, to, share in PAST[phase]:
        write(room, advance(to, share, of))


@asynccontextmanager
async def at(
    directory: Path, switch: dict[str, Any] | None, phase: str
) -> AsyncIterator[tuple[Stand, WarRoom]]:
    """A room that may ask endpoints, with an attempt that runs since now."""
    standing = stand(directory, switch=switch, clock=TurnedClock())
    async with standing.room(offline=False) as room:
        reached(room, phase)
        yield standing, room


def held(room: WarRoom) -> Any:
    """What the switch was asked for last, in the running attempt."""
    return room.state.traffic[room.state.attempt.id]


def is_busy(room: WarRoom) -> bool:
    """Whether the traffic is being set just now."""
    return room.traffic.busy


# After a decision


async def ready_for_canary(room: WarRoom, clock: SetClock) -> None:
    """All that the gate of shadow mode asks for, with the minutes that the agent logged."""
    numbers = e.BaselineDocumented(0.92, 1.2, 0.021, "last quarter")
    clock.moment = NOW - 102 * HOUR
    write(room, numbers)
    clock.moment = NOW - 100 * HOUR
    write(room, advance("dark-launch", None, "readiness.1"))
    clock.moment = NOW - 50 * HOUR
    write(room, advance("shadow", None, "dark-launch.1"))
    start, end = int(clock.moment // 60), int(NOW // 60)
    clock.moment = NOW
    for eye in room.eyes.each.values():
        eye.adopt({number: minute() for number in range(start, end)}, NOW)
    await room.traffic.set()  # 0 % stands already
    judged = tuple(e.Judgement(f"call-{n}", "right") for n in range(60))
    await room.do(c.JudgeSample(judged))
    await room.do(c.JudgeSatisfaction("positive", "asked", "BU operations lead"))
    await room.do(c.GiveBrief("the canary: 1 % of the users, call the lead, we switch back"))


async def test_an_advance_moves_a_real_caddys_weights(tmp_path: Path) -> None:
    with caddy(tmp_path) as balancer:
        await advances(balancer, tmp_path / "claims")


async def test_an_advance_moves_a_real_haproxys_weights(tmp_path: Path) -> None:
    with haproxy(tmp_path) as balancer:
        await advances(balancer, tmp_path / "claims")


async def advances(balancer: Balancer, directory: Path) -> None:
    """A decided gate, not a line in the journal, sends real requests to the candidate."""
    standing = stand(directory, switch=balancer.switch, clock=TurnedClock())
    assert isinstance(standing.clock, SetClock)
    async with standing.room(offline=False) as room:
        await ready_for_canary(room, standing.clock)
        assert room.take_picture().gate.missing == ()
        assert balancer.served(100) == {"stable": 100}
        await room.do(c.DecideGate("advance", "all agree"))
        assert room.state.attempt.id == "canary-1.1"
        await room.traffic.settle()
        assert held(room).outcome == "verified", room.traffic.said
        assert balancer.served(200)["candidate"] == pytest.approx(2, abs=1)
        assert room.traffic.trouble == ""
    kinds = standing.kinds()
    assert kinds[kinds.index("gate.decided", -4) :] == [
        "gate.decided",
        "traffic.asked",
        "traffic.set",
    ]
    asked = standing.entries("traffic.asked")[-1]
    assert (asked["share"], asked["before"], asked["phase"]) == (1, 0.0, "canary")
    assert re.fullmatch("[0-9a-f]{32}", asked["key"])


async def test_a_gate_decided_elsewhere_is_not_carried_out_here(
    products: Products, tmp_path: Path
) -> None:
    async with at(tmp_path / "claims", document(products), "canary-1") as (standing, room):
        async with standing.room(offline=False) as other:
            assert room.state.attempt.id == other.state.attempt.id
            await other.traffic.set()
        await asyncio.to_thread(room.look)
        assert held(room).outcome == "verified", "every console sees it"
        assert products.effects == 1


async def test_without_a_switch_nothing_is_written_and_nothing_held(tmp_path: Path) -> None:
    async with at(tmp_path / "claims", None, "shadow") as (standing, room):
        _, written = room.record.transact(LEAD, lambda _: [advance("canary", 1, "shadow.1")])
        room.traffic.follow(written)
        await room.traffic.settle()
        assert "traffic.asked" not in standing.kinds()
        assert room.traffic.trouble == ""
        assert not [why for why in room.take_picture().gate.missing if "asked the switch" in why]
        with pytest.raises(Refused, match=re.escape("no [traffic.switch] is in warroom.toml")):
            await room.traffic.set()


async def test_a_room_that_asks_no_endpoint_says_that_nothing_was_asked(
    products: Products, tmp_path: Path
) -> None:
    standing = stand(tmp_path / "claims", switch=document(products))
    async with standing.room() as room:
        reached(room, "shadow")
        _, written = room.record.transact(LEAD, lambda _: [advance("canary", 1, "shadow.1")])
        room.traffic.follow(written)
        await room.traffic.settle()
        assert "nobody asked the switch for 1 %" in room.traffic.trouble
        assert room.traffic.trouble in room.troubles
        assert products.seen == []


# What may go wrong


async def test_the_phase_is_switched_where_the_share_stays(
    products: Products, tmp_path: Path
) -> None:
    async with at(tmp_path / "claims", document(products), "dark-launch") as (_, room):
        await room.traffic.set()
        assert products.document == {"candidate_share": 0, "mode": "dark-launch"}
        assert "it reads 0 % in dark-launch" in room.traffic.said


async def test_what_stands_already_is_not_written_again(products: Products, tmp_path: Path) -> None:
    async with at(tmp_path / "claims", share_only(products), "dark-launch") as (_, room):
        told = await room.traffic.set()
        assert told == "0 % of the traffic is set: it reads 0 % already"
        assert products.keys == []


async def test_what_somebody_else_set_is_overwritten_only_on_demand(
    products: Products, tmp_path: Path
) -> None:
    async with at(tmp_path / "claims", share_only(products), "canary-1") as (standing, room):
        products.document["candidate_share"] = 42
        told = await room.traffic.set()
        assert "NOT set: nothing was written: it reads 42 %, which nobody set from here" in told
        assert products.document["candidate_share"] == 42
        assert held(room).outcome == "failed"
        assert "42 %" in room.traffic.trouble
        again = await room.traffic.set()
        assert "NOT set" in again, "to ask twice is no demand"
        await room.traffic.set(though=True)
        assert products.document["candidate_share"] == 1
        assert room.traffic.trouble == ""
    asked = standing.entries("traffic.asked")
    assert [one["forced"] for one in asked] == [False, False, True]
    assert [one["before"] for one in asked] == [42.0, 42.0, 42.0]


async def test_a_switch_that_cannot_be_read_is_not_written(
    products: Products, tmp_path: Path
) -> None:
    async with at(tmp_path / "claims", share_only(products), "canary-1") as (_, room):
        products.unreadable = True
        told = await room.traffic.set()
        assert "nothing was written: it cannot be read: 404" in told
        assert products.effects == 0
        assert held(room).before is None
        await room.traffic.set(though=True)
        assert held(room).outcome == "unknown", "written, and nobody can say with what effect"


async def test_a_lie_holds_the_gate(products: Products, tmp_path: Path) -> None:
    products.deeds = ["lie"]
    switch = share_only(products, timeout_s=0.5)
    async with at(tmp_path / "claims", switch, "canary-1") as (_, room):
        await room.traffic.set()
        assert held(room).outcome == "failed"
        (why,) = [m for m in room.take_picture().gate.missing if "known to be at" in m]
        assert why.startswith("the traffic is not known to be at 1 %: failed: 200 from")


async def test_a_lost_answer_is_unknown_and_its_retry_has_the_same_key(
    products: Products, tmp_path: Path
) -> None:
    products.deeds = ["hang", "do"]
    switch = share_only(products, timeout_s=0.4)
    async with at(tmp_path / "claims", switch, "canary-1") as (standing, room):
        products.deeds = ["hang"]
        await room.traffic.set()
        assert held(room).outcome == "unknown"
        products.deeds = ["do"]
        await room.traffic.set()
        assert held(room).outcome == "verified"
        asked = standing.entries("traffic.asked")
        assert asked[0]["key"] == asked[1]["key"]
        await room.traffic.set(back=True)
        await room.traffic.set()
        keys = [one["key"] for one in standing.entries("traffic.asked")]
        assert len(set(keys)) == 3, "what is known to be done is another write the next time"
        assert products.document["candidate_share"] == 1


async def test_the_death_between_asking_and_setting_is_shown_and_read_back_first(
    products: Products, tmp_path: Path
) -> None:
    async with at(tmp_path / "claims", share_only(products), "canary-1") as (standing, room):
        order = c.AskTraffic("canary-1.1", 1, "canary", 0.0)
        await room.do(order)  # and the process dies here, before or after the write
        products.document["candidate_share"] = 1
        async with standing.room(offline=False) as next_one:
            assert "nobody knows what came of that" in next_one.traffic.trouble
            assert "nobody knows what came of that" in " ".join(
                next_one.take_picture().gate.missing
            )
            await next_one.traffic.set()
            assert held(next_one).outcome == "verified"
            assert products.keys == [], "it stood already, so nothing was written"
            assert next_one.traffic.trouble == ""


async def test_back_is_the_share_before_and_holds_the_gate(
    products: Products, tmp_path: Path
) -> None:
    async with at(tmp_path / "claims", document(products), "canary-1") as (_, room):
        await room.traffic.set()
        write(room, advance("canary", 5, "canary-1.1"))
        await room.traffic.set()
        assert products.document == {"candidate_share": 5, "mode": "canary"}
        await room.traffic.set(back=True)
        assert products.document == {"candidate_share": 1, "mode": "canary"}
        assert room.traffic.trouble == "the traffic was put back to 1 %, not 5 %"
        assert room.traffic.trouble in traffic_trouble(room.state, room.take_picture().facts)


async def test_only_decided_shares_can_be_asked_for(products: Products, tmp_path: Path) -> None:
    async with at(tmp_path / "claims", document(products), "canary-1") as (_, room):
        for share in (2, 5, 100):
            with pytest.raises(Refused, match="traffic follows the decisions"):
                await room.do(c.AskTraffic("canary-1.1", share, "canary", 0.0))
        with pytest.raises(Refused, match="somebody decided meanwhile"):
            await room.do(c.AskTraffic("shadow.1", 0, "shadow", 0.0))
        room.become("reviewer")
        with pytest.raises(Refused, match="takes an agent-lead, a tech-lead or the rollback-owner"):
            await room.traffic.set()
        assert products.effects == 0


async def test_one_process_sets_it_at_a_time(products: Products, tmp_path: Path) -> None:
    async with at(tmp_path / "claims", document(products), "canary-1") as (standing, room):
        with TrafficLock(standing.directory) as lock:
            assert lock.held
            with pytest.raises(Refused, match="another process of this machine"):
                await room.traffic.set()
        await room.traffic.set()
        assert held(room).outcome == "verified"


async def test_a_read_only_console_sets_nothing(products: Products, tmp_path: Path) -> None:
    async with (
        at(tmp_path / "claims", document(products), "canary-1") as (standing, _),
        standing.room(offline=False, read_only=True) as room,
    ):
        with pytest.raises(Unwritable):
            await room.traffic.set()
    assert products.effects == 0


# The rollback goes before everything


async def test_a_rollback_stops_what_is_being_set(products: Products, tmp_path: Path) -> None:
    products.deeds = ["hang"]
    switch = document(products, timeout_s=30.0)
    async with at(tmp_path / "claims", switch, "canary-1") as (_, room):
        setting = asyncio.create_task(room.traffic.set())
        await eventually(lambda: len(products.seen) > 1)
        assert is_busy(room)
        await room.roll_back("owner-judgement")
        with pytest.raises(asyncio.CancelledError):
            await setting
        assert not is_busy(room)
        assert room.state.traffic["canary-1.1"].outcome == ""


async def test_a_rollback_also_stops_what_has_not_begun(products: Products, tmp_path: Path) -> None:
    async with at(tmp_path / "claims", document(products), "shadow") as (_, room):
        _, written = room.record.transact(LEAD, lambda _: [advance("canary", 1, "shadow.1")])
        room.traffic.follow(written)
        room.traffic.stop()
        await room.traffic.settle()
        assert products.seen == []
        assert room.state.traffic == {}


async def test_after_a_rollback_no_share_is_set(products: Products, tmp_path: Path) -> None:
    async with at(tmp_path / "claims", document(products), "canary-1") as (_, room):
        write(
            room,
            e.RollbackTriggered("rb-1", "canary-1.1", "owner-judgement", "", GOOD, ()),
            actor=OWNER,
        )
        with pytest.raises(Refused, match=re.escape("readiness.2 runs now")):
            await room.do(c.AskTraffic("canary-1.1", 1, "canary", 0.0))
        with pytest.raises(Refused, match=re.escape("readiness.2 means 0 %")):
            await room.do(c.AskTraffic("readiness.2", 1, "canary", 0.0))


async def test_a_rollback_fired_elsewhere_meanwhile_is_not_undone_by_a_late_write(
    products: Products, tmp_path: Path
) -> None:
    async with at(tmp_path / "claims", share_only(products), "canary-1") as (standing, room):
        products.deeds = ["hang-after"]
        setting = asyncio.create_task(room.traffic.set())
        await eventually(lambda: products.effects == 1)
        async with standing.room(who="rollback owner") as other:
            write(
                other,
                e.RollbackTriggered("rb-1", "canary-1.1", "owner-judgement", "", GOOD, ()),
                actor=OWNER,
            )
        products.deeds = ["do"]
        products.released.set()
        told = await setting
        assert "a rollback came between, so it was sent back to 0 %" in told
        assert products.document["candidate_share"] == 0


# Arrival


def split(candidate: int, stable: int, **more: int) -> Minute:
    """A minute whose calls were served by several versions."""
    versions = {BAD: candidate, GOOD: stable, **more}
    each = minute(sum(versions.values()))
    each.versions = {name: count for name, count in versions.items() if count}
    return each


def logged(room: WarRoom, clock: SetClock, minutes: int, each: Minute) -> None:
    """Let time pass in which the agent logs such minutes."""
    start = int(clock.moment // 60)
    clock.moment += minutes * 60.0
    for eye in room.eyes.each.values():
        eye.adopt({start + n: each for n in range(minutes)}, clock.moment)


async def test_a_share_that_does_not_arrive_raises_an_alert_and_back_resolves_it(
    products: Products, tmp_path: Path
) -> None:
    async with at(tmp_path / "claims", share_only(products), "canary-5") as (standing, room):
        assert isinstance(standing.clock, SetClock)
        clock = standing.clock
        products.document["candidate_share"] = 1
        await room.traffic.set()
        room.look()
        logged(room, clock, 8, split(1, 199))
        room.look()
        seen = room.take_picture().facts.arrival
        assert seen is not None
        assert seen.verdict == "waiting"
        assert not [one for one in room.state.firing if one.rule == "traffic-share"]
        logged(room, clock, 60, split(0, 200))
        room.look()
        seen = room.take_picture().facts.arrival
        assert seen is not None
        assert (seen.verdict, seen.target) == ("not-arrived", 5)
        (alert,) = [one for one in room.state.firing if one.rule == "traffic-share"]
        assert set(alert.recipients) == {"tech-lead", "agent-lead"}
        assert "5 % asked for" in alert.why
        (why,) = [why for why in room.take_picture().gate.missing if "has not arrived" in why]
        by_hand = f"warroom traffic {room.directory} --back"
        assert why.endswith(f"(back to 1 %: t, b on Rollout, or {by_hand})")
        await room.traffic.set(back=True)
        logged(room, clock, 70, split(2, 198))
        room.look()
        assert not [one for one in room.state.firing if one.rule == "traffic-share"]


async def test_a_share_that_arrives(products: Products, tmp_path: Path) -> None:
    async with at(tmp_path / "claims", share_only(products), "canary-5") as (standing, room):
        assert isinstance(standing.clock, SetClock)
        products.document["candidate_share"] = 1
        await room.traffic.set()
        logged(room, standing.clock, 20, split(10, 190))
        seen = room.take_picture().facts.arrival
        assert seen is not None
        assert seen.verdict == "arrived"
        assert seen.seen == pytest.approx(5.0)
        assert traffic_trouble(room.state, room.take_picture().facts) == []


async def test_the_wrong_version_raises_an_alert_at_once(
    products: Products, tmp_path: Path
) -> None:
    async with at(tmp_path / "claims", share_only(products), "canary-5") as (standing, room):
        assert isinstance(standing.clock, SetClock)
        products.document["candidate_share"] = 1
        await room.traffic.set()
        room.look()
        logged(room, standing.clock, 3, split(0, 190, **{"v2.3.9": 10}))
        room.look()
        (alert,) = [one for one in room.state.firing if one.rule == "traffic-share"]
        assert f"traffic goes to v2.3.9 (10 calls), not to {BAD}" in alert.why
        held_by = " ".join(room.take_picture().gate.missing)
        assert "the traffic arrives at the wrong version" in held_by


async def test_what_the_journal_holds_has_no_secret(
    products: Products, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCH_TOKEN", "s3cret-token")
    switch = share_only(products, headers={"Authorization": {"env": "SWITCH_TOKEN"}})
    async with at(tmp_path / "claims", switch, "canary-1") as (standing, room):
        await room.traffic.set()
        assert held(room).outcome == "verified"
        assert "s3cret" not in standing.journal.read_text()
        assert json.loads(standing.journal.read_text().splitlines()[-1])["kind"] == "traffic.set"
