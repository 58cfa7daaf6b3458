"""The rollback as `warroom.toml` describes it: its owner, its way back per phase, its drill."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    Strict,
    model_validator,
)

from config.base import Line, LineOrEmpty, Model, Text, Url, filled, refusal, repeated
from config.nearest import nearest
from config.presets.steps import settled
from config.secret import Headers

BUDGET_S = 900
StepKind = Literal["http", "command", "traffic", "notify", "manual"]
EXISTING = "existing process"
# Runs go by their names: a suspension of such a name would be taken for the rollback, or its drill.
TAKEN = frozenset({"rollback", "rollback-drill"})
# The phases of Guide 4: in readiness nothing is rolled out that could go back.
LivePhase = Literal["dark-launch", "shadow", "canary", "full"]

_KEYS: Mapping[StepKind, frozenset[str]] = {
    "http": frozenset({"method", "url", "headers", "body", "expect_status", "read_back"}),
    "command": frozenset({"argv", "cwd", "idempotent", "read_back", "prove"}),
    "traffic": frozenset(),
    "notify": frozenset({"to", "text"}),
    "manual": frozenset({"read_back", "prove"}),
}
_NEEDED: Mapping[StepKind, tuple[str, ...]] = {
    "http": ("url",),
    "command": ("argv",),
    "traffic": (),
    "notify": ("to",),
    "manual": (),
}
_OF_ALL = {"id", "title", "kind", "preset", "fill", "timeout_s", "after", "manual"}
_TIMEOUT_S: Mapping[StepKind, float] = {
    "http": 10.0,
    "command": 10.0,
    "traffic": 30.0,
    "notify": 60.0,
    "manual": float(BUDGET_S),
}


def _argv(argv: tuple[str, ...]) -> tuple[str, ...]:
    if not argv or not argv[0].startswith("/"):
        raise refusal('must begin with a program\'s absolute path, such as "/usr/bin/kubectl"')
    return argv


Argv = Annotated[tuple[str, ...], Strict(False), AfterValidator(_argv)]


def _scalar(value: object) -> object:
    if not isinstance(value, str | int) and not (isinstance(value, float) and math.isfinite(value)):
        raise refusal("must be text, a finite number, true or false")
    return value


VALUES = ("stable_version", "version", "key")
# A shell's ${NAME} is its own.
_BRACED = re.compile(r"(?<!\$)\{([A-Za-z_-]{5,})\}")


class ReadBack(Model):
    """A GET whose JSON answer proves a step: the value at the dotted `path` must equal `equals`."""

    url: Url
    path: Line
    equals: Annotated[str | int | float | bool, BeforeValidator(_scalar)]
    headers: Headers = Field(default_factory=dict)


class Prove(Model):
    """A command whose output proves a step: it must exit with 0 and print `contains`."""

    argv: Argv
    contains: Line


class Step(Model):
    """One step of a procedure (Guide 3.5).

    `url`, `body`, `argv` and a read-back's texts may hold {stable_version}, {version} and {key}.
    `manual` is what a person types where the console cannot act. `traffic` takes all traffic from
    the candidate by `[traffic.switch]`; `notify` tells the people or roles in `to`; `manual` waits
    for a person's word. `idempotent`: the command may run again when nobody knows whether it ran.
    """

    id: Line
    title: Line
    kind: StepKind
    preset: Line | None = None
    fill: Mapping[Line, Line] = Field(default_factory=dict)
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: Url | None = None
    headers: Headers = Field(default_factory=dict)
    body: str = ""
    expect_status: Annotated[
        tuple[Annotated[int, Field(ge=100, le=599)], ...], Strict(False), AfterValidator(filled)
    ] = (200, 201, 202, 204)
    argv: Argv | None = None
    cwd: Line | None = None
    idempotent: bool = False
    to: Annotated[tuple[Line, ...], Strict(False)] = ()
    text: LineOrEmpty = ""
    timeout_s: Annotated[float, Field(gt=0, le=BUDGET_S)] = 10.0
    after: Annotated[tuple[Line, ...], Strict(False)] = ()
    manual: Text
    read_back: ReadBack | None = None
    prove: Prove | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_its_preset(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        given = settled(values)
        kind = given.get("kind")
        usual = _TIMEOUT_S.get(kind) if isinstance(kind, str) else None  # type: ignore[call-overload]  # an unknown kind is refused by its own field
        return given if usual is None else {"timeout_s": usual, **given}

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        foreign = sorted(self.model_fields_set - _OF_ALL - _KEYS[self.kind])
        if foreign:
            raise refusal(*((f'means nothing for kind "{self.kind}"', key) for key in foreign))
        lacking = [key for key in _NEEDED[self.kind] if not getattr(self, key)]
        if lacking:
            raise refusal(f'kind "{self.kind}" needs `{lacking[0]}`')
        if self.fill and self.preset is None:
            raise refusal(("fills a preset, and none is named", "fill"))
        if self.kind == "http" and self.read_back is None:
            raise refusal("needs `read_back`: an answer of 200 proves nothing")
        if self.kind == "command" and (self.read_back is None) == (self.prove is None):
            raise refusal("needs one of `read_back` and `prove`: an exit with 0 proves nothing")
        if self.read_back is not None and self.prove is not None:
            raise refusal("needs `read_back` or `prove`, not both")
        self._misspells_nothing()
        return self

    def _misspells_nothing(self) -> None:
        """What stands in braces may be meant as it is; what is nearly a value's name is not."""
        proof, read = self.prove, self.read_back
        texts = [self.url or "", self.body, *(self.argv or ()), self.manual]
        texts += [*proof.argv, proof.contains] if proof is not None else []
        texts += [read.url, read.path, str(read.equals)] if read is not None else []
        for word in _BRACED.findall("\n".join(texts)):
            if word not in VALUES and (near := nearest(word, VALUES)):
                raise refusal(f'has "{{{word}}}"; did you mean "{{{near}}}"?')


def _can_be_ordered(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    ids = [step.id for step in steps]
    problems: list[tuple[str | int, ...]] = [
        (f'"{ids[place]}" is the id of an earlier step', place, "id") for place in repeated(ids)
    ]
    problems.extend(
        (f'there is no step "{other}"', place, "after", at)
        for place, step in enumerate(steps)
        for at, other in enumerate(step.after)
        if other not in ids
    )
    if problems:
        raise refusal(*problems)
    done: set[str] = set()
    while ready := [s.id for s in steps if s.id not in done and done.issuperset(s.after)]:
        done.update(ready)
    waiting = [step_id for step_id in ids if step_id not in done]
    if waiting:
        raise refusal(f"steps wait for each other in a circle: {', '.join(waiting)}")
    return steps


Steps = Annotated[tuple[Step, ...], Strict(False), AfterValidator(_can_be_ordered)]


class Procedure(Model):
    """A way back: its steps, and what they restore.

    `target` is a version's tag or "existing process"; None is the agent's stable version.
    """

    steps: Annotated[Steps, AfterValidator(filled)]
    target: Line | None = None


class Drill(Model):
    """Where the procedure is rehearsed: each text on the left is replaced by that on its right.

    It is replaced in the URLs, bodies and read-backs, the words of commands, the directories, the
    traffic switch, and in the names of the variables and files that hold secrets. `reset` says how
    a person puts the drill's target back to where a bad deployment would be.
    """

    replace: Annotated[Mapping[Line, Line], AfterValidator(filled)]
    reset: LineOrEmpty = ""


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Rollback(Model):
    """Who may roll back and how (Guide 3.5): one named owner, 15 minutes.

    `steps` is the procedure of every phase that `procedures` names none for. `fresh_calls` is how
    many calls on the target prove it. `fallback` is the manual process that the traffic goes to
    where no version can take it.
    """

    owner: Line
    deputy: Annotated[tuple[Line, ...], Strict(False), BeforeValidator(_several)] = ()
    budget_s: Annotated[int, Field(gt=0, le=BUDGET_S)] = BUDGET_S
    fresh_calls: Annotated[int, Field(ge=1, le=1000)] = 3
    fallback: LineOrEmpty = ""
    steps: Steps = ()
    procedures: Mapping[LivePhase, Procedure] = Field(default_factory=dict)
    drill: Drill | None = None

    def steps_in(self, phase: str) -> tuple[Step, ...]:
        """The steps of the way back from `phase`."""
        own = self.procedures.get(phase)  # type: ignore[call-overload]  # any text may be asked
        return self.steps if own is None else own.steps

    def target_in(self, phase: str, stable_version: str) -> str:
        """The version that the way back from `phase` restores; empty: the existing process."""
        own = self.procedures.get(phase)  # type: ignore[call-overload]  # any text may be asked
        if own is None or own.target is None:
            return stable_version
        return "" if own.target == EXISTING else own.target


def _own_name(name: str) -> str:
    if name in TAKEN:
        raise refusal("is what the console calls the rollback itself; choose another id")
    return name


class Suspension(Model):
    """A small procedure that takes one tool, or the whole agent, out of use (Guide 5.1, 6).

    It is armed and fired as the rollback is, and leaves the rollout where it stands.
    """

    id: Annotated[Line, AfterValidator(_own_name)]
    title: Line
    kind: Literal["tool", "agent"] = "tool"
    users: LineOrEmpty = ""
    steps: Annotated[Steps, AfterValidator(filled)]
