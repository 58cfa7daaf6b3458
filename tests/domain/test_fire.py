"""The order to go back: who may give it, what it starts, and giving it again."""

from typing import Any

import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.entry import Actor
from console.domain.refused import Refused
from console.domain.times import utc
from tests.domain.build import (
    DAY,
    HOUR,
    LEAD,
    NOBODY,
    NOW,
    OBSERVER,
    OWNER,
    REVIEWER,
    SPONSOR,
    STEPS,
    TECH,
    Desk,
    deployment,
    fire,
    triggers,
)
from tests.domain.test_decide import POSTMORTEM, desk_in


def test_a_rollback_opens_the_incident_and_starts_the_duties() -> None:
    desk = Desk().to("canary-5.1")
    *order, record = desk.decide(fire(), OWNER)
    assert isinstance(record, e.GateDecided)
    assert (record.attempt, record.decision) == ("canary-5.1", "rollback")
    assert record.record.endswith("Decision: rollback: users were harmed.")
    assert order == [
        e.RollbackTriggered(
            "rb-1",
            "canary-5.1",
            "owner-judgement",
            "users were harmed",
            "v1",
            STEPS,
            config="c" * 64,
            phase="canary",
        ),
        e.IncidentOpened(
            f"inc-{utc(desk.now):%Y%m%dT%H%M%S}",
            1,
            "Rollback: rollback owner's judgement",
            "owner-judgement",
            "rb-1",
        ),
        e.DutyStarted(
            "sponsor-rb-1",
            "confirm the rollback to the executive sponsor",
            utc(desk.now + HOUR),
            "agent-lead",
            "rb-1",
        ),
        e.DutyStarted(
            "review-rb-1",
            "hold the post-rollback review",
            utc(desk.now + DAY),
            "agent-lead",
            "rb-1",
        ),
        e.DutyStarted(
            "post-mortem-rb-1",
            "hold the blameless post-mortem",
            utc(desk.now + 3 * DAY),
            "agent-lead",
            "rb-1",
        ),
        e.DutyStarted(
            "nobody-left-rb-1",
            "confirm that no user is left on the failed increment",
            utc(desk.now + HOUR),
            "agent-lead",
            "rb-1",
        ),
    ]


@pytest.mark.parametrize("who", [LEAD, TECH, REVIEWER, SPONSOR, OBSERVER, NOBODY])
def test_whoever_is_not_the_owner_fires_on_the_owners_behalf(who: Actor) -> None:
    desk = Desk().to("full.1")
    desk.roll_back(who=who)
    assert desk.state.rollback is not None
    assert (desk.state.rollback.by, desk.state.rollback.on_behalf_of) == (
        who.name,
        "rollback owner",
    )


def test_the_owner_fires_for_nobody_else() -> None:
    desk = Desk().to("full.1")
    desk.roll_back(who=OWNER)
    assert desk.state.rollback is not None
    assert desk.state.rollback.on_behalf_of == ""


@pytest.mark.parametrize(
    "bad",
    [
        {"trouble": "feed calls is down", "blind": 1.0},
        {"readings": {}, "totals": {}, "triggers": (), "age_s": None},
        {"deployment": deployment(version="v3")},
    ],
    ids=["blind", "nothing known", "another version"],
)
def test_no_fact_keeps_a_rollback_from_firing(bad: dict[str, Any]) -> None:
    for attempt in ("readiness.1", "dark-launch.1", "canary-1.1", "full.1"):
        desk = Desk().to(attempt)
        assert isinstance(desk.decide(fire(), NOBODY, **bad)[0], e.RollbackTriggered)


def test_a_computed_trigger_tells_when_it_began_and_when_it_was_seen() -> None:
    desk = Desk().to("canary-1.1")
    seen = desk.now
    desk.write(e.TriggerRaised("error-rate", 0.06, 0.05, 300, utc(seen - 240), "6 %"))
    desk.now += 60
    (order, *_) = desk.do(fire("error-rate"), OWNER, triggers=triggers("error-rate"))
    assert isinstance(order, e.RollbackTriggered)
    assert (order.first_true, order.detected) == (utc(NOW), utc(seen))
    assert desk.state.rollback is not None
    assert (desk.state.rollback.detected, desk.state.rollback.triggered_at) == (seen, desk.now)


@pytest.mark.parametrize("outcome", ["partial", "unknown"])
def test_firing_again_after_a_half_success_is_the_same_rollback(outcome: Any) -> None:
    desk = Desk().to("canary-1.1")
    desk.roll_back()
    desk.write(e.RollbackStep("rb-1", "traffic", "verified", "k1", "0 %"))
    desk.finish(outcome)
    assert desk.do(fire(name="rb-2"), OWNER) == [e.RollbackRetried("rb-1", "users were harmed")]
    assert desk.state.rollback is not None
    assert (desk.state.rollback.id, desk.state.rollback.state) == ("rb-1", "running")
    assert [step.state for step in desk.state.rollback.steps] == ["verified", "waiting"]
    assert len(desk.state.duties) == 4


def test_after_a_verified_one_firing_is_a_new_rollback() -> None:
    desk = desk_in("verified")
    desk.do(fire(name="rb-2"), OWNER)
    assert list(desk.state.rollbacks) == ["rb-1", "rb-2"]
    assert len(desk.state.duties) == 8
    assert not desk.state.conflicts


def test_a_duty_is_done_once_and_by_whom_is_kept() -> None:
    desk = desk_in("verified")
    desk.do(c.CompleteDuty("sponsor-rb-1", "told by phone"), LEAD)
    done = desk.state.duties["sponsor-rb-1"]
    assert (done.done_by, done.done_at) == ("agent lead", desk.now)
    with pytest.raises(Refused, match="sponsor-rb-1 is not owed"):
        desk.do(c.CompleteDuty("sponsor-rb-1", "told again"), TECH)


def test_a_post_mortem_opens_the_way_back() -> None:
    desk = desk_in("verified")
    desk.do(POSTMORTEM, TECH)
    assert desk.state.rollback is not None
    assert desk.state.rollback.postmortem
