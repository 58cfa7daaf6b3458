"""What `warroom check` finds: one thing that was looked at, in a sentence."""

from typing import Literal

import msgspec

Area = Literal[
    "config",
    "people",
    "feed",
    "metric",
    "threshold",
    "secret",
    "journal",
    "disk",
    "clock",
    "traffic",
    "rollback",
    "executor",
    "escalation",
    "members",
    "sync",
    "terminal",
]
Outcome = Literal["ok", "warn", "fail", "unreached"]
WRONG: frozenset[Outcome] = frozenset({"fail", "unreached"})


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at. Only `fail` and `unreached` are wrong."""

    area: Area
    name: str
    verdict: Outcome
    detail: str
