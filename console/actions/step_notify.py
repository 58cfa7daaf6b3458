"""Telling people as a step of a procedure: all at once, again where it was not taken."""

import asyncio
from pathlib import Path

import msgspec

from config.model import Deployment, MissingSecret, Person
from config.rollback import Step
from config.secret import Secret
from console.actions.look import Outcome
from console.actions.notify import NOTICE_S, send
from console.actions.tools import Tools
from console.actions.values import Values
from console.clean import clean
from console.net import Backoff

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 10.0
LEAST_S = 0.05
MOST_TEXT = 500
NO_ADDRESS = "no address: write `notify` for this person in warroom.toml"


class _Notice(msgspec.Struct, frozen=True):
    """What is said, and until when (`Clock.monotonic`) it is tried."""

    title: str
    text: str
    end: float


class _Taken(msgspec.Struct, frozen=True):
    """Why it was not taken, empty if it was; `lost` says that it may arrive all the same."""

    why: str = ""
    lost: bool = False


def told_by(step: Step, deployment: Deployment) -> list[Person]:
    """Whom `step` tells: people by name, and all who hold a role; each once."""
    found: dict[str, Person] = {}
    for name in step.to:
        person = deployment.person(name)
        holders = [person] if person else [one for one in deployment.people if name in one.roles]
        found.update((one.name, one) for one in holders)
    return list(found.values())


async def tell(step: Step, values: Values, key: str, tools: Tools) -> Outcome:
    """Send the notice to everybody at once; where it is not taken, again within `timeout_s`.

    Nobody can see whether a notice is read: "verified" says that every address took it. To be told
    twice is better than not at all, so a step that is resumed sends it again.
    """
    notice = _Notice(
        title=clean(f"{tools.deployment.agent.name}: {step.title}", MOST_TEXT),
        text=clean(values.fill(step.text or step.title, key), 4 * MOST_TEXT, lines=True),
        end=tools.clock.monotonic() + step.timeout_s,
    )
    people = told_by(step, tools.deployment)
    taken = await asyncio.gather(*(_tell_person(one, notice, tools) for one in people))
    answers = dict(zip((person.name for person in people), taken, strict=True))
    took = [name for name, answer in answers.items() if not answer.why]
    not_by = [f"{name}: {answer.why}" for name, answer in answers.items() if answer.why]
    said = f"taken by {', '.join(took) or 'nobody'}; whether it is read cannot be seen"
    if took and not not_by:
        return Outcome("verified", clean(said, MOST_TEXT))
    lost = any(answer.lost for answer in answers.values())
    detail = clean("; ".join([f"taken by {', '.join(took) or 'nobody'}", *not_by]), MOST_TEXT)
    return Outcome("unknown" if lost else "failed", detail)


def unreachable(person: Person, base: Path) -> str:
    """Why no notice can go out to `person`; empty if one can. Secret files start at `base`."""
    if not person.notify:
        return NO_ADDRESS
    try:
        for address in person.notify:
            address.reveal(base)
    except MissingSecret as missing:
        return str(missing)
    return ""


async def _tell_person(person: Person, notice: _Notice, tools: Tools) -> _Taken:
    if not person.notify:
        return _Taken(NO_ADDRESS)
    each = await asyncio.gather(*(_tell(address, notice, tools) for address in person.notify))
    missed = [one for one in each if one.why]
    if not missed:
        return _Taken()
    return _Taken(", ".join(one.why for one in missed), lost=any(one.lost for one in missed))


async def _tell(address: Secret, notice: _Notice, tools: Tools) -> _Taken:
    """Try one address until it takes the notice or the time is over."""
    clock = tools.clock
    try:
        address.reveal(tools.base)
    except MissingSecret as missing:
        return _Taken(str(missing))
    backoff = Backoff(FIRST_PAUSE_S, LONGEST_PAUSE_S)
    lost = False
    while True:
        left = max(notice.end - clock.monotonic(), LEAST_S)
        try:
            why = await send([address], tools.base, notice.title, notice.text, min(left, NOTICE_S))
        except TimeoutError:
            why, lost = "no answer in time, so it may arrive or not", True
        if not why:
            return _Taken()
        pause = backoff.next()
        if clock.monotonic() + pause >= notice.end:
            return _Taken(why, lost)
        await asyncio.sleep(pause)
