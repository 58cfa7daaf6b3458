"""Telling people of a rollback, at once and without being asked (Guide 3.5).

It is never in the way: each person is told in threads of their own, and tried again until it works.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from inspect import isawaitable
from pathlib import Path
from typing import Literal

from config.guide import Role, trigger_rules
from config.model import Deployment, Person, Secret
from console.actions.notify import notify
from console.clean import clean
from console.clock import Clock
from console.domain.events_rollback import NoticeSent
from console.domain.order import GOVERNANCE
from console.domain.times import iso
from console.executor.run import Run
from console.net import Backoff

GIVE_UP_S = 600.0
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 60.0
LEAST_PAUSE_S = 0.5
MOST_TITLE = 200
MOST_LINE = 400

Told = Callable[[NoticeSent], Awaitable[None] | None]

_log = logging.getLogger(__name__)


def recipients(deployment: Deployment, trigger: str, fired_by: str) -> list[Person]:
    """Who must know of a rollback, each once: the leads, and the owner if somebody else fired it.

    Of a breach or exposure of data legal must know too. `fired_by` is a person's name.
    """
    roles: list[Role] = ["agent-lead", "tech-lead"]
    if trigger == GOVERNANCE:
        roles.append("legal")
    people = [person for role in roles for person in deployment.holders(role)]
    owner = deployment.person(deployment.rollback.owner)
    if owner is not None and owner.name != fired_by:
        people.append(owner)
    return list({person.name: person for person in people}.values())


async def tell(
    about: str,
    people: Sequence[Person],
    directory: Path,
    title: str,
    text: str,
    told: Told,
    clock: Clock,
    give_up_s: float = GIVE_UP_S,
) -> None:
    """Tell all of `people`; over when each was told or given up after `give_up_s` (real).

    `about` is the rollback's or the run's id. `told` gets each delivery, and each failure as it
    happens; what it raises goes to the log. May be cancelled at any time. Never raises.
    """
    notice = _Notice(about, directory, title, text, told, clock, clock.monotonic() + give_up_s)
    await asyncio.gather(*(notice.to(person) for person in people))


class _Notice:
    def __init__(
        self,
        about: str,
        directory: Path,
        title: str,
        text: str,
        told: Told,
        clock: Clock,
        until: float,
    ) -> None:
        self._about = about
        self._directory = directory
        self._title = title
        self._text = text
        self._told = told
        self._clock = clock
        self._until = until

    async def to(self, person: Person) -> None:
        """Tell one person over all of their addresses, each until it takes the notice."""
        if not person.notify:
            await self._report(person, f"no address in warroom.toml{_phone(person)}", 1)
            return
        left: Sequence[Secret] = person.notify
        backoff = Backoff(FIRST_PAUSE_S, LONGEST_PAUSE_S)
        tries = 0
        while True:
            tries += 1
            answers = await asyncio.gather(*map(self._send, left))
            left = [one for one, why in zip(left, answers, strict=True) if why]
            if not left:
                await self._report(person, "", tries)
                return
            why = next(why for why in answers if why)
            if len(person.notify) > 1:
                why = f"{len(left)} of {len(person.notify)} addresses failed: {why}"
            pause = max(LEAST_PAUSE_S, backoff.next())
            if self._clock.monotonic() + pause >= self._until:
                await self._report(person, f"{why}; given up{_phone(person)}", tries)
                return
            await self._report(person, why, tries)
            await asyncio.sleep(pause)

    async def _send(self, address: Secret) -> str:
        """One notice to one address; why it was not taken, else empty."""
        try:
            return await notify([address], self._directory, self._title, self._text)
        except Exception as error:  # whose text may hold the address
            return f"the notice was not sent by a fault of ours ({type(error).__name__})"

    async def _report(self, person: Person, why: str, tries: int) -> None:
        detail = clean(why) if why else _took(len(person.notify))
        outcome: Literal["delivered", "failed"] = "failed" if why else "delivered"
        try:
            answer = self._told(NoticeSent(self._about, person.name, outcome, detail, tries))
            if isawaitable(answer):
                await answer
        except Exception as error:  # the others must be told all the same
            _log.error("that %s was told is lost: %s", clean(person.name), type(error).__name__)


def _took(addresses: int) -> str:
    return "taken" if addresses == 1 else f"taken by all {addresses} addresses"


def _phone(person: Person) -> str:
    if not person.phone:
        return ", and no phone number either"
    available = f" ({person.available})" if person.available else ""
    return f": call {person.phone}{available}"


def words(
    deployment: Deployment,
    run: Run,
    *,
    fired_by: str,
    at: float,
    elapsed_s: float,
    directory: Path,
) -> tuple[str, str]:
    """The title and the text of a notice about `run` as it stands.

    `at` is when it was fired (unix seconds), `elapsed_s` what the stopwatch says.
    """
    agent = deployment.agent
    if run.kind == "rollback":
        what = f"{agent.name}: rollback of {agent.version} to {run.target}"
        phrase = "Rolled back to" if run.state == "verified" else "Going back to"
        first = f"{phrase} {run.target}, from {agent.version}."
    else:
        what = f"{agent.name}: {run.title or run.kind}"
        first = f"{run.title or run.kind}."
    title = clean(f"{what}, {_STATES[run.state]}", MOST_TITLE)
    names: dict[str, str] = {rule.id: rule.name for rule in trigger_rules()}
    done = sum(step.state == "verified" for step in run.steps)
    lines = [
        first,
        f"Trigger: {names.get(run.trigger, run.trigger)}" if run.trigger else "",
        *(f"Also fired meanwhile: {names.get(more, more)}" for more in run.attached),
        f"Fired by {fired_by} at {iso(at)}",
        f"Stopwatch: {_minutes(elapsed_s)} of {_minutes(run.budget_s)}",
        f"Steps: {done} of {len(run.steps)} verified",
        f"Outcome: {_STATES[run.state]}{': ' * bool(run.why)}{run.why}",
        f"Metric: {run.metric_why}" if run.metric_why and run.metric != "none" else "",
        *(
            f"To be done by hand: {step.title}: {step.manual}"
            for step in (run.left if run.state != "running" else ())
        ),
        f"Meanwhile: {run.fallback}" if run.fallback else "",
        f"Not in the journal: {run.unjournalled}" if run.unjournalled else "",
        f"Look: warroom open {directory}",
    ]
    return title, "\n".join(clean(line, MOST_LINE) for line in lines if line)


_STATES = {"running": "running", "verified": "verified", "partial": "PARTIAL", "unknown": "UNKNOWN"}


def _minutes(seconds: float) -> str:
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"
