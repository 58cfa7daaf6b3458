"""Silencing another system's alert there: decided and on record, then asked, then read back."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

from console.clean import clean
from console.domain.commands import RecordSilence, SilenceAlert
from console.domain.refused import may_act
from console.domain.state import Silence
from console.domain.times import iso, utc
from console.feeds import FeedError
from console.feeds.silences import NotTaken, Silences
from console.journal import Unwritable
from console.journal.record import WRITE_ERRORS
from console.net import Http

if TYPE_CHECKING:
    from console.room.room import WarRoom


async def silence(
    room: WarRoom, alert: str, for_s: float, why: str, *, feed: str = ""
) -> tuple[Silence, str]:
    """Have `alert` silenced for `for_s` seconds, and put on record what came of it.

    Returns the silence as it is on record and, for people, what is so now. It is silenced only if
    its `outcome` is "set". Raises as `WarRoom.do`; then nothing was asked.
    """
    if room.read_only:
        raise Unwritable("this console was opened read-only")
    may_act(room.actor)
    name = f"silence-{token_hex(4)}"
    order = SilenceAlert(name, clean(alert, 300), for_s, clean(why, 1000), feed)
    await room.do(order)
    asked = room.state.silences[name]
    async with Http() as http:
        spec = room.deployment.feeds[asked.feed]
        answer = await _carry_out(Silences(spec, http, room.directory, asked.name), asked)
    told = _told(asked, answer)
    try:
        await room.do(answer)
    except WRITE_ERRORS as error:
        return asked, f"{told}. NOT RECORDED: {error}"
    return room.state.silences[name], told


async def _carry_out(there: Silences, asked: Silence) -> RecordSilence:
    """Ask for it and read it back; an answer that was lost decides nothing."""
    until = utc(asked.until)
    comment = f"{asked.why} ({asked.id})"
    try:
        count = await there.alerts()
        if not count:
            return RecordSilence(asked.id, "failed", "no alert of exactly this name is there now")
    except FeedError as error:
        return RecordSilence(asked.id, "failed", f"nothing was asked: {error.sentence}")
    lost = "it was taken, but it is not there when read back"
    try:
        await there.ask(asked.by, comment, utc(asked.at), until)
    except NotTaken as error:
        return RecordSilence(asked.id, "failed", error.sentence)
    except FeedError as error:
        lost = error.sentence
    try:
        found = await there.find(asked.id, until)
    except FeedError as error:
        return RecordSilence(asked.id, "unknown", f"it cannot be read back: {error.sentence}")
    if not found:
        return RecordSilence(asked.id, "unknown", lost)
    return RecordSilence(asked.id, "set", f"read back, over {count} alerts", found)


def _told(asked: Silence, answer: RecordSilence) -> str:
    what = f"{asked.name} at {asked.feed}"
    if answer.outcome == "set":
        return f"{what} is silenced until {iso(asked.until)} (silence {answer.their_id})"
    said = "is NOT silenced" if answer.outcome == "failed" else "may or may not be silenced"
    return f"{what} {said}: {answer.why}"
