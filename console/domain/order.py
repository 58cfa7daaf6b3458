"""The order to go back, and the entries that it becomes: decided without feeds (Guide 3.5).

Whoever fires adds what the picture knew. The rest needs no more than the state, so that it can be
decided by a process that sees nothing else.
"""

import msgspec

from config.guide import trigger_rules
from config.model import Deployment
from console.domain import events as e
from console.domain.duties import duty_of, started
from console.domain.entry import Actor
from console.domain.refused import Refused
from console.domain.state import State
from console.domain.times import stamp, utc

DECLARED = ("incorrect-outputs", "data-breach", "owner-judgement")
GOVERNANCE = "data-breach"


class Order(msgspec.Struct, frozen=True, tag="rollback"):
    """What a person has fired; `steps` and `target` are of the `phase` that runs.

    `calls` are ids of the calls that it is about. `first_true` (unix seconds) is when the picture
    says that the trigger became true in the data. `gate` is the record of the gate that failed.
    """

    rollback: str
    trigger: str
    why: str
    actor: Actor
    config: str
    attempt: str = ""
    phase: str = ""
    target: str = ""
    steps: tuple[e.FrozenStep, ...] = ()
    calls: tuple[str, ...] = ()
    first_true: float | None = None
    gate: e.GateDecided | None = None


def ordered(
    state: State, order: Order, deployment: Deployment, now: float, *, alive: bool = False
) -> list[e.Event]:
    """The entries of `order`; `Refused` for an unknown trigger, or while a run is `alive`.

    One that is not verified is fired again: no new rollback begins.
    """
    rules = {rule.id: rule for rule in trigger_rules()}
    if order.trigger not in rules:
        raise Refused(f"there is no trigger {order.trigger} (one of: {', '.join(rules)})")
    held = state.rollback
    if held is not None and held.state == "running" and alive:
        raise Refused(f"rollback {held.id} is running already: attach to it")
    if held is not None and held.state != "verified":
        return [e.RollbackRetried(held.id, order.why.strip())]
    raised = state.triggers.get(order.trigger)
    since = order.first_true if order.first_true is not None or raised is None else raised.since
    owner = deployment.rollback.owner
    rule = rules[order.trigger]
    events: list[e.Event] = [
        e.RollbackTriggered(
            rollback=order.rollback,
            attempt=order.attempt or state.attempt.id,
            trigger=order.trigger,
            why=order.why.strip(),
            target=order.target,
            steps=order.steps,
            on_behalf_of="" if "rollback-owner" in order.actor.roles else owner,
            first_true=None if since is None else utc(since),
            detected=None if raised is None else utc(raised.at),
            config=order.config,
            phase=order.phase,
            calls=order.calls,
        ),
        e.IncidentOpened(
            incident_id(state, now), 1, f"Rollback: {rule.name}", rule.id, order.rollback
        ),
    ]
    phase = deployment.phase_rule(state.attempt.phase)
    events += started("rollback", order.rollback, now)
    events += [duty_of(d, order.rollback, now) for d in (phase.duty if phase else ())]
    if order.gate is not None and order.gate.attempt == state.attempt.id:
        events.append(order.gate)
    return events


def incident_id(state: State, now: float) -> str:
    """A name for an incident that no other has."""
    name = f"inc-{stamp(now)}"
    same = sum(known.startswith(name) for known in state.incidents)
    return f"{name}-{same + 1}" if same else name


class SuspensionOrder(msgspec.Struct, frozen=True, tag="suspension"):
    """A suspension that a person has fired (Guide 5.1)."""

    run: str
    suspension: str
    title: str
    why: str
    actor: Actor
    steps: tuple[e.FrozenStep, ...]
    users: str = ""


def suspended(order: SuspensionOrder) -> list[e.Event]:
    """The entry of a suspension's order."""
    return [
        e.SuspensionTriggered(
            order.run, order.suspension, order.title, order.why.strip(), order.steps, order.users
        )
    ]
