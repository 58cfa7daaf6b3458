"""What entries of escalations, the window, incidents and duties say; see `words`."""

from collections.abc import Callable
from typing import Any

from console.domain import events as e
from console.domain.times import iso, span


def many(names: tuple[str, ...]) -> str:
    """Names in a few words: there may be hundreds."""
    if len(names) <= 2:
        return ", ".join(names)
    return f"{names[0]} and {len(names) - 1:,} more"


def _raised(event: e.EscalationRaised) -> str:
    named = many(tuple(item.id for item in event.items))
    what = f" ({event.what})" if event.what else ""
    return f"{event.row}{what} to {', '.join(event.to)}: {named}"


def _resolved(event: e.EscalationResolved) -> str:
    verdict = f", {event.verdict.replace('-', ' ')}" if event.verdict else ""
    pattern = f". Pattern: {event.pattern}" if event.pattern else ""
    return f"{many(event.escalations)}{verdict}: {event.outcome}{pattern}"


def _escalation_missed(event: e.EscalationMissed) -> str:
    told = f", {', '.join(event.told)} to be told" if event.told else ""
    return f"not answered within the SLA: {many(event.escalations)}{told}"


def _checkin(event: e.CheckInMade) -> str:
    due = "" if event.due is None else f" (due {iso(event.due.timestamp())})"
    return f"{event.remark}{due}"


def _warned(event: e.WarningRaised) -> str:
    return f"{event.warning}: {event.why}"


def _reviewed(event: e.WarningReviewed) -> str:
    fix = "a fix within 4 h" if event.fix else "no fix within 4 h"
    return f"{event.warning}: {event.cause}, {fix}. {event.remark}".rstrip()


def _assessed(event: e.WindowAssessed) -> str:
    though = f", though {'; '.join(event.caveats)}" if event.caveats else ""
    return f"{event.attempt}: {event.status}{though}. {event.why}".rstrip()


def _changed(event: e.IncidentChanged) -> str:
    told = [
        "" if event.severity is None else f"severity {event.severity}",
        "" if event.lead is None else f"lead {event.lead}",
        "" if event.scribe is None else f"scribe {event.scribe}",
        "" if event.cadence_s is None else f"an update every {span(event.cadence_s)}",
    ]
    return f"{event.incident}: {', '.join(filter(None, told))}. {event.why}".rstrip()


def _linked(event: e.IncidentLinked) -> str:
    named = many((*event.alerts, *event.escalations, *event.calls))
    return f"{event.incident}: {named} belong to it"


def _postmortem(event: e.PostMortemRecorded) -> str:
    where = f" ({', '.join(one.replace('-', ' ') for one in event.where)})" if event.where else ""
    return (
        f"{event.rollback or event.incident}: {event.root_cause}. "
        f"Change{where}: {event.change}. Timeline: {event.timeline}"
    )


SAY: dict[type, Callable[[Any], str]] = {
    e.NoticesSilenced: lambda v: (
        f"{v.silence}: nobody is told of {v.rule} until {iso(v.until.timestamp())}, {v.why}"
    ),
    e.SilenceLifted: lambda v: f"{v.silence} lifted. {v.why}".rstrip(),
    e.EscalationRaised: _raised,
    e.EscalationAcknowledged: lambda v: f"{many(v.escalations)} {v.remark}".rstrip(),
    e.EscalationAssigned: lambda v: f"{many(v.escalations)} to {v.to}. {v.why}".rstrip(),
    e.EscalationResolved: _resolved,
    e.EscalationMissed: _escalation_missed,
    e.CheckInMade: _checkin,
    e.CheckInMissed: lambda v: f"nobody had checked in by {iso(v.due.timestamp())}",
    e.ShiftHanded: lambda v: f"the watch goes to {v.to}. {v.remark or v.summary}",
    e.ShiftTaken: lambda v: f"has the watch{f', from {v.handed_by}' if v.handed_by else ''}",
    e.WarningRaised: _warned,
    e.WarningCleared: lambda v: f"{v.warning}: {v.why}",
    e.WarningReviewed: _reviewed,
    e.WarningSettled: lambda v: f"{v.warning}: {v.decision}. {v.why}".rstrip(),
    e.WindowAssessed: _assessed,
    e.LimitationNoted: lambda v: v.text,
    e.IncidentOpened: lambda v: f"{v.incident} severity {v.severity}: {v.title}",
    e.IncidentChanged: _changed,
    e.IncidentLinked: _linked,
    e.IncidentUpdated: lambda v: f"{v.incident}: {v.text}",
    e.IncidentClosed: lambda v: f"{v.incident}: {v.resolution}",
    e.DutyStarted: lambda v: f"{v.title} by {v.due:%Y-%m-%d %H:%M %Z} ({v.duty})",
    e.DutyDone: lambda v: f"{v.duty}: {v.remark}",
    e.PostMortemRecorded: _postmortem,
}
