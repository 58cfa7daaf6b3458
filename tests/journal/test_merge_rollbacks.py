"""Several fire on machines that do not reach each other, and then meet: one rollback, for all."""

from pathlib import Path

import msgspec
import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.evolve import fold
from console.domain.times import utc
from tests.domain.build import LEAD, OWNER, TECH, fire
from tests.domain.test_decide import POSTMORTEM
from tests.journal.hosts import Host
from tests.journal.parting import agree, three


def rolled(*every: Host) -> None:
    """Each fires; the later one in the fold is the last."""
    for turn, host in enumerate(every):
        for _ in range(turn):
            host.tell("still looking")
        host.now += turn
        who = (OWNER, TECH, LEAD)[turn]
        trigger = ("owner-judgement", "data-breach", "error-rate")[turn]
        host.do(fire(trigger, f"rb-{host.name}"), who)


def step(host: Host, name: str, state: str) -> None:
    """What a run of this host tells of a step."""
    told = {"rollback": f"rb-{host.name}", "step": name, "state": state, "key": "k", "detail": ""}
    event = e.decode("rollback.step", msgspec.json.encode(told))
    assert event is not None
    host.write(event)


def over(host: Host, outcome: str) -> None:
    """How a run of this host ended."""
    done = utc(host.now + 60)
    verified = done if outcome == "verified" else None
    assert outcome in {"verified", "partial"}
    host.write(
        e.RollbackFinished(
            f"rb-{host.name}",
            "verified" if outcome == "verified" else "partial",
            "as read back",
            done,
            verified,
            60.0,
        )
    )


def test_two_who_fire_at_once_are_one_rollback(tmp_path: Path) -> None:
    one, two, other = three(tmp_path)
    rolled(one, two)
    agree(one, two, other)
    state = other.state
    assert list(state.rollbacks) == ["rb-a"]
    held = state.rollbacks["rb-a"]
    assert (held.trigger, held.by) == ("owner-judgement", OWNER.name)
    assert [(x.id, x.trigger, x.by, x.on_behalf_of) for x in held.joined] == [
        ("rb-b", "data-breach", TECH.name, "rollback owner")
    ]
    assert state.rollout == 2
    assert state.attempt.id == "readiness.2"
    assert len(state.incidents) == 1
    assert sorted(state.duties) == sorted(one for one in state.duties if one.endswith("-rb-a"))
    alone = fold([x for x in other.all if x.writer != two.writer])
    assert list(state.duties) == list(alone.duties)
    assert not state.conflicts
    assert not state.contested


@pytest.mark.parametrize("which", [0, 1], ids=["the first", "the joined one"])
def test_verified_by_either_is_verified(tmp_path: Path, which: int) -> None:
    one, two, other = three(tmp_path)
    rolled(one, two)
    good, bad = (one, two) if which == 0 else (two, one)
    for name in ("traffic", "restore"):
        step(good, name, "verified")
    over(good, "verified")
    step(bad, "traffic", "verified")
    step(bad, "restore", "failed")
    agree(one, two, other)
    over(bad, "partial")
    agree(one, two, other)
    held = other.state.rollbacks["rb-a"]
    assert held.state == "verified"
    assert [s.state for s in held.steps] == ["verified", "verified"]
    assert held.seconds == (60.0 if which == 0 else 61.0)
    (joined,) = held.joined
    assert joined.state == ("partial" if which == 0 else "verified")
    assert [s.state for s in joined.steps][1] == ("failed" if which == 0 else "verified")
    told = [x.why for x in other.state.conflicts]
    assert told == ([] if which == 0 else ["rollback rb-a is verified already"])


def test_what_belongs_to_a_joined_rollback_is_of_the_first(tmp_path: Path) -> None:
    one, two, other = three(tmp_path)
    rolled(one, two)
    over(one, "partial")
    incident = next(iter(two.state.incidents))
    duty = next(x for x in two.state.duties if x.startswith("sponsor"))
    two.do(c.UpdateIncident(incident, "half of it is back"))
    two.write(e.NoticeSent("rb-b", "legal", "delivered", "by mail"))
    two.write(e.CallCaptured("rb-b", "call-1", "a" * 64))
    two.do(c.CompleteDuty(duty, "rang her"))
    agree(one, two, other)
    state = other.state
    held = state.rollbacks["rb-a"]
    assert held.state == "partial"
    assert list(held.notices) == ["legal"]
    assert held.captured == {"call-1": "a" * 64}
    (log,) = state.incidents.values()
    assert len(log.updates) == 1
    assert state.duties[duty.replace("rb-b", "rb-a")].done_by == LEAD.name
    two.do(msgspec.structs.replace(POSTMORTEM, rollback="rb-b"))
    agree(one, two, other)
    assert other.state.rollbacks["rb-a"].postmortem
    assert not other.state.conflicts


def test_three_who_fire_at_once_are_one_rollback(tmp_path: Path) -> None:
    one, two, other = three(tmp_path)
    rolled(one, two, other)
    agree(one, two, other)
    held = one.state.rollbacks["rb-a"]
    assert [x.id for x in held.joined] == ["rb-b", "rb-c"]
    assert len(one.state.incidents) == 1


def test_two_with_the_same_id_are_one_rollback(tmp_path: Path) -> None:
    one, two, other = three(tmp_path)
    one.do(fire(name="rb-1"), OWNER)
    two.tell("wait")
    two.do(fire("data-breach", "rb-1"), TECH)
    two.finish("verified")
    agree(one, two, other)
    held = one.state.rollbacks["rb-1"]
    assert [x.by for x in held.joined] == [TECH.name]
    assert held.state == "verified"
    assert len(one.state.incidents) == 1
    assert not one.state.conflicts


@pytest.mark.parametrize("name", ["rb-1", "rb-2"])
def test_who_joined_fires_again_and_that_is_how_it_stands(tmp_path: Path, name: str) -> None:
    one, two, other = three(tmp_path)

    def stands() -> str:
        agree(one, two, other)
        return one.state.rollbacks["rb-1"].state

    one.do(fire(name="rb-1"), OWNER)
    one.finish("partial")
    two.tell("wait")
    two.do(fire("data-breach", name), TECH)
    two.finish("unknown")
    assert stands() == "partial"
    two.do(fire("data-breach", "rb-3"), TECH)
    assert stands() == "running"
    two.finish("unknown")
    assert stands() == "unknown"
    two.do(fire("data-breach", "rb-4"), TECH)
    two.finish("verified")
    assert stands() == "verified"
    assert list(one.state.rollbacks) == ["rb-1"]
    assert not one.state.conflicts


def test_a_rollback_of_what_ran_anew_is_its_own(tmp_path: Path) -> None:
    """Who fires late ends what runs by then, as cautious as ever."""
    one, two, other = three(tmp_path, "shadow.1")
    one.do(fire(name="rb-a"), OWNER)
    one.finish()
    one.do(POSTMORTEM)
    one.to("dark-launch.2")
    for _ in range(200):
        two.tell("no line to anybody")
    two.now = one.now
    two.do(fire(name="rb-b"), OWNER)
    agree(one, two, other)
    assert list(one.state.rollbacks) == ["rb-a", "rb-b"]
    assert one.state.attempt.id == "readiness.3"
