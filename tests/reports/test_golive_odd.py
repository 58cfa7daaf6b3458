"""The Go-Live Report where things went otherwise: conflicts, late rollbacks, stores, silence."""

import re
from typing import Any

import msgspec
import pytest

from config.phases import Gates
from console.domain import commands as c
from console.domain import events as e
from console.domain.minutes import Minute
from console.domain.series import Series
from console.domain.times import utc
from console.reports.golive import GoLiveReport, go_live_report
from console.reports.golive.document import go_live_document
from console.reports.markdown import render as markdown
from tests.domain.build import DAY, HOUR, LEAD, OWNER, Desk
from tests.domain.test_assessment import review, window
from tests.reports.made import ground, staffed

ALONE = staffed().model_copy(update={"gates": Gates(two_people=False)})
READ = ("escalation-rate", "latency-p95", "error-rate", "cost-per-call", "spend-rate")
FEEDS = dict.fromkeys((*READ, "traffic", "safety-flags", "accuracy"), "calls")


def report(desk: Desk, **changes: Any) -> GoLiveReport:
    return go_live_report(ground(desk, **changes))


def metrics(desk: Desk, series: Series) -> dict[str, Any]:
    told = report(desk, minutes=dict.fromkeys(FEEDS, series), feeds=FEEDS)
    assert told.stretch is not None
    return {row.metric: row for row in told.stretch.metrics} | {"stretch": told.stretch}


def in_window(hours: float = 49) -> tuple[Desk, range]:
    """A desk in its window, and the window's minutes."""
    desk = Desk(deployment=ALONE).to("full.1")
    start = int(desk.state.attempt.entered_at) // 60 + 1
    desk.now += hours * HOUR
    return desk, range(start, int(desk.now) // 60)


def filled(numbers: range, **changes: float) -> Series:
    series = Series()
    for number in numbers:
        series.put(number, Minute(calls=20, cost=0.4, costed=20, timed=20, latency=[0, 20]))
    series.absent_is_zero = False
    for number in numbers:
        if changes:
            series.put(number, msgspec.structs.replace(series.minutes[number], **changes))
    return series


def test_what_a_rollback_leaves_undone_is_not_called_later() -> None:
    desk = Desk(deployment=ALONE).to("full.1")
    desk.now += HOUR
    desk.roll_back(who=OWNER)
    desk.finish()
    told = report(desk)
    lines = {row.id: (row.state, row.why) for row in (*told.checklist, *told.validation)}
    assert "later" not in {state for state, _ in lines.values()}
    assert lines["D3"][1].startswith("rolled back, ")
    assert lines["D5"] == ("done", "1 incident on record")
    assert lines["D6"][0] == "OPEN"
    assert "rb-1" in lines["D6"][1]
    assert lines["V7"] == ("MISSED", "rolled back: owner-judgement")
    assert lines["D2"] == ("n/a", "the rollback came before")


def test_a_rollback_that_is_not_verified_leaves_a_draft() -> None:
    desk = Desk(deployment=ALONE).to("canary-5.1")
    desk.roll_back(who=OWNER)
    told = report(desk)
    assert (told.status, told.draft) == ("Rolled Back", True)
    desk.finish("partial")
    assert report(desk).draft
    assert any("is partial, not verified" in one.text for one in report(desk).missing)


def test_a_rollback_days_after_the_assessment_makes_the_window_no_longer() -> None:
    desk = Desk(deployment=ALONE).to("full.1")
    desk.ready()
    desk.do(desk.assessment("monitored"), LEAD)
    kept = report(desk).stretch
    desk.now += 5 * DAY
    desk.roll_back(who=OWNER)
    desk.finish()
    told = report(desk)
    assert told.status == "Rolled Back"
    assert told.stretch is not None
    assert kept is not None
    assert (told.stretch.end, told.stretch.seconds) == (kept.end, kept.seconds)


def test_a_rollback_fired_after_a_rollback_is_the_same_rollouts() -> None:
    desk = Desk(deployment=ALONE).to("canary-5.1")
    desk.roll_back(who=OWNER)
    desk.finish()
    desk.now += HOUR
    desk.roll_back(who=OWNER)
    desk.finish()
    assert [row.id for row in report(desk).rollbacks] == ["rb-1", "rb-2"]


def test_a_decision_that_came_too_late_changes_nothing_and_is_told() -> None:
    desk = Desk(deployment=ALONE).to("canary-5.1")
    desk.ready()
    desk.advance()
    held = next(row for row in report(desk).attempts if row.attempt == "canary-5.1")
    desk.write(e.GateDecided("canary-5.1", "hold", "not sure", (), record="hold"), who=LEAD)
    assert len(desk.state.conflicts) == 1
    told = report(desk)
    row = next(row for row in told.attempts if row.attempt == "canary-5.1")
    assert (row.outcome, row.record, row.criteria) == ("advanced", held.record, held.criteria)
    assert [one for one in told.deviations if "changed nothing" in one.text]


def test_the_first_hour_of_a_metric_store_is_looked_at() -> None:
    desk, numbers = in_window()
    series = Series()
    series.absent_is_zero = False
    for place, number in enumerate(numbers):
        series.put_value("error-rate", number, 0.5 if place < 45 else 0.001)
    row = metrics(desk, series)["error-rate"]
    assert (row.worst, row.verdict) == (0.5, "breached")


def test_what_a_store_does_not_count_is_not_known() -> None:
    desk, numbers = in_window()
    series = Series()
    series.absent_is_zero = False
    for number in numbers:
        series.put_value("traffic", number, 1000.0)
        series.put_value("safety-flags", number, 3.0 if number == numbers[99] else 0.0)
    told = metrics(desk, series)
    assert told["stretch"].calls is None
    assert told["traffic"].n is None
    assert told["safety-flags"].value == 3.0


def test_n_is_what_a_value_is_made_of() -> None:
    desk, numbers = in_window()
    series = filled(numbers, costed=1)
    n = len(numbers)
    told = metrics(desk, series)
    assert told["cost-per-call"].n == n
    assert told["error-rate"].n == 20 * n
    series = filled(numbers)
    for number in numbers:
        series.put(number, msgspec.structs.replace(series.minutes[number], blank={"errors": 20}))
    row = metrics(desk, series)["error-rate"]
    assert (row.n, row.value, row.verdict) == (0, None, "unknown")


def test_little_that_is_known_is_not_within() -> None:
    desk, numbers = in_window()
    told = metrics(desk, filled(numbers[:: len(numbers) // 10]))
    assert {told[name].verdict for name in READ} == {"unknown"}
    few = filled(numbers)
    for number in numbers:
        few.put(number, Minute())
    few.put(numbers[5], Minute(calls=9, timed=9, latency=[0, 9], cost=0.1, costed=9))
    assert metrics(desk, few)["error-rate"].verdict == "too few"


def test_silence_is_a_breach_of_traffic() -> None:
    desk, numbers = in_window()
    assert metrics(desk, filled(numbers))["traffic"].verdict == "within"
    series = filled(numbers)
    for number in numbers[100:130]:
        series.put(number, Minute())
    row = metrics(desk, series)["traffic"]
    assert (row.verdict, row.silence_for_s) == ("breached", 900)
    assert "silent" in row.note


def test_only_the_baseline_that_stood_at_go_is_a_deviation() -> None:
    desk = Desk(deployment=ALONE)
    desk.do(c.DocumentBaseline(0.92, None, 0.02, "a first guess"))
    desk.to("dark-launch.1")
    assert not [one for one in report(desk).deviations if "baseline" in one.text]


@pytest.mark.parametrize("hours", [1, 2])
def test_what_is_open_is_late_by_the_moment_of_writing(hours: int) -> None:
    desk = Desk(deployment=ALONE).to("full.1")
    items = tuple(
        e.EscalationItem(f"escalate-c{n}", f"c{n}", utc(desk.now), utc(desk.now + 1.5 * HOUR))
        for n in range(3)
    )
    desk.write(e.EscalationRaised("escalate", items, ("first reviewer",), until="resolved"))
    desk.now += hours * HOUR
    row = next(one for one in report(desk).escalations.rows if one.row == "escalate")
    assert (row.open, row.overdue) == (3, 3 if hours == 2 else 0)


def test_the_review_of_50_is_told_apart_from_what_was_drawn_later() -> None:
    desk = window()
    review(desk, wrong=3)
    held = report(desk).watch
    assert held is not None
    first, later = held.review.text.split(". Of what was drawn later: ")
    assert first.startswith("50 right, 0 subtly off, 0 wrong of 50, judged by reviewer; done ")
    assert later == "47 right, 0 subtly off, 3 wrong of 50, judged by reviewer"


@pytest.mark.parametrize("feedback", [True, False])
def test_user_corrections_are_confirmed_or_said_not_to_apply(feedback: bool) -> None:
    agent = ALONE.agent.model_copy(update={"feedback": feedback})
    desk = Desk(deployment=ALONE.model_copy(update={"agent": agent})).to("full.1")
    rows = {row.field: row.probed for row in report(desk).logging.fields}
    assert rows["user correction"].startswith("does not apply") is not feedback
    assert rows["input text"] == ""


def test_full_deployment_that_was_assessed_has_met_its_criteria() -> None:
    desk = Desk(deployment=ALONE).to("full.1")
    desk.ready()
    desk.advance()
    told = report(desk)
    assert told.attempts[-1].outcome == "assessed"
    text = markdown(go_live_document(told, "USD"))
    assert re.search(r"^\| full \|.*\| met \| assessed \|", text, re.M)
