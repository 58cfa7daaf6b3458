"""The checklist (Guide 1, 2.2): which items are hard gates here, and which are confirmed."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from config.guide import Item, checklist_items
from console.domain import signoff
from console.domain.standing import Standing
from console.domain.state import Acceptance, Confirmation, Plan, State
from console.domain.times import utc
from console.domain.wayback import WAY_BACK

ItemState = Literal[
    "confirmed", "partly", "in-progress", "expired", "accepted", "open", "not-applicable"
]


class Lapse(msgspec.Struct, frozen=True):
    """A confirmation that holds no longer, and why, in a few words."""

    confirmation: Confirmation
    why: str


class ItemStatus(msgspec.Struct, frozen=True):
    """An item in this deployment: is it a hard gate, how far is it, which roles are missing.

    `plan` is who resolves it and when, while it is open. `accepted` says that a recommended item
    stays open, and why.
    """

    item: Item
    hard: bool
    state: ItemState
    missing: tuple[str, ...]
    confirmations: tuple[Confirmation, ...]
    lapses: tuple[Lapse, ...] = ()
    plan: Plan | None = None
    accepted: Acceptance | None = None


class Progress(msgspec.Struct, frozen=True):
    """The checklist in three numbers; items that do not apply are not counted."""

    total: int
    confirmed: int
    open_hard: tuple[str, ...]


def is_hard(item: Item, held: frozenset[str]) -> bool:
    """Whether the item is a hard gate where the contexts `held` hold (Guide 1)."""
    return any(held.issuperset(condition.split("+")) for condition in item.hard)


def checklist(state: State, standing: Standing) -> list[ItemStatus]:
    """Every item as it stands, in the order in which they are walked.

    After a rollback the next rollout is an update, and version-bound items count only anew.
    """
    found: dict[str, ItemStatus] = {}
    for item in checklist_items():
        signed = signoff.subject(found.values(), standing) if item.asks == "sign-off" else {}
        found[item.id] = _status(item, state, standing, signed)
    return list(found.values())


def status_of(item: Item, state: State, standing: Standing) -> ItemStatus:
    """One item as it stands; the others are looked at only for a sign-off, which is on them."""
    if item.asks == "sign-off":
        return next(one for one in checklist(state, standing) if one.item.id == item.id)
    return _status(item, state, standing, {})


def _status(item: Item, state: State, standing: Standing, signed: dict[str, str]) -> ItemStatus:
    contexts = standing.contexts | ({"update-of-existing"} if state.rollout > 1 else set())
    hard = is_hard(item, contexts) or item.id in standing.hard
    given = state.items.get(item.id, {})
    held = [given[role] for role in item.roles if role in given]
    lapses = []
    for one in held:
        why = _lapse(item, one, state, standing)
        if not why and item.asks == "sign-off" and (other := signoff.changed(one.signed, signed)):
            why = f"void: it was given on another {', '.join(other)}"
        if why:
            lapses.append(Lapse(one, why))
    gone = {lapse.confirmation.role for lapse in lapses}
    valid = tuple(one for one in held if one.role not in gone)
    have = {confirmation.role for confirmation in valid}
    missing = tuple(role for role in item.roles if role not in have)
    plan, accepted = state.plans.get(item.id), state.accepted.get(item.id)
    idle = not hard and item.otherwise == "not-applicable"
    kind: ItemState
    if not missing:
        kind = "confirmed"
    elif idle:
        kind = "not-applicable"
    elif accepted is not None and accepted.rollout == state.rollout and not hard:
        kind = "accepted"
    elif lapses:
        kind = "expired"
    elif plan is not None:
        kind = "in-progress"
    else:
        kind = "partly" if valid else "open"
    open_ = kind not in {"confirmed", "not-applicable"}
    return ItemStatus(
        item,
        hard,
        kind,
        missing,
        valid,
        tuple(lapses),
        plan if open_ else None,
        accepted if kind == "accepted" else None,
    )


def _lapse(item: Item, one: Confirmation, state: State, standing: Standing) -> str:
    """Why a confirmation holds no longer; empty while it does."""
    if why := _came_loose(item, one, state, standing):
        return why
    days = standing.expires.get(item.id, item.expires_days)
    day = one.dated or utc(one.at).date()
    if days is not None and (standing.today - day).days > days:
        return f"older than {days} days"
    if one.evidence.sha256 and one.evidence.sha256 in standing.broken:
        return "its evidence file is gone or was changed"
    return ""


def _came_loose(item: Item, one: Confirmation, state: State, standing: Standing) -> str:
    """Whether what the confirmation is bound to is another now, in words."""
    if item.version_bound and one.rollout != state.rollout:
        return "before the rollback"
    if item.version_bound and one.version not in {"", standing.version}:
        return f"it was for {one.version}"
    if item.config_bound and one.config not in {"", standing.config_sha256}:
        return "warroom.toml has changed since"
    if item.procedure_bound:
        of = one.signed.get(WAY_BACK, "")
        if of and standing.way_back and of != standing.way_back:
            return "the way back, or the version it restores, has changed since"
    return ""


def hard_stop(items: Sequence[ItemStatus]) -> str:
    """Guide 2.3: no customer-facing agent without a sign-off; empty where that is no question."""
    for status in items:
        if status.item.asks == "sign-off" and status.hard and status.state != "confirmed":
            return (
                "HARD STOP: a customer-facing agent without governance sign-off does not go live; "
                "get it signed, or let this programme's internal agent go first (Guide 2)"
            )
    return ""


def few(names: Sequence[str], most: int = 5) -> str:
    """The first of `names`, and how many more there are."""
    more = len(names) - most
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:most])} and {more} more"


def progress(items: Sequence[ItemStatus]) -> Progress:
    """How far the checklist is."""
    counted = [i for i in items if i.state != "not-applicable"]
    return Progress(
        total=len(counted),
        confirmed=sum(i.state == "confirmed" for i in counted),
        open_hard=tuple(i.item.id for i in counted if i.hard and i.state != "confirmed"),
    )
