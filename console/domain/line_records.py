"""What the journal says of the guide's lines that no item stands for: records, window, handover."""

from collections.abc import Callable
from typing import Literal

from console.domain.checkins import rounds_of, window_of
from console.domain.incidents import needs_postmortem
from console.domain.state import State
from console.domain.times import iso
from console.domain.window import review_of
from console.domain.words import counted

LineState = Literal["done", "open", "later", "missed", "not-applicable"]
Told = tuple[LineState, str]
Rolled = tuple[State, frozenset[str]]
"""The present state, and the attempts of a rollout that a rollback ended."""

_HANDOVER = {
    "report": "go-live-report",
    "filed": "filing",
    "weekly-review": "weekly-review",
}


def record_line(state: State, link: str, rolled: Rolled | None = None) -> Told:
    """How far the record named by `link` is, such as `window:check-ins`, and why.

    With `rolled`, `state` is the one before the rollback that ended the rollout: what was still to
    come then never will, and what followed the rollback is in the present state.
    """
    kind, _, name = link.partition(":")
    if rolled is not None:
        return _rolled(state, kind, name, *rolled)
    if kind == "handover":
        return _handed(state, _HANDOVER[name])
    return _RECORDS[name](state)


def _rolled(state: State, kind: str, name: str, now: State, attempts: frozenset[str]) -> Told:
    """A record of a rollout that ended in a rollback."""
    mine = {r.id: r for r in now.rollbacks.values() if {r.attempt, r.ended} & attempts}
    incidents = [
        one for one in now.incidents.values() if one.attempt in attempts or one.rollback in mine
    ]
    told: Told
    match name:
        case "status":
            back = next(reversed(mine.values()), None)
            when = "" if back is None else f", {iso(back.triggered_at)}"
            told = "done", f"rolled back{when}"
        case "no-trigger":
            told = "missed", f"rolled back: {', '.join(r.trigger for r in mine.values())}"
        case "incidents":
            told = "done", f"{counted(len(incidents), 'incident')} on record"
        case "post-mortem":
            owing = [one.id for one in incidents if needs_postmortem(now, one)]
            owing += [r.id for r in mine.values() if not r.postmortem]
            told = "done", ""
            if owing:
                told = "open", f"not held for {', '.join(dict.fromkeys(owing))}"
        case _:
            held = kind == "handover"
            told = _handed(state, _HANDOVER[name]) if held else _RECORDS[name](state)
    return ("not-applicable", "the rollback came before") if told[0] == "later" else told


def _past(state: State) -> list[str]:
    """The attempts of this rollout that ended in an advance."""
    ended = [a for a in state.attempts if a.rollout == state.rollout and a.outcome == "advanced"]
    return [attempt.id for attempt in ended]


def _through(state: State) -> bool:
    """Whether the rollout has come to full deployment."""
    return state.attempt.phase == "full"


def _gates(state: State) -> Told:
    blank = [a.id for a in state.attempts if a.id in _past(state) and not a.criteria]
    if blank:
        return "missed", f"no criteria on record: {', '.join(blank)}"
    count = len(_past(state))
    return ("done" if _through(state) else "later"), f"{count} decisions with their criteria"


def _briefs(state: State) -> Told:
    left = state.attempt.id if state.stable_since is not None else ""
    past = [name for name in _past(state) if name != left]
    unbriefed = [name for name in past if name not in state.briefs]
    if unbriefed:
        return "missed", f"no brief on record before leaving {', '.join(unbriefed)}"
    return ("done" if _through(state) else "later"), f"{len(past)} of {len(past)} transitions"


def _dwell(state: State) -> Told:
    return ("done" if _through(state) else "later"), "no gate opens before its dwell is over"


def _assessed(state: State) -> bool:
    return state.assessment is not None or state.stable_since is not None


def _checkins(state: State) -> Told:
    rounds = rounds_of(state, state.last_at)
    kept, late, missed = (rounds.count(kind) for kind in ("kept", "late", "missed"))
    words = f"{kept} kept, {late} late, {missed} missed"
    if missed:
        return "missed", words
    return ("done" if _assessed(state) else "later"), words


def _review(state: State) -> Told:
    review, window = review_of(state), window_of(state)
    if review.done_at is not None:
        return "done", review.words
    if window is None or state.last_at < window.review_at:
        return "later", ""
    words = f"{review.judged} outputs judged"
    return ("missed" if _assessed(state) else "open"), words


def _status(state: State) -> Told:
    held = state.assessment
    if held is None:
        return ("open" if state.stable_since is not None else "later"), ""
    return "done", f"{held.status}, {iso(held.at)}"


def _no_trigger(state: State) -> Told:
    if not _through(state):
        return "later", ""
    if critical := state.attempt.critical:
        return "missed", ", ".join(critical)
    return ("done" if _assessed(state) else "later"), "none in the window"


def _metrics(state: State) -> Told:
    within = [c for c in state.attempt.criteria if c.id == "metrics-within"]
    if not _assessed(state) or not within:
        return "later", ""
    return ("done" if within[0].verdict == "met" else "missed"), within[0].why


def _incidents(state: State) -> Told:
    words = (
        f"{counted(len(state.incidents), 'incident')}, "
        f"{counted(len(state.escalations), 'escalation')}, "
        f"{counted(len(state.limitations), 'limitation')} on record"
    )
    return ("done" if _assessed(state) else "later"), words


def _postmortem(state: State) -> Told:
    grave = [one for one in state.incidents.values() if one.severity <= 2 or one.rollback]
    if not grave and not state.rollbacks:
        words = "no rollback, no significant incident"
        return ("not-applicable" if _assessed(state) else "later"), words
    owing = [one.id for one in grave if needs_postmortem(state, one)]
    owing += [one.id for one in state.rollbacks.values() if not one.postmortem]
    if owing:
        return "open", f"not held for {', '.join(dict.fromkeys(owing))}"
    return "done", ""


def _handed(state: State, duty: str) -> Told:
    held = state.duties.get(f"{duty}-{state.attempt.id}")
    if held is None:
        return ("open" if state.stable_since is not None else "later"), ""
    if held.done_at is None:
        return "open", f"due {iso(held.due)}"
    return "done", f"{held.remark or held.done_by}, {iso(held.done_at)}"


_RECORDS: dict[str, Callable[[State], Told]] = {
    "gates": _gates,
    "briefs": _briefs,
    "dwell": _dwell,
    "check-ins": _checkins,
    "sample-review": _review,
    "status": _status,
    "no-trigger": _no_trigger,
    "metrics": _metrics,
    "incidents": _incidents,
    "post-mortem": _postmortem,
}
