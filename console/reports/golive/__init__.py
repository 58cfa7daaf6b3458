"""The Go-Live Report (Guide 6.5): written from the journal, each figure with its source."""

from console.domain import events as e
from console.domain.times import iso
from console.reports.golive.deviations import decided_otherwise, kept_otherwise, stricter
from console.reports.golive.escalations import escalations, missing_escalations
from console.reports.golive.handed import (
    duty_rows,
    guide_lines,
    missing_handed,
    next_review,
    timeline,
)
from console.reports.golive.readiness import (
    governance,
    item_rows,
    logging,
    missing_readiness,
    readiness,
)
from console.reports.golive.rollout import attempt_rows, cause_words, incident_rows, rollback_rows
from console.reports.golive.rows import GoLiveReport, Logging, Said, Status
from console.reports.golive.stretch import bounds, missing_stretch, stretch
from console.reports.golive.subject import Subject, subject
from console.reports.golive.watch import missing_watch, watch
from console.reports.ground import Ground, about

__all__ = ["GoLiveReport", "go_live_report"]


def go_live_report(ground: Ground, rollout: int | None = None) -> GoLiveReport:
    """The report on a rollout, the latest without one; raises `Refused` if there is no such one."""
    told = subject(ground, rollout)
    status, reason = _status(told)
    rows = item_rows(told)
    ready, cleared = readiness(told, rows), governance(told, rows)
    attempts, held, kept = attempt_rows(told), stretch(told), watch(told)
    incidents, raised = incident_rows(told), escalations(told)
    logged = logging(told, rows, *bounds(told))
    rollbacks, duties = rollback_rows(told), duty_rows(told)
    validation, lines = guide_lines(told, rows, duties)
    odd = (*decided_otherwise(told, rows), *kept_otherwise(held, kept, raised, rollbacks, duties))
    more = stricter(told)
    when, left = timeline(told)
    review = next_review(told, duties)
    missing = [
        *missing_readiness(told, ready, cleared),
        *missing_stretch(told, held),
        *missing_watch(told, kept),
        *missing_escalations(told, raised),
        *_missing_logging(logged),
        *missing_handed(duties, told),
    ]
    return GoLiveReport(
        about=about(ground),
        rollout=told.rollout,
        draft=_draft(told, status),
        demo=told.clocked,
        status=status,
        reason=reason,
        missing=tuple(missing),
        go=_go(told),
        deployed=_deployed(told),
        next_review=review,
        readiness=ready,
        governance=cleared,
        attempts=attempts,
        stretch=held,
        watch=kept,
        incidents=incidents,
        escalations=raised,
        logging=logged,
        rollbacks=rollbacks,
        deviations=odd,
        stricter=more,
        duties=duties,
        validation=validation,
        checklist=lines,
        timeline=when,
        left_out=left,
        sources=told.cites.rows(),
    )


def _draft(told: Subject, status: Status) -> bool:
    """Whether the rollout is neither assessed nor back on a version that was verified."""
    if told.ended_by is not None:
        return told.ended_by.state != "verified"
    return status not in {"Stable", "Monitored"}


def _status(told: Subject) -> tuple[Status, Said]:
    """The status with its reason (Guide 6.5)."""
    if (back := told.ended_by) is not None:
        entries = told.tale.entries(e.RollbackTriggered, lambda x: x.rollback == back.id)
        words = f"{cause_words(back)}; the rollback is {back.state}"
        return "Rolled Back", Said(words, told.cites.of(*entries))
    held = told.closing.assessment
    if held is not None and told.closing.stable_since is not None:
        entries = told.tale.entries(e.WindowAssessed, lambda x: x.attempt == held.attempt)
        words = f"assessed {iso(held.at)} by {_deciders(told, 'stable') or held.by}: {held.why}"
        words += _watched(told) if held.status == "monitored" else ""
        source = told.cites.of(*entries[-1:])
        return ("Stable" if held.status == "stable" else "Monitored"), Said(words, source)
    window = told.window
    if window is None:
        if told.go is None:
            return "Preparing", Said("GO was not given")
        return "Rolling Out", Said(f"{told.attempts[-1].id} runs")
    left = 48 * 3600 - window.elapsed(told.ground.now)
    if left > 0:
        return "In Window", Said(f"the window ends {iso(told.ground.now + left)} at the earliest")
    return "To Assess", Said("the 48 hours are over and nobody has assessed them")


def _deciders(told: Subject, to: str) -> str:
    """Who decided on the gate that led there: who proposed it first, and who agreed."""
    decided = told.tale.every(e.GateDecided, lambda gate: gate.to_phase == to)
    mine = [(entry, gate) for entry, gate in decided if gate.attempt in told.from_readiness_on]
    if not mine:
        return ""
    entry, gate = mine[-1]
    return f"{gate.proposed_by} and {entry.actor.name}" if gate.proposed_by else entry.actor.name


def _watched(told: Subject) -> str:
    """What a monitored agent is watched for: the signal that holds, and warnings that stand."""
    held = told.closing.assessment
    if held is None:
        return ""
    standing = [
        one
        for one in told.closing.warnings.values()
        if one.attempt == held.attempt and one.cleared_at is None and one.decision != "fixed"
    ]
    why = [
        f"{signal.id.replace('-', ' ')}: {'; '.join(signal.evidence)}"
        for signal in held.signals
        if signal.verdict == "holds"
        and signal.id not in ({"healthy", "early-warning"} if standing else {"healthy"})
    ]
    for one in standing:
        decided = f" ({one.decision}: {one.settled_why})" if one.decision else ""
        why.append(f"{one.why}{decided}")
    return f". Watched for {'; '.join(why)}" if why else ". No signal is named for it"


def _go(told: Subject) -> Said:
    if told.go is None:
        return Said("not given")
    words = f"{iso(told.go.at.timestamp())} by {_deciders(told, 'dark-launch')}"
    return Said(words, told.cites.of(told.go))


def _deployed(told: Subject) -> Said:
    """The deployment date: when all users were on the agent."""
    full = next((a for a in told.attempts if a.phase == "full"), None)
    if full is None:
        return Said("full deployment was not reached")
    entries = told.tale.entries(e.GateDecided, lambda gate: gate.to_phase == "full")
    mine = [one for one in entries if abs(one.at.timestamp() - full.entered_at) < 1e-3]
    return Said(f"{iso(full.entered_at)}, full deployment", told.cites.of(*mine))


def _missing_logging(logged: Logging) -> list[Said]:
    if logged.probe is None:
        return [Said(f"the console's logging check was never run: logging is {logged.verdict}")]
    return [] if logged.verdict == "confirmed" else [Said(f"logging: {logged.verdict}")]
