"""Decisions of the 48-hour window (Guide 6.1 to 6.3); see `decide`."""

from collections.abc import Callable, Sequence
from typing import Any

from config.nearest import nearest
from console.domain import commands as c
from console.domain import events as e
from console.domain.assessment import Outlook, assess
from console.domain.checkins import WINDOW_S, owed_since, unwritten
from console.domain.decide_rollout import agreed_to, decided, same_attempt
from console.domain.duties import started
from console.domain.facts import Facts
from console.domain.refused import LEADS, Refused, lead, may_write, words
from console.domain.since import shift_summary
from console.domain.state import State
from console.domain.times import span, utc
from console.domain.window import revision_duty, revisions, window_events

CAVEATS = (
    "blind",
    "unwatched",
    "check-ins",
    "sample-review",
    "escalations",
    "incidents",
    "proposal",
)


def _checkin(state: State, command: c.CheckIn, facts: Facts) -> list[e.Event]:
    """One that comes after its due carries it; what nobody wrote down meanwhile comes first."""
    lead(facts, "check in")
    remark = words(command.remark, "the remark")
    due = owed_since(state, facts.now)
    missed = [e.CheckInMissed(utc(one)) for one in unwritten(state, facts.now)]
    return [*missed, e.CheckInMade(remark, None if due is None else utc(due))]


def _hand(state: State, command: c.HandOver, facts: Facts) -> list[e.Event]:
    lead(facts, "hand the watch over")
    me, shift = facts.actor.name, state.shift
    if shift is not None and shift.who != me:
        ago = span(facts.now - shift.since)
        raise Refused(
            f"{shift.who} has the watch, for {ago}: theirs to hand over; or take it yourself"
        )
    leads = [p.name for p in facts.deployment.people if LEADS.intersection(p.roles)]
    if facts.deployment.person(command.to) is None:
        near = nearest(command.to, leads)
        hint = f"; did you mean {near}?" if near else f" (one of: {', '.join(leads)})"
        raise Refused(f"nobody in warroom.toml is called {command.to}{hint}")
    if command.to not in leads:
        raise Refused(f"{command.to} is no lead and cannot check in (leads: {', '.join(leads)})")
    if command.to == me:
        raise Refused("you have the watch: hand it over to somebody else")
    return [e.ShiftHanded(command.to, shift_summary(state, me, facts.now), command.remark.strip())]


def _take(state: State, command: c.TakeOver, facts: Facts) -> list[e.Event]:
    """Nobody has to wait for a handover: an empty chair is worse than an unasked one."""
    lead(facts, "take the watch")
    me, shift = facts.actor.name, state.shift
    if shift is None:
        return [e.ShiftTaken()]
    if shift.who == me:
        raise Refused(f"you have the watch, for {span(facts.now - shift.since)}")
    return [e.ShiftTaken(shift.who if shift.handed_to == me else "")]


def _limitation(state: State, command: c.NoteLimitation, facts: Facts) -> list[e.Event]:
    may_write(facts)
    text = words(command.text, "the limitation")
    if text in known_limitations(state):
        raise Refused("that is a known limitation already")
    return [e.LimitationNoted(text, command.calls)]


def known_limitations(state: State) -> list[str]:
    """The known limitations of this rollout, each once, in the order they were noted."""
    return list(dict.fromkeys(x.text for x in state.limitations if x.rollout == state.rollout))


def _assess(state: State, command: c.AssessWindow, facts: Facts) -> list[e.Event]:
    """Guide 6.3. It asks all that the full phase's gate asks, and what is not whole is said."""
    lead(facts, "assess the window")
    same_attempt(state, facts, command.attempt)
    if command.status == "rolled-back":
        raise Refused(
            "a rollback is carried out by the kill switch alone: F9, or warroom rollback DIR --fire"
        )
    outlook = assess(state, facts)
    if outlook is None:
        raise Refused("there is no window to assess: it begins with full deployment")
    _again(state, command, outlook, facts)
    if outlook.missing:
        raise Refused(*outlook.missing)
    if command.seen is not None and command.seen != outlook.proposed:
        raise Refused(f"the evidence proposes {outlook.proposed} by now: look again")
    _admitted(command, outlook)
    if command.status != outlook.proposed:
        words(command.why, f"the reason for {command.status}, where {outlook.proposed} is proposed")
    held = None
    if facts.deployment.two_people:
        held = agreed_to(state, facts, outlook.gate, command.status)
        if held is None:
            why, criteria = command.why.strip(), outlook.gate.criteria
            return [
                *_noted(state, command.limitations),
                e.GateProposed(state.attempt.id, command.status, why, criteria, facts.head),
            ]
    why = command.why.strip() or ("" if held is None else held.why) or outlook.why
    events: list[e.Event] = [
        *window_events(state, facts.now),
        *_noted(state, command.limitations),
        _assessed(state, command, outlook, why),
    ]
    if not outlook.again:
        advance = c.DecideGate("advance", why)
        gate, status = outlook.gate, command.status
        events.append(decided(state, facts, gate, advance, why, held, status))
        events += _owed_now(state, outlook, facts.now)
    return events


def _again(state: State, command: c.AssessWindow, outlook: Outlook, facts: Facts) -> None:
    """A monitored rollout may become stable later; nothing else is assessed twice."""
    if not outlook.again:
        return
    ago = span(facts.now - (state.stable_since or facts.now))
    if state.status == "stable":
        raise Refused(f"the rollout is over: the agent is stable, assessed {ago} ago")
    if command.status == "monitored":
        raise Refused(f"it is monitored already, assessed {ago} ago")


def _admitted(command: c.AssessWindow, outlook: Outlook) -> None:
    """Stable takes a whole window, or a person who says what it lacks, each by its name."""
    strange = [name for name in command.admitted if name not in CAVEATS]
    if strange:
        raise Refused(f"there is no caveat {strange[0]} (one of: {', '.join(CAVEATS)})")
    if command.status != "stable":
        return
    unsaid = [one for one in outlook.caveats if one.id not in command.admitted]
    if unsaid:
        raise Refused(
            *(
                f"it cannot be called stable without saying so: {one.text} (admit {one.id})"
                for one in unsaid
            )
        )


def _noted(state: State, limitations: Sequence[str]) -> list[e.Event]:
    known = known_limitations(state)
    new = [text for text in map(str.strip, limitations) if text and text not in known]
    return [e.LimitationNoted(text) for text in dict.fromkeys(new)]


def _assessed(
    state: State, command: c.AssessWindow, outlook: Outlook, why: str
) -> e.WindowAssessed:
    said = [
        one.text for one in outlook.caveats if command.status == "stable" or one.id != "proposal"
    ]
    limits = [*known_limitations(state), *map(str.strip, command.limitations)]
    return e.WindowAssessed(
        attempt=state.attempt.id,
        status=command.status,
        proposed=outlook.proposed,
        signals=outlook.signals,
        why=why,
        caveats=tuple(said),
        limitations=tuple(dict.fromkeys(text for text in limits if text)),
    )


def _owed_now(state: State, outlook: Outlook, now: float) -> list[e.Event]:
    """What is owed after the window, counted from its end however late it is assessed (Guide 6.5).

    The prompt's revision only where it was not owed yet.
    """
    ended = min(now, state.attempt.entered_at + WINDOW_S)
    events: list[e.Event] = [*started("assessment", state.attempt.id, ended)]
    holding = {signal.id for signal in outlook.signals if signal.verdict == "holds"}
    if "subtle-issues" in holding and not revisions(state):
        events += revision_duty(state, now)
    return events


DECIDE: dict[type, Callable[[State, Any, Facts], list[e.Event]]] = {
    c.CheckIn: _checkin,
    c.HandOver: _hand,
    c.TakeOver: _take,
    c.NoteLimitation: _limitation,
    c.AssessWindow: _assess,
}
