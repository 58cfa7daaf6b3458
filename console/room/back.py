"""Looking back: what changed since a person last looked (Guide 6.1)."""

import msgspec

from console.domain.readings import Reading
from console.domain.since import Changes, begin_for, since
from console.domain.state import State
from console.domain.times import span
from console.room.picture import Picture
from console.room.room import WarRoom


class LookBack(msgspec.Struct, frozen=True):
    """What changed since a moment; `began` says which, e.g. "your last check-in".

    `then` are the metrics as they were then. `blind_s` are seconds of which nothing is known.
    """

    began: str
    changes: Changes
    then: dict[str, Reading]
    picture: Picture
    blind_s: float

    @property
    def unread(self) -> str:
        """Which feed is not read now, and since when: `blind_s` does not count it yet. "": none."""
        facts = self.picture.facts
        if not facts.trouble or facts.age_s is None:
            return facts.trouble
        return f"{facts.trouble}, last read {span(facts.age_s)} ago"


def look_back(room: WarRoom, who: str = "") -> LookBack:
    """Since `who`, or the operator, checked in last. Some milliseconds: call it in a thread."""
    name = who or room.actor.name
    picture = room.picture()
    state, now = picture.state, picture.now
    moment, began = begin_for(state, name)
    readings, _, _ = room.looker.read(_as_of(state, moment), moment)
    return LookBack(
        began,
        since(state, tuple(room.record.entries), moment, now, name),
        readings,
        picture,
        room.looker.blind_s(moment, now),
    )


def _as_of(state: State, moment: float) -> State:
    """The state with what was judged by then: what an accuracy is read from."""
    attempt = state.attempt.id
    by_then = {call: one for call, one in state.judged.get(attempt, {}).items() if one.at <= moment}
    return msgspec.structs.replace(state, judged={**state.judged, attempt: by_then})
