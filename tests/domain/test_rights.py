"""Who may write what, said of entries alone, is what `decide` asks of the people themselves."""

from collections.abc import Callable

import pytest

from console.domain import commands as c
from console.domain import commands_escalation as ce
from console.domain import commands_notices as n
from console.domain import events as e
from console.domain.entry import Actor
from console.domain.refused import Refused
from console.domain.rights import _RIGHTS, ANYBODY, MACHINE, overstepped
from console.domain.times import utc
from tests.domain.build import (
    BASELINE,
    EVERYBODY,
    HOUR,
    LEAD,
    NOBODY,
    NOW,
    OWNER,
    SEEN,
    WATCHER,
    Desk,
    at,
    deployment,
    entry,
    fire,
    judgements,
    nonce,
    raw_entry,
)
from tests.domain.test_decide import INCIDENT, POSTMORTEM

SILENCE = n.SilenceNotices("quiet", "traffic", HOUR, "a load test")
ALERT = e.AlertFired("al-1", "traffic", 9, 5, 99, 3600, "calls", "busy")


ESCALATION = e.EscalationRaised(
    "escalate", (e.EscalationItem("escalate-c1", "c1", utc(NOW), utc(NOW + HOUR)),), ("legal",)
)
OPENED = e.IncidentOpened("inc-1", 3, "answers are slow")
DUTY = e.DutyStarted("tell", "tell the sponsor", utc(NOW + HOUR), "agent-lead")
WARNING = e.WarningRaised(
    "w", "latency-p95", 2.5, 3, 0.1, 0.01, 9, utc(NOW), utc(NOW), utc(NOW), None, "it rises"
)


def _confirmed() -> Desk:
    desk = Desk()
    desk.confirm_all()
    return desk


def _reviewed() -> Desk:
    desk = _told(WARNING)
    desk.do(c.ReviewWarning("w", "a slow index", True))
    return desk


def _with(desk: Desk, **held: object) -> Desk:
    desk.held |= held
    return desk


def _told(event: e.Event) -> Desk:
    desk = Desk()
    desk.write(event)
    return desk


def _polled() -> Desk:
    desk = Desk()
    desk.confirm_all()
    desk.do(c.OpenPoll())
    return desk


def _rolled_back() -> Desk:
    desk = Desk().to("dark-launch.1")
    desk.roll_back()
    desk.finish()
    return desk


COMMANDS: dict[str, tuple[Callable[[], Desk], c.Command]] = {
    "note": (Desk, c.WriteNote("the queue is long")),
    "confirm": (Desk, c.ConfirmItem("data-access", SEEN)),
    "plan": (Desk, c.PlanItem("data-access", "the team", utc(NOW).date())),
    "baseline": (Desk, BASELINE),
    "brief": (Desk, c.GiveBrief("what comes next and whom to call")),
    "incident": (Desk, INCIDENT),
    "silence": (Desk, SILENCE),
    "probe": (Desk, c.RecordProbe("escalation", True, "in 40 s", "a" * 64)),
    "limitation": (Desk, c.NoteLimitation("foreign dates")),
    "take": (Desk, c.TakeOver()),
    "check in": (Desk, c.CheckIn("all is well")),
    "advance": (lambda: at("shadow.1"), c.DecideGate("advance")),
    "hold": (lambda: at("shadow.1"), c.DecideGate("hold", "it looks odd")),
    "propose": (
        lambda: _with(at("shadow.1"), deployment=deployment(two_people=True)),
        c.DecideGate("advance"),
    ),
    "judge": (lambda: at("shadow.1"), judgements(9)),
    "satisfaction": (lambda: at("shadow.1"), c.JudgeSatisfaction("neutral", "no complaint")),
    "satisfaction told": (
        lambda: at("shadow.1"),
        c.JudgeSatisfaction("neutral", "no complaint", "BU operations lead"),
    ),
    "answer": (_polled, c.AnswerPoll(True, "as I see it", "", nonce("x"))),
    "acknowledge": (lambda: _told(ALERT), c.AcknowledgeAlert("al-1")),
    "roll back": (
        lambda: at("shadow.1"),
        fire(),
    ),
    "post-mortem": (_rolled_back, POSTMORTEM),
    "confirm for another": (
        Desk,
        c.ConfirmItem("data-access", SEEN, "tech-lead", on_behalf_of="tech lead"),
    ),
    "accept an item": (Desk, c.AcceptItem("regression", "it is the first deployment")),
    "accept a config": (
        lambda: _with(_told(e.JournalOpened("a" * 64)), config_sha256="b" * 64),
        c.AcceptConfig(),
    ),
    "open a poll": (_confirmed, c.OpenPoll()),
    "acknowledge an escalation": (
        lambda: _told(ESCALATION),
        ce.AcknowledgeEscalations(("escalate-c1",)),
    ),
    "assign an escalation": (
        lambda: _told(ESCALATION),
        ce.AssignEscalations("tech lead", ("escalate-c1",)),
    ),
    "resolve an escalation": (
        lambda: _told(ESCALATION),
        ce.ResolveEscalations("answered", "foreign dates", "", ("escalate-c1",)),
    ),
    "update an incident": (lambda: _told(OPENED), c.UpdateIncident("inc-1", "we look")),
    "close an incident": (lambda: _told(OPENED), c.CloseIncident("inc-1", "it was nothing")),
    "change an incident": (lambda: _told(OPENED), c.ChangeIncident("inc-1", 1, why="worse")),
    "link to an incident": (lambda: _told(OPENED), c.LinkToIncident("inc-1", calls=("c9",))),
    "do a duty": (lambda: _told(DUTY), c.CompleteDuty("tell", "told")),
    "review a warning": (lambda: _told(WARNING), c.ReviewWarning("w", "a slow index", True)),
    "say that it is fixed": (
        _reviewed,
        c.SettleWarning("w", "fixed", "the index is rebuilt"),
    ),
    "maintain": (_reviewed, c.SettleWarning("w", "maintain", "it will pass")),
    "send a test": (Desk, c.SendEscalationTest("abc", "legal")),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_what_decide_asks_of_people_is_what_their_entries_are_held_against(name: str) -> None:
    make, command = COMMANDS[name]
    desk = make()
    decided: dict[Actor, list[e.Event]] = {}
    for who in EVERYBODY:
        try:
            decided[who] = desk.decide(command, who)
        except Refused:
            continue
    assert decided, "nobody may: the case is none"
    for who, events in decided.items():
        known = None if who == NOBODY else who.roles
        assert [overstepped(entry(one, actor=who), known) for one in events] == [""] * len(events)
    for who in set(EVERYBODY) - set(decided):
        # Their entry would be another's, but for what each alone says: its own role.
        known = None if who == NOBODY else who.roles
        assert all(
            any(overstepped(entry(one, actor=who), known) for one in events)
            for events in decided.values()
        ), f"{who.name} is refused, and the entry counts"


def test_every_kind_has_its_rule_and_little_is_anybodys() -> None:
    assert set(_RIGHTS) == set(e.KINDS.values())
    told = ("journal.", "rollback.", "suspension.")
    assert {kind for kind, event in e.KINDS.items() if _RIGHTS[event] is ANYBODY} == {
        *(kind for kind in e.KINDS if kind.startswith(told)),
        "duty.started",
        "poll.revealed",
    }
    for kind in ("gate.decided", "of.tomorrow"):  # cannot be read, and changes nothing
        assert not overstepped(raw_entry(kind, b"{", actor=NOBODY), None)


def test_machines_tell_what_they_see_and_decide_nothing() -> None:
    assert not overstepped(entry(ALERT, actor=WATCHER), None)
    assert overstepped(entry(ALERT, actor=LEAD), LEAD.roles) == MACHINE.words
    assert overstepped(entry(ALERT, actor=Actor("")), None) == MACHINE.words
    hold = e.GateDecided("shadow.1", "hold", "odd", ())
    assert overstepped(entry(hold, actor=WATCHER), None) == "a person with a role"
    back = e.GateDecided("shadow.1", "rollback", "", ())
    assert not overstepped(entry(back, actor=WATCHER), None)
    settled = e.WarningSettled("w", "maintain", "it holds")
    assert overstepped(entry(settled), LEAD.roles) == "the rollback owner"
    assert not overstepped(entry(settled, actor=OWNER), OWNER.roles)
