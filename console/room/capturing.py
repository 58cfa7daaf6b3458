"""An incident's calls, kept whole as evidence, and on record which could not be had (Guide 6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.clean import clean
from console.domain.commands import RecordCaptures
from console.domain.events import CallCaptured
from console.domain.incidents import captured_of
from console.domain.refused import Refused, may_act
from console.executor.capture import capture
from console.journal import Unwritable
from console.net import Http

if TYPE_CHECKING:
    from console.room.room import WarRoom

MOST_ID = 300
# A capture at the keys is waited for; the one after a rollback has more time.
MOST_S = 60.0


async def capture_calls(
    room: WarRoom, incident: str, calls: Sequence[str]
) -> tuple[CallCaptured, ...]:
    """Find `calls` in the logs, keep each in `evidence/`, and put on record what came of it.

    Asks the feeds' logs by itself, for a minute at most. Raises `Refused`, or one of
    `WRITE_ERRORS` where what was kept could not be put on record.
    """
    if room.read_only:
        raise Unwritable("this console was opened read-only")
    if room.offline:
        raise Refused("this console asks no endpoint: it is offline, and the logs are not read")
    may_act(room.actor)
    held = room.state.incidents.get(incident)
    if held is None:
        raise Refused(f"there is no incident {clean(incident, 80)}")
    kept = captured_of(room.state, held)
    named = [name for call in calls if (name := clean(call.strip(), MOST_ID))]
    wanted = [call for call in dict.fromkeys(named) if not kept.get(call)]
    if not named:
        raise Refused("name the calls to capture, by their ids")
    if not wanted:
        raise Refused(f"kept already: {', '.join(dict.fromkeys(named))[:200]}")
    async with Http() as http:
        came = await capture(
            incident,
            wanted,
            room.deployment,
            room.directory,
            http,
            room.clock,
            most_s=MOST_S,
        )
    await room.do(RecordCaptures(incident, came.events))
    return came.events


def capture_words(captured: Sequence[CallCaptured]) -> list[str]:
    """What came of it, one sentence a call."""
    return [
        f"{one.call}: kept in evidence as {one.sha256[:16]}{f', but {one.why}' if one.why else ''}"
        if one.sha256
        else f"{one.call}: NOT captured, {one.why}"
        for one in captured
    ]
