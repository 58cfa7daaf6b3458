"""Notices from the command line: who is told of what, and a test of every address."""

import asyncio
from argparse import Namespace
from pathlib import Path
from typing import Any

from config.load import load
from config.model import Deployment, Person
from config.nearest import suggestion
from config.quiet import is_quiet
from console.actions.notify import notify as send
from console.clean import clean
from console.cli.exits import DONE, REFUSED, UNREACHED
from console.cli.say import say
from console.clock import clock_for
from console.domain.notice_plan import Planned, plan_of
from console.domain.notices import last_delivered, untold_now
from console.domain.state import State
from console.domain.times import iso, span
from console.executor.opening import OpenFailed


def notify(args: Namespace) -> int:
    """`warroom notify`: the plan, or with `test` 0 if everybody was told, 1 or 3 if not."""
    if args.what == "test":
        return test(args)
    if args.to:
        raise OpenFailed("--to names whom a test goes to: warroom notify test DIR --to NAME")
    loaded = load(args.dir)
    now = clock_for(loaded.directory).now()
    say("Who is told of what, besides a rollback.")
    say("Quiet hours hold back neither what is critical nor an escalation.")
    for one in plan_of(loaded.deployment):
        say(*_planned(one, now))
    return DONE


def _planned(one: Planned, now: float) -> list[str]:
    person, count = one.person, len(one.person.notify)
    addresses = f"{count} address{'' if count == 1 else 'es'}" if count else "NO ADDRESS"
    quiet = ""
    if person.quiet:
        held = " (now)" if is_quiet(person.quiet, person.zone, now) else ""
        quiet = f", quiet {person.quiet} {person.zone}{held}"
    lines = [f"{person.name} ({', '.join(person.roles)}): {addresses}{quiet}"]
    if one.critical:
        lines.append(f"  critical: {', '.join(one.critical)}")
    if one.others:
        lines.append(f"  else: {', '.join(one.others)}")
    if not one.critical and not one.others:
        lines.append("  nothing")
    return lines


def test(args: Namespace) -> int:
    """`warroom notify test`: every address takes a notice that says it is a test."""
    loaded = load(args.dir)
    people = _people(loaded.deployment, clean(args.to, 200))
    outcomes = asyncio.run(_test(people, loaded.deployment, loaded.directory))
    for person, (code, told) in zip(people, outcomes, strict=True):
        say(f"  {'✓' if code == DONE else '✗'} {person.name}: {told}")
    return max(code for code, _ in outcomes)


def _people(deployment: Deployment, name: str) -> list[Person]:
    if not name:
        return list(deployment.people)
    person = deployment.person(name)
    if person is None:
        known = suggestion(name, [one.name for one in deployment.people])
        raise OpenFailed(f'nobody in warroom.toml is called "{name}"{known}')
    return [person]


async def _test(people: list[Person], deployment: Deployment, base: Path) -> list[tuple[int, str]]:
    return list(await asyncio.gather(*(_to(person, deployment, base) for person in people)))


async def _to(person: Person, deployment: Deployment, base: Path) -> tuple[int, str]:
    """The exit code for one person, and what came of telling them."""
    if not person.notify:
        call = f"call {person.phone}" if person.phone else "and no phone number either"
        return REFUSED, f"no address in warroom.toml: {call}"
    agent = clean(deployment.agent.name, 100)
    title = f"TEST: notices of {agent}"
    text = f"This is a test. Nothing has happened to {agent}.\nIt was sent to {clean(person.name)}."
    why = await asyncio.gather(*(send([one], base, title, text) for one in person.notify))
    missed = [one for one in why if one]
    count = len(why)
    if not missed:
        return DONE, "taken" if count == 1 else f"taken by all {count} addresses"
    some = f"{len(missed)} of {count} addresses failed: " if count > 1 else ""
    return UNREACHED, f"{some}{'; '.join(dict.fromkeys(missed))}"


def notices_of(state: State, deployment: Deployment, now: float) -> dict[str, Any]:
    """What was told last, what nobody could be told of, what is silenced: plain JSON values."""
    last = last_delivered(state)
    return {
        "last": None
        if last is None
        else {"at": iso(last.at), "to": last.person, "about": last.about},
        "untold": list(untold_now(state, deployment, now)),
        "silences": [
            {"rule": one.rule, "until": iso(one.until), "by": one.by, "why": one.why}
            for one in state.own_silences.values()
            if one.lifted_at is None and now < one.until
        ],
    }


def notice_sentences(state: State, deployment: Deployment, now: float) -> list[str]:
    """The same in sentences."""
    held = notices_of(state, deployment, now)
    lines = [f"{said[0].upper()}{said[1:]}." for said in held["untold"]]
    if (last := last_delivered(state)) is not None:
        ago = span(now - last.at)
        lines.append(f"Last notice: {last.about}, taken for {last.person} {ago} ago.")
    lines += [
        f"Silenced by {one['by']} until {one['until']}: {one['rule']}, {one['why']}."
        for one in held["silences"]
    ]
    return lines
