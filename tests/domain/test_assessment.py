"""The assessment at 48 h: which signal holds, what must be said, no way round it (Guide 6.3)."""

from collections.abc import Callable
from typing import Any

import pytest

from config.guide import assessment_rows
from console.domain import commands as c
from console.domain import events as e
from console.domain.assessment import Outlook, assess
from console.domain.checkins import WINDOW_S
from console.domain.entry import Actor
from console.domain.refused import Refused
from console.domain.sampling import priority, with_spares
from console.domain.times import utc
from console.domain.window import review_of, window_events
from tests.domain.build import (
    DAY,
    HOUR,
    LEAD,
    OBSERVER,
    OWNER,
    REVIEWER,
    STEPS,
    TECH,
    Desk,
    deployment,
    readings,
    totals,
    triggers,
)
from tests.domain.build import sums as sums_of


def draw(desk: Desk, n: int = 50, prefix: str = "s") -> c.DrawSample:
    """A sample drawn now."""
    seed = f"{prefix}{n}"
    names = sorted((f"{prefix}{i}" for i in range(with_spares(n))), key=lambda x: priority(seed, x))
    span = (utc(desk.now - HOUR), utc(desk.now))
    attempt = desk.state.attempt.id
    return c.DrawSample(attempt, n, seed, 500, *span, feed="calls", calls=tuple(names))


def review(desk: Desk, *, subtle: int = 0, wrong: int = 0, n: int = 50, of: int = 50) -> None:
    """Draw 50 and judge `of` of them."""
    drawn = draw(desk, n, f"s{len(desk.state.samples)}")
    desk.do(drawn, REVIEWER)
    verdicts: list[Any] = ["subtle"] * subtle + ["wrong"] * wrong
    verdicts += ["right"] * (of - len(verdicts))
    judged = tuple(
        e.Judgement(call, verdict, "" if verdict == "right" else "a foreign date")
        for call, verdict in zip(drawn.calls, verdicts, strict=False)
    )
    desk.do(c.JudgeSample(judged), REVIEWER)


def window(*, checked: bool = True, reviewed: bool = True, subtle: int = 0) -> Desk:
    """A window 48 hours old, whole but for what is left out."""
    desk = Desk().to("full.1")
    start = desk.now
    for step in range(1, 33):
        desk.now = start + step * 1.5 * HOUR
        desk.write(*window_events(desk.state, desk.now))
        if checked:
            desk.do(c.CheckIn("all quiet"), TECH)
        if reviewed and step == 17:
            review(desk, subtle=subtle)
    return desk


def outlook(desk: Desk, **facts: Any) -> Outlook:
    found = assess(desk.state, desk.facts(**facts))
    assert found is not None
    return found


def caveats(desk: Desk, **facts: Any) -> list[str]:
    return [one.id for one in outlook(desk, **facts).caveats]


def verdicts(desk: Desk, **facts: Any) -> dict[str, str]:
    return {signal.id: signal.verdict for signal in outlook(desk, **facts).signals}


def test_the_guides_rows_are_all_there() -> None:
    status = [(row.id, row.status) for row in assessment_rows()]
    assert status == [
        ("trigger", "rolled-back"),
        ("early-warning", "monitored"),
        ("subtle-issues", "monitored"),
        ("healthy", "stable"),
    ]


def test_a_whole_and_healthy_window_is_proposed_and_becomes_stable() -> None:
    desk = window()
    found = outlook(desk)
    assert (found.proposed, found.holds, found.caveats, found.missing) == (
        "stable",
        "healthy",
        (),
        (),
    )
    desk.now += 600
    assessed, decided, *duties = desk.do(c.AssessWindow("stable"), LEAD)
    assert isinstance(assessed, e.WindowAssessed)
    assert (assessed.status, assessed.proposed, assessed.caveats) == ("stable", "stable", ())
    assert {signal.id for signal in assessed.signals} == {row.id for row in assessment_rows()}
    assert isinstance(decided, e.GateDecided)
    assert (decided.decision, decided.to_phase) == ("advance", "stable")
    assert desk.state.status == "stable"
    owed = {event.duty: event for event in duties if isinstance(event, e.DutyStarted)}
    assert set(owed) == {
        f"{name}-full.1"
        for name in ("go-live-report", "weekly-review", "filing", "handover", "venture-board")
    }
    report = owed["go-live-report-full.1"]
    ended = desk.state.attempt.entered_at + WINDOW_S
    assert (report.owner, report.due) == ("agent-lead", utc(ended + DAY))
    assert desk.state.conflicts == []


def test_subtle_issues_are_monitored_with_a_revision_owed_once() -> None:
    desk = window(subtle=3)
    assert [one.text for one in desk.state.limitations] == ["a foreign date"]
    assert len(desk.state.limitations[0].calls) == 3
    revision = desk.state.duties["prompt-revision-full.1"]
    assert (revision.owner, revision.due - revision.started_at) == ("agent-lead", 3 * DAY)
    found = outlook(desk)
    assert (found.proposed, found.holds) == ("monitored", "subtle-issues")
    assert verdicts(desk)["healthy"] == "does-not-hold"
    desk.do(c.AssessWindow("monitored", limitations=("only English",)), LEAD)
    assert desk.state.status == "monitored"
    held = desk.state.assessment
    assert held is not None
    assert held.limitations == ("a foreign date", "only English")
    revisions = [name for name in desk.state.duties if name.startswith("prompt-revision")]
    assert revisions == ["prompt-revision-full.1"]


def test_a_drift_is_monitored_until_it_is_fixed_or_over() -> None:
    desk = window()
    at = utc(desk.now)
    raised = e.WarningRaised(
        "w-1", "escalation-rate", 0.2, 0.25, 0.01, 0.001, 120, at, at, at, None, "crosses 25 % soon"
    )
    desk.write(raised)
    found = outlook(desk)
    assert (found.proposed, found.holds) == ("monitored", "early-warning")
    assert "crosses 25 % soon" in found.signals[1].evidence[0]
    with pytest.raises(Refused, match="admit proposal"):
        desk.do(c.AssessWindow("stable"), LEAD)
    desk.write(e.WarningCleared("w-1", "flat for an hour"))
    assert outlook(desk).proposed == "stable"


def test_a_true_trigger_proposes_a_rollback_that_only_the_kill_switch_carries_out() -> None:
    desk = window()
    true = {"triggers": triggers("error-rate")}
    found = outlook(desk, **true)
    assert (found.proposed, found.holds) == ("rolled-back", "trigger")
    for status in ("stable", "monitored"):
        with pytest.raises(Refused, match="no-critical-failure"):
            desk.do(desk.assessment(status), LEAD, **true)
    with pytest.raises(Refused, match="kill switch"):
        desk.do(c.AssessWindow("rolled-back", "it fails"), LEAD, **true)
    assert desk.state.status == "in-window"


def test_what_is_not_known_is_never_healthy() -> None:
    desk = window()
    possible = {"triggers": triggers("error-rate", "possible")}
    assert verdicts(desk, **possible)["trigger"] == "unknown"
    assert verdicts(desk, **possible)["healthy"] == "unknown"
    assert outlook(desk, **possible).proposed == "monitored"
    down = {"readings": readings(traffic="down"), "trouble": "feed calls is down"}
    assert verdicts(desk, **down)["healthy"] == "unknown"
    assert verdicts(desk, **down)["early-warning"] == "unknown"


def test_a_spike_of_escalations_is_not_healthy() -> None:
    desk = window()
    desk.write(
        e.AlertFired("a", "escalation-rate", 0.3, 0.25, 90, 3600, "calls", "30 %"),
        e.AlertResolved("a", 0.1, "back"),
    )
    assert verdicts(desk)["healthy"] == "does-not-hold"
    assert outlook(desk).proposed == "monitored"


def missed_escalation(desk: Desk) -> None:
    at = utc(desk.now - HOUR)
    item = e.EscalationItem("e-1", "c-1", at, at)
    desk.write(
        e.EscalationRaised("escalate", (item,), ("reviewer",)),
        e.EscalationMissed(("e-1",), ("reviewer",)),
    )


def open_incident(desk: Desk) -> None:
    desk.do(c.OpenIncident(3, "answers are slow"), LEAD)


def unwatched(desk: Desk) -> None:
    desk.write(e.WatchGap(utc(desk.now - 2 * HOUR), utc(desk.now - HOUR), "nobody"))


def blind(desk: Desk) -> None:
    desk.held["blind"] = 0.01


LACKS: list[tuple[str, Callable[[], Desk], Callable[[Desk], None]]] = [
    ("blind", window, blind),
    ("unwatched", window, unwatched),
    ("escalations", window, missed_escalation),
    ("incidents", window, open_incident),
    ("check-ins", lambda: window(checked=False), lambda _: None),
]


@pytest.mark.parametrize(("name", "made", "lack"), LACKS, ids=[one[0] for one in LACKS])
def test_no_window_is_stable_without_saying_what_it_lacks(
    name: str, made: Callable[[], Desk], lack: Callable[[Desk], None]
) -> None:
    desk = made()
    lack(desk)
    assert caveats(desk) == [name]
    with pytest.raises(Refused, match=f"cannot be called stable without saying so.*{name}"):
        desk.do(c.AssessWindow("stable"), LEAD)
    others = tuple(one for one, _, _ in LACKS if one != name)
    with pytest.raises(Refused, match="without saying so"):
        desk.do(c.AssessWindow("stable", admitted=others), LEAD)
    desk.do(c.AssessWindow("stable", admitted=(name,)), LEAD)
    held = desk.state.assessment
    assert held is not None
    assert len(held.caveats) == 1
    assert desk.state.status == "stable"
    assert desk.state.conflicts == []


def test_a_window_without_its_review_is_neither_healthy_nor_stable_unsaid() -> None:
    desk = window(reviewed=False)
    review(desk, of=49)
    desk.do(c.JudgeSample((e.Judgement("by-hand", "right"),)), REVIEWER)
    assert caveats(desk) == ["sample-review", "proposal"]
    with pytest.raises(Refused, match="the sample is not finished: 49 judged"):
        desk.do(c.AssessWindow("stable", "all is well", ("proposal",)), LEAD)
    with pytest.raises(Refused, match="the reason for stable"):
        desk.do(c.AssessWindow("stable", "", ("proposal", "sample-review")), LEAD)
    desk.do(c.AssessWindow("stable", "49 are enough", ("proposal", "sample-review")), LEAD)
    assert desk.state.status == "stable"


def test_the_review_of_the_24_hour_mark_is_owed_and_done_by_itself() -> None:
    desk = Desk().to("full.1")
    start = desk.now
    review(desk)
    desk.now = start + DAY - 1
    assert all(isinstance(event, e.CheckInMissed) for event in window_events(desk.state, desk.now))
    desk.now = start + DAY
    desk.write(*window_events(desk.state, desk.now))
    duty = desk.state.duties["sample-review-full.1"]
    assert (duty.owner, duty.due, duty.done_at) == ("agent-lead", start + DAY + 2 * HOUR, None)
    desk.now += HOUR
    review(desk, of=49)
    assert desk.state.duties["sample-review-full.1"].done_at is None
    last = list(desk.state.samples.values())[-1]
    desk.do(c.JudgeSample((e.Judgement(last.calls[49], "right"),)), REVIEWER)
    done = desk.state.duties["sample-review-full.1"]
    assert (done.done_at, done.done_by) == (desk.now, "reviewer")
    owed = {type(event) for event in window_events(desk.state, desk.now)}
    assert owed == {e.CheckInMissed}


def test_a_sample_drawn_later_undoes_no_review() -> None:
    desk = window()
    done = review_of(desk.state).done_at
    desk.do(draw(desk, 50, "later"), REVIEWER)
    found = review_of(desk.state)
    assert (found.done_at, found.left) == (done, 50)
    assert done is not None


def test_a_review_that_nobody_watched_is_started_and_done_at_once() -> None:
    desk = Desk().to("full.1")
    desk.now += DAY + HOUR
    review(desk)
    assert desk.state.duties["sample-review-full.1"].done_at == desk.now
    assert not any(
        isinstance(event, e.DutyStarted) for event in window_events(desk.state, desk.now)
    )


@pytest.mark.parametrize("verdict", ["subtle", "wrong"])
def test_in_the_window_a_bad_verdict_names_its_pattern(verdict: Any) -> None:
    unsaid = c.JudgeSample((e.Judgement("one", verdict),))
    with pytest.raises(Refused, match="which pattern of input one shows"):
        Desk().to("full.1").do(unsaid, REVIEWER)
    Desk().to("shadow.1").do(unsaid, REVIEWER)


def test_the_gate_of_the_window_leads_nowhere_but_to_the_assessment() -> None:
    desk = window()
    for command in (c.DecideGate("advance"), c.DecideGate("advance", agrees=True)):
        with pytest.raises(Refused, match="ends with its assessment"):
            desk.do(command, LEAD)
    assert desk.state.status == "in-window"


@pytest.mark.parametrize("status", ["stable", "monitored"])
@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"readings": readings(error_rate="breach")}, "metrics-within"),
        ({"trouble": "feed calls is down"}, "not all feeds are live"),
        ({"blind": 0.06}, "was blind"),
        ({"versions": frozenset({"v3"})}, "no decision explains"),
        ({"totals": sums_of(totals(p95=2.6))}, "latency-held"),
    ],
)
def test_the_assessment_asks_what_the_gate_asks(
    status: Any, facts: dict[str, Any], why: str
) -> None:
    desk = window()
    with pytest.raises(Refused, match=why):
        desk.do(desk.assessment(status, **facts), LEAD, **facts)


def test_it_waits_for_48_hours_of_time_that_passed() -> None:
    desk = window()
    desk.write(e.ClockJumped(3 * HOUR))
    with pytest.raises(Refused, match="the dwell of 48h is not over: 3h"):
        desk.do(desk.assessment(), LEAD)


@pytest.mark.parametrize("who", [REVIEWER, OWNER, OBSERVER])
def test_leads_assess(who: Actor) -> None:
    desk = window()
    with pytest.raises(Refused, match="cannot assess the window"):
        desk.do(c.AssessWindow("stable"), who)


def test_two_leads_assess_a_customer_facing_agent() -> None:
    desk = window()
    desk.held["deployment"] = deployment(two_people=True)
    (proposed,) = desk.do(c.AssessWindow("stable", "all is well"), LEAD)
    assert isinstance(proposed, e.GateProposed)
    assert (proposed.into, desk.state.stable_since) == ("stable", None)
    with pytest.raises(Refused, match="agent lead has proposed it"):
        desk.do(c.AssessWindow("stable"), LEAD)
    desk.now += 16 * 60
    assert isinstance(desk.do(c.AssessWindow("stable"), TECH)[0], e.GateProposed)
    desk.now += 60
    # Another status is another proposal, and no agreement.
    desk.do(c.AssessWindow("monitored", "let us wait"), LEAD)
    assert desk.state.stable_since is None
    desk.do(c.AssessWindow("monitored", "agreed"), TECH)
    assert desk.state.status == "monitored"
    decided = [one for one in desk.entries if one.kind == "gate.decided"][-1]
    assert b'"proposed_by":"agent lead"' in bytes(decided.data)


def test_the_second_lead_says_what_the_window_lacks_too() -> None:
    desk = window(checked=False)
    desk.held["deployment"] = deployment(two_people=True)
    desk.do(c.AssessWindow("stable", "", ("check-ins",)), LEAD)
    with pytest.raises(Refused, match="without saying so"):
        desk.do(c.AssessWindow("stable"), TECH)
    desk.do(c.AssessWindow("stable", "", ("check-ins",)), TECH)
    assert desk.state.status == "stable"


def test_monitored_may_become_stable_later_and_still_says_what_it_lacked() -> None:
    desk = window(checked=False, subtle=1)
    desk.do(c.AssessWindow("monitored"), LEAD)
    with pytest.raises(Refused, match="monitored already"):
        desk.do(c.AssessWindow("monitored"), LEAD)
    desk.now += 3 * DAY
    assert set(caveats(desk)) == {"check-ins", "proposal"}
    with pytest.raises(Refused, match="check-ins"):
        desk.do(c.AssessWindow("stable", "mended", ("proposal",)), LEAD)
    # The revised prompt is another version, and a new review finds nothing any more.
    desk.held |= {"deployment": deployment(version="v3"), "versions": frozenset({"v3"})}
    review(desk)
    assert outlook(desk).proposed == "stable"
    duties = len(desk.state.duties)
    events = desk.do(c.AssessWindow("stable", "the revision holds", ("check-ins",)), LEAD)
    assert [type(event) for event in events] == [e.WindowAssessed]
    assert (desk.state.status, len(desk.state.duties)) == ("stable", duties)
    with pytest.raises(Refused, match="the rollout is over: the agent is stable"):
        desk.do(c.AssessWindow("stable"), LEAD)


def test_what_was_proposed_on_the_screen_must_still_be_so() -> None:
    desk = window()
    with pytest.raises(Refused, match="the evidence proposes stable by now"):
        desk.do(c.AssessWindow("monitored", "a doubt", seen="monitored"), LEAD)


def test_a_caveat_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Refused, match="there is no caveat blnd"):
        window().do(c.AssessWindow("stable", admitted=("blnd",)), LEAD)


def test_there_is_nothing_to_assess_before_full_deployment() -> None:
    desk = Desk().to("canary-1.1")
    assert assess(desk.state, desk.facts()) is None
    with pytest.raises(Refused, match="it begins with full deployment"):
        desk.do(c.AssessWindow("stable"), LEAD)


def test_a_rolled_back_window_has_nothing_to_assess() -> None:
    desk = window()
    desk.do(c.TriggerRollback("rb-1", "owner-judgement", "harm", "v1", STEPS), OWNER)
    with pytest.raises(Refused, match="there is no window"):
        desk.do(c.AssessWindow("stable"), LEAD)


def test_a_limitation_is_noted_once() -> None:
    desk = window()
    desk.do(c.NoteLimitation("only English", ("c-1",)), REVIEWER)
    with pytest.raises(Refused, match="a known limitation already"):
        desk.do(c.NoteLimitation(" only English "), REVIEWER)
    desk.do(c.AssessWindow("stable"), LEAD)
    held = desk.state.assessment
    assert held is not None
    assert held.limitations == ("only English",)
