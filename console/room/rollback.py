"""A rollback from the order to the proof: Guide 3.5, and the kill switch of the design.

Nothing here waits for the journal, a feed or a screen for longer than a second.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from config.model import Deployment, MissingSecret, Secret
from config.model import Step as StepSpec
from console.actions.steps import Values
from console.clock import Clock
from console.domain import events as e
from console.domain.commands import TriggerRollback
from console.domain.decide import Refused, decide
from console.domain.entry import Actor
from console.domain.events import FrozenStep
from console.domain.facts import Facts
from console.domain.state import Rollback, State, Step
from console.domain.times import stamp, utc
from console.executor.lock import RunLock
from console.executor.procedure import Progress, run_procedure
from console.executor.verdict import Fresh, outcome
from console.net import Http
from console.room.eyes import Eyes
from console.room.record import WRITE_ERRORS, Record

JOURNAL_WAIT_S = 1.0
FRESH_WAIT_S = 120.0
FRESH_CALLS = 3
LOOK_AGAIN_S = 1.0
CALLED_S = 600.0
LOCK_TRIES = 10
LOCK_WAIT_S = 0.01

RunState = Literal["running", "verified", "partial", "unknown"]


class Run(msgspec.Struct):
    """A rollback as it happens, held in memory because the journal may be gone.

    `started` and `ended` are real seconds (`Clock.monotonic`); `unjournalled` says why the record
    could not be written, and is empty if it could.
    """

    id: str
    trigger: str
    target: str
    budget_s: float
    started: float
    steps: list[Step]
    state: RunState = "running"
    why: str = ""
    ended: float | None = None
    unjournalled: str = ""


def what_it_does(step: StepSpec) -> str:
    """One line that says what a step will do, without any secret."""
    if step.kind == "http":
        return f"{step.method} {step.url}"
    return "run " + " ".join(step.argv or ())


def freeze(deployment: Deployment) -> tuple[FrozenStep, ...]:
    """The configured steps, as they go into the record."""
    return tuple(
        FrozenStep(step.id, step.title, what_it_does(step), step.manual)
        for step in deployment.rollback.steps
    )


def missing_secrets(deployment: Deployment, base: Path) -> list[str]:
    """What the rollback will lack in this shell, by name, before it is needed."""
    missing = []
    for step in deployment.rollback.steps:
        secrets: list[Secret] = list(step.headers.values())
        if step.read_back is not None:
            secrets += step.read_back.headers.values()
        for secret in secrets:
            try:
                secret.reveal(base)
            except MissingSecret as lacking:
                missing.append(f"step {step.id}: {lacking}")
    return missing


def target_name(deployment: Deployment) -> str:
    """What a rollback restores, in words."""
    return deployment.agent.stable_version or "the existing process"


class Killer:
    """Carries out one rollback and writes down what happens, as far as it can be written."""

    def __init__(
        self,
        deployment: Deployment,
        directory: Path,
        record: Record,
        eyes: Eyes,
        http: Http,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        """`changed` is called whenever the run has something new to show."""
        self._deployment = deployment
        self._directory = directory
        self._record = record
        self._eyes = eyes
        self._http = http
        self._clock = clock
        self._changed = changed
        self.run: Run | None = None
        self._lock = RunLock(directory)
        self._pause = threading.Event()
        self._writes: asyncio.Queue[tuple[Actor, list[e.Event]] | None] = asyncio.Queue()
        self._fell_back = False

    async def fire(self, trigger: str, why: str, facts: Facts) -> Run:
        """Go back now. `Refused` only if the trigger is unknown or a run is under way here."""
        if self.run is not None and self.run.state == "running":
            raise Refused(f"rollback {self.run.id} is running already")
        actor, state = facts.actor, self._record.state
        target = target_name(self._deployment)
        command = TriggerRollback(
            f"rb-{stamp(facts.now)}", trigger, why, target, freeze(self._deployment)
        )
        held = state.rollback
        retry = held if held is not None and held.state != "verified" else None
        order = decide(state, command, facts)
        run = Run(
            retry.id if retry else command.rollback,
            trigger,
            target,
            self._deployment.rollback.budget_s,
            self._clock.monotonic(),
            [Step(s.id, s.title, s.what, s.manual) for s in command.steps],
        )
        verified = _take_over(run, retry)
        self._fell_back = False
        self.run = run
        self._changed()
        await asyncio.to_thread(self._take_lock)
        writer = asyncio.create_task(self._write_down(run), name="rollback-journal")
        await self._order(run, actor, order, command, facts)
        attempt = retry.attempt if retry else state.attempt.id
        await self._carry_out(run, actor, attempt, verified, resumed=retry is not None)
        await self._writes.put(None)
        await writer
        self._lock.release()
        self._changed()
        return run

    def alive(self) -> bool:
        """Whether a process of this machine carries out a rollback of this deployment."""
        return self._lock.taken()

    def _take_lock(self) -> None:
        # Others only look at the lock for an instant; a disk that is gone must not hold us up.
        for _ in range(LOCK_TRIES):
            with suppress(OSError):
                if self._lock.acquire():
                    return
            self._pause.wait(LOCK_WAIT_S)

    async def _order(
        self,
        run: Run,
        actor: Actor,
        order: list[e.Event],
        command: TriggerRollback,
        facts: Facts,
    ) -> None:
        """Journal the order, but wait for it no longer than a second."""

        def again(state: State) -> list[e.Event]:
            return decide(state, command, facts)

        def write() -> None:
            try:
                self._record.transact(actor, again)
            except Refused as refused:
                run.unjournalled = f"the order is not in the journal: {refused}"
            except WRITE_ERRORS as error:
                self._keep(run, actor, order, error)

        pending = asyncio.create_task(asyncio.to_thread(write), name="rollback-order")
        done, _ = await asyncio.wait({pending}, timeout=JOURNAL_WAIT_S)
        if not done:
            run.unjournalled = "the disk is slow: the order is not yet in the journal"
            pending.add_done_callback(lambda _: self._journalled_late(run))
        self._changed()

    def _journalled_late(self, run: Run) -> None:
        if run.unjournalled.startswith("the disk is slow"):
            run.unjournalled = ""
            self._changed()

    def _keep(
        self, run: Run, actor: Actor, events: list[e.Event], error: Exception | None = None
    ) -> None:
        """Write to the fallback journal what the journal would not take."""
        if error is not None:
            run.unjournalled = str(error) or type(error).__name__
        self._fell_back = True
        try:
            self._record.journal.fallback([e.draft(actor, event) for event in events])
        except WRITE_ERRORS as worse:
            run.unjournalled = f"{run.unjournalled}; nor does the fallback work: {worse}"

    async def _write_down(self, run: Run) -> None:
        """Write what is queued, in order, off everybody's way."""
        while (item := await self._writes.get()) is not None:
            actor, events = item
            if self._fell_back:
                # What follows must not come before what waits to be adopted.
                await asyncio.to_thread(self._keep, run, actor, events)
                continue
            try:
                await asyncio.to_thread(self._write, actor, events)
            except WRITE_ERRORS as error:
                await asyncio.to_thread(self._keep, run, actor, events, error)
            self._changed()

    def _write(self, actor: Actor, events: list[e.Event]) -> None:
        self._record.transact(actor, lambda _: events)

    async def _carry_out(
        self, run: Run, actor: Actor, attempt: str, verified: frozenset[str], *, resumed: bool
    ) -> None:
        agent = self._deployment.agent

        async def report(progress: Progress) -> None:
            step = next(s for s in run.steps if s.id == progress.step)
            step.state, step.detail = progress.state, progress.detail
            self._changed()
            event = e.RollbackStep(
                run.id, progress.step, progress.state, progress.key, progress.detail
            )
            self._writes.put_nowait((actor, [event]))

        states = await run_procedure(
            self._deployment.rollback.steps,
            deployment=self._deployment.deployment,
            attempt=attempt,
            values=Values(agent.stable_version, agent.version),
            http=self._http,
            base=self._directory,
            clock=self._clock,
            budget_s=run.budget_s,
            report=report,
            verified=verified,
            resumed=resumed,
        )
        executed = self._clock.now()
        run.state, run.why = await self._prove(run, states, executed)
        run.ended = self._clock.monotonic()
        finished = e.RollbackFinished(
            rollback=run.id,
            outcome=run.state if run.state != "running" else "unknown",
            why=run.why,
            executed=utc(executed),
            verified=utc(self._clock.now()) if run.state == "verified" else None,
            seconds=round(run.ended - run.started, 3),
        )
        self._writes.put_nowait((actor, [finished]))

    async def _prove(
        self, run: Run, states: Mapping[str, str], executed: float
    ) -> tuple[RunState, str]:
        """Look at fresh calls until they show the stable version, or the wait is over."""
        until = self._clock.monotonic() + FRESH_WAIT_S
        while True:
            fresh = await self._fresh(executed)
            verdict, why = outcome(states, fresh)
            run.why = why
            self._changed()
            undone = not states or any(state != "verified" for state in states.values())
            enough = verdict == "verified" and (fresh.stable >= FRESH_CALLS or not fresh.stable)
            if undone or enough or self._clock.monotonic() >= until:
                return verdict, why
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _fresh(self, executed: float) -> Fresh:
        """What the calls that began after `executed` show of the version that serves."""
        agent = self._deployment.agent
        await self._eyes.poll_once()
        recent = [
            call
            for eye in self._eyes.each.values()
            for call in eye.recent
            if call.variant != "control"
        ]
        calls = [call for call in recent if call.at > executed]
        # Silence proves something only about a version that was called until the rollback.
        called = any(
            call.version == agent.version and executed - CALLED_S < call.at <= executed
            for call in recent
        )
        now = self._clock.now()
        seen = any(eye.freshness(now).state == "live" for eye in self._eyes.each.values())
        return Fresh(
            stable=sum(call.version == agent.stable_version for call in calls),
            bad=sum(call.version == agent.version for call in calls),
            seen=seen,
            quiet_s=now - executed if called and not agent.stable_version else 0.0,
            version=agent.version,
        )


def _take_over(run: Run, retry: Rollback | None) -> frozenset[str]:
    """Steps that an earlier run of this rollback has verified are not done again."""
    if retry is None:
        return frozenset()
    verified = frozenset(step.id for step in retry.steps if step.state == "verified")
    for step in run.steps:
        if step.id in verified:
            step.state, step.detail = "verified", "verified before"
    return verified
