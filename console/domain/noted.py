"""What of a call asks for a person: noted as it is counted, until it stands in the journal."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

MOST_REASON = 120
MOST_NAMES = 3
_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"[\w.:/@+-]{1,64}")


class Note(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A call that escalated, was flagged, or used tools outside the scope; `at` is unix seconds.

    `reason` is normalised, "" where none was given. It is an output of the agent: a note lies in
    the telemetry directory, and never in the journal.
    """

    call: str
    at: float
    escalated: bool = False
    reason: str = ""
    flags: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()


def noted(calls: Sequence[Any], scope: frozenset[str] | None, since: float) -> list[Note]:
    """The notes of `calls` made after `since`, or of rows that have the fields read here.

    `scope` are the tools that may be used, None if nobody said. Synthetic and control calls ask
    for nobody.
    """
    asking = [
        call
        for call in calls
        if call.escalation
        or call.flags
        or (scope is not None and call.tools and not scope.issuperset(call.tools))
    ]
    made = [_note(call, scope) for call in asking if counts(call)]
    return [note for note in made if note.at >= since]


def counts(call: Any) -> bool:
    """Whether it is a call of a user, answered by what goes live."""
    return not call.synthetic and call.variant != "control"


def _note(call: Any, scope: frozenset[str] | None) -> Note:
    at = call.at if isinstance(call.at, float) else float(_seconds(call.at))
    outside = () if scope is None else tuple(t for t in call.tools or () if t not in scope)
    return Note(
        call.id,
        at,
        bool(call.escalation),
        "" if call.escalation in {None, "", "escalated"} else normalised(call.escalation),
        names(call.flags or ()),
        names(outside),
    )


def _seconds(at: Any) -> Any:
    """A row has its time as a datetime, or as a whole number."""
    return at.timestamp() if hasattr(at, "timestamp") else at


def names(given: Sequence[str]) -> tuple[str, ...]:
    """Names as they may stand in the journal, each once: what is no name is not repeated."""
    plain = [one if _NAME.fullmatch(one) else "(not a name)" for one in dict.fromkeys(given)]
    few = sorted(set(plain))
    if len(few) > MOST_NAMES:
        return (*few[:MOST_NAMES], f"and {len(few) - MOST_NAMES} more")
    return tuple(few)


@lru_cache(maxsize=4096)
def normalised(reason: str) -> str:
    """A reason (cleaned by its feed) without what differs from call to call, so that equal ones
    are told as one."""
    plain = _NUMBER.sub("#", " ".join(reason.casefold().split()))
    return plain if len(plain) <= MOST_REASON else f"{plain[: MOST_REASON - 1]}…"
