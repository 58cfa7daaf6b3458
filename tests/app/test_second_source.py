"""What a second source of a metric says, where the metric and its alert are shown."""

from pathlib import Path
from typing import Any

from console.app import WarRoomApp
from console.domain import events as e
from console.room import WarRoom
from console.screens.alerts import AlertsScreen
from console.screens.metrics import MetricsScreen
from tests.app.rooms import NOBODYS, NOW, console, done, minutes, shown, stand

RULE = "cross-check:error-rate"


def disagreeing(directory: Path, store_read_at: float) -> WarRoom:
    """A deployment whose log tells of no error, and whose store told of 2 % at `store_read_at`."""

    def add(values: dict[str, Any]) -> None:
        page = {"kind": "exposition", "url": NOBODYS, "preset": "warroom-metrics"}
        values["feeds"]["store"] = page
        values["metrics"] = {"error-rate": {"check": "store"}}

    standing = stand(directory, add)
    why = "sources disagree on error rate: calls 0.00 %, store 2.50 %"
    alert = e.AlertFired(
        "c-1", RULE, 0.025, 0.0025, 2400, 3600, "calls", why, "ticket", ("tech-lead",)
    )
    standing.past((300.0, alert))
    room = standing.open()
    room.eyes.each["calls"].adopt(minutes(), NOW)
    room.eyes.each["store"].adopt(minutes(errors=1), store_read_at)
    return room


def words(app: WarRoomApp) -> str:
    """The screen's text in a row, without the lines around it."""
    return " ".join("".join(c if c not in "│╭╮╰╯─" else " " for c in shown(app)).split())


async def test_the_alert_says_how_far_they_are_apart_and_leads_to_the_metric(
    tmp_path: Path,
) -> None:
    async with console(disagreeing(tmp_path / "claims", NOW), (120, 40)) as (app, pilot):
        await pilot.press("5")
        await done(app, pilot)
        assert isinstance(app.screen, AlertsScreen)
        text = words(app)
        for said in (
            "error-rate (cross-check)",
            "Told tech lead (tech lead)",
            "Apart 2.50 % · limit 0.25 %",
            "breach: sources disagree on error rate: calls 0.00 %,",
        ):
            assert said in text, text
        await pilot.press("m")
        await done(app, pilot)
        assert isinstance(app.screen, MetricsScreen)
        assert app.screen.board.cursor_id == "error-rate"


async def test_the_metric_tells_of_its_second_source(tmp_path: Path) -> None:
    async with console(disagreeing(tmp_path / "claims", NOW), (120, 40)) as (app, pilot):
        app.open_metric("error-rate")
        await done(app, pilot)
        assert isinstance(app.screen, MetricsScreen)
        said = "Second source: sources disagree on error rate: calls 0.00 %, store 2.50 %."
        assert said in words(app)


async def test_a_second_source_that_died_is_said_and_resolves_nothing(tmp_path: Path) -> None:
    room = disagreeing(tmp_path / "claims", NOW - 1200)
    async with console(room, (120, 40)) as (app, pilot):
        await pilot.press("5")
        await done(app, pilot)
        text = words(app)
        assert "FIRING error-rate (cross-check)" in text, text
        assert "stale: not checked: feed store is stale" in text, text
