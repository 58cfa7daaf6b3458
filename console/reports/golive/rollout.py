"""The rollout: each attempt with its criteria (Guide 4.2), rollbacks with their five times."""

from config.guide import trigger_rules
from console.domain import events as e
from console.domain.gate_record import attempt_label
from console.domain.incidents import all_incidents, needs_postmortem
from console.domain.postmortem import WHERE
from console.domain.state_incident import Incident, PostMortem
from console.domain.state_rollback import Rollback, fired_too_words, joined_words
from console.domain.state_rollout import Attempt
from console.domain.times import iso
from console.reports.golive.rows import AttemptRow, IncidentRow, RollbackRow
from console.reports.golive.subject import Subject

OUTCOMES = {"advanced": "advanced", "rolled-back": "rolled back"}


def attempt_rows(told: Subject) -> tuple[AttemptRow, ...]:
    """Each phase and increment of the rollout, in its order."""
    return tuple(_attempt(told, attempt) for attempt in told.attempts)


def _attempt(told: Subject, attempt: Attempt) -> AttemptRow:
    decided = told.tale.every(e.GateDecided, lambda gate: gate.attempt == attempt.id)
    if attempt.outcome == "advanced":  # what was decided after the advance came too late to count
        left = next(place for place, (_, gate) in enumerate(decided) if gate.decision == "advance")
        decided = decided[: left + 1]
    entered = told.tale.entries(e.GateDecided, lambda gate: _opens(gate, attempt))
    last = decided[-1] if decided else None
    ended = attempt.ended_at if attempt.ended_at is not None else told.end
    rule = told.ground.deployment.phase_rule(attempt.phase)
    briefs = told.tale.every(e.BriefGiven, lambda brief: brief.into == attempt_label(attempt))
    briefs = [pair for pair in briefs if pair[0].at.timestamp() <= attempt.entered_at]
    brief = briefs[-1] if briefs else None
    deciders = ""
    if last is not None:
        proposer = last[1].proposed_by
        deciders = f"{proposer} and {last[0].actor.name}" if proposer else last[0].actor.name
    briefed = f"{brief[1].to}, {iso(brief[0].at.timestamp())}" if brief else ""
    named = [*entered[-1:], *(entry for entry, _ in decided), *([brief[0]] if brief else [])]
    return AttemptRow(
        attempt.id,
        attempt_label(attempt),
        iso(attempt.entered_at),
        iso(attempt.ended_at) if attempt.ended_at is not None else "",
        ended - attempt.entered_at - attempt.jumped_s,
        float(rule.min_s) if rule else 0.0,
        "assessed"
        if attempt.phase == "full" and attempt.outcome == "advanced"
        else OUTCOMES.get(attempt.outcome, "stands"),
        attempt.holds,
        last[1].criteria if last else (),
        deciders,
        last[1].record if last else "",
        last[1].cautions if last else (),
        briefed,
        told.cites.of(*named),
    )


def _opens(gate: e.GateDecided, attempt: Attempt) -> bool:
    """Whether this decision is the one that the attempt began with."""
    number = attempt.id.rpartition(".")[2]
    return (
        gate.decision == "advance"
        and gate.to_phase == attempt.phase
        and gate.to_increment == attempt.increment
        and gate.attempt.rpartition(".")[2] == number
    )


def cause_words(one: Rollback) -> str:
    """Why it was rolled back: the trigger in the guide's words, and what was said."""
    named = next((rule.name for rule in trigger_rules() if rule.id == one.trigger), one.trigger)
    return f"{named}: {one.why}" if one.why else named


def rollback_rows(told: Subject) -> tuple[RollbackRow, ...]:
    """The rollbacks of this rollout's attempts with their five times."""
    held = told.ground.state.rollbacks.values()
    return tuple(_rollback(told, one) for one in held if {one.attempt, one.ended} & told.mine)


def _rollback(told: Subject, one: Rollback) -> RollbackRow:
    def at(moment: float | None) -> str:
        return "" if moment is None else iso(moment)

    outputs = next((p for p in told.ground.state.postmortems if p.rollback == one.id), None)
    fired_too = (*map(fired_too_words, one.attached), *map(joined_words, one.joined))
    names = {one.id, *(other.id for other in one.joined)}
    entries = [
        *told.tale.entries(e.RollbackTriggered, lambda x: x.rollback in names),
        *told.tale.entries(e.RollbackAttached, lambda x: x.rollback in names),
        *told.tale.entries(e.RollbackStep, lambda x: x.rollback in names),
        *told.tale.entries(e.RollbackFinished, lambda x: x.rollback in names),
        *told.tale.entries(e.PostMortemRecorded, lambda x: x.rollback in names),
    ]
    behalf = f" on behalf of {one.on_behalf_of}" if one.on_behalf_of else ""
    return RollbackRow(
        one.id,
        one.attempt,
        one.trigger,
        "; ".join((cause_words(one), *fired_too)),
        f"{one.by}{behalf}",
        one.target or "the existing process",
        at(one.first_true),
        at(one.detected),
        at(one.triggered_at),
        at(one.executed_at),
        at(one.verified_at),
        one.seconds,
        one.state,
        tuple(f"{step.title}: {step.state}, {step.detail}".rstrip(" ,") for step in one.steps),
        outputs.root_cause if outputs else "",
        _change(outputs),
        outputs.timeline if outputs else "",
        told.cites.of(*entries),
        ", in real seconds; the times are a demo's, which run faster" if told.clocked else "",
    )


def _change(outputs: PostMortem | None) -> str:
    if outputs is None:
        return ""
    where = ", ".join(WHERE[name] for name in outputs.where)
    return f"{outputs.change} ({where})" if where else outputs.change


def incident_rows(told: Subject) -> tuple[IncidentRow, ...]:
    """The incidents of this rollout, the gravest open ones first."""
    mine = {
        row.id
        for row in told.ground.state.rollbacks.values()
        if {row.attempt, row.ended} & told.mine
    }
    return tuple(
        _incident(told, one)
        for one in all_incidents(told.ground.state)
        if one.attempt in told.mine or told.within(one.opened_at) or one.rollback in mine
    )


def _incident(told: Subject, one: Incident) -> IncidentRow:
    entries = [
        *told.tale.entries(e.IncidentOpened, lambda x: x.incident == one.id),
        *told.tale.entries(e.IncidentChanged, lambda x: x.incident == one.id),
        *told.tale.entries(e.IncidentClosed, lambda x: x.incident == one.id),
    ]
    grave = one.severity <= 2 or bool(one.rollback)
    owing = needs_postmortem(told.ground.state, one)
    return IncidentRow(
        one.id,
        one.severity,
        one.title,
        iso(one.opened_at),
        "" if one.closed_at is None else iso(one.closed_at),
        one.trigger,
        one.resolution,
        one.lead,
        "owed" if owing else "held" if grave else "not asked for",
        told.cites.of(*entries),
    )
