"""What was done otherwise than the guide asks, or later, with the reason where one is given."""

from collections.abc import Sequence

from console.domain import events as e
from console.domain.concurrent import contested_words
from console.domain.queue_words import ROWS
from console.domain.words import counted
from console.reports.golive.rows import (
    DutyRow,
    Escalations,
    ItemRow,
    RollbackRow,
    Said,
    Stretch,
    Watch,
)
from console.reports.golive.subject import Subject
from widgets.format import duration

ROLLBACK_S = 900.0


def decided_otherwise(told: Subject, rows: Sequence[ItemRow]) -> tuple[Said, ...]:
    """What was decided otherwise than the guide asks."""
    found = [
        Said(f"item {row.id}: {row.note}", row.sources) for row in rows if row.state == "accepted"
    ]
    found += [
        Said(
            f"item {row.id} was confirmed for {one.role} by {one.by} on behalf of "
            f"{one.on_behalf_of}",
            one.sources,
        )
        for row in rows
        for one in row.proven
        if one.on_behalf_of
    ]
    found += _same_person(rows)
    found += _baseline(told)
    for entry, gate in told.tale.every(e.GateDecided):
        if gate.decision == "advance" and gate.cautions and told.within(entry.at.timestamp()):
            words = f"{gate.attempt} was left although {'; '.join(gate.cautions)}"
            found.append(Said(words, told.cites.of(entry)))
    found += _contested(told)
    for entry, changed in told.tale.every(e.ConfigChanged):
        if told.within(entry.at.timestamp()):
            words = f"warroom.toml was changed during the rollout: {'; '.join(changed.changes)}"
            found.append(Said(words, told.cites.of(entry)))
    deployment = told.ground.deployment
    if deployment.context.exposure == "customer-facing" and not deployment.two_people:
        found.append(Said("one lead alone decides gates of a customer-facing agent"))
    for one in told.ground.state.conflicts:
        if told.within(one.at):
            words = f"entry {one.writer}/{one.seq} ({one.kind}) changed nothing: {one.why}"
            entries = [x for x in told.ground.entries if (x.writer, x.seq) == (one.writer, one.seq)]
            found.append(Said(words, told.cites.of(*entries)))
    held = told.closing.assessment
    if held is not None and held.status != held.proposed:
        assessed = told.tale.entries(e.WindowAssessed, lambda x: x.attempt == held.attempt)
        words = f"assessed as {held.status} where the evidence proposes {held.proposed}: {held.why}"
        found.append(Said(words, told.cites.of(*assessed[-1:])))
    return tuple(found)


def kept_otherwise(
    held: Stretch | None,
    kept: Watch | None,
    raised: Escalations,
    rollbacks: Sequence[RollbackRow],
    duties: Sequence[DutyRow],
) -> tuple[Said, ...]:
    """What was due and came late, or not at all (Guide 3.5, 5.1, 6.1 to 6.5)."""
    found: list[Said] = []
    if kept is not None and (kept.missed or kept.late):
        words = f"a look every 2 hours: {kept.missed} missed and {kept.late} late"
        found.append(Said(f"{words} of {len(kept.checkins)}", kept.checkin_sources))
    if held is not None and held.unwatched_s >= 60:
        words = f"{held.name}: {duration(held.unwatched_s)} in which nobody evaluated what came in"
        found.append(Said(words, held.unwatched_sources))
    for row in raised.rows:
        late = row.late + row.overdue
        if late:
            named = ROWS.get(row.row, row.row)
            words = f"{late:,} of {counted(row.raised, 'escalation')} past their SLA: {named}"
            found.append(Said(words, (*row.sources, *row.answer_sources)))
    found += [
        Said(f"rollback {row.id} took {duration(row.seconds)}, more than 15 min", row.sources)
        for row in rollbacks
        if (row.seconds or 0.0) > ROLLBACK_S
    ]
    found += [
        Said(f"{row.title}: {row.state}, due {row.due}", row.sources)
        for row in duties
        if row.state in {"done late", "OVERDUE"}
    ]
    return tuple(found)


def _contested(told: Subject) -> list[Said]:
    """Decisions that were taken by people who could not know of each other's."""
    places = {(x.writer, x.seq): x for x in told.ground.entries}
    found = []
    for one in told.ground.state.contested.values():
        if not told.within(one.overruled.at) and one.attempt not in told.mine:
            continue
        seen = "nobody has acknowledged it"
        if one.acknowledged_at is not None:
            seen = f"{one.acknowledged_by} acknowledged it: {one.remark}"
        sides = [places[side.writer, side.seq] for side in (*one.stands, one.overruled)]
        seen_to = told.tale.every(e.ContestedAcknowledged)
        sides += [entry for entry, event in seen_to if event.contested == one.id]
        words = f"contested decision, {contested_words(one)}; {seen}"
        found.append(Said(words, told.cites.of(*sides)))
    return found


def _baseline(told: Subject) -> list[Said]:
    """What the baseline that stood at GO leaves out."""
    if told.at_go is None or told.at_go.baseline is None:
        return []
    held = told.at_go.baseline
    blank = [name for name, number in held.numbers.items() if number is None]
    if not blank:
        return []
    entries = [
        entry
        for entry in told.tale.entries(e.BaselineDocumented)
        if abs(entry.at.timestamp() - held.at) < 1e-3
    ]
    words = f"the baseline marks {', '.join(blank)} as not applicable: {held.source}"
    return [Said(words, told.cites.of(*entries[-1:]))]


def _same_person(rows: Sequence[ItemRow]) -> list[Said]:
    """Items that ask for several roles and were confirmed by one person for all of them."""
    alone = [
        row
        for row in rows
        if len({one.role for one in row.proven}) > 1 and len({one.by for one in row.proven}) == 1
    ]
    if not alone:
        return []
    names = ", ".join(row.id for row in alone)
    marks = tuple(
        dict.fromkeys(mark for row in alone for one in row.proven for mark in one.sources)
    )
    words = f"{counted(len(alone), 'item')} of two roles confirmed by one person: {names}"
    return [Said(words, marks)]


def stricter(told: Subject) -> tuple[Said, ...]:
    """Where `warroom.toml` asks for more than the guide; looser is never possible."""
    deployment = told.ground.deployment
    found = []
    for name, phase in deployment.phases.items():
        if phase.dwell_h is not None:
            found.append(f"{name} runs for {phase.dwell_h:g} h at least")
        for criterion, own in phase.criteria.items():
            said = ", ".join(f"{k} {v:g}" for k, v in own.model_dump(exclude_none=True).items())
            found.append(f"{name}, {criterion}: {said}")
    found += [f"{m} limit {o.limit:g}" for m, o in deployment.metrics.items() if o.limit]
    found += [
        f"item {name} is a hard gate here" for name, one in deployment.items.items() if one.hard
    ]
    found += [
        f"item {name} expires after {one.expires_days} days"
        for name, one in deployment.items.items()
        if one.expires_days is not None
    ]
    marks = told.cites.file("warroom.toml", "the file as it is now", told.ground.config_sha256)
    return tuple(Said(words, marks) for words in found)
