"""A rollback from the order to the proof: Guide 3.5, and the kill switch of the design.

Nothing here waits for the journal, a lock or a feed without a bound, and whatever goes wrong, the
run comes to an end that says so.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Literal

from config.model import Deployment
from config.rollback import Step as StepSpec
from console.actions.steps import Values
from console.actions.tools import Tools, Word
from console.bounded import within
from console.clock import Clock
from console.domain import events as e
from console.domain.commands import TriggerRollback
from console.domain.decide import decide
from console.domain.entry import Actor
from console.domain.facts import Facts
from console.domain.refused import Refused
from console.domain.state_rollback import Rollback, Step
from console.domain.times import stamp, utc
from console.executor.lock import RunLock
from console.executor.procedure import Progress, run_procedure
from console.executor.run import Run, RunState, freeze, way_back
from console.executor.scribe import Scribe
from console.executor.verdict import Fresh, outcome
from console.journal.record import WRITE_ERRORS, Record
from console.net import Http
from console.room.eyes import Eyes

JOURNAL_WAIT_S = 1.0
LAST_WORDS_S = 2.0
FRESH_WAIT_S = 120.0
BLIND_WAIT_S = 30.0
FRESH_CALLS = 3
# A call that was under way when the switch turned says nothing about what follows.
STRAGGLER_S = 10.0
LOOK_AGAIN_S = 1.0
CALLED_MIN = 10

Hold = Literal["held", "taken", "unknown"]


class Killer:
    """Carries out one rollback at a time and writes down what happens, as far as it can be."""

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
        self._firing = False
        self._polls: dict[str, asyncio.Task[float]] = {}

    def alive(self) -> bool:
        """Whether a process of this machine carries out a rollback of this deployment."""
        return self._lock.taken()

    async def fire(self, trigger: str, why: str, facts: Facts) -> Run:
        """Go back now. `Refused` only if the trigger is unknown or a run is under way already."""
        if self._firing:
            raise Refused("a rollback is running in this console already")
        self._firing = True
        try:
            hold = await self._take_lock()
            if hold == "taken":
                raise Refused("another process carries out a rollback already: F9 shows it")
            return await self._fire(trigger, why, facts, sure=hold == "held")
        finally:
            self._firing = False
            self._lock.release()
            self._changed()

    async def _take_lock(self) -> Hold:
        """Keep other processes of this machine from running the same steps beside us."""
        try:
            held = await within(JOURNAL_WAIT_S, self._lock.acquire)
        except (TimeoutError, OSError):
            return "unknown"
        return "held" if held else "taken"

    async def _fire(self, trigger: str, why: str, facts: Facts, *, sure: bool) -> Run:
        """Order, act and prove. Where no lock could be had (not `sure`), look before acting."""
        try:
            await within(JOURNAL_WAIT_S, self._record.refresh)
        except (TimeoutError, *WRITE_ERRORS):
            sure = False
        state = self._record.state
        prior = self._unknown_to(set(state.rollbacks))
        held = state.rollback if prior is None else None
        retry = held if held is not None and held.state != "verified" else None
        way = way_back(self._deployment, state.attempt.phase)
        command = TriggerRollback(
            prior.id if prior else f"rb-{stamp(facts.now)}",
            trigger,
            why,
            way.target,
            freeze(way.steps),
        )
        order = decide(state, command, facts)
        run = self._begin(command, facts, prior, retry)
        verified = run.take_over(prior.steps if prior else retry.steps if retry else ())
        self.run = run
        self._changed()
        scribe = Scribe(self._record, lambda said: self._say_unjournalled(run, said))
        try:
            written = scribe.put(facts.actor, order, lambda now: decide(now, command, facts))
            try:
                async with asyncio.timeout(JOURNAL_WAIT_S):
                    await written.wait()
            except TimeoutError:
                await scribe.aside()
            resumed = bool(prior or retry) or not sure
            await self._carry_out(run, facts.actor, scribe, verified, resumed=resumed)
        finally:
            if run.state == "running":
                run.state, run.ended = "unknown", self._clock.monotonic()
                run.why = "it was broken off: nobody can say how far it came; fire again"
            await scribe.finish(LAST_WORDS_S)
        return run

    def _unknown_to(self, known: set[str]) -> Run | None:
        """The last run of this console, if it is not done and the journal never heard of it."""
        run = self.run
        if run is None or run.state == "verified" or run.id in known:
            return None
        return run

    def _begin(
        self, command: TriggerRollback, facts: Facts, prior: Run | None, retry: Rollback | None
    ) -> Run:
        """The run in memory; fired again, its stopwatch goes on from the first trigger."""
        started = self._clock.monotonic()
        name, attempt = command.rollback, facts.attempt
        if prior is not None:
            started, attempt = prior.started, prior.attempt
        elif retry is not None:
            started -= max(0.0, facts.now - retry.triggered_at)
            name, attempt = retry.id, retry.attempt
        steps = [Step(s.id, s.title, s.what, s.manual) for s in command.steps]
        budget = float(self._deployment.rollback.budget_s)
        return Run(name, attempt, command.trigger, command.target, budget, started, steps)

    def _say_unjournalled(self, run: Run, said: str) -> None:
        run.unjournalled = said
        self._changed()

    async def _carry_out(
        self, run: Run, actor: Actor, scribe: Scribe, verified: frozenset[str], *, resumed: bool
    ) -> None:
        agent = self._deployment.agent

        async def report(progress: Progress) -> None:
            step = next(s for s in run.steps if s.id == progress.step)
            step.state, step.detail = progress.state, progress.detail
            self._changed()
            event = e.RollbackStep(
                run.id, progress.step, progress.state, progress.key, progress.detail
            )
            scribe.put(actor, [event])

        states: Mapping[str, str] = await run_procedure(
            way_back(self._deployment, "").steps,
            deployment=self._deployment.deployment,
            attempt=run.attempt,
            values=Values(agent.stable_version, agent.version),
            tools=Tools(self._deployment, self._http, self._directory, self._clock, _nobody),
            budget_s=run.budget_s,
            report=report,
            verified=verified,
            resumed=resumed,
        )
        executed = self._clock.now()
        state, why = await self._prove(run, states, executed)
        run.state, run.why, run.ended = state, why, self._clock.monotonic()
        finished = e.RollbackFinished(
            rollback=run.id,
            outcome="unknown" if state == "running" else state,
            why=why,
            executed=utc(executed),
            verified=utc(self._clock.now()) if state == "verified" else None,
            seconds=round(run.ended - run.started, 3),
        )
        scribe.put(actor, [finished])

    async def _prove(
        self, run: Run, states: Mapping[str, str], executed: float
    ) -> tuple[RunState, str]:
        """Look at fresh calls until they show the stable version, or the wait is over.

        It is over sooner where no feed has answered since: then nobody will see who answers.
        """
        began = self._clock.monotonic()
        while True:
            await self._poll()
            fresh = self._fresh(executed)
            verdict, why = outcome(states, fresh)
            undone = not states or any(state != "verified" for state in states.values())
            enough = verdict == "verified" and (fresh.stable >= FRESH_CALLS or not fresh.stable)
            seeing = any((eye.last_success or 0.0) > executed for eye in self._eyes.each.values())
            left = began + (FRESH_WAIT_S if seeing else BLIND_WAIT_S) - self._clock.monotonic()
            if undone or enough or left <= 0:
                return verdict, why
            asks = "fresh calls" if seeing else "a feed to answer"
            run.why = f"{why}; waiting for {asks}, {left:.0f} s more at most"
            self._changed()
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _poll(self) -> None:
        """Ask each feed once, and wait for those that answer soon."""
        for name, eye in self._eyes.each.items():
            if name not in self._polls:
                task = asyncio.create_task(eye.poll(), name=f"proof-{name}")
                self._polls[name] = task
                task.add_done_callback(partial(self._polled, name))
        if self._polls:
            await asyncio.wait(set(self._polls.values()), timeout=LOOK_AGAIN_S)

    def _polled(self, name: str, _: asyncio.Task[float]) -> None:
        self._polls.pop(name, None)

    def _fresh(self, executed: float) -> Fresh:
        """What the calls that began after `executed` show of the version that serves."""
        agent, now = self._deployment.agent, self._clock.now()
        calls = [
            call
            for eye in self._eyes.each.values()
            for call in eye.recent
            if call.at > executed and call.variant != "control"
        ]
        bad = [call.at for call in calls if call.version == agent.version]
        since = max(bad, default=executed)
        lately = [at for at in bad if at > now - STRAGGLER_S]
        return Fresh(
            stable=sum(call.version == agent.stable_version and call.at > since for call in calls),
            bad=len(lately),
            seen=any(eye.freshness(now).state == "live" for eye in self._eyes.each.values()),
            quiet_s=now - since if self._was_called(executed) and not agent.stable_version else 0.0,
            version=agent.version,
        )

    def _was_called(self, executed: float) -> bool:
        """Whether the bad version had calls until the rollback: only then silence proves it."""
        version, end = self._deployment.agent.version, int(executed // 60) + 1
        return any(
            version in eye.series.minutes[number].versions
            for eye in self._eyes.each.values()
            for number in range(end - CALLED_MIN, end)
            if number in eye.series.minutes
        )


async def _nobody(_: StepSpec, __: str) -> Word:
    """Nobody is there to answer, until the time is over."""
    never: asyncio.Future[Word] = asyncio.get_running_loop().create_future()
    return await never
