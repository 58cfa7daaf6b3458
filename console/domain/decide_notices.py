"""The decision whether our own notices may be silenced for a while, and to end that early."""

from collections.abc import Callable
from typing import Any

from config.nearest import suggestion
from console.domain import commands_notices as c
from console.domain import events as e
from console.domain.facts import Facts
from console.domain.own_silence import LONGEST_S, never_silenced, rule_named, rules_of
from console.domain.refused import Refused, may_write, words
from console.domain.state import State
from console.domain.times import utc


def _silence(state: State, command: c.SilenceNotices, facts: Facts) -> list[e.Event]:
    may_write(facts)
    name = command.rule.strip()
    rule = rule_named(state, name)
    if why := never_silenced(rule or name, facts.deployment):
        raise Refused(why)
    known = rules_of(facts.deployment)
    if rule not in known and all(alert.rule != rule for alert in state.alerts.values()):
        raise Refused(f"{name} is no alert of ours{suggestion(name, known)}")
    why = words(command.why, "the reason for the silence")
    if not 0 < command.for_s <= LONGEST_S:
        raise Refused("a silence lasts more than nothing and at most 24 h, and may be set again")
    return [e.NoticesSilenced(command.silence, rule, utc(facts.now + command.for_s), why)]


def _lift(state: State, command: c.LiftSilence, facts: Facts) -> list[e.Event]:
    may_write(facts)
    rule = rule_named(state, command.rule.strip()) or command.rule.strip()
    holding = [
        one
        for one in state.own_silences.values()
        if one.rule == rule and one.lifted_at is None and facts.now < one.until
    ]
    if not holding:
        raise Refused(f"no silence of ours holds for {rule}")
    return [e.SilenceLifted(one.id, command.why.strip()) for one in holding]


DECIDE: dict[type, Callable[[State, Any, Facts], list[e.Event]]] = {
    c.SilenceNotices: _silence,
    c.LiftSilence: _lift,
}
