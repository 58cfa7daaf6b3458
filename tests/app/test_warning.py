"""Early warnings on the screen: what is shown, the two deeds by keyboard, and whose they are."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from console.domain import events as e
from console.domain.bins import Watched
from console.domain.drift import Drift
from console.domain.minutes import Minute
from console.domain.times import utc
from console.screens import warning_deeds
from console.screens.warning import WarningDialog
from console.screens.warning_chart import drift_chart
from console.screens.warning_views import trend_text, warnings_content
from tests.app.rooms import (
    HOUR,
    NOW,
    Stand,
    adopt,
    console,
    done,
    kinds,
    minutes,
    rows,
    shown,
    stand,
    until,
    words,
)

WHY = "escalation rate rises by 0.12 points an hour over 30 h, 19.1 % now: crosses 25 % soon"
RAISED = e.WarningRaised(
    "w-1", "escalation-rate", 0.191, 0.25, 0.0012, 0.0005, 60, utc(NOW - 30 * HOUR),
    utc(NOW + 6 * HOUR), utc(NOW + 3 * HOUR), utc(NOW + 14 * HOUR), WHY,
)  # fmt: skip


@pytest.fixture
def claims(tmp_path: Path) -> Stand:
    """In the window for 30 hours; an early warning was raised 12 minutes ago."""
    standing = stand(tmp_path / "claims")
    standing.reach_full()
    standing.past((720.0, RAISED))
    return standing


def rising() -> Mapping[int, Minute]:
    """Four days of minutes, the last 30 hours of them with more and more escalations."""
    told = minutes(4 * 1440)
    start = int(NOW // 60) - 30 * 60
    for number, held in told.items():
        held.escalations = 6 + max(0, number - start) / 1800 * 2.4
    return told


async def test_the_dialog_shows_the_warning_its_clock_and_its_chart(claims: Stand) -> None:
    room = adopt(claims.open(), rising())
    async with console(room, (120, 40)) as (app, pilot):
        assert "↗ 25 % in ~6 h" in shown(app)
        await pilot.press("W")
        await until(pilot, lambda: "limit 25 %" in shown(app))
        said = words(app)
        assert "› escalation rate ↗ WARNED 25 % in about" in said
        assert "cost per call ✓ steady it does not rise" in said
        assert WHY in said
        assert "raised 13:48:00Z, 12 min ago; 60 points; by chance in 1 of 2,000 looks" in said
        assert "both leads' review is due in 18 min" in said
        await pilot.press("j")
        await until(pilot, lambda: "› latency p95" in words(app))
        assert WHY not in words(app)
        await pilot.press("k", "escape")
        assert not isinstance(app.screen, WarningDialog)


async def test_a_lead_records_the_review_by_keyboard(claims: Stand) -> None:
    room = adopt(claims.open(), minutes())
    async with console(room) as (app, pilot):
        await pilot.press("W", "r")
        await until(pilot, lambda: "a fix that will be applied by 17:48:00Z" in words(app))
        await pilot.press("enter")
        await pilot.press(*"tariff", "enter")
        await done(app, pilot)
        held = room.state.warnings["w-1"]
        assert (held.cause, held.fix, held.reviewed_by) == ("tariff", True, "agent lead")
        await pilot.press("W")
        await until(pilot, lambda: "reviewed by agent lead: tariff; a fix within 4 h" in words(app))
        assert "the fix is due in 3h48m" in words(app)
        await pilot.press("x", "enter")
        await pilot.press(*"added", "enter")
        await done(app, pilot)
        assert room.state.warnings["w-1"].decision == "fixed"


async def test_what_only_the_owner_may_is_refused_and_the_words_are_kept(claims: Stand) -> None:
    room = adopt(claims.open(), minutes())
    async with console(room) as (app, pilot):
        await pilot.press("W", "x", "down", "enter")
        await pilot.press(*"calm", "enter")
        await until(pilot, lambda: "that takes the rollback-owner" in words(app))
        assert "calm" in words(app)
        await pilot.press("escape")
        room.become("rollback owner")
        await pilot.press("W", "x", "down", "down", "enter")
        await until(pilot, lambda: "F9 carries it out" in words(app))
        await pilot.press(*"enough", "enter")
        await done(app, pilot)
        assert room.state.warnings["w-1"].decision == "rollback"
        assert "rollback.triggered" not in kinds(room)
        await pilot.press("W")
        await until(pilot, lambda: "settled by rollback owner: rollback. enough" in words(app))


async def test_without_a_warning_there_is_nothing_to_review(tmp_path: Path) -> None:
    standing = stand(tmp_path / "claims")
    standing.reach_full()
    async with console(adopt(standing.open(), minutes())) as (app, pilot):
        await pilot.press("W")
        await until(pilot, lambda: "◌ waits" in words(app))
        await pilot.press("r")
        await until(pilot, lambda: "there is no early warning of escalation-rate" in shown(app))
        assert isinstance(app.screen, WarningDialog)


async def test_it_opens_on_the_metric_that_is_asked_for(claims: Stand) -> None:
    async with console(adopt(claims.open(), minutes())) as (app, pilot):
        warning_deeds.warnings(app, "latency-p95")
        await until(pilot, lambda: "› latency p95" in words(app))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_it_fits(claims: Stand, size: tuple[int, int]) -> None:
    async with console(adopt(claims.open(), rising()), size) as (app, pilot):
        await pilot.press("W")
        await until(pilot, lambda: "limit 25 %" in shown(app))
        said = words(app)
        assert "review is due in 18 min" in said
        assert "Settle" in shown(app)


def test_a_warning_that_is_over_says_so(claims: Stand) -> None:
    claims.past((60.0, e.WarningCleared("w-1", "the trend is over: it \x1b[2J fell")))
    room = claims.open()
    said = warnings_content(room.state, {}, "escalation-rate", NOW, "USD").plain
    assert "over since 1 min: the trend is over: it ␛[2J fell" in said
    assert "…  is being looked at" in said
    assert trend_text(room.state, "escalation-rate", NOW, "USD") == ""
    room.record.journal.close()


def test_what_is_overdue_is_said_in_words(claims: Stand) -> None:
    room = claims.open()
    drifts: dict[Watched, Drift] = {}
    said = warnings_content(room.state, drifts, "escalation-rate", NOW + HOUR, "USD")
    assert "▲ both leads' review is overdue by 42 min" in said.plain
    assert trend_text(room.state, "escalation-rate", NOW + 9 * HOUR, "USD") == "↗ 25 % in ~0 h"
    room.record.journal.close()


def test_a_chart_ends_where_the_trend_crosses_or_after_a_day() -> None:
    assert drift_chart("error-rate", Drift("waits", "young", NOW, 0.01), "USD") is None
    waits = Drift("waits", "young", NOW, 0.01, points=((NOW - HOUR, 0.002), (NOW - 60, 0.003)))
    view = drift_chart("error-rate", waits, "USD")
    assert view is not None
    assert (view.end, view.line, view.threshold) == (NOW, None, 1.0)
    assert view.points == ((NOW - HOUR, 0.2), (NOW - 60, 0.3))


async def test_what_a_row_has_no_room_for_stands_below_itself(preparing: Stand) -> None:
    async with console(preparing.open(), (60, 24)) as (app, pilot):
        await pilot.press("W")
        await until(pilot, lambda: "latency p95     ◌ waits  the window has" in shown(app))
        lines = rows(app)
        place = next(y for y, line in enumerate(lines) if "latency p95" in line)
        assert lines[place + 1].index("begun") == lines[place].index("the window")
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: "the window has not begun" in shown(app))
