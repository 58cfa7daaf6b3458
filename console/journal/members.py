"""Whose entries count where members are known by their keys: the rules, and what they leave apart.

What another writer wrote is *believed* once a member has signed a head of that writer at or after
it, and it names that member as who did it. Until then it is *pending*. What a key signed that is
no member's, what names somebody else than its signer, and what takes a role that its signer does
not hold, stays *apart*. Either stands in the file, is shown, and changes nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.load import Loaded
from console.clean import clean
from console.domain.concurrent import unmet
from console.domain.entry import Entry
from console.domain.events import GateDecided, decode
from console.domain.rights import overstepped

# Tells of what was done to the agent: it was, whoever is named, and a rollback is never refused.
DONE_ALREADY = ("rollback.", "suspension.")
GATE = "gate.decided"


@dataclass(frozen=True, slots=True)
class Pending:
    """`count` entries of `writer` that nobody has signed yet, the first of them at `since`.

    That is the entry's own time, in unix seconds.
    """

    writer: str
    count: int
    since: float


@dataclass(frozen=True, slots=True)
class Apart:
    """Entry `seq` of `writer`, which says it is by `who`, changes nothing; `why` is one sentence.

    Names are as the entry has them: clean them before they are shown.
    """

    writer: str
    seq: int
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a writer's entries are signed: up to number `signed`, by these people.

    `refused` says of a signature that does not count why, the latest first.
    """

    writer: str
    entries: int
    signed: int
    by: tuple[str, ...]
    pending: int
    apart: tuple[Apart, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Members:
    """The people by what `allowed`, the file of allowed signers, calls them, and their roles.

    Without `asks`, `ssh-keygen` is never waited for: only what was found out before is believed.
    """

    allowed: Path
    names: Mapping[str, str]
    roles: Mapping[str, frozenset[str]]
    asks: bool = True

    def disputed(self, entry: Entry, signers: Collection[str]) -> str:
        """Why `entry` does not count though `signers` signed it; empty if it does."""
        if entry.kind.startswith(DONE_ALREADY):
            return ""
        name, claimed = entry.actor.name, set(entry.actor.roles) - {"observer"}
        shown = clean(name, 60) or "nobody"
        held = self.roles.get(name)
        if held is None and claimed:
            return f"says it is by {shown}, whom warroom.toml does not list"
        if held is not None and name not in signers:
            return f"says it is by {shown}, signed by {' and '.join(sorted(signers))}"
        if more := sorted(claimed - (held or set())):
            return f"says that {shown} is {clean(more[0], 40)}, which warroom.toml does not"
        if whom := overstepped(entry, held):
            return f"{entry.kind} takes {clean(whom, 80)}, and {shown} is none"
        return _unmet(entry)


def _unmet(entry: Entry) -> str:
    """Why an advance changes nothing by what it says of its own criteria; empty for all else."""
    event = decode(entry.kind, entry.data) if entry.kind == GATE else None
    if not isinstance(event, GateDecided) or event.decision != "advance":
        return ""
    if not event.criteria:
        return "it goes through a gate without a word on the criteria"
    lacking = unmet(event)
    return f"its criteria are not met: {clean(', '.join(lacking), 200)}" if lacking else ""


def members_of(loaded: Loaded, *, asks: bool = True) -> Members | None:
    """The members of a deployment; None where entries count without signatures."""
    signing = loaded.deployment.signing
    if not signing.members or signing.allowed_signers is None:
        return None
    people = loaded.deployment.people
    return Members(
        loaded.directory / Path(signing.allowed_signers).expanduser(),
        {person.principal: person.name for person in people},
        {person.name: frozenset(person.roles) for person in people},
        asks,
    )
