"""The guide's own lists, line by line: each is as done as what it is linked to."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from config.guide import GuideLine, guide_lines
from console.domain.checklist import ItemStatus
from console.domain.state import State

LineState = Literal["done", "open", "later", "not-applicable"]
ORDER = ("readiness", "dark-launch", "shadow", "canary", "full", "stable")


class LineStatus(msgspec.Struct, frozen=True):
    """A line, and how far it is; "later" means that its time has not come."""

    line: GuideLine
    state: LineState


def line_statuses(state: State, items: Iterable[ItemStatus]) -> list[LineStatus]:
    """Every line of the prerequisites, environment checks, master checklist and validation."""
    known = {status.item.id: status for status in items}
    return [LineStatus(line, _line(line, state, known)) for line in guide_lines()]


def _line(line: GuideLine, state: State, items: dict[str, ItemStatus]) -> LineState:
    found = {_link(link, state, items) for link in line.links}
    for kind in ("open", "later", "done"):
        if kind in found:
            return kind
    return "not-applicable"


def _link(link: str, state: State, items: dict[str, ItemStatus]) -> LineState:
    kind, _, name = link.partition(":")
    match kind:
        case "item":
            return _item(items[name])
        case "items":
            told = {_item(status) for status in items.values()}
            return "open" if "open" in told else "done"
        case "phase":
            return _reached(state, ORDER.index(name) + 1)
        case "record":
            return _reached(state, ORDER.index("full"))
        case "window":
            return _reached(state, ORDER.index("stable"))
    return "later" if state.stable_since is None else "open"


def _item(status: ItemStatus) -> LineState:
    match status.state:
        case "confirmed" | "accepted":
            return "done"
        case "not-applicable":
            return "not-applicable"
    return "open"


def _reached(state: State, place: int) -> LineState:
    """Whether the rollout has come to this place of the order."""
    now = "stable" if state.stable_since is not None else state.attempt.phase
    return "done" if ORDER.index(now) >= place else "later"
