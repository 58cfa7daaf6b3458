"""The guide's own lists, line by line: each is as done as what it is linked to."""

from collections.abc import Iterable

import msgspec

from config.guide import GuideLine, guide_lines
from console.domain.checklist import ItemStatus
from console.domain.line_records import LineState, Rolled, Told, record_line
from console.domain.state import State

ORDER = ("readiness", "dark-launch", "shadow", "canary", "full", "stable")
# Of several links the least done one decides.
_WORST: tuple[LineState, ...] = ("missed", "open", "later", "done")


class LineStatus(msgspec.Struct, frozen=True):
    """A line, how far it is, and why in a few words where there is more to say.

    "later": its time has not come. "missed": its time is over and it was not done.
    """

    line: GuideLine
    state: LineState
    why: str = ""


def line_statuses(
    state: State, items: Iterable[ItemStatus], rolled: Rolled | None = None
) -> list[LineStatus]:
    """Every line of the prerequisites, environment checks, master checklist and validation.

    `rolled` is as in `record_line`.
    """
    known = {status.item.id: status for status in items}
    return [_line(line, state, known, rolled) for line in guide_lines()]


def _line(
    line: GuideLine, state: State, items: dict[str, ItemStatus], rolled: Rolled | None
) -> LineStatus:
    told = [_link(link, state, items, rolled) for link in line.links]
    for kind in _WORST:
        whys = [why for found, why in told if found == kind]
        if whys:
            return LineStatus(line, kind, "; ".join(dict.fromkeys(filter(None, whys))))
    return LineStatus(line, "not-applicable", told[0][1])


def _link(link: str, state: State, items: dict[str, ItemStatus], rolled: Rolled | None) -> Told:
    kind, _, name = link.partition(":")
    match kind:
        case "item":
            return _item(items[name]), ""
        case "items":
            held = [status.item.id for status in items.values() if _item(status) == "open"]
            return ("open", f"{len(held)} items open") if held else ("done", "")
        case "phase":
            told = _reached(state, ORDER.index(name) + 1)
            if told == "later" and rolled is not None:
                return "not-applicable", "the rollback came before"
            return told, ""
    return record_line(state, link, rolled)


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
