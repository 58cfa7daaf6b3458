"""The steps of a rollback: all that can run at once do, and none waits for a record (Guide 3.5)."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import msgspec

from config.rollback import Step
from console.actions.steps import Outcome, Values, carry_out
from console.actions.tools import Tools
from console.clean import clean

ProgressState = Literal["running", "verified", "failed", "unknown", "blocked"]
Report = Callable[["Progress"], Awaitable[None]]

INTENT_S = 1.0
LAST_REPORTS_S = 5.0
STOPPING_S = 1.0

_log = logging.getLogger(__name__)


class Progress(msgspec.Struct, frozen=True):
    """A step's new state; `running` is its intent, reported before it acts."""

    step: str
    state: ProgressState
    key: str
    detail: str


def key_for(deployment: str, attempt: str, step: str) -> str:
    """The idempotency key of a step: 32 hex digits, the same on every machine and at every try."""
    named = msgspec.json.encode(["warroom/step/1", deployment, attempt, step])
    return hashlib.sha256(named).hexdigest()[:32]


def log_lost_report(error: Exception) -> None:
    """Say in the log that a report could not be made."""
    _log.error("a step's report was lost: %s", clean(f"{type(error).__name__}: {error}"))


async def run_procedure(
    steps: Sequence[Step],
    *,
    deployment: str,
    attempt: str,
    values: Values,
    tools: Tools,
    budget_s: float,
    report: Report,
    verified: frozenset[str] = frozenset(),
    begun: frozenset[str] = frozenset(),
    on_error: Callable[[Exception], None] = log_lost_report,
) -> dict[str, ProgressState]:
    """Run `steps`, each as soon as all that it waits for are verified; their final states by id.

    Steps in `verified` are not run again and not reported; those in `begun` may have been done by
    somebody, so that they are looked at first. What waits for a step that is not
    verified is blocked. After `budget_s` real seconds the running steps are stopped and unknown.
    `report` is called for one change after the other; an intent waits for it at most 1 s, nothing
    else waits, and what it raises goes to `on_error`.
    """
    reports = _Reports(report, on_error)
    procedure = _Procedure(steps, deployment, attempt, verified, reports)

    async def carry(step: Step, key: str) -> Outcome:
        await reports.intend(Progress(step.id, "running", key, clean(step.title)))
        return await carry_out(step, values, key, tools, resumed=step.id in begun)

    end = tools.clock.monotonic() + budget_s
    running: dict[asyncio.Task[Outcome], Step] = {}
    try:
        while True:
            for step in procedure.ready():
                running[asyncio.create_task(carry(step, procedure.key(step)))] = step
            if not running:
                break
            left = max(end - tools.clock.monotonic(), 0.0)
            done, _ = await asyncio.wait(running, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                procedure.settle(running.pop(task), task.result())
            if tools.clock.monotonic() >= end:
                break
        await _stop(list(running))
        late = Outcome("unknown", f"it was stopped when the {budget_s:g} s for all were over")
        for task, step in running.items():
            in_time = task.done() and not task.cancelled()
            procedure.settle(step, task.result() if in_time else late)
        procedure.block_the_rest()
        await reports.finish()
    finally:
        await _stop([*running, reports.worker])
    return procedure.states


class _Procedure:
    """Which step may run, and what became of the others."""

    def __init__(
        self,
        steps: Sequence[Step],
        deployment: str,
        attempt: str,
        verified: frozenset[str],
        reports: "_Reports",
    ) -> None:
        self._deployment = deployment
        self._attempt = attempt
        self._reports = reports
        self._verified = set(verified)
        self._waiting = [step for step in steps if step.id not in verified]
        self._order = [step.id for step in steps]
        self._states: dict[str, ProgressState] = {
            step.id: "verified" for step in steps if step.id in verified
        }

    @property
    def states(self) -> dict[str, ProgressState]:
        """The states so far, in the order of the steps."""
        return {step: self._states[step] for step in self._order if step in self._states}

    def key(self, step: Step) -> str:
        return key_for(self._deployment, self._attempt, step.id)

    def ready(self) -> list[Step]:
        """The steps that may start now; each is given once."""
        ready = [step for step in self._waiting if self._verified.issuperset(step.after)]
        self._waiting = [step for step in self._waiting if step not in ready]
        return ready

    def settle(self, step: Step, outcome: Outcome) -> None:
        """Note how a step ended; if not well, at once block what waits for it."""
        self._note(step, outcome.state, outcome.detail)
        if outcome.state == "verified":
            self._verified.add(step.id)
        else:
            self._block_after(step, f"it waits for {step.id}, which is {outcome.state}")

    def block_the_rest(self) -> None:
        """Block all that has not started: the time is over, or what it waits for never comes."""
        while self._waiting:
            step = self._waiting.pop(0)
            missing = ", ".join(one for one in step.after if one not in self._verified)
            why = f"it waits for {missing}" if missing else "no time was left to start it"
            self._note(step, "blocked", clean(why))

    def _block_after(self, ended: Step, why: str) -> None:
        blocked = [step for step in self._waiting if ended.id in step.after]
        self._waiting = [step for step in self._waiting if step not in blocked]
        for step in blocked:
            self._note(step, "blocked", clean(why))
            self._block_after(step, f"it waits for {step.id}, which is blocked")

    def _note(self, step: Step, state: ProgressState, detail: str) -> None:
        self._states[step.id] = state
        self._reports.post(Progress(step.id, state, self.key(step), detail))


class _Reports:
    """Calls `report` for one progress after the other, beside the steps."""

    def __init__(self, report: Report, on_error: Callable[[Exception], None]) -> None:
        self._report = report
        self._on_error = on_error
        self._queue: asyncio.Queue[tuple[Progress, asyncio.Event]] = asyncio.Queue()
        self.worker = asyncio.create_task(self._work())

    def post(self, progress: Progress) -> asyncio.Event:
        """Report it in its turn; the event is set when that is over."""
        over = asyncio.Event()
        self._queue.put_nowait((progress, over))
        return over

    async def intend(self, progress: Progress) -> None:
        """Report it, and wait a moment for that."""
        await self._wait(self.post(progress).wait(), INTENT_S)

    async def finish(self) -> None:
        """Wait for the reports still to be made, but not for ever."""
        if not await self._wait(self._queue.join(), LAST_REPORTS_S):
            self._tell(TimeoutError(f"reports were still waiting after {LAST_REPORTS_S:g} s"))

    async def _work(self) -> None:
        while True:
            progress, over = await self._queue.get()
            try:
                await self._report(progress)
            except Exception as error:  # a record that cannot be made stops no step
                self._tell(error)
            finally:
                over.set()
                self._queue.task_done()

    def _tell(self, error: Exception) -> None:
        try:
            self._on_error(error)
        except Exception:  # nobody is left to tell
            _log.exception("a lost report could not be told")

    @staticmethod
    async def _wait(event: Awaitable[object], most_s: float) -> bool:
        try:
            async with asyncio.timeout(most_s):
                await event
        except TimeoutError:
            return False
        return True


async def _stop(tasks: Sequence[asyncio.Task[Outcome] | asyncio.Task[None]]) -> None:
    """Cancel `tasks` and give them a moment to clean up after themselves."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=STOPPING_S)
