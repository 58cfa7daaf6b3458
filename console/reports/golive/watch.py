"""How the 48 hours were kept: check-ins, review, warnings, assessment (Guide 6.1 to 6.3)."""

import math

from console.domain import events as e
from console.domain.checkins import WINDOW_S, Mark, rounds_of
from console.domain.entry import Entry
from console.domain.projection import unwatched_within
from console.domain.state_window import Warned
from console.domain.times import iso, span
from console.domain.window import REVIEWED, Review, review_of
from console.domain.words import counted
from console.reports.golive.rows import CheckInRow, Said, SignalRow, Watch
from console.reports.golive.subject import Subject


def watch(told: Subject) -> Watch | None:
    """The window as it was kept; None where the rollout never came to it."""
    window = told.window
    if window is None:
        return None
    rounds = rounds_of(told.closing, told.kept_until)
    rows = tuple(_checkin(told, mark) for mark in rounds.marks)
    made = [x for x in told.tale.entries(e.CheckInMade) if told.within(x.at.timestamp())]
    missed = [x for x in told.tale.entries(e.CheckInMissed) if told.within(x.at.timestamp())]
    held = told.closing.assessment
    assessed = told.tale.entries(e.WindowAssessed, lambda x: x.attempt == window.attempt)
    return Watch(
        rounds.count("kept"),
        rounds.count("late"),
        rounds.count("missed"),
        rows,
        _review(told, window.attempt),
        tuple(
            _warning(told, one)
            for one in told.closing.warnings.values()
            if one.attempt == window.attempt
        ),
        _shifts(told, window.start),
        tuple(
            SignalRow(one.id, one.verdict, one.evidence, one.against)
            for one in (held.signals if held is not None else ())
        ),
        held.proposed if held is not None else "",
        held.caveats if held is not None else (),
        _limitations(told),
        told.cites.of(*assessed[-1:]),
        told.cites.of(*made, *missed),
    )


def _checkin(told: Subject, mark: Mark) -> CheckInRow:
    remark, entries = "", list[Entry]()
    if mark.at is not None:
        for entry, event in told.tale.every(e.CheckInMade):
            if abs(entry.at.timestamp() - mark.at) < 1e-3:
                remark, entries = event.remark, [entry]
    else:
        entries = told.tale.entries(
            e.CheckInMissed, lambda missed: abs(missed.due.timestamp() - mark.due) < 1e-3
        )
    return CheckInRow(
        mark.kind,
        iso(mark.due),
        "" if mark.at is None else iso(mark.at),
        mark.by,
        remark,
        told.cites.of(*entries),
    )


def _review(told: Subject, attempt: str) -> Said:
    review = review_of(told.closing)
    drawn = told.tale.entries(e.SampleDrawn, lambda sample: sample.attempt == attempt)
    judged = told.tale.entries(e.SampleJudged, lambda sample: sample.attempt == attempt)
    if not review.judged:
        return Said(f"no output of the sample of {REVIEWED} at 24 h was judged")
    if (done := review.done_at) is None:
        return Said(f"{_verdicts(review)}; not finished", told.cites.of(*drawn, *judged))
    words = f"{_verdicts(review_of(told.closing, until=done))}; done {iso(done)}"
    later = review_of(told.closing, since=math.nextafter(done, math.inf))
    if later.judged:
        words += f". Of what was drawn later: {_verdicts(later)}"
    return Said(words, told.cites.of(*drawn, *judged))


def _verdicts(review: Review) -> str:
    return f"{review.words}, judged by {', '.join(review.by)}"


def _warning(told: Subject, one: Warned) -> Said:
    entries = [
        *told.tale.entries(e.WarningRaised, lambda x: x.warning == one.id),
        *told.tale.entries(e.WarningReviewed, lambda x: x.warning == one.id),
        *told.tale.entries(e.WarningSettled, lambda x: x.warning == one.id),
        *told.tale.entries(e.WarningCleared, lambda x: x.warning == one.id),
    ]
    words = f"{iso(one.raised_at)} {one.metric.replace('-', ' ')}: {one.why}"
    if one.reviewed_at is not None:
        words += f"; reviewed {iso(one.reviewed_at)} by {one.reviewed_by}: {one.cause}"
    if one.decision:
        words += f"; {one.decision} by {one.settled_by}: {one.settled_why}"
    if one.cleared_at is not None:
        words += f"; over {iso(one.cleared_at)}"
    return Said(words, told.cites.of(*entries))


def _shifts(told: Subject, start: float) -> tuple[Said, ...]:
    found = []
    for entry, event in told.tale.every(e.ShiftTaken):
        if start <= entry.at.timestamp() <= told.kept_until:
            by = f", handed over by {event.handed_by}" if event.handed_by else ""
            words = f"{iso(entry.at.timestamp())} {entry.actor.name} took the watch{by}"
            found.append(Said(words, told.cites.of(entry)))
    return tuple(found)


def _limitations(told: Subject) -> tuple[Said, ...]:
    """The known limitations: those noted one by one, and those that the assessment names."""
    noted = told.tale.every(e.LimitationNoted)
    mine = [one for one in told.ground.state.limitations if one.rollout == told.rollout]
    texts = {one.text for one in mine}
    found = {
        event.text: Said(
            f"{event.text} ({len(event.calls)} calls)" if event.calls else event.text,
            told.cites.of(entry),
        )
        for entry, event in noted
        if event.text in texts
    }
    for entry, event in told.tale.every(e.WindowAssessed):
        if told.start <= entry.at.timestamp() <= told.kept_until + 1:
            for text in event.limitations:
                found.setdefault(text, Said(text, told.cites.of(entry)))
    return tuple(found.values())


def missing_watch(told: Subject, held: Watch | None) -> list[Said]:
    """What a whole window would have and this one has not."""
    window = told.window
    if held is None or window is None:
        return []
    found = []
    passed = window.elapsed(told.kept_until)
    if passed < WINDOW_S:
        ended = "ended by a rollback" if told.ended_by is not None else "running"
        entered = told.tale.entries(e.GateDecided, lambda gate: gate.to_phase == "full")
        back = told.tale.entries(e.RollbackTriggered, lambda x: x.attempt == window.attempt)
        marks = told.cites.of(*entered[-1:], *back[:1])
        found.append(Said(f"the window is not whole: {span(passed)} of 48h, {ended}", marks))
    if told.closing.assessment is None and told.ended_by is None:
        found.append(Said("the window has not been assessed: the status is not decided"))
    if held.missed or held.late:
        told_of = len(held.checkins)
        words = f"of {counted(told_of, 'check-in')} {held.missed} missed, {held.late} late"
        found.append(Said(words, held.checkin_sources))
    if review_of(told.closing).done_at is None:
        found.append(Said(f"the review at 24 h: {held.review.text}", held.review.sources))
    gone = unwatched_within(told.closing.unwatched, window.start, told.kept_until)
    if gone >= 60:
        gaps = told.tale.entries(e.WatchGap, lambda gap: gap.until.timestamp() > window.start)
        within = [one for one in gaps if one.at.timestamp() <= told.kept_until]
        words = f"unwatched for {span(gone)}: nobody evaluated what came in"
        found.append(Said(words, told.cites.of(*within)))
    return found
