"""Decisions that two people took without knowing of each other."""

from argparse import Namespace
from typing import Any

from console.clean import clean
from console.cli.deeds import at_rest, do
from console.cli.exits import DONE, REFUSED
from console.cli.say import say, say_json
from console.domain import commands as c
from console.domain.concurrent import contested_words, unsettled
from console.domain.state import State
from console.domain.state_contested import Contested, Decision
from console.domain.times import iso, iso_or_none
from console.domain.traffic import astray_of, astray_words
from console.room import OpenFailed


def contested(args: Namespace) -> int:
    """`warroom contested`: 0, or 1 while one waits to be acknowledged."""
    room = at_rest(args)
    state = room.state
    if args.acknowledge is not None:
        name = clean(args.acknowledge) or _only_one(state)
        return do(args, c.AcknowledgeContested(name, clean(args.remark, 2000)))
    if args.remark:
        raise OpenFailed("--remark says what was agreed: it goes with --acknowledge")
    if args.json:
        say_json({"contested": contested_of(state)})
    else:
        say(*[line for one in state.contested.values() for line in _lines(state, one)])
        if not state.contested:
            say("No decision is contested.")
    return REFUSED if unsettled(state) else DONE


def _only_one(state: State) -> str:
    """The id of the only one that waits."""
    waiting = [one.id for one in unsettled(state)]
    if not waiting:
        raise OpenFailed("no contested decision waits to be acknowledged")
    if len(waiting) > 1:
        raise OpenFailed(f"several wait to be acknowledged: say which ({', '.join(waiting)})")
    return waiting[0]


def _lines(state: State, one: Contested) -> list[str]:
    """Both sides, where that left the traffic, and who has seen to it."""
    astray = astray_of(state, one)
    traffic = [] if astray is None else [f"  traffic     {clean(astray_words(state, astray), 400)}"]
    seen = "not acknowledged: the gate is held"
    if one.acknowledged_at is not None:
        by, at = clean(one.acknowledged_by), iso(one.acknowledged_at)
        seen = f"acknowledged by {by} {at}: {clean(one.remark, 400)}"
    return [
        f"{one.id}  {one.attempt}",
        *(f"  stands      {_side(side)}" for side in one.stands),
        f"  overruled   {_side(one.overruled)}",
        *traffic,
        f"  {seen}",
    ]


def _side(one: Decision) -> str:
    into = f" to {one.into}" if one.into else ""
    why = f": {clean(one.why, 400)}" if one.why else ""
    return f"{one.what}{into} by {clean(one.by)} {iso(one.at)} ({one.writer}/{one.seq}){why}"


def contested_sentences(state: State) -> list[str]:
    """What waits to be acknowledged, in sentences."""
    return [
        f"CONTESTED ({one.id}): {clean(contested_words(one), 400)}." for one in unsettled(state)
    ]


def contested_of(state: State) -> list[dict[str, Any]]:
    """All of them as plain JSON values; times are RFC 3339.

    `traffic` says where the overruled side left the switch, until that is set right.
    """
    return [
        {
            "id": one.id,
            "attempt": one.attempt,
            "stands": [_side_of(side) for side in one.stands],
            "overruled": _side_of(one.overruled),
            "acknowledged_by": one.acknowledged_by,
            "acknowledged_at": iso_or_none(one.acknowledged_at),
            "remark": one.remark,
            "traffic": "" if (left := astray_of(state, one)) is None else astray_words(state, left),
        }
        for one in state.contested.values()
    ]


def _side_of(one: Decision) -> dict[str, Any]:
    return {
        "decision": one.what,
        "to": one.into,
        "by": one.by,
        "at": iso(one.at),
        "why": one.why,
        "entry": f"{one.writer}/{one.seq}",
    }
