"""What a governance sign-off is given on (Guide 2.3), so that a later change voids it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from config.guide import dimensions
from console.domain.standing import Standing

if TYPE_CHECKING:
    from console.domain.checklist import ItemStatus

VERSION, CONTEXT = "config tag", "context"


def subject(items: Iterable[ItemStatus], standing: Standing) -> dict[str, str]:
    """A hash for each confirmed dimension with its evidence, the config tag and the context."""
    ids = {item.id for item in dimensions()}
    told = {
        status.item.id: _hash(
            [
                (c.role, c.by, c.at, c.evidence.kind, c.evidence.text, c.evidence.sha256)
                for c in status.confirmations
            ]
        )
        for status in items
        if status.item.id in ids and status.state == "confirmed"
    }
    flags = sorted(standing.contexts)
    return {**told, VERSION: _hash(standing.version), CONTEXT: _hash(flags)}


def changed(signed: dict[str, str], now: dict[str, str]) -> list[str]:
    """The names of what is not as it was signed."""
    return sorted(name for name in {*signed, *now} if signed.get(name) != now.get(name))


def unconfirmed(items: Iterable[ItemStatus]) -> list[str]:
    """The dimensions that a sign-off still waits for."""
    ids = {item.id for item in dimensions()}
    return [s.item.id for s in items if s.item.id in ids and s.state != "confirmed"]


def _hash(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]
