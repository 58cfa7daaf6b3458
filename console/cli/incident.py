"""`warroom incident`: list, see, open, follow, capture, close (Guide 6.3)."""

import asyncio
from argparse import Namespace
from pathlib import Path
from typing import Any

from console.clean import clean
from console.cli.deeds import at_rest, do, who_is
from console.cli.exits import DONE, REFUSED
from console.cli.live import seconds
from console.cli.say import say, say_json, warn
from console.cli.unsigned import leave
from console.domain import commands as c
from console.domain.duties import cadence_s, left_words, update_due
from console.domain.incident_log import Moment, timeline
from console.domain.incidents import all_incidents, captured_of, severity_words, still_owed
from console.domain.moment import understood
from console.domain.refused import Refused
from console.domain.state import State
from console.domain.state_incident import Incident
from console.domain.times import iso, iso_or_none, span
from console.room import OpenFailed, WarRoom
from console.room.capturing import capture_calls, capture_words

CAPTURE = "capture"
JUDGED_BAD = ("wrong", "subtle")


def incident(args: Namespace) -> int:
    """`warroom incident`: what its options say, or the list, or one."""
    if str(args.dir) == CAPTURE and args.more:
        place, *rest = args.more
        return _capture(args, Path(place), rest)
    if args.open is not None:
        return _open(args)
    if args.close is not None:
        return _close(args)
    if not args.more:
        return _list(args)
    name, *surplus = args.more
    if surplus:
        raise OpenFailed(f'"{clean(surplus[0], 60)}" is one word too many: name one incident')
    command = _command(args, name)
    return _show(args, name) if command is None else do(args, command)


def _open(args: Namespace) -> int:
    if args.more:
        raise OpenFailed("--open takes a title and no id: the console names the incident")
    level: Any = args.severity or 2
    return do(
        args,
        c.OpenIncident(
            level,
            clean(args.open, 200),
            args.trigger,
            *(tuple(clean(one, 300) for one in ids) for ids in _links(args)),
        ),
    )


def _links(args: Namespace) -> tuple[list[str], list[str], list[str]]:
    return args.alert, args.escalation, args.call


def _close(args: Namespace) -> int:
    name = args.close or next(iter(args.more), "")
    if not name:
        raise OpenFailed("name the incident to close: --close ID")
    code = do(args, c.CloseIncident(name, clean(args.resolution, 2000)))
    room = at_rest(args)
    now, state = room.clock.now(), room.state
    left = still_owed(state, state.incidents[name], now)
    say(*(f"Still owed: {one.title}, {one.clock} ({one.id})" for one in left))
    return code


def _command(args: Namespace, name: str) -> c.Command | None:
    """The one deed that the options ask for; None where it is only to be shown."""
    if args.note is not None:
        return _note(args, name)
    if args.update is not None:
        return c.UpdateIncident(name, clean(args.update, 4000, lines=True))
    if args.link:
        alerts, escalations, calls = (tuple(clean(i, 300) for i in ids) for ids in _links(args))
        return c.LinkToIncident(name, alerts, escalations, calls)
    if args.severity is None and (args.lead, args.scribe, args.every) == (None, None, ""):
        return None
    every = seconds(args.every) if args.every else None
    level: Any = args.severity
    return c.ChangeIncident(
        name,
        level,
        args.lead,
        args.scribe,
        None if every is None else round(every),
        clean(args.why, 2000),
    )


def _note(args: Namespace, name: str) -> c.Command:
    room = at_rest(args)
    now, entries = room.clock.now(), room.record.entries
    if args.corrects:
        known = {f"{entry.writer}/{entry.seq}" for entry in entries}
        if args.corrects not in known:
            raise Refused(
                f"there is no entry {clean(args.corrects, 80)}: warroom incident DIR ID names them "
                "as writer/number"
            )
    found = understood(clean(args.note, 4000, lines=True), now)
    if found.wrong:
        raise Refused(found.wrong)
    if found.at is not None:
        say(found.words(now))
    return c.WriteNote(found.text, name, found.at, args.corrects)


def _list(args: Namespace) -> int:
    room = at_rest(args)
    state, now = room.state, room.clock.now()
    if args.json:
        say_json([incident_of(state, one, now) for one in all_incidents(state)])
    elif not state.incidents:
        say("no incident was opened")
    else:
        say(*(_line(one, now) for one in all_incidents(state)))
    return DONE


def _line(one: Incident, now: float) -> str:
    if one.closed_at is not None:
        return f"closed  {one.id}  {severity_words(one.severity)}: {one.title}. {one.resolution}"
    due = update_due(one) or now
    return (
        f"OPEN    {one.id}  {severity_words(one.severity)}: {one.title}. "
        f"Open {span(now - one.opened_at)}, status update {left_words(due - now)}"
    )


def _show(args: Namespace, name: str) -> int:
    room = at_rest(args)
    state, now, entries = room.state, room.clock.now(), room.record.entries
    held = state.incidents.get(name)
    if held is None:
        known = ", ".join(state.incidents) or "none was opened"
        raise Refused(f"there is no incident {name} (one of: {known})")
    moments = timeline(entries, held)
    if args.json:
        told = incident_of(state, held, now)
        say_json(told | {"timeline": [_moment(one) for one in moments]})
        return DONE
    say(_line(held, now), f"lead {held.lead or 'nobody'}, scribe {held.scribe or 'nobody'}")
    say(*(_moment_line(one) for one in moments))
    say(*(f"Owed: {one.title}, {one.clock} ({one.id})" for one in still_owed(state, held, now)))
    return DONE


def _moment(one: Moment) -> dict[str, object]:
    return {
        "entry": one.source,
        "occurred_at": iso(one.occurred),
        "recorded_at": iso(one.recorded),
        "late": one.late,
        "by": one.by,
        "kind": one.kind,
        "text": one.text,
        "corrects": one.corrects,
        "corrected_by": list(one.corrected_by),
    }


def _moment_line(one: Moment) -> str:
    late = f" [recorded {iso(one.recorded)}]" if one.late else ""
    marks = f" [corrects {one.corrects}]" if one.corrects else ""
    marks += "".join(f" [corrected by {other}]" for other in one.corrected_by)
    return f"{iso(one.occurred)}  {one.source}  {one.by}  {one.kind}: {one.text}{late}{marks}"


def incident_of(state: State, one: Incident, now: float) -> dict[str, Any]:
    """An incident as plain JSON values: times RFC 3339, lengths in seconds."""
    due = update_due(one)
    return {
        "id": one.id,
        "state": "open" if one.closed_at is None else "closed",
        "severity": one.severity,
        "title": one.title,
        "opened_at": iso(one.opened_at),
        "by": one.by,
        "lead": one.lead,
        "scribe": one.scribe,
        "trigger": one.trigger,
        "rollback": one.rollback,
        "attempt": one.attempt,
        "alerts": list(one.alerts),
        "escalations": list(one.escalations),
        "calls": list(one.calls),
        "captured": captured_of(state, one),
        "notes": one.notes,
        "updates": [iso(at) for at in one.updates],
        "update_every_s": cadence_s(one),
        "update_due": iso_or_none(due),
        "update_overdue": due is not None and due < now,
        "closed_at": iso_or_none(one.closed_at),
        "resolution": one.resolution,
        "owed": [duty.id for duty in still_owed(state, one, now)],
    }


def _capture(args: Namespace, place: Path, rest: list[str]) -> int:
    """0 if every call is kept, 1 if one could not be had."""
    if not rest:
        raise OpenFailed(
            "name the incident and its calls: warroom incident capture DIR ID CALL ..."
        )
    name, *calls = rest

    async def act() -> int:
        room = WarRoom.open(place, who=who_is(args))
        try:
            wanted = list(calls)
            if args.judged:
                wanted += _judged(room.state, name)
            if not wanted:
                raise Refused("no call was named, and none is judged wrong or subtle")
            events = await capture_calls(room, name, wanted)
        finally:
            await leave(room)
        for one, line in zip(events, capture_words(events), strict=True):
            (say if one.sha256 else warn)(line)
        return DONE if all(one.sha256 for one in events) else REFUSED

    return asyncio.run(act())


def _judged(state: State, incident: str) -> list[str]:
    """The calls of the incident's attempt that were judged wrong or subtly off."""
    held = state.incidents.get(incident)
    judged = {} if held is None else state.judged.get(held.attempt, {})
    return [call for call, one in judged.items() if one.verdict in JUDGED_BAD]
