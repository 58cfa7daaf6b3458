"""Moving through the past: by entry, to the next decision, alert or incident, to a time, playing.

Where a decision is what is looked for, the room stands at the moment before it: what was on the
screen when it was taken, not what followed from it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from console.domain import places
from console.domain.entry import Entry
from console.domain.events import CriterionRecord, GateDecided, GateProposed, decode
from console.domain.places import KINDS, Kind
from console.domain.refused import Refused
from console.room.past import Decided, PastRoom, Spot
from console.room.timeline import HAIR_S

SPEEDS = (1.0, 10.0, 60.0, 300.0, 900.0, 3600.0)
FIGURES = ("verdict", "value", "limit", "n", "low", "high")


class Replay:
    """Moves a `PastRoom`. Each move blocks for some milliseconds; for one thread at a time.

    `start` and `end` are unix seconds; `marks` are the place, the time and the kind of what jumps
    lead to; `last` is the state at the record's end.
    """

    def __init__(self, room: PastRoom) -> None:
        """Begin where `room` stands."""
        self.room = room
        self.start, self.end = room.span
        timeline = room.timeline
        self.last = timeline.state(len(timeline))
        self.marks: list[tuple[int, float, Kind]] = [
            (place, timeline.times[place], KINDS[entry.kind])
            for place, entry in enumerate(timeline.entries)
            if entry.kind in KINDS
        ]
        self._decided: dict[str, Decided] = {}
        self.decided: Decided | None = None

    def begin(self) -> None:
        """Stand at the last decision on a gate; without one at the record's end."""
        try:
            self.to("gate")
        except Refused:
            self.to("last")

    def to(self, text: str) -> None:
        """Go to what `text` means; see `place_of`. `Refused` where the record does not hold it."""
        self._go(self.meant(text))

    def meant(self, text: str) -> Spot:
        """Where `text` leads. `Refused` where the record does not hold it."""
        entries = self.room.timeline.entries
        found = places.place_of(text, entries, self.room.clock.now())
        if isinstance(found, Entry):
            return self._spot(self.room.timeline.place_of(found))
        return self._between(places.within(found, self.start, self.end))

    def to_time(self, at: float) -> None:
        """Go to that time, or to the nearest that the record holds."""
        self._go(self._between(min(max(at, self.start), self.end)))

    def step(self, way: int) -> None:
        """Go to the next entry (1), or to the one before (-1); at the ends stay."""
        spot, times = self.room.spot, self.room.timeline.times
        pending = spot.shown is not None and spot.shown >= spot.count
        if way > 0:
            place = spot.shown if pending and spot.shown is not None else spot.count
        elif pending and spot.shown is not None:
            place = spot.shown - 1
        else:
            place = spot.count - (1 if spot.count and spot.at > times[spot.count - 1] else 2)
        place = min(max(place, 0), len(times) - 1)
        self._go(Spot(place + 1, times[place], place))

    def jump(self, kind: Kind, way: int) -> None:
        """Go to the next of that kind (1), or to the one before (-1). `Refused` where none is."""
        at = self.room.spot.shown
        at = -1 if at is None else at
        found = [place for place, _, one in self.marks if one == kind]
        index = bisect_right(found, at) if way > 0 else bisect_left(found, at) - 1
        if not 0 <= index < len(found):
            raise Refused(f"no {kind} comes {'after' if way > 0 else 'before'} this moment")
        self._go(self._spot(found[index]))

    def play(self, seconds: float) -> bool:
        """Let that much recorded time pass; False when the record is at its end."""
        at = self.room.spot.at + seconds
        self.to_time(at)
        return at < self.end

    def _spot(self, place: int) -> Spot:
        """Where an entry is looked at: a decision at the moment before it."""
        timeline = self.room.timeline
        entry = timeline.entries[place]
        if KINDS.get(entry.kind) != "decision":
            return Spot(place + 1, timeline.times[place], place)
        return before(timeline.entries, place)

    def _between(self, at: float) -> Spot:
        count = self.room.timeline.count_at(at)
        return Spot(count, at, count - 1 if count else None)

    def _go(self, spot: Spot) -> None:
        room, entries = self.room, self.room.timeline.entries
        shown = None if spot.shown is None else entries[spot.shown]
        decided = None
        if shown is not None and shown.kind in {"gate.decided", "gate.proposed"}:
            decided = self._decided.get(shown.h)
            if decided is None:
                then = before(entries, spot.shown or 0)
                room.go(then)
                decided = _decided(shown, then.at, room.picture().gate.criteria)
                if decided is not None:
                    self._decided[shown.h] = decided
        room.go(spot)
        self.decided = room.decided = decided


def before(entries: Sequence[Entry], place: int) -> Spot:
    """The moment in which the entry at `place` was decided: what was on the screen then.

    What was written with it, in one go, is not there yet.
    """
    entry = entries[place]
    event = decode(entry.kind, bytes(entry.data))
    at, first = entry.moment, place
    while first and _together(entries[first - 1], entry):
        first -= 1
    if isinstance(event, GateDecided) and event.seen_at is not None:
        typed, at = at, min(at, event.seen_at.timestamp())
        # What came while the reason was typed. A time after the decision's own is a wrong clock's.
        while first and at + HAIR_S < entries[first - 1].moment <= typed:
            first -= 1
    return Spot(first, at, place)


def _together(one: Entry, other: Entry) -> bool:
    """Whether both were written in one go."""
    apart = other.moment - one.moment
    return one.writer == other.writer and one.actor == other.actor and abs(apart) < 1e-3


def _decided(entry: Entry, at: float, again: Sequence[CriterionRecord]) -> Decided | None:
    event = decode(entry.kind, bytes(entry.data))
    if not isinstance(event, GateDecided | GateProposed):
        return None
    now = {one.id: one for one in again}
    differing = {}
    for stored in event.criteria:
        found = now.get(stored.id)
        if found is None:
            differing[stored.id] = "the gate does not ask for it today"
        elif any(getattr(stored, name) != getattr(found, name) for name in FIGURES):
            differing[stored.id] = f"reckoned again from the record: {found.why}"
    return Decided(at, entry, event, differing)
