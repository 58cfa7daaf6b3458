"""What a gate's decision leaves on record, in the form that Guide 4.2 asks for."""

from collections.abc import Sequence
from typing import Literal

from console.domain.criteria import incidents_of
from console.domain.facts import Facts
from console.domain.gates import Gate
from console.domain.state import State
from console.domain.state_rollout import Attempt
from console.domain.times import iso, span

Decision = Literal["advance", "hold", "rollback"]


def attempt_label(attempt: Attempt) -> str:
    """The attempt's name for people, e.g. `canary 5 %`."""
    return attempt.phase if attempt.increment is None else f"{attempt.phase} {attempt.increment} %"


def gate_record(  # the six parts that the guide names, each from where it is known
    state: State,
    facts: Facts,
    gate: Gate,
    decision: Decision,
    why: str,
    alerts: Sequence[str],
    assessed: str = "",
) -> str:
    """The gate's record: phase, day, criterion, result, evidence, decision (Guide 4.2).

    `alerts` are the ids of those that are open; `assessed` is what the window was assessed as.
    """
    named = ", ".join(c.id for c in gate.criteria)
    result = "met" if gate.verdict == "met" else "not met"
    data = "; ".join(f"{c.id}: {c.why}" for c in gate.criteria)
    incidents = [i.id for i in incidents_of(state)]
    to = assessed or (gate.to.label if gate.to else "nothing")
    then = {
        "advance": f"advance to {to}",
        "hold": f"hold for {why}",
        "rollback": f"rollback: {why}" if why else "rollback",
    }[decision]
    alone = facts.alone_since if decision == "advance" else None
    made = "" if alone is None else f" Made alone: nobody else was reached since {iso(alone)}."
    return (
        f"Phase {attempt_label(state.attempt)} completed {iso(facts.now)} "
        f"after {span(gate.elapsed_s)}. Gate criterion: {named}. Result: {result}. "
        f"Evidence: {data}; incidents: {', '.join(incidents) or 'none'}; "
        f"open alerts: {', '.join(alerts) or 'none'}. Decision: {then}.{made}"
    )
