"""What an entry says, in one line for people: the journal screen, `journal show`, exports."""

from collections.abc import Callable
from typing import Any

from console.domain import events as e
from console.domain.entry import Entry
from console.domain.state_rollback import calls_words
from console.domain.times import iso, span
from console.domain.words_watch import SAY as WATCH

_VERDICTS = {"right": "right", "subtle": "subtle", "wrong": "wrong", "skip": "skipped"}
_WHOSE = {"outside", "rule", "watch", "cross-check"}


def entry_words(entry: Entry) -> str:
    """One line that says what the entry records; its texts are as they were written."""
    event = e.decode(entry.kind, bytes(entry.data))
    if event is None:
        return bytes(entry.data).decode(errors="replace")
    return _SAY[type(event)](event)


def counted(number: int, one: str, more: str = "") -> str:
    """A number with its noun, e.g. `1 item`, `3 items`."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def rule_words(rule: str) -> str:
    """What an alert is about, for people: a metric of the guide, or a rule and whose it is."""
    kind, _, name = rule.partition(":")
    return f"{name} ({kind})" if kind in _WHOSE and name else rule.replace("-", " ")


def _gate(event: e.GateDecided) -> str:
    if event.decision != "advance":
        return f"{event.attempt}: {event.decision}, {event.why}"
    increment = "" if event.to_increment is None else f" {event.to_increment} %"
    agreed = f", proposed by {event.proposed_by}" if event.proposed_by else ""
    alone = ""
    if event.alone_since is not None:
        alone = f", made alone: nobody else was reached since {iso(event.alone_since.timestamp())}"
    said = f"advance to {event.to_phase}{increment}{agreed}{alone}"
    return f"{event.attempt}: {said}. {event.why}".rstrip()


def _asked(event: e.TrafficAsked) -> str:
    read = "could not be read" if event.before is None else f"read {event.before:g} %"
    though = ", though" if event.forced else ""
    why = f". {event.why}" if event.why else ""
    return f"{event.attempt}: {event.share} % of the traffic asked for{though} (it {read}){why}"


def _drawn(event: e.SampleDrawn) -> str:
    """Without the ids: there may be a thousand."""
    since, until = (moment.isoformat(" ", "minutes") for moment in (event.from_at, event.to_at))
    said = f"{event.n} of {event.of:,} calls drawn at random, {since} to {until}"
    part = "" if event.whole else ", not of all the attempt"
    return f"{event.attempt}: {event.sample}, {said}{part}, seed {event.seed[:16]}"


def _judged(event: e.SampleJudged) -> str:
    verdicts: list[str] = [one.verdict for one in event.judgements]
    told = ", ".join(
        f"{count} {word}"
        for verdict, word in _VERDICTS.items()
        if (count := verdicts.count(verdict))
    )
    judged = len(verdicts) - verdicts.count("skip")
    notes = "; ".join(f"{one.call}: {one.note}" for one in event.judgements if one.note)
    if len(verdicts) == 1:
        one = event.judgements[0]
        return f"{event.attempt}: {one.call} {_VERDICTS[one.verdict]}. {one.note}".rstrip(" .")
    return f"{event.attempt}: {judged} outputs judged, {told}" + (f". {notes}" if notes else "")


def _confirmed(event: e.ItemConfirmed) -> str:
    behalf = f" on behalf of {event.on_behalf_of}" if event.on_behalf_of else ""
    dated = f" of {event.dated}" if event.dated else ""
    return f"{event.item} for {event.role}{behalf}{dated}: {event.evidence.text}"


def _satisfaction(event: e.SatisfactionJudged) -> str:
    behalf = f" on behalf of {event.on_behalf_of}" if event.on_behalf_of else ""
    return f"{event.attempt}{behalf}: {event.verdict}, {event.why}"


def _config(event: e.ConfigChanged) -> str:
    told = [*event.changes, *([event.why] if event.why else [])]
    return f"warroom.toml accepted: {'; '.join(told) or event.config[:12]}"


def _moved(event: e.GoLiveMoved) -> str:
    was = "no date" if event.was is None else f"{event.was}"
    return f"go-live moves from {was} to {event.to}: {event.why}"


def _unwatched(event: e.WatchGap) -> str:
    since, until = event.since.timestamp(), event.until.timestamp()
    return f"unwatched for {span(until - since)} from {iso(since)}: {event.why}"


def _silence(event: e.SilenceAsked) -> str:
    until = iso(event.until.timestamp())
    return f"{event.silence}: {event.name} at {event.feed} until {until}, {event.why}"


def _silenced(event: e.SilenceAnswered) -> str:
    named = f" as {event.their_id}" if event.their_id else ""
    return f"{event.silence}: {event.outcome}{named}, {event.why}"


def _revealed(event: e.PollRevealed) -> str:
    return f"{event.role}: {'GO' if event.go else 'NO-GO'}. {event.reason}"


_SAY: dict[type, Callable[[Any], str]] = {
    e.JournalOpened: lambda v: f"config {v.config[:12]}",
    e.JournalSigned: lambda v: f"signed up to entry {v.seq}, {v.h[:12]}",
    e.JournalRecovered: lambda v: f"{v.length} torn bytes at {v.offset} fenced off",
    e.ConfigChanged: _config,
    e.WatchGap: _unwatched,
    e.ClockJumped: lambda v: f"the machine's clock was set by {v.seconds:+,.0f} s",
    e.ItemConfirmed: _confirmed,
    e.ItemPlanned: lambda v: f"{v.item}: {v.owner} by {v.due}. {v.note}".rstrip(),
    e.ItemAccepted: lambda v: f"{v.item} stays open: {v.reason}",
    e.GoLiveMoved: _moved,
    e.PollOpened: lambda v: f"{v.poll} for {v.version}: {', '.join(v.roles)}",
    e.PollAnswered: lambda v: f"{v.poll}: {v.role} has answered, sealed",
    e.PollWithdrawn: lambda v: f"{v.poll}: {v.role} took the answer back",
    e.PollRevealed: _revealed,
    e.ProbeRan: lambda v: v.summary,
    e.EscalationTestSent: lambda v: f"{v.reviewer} notified, code {v.code}",
    e.EscalationTestReceived: lambda v: f"the notice with code {v.code} arrived",
    e.BaselineDocumented: lambda v: f"baseline from {v.source}",
    e.BriefGiven: lambda v: f"{v.attempt}: {v.to} told: {v.text}",
    e.SampleDrawn: _drawn,
    e.SampleJudged: _judged,
    e.SatisfactionJudged: _satisfaction,
    e.GateProposed: lambda v: f"{v.attempt}: proposes to advance to {v.into}. {v.why}".rstrip(),
    e.GateDecided: _gate,
    e.ContestedAcknowledged: lambda v: f"{v.contested}: {v.remark}",
    e.TrafficAsked: _asked,
    e.TrafficSet: lambda v: f"{v.attempt}: {v.share} % {v.outcome}. {v.detail}".rstrip(),
    e.NoteWritten: lambda v: f"corrects {v.corrects}: {v.text}" if v.corrects else v.text,
    e.AlertFired: lambda v: f"{v.alert}: {v.why}",
    e.AlertResolved: lambda v: f"{v.alert}: {v.why}",
    e.AlertAcknowledged: lambda v: f"{v.alert} {v.remark}".rstrip(),
    e.SilenceAsked: _silence,
    e.SilenceAnswered: _silenced,
    e.TriggerRaised: lambda v: f"{v.trigger}: {v.why}",
    e.TriggerCleared: lambda v: v.trigger,
    **WATCH,
    e.RollbackTriggered: lambda v: f"{v.rollback} to {v.target}, trigger {v.trigger}. {v.why}",
    e.RollbackRetried: lambda v: f"{v.rollback} again. {v.why}",
    e.RollbackStep: lambda v: f"{v.rollback} step {v.step}: {v.state}. {v.detail}",
    e.RollbackFinished: lambda v: f"{v.rollback}: {v.outcome} after {v.seconds:.1f} s. {v.why}",
    e.RollbackMetric: lambda v: f"{v.rollback}: {v.metric}, {v.why}",
    e.RollbackAttached: lambda v: (
        f"{v.rollback}: {v.trigger} was fired too{calls_words(v.calls)}. {v.why}".rstrip()
    ),
    e.RollbackResumed: lambda v: f"{v.rollback}: its process was gone or silent, another goes on",
    e.RollbackAnswered: lambda v: f"{v.rollback} step {v.step}: {v.answer}. {v.remark}".rstrip(),
    e.SuspensionTriggered: lambda v: f"{v.run}: {v.title}. {v.why}".rstrip(),
    e.SuspensionStep: lambda v: f"{v.run} step {v.step}: {v.state}. {v.detail}",
    e.SuspensionFinished: lambda v: f"{v.run}: {v.outcome} after {v.seconds:.1f} s. {v.why}",
    e.NoticeSent: lambda v: f"{v.person}: {v.outcome}, about {v.about}. {v.detail}".rstrip(),
    e.CallCaptured: lambda v: (
        f"call {v.call} kept as {v.sha256[:16]}" if v.sha256 else f"call {v.call}: {v.why}"
    ),
}
