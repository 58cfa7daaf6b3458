"""A rollback drill as a live check: what it found, kept as evidence (Guide 1, 3.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import msgspec

from config.rollback import LivePhase
from console.actions.tools import Ask
from console.clean import clean
from console.domain.times import iso, iso_or_none
from console.domain.wayback import DRILL, way_back_hash
from console.executor.drill import Drill, Drilled, DrilledStep
from console.net import Http
from console.probes import Result, Row, Say

if TYPE_CHECKING:
    from config.model import Deployment
    from console.room.room import WarRoom


async def drill(room: WarRoom, http: Http, say: Say, phase: LivePhase, ask: Ask | None) -> Result:
    """Drill the way back from `phase`. Raises `Refused` before anything is sent."""
    deployment = room.deployment
    drilled = await Drill(deployment, room.directory, http, room.clock, say, ask).carry_out(phase)
    return result_of(drilled, deployment)


def result_of(drilled: Drilled, deployment: Deployment) -> Result:
    """What a drill came to. It passes if all was seen done in time, and something by the drill."""
    rows = [_row(one) for one in drilled.steps]
    if not drilled.began:
        rows.append(Row("drill", "fail", f"nothing was sent: {_why_not(drilled, deployment)}"))
    else:
        rows.append(Row("time", "ok" if drilled.in_time else "fail", _time(drilled)))
        if not drilled.changed:
            why = f"no step changed anything: {_reset(deployment)}"
            rows.append(Row("drill", "fail", why))
    if others := other_ways(deployment, drilled.phase):
        told = f"it says nothing of the way back from {', '.join(others)}: drill that too"
        rows.append(Row("other ways", "warn", told))
    told = f"back from {drilled.phase} to {clean(drilled.target, 100)} in {_time(drilled)}"
    return Result(DRILL, tuple(rows), drilled.reached, record_of(drilled, deployment), told)


def other_ways(deployment: Deployment, phase: str) -> list[str]:
    """The phases whose way back is another than that of `phase`."""
    back, stable = deployment.rollback, deployment.agent.stable_version

    def way(of: str) -> object:
        return back.steps_in(of), back.target_in(of, stable)

    return [one for one in get_args(LivePhase) if way(one) != way(phase)]


def record_of(drilled: Drilled, deployment: Deployment) -> dict[str, Any]:
    """A drill as plain JSON values: times RFC 3339, lengths in seconds."""
    outcome, why = drilled.outcome
    executed = iso_or_none(drilled.executed)
    verified = executed if outcome == "verified" else None
    none = dict.fromkeys(("first_true", "detected"))
    config = deployment.rollback.drill
    return {
        "drill": drilled.id,
        "outcome": outcome,
        "why": why,
        "phase": drilled.phase,
        "target": drilled.target,
        "seconds": drilled.seconds if drilled.began else None,
        "budget_s": drilled.budget_s,
        "times": {**none, "ordered": iso(drilled.ordered), "executed": executed}
        | {"verified": verified},
        "way_back": way_back_hash(deployment),
        "replace": dict(config.replace) if config is not None else {},
        "steps": [_step(one) for one in drilled.steps],
    }


def _step(one: DrilledStep) -> dict[str, Any]:
    before = None if one.before is None else msgspec.to_builtins(one.before)
    return {
        **msgspec.to_builtins(one.step),
        "kind": one.kind,
        "before": before,
        "rehearsed": one.rehearsed,
        "state": one.state,
        "detail": one.detail,
        "began_s": one.began,
        "ended_s": one.ended,
    }


def _row(one: DrilledStep) -> Row:
    name = clean(one.step.id, 200)
    if one.stood and one.before is not None:
        already = f"already at its end ({one.before.detail}): reset the drill target first"
        if one.state in {"verified", "blocked"}:
            return Row(name, "warn", clean(already, 500))
    if one.rehearsed and one.kind == "manual":
        why = f"nobody was asked, so that its time is not known: {one.detail}"
        return Row(name, "fail", clean(f"{why}; run warroom drill on a terminal", 500))
    if one.rehearsed:
        what = f"rehearsed, a drill tells nobody: {one.detail}"
        return Row(name, "ok" if one.state == "verified" else "fail", clean(what, 500))
    if one.state != "verified":
        return Row(name, "fail", clean(f"{one.state}: {one.detail}", 500))
    after = "" if one.ended is None else f", {one.ended:.1f} s after the start"
    if not one.changed:
        was = "" if one.before is None else one.before.detail
        told = f"{one.detail}{after}; nobody knows whether the drill did that: before, {was}"
        return Row(name, "warn", clean(told, 500))
    return Row(name, "ok", clean(f"{one.detail}{after}", 500))


def _why_not(drilled: Drilled, deployment: Deployment) -> str:
    if not drilled.reached:
        return "the drill target does not answer"
    return f"no step is left that would change anything: {_reset(deployment)}"


def _reset(deployment: Deployment) -> str:
    drill = deployment.rollback.drill
    how = f" ({drill.reset})" if drill is not None and drill.reset else ""
    return clean(f"reset the drill target first{how}", 400)


def _time(drilled: Drilled) -> str:
    minutes, seconds = divmod(drilled.budget_s, 60)
    return f"{drilled.seconds:.1f} s of {minutes:.0f}:{seconds:02.0f}"
