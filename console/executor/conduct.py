"""A rollback or a suspension from the order to the proof: Guide 3.5, 5.1.

Nothing here waits for the journal, a lock or a feed without a bound, and whatever goes wrong, the
run comes to an end that says so.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import msgspec

from config.model import Deployment
from console.actions.tools import Tools
from console.clock import Clock
from console.domain import events as e
from console.domain.entry import Actor
from console.domain.events_rollback import Answer
from console.domain.order import Order, SuspensionOrder, suspended
from console.domain.refused import Refused
from console.domain.state import State
from console.domain.state_rollback import FiredToo, Rollback, Step
from console.domain.times import utc
from console.executor.aftermath import EXECUTOR, Aftermath
from console.executor.beginning import beginning
from console.executor.elsewhere import Heard, carried_elsewhere, followed, unheard
from console.executor.handover import Fired, Prior
from console.executor.live import live_name, runs
from console.executor.lock import ROLLBACK, RunLock
from console.executor.opening import no_record
from console.executor.patience import Patience
from console.executor.performance import AnswerEvent, Performance, StepEvent
from console.executor.proof import prove
from console.executor.realtime import RealTime
from console.executor.run import Run, Times, no_suspension, on_record, values_of
from console.executor.scribe import Scribe
from console.executor.verdict import outcome_of_steps
from console.executor.watching import watch_metric
from console.journal.record import WRITE_ERRORS, Record
from console.net import Http

JOURNAL_WAIT_S = 1.0
LAST_WORDS_S = 2.0

OpenRecord = Callable[[], Record]


class AlreadyRunning(Refused):
    """Another process of this machine carries it out."""


class Conductor:
    """Carries out one run and writes down what happens, as far as it can be."""

    def __init__(
        self,
        deployment: Deployment,
        directory: Path,
        open_record: OpenRecord,
        http: Http,
        clock: Clock,
        changed: Callable[[], None],
        earlier: Callable[[], Prior | None] = lambda: None,
        heard: Heard = unheard,
    ) -> None:
        """`changed` is called at each change of `run`; `heard` tells of other machines' runs.

        `open_record` and `earlier` may block and are bounded; `earlier` gives the last rollback
        that this account began and that was not verified, as far as that is remembered.
        """
        self._deployment = deployment
        self._directory = directory
        self._open_record = open_record
        self._http = http
        self._clock = clock
        self._changed = changed
        self._earlier = earlier
        self._heard = heard
        self._performance: Performance | None = None
        self._scribes: list[Scribe] = []
        self._aftermaths: list[Aftermath] = []
        self._watching: asyncio.Task[None] | None = None
        self._first_by = ""
        self.run: Run | None = None
        self.order: Order | None = None

    async def carry_out(self, fired: Fired, taken: Callable[[], None] = lambda: None) -> Run:
        """Do what was fired, now; `taken` is called once the order is accepted.

        `Refused` only if the order makes no sense, or another process carries it out already.
        """
        order = fired.order
        name = ROLLBACK if isinstance(order, Order) else order.suspension
        lock = RunLock(self._directory, name)
        patience = Patience(self._clock, JOURNAL_WAIT_S)
        try:
            sure = await patience.within(lock.acquire)
            if not sure:
                raise AlreadyRunning("another process carries out a rollback already: F9 shows it")
        except (TimeoutError, OSError):
            # A lock that cannot be taken tells nothing; that nobody of this account answers does.
            where = live_name(self._deployment.deployment, self._directory)
            sure = not await runs(where, name)
        try:
            with RealTime(self._clock):
                if isinstance(order, Order):
                    return await self._roll_back(fired, order, patience, taken, sure=sure)
                return await self._suspend(order, patience, taken)
        finally:
            lock.release()
            self._changed()

    async def settle(self) -> None:
        """Wait until everybody is told and what was called is kept, as far as that goes."""
        for aftermath in self._aftermaths:
            await aftermath.settle()
        if self._watching is not None:
            await asyncio.wait({self._watching})
        for scribe in self._scribes:
            await scribe.finish(LAST_WORDS_S)

    def answer(self, actor: Actor, step: str, answer: Answer, remark: str = "") -> None:
        """Take a person's word on a step that is asked about. `Refused` where none is."""
        if self._performance is None:
            raise Refused("no run asks for anything now")
        self._performance.questions.answer(actor, step, answer, remark)

    def attach(self, actor: Actor, trigger: str, why: str, calls: tuple[str, ...] = ()) -> None:
        """A second trigger: it is put on record, and the run goes on. `Refused` without a run.

        Who must know of it is told, and the calls that it is about are kept.
        """
        run = self.run
        if run is None or run.state != "running":
            raise Refused("no rollback runs now: fire")
        fired = FiredToo(trigger, actor.name, calls)
        run.attached.append(fired)
        self._scribes[-1].put(actor, [e.RollbackAttached(run.id, trigger, why, calls)])
        self._aftermaths[-1].also(run, fired, self._first_by)
        self._changed()

    async def _record(self, patience: Patience) -> tuple[Record, str]:
        """The record, with what others have written; one that takes nothing where there is none."""
        try:
            record = await patience.within(self._open_record)
        except (TimeoutError, *WRITE_ERRORS) as error:
            why = str(error) or "the disk does not answer"
            return no_record(self._deployment.deployment, self._clock, why), why
        try:
            # Takes in what others have written, and what an earlier run could only keep aside.
            await patience.within(lambda: record.transact(EXECUTOR, lambda _: []))
        except (TimeoutError, *WRITE_ERRORS) as error:
            return record, str(error) or "the disk does not answer"
        return record, ""

    async def _roll_back(
        self,
        fired: Fired,
        order: Order,
        patience: Patience,
        taken: Callable[[], None],
        *,
        sure: bool,
    ) -> Run:
        """Order, act and prove. Where no lock or record could be had, look before acting."""
        record, trouble = await self._record(patience)
        own, now = record.journal.writer, self._clock.now()
        if not (fired.resume or trouble):
            other = carried_elsewhere(record.state, own, now, self._heard)
            if other is not None:
                ended = await self._followed(other, order, record, taken)
                if ended is not None:
                    return ended
                fired, taken = msgspec.structs.replace(fired, resume=True), _nothing
                patience = Patience(self._clock, JOURNAL_WAIT_S)
        earlier, looked = None, False
        with suppress(TimeoutError, OSError):
            earlier = await patience.within(self._earlier)
            looked = True
        begin = beginning(
            fired,
            order,
            record.state,
            earlier,
            self._deployment,
            self._clock,
            trouble=trouble,
            sure=sure,
            new=looked and earlier is None,
        )
        run, way, self.order = begin.run, begin.way, begin.order
        self._first_by = order.actor.name
        with self._recording(run, record, trouble) as scribe:
            taken()
            by = EXECUTOR if fired.resume else order.actor
            await self._write_order(scribe, by, begin.events, begin.propose, patience)
            if (held := record.state.rollbacks.get(run.id)) is not None:
                run.times.ordered = held.triggered_at
            answered = partial(e.RollbackAnswered, run.id)
            performance, aftermath = self._hands(
                run, order.actor, scribe, partial(e.RollbackStep, run.id), answered
            )
            states = await performance.perform(
                way.steps,
                way.values,
                self._tools(performance),
                begin.verified,
                begun=begin.begun,
                acting=partial(aftermath.begin, run, begin.order),
            )
            executed = self._clock.now()
            run.times.executed = executed
            self._changed()
            from console.executor.witness import Witness  # noqa: PLC0415 - after the requests

            witness = Witness(
                self._deployment,
                self._directory,
                self._http,
                self._clock,
                bad=self._deployment.agent.version,
                target=way.version,
                trigger=run.trigger,
                cursors=fired.cursors,
                share=fired.share,
            )
            verdict, why = await prove(run, states, witness, executed, self._clock, self._changed)
            run.metric, run.metric_why = witness.metric()
            run.times.verified = self._clock.now() if verdict == "verified" else None
            run.state, run.why, run.ended = verdict, why, self._clock.monotonic()
            finished = e.RollbackFinished(
                rollback=run.id,
                outcome=verdict,
                why=why,
                executed=utc(executed),
                verified=None if run.times.verified is None else utc(run.times.verified),
                seconds=round(run.ended - run.started, 3),
                metric=run.metric,
                metric_why=run.metric_why,
            )
            scribe.put(order.actor, [finished])
            await scribe.idle(LAST_WORDS_S)
            self._changed()
            self._watching = asyncio.create_task(
                watch_metric(run, executed, witness, scribe, self._clock), name="metric"
            )
        return run

    async def _followed(
        self, other: Rollback, order: Order, record: Record, taken: Callable[[], None]
    ) -> Run | None:
        """Attach to the run of another machine; None if that falls silent before its end."""
        back = self._deployment.rollback
        run = on_record(other, float(back.budget_s), self._clock.monotonic(), back.fallback)
        run.started -= max(0.0, self._clock.now() - other.triggered_at)
        run.runner, run.by, self._first_by = other.runner, other.by, other.by
        self.order = msgspec.structs.replace(order, rollback=other.id, attempt=other.attempt)
        with self._recording(run, record, "") as scribe:
            taken()
            self.attach(order.actor, order.trigger, order.why, order.calls)
            over = await followed(run, record, self._clock, self._changed, self._heard)
            await scribe.idle(LAST_WORDS_S)
            return run if over else None

    async def _suspend(
        self, order: SuspensionOrder, patience: Patience, taken: Callable[[], None]
    ) -> Run:
        """Take a tool or the agent out of use; each step proves itself (Guide 5.1)."""
        spec = next((s for s in self._deployment.suspensions if s.id == order.suspension), None)
        if spec is None:
            raise Refused(no_suspension(order.suspension, self._deployment))
        record, trouble = await self._record(patience)
        runs = record.state.suspensions.values()
        before = [held for held in runs if held.suspension == spec.id]
        unsure = trouble or (before and before[-1].state != "verified")
        run = Run(
            order.run,
            f"{order.suspension}/{order.run}",
            "",
            spec.users,
            float(self._deployment.rollback.budget_s),
            self._clock.monotonic(),
            [Step(s.id, s.title, s.what, s.manual) for s in order.steps],
            kind="suspension",
            title=spec.title,
            times=Times(ordered=self._clock.now()),
        )
        with self._recording(run, record, trouble) as scribe:
            taken()
            events = suspended(order)
            await self._write_order(scribe, order.actor, events, lambda _: events, patience)
            performance, aftermath = self._hands(
                run, order.actor, scribe, partial(e.SuspensionStep, run.id), None
            )
            states = await performance.perform(
                spec.steps,
                values_of(self._deployment),
                self._tools(performance),
                frozenset(),
                begun=frozenset(s.id for s in spec.steps if unsure),
                acting=partial(aftermath.begin, run, order),
            )
            run.state, run.why = outcome_of_steps(states)
            run.ended = self._clock.monotonic()
            run.times.executed = self._clock.now()
            seconds = round(run.ended - run.started, 3)
            scribe.put(order.actor, [e.SuspensionFinished(run.id, run.state, run.why, seconds)])
            await scribe.idle(LAST_WORDS_S)
        return run

    def _hands(
        self,
        run: Run,
        actor: Actor,
        scribe: Scribe,
        said: StepEvent,
        answered: AnswerEvent | None,
    ) -> tuple[Performance, Aftermath]:
        """What carries out the steps of `run`, and what follows without being asked."""
        self._performance = Performance(
            run, self._deployment.deployment, actor, scribe, said, answered, self._changed
        )
        return self._performance, self._aftermaths[-1]

    @contextmanager
    def _recording(self, run: Run, record: Record, trouble: str) -> Iterator[Scribe]:
        """Show the run and write it down; however it ends, it does not end as running."""

        def say_unjournalled(said: str) -> None:
            run.unjournalled = said
            self._changed()

        run.unjournalled = trouble
        self.run = run
        scribe = Scribe(record, self._clock, say_unjournalled)
        self._scribes.append(scribe)
        aftermath = Aftermath(
            self._deployment, self._directory, self._http, self._clock, scribe, self._changed
        )
        self._aftermaths.append(aftermath)
        self._changed()
        try:
            yield scribe
        finally:
            self._performance = None
            if run.state == "running":
                run.state, run.ended = "unknown", self._clock.monotonic()
                run.why = "it was broken off: nobody can say how far it came; fire again"

    @staticmethod
    async def _write_order(
        scribe: Scribe,
        actor: Actor,
        events: list[e.Event],
        propose: Callable[[State], list[e.Event]],
        patience: Patience,
    ) -> None:
        """The order is on disk before the first step, unless the disk takes too long."""
        written = scribe.put(actor, events, propose)
        try:
            async with asyncio.timeout(patience.left):
                await written.wait()
        except TimeoutError:
            scribe.give_up_waiting()

    def _tools(self, performance: Performance) -> Tools:
        return Tools(
            self._deployment,
            self._http,
            self._directory,
            self._clock,
            performance.questions.ask,
        )


def _nothing() -> None:
    """It was said already."""
