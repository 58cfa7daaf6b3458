"""What the steps of a procedure work with, and whom they may ask."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from config.model import Deployment
from config.rollback import Step, StepKind
from console.clock import Clock
from console.domain.events_rollback import Answer
from console.net import Http


class Word(msgspec.Struct, frozen=True):
    """What a person answered on a step, and who it was."""

    answer: Answer
    by: str
    remark: str = ""


# Shows the question beside the step, on every console and on record, until a person answers.
Ask = Callable[[Step, str], Awaitable[Word]]


class Tools(msgspec.Struct, frozen=True):
    """The hands of a procedure. Relative paths start at `base`.

    `read_only` puts its read-back in the place of every write: nothing is changed anywhere.
    `rehearsed` does that for steps of some kinds alone.
    """

    deployment: Deployment
    http: Http
    base: Path
    clock: Clock
    ask: Ask
    read_only: bool = False
    rehearsed: frozenset[StepKind] = frozenset()
