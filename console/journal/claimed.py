"""Rollbacks that another machine says it fired, told while no signature has them count."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec

from console.clean import clean
from console.domain.entry import Entry
from console.domain.times import clock_text

SHOWN = 3
TOLD = {
    "rollback.triggered": "fired",
    "rollback.retried": "fired again",
    "rollback.finished": "ended",
}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A rollback of `writer` by `who`, which is not believed: shown, and it changes nothing here.

    `state` is "running" or the outcome, `told` what was done at `at` (unix seconds). `why` says why
    it is kept apart, and is empty as long as nobody signed it. Clean all of it before it is shown.
    """

    writer: str
    rollback: str
    who: str
    state: str
    told: str
    at: float
    why: str


class _Data(msgspec.Struct):
    rollback: str
    outcome: str = "running"


def claimed_of(entries: Iterable[tuple[Entry, str]]) -> tuple[Claimed, ...]:
    """What these entries, each with why it is apart, tell of rollbacks; the latest first.

    They come in the order of their writers.
    """
    known: dict[tuple[str, str], Claimed] = {}
    for entry, why in entries:
        told = TOLD.get(entry.kind)
        if told is None:
            continue
        try:
            data = msgspec.json.decode(entry.data, type=_Data)
        except msgspec.MsgspecError:
            continue  # it is no rollback that anybody could look for
        place = (entry.writer, data.rollback)
        before = known.get(place)
        if before is not None and told == "ended":
            known[place] = replace(before, state=data.outcome, why=why)
            continue
        names = (entry.writer, data.rollback, entry.actor.name)
        known[place] = Claimed(*names, data.outcome, told, entry.moment, why)
    return tuple(sorted(known.values(), key=lambda one: one.at, reverse=True))


def claimed_words(claims: tuple[Claimed, ...]) -> tuple[str, ...]:
    """A sentence for each of the latest, and how many more there are."""
    said = [_words(one) for one in claims[:SHOWN]]
    if (more := len(claims) - SHOWN) > 0:
        said.append(f"UNSIGNED ROLLBACKS: {more} earlier ones")
    return tuple(said)


def claimed_in_short(claims: tuple[Claimed, ...]) -> str:
    """The latest one in few words, where there is little room; empty where there is none."""
    more = f", and {len(claims) - 1} earlier" if len(claims) > 1 else ""
    return f"ROLLBACK of {_told(claims[0])}{more}" if claims else ""


def _words(one: Claimed) -> str:
    effect = "it changes nothing here until it is signed"
    if one.why:
        effect = f"it is kept apart and changes nothing here: {clean(one.why, 200)}"
    return f"UNSIGNED ROLLBACK of {_told(one)}; {effect}"


def _told(one: Claimed) -> str:
    who = clean(one.who, 60) or "nobody"
    at = f"{one.told} {clock_text(one.at)}"
    return f"{clean(one.writer, 60)} by {who} (says so itself): {clean(one.state, 20)}, {at}"
