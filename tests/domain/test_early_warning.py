"""An early warning's life: who may do what, by when, and what is owed meanwhile (Guide 6.3)."""

import random

import msgspec
import pytest

from config.guide import PhaseName
from console.domain import commands_warning as c
from console.domain import early_warning as early
from console.domain import events as e
from console.domain.bins import Watched
from console.domain.drift import Drift
from console.domain.entry import Actor
from console.domain.refused import Refused
from console.domain.state_window import Warned
from tests.domain.build import BUSINESS, HOUR, LEAD, NOW, OBSERVER, OWNER, REVIEWER, TECH, Desk
from tests.domain.drifting import World, look, made

MINUTE = 60.0
METRIC: Watched = "escalation-rate"
BINS = made(random.Random(1), World(0.0, 0.0, shape=0.0), METRIC, lambda hours: 0.00125 * hours)


def shifted(drift: Drift) -> Drift:
    """The same look, made now."""
    by = NOW - drift.at
    times = {
        name: getattr(drift, name) + by
        for name in ("at", "since", "crosses", "crosses_from", "crosses_to")
    }
    return msgspec.structs.replace(drift, **times, plain=())


SEEN = shifted(look(BINS, 4, 40, 0.25))


def full() -> Desk:
    """A desk in the window."""
    desk = Desk()
    desk.now = NOW - 40 * HOUR
    steps: tuple[tuple[str, PhaseName, int | None], ...] = (
        ("readiness.1", "dark-launch", None),
        ("dark-launch.1", "shadow", None),
        ("shadow.1", "canary", 5),
        ("canary-5.1", "canary", 100),
        ("canary-100.1", "full", None),
    )
    for was, to, share in steps:
        desk.write(e.GateDecided(was, "advance", "met", (), to, share, "v2"), who=LEAD)
    desk.now = NOW
    return desk


def warned() -> tuple[Desk, Warned]:
    """A desk with a warning that was raised just now."""
    desk = full()
    desk.write(*early.raised(desk.state, METRIC, SEEN, "USD", desk.now))
    (held,) = early.open_warnings(desk.state)
    return desk, held


def owed(desk: Desk) -> dict[str, tuple[str, float]]:
    """What is owed: the step, by whom, and in how many minutes."""
    return {
        duty.id.split("-")[0]: (duty.owner, (duty.due - NOW) / MINUTE)
        for duty in desk.state.duties.values()
        if duty.done_at is None
    }


def test_a_warning_says_what_was_seen_and_owes_a_review_in_30_minutes() -> None:
    desk, held = warned()
    assert (held.metric, held.limit, held.attempt) == (METRIC, 0.25, "full.1")
    assert held.value == pytest.approx(0.205, abs=0.01)
    assert "crosses 25 % in about" in held.why
    assert held.crosses_from < held.crosses < (held.crosses_to or 0)
    assert owed(desk) == {"review": ("agent-lead", 30)}
    (duty,) = desk.state.duties.values()
    assert duty.about == held.id


def test_a_metric_is_warned_of_once() -> None:
    desk, _ = warned()
    later = msgspec.structs.replace(SEEN, at=NOW + HOUR)
    assert early.raised(desk.state, METRIC, later, "USD", NOW + HOUR) == []
    assert early.raised(desk.state, "latency-p95", later, "USD", NOW + HOUR)


def test_nothing_is_raised_where_the_alert_fires_or_nothing_was_judged() -> None:
    desk = full()
    desk.write(e.AlertFired("a-1", METRIC, 0.3, 0.25, 500, 3600, "calls", "over"))
    assert early.raised(desk.state, METRIC, SEEN, "USD", NOW) == []
    assert early.raised(full().state, METRIC, Drift("waits", "young", NOW, 0.25), "USD", NOW) == []


def test_a_review_with_a_fix_gives_until_four_hours_after_the_warning() -> None:
    desk, held = warned()
    desk.now += 20 * MINUTE
    desk.do(c.ReviewWarning(held.id, "the winter tariff is not in the prompt", fix=True), TECH)
    assert owed(desk) == {"fix": ("tech-lead", 240)}
    assert early.clock_of(held, desk.now) == early.Clock("fix", NOW + 4 * HOUR)
    desk.now += HOUR
    desk.do(c.SettleWarning(held.id, "fixed", "tariff added, tag v2"), LEAD)
    assert owed(desk) == {}
    assert (held.decision, held.settled_by) == ("fixed", "agent lead")
    assert early.clock_of(held, desk.now).step == "none"
    with pytest.raises(Refused, match="was settled by agent lead: fixed"):
        desk.do(c.SettleWarning(held.id, "maintain", "again"), OWNER)


def test_a_review_without_a_fix_is_the_owners_to_decide() -> None:
    desk, held = warned()
    desk.do(c.ReviewWarning(METRIC, "the supplier is slow", fix=False), LEAD)
    assert owed(desk) == {"decide": ("rollback-owner", 30)}
    for who in (LEAD, TECH, REVIEWER):
        with pytest.raises(Refused, match="rollback-owner"):
            desk.do(c.SettleWarning(held.id, "maintain", "it will pass"), who)
    with pytest.raises(Refused, match="decides between rollback and maintain"):
        desk.do(c.SettleWarning(held.id, "fixed", "so they say"), TECH)
    desk.do(c.SettleWarning(held.id, "maintain", "hourly check-ins"), OWNER)
    assert (held.decision, owed(desk)) == ("maintain", {})


def test_deciding_to_roll_back_carries_nothing_out() -> None:
    desk, held = warned()
    events = desk.do(c.SettleWarning(held.id, "rollback", "too risky over the weekend"), OWNER)
    assert [type(event) for event in events] == [e.WarningSettled, e.DutyDone]
    assert desk.state.rollbacks == {}
    assert desk.state.attempt.phase == "full"


def test_after_four_hours_it_is_the_owners_whatever_was_promised() -> None:
    desk, held = warned()
    desk.do(c.ReviewWarning(held.id, "the prompt", fix=True), TECH)
    desk.now = NOW + 4 * HOUR - 1
    assert early.owner_decides(desk.state, desk.now) == []
    desk.now = NOW + 4 * HOUR
    desk.write(*early.owner_decides(desk.state, desk.now))
    assert owed(desk) == {"fix": ("tech-lead", 240), "decide": ("rollback-owner", 270)}
    assert early.owner_decides(desk.state, desk.now) == []
    with pytest.raises(Refused, match="the 4 h for a fix have passed"):
        desk.do(c.SettleWarning(held.id, "fixed", "a bit late"), TECH)
    desk.do(c.SettleWarning(held.id, "fixed", "late, but it is in"), OWNER)
    assert owed(desk) == {}


def test_a_review_that_nobody_held_is_overdue_and_then_the_owners() -> None:
    desk, held = warned()
    assert not early.clock_of(held, NOW + 30 * MINUTE).overdue
    late = early.clock_of(held, NOW + 31 * MINUTE)
    assert (late.step, late.overdue) == ("review", True)
    assert early.due_text(late, NOW + 31 * MINUTE) == "both leads' review is overdue by 1 min"
    assert early.clock_of(held, NOW + 4 * HOUR) == early.Clock("decide", NOW + 4.5 * HOUR)
    assert early.clock_of(held, NOW + 5 * HOUR).overdue
    desk.now = NOW + 5 * HOUR
    with pytest.raises(Refused, match="a fix within 4 h is too late"):
        desk.do(c.ReviewWarning(held.id, "found at last", fix=True), TECH)
    desk.do(c.ReviewWarning(held.id, "found at last", fix=False), TECH)
    assert owed(desk)["decide"][0] == "rollback-owner"


@pytest.mark.parametrize("who", [OWNER, BUSINESS, REVIEWER, OBSERVER])
def test_only_a_lead_records_the_review(who: Actor) -> None:
    desk, held = warned()
    with pytest.raises(Refused, match="takes an agent-lead or a tech-lead"):
        desk.do(c.ReviewWarning(held.id, "x", fix=True), who)


def test_what_is_refused_says_why() -> None:
    desk, held = warned()
    with pytest.raises(Refused, match=f"no early warning cost-per-call \\({held.id}\\)"):
        desk.do(c.ReviewWarning("cost-per-call", "x", fix=True))
    with pytest.raises(Refused, match="root cause is empty"):
        desk.do(c.ReviewWarning(held.id, "  ", fix=True))
    with pytest.raises(Refused, match="is not reviewed yet"):
        desk.do(c.SettleWarning(held.id, "fixed", "quickly"), TECH)
    with pytest.raises(Refused, match="takes a lead or the rollback-owner"):
        desk.do(c.SettleWarning(held.id, "fixed", "quickly"), REVIEWER)
    desk.do(c.ReviewWarning(held.id, "x", fix=True))
    with pytest.raises(Refused, match="was reviewed by agent lead 0 s ago"):
        desk.do(c.ReviewWarning(held.id, "y", fix=True))
    with pytest.raises(Refused, match="what was done is empty"):
        desk.do(c.SettleWarning(held.id, "fixed", ""), TECH)
    with pytest.raises(Refused, match="none is open"):
        full().do(c.ReviewWarning(METRIC, "x", fix=True))


def test_it_is_over_when_the_alert_takes_over() -> None:
    desk, held = warned()
    assert early.over(desk.state, held, SEEN) == ""
    desk.write(e.AlertFired("a-1", METRIC, 0.3, 0.25, 500, 3600, "calls", "over"))
    why = early.over(desk.state, held, None)
    assert why == "the limit is crossed, alert a-1 takes over"
    desk.write(*early.cleared(desk.state, held, why))
    assert (early.open_warnings(desk.state), owed(desk)) == ([], {})


def test_it_is_over_when_the_trend_is_and_stays_while_any_is_left() -> None:
    desk, held = warned()
    steady = Drift("steady", "it does not rise", NOW + HOUR, 0.25)
    assert early.over(desk.state, held, steady) == "the trend is over: it does not rise"
    waits = Drift("waits", "no minutes", NOW + HOUR, 0.25)
    assert early.over(desk.state, held, waits) == ""
    weak = msgspec.structs.replace(SEEN, verdict="steady", at=NOW + HOUR)
    assert early.over(desk.state, held, weak) == ""


def test_it_is_over_when_half_of_the_rise_is_gone() -> None:
    desk, held = warned()
    rise = held.slope * 40

    def back(by: float) -> Drift:
        points = tuple((NOW + n * 1800, held.value - by * rise) for n in range(6))
        return msgspec.structs.replace(SEEN, at=NOW + 3 * HOUR, plain=points)

    assert early.over(desk.state, held, back(0.4)) == ""
    assert early.over(desk.state, held, back(0.6)) == "the trend is over: half of the rise is gone"


def test_the_next_warning_needs_a_trend_of_its_own() -> None:
    desk, held = warned()
    assert early.episode_since(desk.state, METRIC) == NOW - 40 * HOUR
    desk.now = NOW + 2 * HOUR
    desk.write(*early.cleared(desk.state, held, "over"))
    assert early.episode_since(desk.state, METRIC) == NOW + 2 * HOUR
    assert early.episode_since(desk.state, "latency-p95") == NOW - 40 * HOUR


def test_a_rollback_ends_its_warnings() -> None:
    desk, held = warned()
    assert list(early.ended(desk.state)) == []
    desk.roll_back()
    desk.finish()
    assert desk.state.attempt.phase == "readiness"
    assert [(one.id, why) for one, why in early.ended(desk.state)] == [
        (held.id, "full.1 has ended")
    ]


def test_what_is_over_may_still_be_reviewed_and_owes_nothing() -> None:
    desk, held = warned()
    desk.write(*early.cleared(desk.state, held, "the trend is over"))
    desk.do(c.ReviewWarning(held.id, "a supplier's outage", fix=True), TECH)
    assert owed(desk) == {}
    desk.do(c.SettleWarning(held.id, "fixed", "they mended it"), TECH)
    assert held.decision == "fixed"
