"""What the checklist is judged against besides the journal: context, version, day, files."""

from collections.abc import Mapping
from datetime import date

import msgspec

from config.model import Deployment
from console.domain.facts import Facts
from console.domain.times import utc


class Standing(msgspec.Struct, frozen=True):
    """The ground on which a confirmation holds or has lapsed.

    `contexts` are the flags that hold, by the names of the guide's conditions. `broken` are
    evidence files, by SHA-256, that are gone or not what was hashed. `expires` are days by item
    where the deployment is stricter than the guide; `hard` are items that it makes hard gates.
    `way_back` is the hash of the ways back, empty where nobody looked.
    """

    contexts: frozenset[str]
    version: str
    config_sha256: str
    today: date
    broken: frozenset[str] = frozenset()
    expires: Mapping[str, int] = {}
    hard: frozenset[str] = frozenset()
    way_back: str = ""


def contexts_of(deployment: Deployment) -> frozenset[str]:
    """The flags of the context that hold, by the names that `hard` conditions use."""
    context = deployment.context
    held = {name.replace("_", "-") for name, value in context if value is True}
    return frozenset({"always", context.exposure, *held})


def standing_of(facts: Facts) -> Standing:
    """The ground at this moment."""
    deployment = facts.deployment
    stricter = deployment.items
    return Standing(
        contexts=contexts_of(deployment),
        version=deployment.agent.version,
        config_sha256=facts.config_sha256,
        today=utc(facts.now).date(),
        broken=facts.broken,
        expires={i: o.expires_days for i, o in stricter.items() if o.expires_days is not None},
        hard=frozenset(item for item, override in stricter.items() if override.hard),
        way_back=facts.way_back,
    )
