"""The live escalation protocol: tried, used, and how soon people answered (Guide 5)."""

from collections import Counter
from collections.abc import Sequence
from statistics import median

from config.guide import escalation_rows
from console.domain import events as e
from console.domain.entry import Entry
from console.domain.state_escalation import Escalation
from console.domain.times import iso, span
from console.domain.words import counted
from console.reports.golive.rows import EscalationRow, Escalations, Said
from console.reports.golive.subject import Subject

MOST_PATTERNS = 20


def escalations(told: Subject) -> Escalations:
    """From GO to the end of the rollout."""
    every = told.ground.state.escalations.values()
    mine = [one for one in every if told.within(one.at)]
    raised: dict[str, list[Entry]] = {}
    for entry, event in told.tale.every(e.EscalationRaised):
        if any(told.within(item.at.timestamp()) for item in event.items):
            raised.setdefault(event.row, []).append(entry)
    answers = _answers(told, mine)
    rows = []
    for row in escalation_rows():
        ones = [one for one in mine if one.row == row.id]
        rows.append(_row(told, row.id, row.name, ones, raised.get(row.id, []), answers))
    marks = tuple(mark for row in rows for mark in (*row.sources, *row.answer_sources))
    return Escalations(
        _tested(told), tuple(rows), _issues(told, mine, marks), _patterns(told, mine)
    )


def _answers(told: Subject, mine: Sequence[Escalation]) -> dict[str, list[Entry]]:
    """The entries that stopped a clock, by row."""
    row_of = {one.id: one.row for one in mine}
    found: dict[str, list[Entry]] = {}
    acked = told.tale.every(e.EscalationAcknowledged)
    resolved = told.tale.every(e.EscalationResolved)
    pairs = [(entry, event.escalations) for entry, event in acked]
    pairs += [(entry, event.escalations) for entry, event in resolved]
    for entry, names in pairs:
        for row in {row_of[name] for name in names if name in row_of}:
            found.setdefault(row, []).append(entry)
    return found


def _row(
    told: Subject,
    name: str,
    title: str,
    ones: Sequence[Escalation],
    raised: Sequence[Entry],
    answers: dict[str, list[Entry]],
) -> EscalationRow:
    took = sorted(one.answered_at - one.at for one in ones if one.answered_at is not None)
    in_time = sum(one.answered_at is not None and one.answered_at <= one.due for one in ones)
    open_ = [one for one in ones if one.answered_at is None]
    slas = [one.due - one.at for one in ones]
    return EscalationRow(
        name,
        title,
        len(ones),
        in_time,
        len(took) - in_time,
        len(open_),
        sum(_late(one, told.ground.now) for one in open_),
        min(slas, default=None),
        max(slas, default=None),
        median(took) if took else None,
        took[-(-95 * len(took) // 100) - 1] if took else None,
        took[-1] if took else None,
        sum(one.verdict == "true-positive" for one in ones),
        sum(one.verdict == "false-positive" for one in ones),
        told.cites.of(*raised),
        told.cites.of(*answers.get(name, [])),
    )


def _tested(told: Subject) -> Said | None:
    """The test from end to end: sent, received, in how long; the latest before GO."""
    sent = told.tale.every(e.EscalationTestSent)
    received = {event.code: entry for entry, event in told.tale.every(e.EscalationTestReceived)}
    runs = told.tale.every(e.ProbeRan, lambda run: run.probe == "escalation")
    until = told.start if told.go is not None else told.end
    sent = [pair for pair in sent if pair[0].at.timestamp() <= until]
    runs = [pair for pair in runs if pair[0].at.timestamp() <= until]
    if not sent and not runs:
        return None
    words, entries = [], []
    if sent:
        entry, event = sent[-1]
        entries.append(entry)
        told_at = iso(entry.at.timestamp())
        there = received.get(event.code)
        if there is None:
            words.append(f"{told_at} {event.reviewer} was notified and did not confirm")
        else:
            entries.append(there)
            took = there.at.timestamp() - entry.at.timestamp()
            words.append(
                f"{told_at} {event.reviewer} was notified, {there.actor.name} confirmed after "
                f"{span(took)}"
            )
    if runs:
        entry, run = runs[-1]
        entries.append(entry)
        words.append(run.summary)
    return Said("; ".join(words), told.cites.of(*entries))


def _late(one: Escalation, now: float) -> bool:
    """Whether its SLA passed before somebody answered, or `now` (unix seconds) while nobody did."""
    return one.due < (now if one.answered_at is None else one.answered_at)


def _issues(told: Subject, mine: Sequence[Escalation], marks: tuple[int, ...]) -> tuple[Said, ...]:
    """What went wrong, by the sources `marks`."""
    found = []
    late = sum(_late(one, told.ground.now) for one in mine)
    if late:
        words = f"{late:,} of {len(mine):,} were not answered within their SLA"
        found.append(Said(words, marks))
    return tuple(found)


def _patterns(told: Subject, mine: Sequence[Escalation]) -> tuple[Said, ...]:
    """What people saw in the inputs, the most frequent first."""
    found = []
    patterns = Counter(one.pattern for one in mine if one.pattern)
    by: dict[str, list[Entry]] = {}
    for entry, event in told.tale.every(e.EscalationResolved):
        if event.pattern in patterns:
            by.setdefault(event.pattern, []).append(entry)
    for pattern, count in patterns.most_common(MOST_PATTERNS):
        words = f'"{pattern}": {counted(count, "escalation")}'
        found.append(Said(words, told.cites.of(*by.get(pattern, []))))
    more = len(patterns) - MOST_PATTERNS
    if more > 0:
        found.append(Said(f"and {more} more patterns"))
    return tuple(found)


def missing_escalations(told: Subject, held: Escalations) -> list[Said]:
    """What the protocol still lacks."""
    found = []
    if held.tested is None:
        found.append(Said("no test of the escalation from end to end is on record"))
    open_ = sum(row.open for row in held.rows)
    if open_:
        marks = tuple(m for row in held.rows if row.open for m in row.sources)
        words = f"{counted(open_, 'escalation')} not answered when this was written"
        found.append(Said(words, marks))
    late = [issue for issue in held.issues if "not answered within" in issue.text]
    return found + [Said(f"escalations: {issue.text}", issue.sources) for issue in late]
