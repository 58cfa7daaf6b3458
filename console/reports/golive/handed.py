"""What is owed and handed on: duties, the guide's own lists, deviations, the timeline."""

from collections import Counter
from collections.abc import Callable, Sequence

from console.domain import events as e
from console.domain.entry import Entry
from console.domain.line_records import LineState
from console.domain.lines import line_statuses
from console.domain.state_incident import Duty
from console.domain.times import iso
from console.domain.words import counted, entry_words
from console.reports.golive.rows import (
    DutyRow,
    GuideLineRow,
    ItemRow,
    Marks,
    Said,
    TimelineRow,
)
from console.reports.golive.subject import Subject

# Kinds of which there are hundreds, and which the sections above count.
ROUTINE = frozenset(
    {
        "notice.sent",
        "escalation.raised",
        "escalation.acknowledged",
        "escalation.assigned",
        "escalation.resolved",
        "item.confirmed",
        "sample.judged",
    }
)
# Times are kept in whole microseconds, and consoles start their clocks apart.
AHEAD_S = 1.0
# The duty that is done by handing this on: it would be missing from itself for ever.
THIS = "go-live-report-"
STATES: dict[LineState, str] = {
    "done": "done",
    "open": "OPEN",
    "missed": "MISSED",
    "later": "later",
    "not-applicable": "n/a",
}


def duty_rows(told: Subject) -> tuple[DutyRow, ...]:
    """What is or was owed for this rollout: its attempts, rollbacks and incidents."""
    about = set(told.mine)
    rollbacks = told.ground.state.rollbacks.values()
    about |= {one.id for one in rollbacks if {one.attempt, one.ended} & about}
    about |= {one.id for one in told.ground.state.incidents.values() if one.attempt in about}
    held = told.ground.state.duties.values()
    return tuple(_duty(told, one) for one in held if one.about in about)


def _duty(told: Subject, one: Duty) -> DutyRow:
    now, done = told.ground.now, one.done_at
    if done is None:
        state = "OVERDUE" if one.due < now else "open"
    else:
        state = "done late" if done > one.due else "done"
    entries = [
        *told.tale.entries(e.DutyStarted, lambda x: x.duty == one.id),
        *told.tale.entries(e.DutyDone, lambda x: x.duty == one.id),
    ]
    return DutyRow(
        one.id,
        one.title,
        one.owner,
        iso(one.due),
        state,
        "" if done is None else iso(done),
        one.done_by,
        one.remark,
        told.cites.of(*entries),
    )


def guide_lines(
    told: Subject, items: Sequence[ItemRow], duties: Sequence[DutyRow]
) -> tuple[tuple[GuideLineRow, ...], tuple[GuideLineRow, ...]]:
    """The validation steps, and the master checklist A to D, as far as each is."""
    rolled = None
    if told.ended_by is not None:
        rolled = (told.ground.state, frozenset(told.mine))
    marks = _marks(told, items, duties)
    rows = [
        GuideLineRow(
            one.line.id,
            one.line.text,
            STATES[one.state],
            one.why,
            one.line.links,
            tuple(dict.fromkeys(mark for link in one.line.links for mark in marks(link))),
        )
        for one in line_statuses(told.closing, told.items, rolled)
    ]
    validation = tuple(row for row in rows if row.id.startswith("V"))
    return validation, tuple(row for row in rows if row.id[0] in "ABCD")


def _marks(
    told: Subject, items: Sequence[ItemRow], duties: Sequence[DutyRow]
) -> Callable[[str], Marks]:
    """The sources of what a line is linked to."""
    proofs = {row.id: tuple(m for one in row.proven for m in one.sources) for row in items}
    owed = {row.id.rpartition("-")[0]: row.sources for row in duties}
    tale, mine = told.tale, told.mine
    gates = tale.entries(e.GateDecided, lambda gate: gate.attempt in mine)
    kinds: dict[str, Sequence[Entry]] = {
        "gates": gates,
        "dwell": gates,
        "briefs": tale.entries(e.BriefGiven, lambda brief: brief.attempt in mine),
        "check-ins": [*tale.entries(e.CheckInMade), *tale.entries(e.CheckInMissed)],
        "sample-review": tale.entries(e.SampleJudged, lambda one: one.attempt.startswith("full")),
        "status": [
            *tale.entries(e.WindowAssessed, lambda one: one.attempt in mine),
            *tale.entries(e.RollbackTriggered, lambda one: one.attempt in mine),
        ],
        "no-trigger": [
            *tale.entries(e.TriggerRaised),
            *tale.entries(e.RollbackTriggered, lambda one: one.attempt in mine),
        ],
        "metrics": tale.entries(e.GateDecided, lambda gate: gate.attempt.startswith("full")),
        "incidents": [*tale.entries(e.IncidentOpened), *tale.entries(e.LimitationNoted)],
        "post-mortem": [*tale.entries(e.PostMortemRecorded), *tale.entries(e.IncidentOpened)],
    }
    handed = {"report": "go-live-report", "filed": "filing", "weekly-review": "weekly-review"}

    def of(link: str) -> Marks:
        kind, _, name = link.partition(":")
        if kind == "item":
            return proofs.get(name, ())
        if kind == "handover":
            return owed.get(handed[name], ())
        found = gates if kind == "phase" else kinds.get(name, ())
        return told.cites.of(*(one for one in found if told.within(one.at.timestamp())))

    return of


def next_review(told: Subject, duties: tuple[DutyRow, ...]) -> Said:
    """When the first weekly review is (Guide 6.5)."""
    held = next((one for one in duties if one.id.startswith("weekly-review-")), None)
    if (back := told.ended_by) is not None:
        owed = next((one for one in duties if one.id == f"review-{back.id}"), None)
        if owed is not None:
            when = f"held {owed.done}: {owed.remark}" if owed.done else f"due {owed.due}"
            return Said(f"the post-rollback review, {when} ({owed.state})", owed.sources)
    if held is None:
        return Said("not scheduled: it is owed once the window is assessed")
    if not held.done:
        return Said(f"not scheduled yet, due {held.due} ({held.state})", held.sources)
    return Said(f"{held.remark} (recorded {held.done} by {held.by})", held.sources)


def timeline(told: Subject) -> tuple[tuple[TimelineRow, ...], tuple[str, ...]]:
    """The rollout's entries in their order, and how many of the routine kinds are left out."""
    rows, left = [], Counter[str]()
    for entry in told.ground.entries:
        if not _belongs(entry.at.timestamp(), told):
            continue
        if entry.kind in ROUTINE:
            left[entry.kind] += 1
            continue
        rows.append(
            TimelineRow(
                iso(entry.at.timestamp()),
                f"{entry.writer}/{entry.seq}",
                entry.h,
                entry.kind,
                entry.actor.name,
                " · ".join(entry_words(entry).splitlines()),
            )
        )
    return tuple(rows), tuple(f"{count:,} {kind}" for kind, count in sorted(left.items()))


def _belongs(at: float, told: Subject) -> bool:
    """Whether an entry made at this moment belongs to the rollout's time, from readiness on."""
    state = told.ground.state
    ready = next(
        (a for a in state.attempts if a.phase == "readiness" and a.rollout == told.rollout), None
    )
    begun = ready.entered_at if ready is not None and told.rollout > 1 else float("-inf")
    after = [a for a in state.attempts if a.rollout == told.rollout + 1]
    # What came of a rollback belongs to the rollout that it ended.
    gone = next((a.ended_at for a in after if a.ended_at is not None), None)
    return begun <= at <= (gone if gone is not None else float("inf"))


def missing_handed(duties: tuple[DutyRow, ...], told: Subject) -> list[Said]:
    """Duties that are not done."""
    found = [
        Said(f"{one.title}: {one.state}, due {one.due} ({one.id})", one.sources)
        for one in duties
        if not one.done and not one.id.startswith(THIS)
    ]
    ahead = [one for one in told.ground.entries if one.at.timestamp() > told.ground.now + AHEAD_S]
    if ahead:
        many = counted(len(ahead), "entry", "entries")
        words = f"{many} dated after this moment: a clock is ahead"
        found.append(Said(words, told.cites.of(*ahead)))
    held = told.ended_by
    if held is not None and held.state != "verified":
        found.append(Said(f"rollback {held.id} is {held.state}, not verified"))
    if told.ground.trouble:
        found.insert(0, Said(f"the journal is damaged: {told.ground.trouble}"))
    return found
