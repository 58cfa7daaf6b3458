"""Telling people of a rollback, at once and without being asked (Guide 3.5).

It is never in the way: each person is told in threads of their own, and tried again until it works.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from inspect import isawaitable
from pathlib import Path
from typing import Literal

import msgspec

from config.guide import Role, trigger_rules
from config.model import Deployment, Person, Secret
from console.actions.notify import notify
from console.clean import clean
from console.clock import Clock
from console.domain.events_rollback import NoticeSent
from console.domain.order import GOVERNANCE
from console.domain.state_rollback import calls_words
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


class Attempt(msgspec.Struct, frozen=True):
    """One try to tell a person: `tries` from 1, `took` of their addresses have the notice by now.

    `why` is empty if all have it.
    """

    why: str
    tries: int
    took: int


Reported = Callable[[Person, Attempt], Awaitable[None] | None]

_log = logging.getLogger(__name__)


def recipients(deployment: Deployment, trigger: str, fired_by: str) -> list[Person]:
    """Who must know of a rollback, each once: the leads, and the owner if somebody else fired it.

    Of a breach or exposure of data legal must know too. `fired_by` is a person's name.
    """
    roles: tuple[Role, ...] = ("agent-lead", "tech-lead")
    people = [person for role in roles for person in deployment.holders(role)]
    people += besides(deployment, trigger)
    owner = deployment.person(deployment.rollback.owner)
    if owner is not None and owner.name != fired_by:
        people.append(owner)
    return list({person.name: person for person in people}.values())


def besides(deployment: Deployment, trigger: str) -> list[Person]:
    """Who must know of a trigger of that kind besides those who must know of any rollback."""
    return list(deployment.holders("legal")) if trigger == GOVERNANCE else []


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

    def reported(person: Person, one: Attempt) -> Awaitable[None] | None:
        outcome: Literal["delivered", "failed"] = "failed" if one.why else "delivered"
        detail = one.why or took(one.took)
        return told(NoticeSent(about, person.name, outcome, detail, one.tries))

    notice = Telling(directory, title, text, reported, clock, give_up_s)
    await asyncio.gather(*(notice.to(person) for person in people))


class Telling:
    """One notice, and how it is got to people."""

    def __init__(
        self,
        directory: Path,
        title: str,
        text: str,
        reported: Reported,
        clock: Clock,
        give_up_s: float,
        rest_s: float | None = None,
    ) -> None:
        """Tries end `give_up_s` (real) from now; with `rest_s`, so long after an address took it.

        `reported` gets each try; what it raises goes to the log.
        """
        self._directory = directory
        self._title = title
        self._text = text
        self._reported = reported
        self._clock = clock
        self._until = clock.monotonic() + give_up_s
        self._rest_s = rest_s

    async def to(self, person: Person) -> None:
        """Tell one person over all of their addresses, each until it takes the notice.

        May be cancelled at any time. Never raises.
        """
        if not person.notify:
            why = f"no address in warroom.toml{_phone(person)}"
            await self._report(person, Attempt(why, 1, 0))
            return
        until = self._until
        left: Sequence[Secret] = person.notify
        backoff = Backoff(FIRST_PAUSE_S, LONGEST_PAUSE_S)
        tries = 0
        while True:
            tries += 1
            answers = await asyncio.gather(*map(self._send, left))
            missed = [one for one, why in zip(left, answers, strict=True) if why]
            if self._rest_s is not None and len(missed) < len(left):
                until = min(until, self._clock.monotonic() + self._rest_s)
            left, took = missed, len(person.notify) - len(missed)
            if not left:
                await self._report(person, Attempt("", tries, took))
                return
            why = next(why for why in answers if why)
            if len(person.notify) > 1:
                why = f"{len(left)} of {len(person.notify)} addresses failed: {why}"
            pause = max(LEAST_PAUSE_S, backoff.next())
            if self._clock.monotonic() + pause >= until:
                await self._report(person, Attempt(f"{why}; given up{_phone(person)}", tries, took))
                return
            await self._report(person, Attempt(f"{why}{_phone(person)}", tries, took))
            await asyncio.sleep(pause)

    async def _send(self, address: Secret) -> str:
        """One notice to one address; why it was not taken, else empty."""
        try:
            return await notify([address], self._directory, self._title, self._text)
        except Exception as error:  # whose text may hold the address
            return f"the notice was not sent by a fault of ours ({type(error).__name__})"

    async def _report(self, person: Person, one: Attempt) -> None:
        try:
            answer = self._reported(person, Attempt(clean(one.why), one.tries, one.took))
            if isawaitable(answer):
                await answer
        except Exception as error:  # the others must be told all the same
            _log.error("that %s was told is lost: %s", clean(person.name), type(error).__name__)


def took(addresses: int) -> str:
    """How many addresses took a notice."""
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
        *(
            f"Also fired meanwhile: {names.get(more.trigger, more.trigger)}, by {more.by}"
            + calls_words(more.calls)
            for more in run.attached
        ),
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
