"""Takes the pictures of this directory, and its film, from the real console on the demo.

    python screenshots/take.py            writes them here
    python screenshots/take.py --check    takes them again and says which ones differ

The demo's clock stands still while a picture is taken, so that the same product gives the same
pictures. What cannot be repeated (the agent's port, the guard's letters, hashes) is set or masked.
"""

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from film import Frame, film, steady
from textual.pilot import Pilot

from console.app import REPAINT_S, WarRoomApp
from console.clock import SavedClock
from console.demo.reviewers import WHO, Desk
from console.demo.run import BEGINS, Demo
from console.demo.traffic import Profile, Routing, calls_between
from console.executor.run import Run
from console.replay import ReplayApp
from console.room import Replay, WarRoom, escalating, open_past, sampling
from console.screens import guard
from console.screens.dress import Look
from console.screens.themes import DEFAULT
from console.screens.trigger import TriggerScreen

HERE = Path(__file__).parent
SIZES = {"": (120, 40), "-60x24": (60, 24), "-80x24": (80, 24), "-200x60": (200, 60)}
FILM = (120, 34)
MINUTE = 60.0
FONT_URL = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
PORT = re.compile(r"127\.0\.0\.1:\d+")
USER = re.compile(r"user&#160;[0-9a-f]{12}\b")
HEAD = re.compile(r"head(?:&#160;| )[0-9a-f]{16}")
ENTRY = re.compile(r"(entry&#160;\d+,&#160;)[0-9a-f]{16}")
COUNT = re.compile(r"(#\d+&#160;of&#160;)\d+")
TERMINAL = re.compile(r"terminal-\d+")


def cleaned(svg: str) -> str:
    """The picture without fonts from elsewhere and without what differs from run to run."""
    svg = PORT.sub("127.0.0.1:9000", FONT_URL.sub("", svg))
    svg = ENTRY.sub(r"\g<1>0123456789abcdef", COUNT.sub(r"\g<1>170", svg))
    svg = USER.sub("user&#160;0123456789ab", svg)
    return TERMINAL.sub("terminal", HEAD.sub("head&#160;0123456789abcdef", svg)).rstrip() + "\n"


class Stage:
    """A demo whose time is moved by hand."""

    def __init__(self, directory: Path) -> None:
        """Start the demo and stop its clock at its beginning."""
        escalating.GATHER_S = 0.0  # how long the pictures take decides nothing that they show
        self.demo = Demo.start(directory, scenario="errors", stage="window")
        self.demo.stop_clock()
        self.clock = SavedClock(directory)
        self.room = WarRoom.open(directory, who="agent lead")
        self.desk = Desk(BEGINS)

    async def answer(self, moment: float) -> None:
        """Let the reviewers answer what they have time for."""
        self.room.become(WHO)
        for command in self.desk.turn(self.room.state, moment, {}):
            await self.room.do(command)
        self.room.become("agent lead")

    async def go_to(self, minutes: float) -> None:
        """Let the agent work up to this time and the room read and judge all of it."""
        moment = BEGINS + minutes * MINUTE
        self.clock.stand_at(moment)
        profile = Profile(scenario="errors", onset=BEGINS + 12 * MINUTE)
        routing = Routing(profile.candidate, 100, "full")
        until = int(moment * 1000)
        expected = [c.id for c in calls_between(profile, until - 120_000, until, routing)]
        deadline = time.monotonic() + 60
        eye = self.room.eyes.each["calls"]
        while not {call.id for call in eye.recent}.issuperset(expected):
            if time.monotonic() > deadline:
                raise TimeoutError("the agent did not log what it should")
            await self.room.poll_once()
        await asyncio.to_thread(self.room.look)
        await self.answer(moment)
        await self.room.refresh()


async def take(out: Path, *, fire: bool = True) -> None:
    """Take all pictures into `out`. Without `fire` the film's live pictures are left unlike."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.pop("NO_COLOR", None)
        os.environ["XDG_STATE_HOME"] = f"{scratch}/state"
        await readiness(Path(scratch) / "readiness", out)
        stage = await asyncio.to_thread(Stage, Path(scratch) / "claims-triage")
        try:
            await stage.go_to(5)
            await shoot(stage.room, out, "healthy")
            await shoot(stage.room, out, "big", press=("b",))
            scenes = [Frame(await scene(stage, "all is well"), 3)]
            for minutes in (10, 15, 20, 24, 29, 34, 39, 46):
                await stage.go_to(minutes)
                if minutes == 29:
                    scenes.append(Frame(await scene(stage, "an alert fires"), 3))
            for name, size in SIZES.items():
                await shoot(stage.room, out, f"overview{name}", size=size)
            for theme in ("light", "high-contrast", "colour-blind"):
                await shoot(stage.room, out, f"overview-{theme}", theme=theme)
            await shoot(stage.room, out, "big-trigger", press=("b",))
            for key, name in (("2", "checklist"), ("3", "rollout")):
                await shoot(stage.room, out, name, press=(key,))
            for name, size in SIZES.items():
                await shoot(stage.room, out, f"metrics{name}", size=size, then="error-rate",
                            after=("left",) * 6)  # fmt: skip
            await shoot(stage.room, out, "calls", then="error-rate", after=("enter",))
            await shoot(stage.room, out, "alerts", press=("5",))
            await shoot(stage.room, out, "journal", press=("0",))
            for key, name in (("6", "escalations"), ("8", "window"), ("c", "checkin")):
                await shoot(stage.room, out, name, press=(key,))
            await shoot(stage.room, out, "gate", press=("g",))
            await shoot(stage.room, out, "trigger", look_on=False)
            guard.new_code = lambda: "KRTB"
            await shoot(stage.room, out, "guard", press=("f9", "k", "r"))
            sampling.secrets.token_hex = lambda size: "5e" * size
            await shoot(stage.room, out, "review", press=("9", "d"), after=("enter", *"rrwr"))
            past = Replay(open_past(stage.demo.directory))
            past.begin()
            await shoot(past.room, out, "replay", press=("g",), past=past)
            scenes.append(Frame(await scene(stage, "a trigger is true", look_on=False), 3))
            scenes += await fired(stage, fire=fire)
            (out / "film.svg").write_text(film(scenes))
        finally:
            await stage.room.close()
            stage.demo.stop()


async def readiness(directory: Path, out: Path) -> None:
    """Before anything is live: what holds the GO, and the walk. Offline, as people walk it."""
    demo = await asyncio.to_thread(Demo.start, directory, stage="readiness")
    try:
        demo.stop_clock()
        SavedClock(directory).stand_at(BEGINS)
        room = WarRoom.open(directory, who="tech lead", offline=True)
        await shoot(room, out, "readiness", press=("2",))
        await shoot(room, out, "walk", press=("2", "w", "u", "u"))
        await room.close()
    finally:
        demo.stop()


async def drawn(app: WarRoomApp, pilot: Pilot[int]) -> None:
    """Let a chart be studied, then drawn: the one begins where the other ends."""
    for _ in range(3):
        await pilot.pause()
        await app.workers.wait_for_complete()
    await pilot.pause()


async def shoot(room: WarRoom, out: Path, name: str, **how: Any) -> None:
    """One picture into a file of `out`; `how` is that of `picture`."""
    (out / f"{name}.svg").write_text(await picture(room, **how))


async def scene(stage: Stage, title: str, **how: Any) -> str:
    """One picture of the film."""
    return await picture(stage.room, size=FILM, title=title, **how)


async def picture(
    room: WarRoom,
    *,
    size: tuple[int, int] = SIZES[""],
    press: tuple[str, ...] = (),
    then: str = "",
    after: tuple[str, ...] = (),
    look_on: bool = True,
    past: Replay | None = None,
    theme: str = DEFAULT,
    title: str = "warroom",
) -> str:
    """Open the console on `room` as it stands, press keys, and give what it shows.

    `then` is a metric whose chart is opened, `after` the keys pressed on it. A true trigger that
    takes the screen is left at once with `look_on`. With `past` it is the replay of that.
    """
    app = WarRoomApp(room, living=False) if past is None else ReplayApp(past, living=False)
    app.wear(Look(theme))
    async with app.run_test(size=size, notifications=True) as pilot:
        await up(app, pilot, look_on=look_on)
        await pilot.press(*press)
        await pilot.pause()
        if then:
            app.open_metric(then)
            await drawn(app, pilot)
        for key in after:
            await pilot.press(key)
            await drawn(app, pilot)
        await app.workers.wait_for_complete()
        await pilot.pause()
        return cleaned(app.export_screenshot(title=title))


async def up(app: WarRoomApp, pilot: Pilot[int], *, look_on: bool = True) -> None:
    """Wait until the console shows the room."""
    await pilot.pause()
    app.room.changed()
    await pilot.pause(2 * REPAINT_S)
    if look_on and isinstance(app.screen, TriggerScreen):
        app.screen.dismiss()
        await pilot.pause()


async def fired(stage: Stage, *, fire: bool) -> list[Frame]:
    """The film's end: armed, typed, and with `fire` what the demo's rollback then shows."""
    app, frames = WarRoomApp(stage.room, living=False), []

    def keep(seconds: float, title: str, *, live: bool = False) -> None:
        frames.append(Frame(cleaned(app.export_screenshot(title=title)), seconds, live))

    async def until(seen: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not seen():
            if time.monotonic() > deadline:
                raise TimeoutError("the rollback did not get on")
            await pilot.pause(REPAINT_S)

    def run() -> Run:
        if stage.room.rollback_run is None:
            raise TimeoutError("nothing was fired")
        return stage.room.rollback_run

    async with app.run_test(size=FILM) as pilot:
        await up(app, pilot)
        await pilot.press("f9", "k", "r")
        await pilot.pause(2 * REPAINT_S)
        keep(2, "F9: four letters, then Enter", live=True)
        if fire:
            await pilot.press("t", "b", "enter")
            await until(lambda: stage.room.rollback_run is not None)
            await until(lambda: all(step.state == "verified" for step in run().steps))
            await pilot.pause(2 * REPAINT_S)
        keep(2, "every step is read back", live=True)
        if fire:
            stage.clock.stand_at(stage.clock.now() + 3 * MINUTE)  # calls come, on the target
            await until(lambda: run().state != "running")
            await pilot.pause(2 * REPAINT_S)
        keep(5, "proved by fresh calls", live=True)
    return frames


def differing() -> list[str]:
    """Take the pictures elsewhere; the names of those that are not as they are here."""
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(take(Path(scratch), fire=False))
        new = {path.name: steady(path.read_text()) for path in Path(scratch).glob("*.svg")}
    old = {path.name: steady(path.read_text()) for path in HERE.glob("*.svg")}
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def main() -> int:
    """Take the pictures, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        asyncio.run(take(HERE))
        return 0
    drifted = differing()
    for name in drifted:
        sys.stderr.write(f"screenshots/{name} is not what the console shows now\n")
    return 1 if drifted else 0


if __name__ == "__main__":
    sys.exit(main())
