"""From minutes and journal to the chart and what its cursor reads: pure."""

import pytest

from console.domain.histogram import histogram
from console.domain.minutes import Minute
from console.domain.series import Series
from console.domain.state import Alert, State
from console.domain.state_incident import Incident
from console.domain.state_rollback import Rollback
from console.domain.state_rollout import Attempt, Baseline
from console.domain.state_window import CheckIn
from console.screens import metric_views as mv
from tests.app.rooms import NOW

HOUR = 3600.0
LAST = int(NOW // 60)


def series(first: int, stop: int, **changes: object) -> Series:
    made = Series()
    values: dict[str, object] = {"calls": 10, "errors": 1, "timed": 10}
    values["latency"] = histogram([(1.5, 10)])
    for number in range(first, stop):
        made.put(number, Minute(**(values | changes)))  # type: ignore[arg-type]  # a test's keywords
    return made


def state() -> State:
    return State(
        attempts=[
            Attempt("dark-launch.1", "dark-launch", None, 1, NOW - 9 * HOUR),
            Attempt("canary-5.1", "canary", 5, 1, NOW - 2 * HOUR),
        ],
        rollbacks={
            "r": Rollback("r", "a", "t", "", "x", "", "v1", NOW - HOUR, [], verified_at=NOW - 3000)
        },
        incidents={
            "i": Incident(
                "i", 1, "wrong [/x] answers\x1b[2J", NOW - 1200, "x", closed_at=NOW - 600
            ),
            "j": Incident("j", 1, "opened by the rollback", NOW - HOUR, "x", trigger="rb"),
        },
        alerts={
            "a": Alert("a", "traffic", NOW - 900, 1.0, 1.0, 5, "why"),
            "b": Alert("b", "error-rate", NOW - 800, 1.0, 1.0, 5, "why", resolved_at=NOW - 500),
        },
        checkins=[CheckIn(NOW - 300, "x", "calm")],
        baseline=Baseline(0.92, 2.1, None, "last quarter", NOW - 9 * HOUR),
    )


@pytest.mark.parametrize(
    ("cursor", "held", "end"),
    [
        (None, None, NOW),
        (None, NOW - HOUR, NOW),  # following again
        (NOW - 600, None, NOW),
        (NOW - HOUR, None, NOW),
        (NOW - HOUR - 60, None, NOW - HOUR - 60 + 1800),
        (NOW - 5 * HOUR, NOW - 4.5 * HOUR, NOW - 4.5 * HOUR),  # it stays where it was
        (NOW - 3 * HOUR, NOW - 4.5 * HOUR, NOW - 2.5 * HOUR),
        (NOW - 48 * HOUR, None, NOW - 47 * HOUR),  # never beyond the reach
    ],
)
def test_the_frame_holds_the_cursor_and_moves_no_more_than_it_must(
    cursor: float | None, held: float | None, end: float
) -> None:
    assert mv.frame_end(NOW, HOUR, cursor, held) == end


def test_a_range_is_chosen_that_shows_something_around_the_moment() -> None:
    ages = (0, 700, 800, HOUR, 4 * HOUR, 20 * HOUR, 90 * HOUR)
    assert [mv.range_for(age) for age in ages] == [
        900, 900, HOUR, 6 * HOUR, 6 * HOUR, 48 * HOUR, 48 * HOUR,
    ]  # fmt: skip


def test_a_range_says_where_it_ends() -> None:
    assert mv.range_text(6 * HOUR, NOW, NOW) == "last 6h"
    assert mv.range_text(900, NOW - 60, NOW) == "15 min until Tue 13:59Z"


def test_decisions_are_phases_rollbacks_and_incidents() -> None:
    assert mv.decisions(state()) == (
        (NOW - 9 * HOUR, "dark launch"),
        (NOW - 2 * HOUR, "canary 5 %"),
        (NOW - HOUR, "rollback"),
        (NOW - 3000, "rollback verified"),
        (NOW - 1200, "incident wrong [/x] answers␛[2J"),
        (NOW - 600, "incident closed"),
    )


def test_notes_begin_with_the_metrics_own_alerts() -> None:
    assert [label for _, label in mv.notes(state(), "error-rate")] == [
        "error rate fired", "error rate resolved", "traffic fired", "check-in",
    ]  # fmt: skip


def test_a_blind_stretch_is_a_gap_and_not_quiet() -> None:
    held = series(LAST - 60, LAST)
    held.lose(LAST - 40, LAST - 30)
    for number in range(LAST - 40, LAST - 30):
        del held.minutes[number]
    values = [0.5] * 61
    curve = mv.curve_of("error-rate", values, held, LAST - 5, NOW)
    assert curve.blind == (
        ((LAST - 40) * 60.0, (LAST - 30) * 60.0),
        ((LAST - 5) * 60.0, LAST * 60.0),  # not read yet
    )
    assert [place for place, value in enumerate(curve.values) if value is None] == [
        0, *range(21, 31), *range(56, 61),
    ]  # fmt: skip
    assert curve.at(NOW) is None
    assert curve.at(NOW - 10 * 60) == 0.5
    assert curve.at(NOW + 600) is None


def test_a_quiet_log_is_known_and_a_quiet_store_is_not() -> None:
    held = series(LAST - 60, LAST - 20)
    assert mv.blind_stretches(held, "traffic", NOW - 1200, NOW, LAST) == ()
    held.absent_is_zero = False
    assert mv.blind_stretches(held, "traffic", NOW - 1200, NOW, LAST) == ((NOW - 1200, NOW),)
    held.put_value("latency-p95", LAST - 1, 2.0)
    assert mv.blind_stretches(held, "latency-p95", NOW - 120, NOW, LAST) == ((NOW - 120, NOW - 60),)


def test_accuracy_is_judged_by_people_and_never_blind() -> None:
    curve = mv.curve_of("accuracy", [None, 0.9], Series(), 0, NOW)
    assert (curve.values, curve.blind) == ((None, 0.9), ())


def test_the_chart_has_units_baseline_and_reach() -> None:
    curve = mv.curve_of("latency-p95", [2.0] * 16, series(LAST - 60, LAST), LAST, NOW)
    view = mv.chart_view(curve, state(), threshold=3.0, currency="EUR", newest=NOW)
    assert (view.unit, view.baseline, view.threshold) == ("s", 2.1, 3.0)
    assert view.title == "latency p95 · last 15 min · each point over the 1h before it"
    assert view.reach == (NOW - 48 * HOUR, NOW)
    assert [label for _, label in view.marks] == ["incident closed"]
    assert mv.baseline_of(state(), "cost-per-call") is None, "not applicable"
    assert mv.baseline_of(State(), "accuracy") is None
    assert [mv.unit_of("spend-rate", money) for money in ("USD", "CHF")] == [
        (1.0, "/h", "$"), (1.0, "CHF/h", ""),
    ]  # fmt: skip
    assert mv.unit_of("error-rate", "USD") == (100.0, "%", "")
    assert mv.unit_of("traffic", "USD") == (1.0, "/h", "")


def sources(held: Series, read_to: int = LAST) -> dict[str, tuple[Series, int]]:
    names = ("error-rate", "escalation-rate", "safety-flags", "cost-per-call", "traffic")
    return dict.fromkeys((*names, "latency-p95"), (held, read_to))


def said(read: mv.MinuteRead) -> str:
    curve = mv.Curve("error-rate", NOW - 60, NOW, (0.1, 0.2), ())
    marks = (*mv.decisions(state()), *mv.notes(state(), "error-rate"))
    title, facts = mv.readout(curve, NOW, NOW + 30, read, marks, "USD")
    return " | ".join([title, *(f"{fact.name} {fact.value}" for fact in facts)])


def test_the_readout_says_all_of_a_minute() -> None:
    versions = {f"v{n}\x1b": n for n in range(1, 6)}
    held = series(LAST - 1, LAST, cost=0.5, costed=10, escalations=3, versions=versions)
    text = said(mv.read_minute(sources(held), LAST - 1))
    for words in (
        "13:59–14:00Z, 30 s ago", "error rate over 1h 20.0 %", "n 10", "errors 1 (10.0 %)",
        "escalations 3 (30.0 %)", "flags 0", "cost $0.50", "p95 1.49 s",
        "versions v5␛ (5), v4␛ (4), v3␛ (3) and 2 more", "nearest check-in 5 min before",
    ):  # fmt: skip
        assert words in text, text


def test_no_call_nothing_known_and_a_feed_that_does_not_say_are_told_apart() -> None:
    held = series(LAST - 60, LAST - 30)
    assert "no call in this minute" in said(mv.read_minute(sources(held), LAST - 1))
    assert "nothing is known of this minute" in said(
        mv.read_minute(sources(held, LAST - 5), LAST - 1)
    )
    held = series(LAST - 1, LAST, blank={"errors": 10, "flags": 10}, timed=0, latency=[])
    read = mv.read_minute(sources(held), LAST - 1)
    assert (read.errors, read.flags, read.escalations, read.cost) == (None, None, 0.0, None)
    assert "errors not known" in said(read)
    held.put_value("latency-p95", LAST - 1, 2.5)
    assert "p95 2.50 s" in said(mv.read_minute(sources(held), LAST - 1))


def test_another_day_is_named() -> None:
    curve = mv.Curve("error-rate", NOW - 60, NOW, (0.1, 0.2), ())
    read = mv.read_minute(sources(Series()), 0)
    title, _ = mv.readout(curve, NOW, NOW + 26 * HOUR, read, (), "USD")
    assert title == "Tue 13:59–14:00Z, 26h ago"
