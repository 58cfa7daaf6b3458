"""What the tests of the hands work with: a deployment, and a person who answers as told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.load import validate
from config.model import Deployment
from config.rollback import Step
from console.actions.tools import Ask, Tools, Word
from console.clock import SystemClock
from console.domain.events_rollback import Answer
from console.net import Http


def deployment(**tables: Any) -> Deployment:
    """The smallest deployment, with whole tables put in place of its own."""
    values: Mapping[str, Any] = {
        "version": 1,
        "deployment": "9f2c4e5d6b7a8091",
        "agent": {"name": "claims", "version": "v2.4.0", "stable_version": "v2.3.1"},
        "context": {"exposure": "internal"},
        "people": [{"name": "owner", "roles": ["rollback-owner"]}],
        "feeds": {"calls": {"kind": "jsonl", "path": "calls.jsonl"}},
        "rollback": {"owner": "owner"},
    }
    return validate({**values, **tables})


class Asked:
    """A person who gives each of `answers` once, and remembers what was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.questions: list[str] = []

    async def __call__(self, step: Step, question: str) -> Word:
        assert self.answers, f"nobody should be asked: {question}"
        self.questions.append(question)
        return Word(self.answers.pop(0), "first lead")


def tools(
    http: Http,
    base: Path = Path("/"),
    *,
    ask: Ask | None = None,
    read_only: bool = False,
    **tables: Any,
) -> Tools:
    """Tools on the system's clock; without `ask` it is an error to ask anybody."""
    return Tools(deployment(**tables), http, base, SystemClock(), ask or Asked(), read_only)
