"""What forbids to call an agent well though no metric is over its limit (Guide 5.1, 6.3). Pure."""

from console.domain.escalations import Queue
from console.domain.incidents import open_incidents
from console.domain.state import State
from console.domain.words import counted


def unwell(state: State, queue: Queue, now: float) -> list[str]:
    """In a few words each, at `now` (unix seconds): a rollback that is not verified, escalations
    past their time, critical incidents that are open."""
    found = []
    if state.rollback is not None and state.rollback.state != "verified":
        found.append(f"the rollback is {state.rollback.state}")
    if late := queue.late(now):
        found.append(f"{counted(late, 'escalation')} LATE")
    critical = [one for one in open_incidents(state) if one.severity == 1]
    if critical:
        found.append(f"{counted(len(critical), 'critical incident')} open")
    return found
