"""`warroom duties`: what is owed, by whom, until when (Guide 6.3 to 6.5)."""

from argparse import Namespace
from typing import Any

from config.model import Deployment
from console.cli.deeds import at_rest
from console.cli.exits import DONE, REFUSED
from console.cli.say import say, say_json
from console.domain.duties import Owed, owed, owners
from console.domain.state import State
from console.domain.times import iso


def duties(args: Namespace) -> int:
    """`warroom duties`: 0, or 1 if something is overdue."""
    room = at_rest(args)
    state, now, deployment = room.state, room.clock.now(), room.deployment
    found = owed(state, now)
    if args.json:
        say_json(duties_of(state, deployment, now))
    elif not found:
        say("nothing is owed")
    else:
        say(*(_line(one, deployment) for one in found))
    return REFUSED if any(one.overdue for one in found) else DONE


def _line(one: Owed, deployment: Deployment) -> str:
    who = ", ".join(owners(deployment, one)) or "nobody"
    role = f"{one.owner} " if one.owner else ""
    return f"{one.clock:20} {one.title}, due {iso(one.due)}, {role}({who})  {one.id}"


def duties_of(state: State, deployment: Deployment, now: float) -> list[dict[str, Any]]:
    """What is owed as plain JSON values."""
    return [
        {
            "id": one.id,
            "title": one.title,
            "due": iso(one.due),
            "overdue": one.overdue,
            "left_s": round(one.left_s),
            "owner": one.owner,
            "people": list(owners(deployment, one)),
            "about": one.about,
        }
        for one in owed(state, now)
    ]
