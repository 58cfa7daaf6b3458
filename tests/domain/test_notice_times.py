"""When they are told: groups, waits, repeats, quiet hours, silences; nothing twice."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.domain import events as e
from console.domain.notice_facts import RULES, facts_of
from console.domain.notices import Letter, last_delivered, untold_now
from console.domain.times import utc
from console.room.letters import MOST_LINES, words
from tests.domain.build import HOUR, NOW, OWNER, TECH
from tests.domain.post import MINUTE, QUIET, Post, titles, who


def test_the_first_waits_for_company_and_the_next_for_the_interval() -> None:
    post = Post()
    post.fire()
    assert post.after(20.0) == []
    post.fire("latency-p95")
    sent = post.after(10.0)
    assert [len(letter.facts) for letter in sent] == [2]
    assert titles(post, sent) == ["claims-triage: 2 alerts: error rate fires, latency p95 fires"]
    post.fire("traffic")
    assert post.after(200.0) == []
    (letter,) = post.after(100.0)
    assert [fact.head for fact in letter.facts] == ["traffic fires"]
    assert [fact.head for fact in letter.still] == ["error rate fires", "latency p95 fires"]


def test_what_still_holds_is_said_again_until_somebody_has_it_in_hand() -> None:
    post = Post()
    post.fire()
    post.after(30.0)
    assert post.after(4 * HOUR - 1) == []
    sent = post.after(1.0)
    assert titles(post, sent) == ["claims-triage: still: error rate fires"]
    assert post.after(HOUR) == []
    post.write(e.AlertAcknowledged("error-rate-1"), who=TECH)
    assert post.after(24 * HOUR) == []


def test_what_is_critical_is_said_again_sooner() -> None:
    post = Post()
    post.raise_escalations("tool-misuse", ("agent lead",))
    post.send()
    assert post.after(29 * MINUTE) == []
    assert len(post.after(MINUTE)) == 1
    post.write(e.EscalationAcknowledged(("e-0",)))
    assert post.after(HOUR) == []


def test_the_times_are_configurable() -> None:
    post = Post("[notices]\ngroup_wait_s = 0\ngroup_interval_s = 60\nrepeat_s = 900")
    post.fire()
    assert len(post.send()) == 1
    post.fire("latency-p95")
    assert post.after(59.0) == []
    assert len(post.after(1.0)) == 1
    assert post.after(899.0) == []
    assert len(post.after(1.0)) == 1


def test_the_end_is_told_only_to_who_was_told_the_beginning() -> None:
    post = Post()
    post.fire("cost-per-call")
    post.after(30.0, "agent lead")
    post.resolve("cost-per-call")
    sent = post.after(600.0)
    assert who(sent) == [("tech lead", "alerts")]
    assert titles(post, sent) == ["claims-triage: cost per call is resolved"]
    assert post.after(24 * HOUR) == []


def test_what_came_and_went_before_anybody_was_told_is_not_told() -> None:
    post = Post()
    post.fire()
    post.now += 10
    post.resolve()
    assert post.after(HOUR) == []


def test_a_second_alert_of_a_rule_is_told_anew() -> None:
    post = Post()
    post.fire()
    post.after(30.0)
    post.resolve()
    post.after(300.0)
    post.fire(number=2)
    assert [letter.facts[0].key for letter in post.after(300.0)] == ["alert:error-rate-2"]


def test_what_could_not_be_told_is_tried_again_after_the_interval() -> None:
    post = Post()
    post.fire()
    assert len(post.after(30.0, "tech lead")) == 1
    assert post.after(299.0, "tech lead") == []
    assert len(post.after(1.0)) == 1
    assert post.after(300.0) == []


def test_a_clock_that_is_set_back_holds_nothing_up() -> None:
    post = Post()
    post.fire()
    post.after(30.0)
    post.now -= 6 * HOUR
    post.fire("latency-p95")
    assert [letter.facts for letter in post.send()] == [()]  # said again once, on the new time
    assert post.send() == []
    assert [letter.facts[0].head for letter in post.after(300.0)] == ["latency p95 fires"]


def test_two_hundred_alerts_at_once_are_one_bounded_notice() -> None:
    post = Post()
    for number in range(200):
        post.fire(f"rule:r-{number}", severity="ticket", recipients=("tech-lead",))
    (letter,) = post.after(30.0)
    title, text = words(letter, post.deployment, "warroom open x")
    assert title.startswith("claims-triage: 200 alerts: r-0 (rule) fires, r-1 (rule)")
    assert len(title) <= 200
    assert len(text.splitlines()) == MOST_LINES + 2
    assert "and 180 more" in text
    assert len(letter.covers) == 200
    assert post.after(600.0) == []


# Quiet hours.


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/London")).timestamp()


def test_in_quiet_hours_what_can_wait_waits_until_they_end() -> None:
    post = Post(quiet=QUIET)
    post.now = at("2026-12-01T23:00:00")
    post.fire()
    assert post.after(30.0) == []
    post.now = at("2026-12-02T06:59:59")
    assert post.letters() == []
    assert who(post.after(1.0)) == [("tech lead", "alerts")]


def test_what_was_over_by_the_morning_is_not_told() -> None:
    post = Post(quiet=QUIET)
    post.now = at("2026-12-01T23:00:00")
    post.fire()
    post.now = at("2026-12-02T03:00:00")
    post.resolve()
    post.now = at("2026-12-02T08:00:00")
    assert post.letters() == []


@pytest.mark.parametrize(
    ("night", "first"),
    [
        # The clock goes forward at 01:00Z: 07:00 there is 06:00Z, sooner than the day before.
        ("2026-03-29", datetime(2026, 3, 29, 6, 0, tzinfo=UTC)),
        ("2026-03-28", datetime(2026, 3, 28, 7, 0, tzinfo=UTC)),
        # It goes back at 01:00Z: 07:00 there is 07:00Z, an hour later than the day before.
        ("2026-10-25", datetime(2026, 10, 25, 7, 0, tzinfo=UTC)),
        ("2026-10-24", datetime(2026, 10, 24, 6, 0, tzinfo=UTC)),
    ],
)
def test_quiet_hours_follow_the_clock_on_the_wall(night: str, first: datetime) -> None:
    post = Post(quiet=QUIET)
    post.now = at(f"{night}T00:10:00")
    post.fire()
    end = first.timestamp()
    while post.now < end - 60:
        assert post.after(60.0) == []
    post.now = end
    assert len(post.send()) == 1


def critical(post: Post, kind: str) -> None:
    match kind:
        case "trigger":
            post.write(e.TriggerRaised("error-rate", 0.06, 0.05, 900, utc(post.now), "6 %"))
        case "safety-flags":
            post.fire("safety-flags")
        case "severity-1":
            post.write(e.IncidentOpened("i-1", 1, "wrong answers"))
        case "missed-sla":
            post.raise_escalations(backup="tech lead")
            post.write(e.EscalationMissed(("e-0",)))
        case row:
            post.raise_escalations(row, ("tech lead",))


@pytest.mark.parametrize(
    "kind", ["trigger", "severity-1", "missed-sla", "tool-misuse", "governance", "safety-flag"]
)
def test_what_is_critical_goes_through_quiet_hours(kind: str) -> None:
    post = Post(quiet=QUIET)
    post.now = at("2026-12-02T03:00:00")
    critical(post, kind)
    assert "tech lead" in {letter.person for letter in post.send()}
    assert "tech lead" in {letter.person for letter in post.after(30 * MINUTE)} or kind in {
        "severity-1"  # said once
    }


def test_an_escalation_goes_through_quiet_hours_and_waits_for_company_all_the_same() -> None:
    """One person is told of it and owes an answer within its SLA, asleep or not."""
    post = Post(quiet=QUIET)
    post.now = at("2026-12-02T03:00:00")
    post.raise_escalations(to=("tech lead",), count=3)
    assert post.letters() == []
    (letter,) = post.after(30.0)
    assert (letter.person, letter.critical) == ("tech lead", False)


def test_the_critical_ones_come_first() -> None:
    post = Post()
    post.fire()
    post.now += 30
    post.write(e.TriggerRaised("error-rate", 0.06, 0.05, 900, utc(NOW), "6 %"))
    assert [letter.critical for letter in post.letters()] == [True, True, True, False]


def test_nothing_that_the_guide_calls_critical_can_be_silenced() -> None:
    assert {name for name, rule in RULES.items() if rule.critical and rule.silence} == {"page"}


# Silences.


def test_a_silence_holds_back_and_what_still_fires_after_it_is_told() -> None:
    post = Post()
    post.write(e.NoticesSilenced("s-1", "error-rate", utc(NOW + HOUR), "deploy"), who=TECH)
    post.fire()
    assert post.after(HOUR - 1) == []
    assert len(post.after(1.0)) == 1


def test_a_silence_that_is_lifted_holds_nothing_back() -> None:
    post = Post()
    post.write(e.NoticesSilenced("s-1", "error-rate", utc(NOW + HOUR), "deploy"), who=TECH)
    post.fire()
    post.write(e.SilenceLifted("s-1"), who=TECH)
    assert len(post.after(30.0)) == 1


# When nobody can be told.


def test_when_nobody_could_be_told_every_screen_says_whom_to_call() -> None:
    post = Post()
    post.fire()
    assert untold_now(post.state, post.deployment, post.now) == ()
    post.after(30.0, "tech lead")
    told = untold_now(post.state, post.deployment, post.now)
    assert told == ("nobody could be told of error rate: call +44 2 (tech lead)",)
    post.write(e.AlertAcknowledged("error-rate-1"), who=TECH)
    assert untold_now(post.state, post.deployment, post.now) == ()


def test_one_who_knows_is_enough() -> None:
    post = Post()
    post.fire("cost-per-call")
    post.after(30.0, "tech lead")
    assert untold_now(post.state, post.deployment, post.now) == ()


def test_whom_nothing_reaches_is_said_at_once() -> None:
    post = Post()
    post.fire("rule:x", severity="page", recipients=("bu-operations-lead",))
    assert untold_now(post.state, post.deployment, post.now) == (
        "nobody could be told of x (rule): go to BU operations lead: no phone number is known",
    )


def test_many_that_nobody_knows_of_are_counted() -> None:
    post = Post()
    for number in range(9):
        post.fire(f"rule:r-{number}", recipients=("bu-operations-lead",))
    told = untold_now(post.state, post.deployment, post.now)
    assert len(told) == 4
    assert told[-1] == "and of 6 more things nobody could be told"


def test_the_last_one_delivered_is_known_also_a_rollbacks() -> None:
    post = Post()
    assert last_delivered(post.state) is None
    post.fire()
    post.after(30.0)
    held = last_delivered(post.state)
    assert held is not None
    assert (held.at, held.person, held.about) == (NOW + 30, "tech lead", "alerts")
    post.now += 60
    post.write(e.NoticeSent("alerts", "tech lead", "failed", "refused"))
    assert last_delivered(post.state) == held
    post.write(e.RollbackTriggered("rb-1", "full.1", "error-rate", "", "v1", ()), who=OWNER)
    post.write(e.NoticeSent("rb-1", "agent lead", "delivered", "taken"))
    held = last_delivered(post.state)
    assert held is not None
    assert (held.at, held.person, held.about) == (NOW + 90, "agent lead", "rb-1")


# Whatever happens: told once, and in the end.

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["fire", "resolve", "ack", "wait", "long", "escalate"]),
        st.integers(0, 3),
        st.booleans(),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_each_thing_is_told_to_each_at_most_once_as_new_and_in_the_end(steps: list[Any]) -> None:
    post = Post()
    told: list[tuple[str, str]] = []
    fired: set[str] = set()
    over: set[str] = set()

    def take(letters: list[Letter], failing: str) -> None:
        told.extend(
            (one.person, fact.key) for one in letters if one.person != failing for fact in one.facts
        )

    for number, (what, which, fails) in enumerate(steps):
        rule = f"rule:r{which}"
        alert = f"{rule}-{which}"
        if what == "fire" and alert not in fired:
            post.fire(rule, which, recipients=("tech-lead", "agent-lead"))
            fired.add(alert)
        elif what == "resolve" and alert in fired - over:
            post.resolve(rule, which)
            over.add(alert)
        elif what == "ack" and alert in fired - over:
            post.write(e.AlertAcknowledged(alert), who=TECH)
            over.add(alert)
        elif what == "escalate":
            post.raise_escalations(count=which + 1)
        failing = "tech lead" if fails else ""
        take(post.after({"long": 5000.0}.get(what, 20.0 + number), *([failing] * fails)), failing)
    for _ in range(3):
        take(post.after(400.0), "")
    assert len(told) == len(set(told))
    for alert in fired - over:
        assert ("tech lead", f"alert:{alert}") in told
        assert ("agent lead", f"alert:{alert}") in told
    raised = sum(
        fact.count
        for fact in facts_of(post.state, post.deployment, post.now)
        if fact.rule == "escalation"
    )
    assert raised == len(post.state.escalations)
