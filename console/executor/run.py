"""A procedure as it is carried out, and what can be said of one before it is fired."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from secrets import token_hex
from typing import Literal, cast

import msgspec

from config.model import Deployment, MissingSecret, Secret
from config.nearest import suggestion
from config.rollback import Step as StepSpec
from console.actions.step_notify import told_by, unreachable
from console.actions.values import Values
from console.domain.events import FrozenStep
from console.domain.events_rollback import MetricProof
from console.domain.state_rollback import FiredToo, Rollback, RunState, Step
from console.domain.times import stamp

__all__ = [
    "Kind",
    "Run",
    "RunState",
    "Way",
    "freeze",
    "missing_secrets",
    "new_id",
    "no_suspension",
    "on_record",
    "values_of",
    "way_back",
    "what_it_does",
]

Kind = Literal["rollback", "suspension", "drill"]


class Times(msgspec.Struct):
    """The five times of a rollback in unix seconds, None where there is none (yet).

    When the trigger became true in the data, when it was detected, when the rollback was ordered,
    when its steps were over, when it was verified.
    """

    first_true: float | None = None
    detected: float | None = None
    ordered: float | None = None
    executed: float | None = None
    verified: float | None = None


class Run(msgspec.Struct):
    """A procedure as it is carried out, held in memory because the journal may be gone.

    `attempt` is the one that is rolled back. `started` and `ended` are real seconds
    (`Clock.monotonic`, the same in all processes of a machine), `started` being the first trigger's
    also when it is fired again.
    `unjournalled` says why the record could not be written, and is empty if it could. `metric` and
    `metric_why` are as in `rollback.finished`; `notices` say, by person, what came of telling them;
    `attached` are triggers that were fired meanwhile. `runner` is the writer of another machine
    that carries it out, and `by` who fired it there; both are empty for a run of this machine.
    """

    id: str
    attempt: str
    trigger: str
    target: str
    budget_s: float
    started: float
    steps: list[Step]
    kind: Kind = "rollback"
    title: str = ""
    state: RunState = "running"
    why: str = ""
    ended: float | None = None
    times: Times = msgspec.field(default_factory=Times)
    metric: MetricProof = "none"
    metric_why: str = ""
    unjournalled: str = ""
    notices: dict[str, str] = {}
    attached: list[FiredToo] = []
    fallback: str = ""
    runner: str = ""
    by: str = ""

    def take_over(self, steps: Iterable[Step]) -> frozenset[str]:
        """Take steps that an earlier run has verified as done; their ids."""
        verified = frozenset(step.id for step in steps if step.state == "verified")
        for step in self.steps:
            if step.id in verified:
                step.state, step.detail = "verified", "verified before"
        return verified

    @property
    def left(self) -> list[Step]:
        """The steps that are still to be done by hand, or to be seen done."""
        return [step for step in self.steps if step.state not in {"verified", "running", "waiting"}]


def on_record(held: Rollback, budget_s: float, now: float, fallback: str = "") -> Run:
    """A rollback as the journal tells it, for whoever could not follow it to its end.

    `now` is on `Clock.monotonic`: what has ended is told as if it had at this moment.
    """
    return Run(
        held.id,
        held.attempt,
        held.trigger,
        held.target,
        budget_s,
        now - (held.seconds or 0.0),
        held.steps,
        state=held.state,
        why=held.outcome_why,
        ended=None if held.state == "running" else now,
        times=Times(
            held.first_true, held.detected, held.triggered_at, held.executed_at, held.verified_at
        ),
        metric=cast("MetricProof", held.metric),
        metric_why=held.metric_why,
        attached=list(held.attached),
        fallback=fallback,
    )


class Way(msgspec.Struct, frozen=True):
    """The way back from a phase: its steps as configured, and the version that it restores.

    An empty `version` is the existing process; `bad` is the version that it leaves.
    """

    phase: str
    steps: tuple[StepSpec, ...]
    version: str
    bad: str = ""

    @property
    def values(self) -> Values:
        """What fills the texts of its steps."""
        return Values(self.version, self.bad)

    @property
    def frozen(self) -> tuple[FrozenStep, ...]:
        """The steps, as they go into the record."""
        return freeze(self.steps, self.values)

    @property
    def target(self) -> str:
        """What it restores, in words."""
        return self.version or "the existing process"


def new_id(deployment: Deployment, now: float) -> str:
    """What a rollback that is ordered `now` (unix seconds) is called.

    Where other machines may fire in the same second, by a name that none of them gives too.
    """
    name = f"rb-{stamp(now)}"
    return f"{name}-{token_hex(2)}" if deployment.sync.on else name


def way_back(deployment: Deployment, phase: str) -> Way:
    """The procedure in force in `phase` (Guide 3.5, 4)."""
    back = deployment.rollback
    version = back.target_in(phase, deployment.agent.stable_version)
    return Way(phase, back.steps_in(phase), version, deployment.agent.version)


def values_of(deployment: Deployment) -> Values:
    """What fills the texts of a procedure that restores nothing but the agent's own state."""
    return Values(deployment.agent.stable_version, deployment.agent.version)


def no_suspension(name: str, deployment: Deployment) -> str:
    """Why there is nothing to fire under `name`, with what was meant."""
    known = [spec.id for spec in deployment.suspensions]
    if not known:
        return "no suspension is declared: write [[suspensions]] in warroom.toml"
    return f"there is no suspension {name}{suggestion(name, known)}"


def what_it_does(step: StepSpec) -> str:
    """One line that says what a step will do, without any secret."""
    match step.kind:
        case "http":
            return f"{step.method} {step.url}"
        case "command":
            return "run " + " ".join(step.argv or ())
        case "traffic":
            return "set the traffic switch to 0 %"
        case "notify":
            return "tell " + ", ".join(step.to)
        case "manual":
            return "a person does it and confirms"


def freeze(steps: Sequence[StepSpec], values: Values) -> tuple[FrozenStep, ...]:
    """The configured steps, as they go into the record: with their versions, ready to copy.

    {key} stays, which only the run itself knows.
    """

    def filled(text: str) -> str:
        return values.fill(text, "{key}")

    return tuple(
        FrozenStep(step.id, step.title, filled(what_it_does(step)), filled(step.manual))
        for step in steps
    )


def missing_secrets(deployment: Deployment, steps: Sequence[StepSpec], base: Path) -> list[str]:
    """What the steps will lack in this shell, by name, before it is needed.

    Secrets that cannot be read, and people to tell who have no address.
    """
    missing = []
    for step in steps:
        for secret in _secrets(deployment, step):
            try:
                secret.reveal(base)
            except MissingSecret as lacking:
                missing.append(f"step {step.id}: {lacking}")
        for person in told_by(step, deployment):
            if why := unreachable(person, base):
                missing.append(f"step {step.id}: {person.name}: {why}")
    return list(dict.fromkeys(missing))


def _secrets(deployment: Deployment, step: StepSpec) -> list[Secret]:
    secrets = list(step.headers.values())
    if step.read_back is not None:
        secrets += step.read_back.headers.values()
    switch = deployment.traffic.switch
    if step.kind == "traffic" and switch is not None:
        secrets += switch.headers.values()
    return secrets
