"""A rollback as it happens, in memory, and what can be said of one before it is fired."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from config.model import Deployment, MissingSecret, Secret
from config.model import Step as StepSpec
from console.domain.events import FrozenStep
from console.domain.state import Step

RunState = Literal["running", "verified", "partial", "unknown"]


class Run(msgspec.Struct):
    """A rollback as it happens, held in memory because the journal may be gone.

    `attempt` is the one that is rolled back. `started` and `ended` are real seconds
    (`Clock.monotonic`), `started` being the first trigger's also when it is fired again.
    `unjournalled` says why the record could not be written, and is empty if it could.
    """

    id: str
    attempt: str
    trigger: str
    target: str
    budget_s: float
    started: float
    steps: list[Step]
    state: RunState = "running"
    why: str = ""
    ended: float | None = None
    unjournalled: str = ""

    def take_over(self, steps: Iterable[Step]) -> frozenset[str]:
        """Take steps that an earlier run has verified as done; their ids."""
        verified = frozenset(step.id for step in steps if step.state == "verified")
        for step in self.steps:
            if step.id in verified:
                step.state, step.detail = "verified", "verified before"
        return verified


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
