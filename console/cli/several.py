"""`warroom list`, and `warroom` alone: which deployments are here, and what to do next."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from console.clean import clean
from console.cli.exits import DONE
from console.cli.say import on_terminal, say, say_json
from console.domain.times import iso_or_none
from console.executor.opening import OpenFailed
from console.room.several import Standing, deployments_in, is_deployment, standing, standings
from console.room.several_words import (
    name_of,
    names_of,
    phase_words,
    recorded_words,
    urgent_words,
)

NONE_HERE = "No deployment is here. What you can do:"
START = (
    ("warroom demo", "look at a simulated agent first"),
    ("warroom init DIR", "describe your own agent; it asks"),
    ("warroom list DIR", "see the deployments in another directory"),
    ("warroom --help", "every command, by task"),
)


def alone(_: Namespace) -> int:
    """`warroom` without a command: 0, or what the console comes to that is opened here."""
    here = Path()
    if is_deployment(here):
        one = standing(here)
        say(*sentences(one), f"Next: {next_step(one, here)}")
        return DONE
    found = deployments_in(here)
    if not found:
        say(NONE_HERE, *(f"  {command:18} {what}" for command, what in START))
        return DONE
    if on_terminal():
        return _choose(here)
    known = standings(found)
    say(*_listed(known))
    if len(found) == 1:
        say(f"Next: {next_step(known[0], found[0])}")
    else:
        say("Next: warroom open lets you choose one; warroom open DIRECTORY opens it.")
    return DONE


def _choose(directory: Path) -> int:
    """`warroom open` on several, which lets one of them be chosen."""
    from console.cli.live import open_console
    from console.cli.parser import build_parser

    return open_console(build_parser().parse_args(["open", str(directory)]))


def _listed(found: Sequence[Standing]) -> list[str]:
    return [
        line
        for one, name in zip(found, names_of(found), strict=True)
        for line in sentences(one, name)
    ]


def listing(args: Namespace) -> int:
    """`warroom list`: 0, also where one of them cannot be read; that is said in its place."""
    directory = args.dir or Path()
    if not directory.is_dir():
        raise OpenFailed(f"{directory} is not a directory; name one that holds deployments")
    whole = [directory] if is_deployment(directory) else deployments_in(directory)
    found = standings(whole)
    if args.json:
        say_json({"directory": str(directory), "deployments": [_plain(one) for one in found]})
        return DONE
    say(*_listed(found))
    if not found:
        say(
            f"No deployment lies in {directory}. Make one: warroom init {_word(directory / 'NAME')}"
        )
    return DONE


def sentences(one: Standing, name: str = "") -> list[str]:
    """How it stands in two lines, the second one indented; `name` is what it is called there."""
    name = name or name_of(one)
    place = f"[{clean(str(one.directory), 200)}]"
    if one.problem:
        return [f"{name} cannot be read  {place}", f"  {one.problem}"]
    *when, watched = recorded_words(one)
    read = f"as recorded at {', '.join(reversed(when))}" if one.recorded_at is not None else when[0]
    said = "; ".join((*urgent_words(one), read, watched))
    return [
        f"{name} ({one.context}) is {one.status}: {phase_words(one)}  {place}",
        f"  {said[0].upper()}{said[1:]}.",
    ]


def next_step(one: Standing, directory: Path) -> str:
    """The command that helps on from there, and why."""
    where = _word(directory)
    if one.problem:
        return f"mend that, then: warroom check {where}"
    if one.rollback:
        return f"warroom rollback {where} --follow, or warroom open {where}"
    if one.triggers:
        return f"warroom open {where}, where F9 arms the rollback"
    if one.status == "preparing" and one.recorded_at is None:
        return f"warroom check {where}, then warroom open {where}"
    return f"warroom open {where}"


def _word(directory: Path) -> str:
    return quote(str(directory))


def _plain(one: Standing) -> dict[str, Any]:
    """As plain JSON values: times RFC 3339, lengths in seconds; `problem` alone if unreadable."""
    place = {"directory": str(one.directory), "problem": one.problem or None}
    if one.problem:
        return place
    return place | {
        "agent": one.agent,
        "context": one.context,
        "status": one.status,
        "phase": {"name": one.phase, "increment": one.increment, "elapsed_s": one.elapsed_s},
        "alerts": list(one.alerts),
        "triggers": list(one.triggers),
        "rollback": one.rollback or None,
        "escalations": one.escalations,
        "owed": len(one.owed),
        "overdue": one.overdue,
        "trouble": one.trouble or None,
        "watched": one.watched,
        "recorded_at": iso_or_none(one.recorded_at),
        "age_s": one.age_s,
    }
