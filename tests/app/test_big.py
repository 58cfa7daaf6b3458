"""The wall's screen: the words it shows, that they fit, and that it stands in nobody's way."""

import pytest

from console.cli.status_words import status_sentences
from console.domain.events_escalation import EscalationItem, EscalationRaised
from console.domain.events_incident import IncidentOpened
from console.domain.times import utc
from console.screens.big import BigScreen
from console.screens.big_views import big_view
from console.screens.guard import RollbackGuard
from tests.app.rooms import NOW, Stand, adopt, console, looked_on, minutes, shown, until
from tests.app.test_screens import SIZES, STATES
from widgets.big import BigView, Tile, big_lines
from widgets.letters import banner
from widgets.line import text_of, width_of

WORDS = {
    "empty": "NO GO",
    "preparing": "NO GO",
    "healthy": "HEALTHY",
    "firing": "ALERT",
    "triggered": "TRIGGER",
    "rolled back": "NO GO",
    "partial": "ROLLBACK",
}
VIEW = BigView(
    Tile(("CONTESTED",), said="two decided unknown to each other", tone="alarm"),
    Tile(("CANARY 100% 17H41M", "17H41M"), "canary 100 % · left of 48h"),
    (
        Tile(("12",), "alerts", "error rate · 12 not acknowledged", "bad"),
        Tile(("26MIN",), "owed next", "check-in · by 14:00:00Z · 3 more"),
        Tile(("STALE",), "picture", "read 12m ago · nobody records", "warn"),
    ),
)


@pytest.mark.parametrize("name", WORDS)
async def test_one_word_says_how_it_is_wide_and_narrow(name: str, preparing: Stand) -> None:
    async with console(STATES[name][0](preparing), SIZES[0]) as (app, pilot):
        app.push_screen(wall := BigScreen())
        for size in SIZES[2:]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            app._repaint()
            assert app.screen is wall, "a trigger is shown on it, not over it"
            await until(pilot, lambda: _large(shown(app), WORDS[name]))
            rows = shown(app)
            assert "alerts" in rows
            assert "picture" in rows
            assert "F9 Rollback" in rows
        if name == "triggered":
            assert "trigger: error rate" in rows
        if name in {"triggered", "partial"}:
            assert " ROLLBACK " in rows
            assert any(line and line[0].tone == "alarm" for line in wall.board.lines(60))


def _large(text: str, word: str) -> bool:
    return any(all(row.rstrip() in text for row in banner(word, scale)) for scale in (1, 2, 3))


async def test_it_is_a_key_away_and_left_by_the_same(window: Stand) -> None:
    room = adopt(window.open(), minutes(errors=4))
    async with console(room, (80, 24)) as (app, pilot):
        await looked_on(app, pilot)
        for leave in ("b", "escape"):
            await pilot.press("b")
            assert isinstance(app.screen, BigScreen)
            await pilot.press(leave)
            assert not isinstance(app.screen, BigScreen)
        await pilot.press("b", "f9")
        assert isinstance(app.screen, RollbackGuard)


def test_what_is_not_known_is_not_called_healthy(window: Stand) -> None:
    room = adopt(window.open(), minutes())
    window.clock.moment += 4 * 3600
    view = big_view(room, room.picture())
    assert view.verdict.words == ("STALE",)
    assert "escalation rate" in view.verdict.said
    silent = adopt(window.open(), {})
    assert big_view(silent, silent.picture()).verdict.words in {("STALE",), ("NO DATA",)}


def test_a_true_trigger_is_counted_and_what_was_never_read_has_no_age(window: Stand) -> None:
    room = adopt(window.open(), minutes(errors=4))
    assert not room.state.firing
    alerts = big_view(room, room.take_picture()).facts[0]
    assert alerts.words == ("1",)
    assert alerts.said.startswith("trigger: ")
    unread = window.open(offline=False)
    assert big_view(unread, unread.picture()).facts[2].said.startswith("never read")


def test_what_is_late_or_grave_is_not_called_healthy(window: Stand) -> None:
    late = EscalationItem("late", "", utc(NOW - 3600), utc(NOW - 60))
    flag = EscalationRaised("safety-flag", (late,), ())
    window.past((50.0, flag), (40.0, IncidentOpened("inc-1", 1, "a leak")))
    room = adopt(window.open(), minutes())
    picture = room.take_picture()
    view = big_view(room, picture)
    assert view.verdict.words == ("WATCH",)
    assert view.verdict.said == "1 escalation LATE · 1 critical incident open"
    told = " ".join(status_sentences(room, picture))
    assert "It is NOT HEALTHY: 1 escalation LATE, 1 critical incident open." in told
    assert "Nothing is wrong" not in told


def test_a_rollback_that_is_not_verified_is_not_called_well(preparing: Stand) -> None:
    room = STATES["partial"][0](preparing)
    assert "NOT HEALTHY: the rollback is partial" in " ".join(
        status_sentences(room, room.take_picture())
    )


def test_it_fits_and_grows() -> None:
    heights = []
    for width, height in ((20, 5), (40, 12), (60, 20), (80, 20), (120, 36), (200, 56)):
        lines = big_lines(VIEW, width, height)
        assert len(lines) <= height
        assert all(width_of(line) <= width for line in lines)
        heights.append(sum("█" in text_of(line) or "▀" in text_of(line) for line in lines))
    assert heights == sorted(heights)
    assert heights[0] == 0
    assert heights[-1] > 2 * heights[2]
