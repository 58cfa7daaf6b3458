"""The assessment at 48 h (Guide 6.3): which signal holds, what it proposes, what must be said.

Pure, and a proposal: people decide. Unknown is never healthy.
"""

from collections.abc import Sequence

import msgspec

from config.guide import AssessedStatus, AssessmentRow, SignalId, assessment_rows
from console.domain.checkins import Window, rounds_of, window_of
from console.domain.events_window import SignalRecord, SignalVerdict
from console.domain.facts import Facts
from console.domain.gates import Gate, evaluate
from console.domain.percent import percent
from console.domain.projection import unwatched_within
from console.domain.state import State
from console.domain.state_window import Warned
from console.domain.times import clock_text, span
from console.domain.window import REVIEWED, Review, review_of

LEAST_GAP_S = 60.0
MOST_NAMED = 5


class Caveat(msgspec.Struct, frozen=True):
    """Something without which the window is not whole; `text` is a clause in plain words."""

    id: str
    text: str


class Outlook(msgspec.Struct, frozen=True):
    """What the evidence says at one moment.

    `holds` is the id of the row that decides, "" where none holds. `missing` is what keeps the
    window from being assessed at all, in sentences. `again` is true for a monitored rollout.
    """

    signals: tuple[SignalRecord, ...]
    holds: str
    proposed: AssessedStatus
    caveats: tuple[Caveat, ...]
    missing: tuple[str, ...]
    again: bool
    gate: Gate

    def row(self, name: str) -> AssessmentRow:
        """The guide's row of a signal."""
        return next(row for row in assessment_rows() if row.id == name)

    @property
    def why(self) -> str:
        """Why that is proposed, in a clause."""
        if self.holds:
            return self.row(self.holds).signal
        return "No signal is known to hold: what is not known to be healthy is watched."


def window_gate(state: State, facts: Facts) -> Gate:
    """The full phase's gate, of the window that runs or of a monitored rollout as it is now.

    Once the window is assessed the config tag is no longer locked: a revised prompt is another.
    """
    if state.stable_since is None:
        return evaluate(state, facts)
    reopened = msgspec.structs.replace(state, stable_since=None, locked_version="", locked_rules={})
    return evaluate(reopened, facts)


def assess(state: State, facts: Facts) -> Outlook | None:
    """What the evidence says of the window now; None where there is no window to assess."""
    window = window_of(state)
    if window is None:
        return None
    gate = window_gate(state, facts)
    again = window.end is not None
    seen = _Seen(state, facts, gate, window)
    signals = tuple(seen.signal(row.id) for row in assessment_rows())
    holding = [s.id for s in signals if s.verdict == "holds"]
    holds = next(iter(holding), "")
    status = {row.id: row.status for row in assessment_rows()}
    proposed: AssessedStatus = status[holds] if holds else "monitored"  # type: ignore[index]  # an id of a row
    caveats = [*seen.caveats()]
    if proposed != "stable":
        what = next((row.signal for row in assessment_rows() if row.id == holds), "")
        told = what or "no signal is known to hold"
        caveats.append(Caveat("proposal", f"the evidence proposes {proposed}: {told}"))
    return Outlook(signals, holds, proposed, tuple(caveats), gate.missing, again, gate)


class _Seen:
    """The evidence of one moment, gathered once."""

    def __init__(self, state: State, facts: Facts, gate: Gate, window: Window) -> None:
        self._state = state
        self._facts = facts
        self._gate = gate
        self._window = window
        held = state.assessment
        # What a monitored rollout is watched for is what came up since.
        self._since = window.start if held is None else held.at
        self._review = review_of(state, None if held is None else held.at)
        self._criteria = {one.id: one for one in gate.criteria}

    def signal(self, name: SignalId) -> SignalRecord:
        """A row of the framework with the evidence for and against it."""
        match name:
            case "trigger":
                return self._trigger()
            case "early-warning":
                return self._early()
            case "subtle-issues":
                return self._subtle()
            case "healthy":
                return self._healthy()

    def _criterion(self, name: str) -> tuple[SignalVerdict, str]:
        """Whether a criterion of the gate is met, as a signal's verdict, and its words."""
        found = self._criteria.get(name)
        if found is None:
            return "unknown", f"{name.replace('-', ' ')}: not evaluated"
        words = f"{name.replace('-', ' ')}: {found.why}"
        if found.verdict in {"met", "not-applicable"}:
            return "holds", words
        return ("does-not-hold" if found.verdict == "not-met" else "unknown"), words

    def _trigger(self) -> SignalRecord:
        verdict, words = self._criterion("no-critical-failure")
        if verdict == "does-not-hold":
            return SignalRecord("trigger", "holds", (words,))
        if verdict == "unknown":
            return SignalRecord("trigger", "unknown", (), (words,))
        return SignalRecord("trigger", "does-not-hold", (), (words,))

    def _warnings(self) -> list[Warned]:
        """The early warnings that still stand: neither over nor fixed."""
        return [
            one
            for one in self._state.warnings.values()
            if one.attempt == self._window.attempt
            and one.cleared_at is None
            and one.decision != "fixed"
        ]

    def _early(self) -> SignalRecord:
        standing = self._warnings()
        every = [
            one
            for one in self._state.warnings.values()
            if one.attempt == self._window.attempt and one not in standing
        ]
        past = tuple(f"{one.metric.replace('-', ' ')}: over, {_ended(one)}" for one in every)
        if standing:
            told = tuple(f"{one.metric.replace('-', ' ')}: {one.why}" for one in standing)
            return SignalRecord("early-warning", "holds", told[:MOST_NAMED], past[:MOST_NAMED])
        if self._facts.trouble:
            return SignalRecord("early-warning", "unknown", (), (self._facts.trouble, *past))
        none = ("no metric drifts towards its limit",)
        return SignalRecord("early-warning", "does-not-hold", (), (*none, *past[:MOST_NAMED]))

    def _subtle(self) -> SignalRecord:
        review = self._review
        within, words = self._criterion("metrics-within")
        if review.subtle:
            found = (f"{review.words} in the sample", *self._patterns())
            if within == "does-not-hold":
                return SignalRecord("subtle-issues", "does-not-hold", found, (words,))
            return SignalRecord("subtle-issues", "holds", (*found, words))
        if review.done_at is None:
            return SignalRecord("subtle-issues", "unknown", (), (_unreviewed(review),))
        told = f"{review.words} in the sample"
        return SignalRecord("subtle-issues", "does-not-hold", (), (told,))

    def _patterns(self) -> list[str]:
        """The patterns that the judges named, each once."""
        judged = self._state.judged.get(self._window.attempt, {}).values()
        notes = [one.note for one in judged if one.verdict == "subtle" and one.note]
        return [f"pattern: {note}" for note in dict.fromkeys(notes)][:MOST_NAMED]

    def _healthy(self) -> SignalRecord:
        found = [self._criterion("metrics-within"), self._criterion("accuracy-held")]
        review, state = self._review, self._state
        if review.done_at is None:
            found.append(("unknown", _unreviewed(review)))
        elif review.subtle:
            found.append(("does-not-hold", f"{review.subtle} outputs are subtly off"))
        else:
            found.append(("holds", f"{review.words} in the sample"))
        spikes = [
            alert
            for alert in state.alerts.values()
            if alert.rule == "escalation-rate" and alert.fired_at >= self._since
        ]
        if spikes:
            when = ", ".join(clock_text(one.fired_at) for one in spikes[:MOST_NAMED])
            found.append(("does-not-hold", f"escalations spiked: {when}"))
        else:
            found.append(("holds", "no spike of escalations"))
        for other in (self._trigger(), self._early()):
            if other.verdict != "does-not-hold":
                said = "holds" if other.verdict == "holds" else "is unknown"
                kind: SignalVerdict = "does-not-hold" if said == "holds" else "unknown"
                found.append((kind, f"{other.id.replace('-', ' ')} {said}"))
        kinds = {verdict for verdict, _ in found}
        verdict: SignalVerdict = "holds"
        if "does-not-hold" in kinds:
            verdict = "does-not-hold"
        elif "unknown" in kinds:
            verdict = "unknown"
        return SignalRecord(
            "healthy",
            verdict,
            tuple(words for kind, words in found if kind == "holds"),
            tuple(words for kind, words in found if kind != "holds"),
        )

    def caveats(self) -> list[Caveat]:
        """What is missing from a whole window, whatever the evidence proposes."""
        found = [
            self._blind(),
            self._unwatched(),
            self._checkins(),
            self._reviewed(),
            self._escalations(),
            self._incidents(),
        ]
        return [Caveat(name, text) for name, text in found if text]

    @property
    def _end(self) -> float:
        return self._facts.now if self._window.end is None else self._window.end

    def _blind(self) -> tuple[str, str]:
        """Minutes of which nothing is known; those just not read yet are none."""
        # What a window over was blind for has been admitted; since then nothing is its own.
        elapsed = self._gate.elapsed_s if self._window.end is None else 0.0
        blind = self._facts.blind * elapsed - (self._facts.age_s or 0.0)
        if blind < LEAST_GAP_S:
            return "blind", ""
        return (
            "blind",
            f"blind for {span(blind)}: no data of {percent(self._facts.blind, 1)} of the window",
        )

    def _unwatched(self) -> tuple[str, str]:
        gone = unwatched_within(self._state.unwatched, self._window.start, self._end)
        if gone < LEAST_GAP_S:
            return "unwatched", ""
        return "unwatched", f"unwatched for {span(gone)}: nobody evaluated what came in"

    def _checkins(self) -> tuple[str, str]:
        rounds = rounds_of(self._state, self._facts.now)
        missed, late = rounds.count("missed"), rounds.count("late")
        told = [f"{missed} missed" if missed else "", f"{late} late" if late else ""]
        said = " and ".join(part for part in told if part)
        of = f"of {len(rounds.marks)} check-ins" if said else ""
        return "check-ins", f"{said} {of}".strip()

    def _reviewed(self) -> tuple[str, str]:
        whole = review_of(self._state)
        return "sample-review", "" if whole.done_at is not None else _unreviewed(whole)

    def _escalations(self) -> tuple[str, str]:
        every = [x for x in self._state.escalations.values() if self._window.start <= x.at]
        within = [one for one in every if one.at <= self._end]
        missed = sum(one.missed_at is not None for one in within)
        if not missed:
            return "escalations", ""
        return "escalations", f"{missed:,} of {len(within):,} escalations not answered in time"

    def _incidents(self) -> tuple[str, str]:
        open_ = [i.id for i in self._state.incidents.values() if i.closed_at is None]
        many = "incident is" if len(open_) == 1 else "incidents are"
        named = _named(open_)
        return "incidents", f"{len(open_)} {many} open: {named}" if open_ else ""


def _ended(warning: Warned) -> str:
    return warning.cleared_why or warning.settled_why or "fixed"


def _unreviewed(review: Review) -> str:
    if not review.drawn:
        return f"no sample of {REVIEWED} was drawn after 24 h"
    if review.left:
        return f"the sample is not finished: {review.judged} judged, {review.left} left"
    return f"only {review.judged} of {REVIEWED} outputs were judged after 24 h"


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
