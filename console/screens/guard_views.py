"""From the picture to what a guard shows. Pure."""

import dataclasses
from collections.abc import Iterable, Sequence

from config.guide import TriggerRule, trigger_rules
from config.model import Deployment, Suspension
from console.clean import clean
from console.domain.state import State
from console.domain.state_rollback import Rollback
from console.domain.times import clock_text
from console.domain.triggers import Trigger
from console.room import Picture, Way, what_it_does
from widgets.format import ago, value_text
from widgets.guard import GuardStep, GuardView, TriggerChoice
from widgets.line import dotted

JUDGEMENT = "owner-judgement"
INCORRECT = "incorrect-outputs"
DIGITS = "123456789"
NAMED = 3


def trigger_at(digit: int) -> str:
    """The id of the trigger that a digit (from 1) chooses, in the guide's order; empty if none."""
    rules = trigger_rules()
    return rules[digit - 1].id if 0 < digit <= len(rules) else ""


def proposed(picture: Picture, state: State) -> str:
    """The trigger that is true, else that of a rollback to fire again, else the owner's judgement.

    `state` is the room's, which may be newer than the picture's.
    """
    true = [t.id for t in picture.triggers if t.state == "true"]
    held = to_finish(state)
    if held is not None and (held.trigger in true or not true):
        return held.trigger
    return true[0] if true else JUDGEMENT


def to_finish(state: State) -> Rollback | None:
    """The rollback that firing goes on with: it was begun, and is not verified."""
    held = state.rollback
    return held if held is not None and held.state != "verified" else None


def judged_wrong(state: State) -> tuple[str, ...]:
    """The ids of the running attempt's calls that were judged wrong, the latest first."""
    judged = state.judged.get(state.attempt.id, {})
    wrong = [(one.at, call) for call, one in judged.items() if one.verdict == "wrong"]
    return tuple(call for _, call in sorted(wrong, reverse=True))


def rollback_view(
    picture: Picture, state: State, way: Way, chosen: str, currency: str, silent: str
) -> GuardView:
    """The guard of the rollback with the trigger `chosen`; `silent` as `Machines.silent`."""
    triggers = {trigger.id: trigger for trigger in picture.triggers}
    wrong = judged_wrong(state)
    rules = trigger_rules()
    rule = next(rule for rule in rules if rule.id == chosen)
    held = to_finish(state)
    steps = tuple(GuardStep(clean(s.title), clean(what_it_does(s))) for s in way.steps)
    again = ""
    if held is not None:
        steps = tuple(
            GuardStep(clean(s.title), clean(s.what), s.state == "verified") for s in held.steps
        )
        again = _again(held, sum(not step.done for step in steps), silent)
    elif (done := state.rollback) is not None and done.verified_at is not None:
        since = clock_text(done.verified_at)
        again = f"{done.id} was verified at {since}: this begins another rollback"
    elif state.attempt.phase == "readiness":
        again = "nothing is rolled out yet"
    return _view(
        title="ROLLBACK ARMED",
        target=clean(held.target if held is not None else way.target),
        choices=tuple(
            _choice(place, one, triggers.get(one.id), wrong, currency, chosen=one.id == chosen)
            for place, one in enumerate(rules, 1)
        ),
        because=_because(rule, triggers.get(chosen), wrong, picture.now),
        steps=steps,
        again=again,
    )


def suspension_view(what: Suspension, state: State) -> GuardView:
    """The guard of a suspension."""
    runs = [run for run in state.suspensions.values() if run.suspension == what.id]
    again = f"it was fired before, and is {runs[-1].state}" if runs else ""
    kind = "the agent" if what.kind == "agent" else "a tool"
    view = _view(
        title=f"SUSPEND {clean(what.title, 60)} ARMED",
        target=f"{kind} is taken out of use; the rollout stays where it is",
        because=clean(what.users, 300),
        steps=tuple(GuardStep(clean(s.title), clean(what_it_does(s))) for s in what.steps),
        again=again,
    )
    return dataclasses.replace(view, labels=("effect", "users"))


def with_people(
    view: GuardView,
    deployment: Deployment,
    people: Sequence[str],
    *,
    missing: tuple[str, ...],
    code: str,
    typed: str,
    slipped: bool,
    seconds_left: int,
) -> GuardView:
    """What all guards share: the owner and the deputies, what is missing, the letters, the time."""
    owner, *deputies = people
    return dataclasses.replace(
        view,
        owner=person_text(deployment, owner),
        deputies=tuple(person_text(deployment, name) for name in deputies),
        missing=missing,
        code=code,
        typed=typed,
        slipped=slipped,
        seconds_left=seconds_left,
    )


def person_text(deployment: Deployment, name: str) -> str:
    """A person's name, phone, and when they answer."""
    person = deployment.person(name)
    if person is None:
        return clean(name, 100)
    phone = person.phone or "phone unknown"
    when = person.available or "availability unknown"
    return clean(f"{person.name}, {phone}, {when}", 200)


def number_text(trigger: Trigger, currency: str) -> str:
    """A computed trigger's value and from how many calls; why, where there is no value."""
    if trigger.value is None:
        return clean(trigger.why, 200)
    return f"{trigger_value(trigger, trigger.value, currency)}, n {trigger.n:,}"


def trigger_value(trigger: Trigger, value: float | None, currency: str) -> str:
    """A trigger's value or limit with its unit."""
    return value_text("money/h" if trigger.id == "cost-runaway" else "ratio", value, currency)


def _view(
    *,
    title: str,
    target: str,
    because: str,
    steps: tuple[GuardStep, ...],
    again: str,
    choices: tuple[TriggerChoice, ...] = (),
) -> GuardView:
    """A view that still lacks what all guards share."""
    return GuardView(title, target, choices, because, steps, "", (), (), "", "", 0, again)


def _choice(
    place: int,
    rule: TriggerRule,
    trigger: Trigger | None,
    wrong: tuple[str, ...],
    currency: str,
    *,
    chosen: bool,
) -> TriggerChoice:
    if trigger is not None:
        said = number_text(trigger, currency)
        return TriggerChoice(str(place), rule.name, trigger.state, said, chosen)
    said = _wrong_text(wrong) if rule.id == INCORRECT else ""
    return TriggerChoice(str(place), rule.name, "declared", said, chosen)


def _wrong_text(wrong: tuple[str, ...], most: int = NAMED) -> str:
    if not wrong:
        return ""
    return f"{len(wrong)} judged wrong: {_named(wrong, most)}"


def _named(calls: Iterable[str], most: int) -> str:
    names = [clean(call, 60) for call in calls]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _because(rule: TriggerRule, trigger: Trigger | None, wrong: tuple[str, ...], now: float) -> str:
    """What the chosen trigger is fired for."""
    if trigger is None:
        about = _wrong_text(wrong, most=6) if rule.id == INCORRECT else ""
        return f"{rule.name}: {dotted(rule.means, about)}"
    if trigger.state != "true":
        return f"{rule.name}: {clean(trigger.why, 200)}; the console does not see it as true"
    since = ""
    if trigger.since is not None:
        since = f"; true since {clock_text(trigger.since)}, {ago(now - trigger.since)}"
    return f"{rule.name}: {clean(trigger.why, 200)}{since}"


def _again(held: Rollback, left: int, silent: str) -> str:
    if held.state == "running" and silent:
        return f"{clean(silent, 200)}; this goes on with it here, and reads back first"
    if held.state == "running":
        return "the process that carried it out is gone: it goes on, and reads back first"
    if not left:
        return f"the rollback is {held.state}, every step is verified: it is proved once more"
    rest = f"{left} of {len(held.steps)} steps"
    return f"the rollback is {held.state}: only what is not verified runs again, {rest}"
