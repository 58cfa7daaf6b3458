"""Silences from the Alerts screen: of our own notices, or of another system's alert there."""

from __future__ import annotations

import re
from secrets import token_hex
from typing import TYPE_CHECKING

from console.clean import clean
from console.domain.commands import Command
from console.domain.commands_notices import LiftSilence, SilenceNotices
from console.domain.own_silence import never_silenced, silence_of
from console.domain.refused import Refused
from console.domain.times import clock_text
from console.domain.words import rule_words
from console.room import WRITE_ERRORS
from console.room.silencer import silence
from console.screens.dialogs import Ask

if TYPE_CHECKING:
    from console.app import WarRoomApp

ASKED = "For how long, 24 h at most, and why? Write: 2h: deploy of the proxy"
_SILENCE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(m|min|h)\s*:\s*(\S.*)")
_LIFT = re.compile(r"\s*lift\s*(?::\s*(.*))?", re.IGNORECASE)
UNREADABLE = "write how long and why, as shown above"


def _order(text: str) -> tuple[float, str] | None:
    """Seconds and the reason, as they were typed."""
    found = _SILENCE.fullmatch(text)
    if found is None:
        return None
    return float(found[1]) * (3600.0 if found[2] == "h" else 60.0), found[3]


def ours(app: WarRoomApp, rule: str, text: str = "", refused: str = "") -> None:
    """Ask for a silence of our notices of `rule`, or for the end of the one that holds."""
    room = app.room
    if why := never_silenced(rule, room.deployment):
        app.say(why, wrong=True)
        return
    held = silence_of(room.state, rule, room.clock.now())
    asked = ASKED
    if held is not None:
        until = f"silenced until {clock_text(held.until)} by {clean(held.by, 40)}"
        asked = f"It is {until}. Write lift to end that now.\n{ASKED}"

    def answered(text: str | None) -> None:
        if text is None:
            return
        command = _command(rule, clean(text, 1000))
        if command is None:
            ours(app, rule, text, UNREADABLE)
        else:
            app.carry_out(command, lambda why: ours(app, rule, text, why))

    app.push_screen(
        Ask(f"Silence our notices of {rule_words(rule)}", asked, text, refused), answered
    )


def _command(rule: str, text: str) -> Command | None:
    if (lifted := _LIFT.fullmatch(text)) is not None:
        return LiftSilence(rule, lifted[1] or "")
    order = _order(text)
    return None if order is None else SilenceNotices(f"silence-{token_hex(4)}", rule, *order)


def theirs(app: WarRoomApp, name: str, feed: str, text: str = "", refused: str = "") -> None:
    """Have another system's alert silenced there, at the Alertmanager of `feed`."""

    def answered(text: str | None) -> None:
        if text is None:
            return
        order = _order(text)
        if order is None:
            theirs(app, name, feed, text, UNREADABLE)
            return
        deed = _silence(app, name, feed, order, text)
        app.run_worker(deed, name="deed", group="deeds", exit_on_error=False)

    where = f" at {feed}" if feed else ""
    app.push_screen(Ask(f"Silence {name}{where}", ASKED, text, refused), answered)


async def _silence(
    app: WarRoomApp, name: str, feed: str, order: tuple[float, str], text: str
) -> None:
    for_s, why = order
    try:
        done, told = await silence(app.room, f"outside:{name}", for_s, why, feed=feed)
    except Refused as refusal:
        theirs(app, name, feed, text, "\n".join(refusal.reasons))
    except WRITE_ERRORS as error:
        theirs(app, name, feed, text, f"NOT RECORDED: {error}")
    except Exception as error:
        kind = type(error).__name__
        told = f"a fault of ours ({kind}): look at the Alertmanager whether {name} is silenced"
        app.say(told, wrong=True)
    else:
        app.say(told, wrong=done.outcome != "set")
