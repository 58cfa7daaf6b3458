"""Decisions about contested decisions; see `decide`."""

from collections.abc import Callable
from typing import Any

from config.nearest import suggestion
from console.domain import commands as c
from console.domain import events as e
from console.domain.facts import Facts
from console.domain.refused import Refused, may_write, words
from console.domain.rights import LEAD_OR_OWNER
from console.domain.state import State
from console.domain.times import span


def _acknowledge(state: State, command: c.AcknowledgeContested, facts: Facts) -> list[e.Event]:
    """By a lead, the rollback owner, or one of those who decided."""
    may_write(facts)
    one = state.contested.get(command.contested)
    if one is None:
        known = suggestion(command.contested, state.contested)
        none = "" if state.contested else ": no decision is contested"
        raise Refused(f"there is no contested decision {command.contested}{known}{none}")
    if one.acknowledged_at is not None:
        ago = span(facts.now - one.acknowledged_at)
        raise Refused(f"{one.id} was acknowledged by {one.acknowledged_by} {ago} ago")
    who = facts.actor
    if not LEAD_OR_OWNER.roles.intersection(who.roles) and who.name not in {
        side.by for side in (*one.stands, one.overruled)
    }:
        raise Refused(
            f"{who.name} cannot acknowledge it: that takes a lead, the rollback owner, or one of "
            "those who decided"
        )
    remark = words(command.remark, "what was agreed")
    return [e.ContestedAcknowledged(one.id, remark, tuple(side.name for side in one.stands))]


DECIDE: dict[type, Callable[[State, Any, Facts], list[e.Event]]] = {
    c.AcknowledgeContested: _acknowledge,
}
