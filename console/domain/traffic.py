"""What of the traffic holds the present gate: decided is not yet switched, switched not arrived."""

from console.domain.arrival import Arrival, ArrivalVerdict, Split, arrival
from console.domain.facts import Facts
from console.domain.readings import Reading
from console.domain.share import Target, gone_astray, target_before, target_of
from console.domain.state import State
from console.domain.state_contested import Contested
from console.domain.state_traffic import Astray, Switched

__all__ = [
    "RULE",
    "Arrival",
    "ArrivalVerdict",
    "Split",
    "Target",
    "arrival",
    "arrival_reading",
    "astray_of",
    "astray_words",
    "switch_trouble",
    "target_before",
    "target_of",
    "traffic_trouble",
]

RULE = "traffic-share"


def traffic_trouble(state: State, facts: Facts) -> list[str]:
    """In sentences, what holds the gate of the running attempt."""
    trouble = []
    if facts.deployment.traffic.switch is not None:
        trouble += switch_trouble(state)
    seen = facts.arrival if is_live(state) else None
    if seen is not None and seen.verdict not in {"arrived", "cannot-be-seen", "not-checked"}:
        what = {
            "waiting": "is on its way",
            "too-few": "cannot be judged",
            "not-arrived": "has not arrived",
            "wrong-version": "arrives at the wrong version",
        }[seen.verdict]
        offer = ""
        if seen.bad and facts.deployment.traffic.switch is not None:
            back = target_before(state).share
            offer = f" (back to {back} %: t, b on Rollout, or warroom traffic DIR --back)"
        trouble.append(f"the traffic {what}: {seen.why}{offer}")
    return trouble


def switch_trouble(state: State) -> list[str]:
    """Why the switch is not known to stand where the running attempt means it to.

    Where nobody is to be served yet, or the rollout is over, only what went astray is a trouble.
    """
    return [*_astray_trouble(state), *(_own_trouble(state) if is_live(state) else [])]


def is_live(state: State) -> bool:
    """Whether an attempt runs that sends traffic."""
    return state.attempt.phase != "readiness" and state.stable_since is None


def _astray_trouble(state: State) -> list[str]:
    if not (astray := gone_astray(state)):
        return []
    share = target_of(state.attempt).share
    return [
        f"{astray_words(state, astray[-1])}; t, s on Rollout, or warroom traffic DIR --set, sets "
        f"{share} % again"
    ]


def astray_words(state: State, one: Astray) -> str:
    """Who set the switch to what, though it was not to stand, in one clause."""
    who = f"{one.asked.by}, for {one.asked.attempt}, which does not run,"
    if any(_led_to(contested, one) for contested in state.contested.values()):
        who = "the overruled advance"
    if one.asked.outcome == "verified":
        return f"{who} set the switch to {one.asked.share} %"
    return f"{who} asked the switch for {one.asked.share} %, and nobody knows what came of that"


def astray_of(state: State, contested: Contested) -> Astray | None:
    """What the overruled side of `contested` set last that still stands, if anything."""
    led = (one for one in reversed(gone_astray(state)) if _led_to(contested, one))
    return next(led, None)


def _led_to(contested: Contested, one: Astray) -> bool:
    """Whether whoever was overruled set it after the advance, whatever they entered by then."""
    side = contested.overruled
    return side.what == "advance" and side.writer == one.writer and side.order < one.order


def _own_trouble(state: State) -> list[str]:
    target, held = target_of(state.attempt), state.traffic.get(state.attempt.id)
    if held is None:
        return [f"the traffic is not switched: nobody asked the switch for {target.share} %"]
    if (held.share, held.phase) != (target.share, target.phase):
        end = "" if held.outcome == "verified" else f" ({said_of(held)})"
        put, meant = f"{held.share} %", f"{target.share} %"
        if put == meant:
            put, meant = f"{put} in {held.phase}", f"{meant} in {target.phase}"
        return [f"the traffic was put back to {put}, not {meant}{end}"]
    if held.outcome == "verified":
        return []
    return [f"the traffic is not known to be at {target.share} %: {said_of(held)}"]


def said_of(held: Switched) -> str:
    """What came of asking the switch, in one clause."""
    match held.outcome:
        case "":
            return "the switch was asked for it, and nobody knows what came of that"
        case "verified":
            return held.detail or f"the switch reads {held.share} %"
        case outcome:
            return f"{outcome}: {held.detail}"


def arrival_reading(seen: Arrival | None, feed: str, window_s: int) -> Reading:
    """What the calls show as a reading of the rule `traffic-share`.

    What is not known has no value, so that it neither fires nor resolves an alert; where no share
    is asked for there is nothing to be wrong.
    """
    recipients = ("tech-lead", "agent-lead")
    if seen is None or seen.verdict == "not-checked":
        why = "no share of the users is served" if seen is None else seen.why
        return Reading(RULE, "ok", 0.0, "ratio", None, window_s, 0, None, feed, why)
    known = seen.bad or seen.verdict == "arrived"
    value = seen.seen / 100 if known and seen.seen is not None else None
    return Reading(
        RULE,
        "breach" if seen.bad else "ok" if value is not None else "too-few",
        value,
        "ratio",
        seen.target / 100,
        window_s,
        seen.n,
        None,
        feed,
        seen.why,
        severity="page",
        recipients=recipients,
    )
