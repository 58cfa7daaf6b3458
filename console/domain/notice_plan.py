"""Who would be told of what, from the config alone: for people who set it up. Pure."""

import msgspec

from config.guide import Role, escalation_rows, metric_rules, notice_rules, watch_rules
from config.model import Deployment, Person

_OWN_ROWS = {"safety-flag", "tool-misuse", "governance"}


class Planned(msgspec.Struct, frozen=True):
    """What one person is told of, by name; the critical ones come through quiet hours too."""

    person: Person
    critical: tuple[str, ...]
    others: tuple[str, ...]


def plan_of(deployment: Deployment) -> list[Planned]:
    """Each of the people, in the file's order, with all that they are told of besides a rollback.

    Escalations are named here by the roles of the guide: who has a shift is told in their place.
    """
    told = _told(deployment)
    plan = []
    for person in deployment.people:
        roles = set(person.roles)
        mine = {name: critical for name, critical, to in told if roles.intersection(to)}
        if person.name == deployment.rollback.owner:
            mine["rollback triggers"] = True
        plan.append(
            Planned(
                person,
                tuple(name for name, critical in mine.items() if critical),
                tuple(name for name, critical in mine.items() if not critical),
            )
        )
    return plan


def unreachable(deployment: Deployment) -> list[Person]:
    """The people who are told of something, and have no address."""
    return [
        one.person
        for one in plan_of(deployment)
        if (one.critical or one.others) and not one.person.notify
    ]


def _told(deployment: Deployment) -> list[tuple[str, bool, tuple[Role, ...]]]:
    found: list[tuple[str, bool, tuple[Role, ...]]] = [
        (rule.name, rule.id == "safety-flags", rule.recipients) for rule in metric_rules()
    ]
    found += [
        (rule.name, rule.severity == "page", rule.recipients)
        for rule in watch_rules()
        if rule.id not in deployment.watch.off
    ]
    found += [(own.id, own.severity == "page", (own.recipient,)) for own in deployment.rules]
    found += [
        (f"escalations: {row.id}", row.id in _OWN_ROWS, row.notified)
        for row in escalation_rows()
        if row.metric is None
    ]
    plural = {"trigger": "rollback triggers"}
    for rule in notice_rules():
        if rule.to:
            found.append((plural.get(rule.id, rule.name), rule.critical, rule.to))
    return found
