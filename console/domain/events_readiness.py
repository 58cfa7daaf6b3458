"""The entries of the walk to GO: confirmations, plans, the poll. Part of `events.KINDS`."""

from datetime import date
from typing import Literal

import msgspec


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """What shows that an item is done: words of substance, a URL, or a file kept by its hash."""

    kind: Literal["text", "url", "file", "probe"]
    text: str
    sha256: str = ""


class ItemConfirmed(msgspec.Struct, frozen=True, tag="item.confirmed"):
    """A checklist item confirmed for one of its roles, with evidence (Guide 1.1).

    `dated` is the day that the evidence is of, where that is not today; `version` the config tag
    that it was confirmed for. `signed` holds hashes of what it was given on: of a sign-off (Guide
    2.3) each dimension, the config tag and the context; of the rollback's item the way back.
    """

    item: str
    role: str
    evidence: Evidence
    on_behalf_of: str = ""
    dated: date | None = None
    version: str = ""
    signed: dict[str, str] = {}


class ItemPlanned(msgspec.Struct, frozen=True, tag="item.planned"):
    """An open item has somebody who resolves it, and a day (Guide 1.2)."""

    item: str
    owner: str
    due: date
    note: str


class ItemAccepted(msgspec.Struct, frozen=True, tag="item.accepted"):
    """A recommended item stays open, by somebody's decision and for a reason."""

    item: str
    reason: str


class GoLiveMoved(msgspec.Struct, frozen=True, tag="golive.moved"):
    """The go-live date follows the latest open item (Guide 1.2)."""

    was: date | None
    to: date
    why: str


class ProbeRan(msgspec.Struct, frozen=True, tag="probe.ran"):
    """A live check was made, of this config tag; what it found is kept by its hash.

    `subject` is the hash of what a drill was made on: the ways back as they were then.
    """

    probe: str
    passed: bool
    summary: str
    sha256: str
    version: str
    subject: str = ""


class EscalationTestSent(msgspec.Struct, frozen=True, tag="escalation-test.sent"):
    """A reviewer was notified in a test of the escalation path (Guide 5.2)."""

    code: str
    reviewer: str


class EscalationTestReceived(msgspec.Struct, frozen=True, tag="escalation-test.received"):
    """The reviewer, or the backup, confirmed that the notice arrived."""

    code: str


class PollOpened(msgspec.Struct, frozen=True, tag="poll.opened"):
    """GO or NO-GO is asked of `roles`, for one config tag and one text of `warroom.toml`."""

    poll: str
    roles: tuple[str, ...]
    version: str
    config: str


class PollAnswered(msgspec.Struct, frozen=True, tag="poll.answered"):
    """A role has answered; what, is sealed until all have: `seal` is a hash over it."""

    poll: str
    role: str
    seal: str


class PollWithdrawn(msgspec.Struct, frozen=True, tag="poll.withdrawn"):
    """A role takes its sealed answer back."""

    poll: str
    role: str


class PollRevealed(msgspec.Struct, frozen=True, tag="poll.revealed"):
    """A role's answer, once all have answered; with `nonce` it gives the seal."""

    poll: str
    role: str
    go: bool
    reason: str
    nonce: str
