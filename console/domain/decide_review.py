"""Decisions about drawing and judging samples (Guide 4, 6.2); see `decide`."""

from collections.abc import Callable
from typing import Any

from console.domain import commands as c
from console.domain import events as e
from console.domain.decide_rollout import same_attempt
from console.domain.facts import Facts
from console.domain.refused import Refused, may_write
from console.domain.sampling import MOST, in_order, present, samples, used
from console.domain.state import State
from console.domain.window import judged_events

PATTERN = {"subtle": "subtly off", "wrong": "wrong"}


def _begun(state: State) -> None:
    if state.attempt.phase == "readiness":
        raise Refused("there is nothing to judge before the dark launch")


def _still(state: State, attempt: str) -> None:
    """A draw and a judgement take their time: the attempt may have ended meanwhile."""
    if state.attempt.id != attempt:
        raise Refused(f"these are calls of {attempt}, but {state.attempt.id} runs now")


def may_draw(state: State) -> None:
    """Refuse a draw while calls of the last one are undecided: nobody draws until they like it."""
    _begun(state)
    now = present(state)
    if now is not None and now.left:
        raise Refused(
            f"{len(now.left)} of {len(now.queue)} calls of {now.sample.id} are not judged: judge "
            "them, or skip them with a reason, before another sample is drawn"
        )


def _draw(state: State, command: c.DrawSample, facts: Facts) -> list[e.Event]:
    may_write(facts)
    same_attempt(state, facts)
    may_draw(state)
    _still(state, command.attempt)
    if not 1 <= command.n <= MOST:
        raise Refused(f"a sample has from 1 to {MOST:,} calls")
    if not command.calls:
        raise Refused("there is no call to draw: none of this attempt is left in the log")
    if not used(state).isdisjoint(command.calls):
        raise Refused("some of these calls were drawn meanwhile: draw again")
    if not in_order(command.seed, command.calls):
        raise Refused("these calls are not in the order that the seed gives")
    name = f"sample-{command.seed[:8]}"
    if name in state.samples:
        raise Refused("a sample of this seed was drawn already")
    return [
        e.SampleDrawn(
            name,
            state.attempt.id,
            command.seed,
            command.n,
            command.of,
            command.from_at,
            command.to_at,
            command.feed,
            command.calls,
            command.whole,
        )
    ]


def _judge(state: State, command: c.JudgeSample, facts: Facts) -> list[e.Event]:
    may_write(facts)
    same_attempt(state, facts)
    _still(state, command.attempt or state.attempt.id)
    _begun(state)
    judgements = command.judgements
    if not judgements:
        raise Refused("the sample is empty")
    calls = {one.call for one in judgements}
    if len(calls) != len(judgements):
        raise Refused("a call is judged twice in this sample")
    judged = state.judged.get(state.attempt.id, {})
    for one in judgements:
        if one.verdict != "skip":
            continue
        if not one.note.strip():
            raise Refused(f"say why {one.call} is skipped: a skip needs a reason")
        if one.call in judged:
            raise Refused(f"{one.call} is judged: a verdict may change, but is not taken back")
    drawn = [one.id for one in samples(state) if calls.issubset(one.calls)]
    done = e.SampleJudged(state.attempt.id, judgements, drawn[0] if drawn else "")
    if state.attempt.phase != "full":
        return [done]
    for one in judgements:
        if one.verdict in {"subtle", "wrong"} and not one.note.strip():
            raise Refused(
                f"say which pattern of input {one.call} shows: after full deployment what is "
                f"{PATTERN[one.verdict]} needs one (Guide 6.3)"
            )
    return [done, *judged_events(state, judgements, facts.actor.name, facts.now)]


DECIDE: dict[type, Callable[[State, Any, Facts], list[e.Event]]] = {
    c.DrawSample: _draw,
    c.JudgeSample: _judge,
}
