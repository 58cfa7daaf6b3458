"""The decision whether another system's alert may be silenced there, and what came of it."""

from collections.abc import Callable
from typing import Any

from config.model import Deployment
from console.domain import commands as c
from console.domain import events as e
from console.domain.facts import Facts
from console.domain.outside import OUTSIDE, REST
from console.domain.own_silence import LONGEST_S, never_silenced, rule_named
from console.domain.refused import Refused, may_write, words
from console.domain.state import State
from console.domain.times import utc


def _silence(state: State, command: c.SilenceAlert, facts: Facts) -> list[e.Event]:
    may_write(facts)
    name = _name_there(state, command.alert.strip(), facts.deployment)
    feed = _alertmanager(facts.deployment, command.feed.strip())
    why = words(command.why, "the reason for the silence")
    if not 0 < command.for_s <= LONGEST_S:
        raise Refused("a silence lasts more than nothing and at most 24 h, and may be set again")
    until = utc(facts.now + command.for_s)
    return [e.SilenceAsked(command.silence, feed, name, until, why)]


def _name_there(state: State, alert: str, deployment: Deployment) -> str:
    """The name of the alert in the system that raises it; what is ours is refused."""
    if why := never_silenced(alert, deployment):
        raise Refused(why)
    if rule := rule_named(state, alert):
        raise Refused(f"{rule} is an alert of ours, not of another system's")
    held = state.alerts.get(alert)
    name = (alert if held is None else held.rule).removeprefix(OUTSIDE)
    if name == REST:
        raise Refused("these are alerts of many names: silence one by its name")
    return words(name, "the alert's name")


def _alertmanager(deployment: Deployment, feed: str) -> str:
    """The id of the feed whose Alertmanager is asked."""
    known = [name for name, spec in deployment.feeds.items() if spec.kind == "alertmanager"]
    if not known:
        raise Refused('no feed of kind "alertmanager" is configured, and nothing else can silence')
    if feed and feed not in known:
        raise Refused(f"{feed} is no Alertmanager's feed (one of: {', '.join(known)})")
    if not feed and len(known) > 1:
        raise Refused(f"say at which Alertmanager (one of: {', '.join(known)})")
    return feed or known[0]


def _record(state: State, command: c.RecordSilence, facts: Facts) -> list[e.Event]:
    may_write(facts)
    if command.silence not in state.silences:
        raise Refused(f"no silence {command.silence} was asked for")
    return [
        e.SilenceAnswered(command.silence, command.outcome, command.why.strip(), command.their_id)
    ]


DECIDE: dict[type, Callable[[State, Any, Facts], list[e.Event]]] = {
    c.SilenceAlert: _silence,
    c.RecordSilence: _record,
}
