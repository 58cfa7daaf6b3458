"""What is owed, by whom, by when: duties (Guide 6.2 to 6.5) and incidents' status updates.

Pure. What starts a duty writes the entries that `started` gives; most are done by a person's word,
some by what is put on record elsewhere, which the fold sees to with `settle`.
"""

from typing import Literal

import msgspec

from config.guide import DutyAfter, DutyRule, PhaseDuty, duty_rules
from config.model import Deployment
from console.domain.events_incident import DutyStarted
from console.domain.state import State
from console.domain.state_incident import Incident
from console.domain.times import span, utc

Fact = Literal["post-mortem"]

CADENCE_S = {1: 1800, 2: 3600, 3: 14400}
UPDATE = "update-"


def started(kind: DutyAfter, about: str, now: float) -> list[DutyStarted]:
    """The entries of what is owed from `now` (unix seconds) on, after `kind`.

    `about` is the id of what it is owed for: the rollback, incident or attempt. Starting a duty a
    second time changes nothing.
    """
    return [duty_of(rule, about, now) for rule in duty_rules() if rule.after == kind]


def duty_of(rule: DutyRule | PhaseDuty, about: str, now: float) -> DutyStarted:
    """The entry of one duty."""
    due = utc(now + rule.within_s)
    return DutyStarted(f"{rule.id}-{about}", rule.title, due, rule.owner, about)


class Owed(msgspec.Struct, frozen=True):
    """Something that is not done yet; `due` is unix seconds.

    `owner` is a role, "" where nobody is named; `person` the one who has taken it, if somebody has.
    `left_s` is negative once it is overdue. `started_at` is when it began to be owed.
    """

    id: str
    title: str
    owner: str
    about: str
    due: float
    left_s: float
    started_at: float
    person: str = ""

    @property
    def overdue(self) -> bool:
        """Whether its time is over."""
        return self.left_s < 0

    @property
    def clock(self) -> str:
        """How much time is left, or how long it is overdue, e.g. `OVERDUE by 6 min`."""
        return left_words(self.left_s)


def left_words(left_s: float) -> str:
    """A clock that runs down, in words."""
    return f"{span(left_s)} left" if left_s >= 0 else f"OVERDUE by {span(-left_s)}"


def owed(state: State, now: float) -> list[Owed]:
    """All that is owed at `now` (unix seconds), what is due first on top."""
    duties = [
        Owed(d.id, d.title, d.owner, d.about, d.due, d.due - now, d.started_at)
        for d in state.duties.values()
        if d.done_at is None
    ]
    updates = [
        Owed(
            f"{UPDATE}{incident.id}",
            f"status update on incident {incident.id}",
            "agent-lead",
            incident.id,
            due,
            due - now,
            _updated_at(incident),
            incident.lead or incident.scribe,
        )
        for incident in state.incidents.values()
        if (due := update_due(incident)) is not None
    ]
    return sorted([*duties, *updates], key=lambda one: (one.due, one.id))


def owners(deployment: Deployment, one: Owed) -> tuple[str, ...]:
    """The persons who owe it; empty where nobody holds the role."""
    if one.person:
        return (one.person,)
    return tuple(person.name for person in deployment.people if one.owner in person.roles)


def cadence_s(incident: Incident) -> int:
    """How often a status update is owed, in seconds: as it was set, or by its severity."""
    set_to = incident.cadence_s
    return CADENCE_S.get(incident.severity, CADENCE_S[3]) if set_to is None else set_to


def update_due(incident: Incident) -> float | None:
    """When the next status update is owed; None once it is closed."""
    if incident.closed_at is not None:
        return None
    return _updated_at(incident) + cadence_s(incident)


def _updated_at(incident: Incident) -> float:
    return max([incident.opened_at, *incident.updates])


def settle(state: State, fact: Fact, about: str, at: float, by: str, remark: str) -> None:
    """Fold: what was owed about `about` is done by this `fact`. Changes `state` in place."""
    for rule in duty_rules():
        duty = state.duties.get(f"{rule.id}-{about}")
        if rule.fact == fact and duty is not None and duty.done_at is None:
            duty.done_at, duty.done_by, duty.remark = at, by, remark
