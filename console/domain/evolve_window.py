"""How entries of the 48-hour window change the state (Guide 6.1 to 6.3); see `evolve`."""

from collections.abc import Callable
from typing import Any

from console.domain import events as e
from console.domain.entry import Entry
from console.domain.misfit import Misfit, known
from console.domain.state import State
from console.domain.state_window import (
    Assessment,
    CheckIn,
    Limitation,
    MissedCheckIn,
    Shift,
    Warned,
)


def _checkin(state: State, event: e.CheckInMade, entry: Entry, at: float) -> None:
    due = None if event.due is None else event.due.timestamp()
    state.checkins.append(CheckIn(at, entry.actor.name, event.remark, due))


def _missed(state: State, event: e.CheckInMissed, entry: Entry, at: float) -> None:
    due = event.due.timestamp()
    if any(held.due == due for held in state.missed_checkins):
        raise Misfit("that check-in is known to be missed")
    state.missed_checkins.append(MissedCheckIn(due, at, state.attempt.id))


def _handed(state: State, event: e.ShiftHanded, entry: Entry, at: float) -> None:
    if state.shift is None:
        state.shift = Shift(entry.actor.name, at)
    state.shift.handed_to, state.shift.handed_at = event.to, at


def _taken(state: State, event: e.ShiftTaken, entry: Entry, at: float) -> None:
    state.shift = Shift(entry.actor.name, at)


def _raised(state: State, event: e.WarningRaised, entry: Entry, at: float) -> None:
    if event.warning in state.warnings:
        raise Misfit(f"warning {event.warning} was raised already")
    latest = event.crosses_to
    state.warnings[event.warning] = Warned(
        event.warning,
        event.metric,
        at,
        event.value,
        event.limit,
        event.slope,
        event.p,
        event.n,
        event.since.timestamp(),
        event.crosses.timestamp(),
        event.crosses_from.timestamp(),
        None if latest is None else latest.timestamp(),
        event.why,
        state.attempt.id,
    )


def _cleared(state: State, event: e.WarningCleared, entry: Entry, at: float) -> None:
    warning = known(state.warnings, event.warning, "warning")
    if warning.cleared_at is None:
        warning.cleared_at, warning.cleared_why = at, event.why


def _reviewed(state: State, event: e.WarningReviewed, entry: Entry, at: float) -> None:
    warning = known(state.warnings, event.warning, "warning")
    warning.reviewed_at, warning.reviewed_by = at, entry.actor.name
    warning.cause, warning.fix = event.cause, event.fix


def _settled(state: State, event: e.WarningSettled, entry: Entry, at: float) -> None:
    warning = known(state.warnings, event.warning, "warning")
    warning.settled_at, warning.settled_by = at, entry.actor.name
    warning.decision, warning.settled_why = event.decision, event.why


def _assessed(state: State, event: e.WindowAssessed, entry: Entry, at: float) -> None:
    if all(attempt.id != event.attempt for attempt in state.attempts):
        raise Misfit(f"there was no {event.attempt}")
    state.proposals.pop(event.attempt, None)
    state.assessments.append(
        Assessment(
            event.attempt,
            event.status,
            event.proposed,
            event.signals,
            event.why,
            event.caveats,
            event.limitations,
            at,
            entry.actor.name,
        )
    )


def _limitation(state: State, event: e.LimitationNoted, entry: Entry, at: float) -> None:
    state.limitations.append(
        Limitation(event.text, event.calls, at, entry.actor.name, state.rollout)
    )


APPLY: dict[type, Callable[[State, Any, Entry, float], None]] = {
    e.CheckInMade: _checkin,
    e.CheckInMissed: _missed,
    e.ShiftHanded: _handed,
    e.ShiftTaken: _taken,
    e.WarningRaised: _raised,
    e.WarningCleared: _cleared,
    e.WarningReviewed: _reviewed,
    e.WarningSettled: _settled,
    e.WindowAssessed: _assessed,
    e.LimitationNoted: _limitation,
}
