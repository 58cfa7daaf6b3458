"""What a run asks people: a step waits until somebody says whether it is done."""

import asyncio
from collections.abc import Callable

from config.rollback import Step as StepSpec
from console.actions.tools import Word
from console.clean import clean
from console.domain.entry import Actor
from console.domain.events_rollback import Answer
from console.domain.refused import Refused
from console.executor.run import Run

Asked = Callable[[str, str], None]
Heard = Callable[[Actor, str, Answer, str], None]


class Questions:
    """The open questions of one run, by step."""

    def __init__(self, run: Run, asked: Asked, heard: Heard) -> None:
        """`asked` is called with (step, question), `heard` with what a person answered."""
        self._run = run
        self._asked = asked
        self._heard = heard
        self._open: dict[str, asyncio.Future[Word]] = {}

    async def ask(self, step: StepSpec, question: str) -> Word:
        """Ask about `step` and wait for a person's word."""
        answer: asyncio.Future[Word] = asyncio.get_running_loop().create_future()
        self._open[step.id] = answer
        self._asked(step.id, clean(question, 500))
        try:
            return await answer
        finally:
            self._open.pop(step.id, None)

    def answer(self, actor: Actor, step: str, answer: Answer, remark: str) -> None:
        """Take a person's word: who may fire may answer. `Refused` where nothing was asked."""
        future = self._open.get(step)
        if future is None or future.done():
            asked = ", ".join(self._open) or "nothing"
            raise Refused(f"step {step} is not asked about now (asked about: {asked})")
        self._heard(actor, step, answer, remark)
        future.set_result(Word(answer, actor.name, clean(remark, 500)))
