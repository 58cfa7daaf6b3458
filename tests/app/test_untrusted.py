"""Texts from outside are shown as they are written, and do nothing else."""

import re
from pathlib import Path

import pytest
from textual.pilot import Pilot

from console.app import WarRoomApp
from console.domain.entry import Actor
from console.screens.base import SCREENS
from console.screens.rollback import RollbackScreen
from console.screens.trigger import TriggerScreen
from tests.app.hostile import ATTACK, CLIPBOARD, FORBIDDEN, MARKUP, attacked, hostile
from tests.app.rooms import Stand, burst, console, done, looked_on, rows, shown, stand, until
from tests.app.terminal import F9, Terminal, opened, sequences

MARKED = "␛]52;c;UFdORUQ=␇"


def literal(app: WarRoomApp, *said: str) -> None:
    """Nothing that a terminal obeys is on the screen, and what was written is."""
    text = shown(app)
    assert not FORBIDDEN & set(text)
    for words in said:
        assert words in text, text


async def look(app: WarRoomApp, pilot: Pilot[int], key: str) -> None:
    await pilot.press(key)
    await done(app, pilot)


# What each screen shows of the hostile texts.
SHOWN = {
    "overview": (f"claims{MARKUP}", f"owed{MARKUP}"),
    "checklist": (f"mallory{MARKUP}",),
    "rollout": (f"claims{MARKUP}",),
    "metrics": (f"claims{MARKUP}",),
    "alerts": (f"rule{MARKUP}", MARKED),
    "escalations": (f"row{MARKUP}",),
    "incidents": (f"severity 1 critical  {MARKUP[:20]}",),
    "window": (f"claims{MARKUP}", f"owed{MARKUP}"),
    "review": (f"claims{MARKUP}",),
    "journal": (f"mallory{MARKUP[:10]}", MARKED, f"kind{MARKUP[:10]}"),
}


@pytest.mark.parametrize("size", [(200, 60), (80, 24)])
async def test_every_screen_shows_it_as_text(size: tuple[int, int], tmp_path: Path) -> None:
    room = hostile(tmp_path / "hostile").open(offline=False)
    async with console(room, size) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, TriggerScreen))
        literal(app, f"agent lead{MARKUP}" if size[0] == 200 else "")
        await looked_on(app, pilot)
        await until(pilot, lambda: "feed gone: there is no file" in shown(app))
        for mode in SCREENS:
            await look(app, pilot, mode.key)
            literal(app, *(SHOWN[mode.id] if size[0] == 200 else ()))
        assert app.is_running


async def test_every_dialog_shows_it_as_text(tmp_path: Path) -> None:
    room = hostile(tmp_path / "hostile").open()
    async with console(room, (160, 50)) as (app, pilot):
        await look(app, pilot, "g")
        literal(app)
        await pilot.press("escape")
        await look(app, pilot, "i")
        literal(app, f"agent lead{MARKUP}")
        await pilot.press("enter")
        await done(app, pilot)
        literal(app, f"you are agent lead{MARKUP} now")
        await look(app, pilot, "f9")
        literal(app, MARKED, MARKUP, f"+44{MARKUP}")
        await pilot.press("escape")
        app.show_rollback()
        await pilot.pause()
        assert isinstance(app.screen, RollbackScreen)
        literal(app, MARKED, MARKUP)


async def test_a_refusal_and_a_note_show_it_as_text(window: Stand) -> None:
    room = window.open()
    async with console(room, (120, 40)) as (app, pilot):
        app.say(ATTACK, wrong=True)
        await until(pilot, lambda: "Refused" in shown(app))
        literal(app, MARKUP)
        await pilot.press("n")
        burst(app, *"[/x]", "enter")
        await done(app, pilot)
        await until(pilot, lambda: "note.written recorded" in shown(app))
        literal(app, "[/x]")


async def test_a_click_on_a_link_in_data_does_nothing(tmp_path: Path) -> None:
    room = hostile(tmp_path / "hostile").open()
    async with console(room, (200, 60)) as (app, pilot):
        for key in ("1", "2", "5", "7", "9", "0"):
            await look(app, pilot, key)
            for y, row in enumerate(rows(app)):
                x = row.find("go[/]")
                if x >= 0:
                    await pilot.click(offset=(x, y))
        assert app.is_running
        assert len(app.screen_stack) == 1


def tour(terminal: Terminal, agent: str) -> bytes:
    """Look at everything there is to see; the bytes that it took."""
    terminal.shows(agent, "F9 Rollback")
    for key, words in (
        ("2", "hard open"),
        ("3", "History"),
        ("4", "told:"),
        ("5", "not acknowledged"),
        ("6", "the alert fires"),
        ("7", "severity 1 critical"),
        ("8", "begins with full deployment"),
        ("9", "nothing to review"),
        ("0", "entries ·"),
        ("1", "latest entries"),
        ("g", "gate of"),
        ("i", "Who is at the keys?"),
        (F9, "ROLLBACK ARMED"),
    ):
        terminal.send(key)
        terminal.shows(words)
        if not key.isdecimal():
            terminal.escape()
    terminal.send("q")
    assert terminal.end() == 0
    return terminal.raw


def test_no_attack_reaches_the_terminal(tmp_path: Path, home: Path) -> None:
    """The bytes of a real pty: every sequence is one that a harmless deployment gets as well."""
    harmless = stand(tmp_path / "harmless")
    harmless.reach_full()
    attacked(harmless, "plain words", Actor("agent lead", ("agent-lead",)))
    with opened(harmless.directory, home, size=(160, 50)) as terminal:
        known = sequences(tour(terminal, "claims-triage"))
    with opened(hostile(tmp_path / "hostile").directory, home, size=(160, 50)) as terminal:
        raw = tour(terminal, f"claims{MARKUP}")
    text = raw.decode()
    assert MARKED in text, "the attack was on the screen"
    assert MARKUP in text
    assert sequences(raw) <= known
    assert CLIPBOARD.encode() not in raw
    pointer = "OSC 22"  # the shape of the mouse pointer, which Textual resets
    assert {kind for kind in sequences(raw) if kind.startswith("OSC")} <= {pointer}
    assert b"\x1bc" not in raw
    assert raw.count(b"\x1b[?1049l") == 1
    assert not (FORBIDDEN - {"\x1b"}) & set(re.sub("\x1b]22;[a-z]+\x07", "", text))
