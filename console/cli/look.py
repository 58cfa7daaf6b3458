"""What can be looked at from the command line: status, checklist, gate."""

from argparse import Namespace
from typing import Any

import msgspec

from console.cli.company import everybody, present_of, sync_of
from console.cli.contested import contested_of
from console.cli.deeds import who_is
from console.cli.duties import duties_of
from console.cli.escalations import counts_of, groups_of
from console.cli.exits import CORRUPT, DONE
from console.cli.incident import incident_of
from console.cli.notify import notices_of
from console.cli.readiness import golive_of, poll_of
from console.cli.running import run
from console.cli.say import say, say_json
from console.cli.status_words import status_sentences
from console.cli.traffic import traffic_of
from console.cli.warning import warnings_of
from console.cli.window_values import window_values
from console.domain.gates import proposal_of
from console.domain.incidents import all_incidents
from console.domain.readings import Reading
from console.domain.state import Alert, state_hash
from console.domain.state_rollback import Rollback
from console.domain.times import iso, iso_or_none
from console.journal.claimed import Claimed
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
        say(*status_sentences(room, picture))
    return DONE if room.record.journal.intact else CORRUPT


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
                "newest_at": iso_or_none(view.arrivals.newest),
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
            "disputed": room.members.look_at_own(judge=True),
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
            "ends_at": iso_or_none(projection.ends_at),
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

    return {
        "id": rollback.id,
        "outcome": rollback.state,
        "trigger": rollback.trigger,
        "target": rollback.target,
        "by": rollback.by,
        "why": rollback.outcome_why,
        "seconds": rollback.seconds,
        "times": {
            "first_true": iso_or_none(rollback.first_true),
            "detected": iso_or_none(rollback.detected),
            "ordered": iso_or_none(rollback.triggered_at),
            "executed": iso_or_none(rollback.executed_at),
            "verified": iso_or_none(rollback.verified_at),
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
