"""What every report is made from, and the small words that they share."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

from config.guide import Role
from config.model import Deployment, Person
from console.domain.checklist import ItemStatus, checklist
from console.domain.entry import Entry
from console.domain.gates import Gate
from console.domain.golive import GoLive
from console.domain.series import Series
from console.domain.standing import Standing
from console.domain.state import State
from console.domain.times import iso, utc

NOBODY = "nobody yet"


class Ground(msgspec.Struct, frozen=True):
    """One moment of a deployment: `now` is unix seconds, `entries` are all that the state folds.

    `unasked` says that no feed was asked, so that nothing is known of them. `heads` are the hashes
    of each writer's last entry; `trouble` says what is wrong with the journal, and is empty if
    nothing is. `directory` is how commands name the deployment. `minutes` are what is recorded of
    each metric's feed, and `feeds` names that feed. `probes` are the records that live checks left
    as evidence, by SHA-256; `broken` are evidence files that are gone or not what was hashed. Both
    are empty where `evidence` says that nobody looked at the files. `standing` is what `items` were
    judged by.
    `config_sha256` is that of `warroom.toml` as it is now.
    `minutes_of` is the other machine that recorded the minutes; "" where this one did.
    """

    now: float
    deployment: Deployment
    state: State
    items: Sequence[ItemStatus]
    go_live: GoLive
    gate: Gate
    entries: Sequence[Entry] = ()
    heads: dict[str, str] = {}
    trouble: str = ""
    unasked: bool = False
    directory: str = "DIR"
    minutes: Mapping[str, Series] = {}
    feeds: Mapping[str, str] = {}
    probes: Mapping[str, bytes] = {}
    broken: frozenset[str] = frozenset()
    evidence: bool = True
    standing: Standing | None = None
    config_sha256: str = ""
    minutes_of: str = ""

    @property
    def today(self) -> date:
        """The day of the report, in UTC."""
        return utc(self.now).date()


def evidenced(ground: Ground, broken: frozenset[str] | None) -> Ground:
    """The same with these files of evidence gone or changed; None: nobody looked at any."""
    items, standing = ground.items, ground.standing
    if standing is not None:
        standing = msgspec.structs.replace(standing, broken=broken or frozenset())
        items = checklist(ground.state, standing)
    return msgspec.structs.replace(
        ground,
        items=items,
        standing=standing,
        broken=broken or frozenset(),
        evidence=broken is not None,
        probes={} if broken is None else ground.probes,
    )


class Options(msgspec.Struct, frozen=True):
    """What was asked for beside the kind: whose sheet, which incident, which rollout.

    Empty, or None, is the default.
    """

    person: str = ""
    incident: str = ""
    rollout: int | None = None


class About(msgspec.Struct, frozen=True):
    """Which deployment a document is about, and what of the record it was made from."""

    agent: str
    description: str
    version: str
    stable_version: str
    platform: str
    exposure: str
    flags: tuple[str, ...]
    at: str
    entries: int
    heads: dict[str, str]


def about(ground: Ground) -> About:
    """The head of every document."""
    agent, context = ground.deployment.agent, ground.deployment.context
    flags = [name.replace("_", " ") for name, value in context if value is True]
    return About(
        agent.name,
        agent.description,
        agent.version,
        agent.stable_version,
        agent.platform,
        context.exposure,
        tuple(flags),
        iso(ground.now),
        len(ground.entries),
        ground.heads,
    )


def about_lines(told: About) -> tuple[str, ...]:
    """The head of every document as lines."""
    back = told.stable_version or "the existing process (no stable version is named)"
    does = f": {told.description}" if told.description else ""
    heads = ", ".join(f"{writer} {h[:12]}" for writer, h in told.heads.items())
    return (
        f"Agent {told.agent}{does}",
        f"Version {told.version} goes live; a rollback restores {back}",
        f"Platform: {told.platform or 'not named in warroom.toml'}",
        f"Context: {', '.join((told.exposure, *told.flags))}",
        f"As of {told.at}, from {told.entries} journal entries ({heads or 'none written yet'}); "
        "who people are is declared, not proven",
    )


def spoken(person: Person) -> str:
    """A person with phone."""
    return f"{person.name}, {person.phone}" if person.phone else f"{person.name} (no phone given)"


def named(deployment: Deployment, roles: Iterable[Role]) -> list[Person]:
    """Everybody who holds one of `roles`, once, in the order of the roles."""
    found = {p.name: p for role in roles for p in deployment.holders(role)}
    return list(found.values())


def unheld(deployment: Deployment, roles: Iterable[Role]) -> list[Role]:
    """The roles that nobody holds."""
    return [role for role in roles if not deployment.holders(role)]


def role_and_name(role: str, name: str) -> str:
    """Who acted in which role; once where the name says only the role."""
    return name if name.casefold() == role.replace("-", " ").casefold() else f"{role}: {name}"
