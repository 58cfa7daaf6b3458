"""What is fired, made of what is known within a second: nothing may keep an order waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from config.guide import trigger_rules
from config.model import Suspension
from console.bounded import within
from console.domain.commands import TriggerRollback
from console.domain.decide import order_of
from console.domain.facts import Facts
from console.domain.order import Order, SuspensionOrder
from console.domain.refused import Refused
from console.domain.times import stamp
from console.executor.run import freeze, new_id, no_suspension, values_of

if TYPE_CHECKING:
    from console.room.room import WarRoom

URGENT_S = 1.0


async def rollback_order(room: WarRoom, trigger: str, why: str, calls: tuple[str, ...]) -> Order:
    """The order to go back from where `room` stands. `Refused` for an unknown trigger."""
    known = [rule.id for rule in trigger_rules()]
    if trigger not in known:
        raise Refused(f"there is no trigger {trigger} (one of: {', '.join(known)})")
    way, facts = room.way, await _facts(room)
    name = new_id(room.deployment, facts.now)
    command = TriggerRollback(name, trigger, why, way.target, way.frozen, calls)
    return order_of(room.state, command, facts)


def suspension_order(room: WarRoom, name: str, why: str) -> SuspensionOrder:
    """The order to take a tool, or the agent, out of use. `Refused` for one that is not known."""
    spec = suspension(room, name)
    run = f"su-{name}-{stamp(room.clock.now())}"
    steps = freeze(spec.steps, values_of(room.deployment))
    return SuspensionOrder(run, spec.id, spec.title, why, room.members.declared, steps, spec.users)


def suspension(room: WarRoom, name: str) -> Suspension:
    """The suspension of that id. `Refused` where there is none."""
    specs = room.deployment.suspensions
    found = next((spec for spec in specs if spec.id == name), None)
    if found is None:
        raise Refused(no_suspension(name, room.deployment))
    return found


async def _facts(room: WarRoom) -> Facts:
    """What a rollback is decided on: with what is known within a second, else without it."""
    try:
        facts = await within(URGENT_S, room.facts)
    except Exception:  # whatever is wrong with what we know, an order is carried out
        latest = room.latest_picture
        facts = Facts(
            now=room.clock.now(),
            attempt=room.state.attempt.id,
            actor=room.members.declared,
            deployment=room.deployment,
            config_sha256=room.config_sha256,
            readings={},
            limits={},
            triggers=latest.triggers if latest else (),
            totals={},
            age_s=None,
            blind=1.0,
            versions=frozenset(),
            trouble="nothing is known but the order",
            head="",
        )
    # Whether another process runs one is settled by the lock that firing takes.
    # A key that cannot be used keeps nobody from the kill switch.
    return msgspec.structs.replace(facts, rollback_alive=False, actor=room.members.declared)
