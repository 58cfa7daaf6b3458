"""`warroom status` in sentences, the most urgent first: without signs, to be read aloud."""

from console.clean import clean
from console.cli.company import everybody, sync_sentences, who_sentences
from console.cli.contested import contested_sentences
from console.cli.notify import notice_sentences
from console.cli.warning import warning_sentences
from console.domain.checkins import window_of
from console.domain.duties import owed
from console.domain.extra_rules import in_unit
from console.domain.golive import golive_text
from console.domain.incidents import open_incidents, severity_words
from console.domain.queue_words import sentence
from console.domain.readings import Reading
from console.domain.state import Alert
from console.domain.times import clock_text, iso, span
from console.domain.unwell import unwell
from console.domain.words import rule_words
from console.journal.claimed import claimed_words
from console.room import Picture, WarRoom
from console.room.feedview import FeedView
from console.room.stopped import stopped_demo

VERDICTS = {
    "ok": "within its limit",
    "breach": "IN BREACH",
    "too-few": "not to be judged yet",
    "stale": "stale, so unknown",
    "down": "down, so unknown",
}
GATES = {"met": "met", "not-met": "not met", "unknown": "unknown, so it holds"}


def status_sentences(room: WarRoom, picture: Picture) -> list[str]:
    """All that `warroom status` says, a line a matter."""
    state = picture.state
    currency = room.deployment.nfr.currency
    told = sentence(picture.queue, picture.now).replace(" · ", ", ")
    return [
        f"{room.deployment.agent.name} ({room.deployment.context.exposure}) is {state.status} "
        f"at {clock_text(picture.now)}.",
        *(f"{one}." for one in claimed_words(room.record.journal.claimed)),
        *_rollback(room, picture),
        *contested_sentences(state),
        _health(picture),
        *_phase(picture),
        *(_alert(alert, picture.now) for alert in state.firing),
        *warning_sentences(state, picture.now),
        *([told] if told else []),
        *(
            f"Incident {one.id} is open, {severity_words(one.severity)}: {clean(one.title, 120)}."
            for one in open_incidents(state)
        ),
        *(
            f"Owed: {clean(one.title, 160)} by {iso(one.due)}, {one.clock} ({one.id})."
            for one in owed(state, picture.now)
        ),
        *_window(picture),
        *notice_sentences(state, room.deployment, picture.now),
        *(_metric(rule_words(name), one, currency) for name, one in picture.readings.items()),
        *(_metric(one.metric, one, currency) for one in picture.checks.values()),
        *(line for view in picture.feeds for line in _feed(view)),
        *([f"T{stopped[1:]}."] if (stopped := stopped_demo(room, picture)) else []),
        *who_sentences(everybody(room.directory, room.machines.status), picture.now),
        *sync_sentences(room.machines.status, picture.now),
        *_otherwise(room),
        _journal(room),
    ]


def _rollback(room: WarRoom, picture: Picture) -> list[str]:
    """What calls for a rollback, and how the latest one stands."""
    state = picture.state
    lines = [
        f"ROLLBACK TRIGGER TRUE: {trigger.name}: {trigger.why}."
        for trigger in picture.triggers
        if trigger.state == "true"
    ]
    if state.rollback is not None:
        broken = room.rollback_interrupted
        silent = clean(room.machines.silent(state)) if broken else ""
        how = "broken off, its process is gone" if broken and not silent else state.rollback.state
        lines.append(f"Rollback {state.rollback.id} is {how}{f', but {silent}' if silent else ''}.")
        if broken:
            lines.append(f"Go on with it: warroom rollback {room.directory} --resume")
    return lines


def _health(picture: Picture) -> str:
    """Whether all is well, in a sentence. Unknown is not well."""
    readings = {**picture.readings, **picture.checks}
    wrong = [rule_words(name) for name, one in readings.items() if one.verdict == "breach"]
    wrong += [rule_words(alert.rule) for alert in picture.state.firing]
    wrong += unwell(picture.state, picture.queue, picture.now)
    if wrong:
        return f"It is NOT HEALTHY: {clean(', '.join(dict.fromkeys(wrong)), 300)}."
    blind = [rule_words(name) for name, one in readings.items() if one.verdict in {"stale", "down"}]
    blind += [f"feed {view.id}" for view in picture.feeds if view.fresh.state != "live"]
    if blind:
        return f"Whether it is healthy is UNKNOWN: nothing fresh of {', '.join(blind)}."
    few = [rule_words(name) for name, one in readings.items() if one.verdict == "too-few"]
    if few:
        return f"Nothing is wrong as far as can be told: too few calls for {', '.join(few)}."
    return "It is healthy: no alert fires and every metric is within its limit."


def _phase(picture: Picture) -> list[str]:
    """The phase, how long it lasts and has to, and what its gate waits for."""
    state, gate, attempt = picture.state, picture.gate, picture.state.attempt
    name = attempt.phase if attempt.increment is None else f"{attempt.phase} {attempt.increment} %"
    lasts = f", for {span(gate.elapsed_s)}" if state.attempts else ", which has not begun"
    left = f", with {span(gate.left_s)} of {span(gate.dwell_s)} left" if gate.left_s else ""
    progress = picture.progress
    lines = [
        f"The phase is {name}{lasts}{left}.",
        "The rollout is over: its window has been assessed."
        if state.stable_since is not None
        else f"Its gate is {GATES.get(gate.verdict, gate.verdict)}; "
        f"{len(gate.missing)} missing (warroom gate says what).",
        f"Of the checklist {progress.confirmed} of {progress.total} items are confirmed, "
        f"and {len(progress.open_hard)} hard ones are open.",
    ]
    return [*lines, f"{golive_text(picture.go_live)}."] if attempt.phase == "readiness" else lines


def _alert(alert: Alert, now: float) -> str:
    by = clean(alert.acknowledged_by, 60) or "nobody"
    return (
        f"Alert firing since {clock_text(alert.fired_at)}, {span(now - alert.fired_at)} ago: "
        f"{clean(rule_words(alert.rule))}, {clean(alert.why)} then; {by} has it in hand."
    )


def _metric(name: str, reading: Reading, currency: str) -> str:
    figures = []
    # A share of calls stands in the words already.
    if reading.value is not None and reading.unit not in {"ratio", "count"}:
        figures.append(in_unit(reading.unit, reading.value, currency))
    if reading.limit is not None:
        figures.append(f"limit {in_unit(reading.unit, reading.limit, currency)}")
    told = f" ({', '.join(figures)})" if figures else ""
    return f"Metric {name} is {VERDICTS[reading.verdict]}: {reading.why}{told}."


def _feed(view: FeedView) -> list[str]:
    error = f": {view.fresh.error}" if view.fresh.error else ""
    read = "" if view.fresh.age_s is None or error else f", read {span(view.fresh.age_s)} ago"
    lines = [f"Feed {view.id} is {view.fresh.state}{error or read}."]
    return [*lines, f"F{view.unreadable[1:]}."] if view.unreadable else lines


def _window(picture: Picture) -> list[str]:
    """The first 48 hours in a line; none where they have not begun."""
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


def _otherwise(room: WarRoom) -> list[str]:
    """What makes this state another than that of other machines."""
    disputed = room.members.look_at_own(judge=True)
    return [f"THE STATE HERE IS NOT THAT OF OTHER MACHINES: {disputed}."] if disputed else []


def _journal(room: WarRoom) -> str:
    journal = room.record.journal
    waits, apart = sum(one.count for one in journal.pending), len(journal.apart)
    held = f"; {waits} pending, {apart} apart" if waits or apart else ""
    return f"Journal: {journal.count} entries, {journal.trouble or 'intact'}{held}."
