"""The words of incidents, and what one still owes (Guide 6.3, 6.4)."""

from console.domain.duties import Owed, owed
from console.domain.state import State
from console.domain.state_incident import Incident

SEVERITIES: dict[int, tuple[str, str]] = {
    1: ("critical", "users harmed, data exposed, or the agent of no use"),
    2: ("major", "many users meet it, or a few meet it badly"),
    3: ("minor", "few users meet it and there is a way round"),
}


def severity_words(severity: int) -> str:
    """A severity with its word, e.g. `severity 1 critical`."""
    return f"severity {severity} {SEVERITIES.get(severity, ('', ''))[0]}".rstrip()


def open_incidents(state: State) -> list[Incident]:
    """Those that are not closed, the gravest first, then the earliest."""
    held = [one for one in state.incidents.values() if one.closed_at is None]
    return sorted(held, key=lambda one: (one.severity, one.opened_at, one.id))


def all_incidents(state: State) -> list[Incident]:
    """The open ones as in `open_incidents`, then the closed ones, the latest closed first."""
    closed = [one for one in state.incidents.values() if one.closed_at is not None]
    return [
        *open_incidents(state),
        *sorted(closed, key=lambda one: (-(one.closed_at or 0.0), one.id)),
    ]


def needs_postmortem(state: State, incident: Incident) -> bool:
    """Whether a post-mortem is asked for and not on record: Guide 6.4."""
    rollback = state.rollbacks.get(incident.rollback)
    if rollback is not None:
        return not rollback.postmortem
    return incident.severity <= 2 and not incident.postmortem


def still_owed(state: State, incident: Incident, now: float) -> list[Owed]:
    """What is owed for it or its rollback besides status updates, what is due first on top."""
    about = {incident.id, incident.rollback} - {""}
    return [one for one in owed(state, now) if one.about in about and one.id in state.duties]


def captured_of(state: State, incident: Incident) -> dict[str, str]:
    """The evidence by call, of it and of its rollback; "" where the call could not be had."""
    rollback = state.rollbacks.get(incident.rollback)
    held = dict(rollback.captured) if rollback is not None else {}
    return held | {call: sha for call, sha in incident.captured.items() if sha or call not in held}
