"""The readiness checklist (Guide 1): which items are hard gates here, and which are confirmed."""

from typing import Literal

import msgspec

from config.guide import ReadinessItem, readiness_items
from config.model import Context
from console.domain.state import Confirmation, State

ItemState = Literal["confirmed", "partly", "open", "not-applicable"]


class ItemStatus(msgspec.Struct, frozen=True):
    """An item in this deployment: is it a hard gate, how far is it, which roles are missing.

    `lapsed` are confirmations that a rollback has ended, because the item is bound to the version.
    """

    item: ReadinessItem
    hard: bool
    state: ItemState
    missing: tuple[str, ...]
    confirmations: tuple[Confirmation, ...]
    lapsed: tuple[Confirmation, ...] = ()


class Progress(msgspec.Struct, frozen=True):
    """The checklist in three numbers; items that do not apply are not counted."""

    total: int
    confirmed: int
    open_hard: tuple[str, ...]


def contexts(context: Context, update: bool) -> frozenset[str]:
    """The flags of the context that hold, by the names that `hard` conditions use."""
    held = {name.replace("_", "-") for name, value in context if value is True}
    held |= {"always", context.exposure}
    if update:
        held.add("update-of-existing")
    return frozenset(held)


def is_hard(item: ReadinessItem, held: frozenset[str]) -> bool:
    """Whether the item is a hard gate where the contexts `held` hold (Guide 1)."""
    return any(held.issuperset(condition.split("+")) for condition in item.hard)


def checklist(state: State, context: Context) -> list[ItemStatus]:
    """Every item as it stands. After a rollback, version-bound items count only anew."""
    held = contexts(context, update=state.rollout > 1)
    return [_status(item, is_hard(item, held), state) for item in readiness_items()]


def _status(item: ReadinessItem, hard: bool, state: State) -> ItemStatus:
    given = state.items.get(item.id, {})
    held = [given[role] for role in item.roles if role in given]
    valid = tuple(c for c in held if not item.version_bound or c.rollout == state.rollout)
    lapsed = tuple(c for c in held if c not in valid)
    have = {confirmation.role for confirmation in valid}
    missing = tuple(role for role in item.roles if role not in have)
    kind: ItemState
    if not missing:
        kind = "confirmed"
    elif not hard and item.otherwise == "not-applicable":
        kind = "not-applicable"
    else:
        kind = "partly" if valid else "open"
    return ItemStatus(item, hard, kind, missing, valid, lapsed)


def progress(items: list[ItemStatus]) -> Progress:
    """How far the checklist is."""
    counted = [i for i in items if i.state != "not-applicable"]
    return Progress(
        total=len(counted),
        confirmed=sum(i.state == "confirmed" for i in counted),
        open_hard=tuple(i.item.id for i in counted if i.hard and i.state != "confirmed"),
    )
