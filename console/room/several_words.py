"""How a deployment stands among others, in words: the same in the list and on the screen. Pure."""

from collections import Counter
from collections.abc import Sequence

from console.clean import clean
from console.domain.times import span, utc
from console.domain.words import rule_words
from console.room.several import Standing


def name_of(one: Standing) -> str:
    """What it is called: its agent, or its directory where that cannot be read."""
    return one.agent or one.directory.name


def names_of(found: Sequence[Standing]) -> list[str]:
    """What each is called; those of the same name with their directory: `claims in claims-eu`."""
    names = [name_of(one) for one in found]
    alike = Counter(names)
    return [
        f"{name} in {clean(one.directory.name, 60)}" if alike[name] > 1 else name
        for name, one in zip(names, found, strict=True)
    ]


def phase_words(one: Standing) -> str:
    """The phase and how long it lasts, such as `canary 5 % for 24h03m`."""
    share = "" if one.increment is None else f" {one.increment} %"
    lasts = "" if one.elapsed_s is None else f" for {span(one.elapsed_s)}"
    return f"{one.phase}{share}{lasts}"


def urgent_words(one: Standing) -> list[str]:
    """What asks for a hand, the most urgent first; empty where nothing does."""
    said = [f"TRIGGER TRUE: {rule_words(name)}" for name in one.triggers]
    if one.rollback:
        said.insert(0, f"ROLLBACK {one.rollback.upper()}")
    if one.trouble:
        said.append(f"journal: {one.trouble}")
    if one.alerts:
        names = ", ".join(rule_words(rule) for rule in one.alerts)
        said.append(f"{_count(len(one.alerts), 'alert')} firing: {names}")
    if one.overdue:
        said.append(f"{one.overdue} of {len(one.owed)} owed OVERDUE")
    elif one.owed:
        said.append(f"{len(one.owed)} owed, the next in {span(one.owed[0].left_s)}")
    if one.escalations:
        said.append(f"{_count(one.escalations, 'escalation')} open")
    return said


def recorded_words(one: Standing) -> tuple[str, ...]:
    """How old that is, from when, and whether it goes on: `3 min ago`, `14:02Z`, `watched now`."""
    watched = "watched now" if one.watched else "nobody watches"
    if one.recorded_at is None:
        return ("nothing recorded yet", watched)
    at, age = utc(one.recorded_at), one.age_s or 0.0
    day = "" if age < 43_200 else f"{at:%Y-%m-%d} "
    return (f"{span(age)} ago", f"{day}{at:%H:%MZ}", watched)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
