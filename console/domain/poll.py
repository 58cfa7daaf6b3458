"""The GO/NO-GO poll: who is asked, how an answer is sealed, what came of it.

An answer lies in the journal as a hash until everybody has answered, so that nobody follows the
loudest; then each is revealed, and whoever reads the journal can check it against its seal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from console.domain.state import Poll

if TYPE_CHECKING:
    from console.domain.checklist import ItemStatus

OWNER = "rollback-owner"
PollVerdict = Literal["open", "go", "no-go"]


def roles_asked(items: Iterable[ItemStatus]) -> tuple[str, ...]:
    """Every role that confirms a hard item here, and the rollback owner."""
    roles = [role for status in items if status.hard for role in status.item.roles]
    return tuple(dict.fromkeys([*roles, OWNER]))


def seal(poll: str, role: str, go: bool, reason: str, nonce: str) -> str:
    """The hash that stands for an answer. `nonce` is random, so that it cannot be guessed."""
    said = "\n".join(("warroom/poll", poll, role, "GO" if go else "NO-GO", nonce, reason))
    return hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()


def waiting(poll: Poll) -> tuple[str, ...]:
    """The roles that have not answered."""
    return tuple(role for role in poll.roles if role not in poll.answers)


def verdict(poll: Poll) -> PollVerdict:
    """What the poll came to: one NO-GO holds; open until every answer is revealed."""
    told = [answer.go for answer in poll.answers.values()]
    if waiting(poll) or None in told:
        return "open"
    return "go" if all(told) else "no-go"


def poll_text(poll: Poll) -> str:
    """A poll in a sentence."""
    said = verdict(poll)
    if left := waiting(poll):
        count = f"{len(poll.answers)} of {len(poll.roles)} have answered"
        return f"{poll.id} is open: {count}, not yet {', '.join(left)}."
    if said == "open":
        sealed = sorted({a.by for a in poll.answers.values() if a.go is None})
        return f"{poll.id}: all have answered; sealed until a console opens of {', '.join(sealed)}."
    told = [f"{role} {'GO' if a.go else 'NO-GO'}: {a.reason}" for role, a in poll.answers.items()]
    return f"{poll.id} says {said.upper()}. {'; '.join(told)}."
