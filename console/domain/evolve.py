"""The fold: one entry after another makes the state.

Total: any entries in any order fold without an exception. An entry that does not apply to the
state it meets becomes a `Conflict`, which is shown; it is never dropped and never guessed at.
"""

from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any

from console.domain import events as e
from console.domain.concurrent import decisions_of
from console.domain.entry import Entry
from console.domain.evolve_escalation import APPLY as ESCALATION
from console.domain.evolve_incident import APPLY as INCIDENT
from console.domain.evolve_readiness import APPLY as READINESS
from console.domain.evolve_review import APPLY as REVIEW
from console.domain.evolve_rollback import APPLY as ROLLBACK
from console.domain.evolve_rollout import APPLY as ROLLOUT
from console.domain.evolve_traffic import APPLY as TRAFFIC
from console.domain.evolve_window import APPLY as WINDOW
from console.domain.misfit import Misfit, known
from console.domain.state import (
    Alert,
    Conflict,
    OwnSilence,
    Silence,
    State,
)
from console.domain.state_contested import Decision
from console.domain.state_rollout import Attempt


def fold(entries: Sequence[Entry], decisions: dict[str, list[Decision]] | None = None) -> State:
    """The state after `entries`, which come in their order (`clock`, `writer`, `seq`).

    A decision is held against all others on its attempt, also those that stand after it.
    `decisions` are those of more entries than are folded, where more are known.
    """
    state = State(decisions=decisions_of(entries) if decisions is None else decisions)
    for entry in entries:
        evolve(state, entry)
    return state


def evolve(state: State, entry: Entry) -> State:
    """Fold `entry` into `state`, in place, and return it. Never raises.

    Where it `overrules` what is folded already, the state is that of a `fold` of all entries.
    """
    # As `entry.moment`, but a call less for each of very many entries.
    at = (entry.at if entry.at.tzinfo else entry.at.replace(tzinfo=UTC)).timestamp()
    state.entries += 1
    state.last_at = max(state.last_at, at)
    event = e.decode(entry.kind, entry.data)
    if event is None:
        _conflict(state, entry, at, "this version does not know this kind of entry, or its fields")
        return state
    if not state.attempts:
        state.attempts.append(Attempt("readiness.1", "readiness", None, 1, at))
    try:
        _APPLY[type(event)](state, event, entry, at)
    except Misfit as misfit:
        _conflict(state, entry, at, str(misfit))
    return state


def _conflict(state: State, entry: Entry, at: float, why: str) -> None:
    state.conflicts.append(Conflict(entry.writer, entry.seq, entry.kind, at, why))


def _opened(
    state: State, event: e.JournalOpened | e.JournalRecovered, entry: Entry, at: float
) -> None:
    if not event.clock:
        return  # a fenced tail changes no state; `journal verify` reports it
    # Where one writer's times are real, whoever says otherwise scales nothing.
    if state.clock == "system" and event.clock != "system":
        raise Misfit(f"its times are of the {event.clock} clock, the others {state.clock}")
    state.clock = event.clock
    # A later writer's own is no decision: a lead accepts a change.
    state.config_sha256 = state.config_sha256 or event.config


def _signed(state: State, event: e.JournalSigned, entry: Entry, at: float) -> None:
    """Who may be believed is decided before an entry comes here."""


def _config(state: State, event: e.ConfigChanged, entry: Entry, at: float) -> None:
    state.config_sha256 = event.config


def _jumped(state: State, event: e.ClockJumped, entry: Entry, at: float) -> None:
    """Time that was skipped never passed; time that was set back is not taken off twice."""
    state.attempt.jumped_s += max(0.0, event.seconds)


def _unwatched(state: State, event: e.WatchGap, entry: Entry, at: float) -> None:
    state.unwatched.append((event.since.timestamp(), event.until.timestamp()))


def _note(state: State, event: e.NoteWritten, entry: Entry, at: float) -> None:
    if event.incident:
        known(state.incidents, event.incident, "incident").notes += 1


def _fired(state: State, event: e.AlertFired, entry: Entry, at: float) -> None:
    if event.alert in state.alerts:
        raise Misfit(f"alert {event.alert} has fired already")
    state.alerts[event.alert] = Alert(
        event.alert,
        event.rule,
        at,
        event.value,
        event.limit,
        event.n,
        event.why,
        severity=event.severity,
        recipients=event.recipients,
        feed=event.feed,
    )


def _resolved(state: State, event: e.AlertResolved, entry: Entry, at: float) -> None:
    alert = known(state.alerts, event.alert, "alert")
    if alert.resolved_at is not None:
        raise Misfit(f"alert {event.alert} is resolved already")
    alert.resolved_at = at


def _acknowledged(state: State, event: e.AlertAcknowledged, entry: Entry, at: float) -> None:
    alert = known(state.alerts, event.alert, "alert")
    if alert.acknowledged_at is None:
        alert.acknowledged_by = entry.actor.name
        alert.acknowledged_at = at


def _silence(state: State, event: e.SilenceAsked, entry: Entry, at: float) -> None:
    if event.silence in state.silences:
        raise Misfit(f"silence {event.silence} was asked for already")
    until, by = event.until.timestamp(), entry.actor.name
    state.silences[event.silence] = Silence(
        event.silence, event.feed, event.name, until, event.why, by, at
    )


def _silenced(state: State, event: e.SilenceAnswered, entry: Entry, at: float) -> None:
    silence = known(state.silences, event.silence, "silence")
    silence.outcome = event.outcome
    silence.told = event.why
    silence.their_id = event.their_id


def _notices_silenced(state: State, event: e.NoticesSilenced, entry: Entry, at: float) -> None:
    if event.silence in state.own_silences:
        raise Misfit(f"silence {event.silence} is known already")
    state.own_silences[event.silence] = OwnSilence(
        event.silence, event.rule, event.until.timestamp(), event.why, entry.actor.name, at
    )


def _lifted(state: State, event: e.SilenceLifted, entry: Entry, at: float) -> None:
    silence = known(state.own_silences, event.silence, "silence")
    if silence.lifted_at is None:
        silence.lifted_at = at


_APPLY: dict[type, Callable[[State, Any, Entry, float], None]] = {
    e.JournalOpened: _opened,
    e.JournalRecovered: _opened,
    e.JournalSigned: _signed,
    e.ConfigChanged: _config,
    e.ClockJumped: _jumped,
    e.WatchGap: _unwatched,
    **READINESS,
    **ROLLBACK,
    **REVIEW,
    **ROLLOUT,
    **TRAFFIC,
    e.NoteWritten: _note,
    e.AlertFired: _fired,
    e.AlertResolved: _resolved,
    e.AlertAcknowledged: _acknowledged,
    e.SilenceAsked: _silence,
    e.SilenceAnswered: _silenced,
    **ESCALATION,
    **WINDOW,
    **INCIDENT,
    e.NoticesSilenced: _notices_silenced,
    e.SilenceLifted: _lifted,
}
