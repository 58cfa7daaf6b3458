"""From the picture to what the Window screen shows (Guide 6). Pure."""

from collections.abc import Sequence

from config.guide import Role, assessment_rows
from config.model import Deployment
from console.clean import clean
from console.domain.assessment import Outlook
from console.domain.checkins import Mark, Rounds, Window, left_s, window_of
from console.domain.decide_window import known_limitations
from console.domain.events_window import SignalRecord
from console.domain.notices import last_delivered
from console.domain.state import State
from console.domain.state_incident import Duty
from console.domain.state_window import Assessment, Warned
from console.domain.times import clock_text
from console.domain.window import REVIEWED, review_id, review_of
from console.room import Picture, Recording
from console.screens.moments import clock, moment_text, planned
from console.screens.summary import checkin_item
from widgets import glyphs
from widgets.format import ago, duration, percent
from widgets.labelled import Told
from widgets.line import Tone, dotted

REVIEW_S, FIX_S = 30 * 60.0, 4 * 3600.0
MARKS = {"kept": glyphs.OK, "late": glyphs.BREACH, "missed": glyphs.DOWN}
RECORDS = {
    "here": "this console records",
    "elsewhere": "another console records",
    "nowhere": "nobody records: open a console, or warroom watch",
    "past": "a replay: who recorded is not known",
}
VERDICTS: dict[str, tuple[str, str]] = {
    "holds": (glyphs.CURRENT, "holds"),
    "does-not-hold": (glyphs.NOT_APPLICABLE, "does not hold"),
    "unknown": (glyphs.UNKNOWN, "not known"),
}
TONES: dict[str, Tone] = {
    "healthy": "good",
    "subtle-issues": "warn",
    "early-warning": "warn",
    "trigger": "bad",
}
SHORT = {
    "healthy": "healthy",
    "subtle-issues": "subtle",
    "early-warning": "warning",
    "trigger": "trigger",
}
DETAILS = 3
DAY_S, FAR_S = 86_400.0, 4 * 86_400.0
LATEST_DONE = 3

Texts = list[tuple[str, Tone]]


def head_rows(picture: Picture) -> tuple[Told, ...]:
    """The window's clock, or what the rollout came to."""
    state, window = picture.state, window_of(picture.state)
    if window is None:
        told = "The 48-hour window begins with full deployment (Guide 6)."
        return (("window", (*_rolled_back(state, picture.now), (told, "muted"))),)
    passed = duration(window.elapsed(picture.now))
    if window.end is not None:
        held = state.assessment
        when = f"assessed {ago(picture.now - window.end)}"
        by = f" by {clean(held.by, 40)}" if held is not None else ""
        said = clean(held.why, 300) if held is not None else ""
        texts: Texts = [(f"{state.status.upper()}  {when}{by}, after {passed}", "strong")]
        return (("window", (*texts, (said, "muted"))),)
    left = left_s(window, picture.now)
    rest = f"{duration(left)} left" if left else "over: A assesses it"
    line = f"{passed} of 48h  {rest}  since {clock(window.start, picture.now)}"
    if left:
        line += f", until {planned(picture.now + left, picture.now)}"
    return (("window", ((line, "strong"),)),)


def _rolled_back(state: State, now: float) -> Texts:
    """How the full deployment ended that was rolled back last, until another one begins."""
    lost = next((a for a in reversed(state.attempts) if a.phase == "full"), None)
    if lost is None or lost.ended_at is None or lost.outcome != "rolled-back":
        return []
    passed = duration(lost.ended_at - lost.entered_at - lost.jumped_s)
    when = moment_text(lost.ended_at, now)
    return [(f"{lost.id} ended with the rollback after {passed}: {when}", "strong")]


def left_rows(picture: Picture, recording: Recording, deployment: Deployment) -> tuple[Told, ...]:
    """Check-ins, watch, duties, review, warnings, limitations."""
    window = window_of(picture.state)
    rows: list[Told] = []
    if window is not None:
        rows.append(("check-ins", tuple(rounds_texts(picture, window))))
    rows.append(("watch", tuple(watch_texts(picture, recording))))
    rows.append(("duties", tuple(duty_texts(picture.state, deployment, picture.now))))
    if window is not None:
        rows.append(("review", tuple(review_texts(picture, window))))
    rows.append(("warnings", tuple(warning_texts(picture.state, picture.now))))
    rows.append(("limitations", tuple(limitation_texts(picture.state))))
    return _apart(rows)


def _apart(rows: Sequence[Told]) -> tuple[Told, ...]:
    """The rows with a blank one between each two."""
    blank: Told = ("", ((" ", ""),))
    return tuple(part for row in rows for part in (row, blank))[:-1]


def rounds_texts(picture: Picture, window: Window) -> Texts:
    """A row of marks, the counts in words, and each late or missed one with its times."""
    rounds = picture.rounds
    signs = "".join(MARKS[mark.kind] for mark in rounds.marks)
    row = f"{signs}{glyphs.OPEN if rounds.next_due is not None else ''}"
    texts: Texts = [(row, "strong")] if row else []
    texts.append((_counts(rounds), "muted"))
    text, tone = checkin_item(picture)
    if rounds.next_due is not None:
        texts.append((f"{text} · next by {planned(rounds.next_due, picture.now)}", tone))
    bad = [mark for mark in rounds.marks if mark.kind != "kept"]
    texts += [(_mark_text(mark, picture.now), "warn") for mark in reversed(bad[-DETAILS:])]
    last = picture.state.checkins[-1] if picture.state.checkins else None
    if last is not None and last.at >= window.start:
        when = moment_text(last.at, picture.now)
        texts.append((f"last: {clean(last.remark, 200)} ({clean(last.by, 40)}, {when})", ""))
    return texts


def _counts(rounds: Rounds) -> str:
    counts = [f"{rounds.count(kind)} {kind}" for kind in ("kept", "late", "missed")]
    return ", ".join(counts) + ("" if rounds.next_due is None else ", one due")


def _mark_text(mark: Mark, now: float) -> str:
    """Both times of a check-in that came too late."""
    if mark.at is None:
        return f"{glyphs.DOWN} missed: due {moment_text(mark.due, now)}"
    late = duration(mark.at - mark.due)
    made = f"made {clock_text(mark.at)} by {clean(mark.by, 40)}"
    return f"{glyphs.BREACH} late by {late}: due {clock_text(mark.due)}, {made}"


def watch_texts(picture: Picture, recording: Recording) -> Texts:
    """Who watches, which process records, what was not seen, the last notice."""
    state, now = picture.state, picture.now
    shift, times = state.shift, picture.projection
    texts: Texts = []
    if shift is None:
        texts.append(("nobody has taken the watch: h takes it", "warn"))
    else:
        since = f"since {moment_text(shift.since, now)}"
        texts.append((f"{clean(shift.who, 40)} watches {since}", ""))
        if shift.handed_to:
            told = f"handed to {clean(shift.handed_to, 40)}, who has not taken it yet (h)"
            texts.append((told, "warn"))
    texts.append((RECORDS[recording], "warn" if recording == "nowhere" else "muted"))
    seen = f"unwatched {duration(times.unwatched_s)} · blind {percent(times.blind, 1)}"
    texts.append((seen, "warn" if times.unwatched_s or times.blind >= 0.0005 else "muted"))
    last = last_delivered(state)
    if last is not None:
        what = f"{clean(last.about, 60)}, to {clean(last.person, 40)}"
        texts.append((f"last notice delivered {ago(now - last.at)}: {what}", "muted"))
    else:
        texts.append(("no notice was delivered yet", "muted"))
    return texts


def review_texts(picture: Picture, window: Window) -> Texts:
    """The review of 50 outputs at 24 h."""
    state, now = picture.state, picture.now
    review = review_of(state)
    if review.done_at is not None:
        when = f"{duration(review.done_at - window.start)} in"
        return [(f"{glyphs.OK} done, {when}: {review.words}", "good")]
    if now < window.review_at and window.end is None:
        left = duration(window.review_at - now)
        return [(f"{REVIEWED} random outputs, owed in {left} (9)", "muted")]
    held = state.duties.get(review_id(window.attempt))
    late = held is not None and held.due < now
    due = f", OVERDUE by {duration(now - held.due)}" if held is not None and late else ""
    if not review.drawn:
        return [(f"{glyphs.OPEN} owed: 9 draws {REVIEWED} outputs and judges them{due}", "warn")]
    told = f"{review.judged} of {REVIEWED} judged, {review.left} left{due}"
    return [(f"{glyphs.PARTLY} {told}", "warn"), (review.words, "muted")]


def warning_texts(state: State, now: float) -> Texts:
    """The early warnings of this attempt, each with the clocks of its review and its fix."""
    mine = [one for one in state.warnings.values() if one.attempt == state.attempt.id]
    open_ = [one for one in mine if one.cleared_at is None and one.settled_at is None]
    if not mine:
        return [("no metric drifts towards its limit", "muted")]
    texts: Texts = []
    for one in reversed(open_):
        texts.append((f"{glyphs.BREACH} {one.id}: {clean(one.why, 300)}", "warn"))
        texts.append(_warning_clock(one, now))
    for one in reversed([one for one in mine if one not in open_]):
        how = one.decision or "over"
        said = clean(one.settled_why or one.cleared_why, 200)
        texts.append((f"{glyphs.OK} {one.id}: {how}. {said}", "muted"))
    return texts


def _warning_clock(warning: Warned, now: float) -> tuple[str, Tone]:
    """What is owed of a warning: the leads' review within 30 min, then a fix within 4 h."""
    if warning.reviewed_at is None:
        left = warning.raised_at + REVIEW_S - now
        told = "both leads review it: " + _clock(left)
        return told, "warn" if left <= 0 else ""
    cause = f"cause: {clean(warning.cause, 200)}"
    if not warning.fix:
        return f"{cause}. No fix within 4 h: the rollback owner decides", "warn"
    left = warning.reviewed_at + FIX_S - now
    return f"{cause}. The fix: {_clock(left)}", "warn" if left <= 0 else ""


def _clock(left: float) -> str:
    return f"{duration(left)} left" if left > 0 else f"OVERDUE by {duration(-left)}"


def duty_texts(state: State, deployment: Deployment, now: float) -> Texts:
    """What is owed, overdue first; then what was done last."""
    every = sorted(state.duties.values(), key=lambda duty: duty.due)
    texts: Texts = [duty_text(duty, deployment, now) for duty in every if duty.done_at is None]
    done = sorted((d for d in every if d.done_at is not None), key=lambda d: d.done_at or 0.0)
    for duty in reversed(done[-LATEST_DONE:]):
        late = f", {duration(-left)} late" if (left := duty.due - (duty.done_at or 0)) < 0 else ""
        when = f"done {ago(now - (duty.done_at or 0))} by {clean(duty.done_by, 40)}{late}"
        texts.append((f"{glyphs.OK} {clean(duty.title, 100)}: {when}", "muted"))
    return texts or [("nothing is owed", "muted")]


def duty_text(duty: Duty, deployment: Deployment, now: float) -> tuple[str, Tone]:
    """A duty that is owed: what, by whom, until when."""
    left = duty.due - now
    far = f"{left / DAY_S:.0f} days" if left > FAR_S else duration(left)
    due = f"due {planned(duty.due, now)}, in {far}" if left > 0 else (
        f"OVERDUE by {duration(-left)} (due {clock(duty.due, now)})"
    )  # fmt: skip
    who = owner_text(duty.owner, deployment)
    sign = glyphs.BREACH if left <= 0 else glyphs.OPEN
    return f"{sign} {dotted(clean(duty.title, 100), who, due)}", "warn" if left <= 0 else ""


def owner_text(owner: str, deployment: Deployment) -> str:
    """Who holds the role that owes something."""
    roles: dict[str, Role] = {role: role for person in deployment.people for role in person.roles}
    people = deployment.holders(roles[owner]) if owner in roles else ()
    return ", ".join(clean(person.name, 40) for person in people) or clean(owner, 40)


def limitation_texts(state: State) -> Texts:
    """The known limitations of this rollout, then those of rollouts that were rolled back."""
    known = known_limitations(state)
    texts: Texts = [(f"{glyphs.DOT} {clean(text, 300)}", "") for text in known]
    if not known:
        texts.append(("no limitation is known (l notes one)", "muted"))
    before = dict.fromkeys(one.text for one in state.limitations if one.rollout < state.rollout)
    texts += [
        (f"{glyphs.DOT} before the rollback: {clean(text, 300)}", "muted")
        for text in before
        if text not in known
    ]
    return texts


def framework_rows(picture: Picture) -> tuple[Told, ...]:
    """The decision framework as it stands; of what is decided for good, as it was then."""
    held = picture.state.assessment
    if picture.state.status == "stable" and held is not None:
        return _recorded(held)
    outlook = picture.outlook
    if outlook is None:
        return ()
    caveats = ("caveats", tuple(caveat_texts(outlook)))
    return _apart([proposal_row(outlook), caveats, *_signals(outlook.signals)])


def _recorded(held: Assessment) -> tuple[Told, ...]:
    """An assessment that is on record, with the evidence that it was made on."""
    told = f"assessed as {held.status.upper()}, proposed was {held.proposed.upper()}"
    said: Texts = [(f"{glyphs.BREACH} {clean(text, 300)}", "warn") for text in held.caveats]
    whole: Texts = [(f"{glyphs.OK} the window was whole", "good")]
    rows: list[Told] = [("decided", ((told, "good"),)), ("admitted", tuple(said or whole))]
    return _apart([*rows, *_signals(held.signals)])


def proposal_row(outlook: Outlook) -> Told:
    """What the evidence proposes, and what keeps the window from being assessed."""
    proposed = outlook.proposed.replace("-", " ").upper()
    texts: Texts = [(f"proposed: {proposed}", _tone(outlook)), (outlook.why, "")]
    if outlook.missing:
        texts.append((f"not to be assessed yet: {clean(outlook.missing[0], 200)}", "muted"))
        if len(outlook.missing) > 1:
            texts.append((f"and {len(outlook.missing) - 1} more (g)", "muted"))
    return "proposal", tuple(texts)


def signal_rows(outlook: Outlook) -> tuple[Told, ...]:
    """The rows of the framework, apart from each other."""
    return _apart(_signals(outlook.signals))


def _signals(signals: Sequence[SignalRecord]) -> list[Told]:
    return [signal_row(signal) for signal in signals]


def _tone(outlook: Outlook) -> Tone:
    return TONES.get(outlook.holds, "warn")


def caveat_texts(outlook: Outlook) -> Texts:
    """What has to be said before anybody calls it stable."""
    if not outlook.caveats:
        return [(f"{glyphs.OK} the window is whole", "good")]
    return [(f"{glyphs.BREACH} {clean(one.text, 300)}", "warn") for one in outlook.caveats]


def signal_row(signal: SignalRecord) -> Told:
    """A row of the framework: whether it holds, the evidence for and against, what is done."""
    sign, word = VERDICTS[signal.verdict]
    row = next(row for row in assessment_rows() if row.id == signal.id)
    holds = signal.verdict == "holds"
    tone = TONES[signal.id] if holds else "muted"
    texts: Texts = [(f"{sign} {word}: {row.signal}", tone)]
    texts += [(f"+ {clean(text, 300)}", "" if holds else "muted") for text in signal.evidence]
    texts += [(f"- {clean(text, 300)}", "muted") for text in signal.against]
    if holds:
        texts.append((f"{row.assessment} Then: {'; '.join(row.action)}.", ""))
    return SHORT[signal.id], tuple(texts)
