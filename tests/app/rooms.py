"""Rooms in every state that a console may find: written to disk by the product's own record."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w
from rich.cells import set_cell_size
from textual.events import Key
from textual.pilot import Pilot

from config.write import render, write_new
from console.app import WarRoomApp
from console.demo.run import config_values
from console.demo.traffic import Profile
from console.domain import events as e
from console.domain.entry import Actor
from console.domain.histogram import histogram
from console.domain.minutes import Minute
from console.domain.times import iso, utc
from console.room import WarRoom
from console.screens.trigger import UNREAD_S, TriggerScreen

NOW = 1_796_133_600.0  # 2026-12-01T14:00:00Z
HOUR = 3600.0
FRAMES = str.maketrans(dict.fromkeys("╭─╮│╰╯┏━┓┃┗┛", " "))
NOBODYS = "http://127.0.0.1:9"
LEAD = Actor("agent lead", ("agent-lead",))
TO_FULL: tuple[tuple[str, str, int | None], ...] = (
    ("readiness.1", "dark-launch", None),
    ("dark-launch.1", "shadow", None),
    ("shadow.1", "canary", 5),
    ("canary-5.1", "canary", 100),
    ("canary-100.1", "full", None),
)


@dataclass
class SetClock:
    """Stands until a test moves it."""

    moment: float = NOW
    real: float = 1000.0
    speed: float = 1.0

    def now(self) -> float:
        return self.moment

    def monotonic(self) -> float:
        return self.real


@dataclass
class Stand:
    """A deployment on disk, and the clock that all its rooms share."""

    directory: Path
    clock: SetClock = field(default_factory=SetClock)
    who: str = "agent lead"

    @property
    def log(self) -> Path:
        """The agent's log, which the deployment's feed reads."""
        return self.directory / "calls.jsonl"

    def open(self, **options: Any) -> WarRoom:
        options = {"who": self.who, "offline": True, "clock": self.clock, **options}
        return WarRoom.open(self.directory, **options)

    def past(self, *entries: tuple[float, e.Event], actor: Actor = LEAD) -> None:
        """Journal events that happened so many seconds ago."""

        room = self.open()
        for ago, event in entries:
            self.clock.moment = NOW - ago
            room.record.transact(actor, lambda _, event=event: [event])  # type: ignore[misc]  # a lambda's default has no type
        self.clock.moment = NOW
        room.record.journal.close()

    def reach_full(self, hours: float = 30.0) -> None:
        """Let the rollout enter its 48-hour window `hours` ago."""
        last = len(TO_FULL) - 1
        self.past(
            *(
                (
                    (hours + 50 * (last - place)) * HOUR,
                    e.GateDecided(was, "advance", "met", (), to, share, "v2.4.0"),  # type: ignore[arg-type]  # phases as plain text
                )
                for place, (was, to, share) in enumerate(TO_FULL)
            )
        )

    def write_log(self, *calls: Mapping[str, object]) -> None:
        """Append calls to the agent's log."""
        with self.log.open("a") as log:
            for call in calls:
                log.write(json.dumps(call) + "\n")


def stand(directory: Path, change: Callable[[dict[str, Any]], object] = lambda _: None) -> Stand:
    """A deployment like the demo's, with a file as its feed; `change` edits the config's values."""
    values: dict[str, Any] = config_values(NOBODYS, Profile())
    del values["traffic"]["switch"]  # nobody's
    del values["suspensions"], values["rollback"]["fallback"]
    for person in values["people"]:
        del person["available"], person["notify"]
    values["feeds"] = {"calls": {"kind": "jsonl", "path": "calls.jsonl", "poll_s": 1.0}}
    change(values)
    directory.mkdir()
    write_new(directory, render(values))
    standing = Stand(directory)
    standing.log.touch()
    return standing


def suspension(name: str, title: str) -> dict[str, Any]:
    """A suspension of one step, at an address that nobody answers."""
    url = f"{NOBODYS}/tools/{name}"
    step = {
        "id": "off",
        "title": f"Take {title} away",
        "kind": "http",
        "method": "PUT",
        "url": url,
        "manual": f"curl -X PUT {url}",
        "read_back": {"url": url, "path": "on", "equals": False},
    }
    return {"id": name, "title": title, "users": "they are told to wait", "steps": [step]}


def declare(standing: Stand, *suspensions: Mapping[str, Any]) -> Stand:
    """Write suspensions into its config."""
    with (standing.directory / "warroom.toml").open("a") as config:
        config.write("\n" + tomli_w.dumps({"suspensions": list(suspensions)}))
    return standing


def call_lines(count: int, *, since: float, text: str) -> bytes:
    """Lines of a log: a call a second with `text` in what came in and what went out."""
    made = (
        {
            "id": f"c{number:03d}",
            "at": iso(since + number),
            "version": "v2.4.0",
            "latency_s": 0.91,
            "cost": 0.02,
            "input": f"{text} {number}",
            "output": f"answer {number}",
        }
        for number in range(count)
    )
    return b"".join(json.dumps(one).encode() + b"\n" for one in made)


def minutes(
    length: int = 120, *, calls: int = 40, errors: int = 0, escalations: int = 6
) -> dict[int, Minute]:
    """The last `length` minutes, all alike; within every limit unless changed."""
    end = int(NOW // 60)
    return {
        number: Minute(
            calls=calls,
            errors=errors,
            escalations=escalations,
            cost=0.02 * calls / 5,
            costed=calls,
            timed=calls,
            latency=histogram([(1.2, calls)]),
            versions={"v2.4.0": calls},
        )
        for number in range(end - length, end)
    }


def adopt(room: WarRoom, what: Mapping[int, Minute], at: float = NOW) -> WarRoom:
    """Tell the room's feed these minutes, as read at `at`."""
    for eye in room.eyes.each.values():
        eye.adopt(what, at)
    return room


def fired(rule: str = "error-rate", why: str = "1.80 % of 1,200 calls failed, over 1 %") -> e.Event:
    return e.AlertFired(f"{rule}-1", rule, 0.018, 0.01, 1200, 3600, "calls", why)


def rolled_back(outcome: str = "verified", **texts: str) -> tuple[e.Event, ...]:
    """A rollback of the full phase, finished."""
    steps = (
        e.FrozenStep(
            "traffic",
            texts.get("title", "Send all traffic back"),
            texts.get("what", "PUT http://switch.example/control"),
            texts.get("manual", "curl -X PUT http://switch.example/control"),
        ),
    )
    said = "verified" if outcome == "verified" else "failed"
    detail = texts.get("detail", "read back")
    return (
        e.RollbackTriggered(
            "rb-1", "full.1", "owner-judgement", texts.get("why", ""),
            texts.get("target", "v2.3.1"), steps,
        ),
        e.RollbackStep("rb-1", "traffic", said, "k", detail),  # type: ignore[arg-type]  # one of its words
        e.RollbackFinished(
            "rb-1", outcome, texts.get("told", "the read-back decides"), utc(NOW - 60),  # type: ignore[arg-type]  # one of its words
            utc(NOW - 50) if outcome == "verified" else None, 70.0,
        ),
    )  # fmt: skip


@asynccontextmanager
async def console(
    room: WarRoom, size: tuple[int, int] = (100, 30)
) -> AsyncIterator[tuple[WarRoomApp, Pilot[int]]]:
    """The console on `room`, up and settled; ended, with its room, at the block's end."""
    app = WarRoomApp(room)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield app, pilot


def rows(app: WarRoomApp) -> list[str]:
    """What stands on the screen, row by row."""
    width, height = app.size
    lines = [""] * height
    for y, strip in enumerate(app.screen._compositor.render_strips(app.size)):
        lines[y] = strip.text[:width].rstrip()
    return lines


def shown(app: WarRoomApp) -> str:
    """What stands on the screen, as one text."""
    return "\n".join(rows(app))


def words(app: WarRoomApp) -> str:
    """What stands in the dialog, or else on the whole screen, in one line without frames."""
    lines = rows(app)
    for dialog in app.screen.query(".dialog"):
        region = dialog.content_region
        # A row of cells, for what is wide is more than one of them.
        lines = [set_cell_size(line, region.right)[region.x :] for line in lines]
        lines = lines[region.y : region.bottom]
    return " ".join(" ".join(lines).translate(FRAMES).split())


async def until(pilot: Pilot[int], condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Let the app go on until `condition` holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await pilot.pause()


async def looked_on(app: WarRoomApp, pilot: Pilot[int]) -> None:
    """Wait for a true trigger to take the screen, read it, and look on."""
    await until(pilot, lambda: isinstance(app.screen, TriggerScreen))
    clock = app.room.clock
    assert isinstance(clock, SetClock)
    clock.real += UNREAD_S
    await pilot.press("escape")
    assert not isinstance(app.screen, TriggerScreen)


def burst(app: WarRoomApp, *keys: str) -> None:
    """Keys that arrive all at once, before the app has dealt with the first of them."""
    for key in keys:
        app.post_message(Key(key.lower(), key if len(key) == 1 else None))


async def done(app: WarRoomApp, pilot: Pilot[int]) -> None:
    """Let what the operator began be carried out and shown: the next repaint is waited for."""

    def is_shown() -> bool:
        return not app._due and all(w.is_finished for w in app.workers if w.name != "room")

    await until(pilot, is_shown)
    await pilot.pause()


def kinds(room: WarRoom) -> Sequence[str]:
    """The kinds of the journal's entries, in their order."""
    return [entry.kind for entry in room.record.entries]
