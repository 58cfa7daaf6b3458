"""What the journal amounts to, of incidents and duties: a part of `State`. Unix seconds."""

import msgspec

from console.domain.events_incident import Addressed


class Incident(msgspec.Struct):
    """An incident's log; `attempt` is the one that ran.

    `also` are the ids of what others opened without knowing of it, and of the rollback they fired.
    `updates` are the times of status updates, `cadence_s` is how often one is owed, None for the
    severity's own. `captured` maps a call's id to the evidence that holds it, or to "".
    """

    id: str
    severity: int
    title: str
    opened_at: float
    by: str
    trigger: str = ""
    closed_at: float | None = None
    resolution: str = ""
    notes: int = 0
    attempt: str = ""
    rollback: str = ""
    alerts: tuple[str, ...] = ()
    escalations: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    lead: str = ""
    scribe: str = ""
    cadence_s: int | None = None
    updates: list[float] = []
    captured: dict[str, str] = {}
    postmortem: bool = False
    also: tuple[str, ...] = ()


class Duty(msgspec.Struct):
    """Something owed by the holder of the role `owner`; `about` is what it is owed for."""

    id: str
    title: str
    due: float
    done_at: float | None = None
    done_by: str = ""
    owner: str = ""
    about: str = ""
    started_at: float = 0.0
    remark: str = ""


class PostMortem(msgspec.Struct, frozen=True):
    """The three outputs of a post-mortem; `cases` is how many failing inputs became test cases."""

    rollback: str
    incident: str
    root_cause: str
    change: str
    timeline: str
    cases: int
    at: float
    by: str
    where: tuple[Addressed, ...] = ()
