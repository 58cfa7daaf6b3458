"""Event time beside arrival time: what comes late, in disorder, or by a clock that is wrong."""

from console.domain.call import Call
from console.domain.minutes import Minute, Tally
from console.room.arrivals import Arrivals

NOW = 1_796_133_600.0
SLACK_S = 6.0


def took(arrivals: Arrivals, *ages: float, now: float = NOW, caught_up: bool = True) -> Arrivals:
    """After a poll that brought records of these ages, in seconds."""
    calls = [Call(f"{now}-{n}", now - age) for n, age in enumerate(ages)]
    arrivals.take(calls, (), now, caught_up=caught_up)
    return arrivals


def test_the_newest_record_is_known() -> None:
    came = took(Arrivals(), 9.0, 5.0, 2.0)
    assert (came.newest, came.lag_s) == (NOW - 2.0, 2.0)
    assert (came.late, came.disordered) == (0, 0)
    took(came, now=NOW + 60.0)
    assert came.newest == NOW - 2.0
    assert came.trouble("calls", SLACK_S) == ""


def test_late_and_disordered_records_are_counted_once_caught_up() -> None:
    came = took(Arrivals(), 9000.0, 8000.0, 9500.0, caught_up=False)
    assert (came.late, came.disordered) == (0, 0)
    took(came, 2.0)
    took(came, 400.0, 1.0, 3.0, now=NOW + 2.0)
    assert (came.late, came.disordered) == (1, 1)


def test_a_clock_an_hour_ahead() -> None:
    came = took(Arrivals(), -3600.0)
    assert came.trouble("calls", SLACK_S) == (
        "feed calls: records are dated 1 h 00 min after now: one of the clocks is wrong, and they "
        "count only when that time has come"
    )
    assert came.newest == NOW
    # Others come by a clock that is right: what is ahead is held back all the same.
    assert came.trouble("calls", SLACK_S, 7200.0) == ""  # a demo's hour is a second
    assert "50 min after now" in took(came, 1.0, now=NOW + 600.0).trouble("calls", SLACK_S)
    assert took(came, 1.0, now=NOW + 3590.0).trouble("calls", SLACK_S) == ""


def test_a_record_of_another_age_is_no_clock() -> None:
    came = took(Arrivals(), -30 * 86_400.0, 1.0)
    assert came.trouble("calls", SLACK_S) == ""


def test_a_clock_an_hour_behind_is_said_once_it_lasts() -> None:
    came = Arrivals()
    for poll in range(2):
        assert took(came, 3600.0, now=NOW + poll).trouble("calls", SLACK_S) == ""
    told = took(came, 3600.0, now=NOW + 2).trouble("calls", SLACK_S)
    assert told == (
        "feed calls: records come 1 h 00 min after their time: the agent's clock is behind, or "
        "its log is held up"
    )
    assert came.trouble("calls", 4000.0) == ""  # no more than the rhythm of the polls
    assert took(came, 1.0, now=NOW + 3).trouble("calls", SLACK_S) == ""


def test_a_backlog_tells_the_time_but_not_of_clocks() -> None:
    came = Arrivals()
    tally = Tally(int(NOW // 60) - 60, ["a"], [], Minute(calls=1))
    came.take((), [tally], NOW, caught_up=False)
    assert came.newest == NOW - 3600.0
    assert came.trouble("calls", SLACK_S) == ""
