"""Decisions about early warnings (Guide 6.3, third signal); see `early_warning` for the clocks."""

from collections.abc import Callable
from typing import Any

from console.domain import commands_warning as c
from console.domain import events as e
from console.domain.early_warning import (
    FIX_S,
    clock_of,
    decision_owed,
    done,
    fix_owed,
    open_warnings,
)
from console.domain.facts import Facts
from console.domain.refused import LEADS, Refused, lead, may_write, words
from console.domain.state import State
from console.domain.state_window import Warned
from console.domain.times import span

OWNER = "rollback-owner"


def _warning(state: State, name: str) -> Warned:
    """The warning of this id, or the open one of this metric."""
    held = state.warnings.get(name)
    if held is None:
        held = next((one for one in open_warnings(state) if one.metric == name), None)
    if held is None:
        known = ", ".join(one.id for one in open_warnings(state)) or "none is open"
        raise Refused(f"there is no early warning {name} ({known})")
    if held.settled_at is not None:
        raise Refused(f"{held.id} was settled by {held.settled_by}: {held.decision}")
    return held


def _review(state: State, command: c.ReviewWarning, facts: Facts) -> list[e.Event]:
    lead(facts, "record the leads' review")
    warning = _warning(state, command.warning)
    if warning.reviewed_at is not None:
        ago = span(facts.now - warning.reviewed_at)
        raise Refused(f"{warning.id} was reviewed by {warning.reviewed_by} {ago} ago")
    cause = words(command.cause, "the root cause")
    late = facts.now >= warning.raised_at + FIX_S
    if command.fix and late:
        raise Refused(
            f"{warning.id} is {span(facts.now - warning.raised_at)} old: a fix within 4 h is too "
            "late, so record the review without one and the rollback owner decides"
        )
    events: list[e.Event] = [
        e.WarningReviewed(warning.id, cause, command.fix, command.remark.strip()),
        *done(state, warning.id, f"reviewed: {cause}", "review"),
    ]
    if warning.cleared_at is None:
        owed = fix_owed(warning) if command.fix else decision_owed(warning, facts.now)
        events.append(owed)
    return events


def _settle(state: State, command: c.SettleWarning, facts: Facts) -> list[e.Event]:
    may_write(facts)
    warning = _warning(state, command.warning)
    _may_settle(warning, command, facts)
    why = words(command.why, "what was done" if command.decision == "fixed" else "why")
    return [
        e.WarningSettled(warning.id, command.decision, why),
        *done(state, warning.id, f"{command.decision}: {why}"),
    ]


def _may_settle(warning: Warned, command: c.SettleWarning, facts: Facts) -> None:
    """The owner may at any time; a lead may say that the fix is applied, while there is time."""
    actor = facts.actor
    if OWNER in actor.roles:
        return
    if command.decision != "fixed":
        raise Refused(
            f"{actor.name} cannot decide {command.decision}: that takes the {OWNER} (Guide 6.3)"
        )
    if not LEADS.intersection(actor.roles):
        raise Refused(f"{actor.name} cannot say that it is fixed: that takes a lead or the {OWNER}")
    if warning.reviewed_at is None:
        raise Refused(f"{warning.id} is not reviewed yet: record the root cause first")
    if warning.cleared_at is None and clock_of(warning, facts.now).step == "decide":
        raise Refused(
            "the 4 h for a fix have passed, or none was in sight: "
            f"the {OWNER} decides between rollback and maintain, or says that it is fixed"
        )


DECIDE: dict[type, Callable[[State, Any, Facts], list[e.Event]]] = {
    c.ReviewWarning: _review,
    c.SettleWarning: _settle,
}
