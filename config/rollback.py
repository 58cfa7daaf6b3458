"""The rollback as `warroom.toml` describes it: its owner and its steps."""

import math
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    Strict,
    field_validator,
    model_validator,
)

from config.base import Line, Model, Text, Url, filled, refusal, repeated
from config.secret import Headers


def _argv(argv: tuple[str, ...]) -> tuple[str, ...]:
    if not argv or not argv[0].startswith("/"):
        raise refusal('must begin with a program\'s absolute path, such as "/usr/bin/kubectl"')
    return argv


Argv = Annotated[tuple[str, ...], Strict(False), AfterValidator(_argv)]


def _scalar(value: object) -> object:
    if not isinstance(value, str | int) and not (isinstance(value, float) and math.isfinite(value)):
        raise refusal("must be text, a finite number, true or false")
    return value


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
    """One step of the rollback procedure (Guide 3.5).

    `url`, `body`, `argv` and a read-back's texts may hold {stable_version}, {version} and {key}.
    `manual` is what a person types where the console cannot act.
    """

    id: Line
    title: Line
    kind: Literal["http", "command"]
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: Url | None = None
    headers: Headers = Field(default_factory=dict)
    body: str = ""
    expect_status: Annotated[
        tuple[Annotated[int, Field(ge=100, le=599)], ...], Strict(False), AfterValidator(filled)
    ] = (200, 201, 202, 204)
    argv: Argv | None = None
    cwd: Line | None = None
    timeout_s: Annotated[float, Field(gt=0, le=900)] = 10.0
    after: Annotated[tuple[Line, ...], Strict(False)] = ()
    manual: Text
    read_back: ReadBack | None = None
    prove: Prove | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        of_other = (
            {"argv", "cwd", "prove"}
            if self.kind == "http"
            else {"method", "url", "headers", "body", "expect_status"}
        )
        foreign = sorted(self.model_fields_set & of_other)
        if foreign:
            raise refusal(*((f'means nothing for kind "{self.kind}"', key) for key in foreign))
        needed = "url" if self.kind == "http" else "argv"
        if getattr(self, needed) is None:
            raise refusal(f'kind "{self.kind}" needs `{needed}`')
        if self.kind == "http" and self.read_back is None:
            raise refusal("needs `read_back`: an answer of 200 proves nothing")
        if self.kind == "command" and (self.read_back is None) == (self.prove is None):
            raise refusal("needs one of `read_back` and `prove`: an exit with 0 proves nothing")
        return self


class Rollback(Model):
    """Who may roll back and how (Guide 3.5): one named owner, 15 minutes."""

    owner: Line
    deputy: Line | None = None
    budget_s: Annotated[int, Field(gt=0, le=900)] = 900
    steps: Annotated[tuple[Step, ...], Strict(False)] = ()

    @field_validator("steps")
    @classmethod
    def _can_be_ordered(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
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
