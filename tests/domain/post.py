"""A desk whose notices are looked at, and people who can be told."""

from collections.abc import Sequence
from typing import Any

from config.load import parse
from config.model import Deployment
from console.domain import events as e
from console.domain.notice_facts import facts_of
from console.domain.notices import Letter, due
from console.domain.times import utc
from console.room.letters import words
from tests.domain.build import Desk

PEOPLE = """\
version = 1
deployment = "9f2c4e5d6b7a8091"
[agent]
name = "claims-triage"
version = "v2"
stable_version = "v1"
[context]
exposure = "customer-facing"
{extra}
[[people]]
name = "agent lead"
roles = ["agent-lead"]
phone = "+44 1"
notify = ["json://host/a"]
[[people]]
name = "tech lead"
roles = ["tech-lead"]
phone = "+44 2"
notify = ["json://host/t"]
{quiet}
[[people]]
name = "second tech lead"
roles = ["tech-lead"]
[[people]]
name = "rollback owner"
roles = ["rollback-owner"]
notify = ["json://host/o"]
[[people]]
name = "BU operations lead"
roles = ["bu-operations-lead"]
[[people]]
name = "legal"
roles = ["legal"]
notify = ["json://host/l"]
[[people]]
name = "reviewer"
roles = ["reviewer"]
notify = ["json://host/r"]
[feeds.calls]
kind = "jsonl"
path = "calls.jsonl"
[rollback]
owner = "rollback owner"
"""
QUIET = 'quiet = "22:00-07:00"\nzone = "Europe/London"'
MINUTE = 60.0


def people(extra: str = "", quiet: str = "") -> Deployment:
    return parse(PEOPLE.format(extra=extra, quiet=quiet).encode())


class Post(Desk):
    """A desk whose notices are looked at, and taken or not."""

    def __init__(self, extra: str = "", quiet: str = "") -> None:
        super().__init__(deployment=people(extra, quiet))

    @property
    def deployment(self) -> Deployment:
        made: Deployment = self.held["deployment"]
        return made

    def letters(self) -> list[Letter]:
        facts = facts_of(self.state, self.deployment, self.now)
        return due(self.state, self.deployment, facts, self.now)

    def send(self, *failing: str) -> list[Letter]:
        """Send what is due and put it on record; the people in `failing` cannot be told."""
        letters = self.letters()
        for letter in letters:
            outcome: Any = "failed" if letter.person in failing else "delivered"
            self.write(
                e.NoticeSent(letter.group, letter.person, outcome, "as it is", 1, letter.covers)
            )
        return letters

    def after(self, seconds: float, *failing: str) -> list[Letter]:
        self.now += seconds
        return self.send(*failing)

    def fire(self, rule: str = "error-rate", number: int = 1, **more: Any) -> None:
        self.write(
            e.AlertFired(f"{rule}-{number}", rule, 0.02, 0.01, 99, 3600, "calls", "2 %", **more)
        )

    def resolve(self, rule: str = "error-rate", number: int = 1) -> None:
        self.write(e.AlertResolved(f"{rule}-{number}", 0.0, "ok"))

    def raise_escalations(
        self, row: str = "escalate", to: Sequence[str] = ("reviewer",), **more: Any
    ) -> tuple[str, ...]:
        count = more.pop("count", 1)
        start = len(self.state.escalations)
        at = utc(self.now)
        items = tuple(
            e.EscalationItem(f"e-{start + n}", f"c-{n}", at, utc(self.now + 900))
            for n in range(count)
        )
        self.write(e.EscalationRaised(row, items, tuple(to), **more))
        return tuple(item.id for item in items)


def who(letters: list[Letter]) -> list[tuple[str, str]]:
    return [(letter.person, letter.group) for letter in letters]


def titles(post: Post, letters: list[Letter]) -> list[str]:
    return [words(letter, post.deployment, "warroom open x")[0] for letter in letters]
