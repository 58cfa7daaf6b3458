"""A rollback drill: the real procedure, carried out on the drill's target, on a stopwatch.

It shows that the stable version is back in under 15 minutes (Guide 1, 3.5), so it passes only if
every step was seen done in that time, and something was changed by it: a target that stood at the
end already proves nothing. Calls are not looked for: nobody is served there.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from config.drill import at_drill_target, still_in_production
from config.load import ConfigError
from config.model import Deployment
from config.rollback import StepKind
from console.actions.step_rehearsal import stands
from console.actions.steps import Outcome
from console.actions.tools import Ask, Tools
from console.clean import clean
from console.clock import Clock
from console.domain.events_rollback import FrozenStep
from console.domain.refused import Refused
from console.domain.times import stamp
from console.executor.lock import RunLock
from console.executor.procedure import Progress, ProgressState, run_procedure
from console.executor.rehearsal import nobody, quick
from console.executor.run import Way, way_back
from console.executor.verdict import Verdict, outcome_of_steps
from console.net import Http

LOCK = "rollback-drill"
HOW = (
    "no drill target is configured: write in warroom.toml, for example, [rollback.drill] "
    'replace = {"https://agent.prod" = "https://agent.drill"}; or try --dry-run, which only reads '
    "production and is no evidence"
)

Say = Callable[[str], None]


class DrilledStep(msgspec.Struct):
    """A step in a drill.

    `before` is what was seen before: None where nothing could show it. `rehearsed`: it was not
    done. `by_command`: a command proves it, which may fail as long as there is nothing to prove.
    `began` and `ended` are real seconds since the drill began, None where it never did.
    """

    step: FrozenStep
    kind: StepKind
    before: Outcome | None
    rehearsed: bool
    by_command: bool
    state: ProgressState = "blocked"
    detail: str = "it was not begun"
    began: float | None = None
    ended: float | None = None

    @property
    def stood(self) -> bool:
        """Whether it showed its end before anything was done."""
        return self.before is not None and self.before.state == "verified"

    @property
    def changed(self) -> bool:
        """Whether the drill has brought it about, which takes a look at what was before."""
        before = "failed" if self.before is None else self.before.state
        elsewhere = before == "failed" or (before == "unknown" and self.by_command)
        return self.state == "verified" and not self.rehearsed and elsewhere


class Drilled(msgspec.Struct):
    """What came of a drill of the way back from `phase` to `target`.

    `began` is false where nothing was sent; `reached` where nothing could be read of the target.
    `ordered` and `executed` are unix seconds; `seconds` are real ones until the last step was over.
    """

    id: str
    phase: str
    target: str
    budget_s: float
    ordered: float
    steps: list[DrilledStep]
    reached: bool
    began: bool = False
    executed: float | None = None
    seconds: float = 0.0

    @property
    def outcome(self) -> tuple[Verdict, str]:
        """What its steps came to, and why, as of a rollback."""
        if not self.began:
            return "unknown", "nothing was sent"
        return outcome_of_steps({one.step.id: one.state for one in self.steps})

    @property
    def in_time(self) -> bool:
        """Whether it was over before the 15 minutes were (Guide 3.5)."""
        return self.began and self.seconds < self.budget_s

    @property
    def changed(self) -> bool:
        """Whether anything was brought about."""
        return any(one.changed for one in self.steps)


class Drill(msgspec.Struct, frozen=True):
    """What a drill needs. Nobody is told of anything; without `ask` nobody is asked either."""

    deployment: Deployment
    base: Path
    http: Http
    clock: Clock
    say: Say
    ask: Ask | None = None

    async def carry_out(self, phase: str) -> Drilled:
        """Drill the way back from `phase`.

        `Refused` before anything is sent where a step would act in production, or where what the
        config replaces makes no address.
        """
        if self.deployment.rollback.drill is None:
            raise Refused(HOW)
        try:
            target = at_drill_target(self.deployment)
        except ConfigError as error:
            raise Refused(*error.problems) from None
        if problems := still_in_production(self.deployment, target, phase):
            raise Refused(*problems)
        way = way_back(target, phase)
        if not way.steps:
            raise Refused(f"there is no step back from {phase}: write [[rollback.steps]]")
        if RunLock(self.base).taken():
            raise Refused("a rollback is carried out now: that comes first")
        with RunLock(self.base, LOCK) as lock:
            if not lock.held:
                raise Refused("another drill is carried out now")
            return await self._drilled(way, target)

    async def _drilled(self, way: Way, target: Deployment) -> Drilled:
        unasked: frozenset[StepKind] = frozenset() if self.ask else frozenset({"manual"})
        tools = Tools(
            target,
            self.http,
            self.base,
            self.clock,
            self.ask or nobody,
            rehearsed=unasked | {"notify"},
        )
        steps = await self._before(way, tools)
        now = self.clock.now()
        drilled = Drilled(
            f"drill-{way.phase}-{stamp(now)}",
            way.phase,
            way.target,
            float(target.rollback.budget_s),
            now,
            steps,
            _reached(steps),
        )
        if drilled.reached and any(not one.stood and not one.rehearsed for one in steps):
            await self._act(way, tools, drilled)
        return drilled

    async def _before(self, way: Way, tools: Tools) -> list[DrilledStep]:
        """Every step as it stands before the drill."""
        self.say(f"looking at the drill's target, {len(way.steps)} steps")
        looks = (stands(quick(step), way.values, "drill", tools) for step in way.steps)
        seen = await asyncio.gather(*looks)
        pairs = zip(way.steps, way.frozen, seen, strict=True)
        return [
            DrilledStep(
                frozen, step.kind, before, step.kind in tools.rehearsed, step.prove is not None
            )
            for step, frozen, before in pairs
        ]

    async def _act(self, way: Way, tools: Tools, drilled: Drilled) -> None:
        began = self.clock.monotonic()
        by_id = {one.step.id: one for one in drilled.steps}
        drilled.began = True

        async def report(progress: Progress) -> None:
            one, now = by_id[progress.step], round(self.clock.monotonic() - began, 3)
            one.state, one.detail = progress.state, progress.detail
            if progress.state == "running":
                one.began = now
            elif one.began is not None:
                one.ended = now
            self.say(clean(f"{one.step.id}: {progress.state}  {progress.detail}", 500))

        await run_procedure(
            way.steps,
            deployment=self.deployment.deployment,
            attempt=drilled.id,
            values=way.values,
            tools=tools,
            budget_s=drilled.budget_s,
            report=report,
        )
        drilled.seconds = round(self.clock.monotonic() - began, 3)
        drilled.executed = self.clock.now()


def _reached(steps: Sequence[DrilledStep]) -> bool:
    """Whether any answer came from the target, where one was asked of it."""
    asked = [one.before for one in steps if one.before is not None and not one.by_command]
    return not asked or any(seen.state != "unknown" for seen in asked)
