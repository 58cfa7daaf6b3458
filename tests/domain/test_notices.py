"""Who is told of what: each kind of notice goes to whom the guide says."""

import pytest

from console.domain import events as e
from console.domain.times import utc
from console.room.letters import words
from tests.domain.build import HOUR, NOW, OWNER, TECH
from tests.domain.post import Post, titles, who


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("error-rate", ["tech lead"]),
        ("escalation-rate", ["agent lead"]),
        ("cost-per-call", ["tech lead", "agent lead"]),
        ("cross-check:latency-p95", ["tech lead"]),
    ],
)
def test_a_metrics_alert_goes_to_the_guides_recipients(rule: str, told: list[str]) -> None:
    post = Post()
    post.fire(rule)
    assert post.letters() == []
    assert who(post.after(30.0)) == [(name, "alerts") for name in told]


def test_an_own_rule_goes_to_its_own_and_another_systems_to_nobody() -> None:
    post = Post()
    post.fire("rule:slow", severity="ticket", recipients=("reviewer",))
    post.fire("outside:Slow")
    assert who(post.after(30.0)) == [("reviewer", "alerts")]


def test_a_trigger_goes_at_once_to_the_owner_and_both_leads() -> None:
    post = Post()
    post.write(e.TriggerRaised("error-rate", 0.06, 0.05, 900, utc(NOW), "6 %"))
    sent = post.send()
    assert who(sent) == [
        ("rollback owner", "trigger error-rate"),
        ("agent lead", "trigger error-rate"),
        ("tech lead", "trigger error-rate"),
    ]
    assert titles(post, sent)[0] == "claims-triage: TRIGGER error rate over 5 % in 30 min"
    assert "rollback owner decides" in words(sent[0], post.deployment, "x")[1]


def test_a_rollback_that_runs_tells_by_itself() -> None:
    post = Post()
    post.write(e.TriggerRaised("error-rate", 0.06, 0.05, 900, utc(NOW), "6 %"))
    post.write(e.RollbackTriggered("rb-1", "full.1", "error-rate", "", "v1", ()), who=OWNER)
    post.write(e.IncidentOpened("i-1", 1, "rolled back", "error-rate", "rb-1"))
    assert post.letters() == []


def test_escalations_of_a_kind_are_one_notice_and_their_miss_goes_to_the_backup() -> None:
    post = Post()
    post.raise_escalations(count=12, backup="agent lead")
    sent = post.after(30.0)
    assert who(sent) == [("reviewer", "escalations escalate")]
    assert titles(post, sent)[0].startswith("claims-triage: 12 escalations: the agent hands a call")
    post.write(e.EscalationMissed(tuple(f"e-{n}" for n in range(12)), ("agent lead",)))
    sent = post.send()
    assert who(sent) == [("agent lead", "missed escalate")]
    assert sent[0].critical
    assert "MISSED: 12 escalations of reviewer" in words(sent[0], post.deployment, "x")[1]


def test_who_is_handed_an_escalation_is_told_of_it() -> None:
    post = Post()
    first, second = post.raise_escalations(count=2)
    post.after(30.0)
    post.write(e.EscalationAssigned((first,), "agent lead", "at lunch"))
    assert who(post.after(30.0)) == [("agent lead", "escalations escalate")]
    post.now += 300.0
    post.write(e.EscalationAssigned((second,), "agent lead", "still at lunch"))
    assert [letter.facts[0].count for letter in post.after(30.0)] == [1]


def test_an_escalation_of_an_alert_is_not_told_to_who_is_told_of_the_alert() -> None:
    post = Post()
    post.fire("error-rate")
    post.raise_escalations("error-rate", ("tech lead", "legal"), about="error-rate-1")
    assert who(post.after(30.0)) == [("tech lead", "alerts"), ("legal", "escalations error-rate")]


@pytest.mark.parametrize("row", ["safety-flag", "tool-misuse", "governance"])
def test_what_is_answered_at_once_is_told_at_once(row: str) -> None:
    post = Post()
    post.raise_escalations(row, ("agent lead",))
    assert who(post.send()) == [("agent lead", row)]


def in_window(post: Post) -> None:
    for was, to, share in (
        ("readiness.1", "dark-launch", None),
        ("dark-launch.1", "shadow", None),
        ("shadow.1", "canary", 5),
        ("canary-5.1", "canary", 100),
        ("canary-100.1", "full", None),
    ):
        post.write(e.GateDecided(was, "advance", "met", (), to, share, "v2"))  # type: ignore[arg-type]  # phases as plain text
    assert post.state.attempt.phase == "full"


def test_a_check_in_that_is_due_and_one_that_was_missed() -> None:
    post = Post()
    in_window(post)
    assert post.after(6000.0) == []
    sent = post.after(330.0)
    assert who(sent) == [("agent lead", "check-ins"), ("tech lead", "check-ins")]
    assert titles(post, sent)[0] == "claims-triage: check-in due at 02:53:20Z"
    post.now = NOW + 7200
    post.write(e.CheckInMissed(utc(NOW + 7200)))
    assert who(post.after(30.0)) == [("agent lead", "check-ins"), ("tech lead", "check-ins")]
    post.write(e.CheckInMade("all quiet"), who=TECH)
    assert post.after(HOUR) == []  # the next one is neither due soon nor missed


def test_a_shift_is_told_to_who_receives_it() -> None:
    post = Post()
    post.write(e.ShiftHanded("tech lead", "a quiet night"))
    sent = post.after(30.0)
    assert who(sent) == [("tech lead", "shift")]
    assert titles(post, sent) == ["claims-triage: the watch is handed to you"]
    assert post.after(24 * HOUR) == []


def warning() -> e.Event:
    later = utc(NOW + HOUR)
    return e.WarningRaised(
        "w-1", "escalation-rate", 0.2, 0.25, 0.01, 0.001, 240, utc(NOW), later, later, None, "rises"
    )


def test_an_early_warning_goes_to_both_leads_and_its_end_to_who_was_told() -> None:
    post = Post()
    post.write(warning())
    assert who(post.after(30.0, "tech lead")) == [
        ("agent lead", "warnings"),
        ("tech lead", "warnings"),
    ]
    post.write(e.WarningCleared("w-1", "it fell"))
    sent = post.after(600.0)
    assert who(sent) == [("agent lead", "warnings")]
    assert titles(post, sent) == ["claims-triage: escalation rate: the trend is over"]


def test_a_duty_that_is_overdue_goes_to_its_owner_else_to_both_leads() -> None:
    post = Post()
    post.write(e.DutyStarted("law", "tell the regulator", utc(NOW + 60), "legal"))
    post.write(e.DutyStarted("mail", "tell the sponsor", utc(NOW + 60), ""))
    assert post.after(30.0) == []
    sent = post.after(90.0)
    assert who(sent) == [("legal", "duties"), ("agent lead", "duties"), ("tech lead", "duties")]
    post.write(e.DutyDone("law", "told"))
    assert who(post.after(4 * HOUR)) == [("agent lead", "duties"), ("tech lead", "duties")]


def test_an_incident_goes_to_the_leads_but_not_to_who_opened_it_and_updates_are_owed() -> None:
    post = Post()
    post.write(e.IncidentOpened("i-1", 1, "wrong answers"), who=TECH)
    sent = post.send()
    assert who(sent) == [("agent lead", "incidents of severity 1")]
    assert sent[0].critical
    post.write(e.IncidentChanged("i-1", lead="legal", cadence_s=900))
    assert post.after(900.0) == []
    assert who(post.after(31.0)) == [("legal", "incidents")]
    post.write(e.IncidentUpdated("i-1", "we know the cause"))
    assert post.after(880.0) == []
    assert who(post.after(900.0)) == [("legal", "incidents")]
