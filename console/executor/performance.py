"""One run of a procedure: its steps are done, shown, put on record, and people are asked."""

import asyncio
from collections.abc import Callable, Sequence

from config.rollback import Step as StepSpec
from console.actions.steps import Values
from console.actions.tools import Tools
from console.domain.entry import Actor
from console.domain.events import Event
from console.domain.events_rollback import Answer, StepState
from console.executor.procedure import INTENT_S, Progress, ProgressState, key_for, run_procedure
from console.executor.questions import Questions
from console.executor.run import Run
from console.executor.scribe import Scribe

# What an entry says of a step: (step, state, key, detail).
StepEvent = Callable[[str, StepState, str, str], Event]
AnswerEvent = Callable[[str, Answer, str], Event]


class Performance:
    """Carries out the steps of `run`. What it cannot write down stops none of them."""

    def __init__(
        self,
        run: Run,
        deployment: str,
        actor: Actor,
        scribe: Scribe,
        said: StepEvent,
        answered: AnswerEvent | None,
        changed: Callable[[], None],
    ) -> None:
        """`said` and `answered` make the entries; `changed` is called at each change of `run`."""
        self._run = run
        self._deployment = deployment
        self._actor = actor
        self._scribe = scribe
        self._said = said
        self._answered = answered
        self._changed = changed
        self.questions = Questions(run, self._ask, self._hear)

    async def perform(
        self,
        steps: Sequence[StepSpec],
        values: Values,
        tools: Tools,
        verified: frozenset[str],
        *,
        begun: frozenset[str],
        acting: Callable[[], None] = lambda: None,
    ) -> dict[str, ProgressState]:
        """Do `steps`; their final states by id. `acting` is called when the first ones act."""

        async def report(progress: Progress) -> None:
            self._show(progress.step, progress.state, progress.detail)
            event = self._said(progress.step, progress.state, progress.key, progress.detail)
            written = self._scribe.put(self._actor, [event])
            if progress.state == "running":
                acting()
                await self._on_disk(written)

        return await run_procedure(
            steps,
            deployment=self._deployment,
            attempt=self._run.attempt,
            values=values,
            tools=tools,
            budget_s=self._run.budget_s,
            report=report,
            verified=verified,
            begun=begun,
        )

    async def _on_disk(self, written: asyncio.Event) -> None:
        """An intent is on disk before its step acts, here or there, if any disk takes it.

        Whoever goes on after a crash must know that the step may have been done.
        """
        if self._scribe.lost:
            return
        try:
            async with asyncio.timeout(INTENT_S):
                await written.wait()
        except TimeoutError:
            self._scribe.give_up_waiting()

    def _show(self, step: str, state: StepState, detail: str) -> None:
        shown = next(s for s in self._run.steps if s.id == step)
        shown.state, shown.detail = state, detail
        self._changed()

    def _ask(self, step: str, question: str) -> None:
        self._note(self._actor, step, "asked", question)

    def _hear(self, actor: Actor, step: str, answer: Answer, remark: str) -> None:
        if self._answered is not None:
            self._scribe.put(actor, [self._answered(step, answer, remark)])
        self._note(self._actor, step, "running", f"{actor.name} says: {answer}")

    def _note(self, actor: Actor, step: str, state: StepState, detail: str) -> None:
        self._show(step, state, detail)
        key = key_for(self._deployment, self._run.attempt, step)
        self._scribe.put(actor, [self._said(step, state, key, detail)])
