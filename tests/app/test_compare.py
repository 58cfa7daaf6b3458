"""Compare in a canary: the candidate against its live control, over the whole attempt."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from console.app import WarRoomApp
from console.domain import events as e
from console.domain.call import Call
from console.domain.minutes import Minute
from console.domain.seen import Seen
from console.screens.compare import CompareScreen
from console.screens.comparison_views import comparison_views
from console.telemetry import fold
from tests.app.hostile import ATTACK, FORBIDDEN
from tests.app.rooms import HOUR, NOW, Stand, adopt, console, shown, stand
from widgets.versus import Versus

SIZES = ((80, 24), (120, 40), (200, 60))
TO_CANARY: tuple[e.Event, ...] = (
    e.GateDecided("readiness.1", "advance", "met", (), "dark-launch", None, "v2.4.0"),
    e.GateDecided("dark-launch.1", "advance", "met", (), "shadow", None, "v2.4.0"),
    e.GateDecided("shadow.1", "advance", "met", (), "canary", 5, "v2.4.0"),
)


@pytest.fixture
def canary(tmp_path: Path) -> Stand:
    """Six hours into the first increment."""
    standing = stand(tmp_path / "canary")
    standing.past(*((6 * HOUR, event) for event in TO_CANARY))
    return standing


def served(times: float = 1.0, control: str = "v2.3.1") -> dict[int, Minute]:
    """Two hours in which the candidate takes `times` as long as the control."""
    draw = random.Random(4)
    calls = [
        Call(
            f"{minute}-{i}",
            minute * 60.0 + i,
            latency_s=draw.lognormvariate(0, 0.4) * (1.0 if i else times),
            cost=draw.lognormvariate(-4, 0.3),
            version=control if i else "v2.4.0",
            variant="control" if i else "canary",
            escalation="unclear" if draw.random() < 0.15 else "",
        )
        for minute in range(int(NOW // 60) - 120, int(NOW // 60))
        for i in range(6)
    ]
    return fold(calls, Seen(), NOW).minutes


@asynccontextmanager
async def compared(
    standing: Stand, made: dict[int, Minute], size: tuple[int, int]
) -> AsyncIterator[WarRoomApp]:
    """The Compare screen, opened by its keys."""
    room = adopt(standing.open(), made)
    async with console(room, size) as (app, pilot):
        await pilot.press("4", "v")
        await pilot.pause()
        assert isinstance(app.screen, CompareScreen)
        yield app


@pytest.mark.parametrize("size", SIZES)
async def test_a_slower_canary_is_told_in_words(size: tuple[int, int], canary: Stand) -> None:
    async with compared(canary, served(1.8), size) as app:
        text = shown(app)
        assert "▲ worse" in text
        assert "median latency" in text
        assert "≈ no difference seen" in text
        assert "v2.4.0 against v2.3.1 live" in text
        assert "looked at any time" in text


async def test_the_whole_row_at_200_columns(canary: Stand) -> None:
    async with compared(canary, served(), (200, 60)) as app:
        row = next(row for row in shown(app).splitlines() if "escalation rate" in row)
        assert "could have missed a rate up to" in row
        assert "120, 600" in row


async def test_on_a_low_terminal_the_rest_is_reached_by_key(canary: Stand) -> None:
    room = adopt(canary.open(), served(1.8))
    async with console(room, (80, 16)) as (app, pilot):
        await pilot.press("4", "v")
        await pilot.pause()
        versus = app.screen.query_one(Versus)
        await pilot.press("shift+tab")
        assert app.focused is versus
        await pilot.press("end")
        await pilot.pause()
        assert versus.scroll_offset.y == versus.max_scroll_y > 0
        assert "safety flags" in shown(app)


async def test_without_a_control_it_says_so(canary: Stand) -> None:
    alone = {
        number: Minute(calls=9, versions={"v2.4.0": 9})
        for number in range(int(NOW // 60) - 60, int(NOW // 60))
    }
    async with compared(canary, alone, (120, 40)) as app:
        assert "no live control" in shown(app)


async def test_out_of_a_canary_nothing_is_said(window: Stand) -> None:
    async with compared(window, served(), (120, 40)) as app:
        assert app.screen.query_one(Versus).size.height == 0
        assert "against" not in shown(app)


async def test_a_hostile_version_is_harmless(canary: Stand) -> None:
    async with compared(canary, served(control=ATTACK), (120, 40)) as app:
        assert not FORBIDDEN & set(shown(app))
        view = comparison_views(app.room.picture())
        assert {row.said for row in view.rows} == {"no difference seen"}


async def test_the_rollout_shows_it_beside_the_gate(canary: Stand) -> None:
    room = adopt(canary.open(), served(1.8))
    async with console(room, (120, 50)) as (app, pilot):
        await pilot.press("3")
        await pilot.pause()
        text = shown(app)
        assert "v2.4.0 against v2.3.1 live" in text
        assert "▲ worse" in text
        assert "caution: latency is worse than the live control by" in text
        assert not app.screen.query_one(Versus).can_focus
