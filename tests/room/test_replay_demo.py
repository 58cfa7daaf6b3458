"""A real demo run, looked at afterwards: at each decision stands what its entry stored."""

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from console.clock import SavedClock
from console.demo.run import BEGINS, Demo
from console.domain import commands as c
from console.domain.events import GateDecided, decode
from console.replay import ReplayApp
from console.room import Replay, WarRoom, open_past
from console.screens import views
from console.screens.gate import GateDialog
from tests.app.rooms import done, shown, until, words

MINUTE = 60.0


async def live(demo: Demo) -> None:
    """Forty minutes of the window with the agent's real endpoint; gates held on its numbers."""
    clock = SavedClock(demo.directory)
    room = WarRoom.open(demo.directory, who="agent lead")
    try:
        await asyncio.to_thread(room.look)
        for minutes in (7, 19, 33):
            moment = BEGINS + minutes * MINUTE + 11
            clock.stand_at(moment)
            eye = room.eyes.each["calls"]
            deadline = time.monotonic() + 60
            while not eye.recent or max(call.at for call in eye.recent) < moment - 90:
                assert time.monotonic() < deadline, "the agent logs nothing"
                await room.poll_once()
            await asyncio.to_thread(room.look)
            await room.refresh()
            seen = room.picture()
            clock.stand_at(moment + 50)  # the reason is typed while the time goes on
            held = c.DecideGate(
                "hold", f"after {minutes} min", seen=seen.gate.criteria, seen_at=seen.now
            )
            await room.do(held)
    finally:
        await room.close()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("replayed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(place / "home"))
        patch.setenv("XDG_STATE_HOME", str(place / "state"))
        demo = Demo.start(place / "demo", scenario="errors", stage="window")
        try:
            demo.stop_clock()
            asyncio.run(live(demo))
        finally:
            demo.stop()
        yield demo.directory


def stored(replay: Replay) -> GateDecided:
    assert replay.room.shown is not None
    event = decode(replay.room.shown.kind, bytes(replay.room.shown.data))
    assert isinstance(event, GateDecided)
    return event


def decisions(replay: Replay) -> list[str]:
    """Where each gate was decided, as an operator writes it."""
    entries = replay.room.timeline.entries
    return [f"#{entry.seq}" for entry in entries if entry.kind == "gate.decided"]


def test_at_each_gate_of_the_demos_past_the_agent_was_at_work(run: Path) -> None:
    replay = Replay(open_past(run))
    for place in decisions(replay)[2:]:  # the first two begin and end the dark launch
        replay.to(place)
        traffic = replay.room.take_picture().readings["traffic"]
        assert traffic.verdict in {"ok", "too-few"}, (place, traffic)


def test_each_decision_is_reckoned_again_to_what_was_stored(run: Path) -> None:
    replay = Replay(open_past(run))
    for place in decisions(replay):
        replay.to(place)
        assert replay.decided is not None
        assert replay.decided.differing == {}
        again = {one.id: one for one in replay.room.picture().gate.criteria}
        for one in stored(replay).criteria:
            assert again[one.id] == one
    assert len(decisions(replay)) == 8 + 3


async def test_the_screen_shows_each_stored_figure(run: Path) -> None:
    replay = Replay(open_past(run))
    app = ReplayApp(replay)
    async with app.run_test(size=(200, 60), notifications=True) as pilot:
        for place in decisions(replay):
            app.move(partial(replay.to, place))
            await done(app, pilot)
            await pilot.press("g")
            await until(pilot, lambda: isinstance(app.screen, GateDialog))
            event = stored(replay)
            title = f"gate of {event.attempt} · as it stands in the journal"
            await until(pilot, partial(shows, app, title))
            said = words(app)
            for view in views.criterion_views(event.criteria, "USD"):
                for figure in (view.value, view.limit, view.n):
                    assert figure in said
            assert "reckoned again from the record: the same" in said
            await pilot.press("escape")
            await pilot.pause()


def shows(app: ReplayApp, text: str) -> bool:
    return text in shown(app)
