"""Copying what is under the cursor: to the terminal's clipboard, and to a file, for a terminal may
take no clipboard from a program. What a screen shows holds no secret, so neither does this."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.screen import Screen
from textual.widget import Widget

from console.journal.home import default_home
from console.room import LookedAt, WarRoom
from console.screens.rollback import write_private
from widgets.journal import JournalLog
from widgets.labelled import Labelled
from widgets.rowlist import RowList
from widgets.words import Words

if TYPE_CHECKING:
    from console.app import WarRoomApp

FILE = "copied.txt"
# Where a screen says more of what is under its cursor, and what a dialog says.
SAID = "#detail, #head, #facts, #texts, .dialog Words, .dialog Labelled"
ALL = "Words, Labelled"


def shown_text(screen: Screen[Any], focused: Widget | None) -> str:
    """The row under the cursor and what is said of it, or the entries in sight; in a dialog, and
    where there is neither, all of the words."""
    parts = []
    if isinstance(focused, RowList):
        parts.append(focused.text_under_cursor())
    elif isinstance(focused, JournalLog):
        parts.append(focused.text_in_sight())
    parts += _words(screen, SAID)
    if not any(parts):
        parts = _words(screen, ALL)
    return "\n".join(dict.fromkeys(part for part in parts if part.strip()))


def _words(screen: Screen[Any], which: str) -> list[str]:
    found = screen.query(which)
    return [widget.plain for widget in found if isinstance(widget, Words | Labelled)]


def copy(app: WarRoomApp) -> None:
    """Copy, and say where it went."""
    text = shown_text(app.screen, app.focused)
    if not text:
        app.say("nothing is under the cursor that could be copied")
        return
    app.copy_to_clipboard(text)
    app.run_worker(_keep(app, text), name="copy", group="copy", exit_on_error=False)


async def _keep(app: WarRoomApp, text: str) -> None:
    lines = text.count("\n") + 1
    said = f"copied {lines:,} line{'' if lines == 1 else 's'} to the terminal's clipboard"
    if isinstance(app.room, LookedAt):
        app.say(f"{said}; who only looks writes no file")
        return
    path = place(app.room)
    short = home_path(path)
    try:
        await asyncio.to_thread(write_private, path, f"{text}\n".encode())
    except OSError as error:
        app.say(f"{said}; {short} is not written: {error.strerror or type(error).__name__}",
                wrong=True)  # fmt: skip
    else:
        app.say(f"{said}, and to\n{short}")


def place(room: WarRoom) -> Path:
    """The file that holds what was copied last; only its owner reads it."""
    return default_home(room.deployment.deployment) / FILE


def home_path(path: Path) -> str:
    """A path as a shell takes it, short enough for a row: from the home directory on with `~`."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
