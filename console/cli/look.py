"""What can be looked at from the command line: status, checklist, gate."""

from argparse import Namespace
from typing import Any

import msgspec

from console.clean import clean
from console.cli.company import everybody, present_of, sync_of, sync_sentences, who_sentences
from console.cli.contested import contested_of, contested_sentences
from console.cli.deeds import who_is
from console.cli.duties import duties_of
from console.cli.escalations import counts_of, groups_of
from console.cli.incident import incident_of
from console.cli.notify import notice_sentences, notices_of
from console.cli.readiness import golive_of, poll_of
from console.cli.running import run
from console.cli.say import say, say_json
from console.cli.traffic import traffic_of
from console.cli.warning import warning_sentences, warnings_of
from console.cli.window_values import window_values
from console.domain.checkins import window_of
from console.domain.duties import owed
from console.domain.gates import proposal_of
from console.domain.golive import golive_text
from console.domain.incidents import all_incidents, open_incidents, severity_words
from console.domain.queue_words import sentence
from console.domain.readings import Reading
from console.domain.state import Alert, state_hash
from console.domain.state_rollback import Rollback
from console.domain.times import clock_text, iso, span
from console.domain.words import rule_words
from console.journal.claimed import Claimed, claimed_words
from console.room import Picture, WarRoom

MARKS = {"ok": "✓", "breach": "▲", "too-few": "◌", "stale": "◷", "down": "✗"}
CRITERION_MARKS = {"met": "✓", "not-met": "✗", "unknown": "?", "not-applicable": "–"}


def look_at(args: Namespace, *, offline: bool) -> tuple[WarRoom, Picture]:
    """Open read-only, ask the feeds once, take a picture."""

    async def look() -> tuple[WarRoom, Picture]:
        who = who_is(args) if hasattr(args, "who") else ""
        room = WarRoom.open(args.dir, who=who, read_only=True, offline=offline)
        await room.poll_once()
        picture = room.picture()
        await room.close()
        return room, picture

    return run(look())


def status(args: Namespace) -> int:
    """`warroom status`: 0, or 4 if the journal is damaged. A dead feed is part of what it says."""
    room, picture = look_at(args, offline=args.offline)
    if args.json:
        say_json(status_of(room, picture))
    else:
        say(*_sentences(room, picture))
    return 0 if room.record.journal.intact else 4


def unreached(picture: Picture) -> bool:
    """Whether no feed answered, so that nothing of the agent is known."""
    return all(view.fresh.state == "down" for view in picture.feeds)


def status_of(room: WarRoom, picture: Picture) -> dict[str, Any]:
    """The status as plain JSON values: times RFC 3339, lengths in seconds, ratios 0 to 1."""
    state, gate, attempt = picture.state, picture.gate, picture.state.attempt
    journal = room.record.journal
    return {
        "agent": room.deployment.agent.name,
        "context": room.deployment.context.exposure,
        "status": state.status,
        "now": iso(picture.now),
        "phase": {
            "name": attempt.phase,
            "increment": attempt.increment,
            "attempt": attempt.id,
            "entered_at": iso(attempt.entered_at) if state.attempts else None,
            "elapsed_s": round(gate.elapsed_s),
            "dwell_s": gate.dwell_s,
        },
        "gate": gate_of(picture),
        "traffic": traffic_of(room, picture),
        "metrics": {name: _metric(reading) for name, reading in picture.readings.items()},
        "checks": {name: _metric(reading) for name, reading in picture.checks.items()},
        "alerts": [_alert(alert) for alert in state.firing],
        "warnings": warnings_of(state, picture.now),
        "triggers": [msgspec.to_builtins(trigger) for trigger in picture.triggers],
        "escalations": groups_of(picture),
        "escalation_counts": counts_of(picture),
        "notices": notices_of(state, room.deployment, picture.now),
        "checklist": {
            "total": picture.progress.total,
            "confirmed": picture.progress.confirmed,
            "open_hard": list(picture.progress.open_hard),
        },
        "go_live": golive_of(picture.go_live),
        "poll": None if state.poll is None else poll_of(state.poll),
        "feeds": [
            {
                "id": view.id,
                "freshness": view.fresh.state,
                "age_s": view.fresh.age_s,
                "error": view.fresh.error,
                "newest_at": None if view.arrivals.newest is None else iso(view.arrivals.newest),
                "trouble": view.trouble,
            }
            for view in picture.feeds
        ],
        "unreadable": {view.id: view.bad for view in picture.feeds if view.bad},
        "window": window_values(picture),
        "incidents": [incident_of(state, one, picture.now) for one in all_incidents(state)],
        "duties": [
            one
            for one in duties_of(state, room.deployment, picture.now)
            if one["id"] in state.duties
        ],
        "rollback": None if state.rollback is None else rollback_of(state.rollback),
        "unsigned_rollbacks": [unsigned_of(one) for one in journal.claimed],
        "contested": contested_of(state),
        "conflicts": [msgspec.to_builtins(conflict) for conflict in state.conflicts],
        "present": present_of(everybody(room.directory, room.machines.status)),
        "sync": sync_of(room.machines.status),
        "journal": {
            "entries": journal.count,
            "head": journal.head,
            "heads": journal.heads,
            "intact": journal.intact,
            "pending": sum(one.count for one in journal.pending),
            "apart": len(journal.apart),
        },
        "state": state_hash(state),
    }


def gate_of(picture: Picture) -> dict[str, Any]:
    """A gate as plain JSON values: times in seconds, `ends_at` in RFC 3339."""
    gate, projection = picture.gate, picture.projection
    held = proposal_of(picture.state, picture.now)
    return {
        "verdict": gate.verdict,
        "to": None if gate.to is None else gate.to.label,
        "criteria": [msgspec.to_builtins(criterion) for criterion in gate.criteria],
        "missing": list(gate.missing),
        "cautions": list(gate.cautions),
        "comparison": [msgspec.to_builtins(one) for one in picture.facts.comparison],
        "elapsed_s": gate.elapsed_s,
        "dwell_s": gate.dwell_s,
        "left_s": gate.left_s,
        "waits_for": gate.waits_for,
        "proposal": None
        if held is None
        else {"by": held.by, "at": iso(held.at), "into": held.into, "why": held.why},
        "rollout": {
            "running_s": projection.running_s,
            "waiting_s": projection.waiting_s,
            "left_s": projection.left_s,
            "ends_at": None if projection.ends_at is None else iso(projection.ends_at),
            "unwatched_s": projection.unwatched_s,
            "blind": projection.blind,
        },
    }


def _metric(reading: Reading) -> dict[str, Any]:
    return {
        name: getattr(reading, name)
        for name in ("verdict", "value", "unit", "limit", "window_s", "n", "age_s", "feed", "why")
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "rule": alert.rule,
        "state": "firing",
        "fired_at": iso(alert.fired_at),
        "why": alert.why,
        "value": alert.value,
        "limit": alert.limit,
        "n": alert.n,
        "acknowledged_by": alert.acknowledged_by,
        "severity": alert.severity,
        "recipients": list(alert.recipients),
    }


def unsigned_of(one: Claimed) -> dict[str, Any]:
    """A rollback that another machine tells of, and that counts nowhere; `at` in RFC 3339."""
    names = ("writer", "rollback", "who", "state", "told", "why")
    return {name: getattr(one, name) for name in names} | {"at": iso(one.at)}


def rollback_of(rollback: Rollback) -> dict[str, Any]:
    """A rollback with its five times as plain JSON values."""

    def at(moment: float | None) -> str | None:
        return None if moment is None else iso(moment)

    return {
        "id": rollback.id,
        "outcome": rollback.state,
        "trigger": rollback.trigger,
        "target": rollback.target,
        "by": rollback.by,
        "why": rollback.outcome_why,
        "seconds": rollback.seconds,
        "times": {
            "first_true": at(rollback.first_true),
            "detected": at(rollback.detected),
            "ordered": at(rollback.triggered_at),
            "executed": at(rollback.executed_at),
            "verified": at(rollback.verified_at),
        },
        "steps": [msgspec.to_builtins(step) for step in rollback.steps],
        "attached": [msgspec.to_builtins(one) for one in rollback.attached],
        "joined": [
            {
                "id": one.id,
                "trigger": one.trigger,
                "by": one.by,
                "ordered": iso(one.triggered_at),
                "outcome": one.state,
                "why": one.outcome_why,
            }
            for one in rollback.joined
        ],
    }


def _sentences(room: WarRoom, picture: Picture) -> list[str]:
    state, attempt = picture.state, picture.state.attempt
    name = attempt.phase if attempt.increment is None else f"{attempt.phase} {attempt.increment} %"
    lasted = f" for {span(picture.gate.elapsed_s)}" if state.attempts else ""
    context = room.deployment.context.exposure
    lines = [
        f"{room.deployment.agent.name} ({context}) is {state.status} at {clock_text(picture.now)}.",
        f"Phase {name}{lasted}, gate {picture.gate.verdict}.",
        f"Checklist: {picture.progress.confirmed} of {picture.progress.total} confirmed, "
        f"{len(picture.progress.open_hard)} hard open.",
    ]
    if attempt.phase == "readiness":
        lines.append(f"{golive_text(picture.go_live)}.")
    lines[1:1] = [
        f"ROLLBACK TRIGGER TRUE: {trigger.name}: {trigger.why}."
        for trigger in picture.triggers
        if trigger.state == "true"
    ]
    lines[1:1] = [f"{one}." for one in claimed_words(room.record.journal.claimed)]
    lines += contested_sentences(state)
    if state.rollback is not None:
        broken = room.rollback_interrupted
        silent = clean(room.machines.silent(state)) if broken else ""
        how = "broken off, its process is gone" if broken and not silent else state.rollback.state
        lines.append(f"Rollback {state.rollback.id} is {how}{f', but {silent}' if silent else ''}.")
        if broken:
            lines.append(f"Go on with it: warroom rollback {room.directory} --resume")
    lines += [
        f"Alert firing since {clock_text(alert.fired_at)}: {clean(rule_words(alert.rule))}, "
        f"{clean(alert.why)} then."
        for alert in state.firing
    ]
    lines += warning_sentences(state, picture.now)
    lines += [told] if (told := sentence(picture.queue, picture.now)) else []
    lines += notice_sentences(state, room.deployment, picture.now)
    lines += who_sentences(everybody(room.directory, room.machines.status), picture.now)
    lines += sync_sentences(room.machines.status, picture.now)
    for view in picture.feeds:
        error = f": {view.fresh.error}" if view.fresh.error else ""
        lines.append(f"Feed {view.id} is {view.fresh.state}{error}.")
        if view.unreadable:
            lines.append(f"F{view.unreadable[1:]}.")
    for name_, reading in picture.readings.items():
        lines.append(f"  {MARKS[reading.verdict]} {reading.verdict:8} {name_:16} {reading.why}")
    for check in picture.checks.values():
        lines.append(f"  {MARKS[check.verdict]} {check.verdict:8} {check.metric} {check.why}")
    lines += _window_sentences(picture)
    lines += [
        f"Incident {one.id} is open, {severity_words(one.severity)}: {clean(one.title, 120)}."
        for one in open_incidents(state)
    ]
    lines += [
        f"Owed: {clean(one.title, 160)} by {iso(one.due)}, {one.clock} ({one.id})."
        for one in owed(state, picture.now)
    ]
    journal = room.record.journal
    waits, apart = sum(one.count for one in journal.pending), len(journal.apart)
    held = f"; {waits} pending, {apart} apart" if waits or apart else ""
    lines.append(f"Journal: {journal.count} entries, {journal.trouble or 'intact'}{held}.")
    return lines


def _window_sentences(picture: Picture) -> list[str]:
    """The first 48 hours in two sentences; none where they have not begun."""
    window, rounds, shift = window_of(picture.state), picture.rounds, picture.state.shift
    if window is None:
        return []
    counts = ", ".join(f"{rounds.count(kind)} {kind}" for kind in ("kept", "late", "missed"))
    due = "" if rounds.next_due is None else f", the next by {clock_text(rounds.next_due)}"
    watch = "Nobody has taken the watch."
    if shift is not None:
        watch = f"{clean(shift.who)} watches since {span(picture.now - shift.since)}."
    passed = span(window.elapsed(picture.now))
    return [f"Window: {passed} of 48h. Check-ins: {counts}{due}. {watch}"]
