"""Random keys, pastes and clicks on the real console, weighted towards what fires."""

import random
from dataclasses import dataclass

from textual import events
from textual.pilot import Pilot

from console.app import WarRoomApp
from console.screens.guard import LETTERS, Guard
from tests.app.rooms import burst

WIDTH, HEIGHT = 80, 24
KEYS = [*LETTERS, *LETTERS.lower(), *"123456789KXnc12345gihveaqy[]/?!-", "space", "tab", "up"]
KEYS += ["down", "backspace", "delete", "home", "end", "pagedown", "ctrl+p", "ctrl+m", "f9", "f9"]
KEYS += ["colon", "ctrl+o"]
KEYS += ["enter"] * 8
REARM = 8


@dataclass
class Seen:
    """What came of it: how often the guard was armed, and how close firing was."""

    done: int = 0
    armed: int = 0
    close: int = 0
    whole: int = 0


def mouse(kind: type[events.MouseEvent], x: int, y: int) -> events.MouseEvent:
    """A press, a release or a click of the left button."""
    return kind(
        widget=None, x=x, y=y, delta_x=0, delta_y=0, button=1, shift=False, meta=False, ctrl=False
    )


def code_of(app: WarRoomApp) -> tuple[str, str]:
    """The armed guard's letters and those typed so far; none where nothing is armed."""
    guard = app.screen
    return (guard._code, guard._typed) if isinstance(guard, Guard) else ("", "")


async def by_chance(app: WarRoomApp, pilot: Pilot[int], count: int, seed: int) -> Seen:
    """Send `count` events by the generator of `seed`; the guard is armed again and again.

    Chance knows the letters: it types the next right one about half of the time, so that all four
    often stand there. Only the one thing that does fire is kept from it: Enter right after them.
    """
    chance = random.Random(seed)
    seen = Seen()
    while seen.done < count:
        await pilot.pause()
        code, typed = code_of(app)
        if not code and seen.done % REARM == 0:
            burst(app, "escape", "escape", "f9")
            seen.done += 3
            continue
        seen.armed += bool(code)
        seen.close += len(typed) >= 2
        seen.whole += bool(code) and typed == code
        _send(app, chance, code, typed)
        seen.done += 1
    await pilot.pause()
    return seen


def _send(app: WarRoomApp, chance: random.Random, code: str, typed: str) -> None:
    """One event, such as somebody who leans on the keys, pastes or clicks would send."""
    what = chance.random()
    whole = bool(code) and typed == code
    if what < 0.05:
        text = code or "BDFG"
        app.post_message(events.Paste(chance.choice([text, f"{text}\n", f"{text}\r", "x", "\r"])))
    elif what < 0.12:
        x, y = chance.randrange(WIDTH), chance.randrange(HEIGHT)
        for kind in (events.MouseDown, events.MouseUp, events.Click):
            app.post_message(mouse(kind, x, y))
    elif what < 0.14:
        key = chance.choice(KEYS)  # a held key
        burst(app, *[chance.choice(LETTERS) if key == "enter" else key] * 20)
    elif what < 0.15:
        burst(app, "escape")
    elif code and not whole and what < 0.60:
        burst(app, code[len(typed)])
    else:
        key = chance.choice(KEYS)
        fires = key in {"enter", "ctrl+m"} and (whole or len(typed) >= len(code) - 1)
        burst(app, "space" if fires and code else key)
