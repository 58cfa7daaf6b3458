"""Replays in a test: a record to look at, and the console on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from console.domain import commands as c
from console.domain import events as e
from console.replay import ReplayApp
from console.room import Replay, open_past
from tests.app.rooms import HOUR, LEAD, NOW, Stand, done, fired, minutes, rolled_back


async def live_through(standing: Stand) -> Stand:
    """Thirty hours of the window with an alert, an incident, a held gate and a rollback."""
    standing.reach_full()
    room = standing.open()
    clock = standing.clock
    room.eyes.record()
    for number, minute in minutes(120, errors=1).items():
        room.eyes.each["calls"].adopt({number: minute}, number * 60.0 + 65)
    for ago, event in (
        (1.5 * HOUR, e.NoteWritten("[b]the upstream[/b] answers late")),
        (1.0 * HOUR, fired()),
        (0.9 * HOUR, e.IncidentOpened("inc-1", 3, "one answer was late")),
    ):
        clock.moment = NOW - ago
        room.record.transact(LEAD, lambda _, event=event: [event])  # type: ignore[misc]  # a lambda's default has no type
    clock.moment = NOW - 0.5 * HOUR
    seen = room.take_picture()
    clock.moment += 40  # the reason is typed
    held = c.DecideGate("hold", "errors rise", seen=seen.gate.criteria, seen_at=seen.now)
    await room.do(held)
    for event in rolled_back():
        clock.moment = NOW - 60
        room.record.transact(LEAD, lambda _, event=event: [event])  # type: ignore[misc]  # a lambda's default has no type
    clock.moment = NOW
    await room.close()
    return standing


@asynccontextmanager
async def replaying(
    directory: Path, at: str = "last", size: tuple[int, int] = (100, 30)
) -> AsyncIterator[tuple[ReplayApp, Pilot[int]]]:
    """The console on a past moment, up and settled."""
    replay = Replay(open_past(directory))
    replay.to(at)
    app = ReplayApp(replay)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield app, pilot


async def moved(app: ReplayApp, pilot: Pilot[int], *keys: str) -> None:
    """Press keys, and wait until the moves that they began are over and shown."""
    for key in keys:
        await pilot.press(key)
        await done(app, pilot)
    app._repaint()  # what is gathered for a repaint is shown now
    await pilot.pause()
