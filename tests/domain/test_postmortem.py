"""A post-mortem is complete only with its three specific outputs (Guide 6.4)."""

from typing import Any

import msgspec
import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain import postmortem as pm
from console.domain.refused import Refused
from tests.domain.build import LEAD, NOW, OWNER, REVIEWER, TECH, Desk
from tests.domain.test_decide import POSTMORTEM, desk_in


@pytest.mark.parametrize(
    "text",
    [
        "the agent failed",
        "The agent failed.",
        "Our AI agent has failed in production",
        "it just broke",
        "the model hallucinated",
        "the system did not work properly",
        "something went wrong with the agent",
        "human error",
        "unknown",
        "N/A",
        "bug",
        "the outputs were wrong",
        "cache",
    ],
)
def test_a_cause_that_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="does not say what caused it: name the input"):
        pm.root_cause(text)


@pytest.mark.parametrize(
    "text",
    [
        "a stale cache",
        "the cache held v1's prompt",
        "inputs with two claim numbers were read as one",
        "the agent failed because the API's rate limit is per region",
        "tool timeout of 2 s was shorter than the CRM's p99",
        "l'outil de paiement renvoyait du XML",
    ],
)
def test_a_specific_cause_is_taken_as_it_is_written(text: str) -> None:
    assert pm.root_cause(f"  {text} ") == text


@pytest.mark.parametrize(
    ("text", "where", "named"),
    [
        ("the prompt names both numbers", (), ("prompt",)),
        ("40 inputs join the test set", (), ("test-set",)),
        ("cases added to the test set, and the prompt shortened", (), ("test-set", "prompt")),
        ("the cache is keyed by version", ("infrastructure",), ("infrastructure",)),
        ("the prompt is mended", ("test-set", "test-set"), ("test-set",)),
    ],
)
def test_a_change_says_what_it_is_made_to(text: str, where: Any, named: Any) -> None:
    assert pm.change(text, where) == (text, named)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the specific change is empty"),
        ("mended", "is no specific change"),
        ("the cache is keyed by version", "to what the change is made"),
    ],
)
def test_a_change_of_nothing_is_refused(text: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        pm.change(text, ())


@pytest.mark.parametrize(
    "text",
    [
        "dark launch again on 2036-12-01",
        "staging 2020-01-01, dark launch 2036-12-08",
        "no re-deployment: the process is given up",
        "No redeployment, the vendor ends the model in March",
    ],
)
def test_a_timeline_names_a_day_or_says_why_there_is_none(text: str) -> None:
    assert pm.revised_timeline(text, NOW) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (" ", "the revised timeline is empty"),
        ("next week", "has no date"),
        ("on 2036-13-45", "has no date"),
        ("on 2020-01-01", "which is past"),
        ("no re-deployment", "say why there is no re-deployment"),
    ],
)
def test_a_timeline_without_a_day_is_refused(text: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        pm.revised_timeline(text, NOW)


def test_it_completes_the_duty_and_no_word_does() -> None:
    desk = desk_in("verified")
    duty = desk.state.duties["post-mortem-rb-1"]
    with pytest.raises(Refused, match="three outputs are on record"):
        desk.do(c.CompleteDuty(duty.id, "held"), LEAD)
    desk.do(POSTMORTEM, TECH)
    duty = desk.state.duties["post-mortem-rb-1"]
    assert (duty.done_at, duty.done_by) == (desk.now, "tech lead")
    assert desk.state.postmortems[-1].where == ("infrastructure",)
    with pytest.raises(Refused, match="is not owed"):
        desk.do(c.CompleteDuty(duty.id, "held again"), LEAD)


def test_it_is_of_an_incident_where_there_was_no_rollback() -> None:
    desk = Desk().to("full.1")
    (opened, started) = desk.do(c.OpenIncident(2, "answers are slow"), REVIEWER)
    assert isinstance(opened, e.IncidentOpened)
    assert isinstance(started, e.DutyStarted)
    assert started.due.timestamp() == desk.now + 72 * 3600
    desk.do(POSTMORTEM, TECH)
    assert desk.state.incidents[opened.incident].postmortem
    assert desk.state.duties[started.duty].done_by == "tech lead"
    assert (desk.state.postmortems[-1].rollback, desk.state.postmortems[-1].incident) == (
        "",
        opened.incident,
    )


def test_an_incident_of_a_rollback_has_the_rollbacks() -> None:
    desk = desk_in("verified")
    (incident,) = desk.state.incidents
    named = msgspec.structs.replace(POSTMORTEM, incident=incident)
    (recorded,) = desk.do(named, LEAD)
    assert isinstance(recorded, e.PostMortemRecorded)
    assert recorded.rollback == "rb-1"
    assert desk.state.rollbacks["rb-1"].postmortem


def test_a_minor_incident_needs_none_but_may_have_one() -> None:
    desk = Desk().to("full.1")
    (opened,) = desk.do(c.OpenIncident(3, "one answer was late"))
    assert isinstance(opened, e.IncidentOpened)
    with pytest.raises(Refused, match="nothing needs a post-mortem"):
        desk.do(POSTMORTEM)
    desk.do(msgspec.structs.replace(POSTMORTEM, incident=opened.incident))
    with pytest.raises(Refused, match="there is no incident inc-9"):
        desk.do(msgspec.structs.replace(POSTMORTEM, incident="inc-9"))
    with pytest.raises(Refused, match="no rollback rb-9"):
        desk.do(msgspec.structs.replace(POSTMORTEM, rollback="rb-9"))


def test_wrong_outputs_become_cases() -> None:
    desk = Desk().to("full.1")
    desk.roll_back("incorrect-outputs", OWNER)
    desk.finish("verified")
    with pytest.raises(Refused, match="say how many"):
        desk.do(msgspec.structs.replace(POSTMORTEM, cases=0))
