"""Who is told of what now (Guide 3.3, 3.5, 5.1, 6): groups, waits, repeats, quiet hours. Pure.

As Alertmanager does it: the first notice of a group waits for company, the next comes an interval
later, what still holds is said again. What the journal says was delivered is told to nobody twice.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from config.model import Deployment, Person
from config.quiet import is_quiet
from console.domain.notice_facts import Fact, facts_of
from console.domain.since import notices
from console.domain.state import State

CRITICAL_INTERVAL_S = 60.0
MOST_TROUBLES = 3

Told = Mapping[tuple[str, str], Mapping[str, float]]
"""By person and group: what was told and is not on record, by key with its time (unix seconds)."""


class Letter(msgspec.Struct, frozen=True):
    """One notice to one person. `facts` are told for the first time, `still` are said again."""

    person: str
    group: str
    facts: tuple[Fact, ...]
    still: tuple[Fact, ...]

    @property
    def critical(self) -> bool:
        """Whether any of it is."""
        return any(fact.critical for fact in (*self.facts, *self.still))

    @property
    def covers(self) -> tuple[str, ...]:
        """The keys of all that it says."""
        return tuple(fact.key for fact in (*self.facts, *self.still))


class Delivered(msgspec.Struct, frozen=True):
    """The last notice that an address took: when (unix seconds), to whom, about what."""

    at: float
    person: str
    about: str


def due(
    state: State,
    deployment: Deployment,
    facts: Iterable[Fact],
    now: float,
    told_here: Told | None = None,
) -> list[Letter]:
    """The notices to be sent now, the critical ones first.

    `told_here` adds to what the state knows. Who has no address gets none.
    """
    people = {person.name: person for person in deployment.people if person.notify}
    groups: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        for name in fact.to:
            if name in people:
                groups.setdefault((name, fact.group), []).append(fact)
    letters = []
    for (name, group), ones in groups.items():
        here = (told_here or {}).get((name, group), {})
        told = _Told(state, name, group, here)
        letter = _letter(people[name], group, ones, told, deployment, now)
        if letter is not None:
            letters.append(letter)
    return sorted(letters, key=lambda letter: not letter.critical)


class _Told:
    """What one person knows of one group."""

    def __init__(self, state: State, name: str, group: str, here: Mapping[str, float]) -> None:
        self._on_record = state.told.get(name, {})
        self._here = here
        self._untold = state.untold.get(name, {})
        held = state.notices.get(group, {}).get(name)
        times = [*here.values()]
        if held is not None and held.delivered_at is not None:
            times.append(held.delivered_at)
        self.last = max(times, default=None)

    def when(self, fact: Fact) -> float | None:
        """When the fact was told last, None if never."""
        return self._here.get(fact.key, self._on_record.get(fact.key))

    def tried(self, fact: Fact) -> float:
        """When it was told last, or could not be."""
        return max(self.when(fact) or 0.0, self.missed(fact) or 0.0)

    def missed(self, fact: Fact) -> float | None:
        """When it could not be told, if that is so."""
        return self._untold.get(fact.key)


def _letter(
    person: Person,
    group: str,
    facts: Sequence[Fact],
    told: _Told,
    deployment: Deployment,
    now: float,
) -> Letter | None:
    times = deployment.notices
    if is_quiet(person.quiet, person.zone, now):
        facts = [fact for fact in facts if not fact.held_when_quiet]
    new, still = [], []
    for fact in facts:
        interval = CRITICAL_INTERVAL_S if fact.critical else times.group_interval_s
        missed = told.missed(fact)
        if told.when(fact) is not None:
            if fact.repeats:
                still.append(fact)
        elif missed is None or _passed(missed, interval, now):
            new.append(fact)
    critical = any(fact.critical for fact in new)
    wait = 0.0 if critical else times.group_wait_s
    interval = CRITICAL_INTERVAL_S if critical else times.group_interval_s
    first = min((fact.at for fact in new), default=now)
    ready = bool(new) and _passed(first, wait, now)
    if ready and (told.last is None or _passed(told.last, interval, now)):
        return Letter(person.name, group, tuple(new), tuple(still))
    grave = any(fact.critical for fact in still)
    repeat = times.critical_repeat_s if grave else times.repeat_s
    said = max((told.tried(fact) for fact in still), default=now)
    if still and _passed(said, repeat, now):
        return Letter(person.name, group, (), tuple(still))
    return None


def _passed(since: float, length_s: float, now: float) -> bool:
    """Whether so long has passed; a clock that was set back holds nothing up."""
    return not 0 <= now - since < length_s


def nobody_told(state: State, deployment: Deployment, facts: Iterable[Fact]) -> tuple[str, ...]:
    """What nobody could be told of, in sentences for every screen, and whom to call instead.

    Where no person at all has an address, notices are not used, and `warroom check` says so.
    """
    people = {person.name: person for person in deployment.people}
    if not any(person.notify for person in deployment.people):
        return ()
    said: dict[str, str] = {}
    for fact in facts:
        reached = [name for name in fact.to if name in people and people[name].notify]
        knows = any(fact.key in state.told.get(name, {}) for name in fact.to)
        tried = all(fact.key in state.untold.get(name, {}) for name in reached)
        if fact.repeats and not knows and tried:
            what = fact.head.removesuffix(" fires")
            said.setdefault(f"nobody could be told of {what}", _call(fact, people))
    sentences = [f"{what}: {whom}" for what, whom in said.items()]
    more = len(sentences) - MOST_TROUBLES
    rest = [f"and of {more:,} more things nobody could be told"] if more > 0 else []
    return (*sentences[:MOST_TROUBLES], *rest)


def _call(fact: Fact, people: Mapping[str, Person]) -> str:
    known = [people[name] for name in fact.to if name in people]
    for person in known:
        if person.phone:
            return f"call {person.phone} ({person.name})"
    names = ", ".join(fact.to)
    return f"go to {names}: no phone number is known"


def untold_now(state: State, deployment: Deployment, now: float) -> tuple[str, ...]:
    """See `nobody_told`, of all that is to be told at `now`."""
    return nobody_told(state, deployment, facts_of(state, deployment, now))


def last_delivered(state: State) -> Delivered | None:
    """The last notice that was taken, whatever it was about; None if there was none yet."""
    found = [
        Delivered(notice.delivered_at, person, about)
        for about, person, notice in notices(state)
        if notice.delivered_at is not None
    ]
    return max(found, key=lambda one: one.at, default=None)
