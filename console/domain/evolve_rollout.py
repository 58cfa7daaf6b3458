"""How entries about phases and gates change the state; see `evolve`."""

from collections.abc import Callable
from typing import Any

from console.domain import events as e
from console.domain.concurrent import concurrent, decision_by, knows, stronger, unmet
from console.domain.entry import Entry
from console.domain.misfit import Misfit, known
from console.domain.refused import LEADS
from console.domain.rights import LEAD_OR_OWNER
from console.domain.state import State, attempt_id
from console.domain.state_contested import Contested, Decision
from console.domain.state_rollout import (
    Attempt,
    Baseline,
    Brief,
    Proposal,
    Satisfaction,
)


def _baseline(state: State, event: e.BaselineDocumented, entry: Entry, at: float) -> None:
    if state.attempt.phase != "readiness":
        raise Misfit("the baseline cannot change once the rollout has begun")
    given = Baseline(
        event.accuracy,
        event.latency_p95,
        event.cost_per_call,
        event.source,
        at,
        event.n,
        event.sha256,
    )
    state.baseline_by |= dict.fromkeys(LEADS.intersection(entry.actor.roles), given)
    alike = {role for role, one in state.baseline_by.items() if one.numbers == given.numbers}
    if None not in given.numbers.values() or alike == LEADS:
        state.baseline = given


def _brief(state: State, event: e.BriefGiven, entry: Entry, at: float) -> None:
    current(state, event.attempt)
    state.briefs[event.attempt] = Brief(
        event.to, event.text, at, entry.actor.name, event.into, event.how
    )


def _satisfaction(state: State, event: e.SatisfactionJudged, entry: Entry, at: float) -> None:
    current(state, event.attempt)
    state.satisfaction[event.attempt] = Satisfaction(
        event.verdict, at, entry.actor.name, event.on_behalf_of
    )


def current(state: State, attempt: str) -> Attempt:
    if state.attempt.id != attempt:
        raise Misfit(f"it concerns {attempt}, but {state.attempt.id} runs")
    return state.attempt


def _gate(state: State, event: e.GateDecided, entry: Entry, at: float) -> None:
    if event.decision == "rollback":
        for ended in state.attempts:
            if ended.id == event.attempt:
                ended.criteria = event.criteria
        return
    if lacking := unmet(event):
        raise Misfit(f"its criteria are not met: {', '.join(lacking)}")
    one = decided(state, event, entry)
    if _overruled(state, event.attempt, one):
        return
    attempt = current(state, event.attempt)
    if state.stable_since is not None:
        raise Misfit("the rollout has ended already")
    state.proposals.pop(event.attempt, None)
    if event.decision != "advance":
        attempt.holds += event.decision == "hold"
        attempt.criteria = event.criteria
        return
    if event.to_phase == "" or not _follows(attempt, event):
        raise Misfit(f"{event.to_phase or 'nothing'} does not follow {attempt.id} (Guide 4)")
    if attempt.begun is not None and not knows(one, *attempt.begun):
        raise Misfit(f"it was decided on another run of {attempt.id} than the one on record")
    attempt.ended_at = at
    attempt.outcome = "advanced"
    attempt.criteria = event.criteria
    if attempt.phase == "readiness":
        state.locked_version = event.version
        state.locked_rules = event.rules
    if event.to_phase == "stable":
        state.stable_since = at
        return
    name = attempt_id(event.to_phase, event.to_increment, state.rollout)
    begun = Attempt(name, event.to_phase, event.to_increment, state.rollout, at, begun=entry.order)
    state.attempts.append(begun)


def decided(state: State, event: e.GateDecided | e.RollbackTriggered, entry: Entry) -> Decision:
    """The decision that the entry is, kept among those on its attempt."""
    one = decision_by(entry, event)
    held = state.decisions.setdefault(event.attempt, [])
    if all(other.order != one.order for other in held):
        held.append(one)
    return one


def _overruled(state: State, attempt: str, one: Decision) -> bool:
    """Whether `one` has no effect, since its author did not know of another that stands."""
    ran = next((a for a in state.attempts if a.id == attempt), None)
    if ran is None:
        return False
    held = state.decisions[attempt]
    stands = stronger(held, one)
    if not stands and one.what == "advance" and ran.outcome == "advanced":
        earlier = [o for o in held if o.what == "advance" and o.order < one.order]
        stands = [o for o in earlier if concurrent(o, one) and not stronger(held, o)][:1]
    if stands:
        held_by = Contested(one.name, attempt, tuple(stands), one)
        state.contested.setdefault(one.name, held_by)
        if one.into == "stable":
            _unassessed(state, attempt, one)
    return bool(stands)


def _unassessed(state: State, attempt: str, one: Decision) -> None:
    """A window whose end was overruled goes on: what it was assessed as goes with that."""
    mine = [a for a in state.assessments if (a.attempt, a.by) == (attempt, one.by)]
    if mine:
        state.assessments.remove(mine[-1])


def _acknowledged(state: State, event: e.ContestedAcknowledged, entry: Entry, at: float) -> None:
    one = known(state.contested, event.contested, "contested decision")
    deciders = {side.by for side in (*one.stands, one.overruled)}
    if entry.actor.name not in deciders and LEAD_OR_OWNER.roles.isdisjoint(entry.actor.roles):
        raise Misfit(f"{entry.actor.name} is none of those who decided, nor a lead or the owner")
    if not {side.name for side in one.stands} <= set(event.stands):
        raise Misfit("another decision stands over it than was known then: it is to be seen anew")
    if one.acknowledged_at is None:  # two may see to it at once
        one.acknowledged_by, one.acknowledged_at = entry.actor.name, at
        one.remark = event.remark


def _proposed(state: State, event: e.GateProposed, entry: Entry, at: float) -> None:
    current(state, event.attempt)
    who = entry.actor
    state.proposals[event.attempt] = Proposal(who.name, who.roles, at, event.into, event.why)


def _follows(attempt: Attempt, event: e.GateDecided) -> bool:
    """Guide 4: the phases in their order; the canary's share rises to 100 % before full."""
    share = event.to_increment
    match attempt.phase, event.to_phase:
        case ("readiness", "dark-launch") | ("dark-launch", "shadow") | ("full", "stable"):
            return share is None
        case "shadow", "canary":
            return share is not None and share <= 5
        case "canary", "canary":
            return share is not None and share > (attempt.increment or 0)
        case "canary", "full":
            return share is None and attempt.increment == 100
    return False


APPLY: dict[type, Callable[[State, Any, Entry, float], None]] = {
    e.BaselineDocumented: _baseline,
    e.BriefGiven: _brief,
    e.SatisfactionJudged: _satisfaction,
    e.GateProposed: _proposed,
    e.GateDecided: _gate,
    e.ContestedAcknowledged: _acknowledged,
}
