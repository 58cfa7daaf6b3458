"""Who is told of an escalation, who stands in, which hours no shift covers (Guide 5.1)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta

import msgspec

from config.guide import EscalationRow, Role
from config.model import Deployment
from config.rota import DAYS, Shift, minutes_of, zone_of
from console.domain.times import utc

AHEAD_S = 7 * 86_400.0
_LEADS: dict[Role, Role] = {"agent-lead": "tech-lead", "tech-lead": "agent-lead"}
_DAY_MINUTES = 1440


class Reached(msgspec.Struct, frozen=True):
    """The persons who are told, by name, and who takes over from them ("": nobody is named)."""

    to: tuple[str, ...]
    backup: str = ""


class Gap(msgspec.Struct, frozen=True):
    """Hours (unix seconds) in which no shift of `role` covers what notifies it."""

    role: Role
    start: float
    end: float


def reached(deployment: Deployment, row: EscalationRow, at: float) -> Reached:
    """Who is told of something of `row` at the moment `at` (unix seconds).

    What is owed at once is told to the backup too. Where nobody holds the roles, the rollback
    owner is told: somebody must be.
    """
    to: dict[str, None] = {}
    backups: dict[str, None] = {}
    for role in row.notified:
        shift = _shift(deployment, row, role, at)
        to |= dict.fromkeys(_primaries(deployment, role, shift))
        backups |= dict.fromkeys(_backups(deployment, role, shift))
    owner = deployment.rollback.owner
    if not to:
        return Reached((owner,), next((b for b in deployment.rollback.deputy if b != owner), ""))
    if set(_LEADS) <= set(row.notified):  # both leads are told: neither can back the other up
        backups |= dict.fromkeys((owner, *deployment.rollback.deputy))
    backup = next((name for name in backups if name not in to), "")
    if backup and not sla_s(deployment, row):
        to[backup] = None
    return Reached(tuple(to), backup)


def told_of_miss(deployment: Deployment, to: Sequence[str], backup: str) -> tuple[str, ...]:
    """Who hears that `to` did not answer in time: the backup, else a lead, else the owner."""
    if backup and backup not in to:
        return (backup,)
    leads = [p.name for role in _LEADS for p in deployment.holders(role)]
    others = [name for name in (*leads, deployment.rollback.owner) if name not in to]
    return tuple(others[:1]) or ((backup,) if backup else tuple(to))


def sla_s(deployment: Deployment, row: EscalationRow) -> float:
    """The seconds within which a person answers; 0 means at once."""
    outside = deployment.context.exposure == "customer-facing"
    guide = float(row.sla_customer_s if outside else row.sla_internal_s)
    return min(guide, deployment.escalation_sla_s) if row.id == "escalate" else guide


def gaps(deployment: Deployment, now: float, ahead_s: float = AHEAD_S) -> list[Gap]:
    """The hours from `now` on that no shift covers, of each role that has shifts at all.

    Then it is the reviewer of the config, or whoever holds the role, who is told: nobody said that
    they are there.
    """
    found: list[Gap] = []
    rota = [] if deployment.escalation is None else deployment.escalation.rota
    general = [shift for shift in rota if shift.row is None]
    for role in dict.fromkeys(shift.role for shift in general):
        covered = now
        for start, end in sorted(_spans((s for s in general if s.role == role), now, ahead_s)):
            if start > covered:
                found.append(Gap(role, covered, min(start, now + ahead_s)))
            covered = max(covered, end)
            if covered >= now + ahead_s:
                break
        if covered < now + ahead_s:
            found.append(Gap(role, covered, now + ahead_s))
    return found


def _shift(deployment: Deployment, row: EscalationRow, role: Role, at: float) -> Shift | None:
    """The first shift at `at`; one that is for this row alone goes before the others."""
    rota = () if deployment.escalation is None else deployment.escalation.rota
    for only in (row.id, None):
        for shift in rota:
            if shift.role == role and shift.row == only and covers(shift, at):
                return shift
    return None


def _primaries(deployment: Deployment, role: Role, shift: Shift | None) -> tuple[str, ...]:
    path = deployment.escalation
    if shift is not None:
        return (shift.primary,)
    if role == "reviewer" and path is not None:
        return (path.reviewer,)
    return tuple(person.name for person in deployment.holders(role))


def _backups(deployment: Deployment, role: Role, shift: Shift | None) -> tuple[str, ...]:
    path = deployment.escalation
    named = () if shift is None or shift.backup is None else (shift.backup,)
    if role == "reviewer":
        return (*named, *(() if path is None or path.backup is None else (path.backup,)))
    other = _LEADS.get(role)
    leads = () if other is None else tuple(p.name for p in deployment.holders(other))
    return (*named, *leads)


def covers(shift: Shift, at: float) -> bool:
    """Whether `at` (unix seconds) lies within the shift."""
    return any(start <= at < end for start, end in _spans([shift], at, 1.0))


def _spans(shifts: Iterable[Shift], now: float, ahead_s: float) -> Iterator[tuple[float, float]]:
    """When the shifts begin and end, of those that touch the time from `now` on."""
    for shift in shifts:
        zone = zone_of(shift.zone)
        begin, stop = minutes_of(shift.hours)
        first = utc(now).astimezone(zone).date() - timedelta(days=1)
        for number in range(int(ahead_s // 86_400) + 4):
            day = first + timedelta(days=number)
            if DAYS[day.weekday()] in shift.days:
                end = stop if stop > begin else stop + _DAY_MINUTES
                yield _moment(day, begin, zone), _moment(day, end, zone)


def _moment(day: date, minute: int, zone: object) -> float:
    """A minute of a local day as unix seconds; from 1440 on it is of the next day."""
    day += timedelta(days=minute // _DAY_MINUTES)
    at = time(minute % _DAY_MINUTES // 60, minute % 60)
    return datetime.combine(day, at, zone).timestamp()  # type: ignore[arg-type]  # a zone of `zone_of`
