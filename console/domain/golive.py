"""The deployment clock (Guide 1.2): the date moves, the checklist does not."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

import msgspec

from console.domain.checklist import ItemStatus
from console.domain.events import CriterionRecord

MOST_NAMED = 5


class GoLive(msgspec.Struct, frozen=True):
    """The day of the go-live: as `planned`, and as the open items make it.

    `expected` is None while nobody can say: then `stopped` names the hard items that have neither
    an owner nor a date, or whose date is over. `waits_for` are the items that are resolved last.
    """

    planned: date | None
    expected: date | None
    stopped: tuple[str, ...]
    waits_for: tuple[ItemStatus, ...]


def go_live(items: Iterable[ItemStatus], planned: date | None, today: date) -> GoLive:
    """The deployment clock, from the items as they stand."""
    open_hard = [status for status in items if status.hard and status.state != "confirmed"]
    stopped = tuple(s.item.id for s in open_hard if s.plan is None or s.plan.due < today)
    due = [status.plan.due for status in open_hard if status.plan is not None]
    latest = max(due, default=None)
    waits = tuple(s for s in open_hard if s.plan is not None and s.plan.due == latest)
    dates = [day for day in (planned, latest) if day is not None]
    return GoLive(planned, None if stopped else max(dates, default=None), stopped, waits)


def golive_text(clock: GoLive) -> str:
    """The deployment clock in a sentence without its full stop."""
    if clock.stopped:
        few = len(clock.stopped) <= MOST_NAMED
        names = ", ".join(clock.stopped) if few else f"{len(clock.stopped)} hard items"
        return f"Go-live has no date: an owner and a day to come are missing for {names}"
    if clock.expected is None:
        return "Go-live has no planned date"
    if clock.planned is not None and clock.expected > clock.planned:
        names = ", ".join(status.item.id for status in clock.waits_for)
        return f"Go-live moved from {clock.planned} to {clock.expected}: waits for {names}"
    return f"Go-live on {clock.expected}"


def go_now(
    open_hard: Sequence[str], criteria: Iterable[CriterionRecord]
) -> tuple[Literal["go", "possible", "no-go"], str]:
    """GO or NO-GO, and why in a few words: hard items first, then what the poll came to."""
    if open_hard:
        return "no-go", f"{len(open_hard)} hard open"
    poll = next((one for one in criteria if one.id == "go-poll"), None)
    if poll is not None and poll.verdict == "not-met":
        return "no-go", poll.why.removeprefix("NO-GO ")
    if poll is not None and poll.verdict == "met":
        return "go", poll.why.removeprefix("GO ")
    about = poll.why if poll is not None and "was about" in poll.why else "no hard item is open"
    return "possible", about
