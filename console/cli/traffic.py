"""`warroom traffic`: where the traffic should be and is; set it again, or back (Guide 4)."""

import asyncio
from argparse import Namespace
from typing import Any

import msgspec

from console.actions.switch import Shown
from console.clean import clean
from console.cli.deeds import who_is
from console.cli.exits import DONE, REFUSED, UNREACHED
from console.cli.say import say, say_json
from console.cli.unsigned import leave
from console.domain.hints import all_pasted
from console.domain.share import target_before, target_of
from console.domain.state_traffic import Switched
from console.domain.times import iso, iso_or_none
from console.domain.traffic import said_of, switch_trouble, traffic_trouble
from console.room import Picture, WarRoom


def traffic(args: Namespace) -> int:
    """`warroom traffic`: 0 if it is where it should be, 1 if not or unknown, 3 if unreadable."""
    if args.set or args.back or args.though:
        return asyncio.run(_set(args))
    return asyncio.run(_show(args))


async def _set(args: Namespace) -> int:
    room = WarRoom.open(args.dir, who=who_is(args))
    try:
        told = await room.traffic.set(back=args.back, though=args.though, why=clean(args.why, 500))
        held = room.state.traffic.get(room.state.attempt.id)
    finally:
        await leave(room)
    if args.json:
        say_json({"told": told, "asked": None if held is None else asked_of(held)})
    else:
        say(told)
    return DONE if held is not None and held.outcome == "verified" else REFUSED


async def _show(args: Namespace) -> int:
    room = WarRoom.open(args.dir, read_only=True)
    try:
        await room.poll_once()
        picture, shown = room.picture(), await room.traffic.look()
    finally:
        await room.close()
    told = traffic_of(room, picture)
    read = {"share": shown.share, "phase": shown.phase} if isinstance(shown, Shown) else None
    unlike = room.traffic.unlike(shown) if isinstance(shown, Shown) else ""
    told |= {"reads": read, "as_meant": isinstance(shown, Shown) and not unlike}
    told["unreadable"] = "" if isinstance(shown, Shown) else shown
    if args.json:
        say_json(told)
    else:
        say(*_lines(room, picture, shown))
    if room.traffic.switch is not None and not isinstance(shown, Shown):
        return UNREACHED
    return REFUSED if told["trouble"] or unlike else DONE


def _lines(room: WarRoom, picture: Picture, shown: Shown | str) -> list[str]:
    state = picture.state
    target, unlike = target_of(state.attempt), ""
    lines = [f"{state.attempt.id} means {target.share} % of the traffic."]
    if room.traffic.switch is None:
        lines.append("It is switched by hand: no [traffic.switch] is in warroom.toml.")
    elif isinstance(shown, Shown):
        unlike = room.traffic.unlike(shown)
        lines.append(f"The switch reads {shown.words}{f', NOT {unlike}' if unlike else ''}.")
    else:
        lines.append(f"The switch does not tell: {shown}.")
    held = state.traffic.get(state.attempt.id)
    if held is not None:
        who = clean(held.by, 40)
        said = clean(said_of(held))
        lines.append(f"Asked for {held.share} % at {iso(held.asked_at)} by {who}: {said}.")
    if (seen := picture.facts.arrival) is not None:
        lines.append(f"The calls: {seen.verdict.replace('-', ' ')}, {clean(seen.why)}.")
    before = target_before(state)
    trouble = all_pasted(traffic_trouble(state, picture.facts), room.directory)
    lines += [f"HOLDS THE GATE: {clean(why)}" for why in trouble]
    amiss = unlike or switch_trouble(state) or (seen is not None and seen.bad)
    if amiss and room.traffic.switch is not None:
        lines.append(f"--set sets {target.share} %, --back sets {before.share} % again.")
    return lines


def traffic_of(room: WarRoom, picture: Picture) -> dict[str, Any]:
    """The traffic as plain JSON values; shares in percent, times RFC 3339."""
    state, switch = picture.state, room.deployment.traffic.switch
    held, seen = state.traffic.get(state.attempt.id), picture.facts.arrival
    return {
        "attempt": state.attempt.id,
        "target": target_of(state.attempt).share,
        "before": target_before(state).share,
        "switch": None if switch is None else switch.preset or switch.kind,
        "asked": None if held is None else asked_of(held),
        "arrival": None if seen is None else msgspec.to_builtins(seen),
        "trouble": all_pasted(traffic_trouble(state, picture.facts), room.directory),
    }


def asked_of(held: Switched) -> dict[str, Any]:
    """What the switch was asked for last, as plain JSON values."""
    return {
        "share": held.share,
        "phase": held.phase,
        "at": iso(held.asked_at),
        "by": held.by,
        "why": held.why,
        "read_before": held.before,
        "forced": held.forced,
        "outcome": held.outcome or "unknown",
        "read": held.seen,
        "set_at": iso_or_none(held.set_at),
        "detail": held.detail,
    }
