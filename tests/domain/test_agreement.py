"""Two people decide: one lead proposes, the other agrees in time, on fresh numbers (Guide 4.2)."""

import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.entry import Actor
from console.domain.gate_record import attempt_label
from console.domain.refused import Refused
from tests.domain.build import LEAD, OBSERVER, REVIEWER, TECH, Desk, deployment

ADVANCE = c.DecideGate("advance", "the criteria are met")
AGREE = c.DecideGate("advance", "seen too", agrees=True)


def open_gate(attempt: str = "dark-launch.1") -> Desk:
    """A desk of two people whose gate has all it needs."""
    desk = Desk().to(attempt)
    desk.ready()
    desk.do(c.GiveBrief(how="by mail"))
    desk.held["deployment"] = deployment(two_people=True)
    return desk


def test_one_lead_proposes_and_the_other_agrees() -> None:
    desk = open_gate()
    (proposed,) = desk.do(ADVANCE, LEAD)
    assert isinstance(proposed, e.GateProposed)
    assert (proposed.attempt, proposed.into) == ("dark-launch.1", "shadow")
    assert desk.state.attempt.id == "dark-launch.1"
    assert "agent lead proposes it: the tech-lead agrees within 15 min" in desk.gate().waits_for
    desk.now += 14 * 60
    (decided,) = desk.do(AGREE, TECH)
    assert isinstance(decided, e.GateDecided)
    assert (decided.proposed_by, decided.why) == ("agent lead", "seen too")
    assert desk.state.attempt.id == "shadow.1"


def test_agreement_comes_too_late_after_15_minutes() -> None:
    desk = open_gate()
    desk.do(ADVANCE, LEAD)
    desk.now += 15 * 60 + 1
    with pytest.raises(Refused, match="void after 15 min"):
        desk.do(AGREE, TECH)
    assert isinstance(desk.do(ADVANCE, TECH)[0], e.GateProposed)


def test_nobody_agrees_with_themselves_nor_two_of_one_role() -> None:
    desk = open_gate()
    desk.do(ADVANCE, LEAD)
    with pytest.raises(Refused, match="agent lead has proposed it"):
        desk.do(AGREE, LEAD)
    with pytest.raises(Refused, match="the tech-lead agrees"):
        desk.do(AGREE, Actor("second agent lead", ("agent-lead",)))
    for who in (REVIEWER, OBSERVER):
        with pytest.raises(Refused):
            desk.do(AGREE, who)
    assert desk.state.attempt.id == "dark-launch.1"


def test_agreement_is_decided_on_fresh_numbers() -> None:
    desk = open_gate()
    desk.do(ADVANCE, LEAD)
    desk.held["trouble"] = "feed calls is stale"
    with pytest.raises(Refused, match="feed calls is stale"):
        desk.do(AGREE, TECH)


def test_a_hold_takes_one_person_and_voids_what_was_proposed() -> None:
    desk = open_gate()
    desk.do(ADVANCE, LEAD)
    desk.do(c.DecideGate("hold", "I want to see the night"), REVIEWER)
    with pytest.raises(Refused, match="nobody has proposed"):
        desk.do(AGREE, TECH)


def test_a_proposal_for_one_attempt_is_none_for_the_next() -> None:
    desk = open_gate()
    desk.do(ADVANCE, LEAD)
    desk.do(ADVANCE, TECH)
    assert attempt_label(desk.state.attempt) == "shadow"
    assert "one lead proposes" in desk.gate().waits_for


def test_what_was_on_the_screen_goes_on_record() -> None:
    desk = Desk().to("dark-launch.1")
    desk.ready()
    desk.do(c.GiveBrief(how="by mail"))
    seen = desk.gate().criteria
    at = desk.now
    desk.now += 5
    (decided,) = desk.decide(c.DecideGate("advance", "", seen=seen, seen_at=at))
    assert isinstance(decided, e.GateDecided)
    assert decided.criteria == seen
    assert decided.seen_at is not None
    assert decided.seen_at.timestamp() == at


def test_a_verdict_that_changed_since_it_was_on_the_screen_is_looked_at_again() -> None:
    desk = Desk().to("dark-launch.1")
    seen = desk.gate().criteria
    desk.ready()
    desk.do(c.GiveBrief(how="by mail"))
    with pytest.raises(Refused, match="changed since it was on the screen: accuracy"):
        desk.decide(c.DecideGate("advance", "", seen=seen, seen_at=desk.now))


def test_the_brief_says_what_the_guide_asks_for() -> None:
    desk = Desk().to("shadow.1")
    (brief,) = desk.do(c.GiveBrief(how="in the weekly meeting"))
    assert isinstance(brief, e.BriefGiven)
    assert (brief.into, brief.how, brief.to) == (
        "canary 1 %",
        "in the weekly meeting",
        "BU operations lead",
    )
    for part in ("canary 1 %", "1 % of the users", "contact: agent lead, tech lead", "way back"):
        assert part in brief.text


def test_ratings_decide_where_users_give_them() -> None:
    desk = Desk().to("shadow.1")
    for positive, negative, verdict in ((5, 4, "unknown"), (6, 4, "met"), (4, 6, "not-met")):
        totals = desk.held["totals"]["traffic"]
        totals.positive, totals.negative = positive, negative
        assert desk.criterion("satisfaction").verdict == verdict
        totals.positive = totals.negative = 0
