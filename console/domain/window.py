"""What the 48-hour window owes by itself: missed check-ins, the review at 24 h (Guide 6.1, 6.2)."""

from collections.abc import Mapping, Sequence

import msgspec

from config.guide import DutyAfter, DutyRule, duty_rules
from console.domain import events as e
from console.domain.checkins import Window, unwritten, window_of
from console.domain.duties import duty_of
from console.domain.sampling import Progress, progress, samples
from console.domain.state import State
from console.domain.state_incident import Duty
from console.domain.state_review import Judged, Skipped
from console.domain.times import utc

REVIEWED = 50
REVISION = "prompt-revision"


class Review(msgspec.Struct, frozen=True):
    """The review of 50 outputs at the 24-hour mark: the verdicts of all samples drawn since then.

    `done_at` is when the first of them, with 50 verdicts, were judged to their end; None until
    then. What is drawn later takes nothing back.
    """

    drawn: int = 0
    judged: int = 0
    left: int = 0
    right: int = 0
    subtle: int = 0
    wrong: int = 0
    done_at: float | None = None
    by: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The verdicts, e.g. `48 right, 1 subtly off, 1 wrong of 50`."""
        return f"{self.right} right, {self.subtle} subtly off, {self.wrong} wrong of {self.judged}"


def review_of(state: State, since: float | None = None, until: float | None = None) -> Review:
    """How far the review of the running window is.

    With `since` of samples drawn after that, with `until` of those drawn by then.
    """
    window = window_of(state)
    if window is None:
        return Review()
    mark = window.review_at if since is None else since
    every = [
        progress(state, one)
        for one in samples(state)
        if one.at >= mark and (until is None or one.at <= until)
    ]
    judged = state.judged.get(window.attempt, {})
    verdicts = [judged[call] for one in every for call in one.queue if call in judged]
    left = sum(len(one.left) for one in every)
    return Review(
        drawn=sum(one.sample.n for one in every),
        judged=len(verdicts),
        left=left,
        right=sum(one.right for one in every),
        subtle=sum(one.subtle for one in every),
        wrong=sum(one.wrong for one in every),
        done_at=_done_at(every, judged),
        by=tuple(sorted({one.by for one in verdicts})),
    )


def _done_at(every: Sequence[Progress], judged: Mapping[str, Judged]) -> float | None:
    """When the review was whole: a verdict that is changed later takes nothing back."""
    count, last = 0, 0.0
    for one in every:
        if one.left:
            return None
        verdicts = [judged[call] for call in one.queue if call in judged]
        first = [min([v.at, *(opinion.at for opinion in v.earlier)]) for v in verdicts]
        count += len(verdicts)
        last = max([last, one.sample.at, *first])
        if count >= REVIEWED:
            return last
    return None


def review_duty(window: Window) -> e.DutyStarted:
    """What is owed at the 24-hour mark."""
    return duty_of(_rule("review-mark"), window.attempt, window.review_at)


def _rule(after: DutyAfter) -> DutyRule:
    """The one duty that follows this."""
    return next(rule for rule in duty_rules() if rule.after == after)


def review_id(attempt: str) -> str:
    """The name of the duty to review 50 outputs at 24 h."""
    return f"sample-review-{attempt}"


def review_events(state: State, now: float) -> list[e.Event]:
    """The review's duty starts at 24 h and is done when its sample is judged: by itself."""
    window = window_of(state)
    if window is None or now < window.review_at:
        return []
    held = state.duties.get(review_id(window.attempt))
    if held is not None and held.done_at is not None:
        return []
    events: list[e.Event] = []
    review = review_of(state)
    if held is None and (window.end is None or review.done_at is not None):
        events.append(review_duty(window))
    if (held is not None or events) and review.done_at is not None:
        said = f"{review.words}, judged by {', '.join(review.by)}"
        events.append(e.DutyDone(review_id(window.attempt), said))
    return events


def window_events(state: State, now: float) -> list[e.Event]:
    """What the watcher writes of the window at `now`, in the order in which it came about."""
    missed: list[e.Event] = [e.CheckInMissed(utc(due)) for due in unwritten(state, now)]
    return [*missed, *review_events(state, now)]


def revisions(state: State) -> list[Duty]:
    """The revisions of the prompt that were owed in the attempt that runs."""
    attempt = state.attempt.id
    return [d for d in state.duties.values() if d.about == attempt and d.id.startswith(REVISION)]


def revision_duty(state: State, now: float) -> list[e.Event]:
    """The prompt's revision is owed (Guide 6.3), unless one is already."""
    held = revisions(state)
    if any(duty.done_at is None for duty in held):
        return []
    attempt = state.attempt.id
    duty = duty_of(_rule("subtle-issues"), attempt, now)
    name = f"{duty.duty}-{len(held) + 1}" if held else duty.duty
    return [msgspec.structs.replace(duty, duty=name)]


def judged_events(
    state: State, judgements: Sequence[e.Judgement], by: str, now: float
) -> list[e.Event]:
    """What follows when `by` judges these in full deployment (Guide 6.2, 6.3).

    A pattern that is subtly off becomes a known limitation, the prompt's revision is owed for it,
    and the review of the 24-hour mark is done with its last verdict.
    """
    attempt = state.attempt.id
    known = {held.text for held in state.limitations if held.rollout == state.rollout}
    subtle = [one for one in judgements if one.verdict == "subtle"]
    patterns: dict[str, list[str]] = {}
    for one in subtle:
        patterns.setdefault(one.note.strip(), []).append(one.call)
    events: list[e.Event] = [
        e.LimitationNoted(text, tuple(calls))
        for text, calls in patterns.items()
        if text not in known
    ]
    if subtle:
        events += revision_duty(state, now)
    judged, skipped = dict(state.judged.get(attempt, {})), dict(state.skipped.get(attempt, {}))
    for one in judgements:
        if one.verdict == "skip":
            skipped[one.call] = Skipped(one.call, one.note, now, by)
        else:
            judged[one.call] = Judged(one.call, one.verdict, now, by, one.note)
    after = msgspec.structs.replace(
        state,
        judged={**state.judged, attempt: judged},
        skipped={**state.skipped, attempt: skipped},
    )
    return [*events, *review_events(after, now)]
