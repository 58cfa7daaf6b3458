"""What each command amounts to, and each refusal in words that help."""

from typing import Any

import pytest

from config.guide import checklist_items
from console.domain import commands as c
from console.domain import commands_escalation as ce
from console.domain import commands_notices as n
from console.domain import events as e
from console.domain.entry import Actor
from console.domain.refused import Refused
from console.domain.times import iso, utc
from tests.domain.build import (
    BASELINE,
    BUSINESS,
    HOLDER,
    HOUR,
    LEAD,
    LEGAL,
    NOBODY,
    NOW,
    OBSERVER,
    OWNER,
    REVIEWER,
    SEEN,
    TECH,
    Desk,
    deployment,
    fire,
    frozen,
    judgements,
    seen,
    triggers,
)

NAN, INF = float("nan"), float("inf")


BRIEF = c.GiveBrief("what comes next and whom to call")


NOTE = c.WriteNote("the queue is long")


INCIDENT = c.OpenIncident(2, "answers are slow")


POSTMORTEM = c.RecordPostMortem(
    "the cache held v1's prompt",
    "the cache is keyed",
    "dark launch again on 2036-12-01",
    3,
    where=("infrastructure",),
)


UNHAPPY = c.JudgeSatisfaction("negative", "the team complained")


def proof(text: str, kind: Any = "text") -> c.ConfirmItem:
    """A confirmation of the test set with this evidence."""
    return c.ConfirmItem("test-set", e.Evidence(kind, text))


def desk_in(stage: str) -> Desk:
    """A desk in the stage that a refusal is about."""
    if stage in {"", "readiness"}:
        return Desk()
    if stage == "alert taken":
        desk = desk_in("alert")
        desk.do(c.AcknowledgeAlert("a"), TECH)
        desk.now += 5 * 60
        return desk
    if stage == "alert":
        desk = Desk()
        desk.write(e.AlertFired("a", "error-rate", 0.02, 0.01, 1200, 3600, "calls", "2 %"))
        return desk
    desk = Desk().to("full.1" if stage == "stable" else "dark-launch.1")
    if stage == "stable":
        desk.ready()
        desk.advance()
    if stage in {"running", "verified"}:
        desk.roll_back()
    if stage == "verified":
        desk.finish()
    return desk


REFUSALS: list[tuple[str, c.Command, Actor, str]] = [
    ("", c.ConfirmItem("test-sett", SEEN), LEAD, "no item test-sett; did you mean test-set?"),
    ("", c.ConfirmItem("zzz", SEEN), LEAD, "no item zzz (one of: sprint-report, "),
    (
        "",
        c.ConfirmItem("test-set", SEEN),
        TECH,
        "by agent-lead; tech lead has the role tech-lead",
    ),
    ("", c.ConfirmItem("test-set", SEEN), NOBODY, "visitor has no role"),
    ("", c.ConfirmItem("test-set", SEEN), OBSERVER, "observer has the role observer"),
    ("", c.ConfirmItem("prompt-lock", SEEN, "legal"), LEGAL, "by agent-lead and tech-lead"),
    ("", c.ConfirmItem("prompt-lock", SEEN, "tech-lead"), LEAD, "by agent-lead and tech-lead"),
    (
        "",
        c.ConfirmItem("governance-review", SEEN, "legal", "counsel"),
        REVIEWER,
        "reviewer cannot record another role's written confirmation",
    ),
    ("", c.ConfirmItem("governance-review", SEEN, "", "counsel"), LEAD, "which role's"),
    ("", c.ConfirmItem("test-set", SEEN, "legal", "counsel"), LEAD, "confirmed by agent-lead"),
    ("", proof("done"), LEAD, "more than an assertion"),
    ("", proof("           "), LEAD, "the evidence is empty"),
    ("", proof("done-done-done-done"), LEAD, "more than an assertion"),
    ("", proof("   ", "url"), LEAD, "the evidence is empty"),
    ("", BASELINE, REVIEWER, "reviewer cannot document the baseline"),
    ("dark", BASELINE, LEAD, "cannot change once the rollout has begun"),
    ("", c.DocumentBaseline(92, 2.0, 0.02, "figures"), LEAD, "a fraction from 0 to 1"),
    ("", c.DocumentBaseline(NAN, 2.0, 0.02, "figures"), LEAD, "a fraction from 0 to 1"),
    ("", c.DocumentBaseline(0.9, INF, 0.02, "figures"), LEAD, "latency must be a finite number"),
    ("", c.DocumentBaseline(0.9, 0.0, 0.02, "figures"), LEAD, "latency must be a finite number"),
    ("", c.DocumentBaseline(0.9, 2.0, NAN, "figures"), LEAD, "cost must be a finite number"),
    ("", c.DocumentBaseline(0.9, 2.0, -1.0, "figures"), LEAD, "cost must be a finite number"),
    ("", c.DocumentBaseline(0.9, 2.0, 0.02, " "), LEAD, "the source is empty"),
    ("", BRIEF, BUSINESS, "BU operations lead cannot record a brief"),
    ("", judgements(1), REVIEWER, "nothing to judge before the dark launch"),
    ("dark", c.JudgeSample(()), REVIEWER, "the sample is empty"),
    ("dark", judgements(1), OBSERVER, "observer is an observer"),
    (
        "dark",
        c.JudgeSample((e.Judgement("one", "right"), e.Judgement("one", "right"))),
        REVIEWER,
        "judged twice",
    ),
    ("dark", UNHAPPY, REVIEWER, "reviewer cannot record the BU Operations Lead's judgement"),
    ("dark", UNHAPPY, LEAD, "the BU Operations Lead's to judge"),
    (
        "dark",
        c.JudgeSatisfaction("positive", "asked", "legal"),
        LEAD,
        "on whose behalf it is recorded (BU operations lead)",
    ),
    ("dark", c.JudgeSatisfaction("positive", ""), BUSINESS, "the reason is empty"),
    ("", c.DecideGate("advance"), LEAD, "hard items are open"),
    ("", c.DecideGate("advance"), OWNER, "rollback owner cannot decide a gate"),
    ("dark", c.DecideGate("hold"), LEAD, "the reason for the hold is empty"),
    ("dark", c.DecideGate("hold", "too early"), OBSERVER, "changes nothing"),
    ("stable", c.DecideGate("hold", "a doubt"), LEAD, "the rollout is over"),
    ("stable", c.DecideGate("advance"), LEAD, "the rollout is over"),
    ("", c.WriteNote(" "), LEAD, "the note is empty"),
    ("", NOTE, OBSERVER, "changes nothing"),
    ("", NOTE, NOBODY, "changes nothing"),
    ("", c.WriteNote("seen", "i9"), LEAD, "there is no incident i9 (none is open)"),
    ("", c.WriteNote("seen", "", utc(NOW + 1)), LEAD, "about the future"),
    ("alert", c.AcknowledgeAlert("b"), LEAD, "there is no alert b (a)"),
    ("alert", c.AcknowledgeAlert("a"), OBSERVER, "changes nothing"),
    ("alert taken", c.AcknowledgeAlert("a"), LEAD, "acknowledged by tech lead 5 min ago"),
    ("", c.CheckIn("all quiet"), REVIEWER, "reviewer cannot check in"),
    ("", c.CheckIn(" "), LEAD, "the remark is empty"),
    ("", INCIDENT, OBSERVER, "changes nothing"),
    ("", c.OpenIncident(2, " "), LEAD, "the title is empty"),
    ("", c.OpenIncident(2, "slow", "bad-weather"), LEAD, "there is no trigger bad-weather"),
    ("", c.CloseIncident("i9", "over"), LEAD, "no incident i9 is open"),
    ("", c.CompleteDuty("sponsor", "told"), LEAD, "sponsor is not owed (owed: nothing)"),
    ("running", c.CompleteDuty("x", "told"), LEAD, "(owed: sponsor-rb-1, "),
    ("running", c.CompleteDuty("sponsor-rb-1", " "), LEAD, "the remark is empty"),
    ("dark", fire("bad-weather"), OWNER, "there is no trigger bad-weather (one of: error-rate"),
    ("running", fire(name="rb-2"), OWNER, "rollback rb-1 is running already"),
    ("dark", POSTMORTEM, LEAD, "there was no rollback"),
    ("verified", POSTMORTEM, REVIEWER, "reviewer cannot record the post-mortem"),
    ("verified", c.RecordPostMortem(" ", "b", "c", 1), LEAD, "specific root cause is empty"),
    ("verified", c.RecordPostMortem("stale cache", " ", "c", 1), LEAD, "specific change is empty"),
    (
        "verified",
        c.RecordPostMortem("stale cache", "the prompt is mended", " ", 1),
        LEAD,
        "revised timeline is empty",
    ),
    ("verified", c.RecordPostMortem("a", "b", "c", -1), LEAD, "0 or more"),
]


@pytest.mark.parametrize(("stage", "command", "who", "why"), REFUSALS)
def test_a_refusal_says_why_and_changes_nothing(
    stage: str, command: c.Command, who: Actor, why: str
) -> None:
    desk = desk_in(stage)
    before = frozen(desk.state)
    with pytest.raises(Refused) as refused:
        desk.decide(command, who)
    assert any(why in reason for reason in refused.value.reasons), refused.value.reasons
    assert frozen(desk.state) == before


def test_an_item_is_confirmed_for_each_role_that_its_actor_holds() -> None:
    both = Actor("agent lead", ("agent-lead", "tech-lead"))
    command = c.ConfirmItem("prompt-lock", SEEN)
    assert Desk().decide(command, both) == [
        e.ItemConfirmed("prompt-lock", "agent-lead", SEEN, version="v2"),
        e.ItemConfirmed("prompt-lock", "tech-lead", SEEN, version="v2"),
    ]
    assert [event.role for event in map(confirmed, Desk().decide(command, TECH))] == ["tech-lead"]


def confirmed(event: e.Event) -> e.ItemConfirmed:
    """The event, which is a confirmation."""
    assert isinstance(event, e.ItemConfirmed)
    return event


@pytest.mark.parametrize("item", checklist_items(), ids=lambda item: item.id)
def test_only_the_guides_roles_confirm_an_item(item: Any) -> None:
    desk = Desk()
    if item.asks == "sign-off":
        desk.confirm_all(item.id)
    for role, who in HOLDER.items():
        command = c.ConfirmItem(item.id, seen(item.id))
        if role in item.roles:
            (event,) = map(confirmed, desk.decide(command, who))
            assert (event.item, event.role, event.evidence) == (item.id, role, seen(item.id))
        else:
            with pytest.raises(Refused):
                desk.decide(command, who)


def test_a_lead_records_a_written_confirmation_and_says_whose() -> None:
    mail = e.Evidence("file", "mail-of-counsel.eml", "a" * 64)
    desk = Desk()
    desk.confirm_all("governance-review")
    desk.do(c.ConfirmItem("governance-review", mail, "legal", "counsel"), TECH)
    held = desk.state.items["governance-review"]["legal"]
    assert (held.by, held.on_behalf_of, held.evidence) == ("tech lead", "counsel", mail)


def test_the_brief_names_who_was_told() -> None:
    desk = Desk().to("dark-launch.1")
    assert desk.decide(BRIEF) == [
        e.BriefGiven(
            "dark-launch.1", "BU operations lead", "what comes next and whom to call", "shadow"
        )
    ]
    with pytest.raises(Refused, match=r"nobody in warroom\.toml is bu-operations-lead"):
        desk.decide(BRIEF, deployment=deployment(business=""))


@pytest.mark.parametrize(
    ("command", "who"),
    [
        (BRIEF, LEAD),
        (judgements(50), REVIEWER),
        (UNHAPPY, BUSINESS),
        (c.DecideGate("hold", "too early"), LEAD),
        (c.DecideGate("advance"), LEAD),
    ],
    ids=lambda one: type(one).__name__ if not isinstance(one, Actor) else one.name,
)
def test_what_was_meant_for_one_attempt_never_counts_for_the_next(
    command: c.Command, who: Actor
) -> None:
    desk = Desk().to("shadow.1")
    desk.ready()
    with pytest.raises(Refused, match=r"somebody decided meanwhile: shadow\.1 runs now"):
        desk.decide(command, who, attempt="dark-launch.1")


def test_the_gates_record_has_all_parts_that_the_guide_asks_for() -> None:
    desk = Desk().to("canary-5.1")
    desk.ready()
    desk.do(c.OpenIncident(3, "one answer was late"))
    desk.write(e.AlertFired("al", "traffic", 9.0, 5.0, 1200, 3600, "calls", "busy"))
    (event,) = desk.decide(c.DecideGate("advance", "all agree"), TECH)
    assert isinstance(event, e.GateDecided)
    assert event.record == (
        f"Phase canary 5 % completed {iso(desk.now)} after 48h. "
        "Gate criterion: no-critical-failure, escalation-rate, latency-held, cost-held, "
        "satisfaction. Result: met. Evidence: "
        "no-critical-failure: no trigger and no severity 1 incident; "
        "escalation-rate: 10.0 % of 1,200 calls, must be under 20 %; "
        "latency-held: 2.02 s, must be at most 2.2 s: 1.10x the baseline of 2 s; "
        "cost-held: 0.02 USD, must be at most 0.022 USD: 1.10x the baseline of 0.02 USD; "
        "satisfaction: judged neutral by BU operations lead; "
        f"incidents: {next(iter(desk.state.incidents))}; open alerts: al. "
        "Decision: advance to canary 20 %."
    )
    assert (event.to_phase, event.to_increment, event.version) == ("canary", 20, "v2")
    assert (event.open_alerts, event.head, event.why) == (("al",), "f" * 64, "all agree")
    assert event.criteria == desk.gate().criteria


def test_a_hold_is_recorded_with_its_reason_and_the_criteria_as_they_stood() -> None:
    desk = Desk().to("dark-launch.1")
    (event,) = desk.do(c.DecideGate("hold", "the sample is too small"), REVIEWER)
    assert isinstance(event, e.GateDecided)
    assert (event.decision, event.to_phase, event.to_increment) == ("hold", "", None)
    assert "Result: not met." in event.record
    assert event.record.endswith("Decision: hold for the sample is too small.")
    assert [one.verdict for one in event.criteria] == ["unknown", "met", "met", "met"]
    assert (desk.state.attempt.id, desk.state.attempt.holds) == ("dark-launch.1", 1)


def test_go_locks_the_version() -> None:
    desk = Desk()
    assert desk.state.locked_version == ""
    desk.to("dark-launch.1")
    assert desk.state.locked_version == "v2"
    desk.roll_back()
    assert desk.state.locked_version == ""


def test_a_refused_advance_gives_every_reason_at_once() -> None:
    desk = Desk().to("dark-launch.1")
    with pytest.raises(Refused) as refused:
        desk.advance()
    starts = [reason.split(" ")[0] for reason in refused.value.reasons]
    assert starts == ["accuracy", "the", "the"]
    with pytest.raises(Refused) as refused:
        desk.decide(
            c.DecideGate("advance"),
            trouble="feed calls is down",
            blind=0.2,
            triggers=triggers("error-rate"),
            deployment=deployment(version="v3"),
        )
    assert len(refused.value.reasons) == 9


def test_two_incidents_in_one_second_are_two() -> None:
    desk = Desk().to("dark-launch.1")
    desk.do(INCIDENT)
    desk.do(INCIDENT)
    desk.roll_back()
    assert len(desk.state.incidents) == 3
    assert not desk.state.conflicts


def test_an_incident_lives_from_its_opening_to_its_resolution() -> None:
    desk = Desk()
    opened, owed = desk.do(c.OpenIncident(2, " answers are slow "), REVIEWER)
    assert isinstance(owed, e.DutyStarted)
    assert isinstance(opened, e.IncidentOpened)
    name = opened.incident
    desk.do(c.WriteNote("the queue grew", name, utc(NOW - HOUR)))
    desk.now += HOUR
    desk.do(c.CloseIncident(name, "the queue was drained"))
    held = desk.state.incidents[name]
    assert (held.title, held.notes, held.by) == ("answers are slow", 1, "reviewer")
    assert (held.opened_at, held.closed_at) == (NOW, NOW + HOUR)
    with pytest.raises(Refused, match="is open"):
        desk.do(c.CloseIncident(name, "again"))


def test_a_note_about_the_past_says_so() -> None:
    then = utc(NOW - HOUR)
    assert Desk().decide(c.WriteNote(" seen ", "", then)) == [e.NoteWritten("seen", "", then)]


def test_a_check_in_is_a_leads_and_is_counted() -> None:
    desk = Desk().to("full.1")
    desk.do(c.CheckIn("all quiet"), TECH)
    assert [(one.by, one.at) for one in desk.state.checkins] == [("tech lead", desk.now)]


def test_an_observer_changes_nothing_and_every_command_is_decided() -> None:
    tried: tuple[c.Command, ...] = (
        c.ConfirmItem("test-set", SEEN),
        c.PlanItem("test-set", "the lab", utc(NOW).date()),
        c.AcceptItem("load-test", "later"),
        c.AcceptConfig(),
        c.RecordProbe("logging", True, "all there", "a" * 64),
        c.SendEscalationTest("abc", "reviewer"),
        c.ConfirmEscalationTest("abc"),
        c.OpenPoll(),
        c.AnswerPoll(True, "fine"),
        c.WithdrawAnswer(),
        BASELINE,
        BRIEF,
        judgements(1),
        c.DrawSample("dark-launch.1", 1, "5e", 9, utc(NOW), utc(NOW), "calls", ("one",)),
        UNHAPPY,
        c.DecideGate("hold", "a doubt"),
        c.AskTraffic("dark-launch.1", 0, "dark-launch", 0.0),
        c.RecordTraffic("dark-launch.1", "k", "verified", 0.0, "it reads 0 %"),
        NOTE,
        c.AcknowledgeAlert("a"),
        ce.AcknowledgeEscalations(("escalate-c1",)),
        ce.AssignEscalations("tech lead", ("escalate-c1",)),
        ce.HandEscalations(("escalate-c1",)),
        ce.ResolveEscalations("answered", "two clauses", "", ("escalate-c1",)),
        c.SilenceAlert("s-1", "Slow", 60.0, "deploy"),
        c.RecordSilence("s-1", "set", "read back"),
        n.SilenceNotices("s-2", "error-rate", 60.0, "deploy"),
        n.LiftSilence("error-rate"),
        c.CheckIn("all quiet"),
        c.HandOver("tech lead"),
        c.TakeOver(),
        c.NoteLimitation("two questions at once"),
        c.AssessWindow("stable"),
        INCIDENT,
        c.ChangeIncident("i", 1, why="it spreads"),
        c.LinkToIncident("i", calls=("c-1",)),
        c.UpdateIncident("i", "half of it is back"),
        c.RecordCaptures("i", (e.CallCaptured("i", "c-1", "a" * 64),)),
        c.CloseIncident("i", "over"),
        c.CompleteDuty("sponsor", "told"),
        POSTMORTEM,
        c.AcknowledgeContested("host-1/7", "we hold"),
        c.ReviewWarning("w", "a slow index", True),
        c.SettleWarning("w", "fixed", "rebuilt"),
    )
    assert {type(command) for command in tried} == set(c.Command.__args__) - {
        c.TriggerRollback,
        c.RevealPoll,  # it opens seals, whoever asks
    }
    for command in tried:
        with pytest.raises(Refused):
            desk_in("dark").decide(command, OBSERVER)
