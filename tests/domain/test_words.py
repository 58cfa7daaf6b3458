"""One line for people: what each entry says, and times as people write them."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings

from console.domain import events as e
from console.domain.entry import Entry
from console.domain.times import clock_text, iso, span, stamp, utc
from console.domain.words import entry_words
from tests.domain.arbitrary import BROKEN, entries
from tests.domain.build import NOW, SEEN, STEPS, entry, raw_entry

AT = utc(NOW)
SAYS: list[tuple[e.Event, str]] = [
    (e.JournalOpened("c" * 64), "config cccccccccccc"),
    (e.JournalRecovered(4096, 17, "f" * 64), "17 torn bytes at 4096 fenced off"),
    (e.JournalSigned(17, "f" * 64, AT, "armor"), "signed up to entry 17, ffffffffffff"),
    (e.ConfigChanged("c" * 64), "warroom.toml accepted: cccccccccccc"),
    (e.ConfigChanged("c" * 64, ("[people]",), "a new lead"), "accepted: [people]; a new lead"),
    (
        e.WatchGap(utc(1_796_133_600.0), utc(1_796_137_200.0), "no console was open"),
        "unwatched for 1h from 2026-12-01T14:00:00Z: no console was open",
    ),
    (e.ClockJumped(10_800.0), "the machine's clock was set by +10,800 s"),
    (e.ClockJumped(-42.0), "the machine's clock was set by -42 s"),
    (
        e.ItemConfirmed("test-set", "agent-lead", SEEN),
        f"test-set for agent-lead: {SEEN.text}",
    ),
    (
        e.ItemConfirmed("governance-review", "legal", SEEN, "counsel"),
        f"governance-review for legal on behalf of counsel: {SEEN.text}",
    ),
    (
        e.ItemConfirmed("test-set", "agent-lead", SEEN, dated=AT.date()),
        f"test-set for agent-lead of {AT.date()}: {SEEN.text}",
    ),
    (e.ItemPlanned("security", "the lab", AT.date(), "tests"), f"the lab by {AT.date()}. tests"),
    (e.ItemAccepted("load-test", "few users"), "load-test stays open: few users"),
    (e.GoLiveMoved(None, AT.date(), "security"), f"moves from no date to {AT.date()}: security"),
    (e.GoLiveMoved(AT.date(), AT.date(), "x"), f"from {AT.date()} to {AT.date()}: x"),
    (e.ProbeRan("load", True, "load probe passed", "a", "v2"), "load probe passed"),
    (e.EscalationTestSent("a1b2", "reviewer"), "reviewer notified, code a1b2"),
    (e.EscalationTestReceived("a1b2"), "the notice with code a1b2 arrived"),
    (e.PollOpened("p", ("legal", "tech-lead"), "v2", "c"), "p for v2: legal, tech-lead"),
    (e.PollAnswered("p", "legal", "s"), "p: legal has answered, sealed"),
    (e.PollWithdrawn("p", "legal"), "p: legal took the answer back"),
    (e.PollRevealed("p", "legal", False, "no DPA", "n"), "legal: NO-GO. no DPA"),
    (e.PollRevealed("p", "legal", True, "all is signed", "n"), "legal: GO. all is signed"),
    (e.BaselineDocumented(0.9, None, None, "last quarter"), "baseline from last quarter"),
    (e.BriefGiven("shadow.1", "BU", "canary comes"), "shadow.1: BU told: canary comes"),
    (
        e.SampleJudged(
            "full.1",
            (e.Judgement("a", "right"), e.Judgement("b", "right"), e.Judgement("c", "subtle")),
        ),
        "full.1: 3 outputs judged, 2 right, 1 subtle",
    ),
    (
        e.SampleJudged(
            "full.1", (e.Judgement("a", "skip", "no output"), e.Judgement("b", "right"))
        ),
        "full.1: 1 outputs judged, 1 right, 1 skipped. a: no output",
    ),
    (
        e.SampleJudged("full.1", (e.Judgement("a", "subtle", "it greets twice"),), "sample-5e"),
        "full.1: a subtle. it greets twice",
    ),
    (
        e.SampleDrawn(
            "sample-5e",
            "full.1",
            "5e5e",
            50,
            1204,
            utc(NOW - 3600),
            utc(NOW),
            "calls",
            ("a", "b"),
            False,
        ),
        "full.1: sample-5e, 50 of 1,204 calls drawn at random, 2026-11-29 23:53+00:00 to "
        "2026-11-30 00:53+00:00, not of all the attempt, seed 5e5e",
    ),
    (e.SatisfactionJudged("shadow.1", "neutral", "asked"), "shadow.1: neutral, asked"),
    (
        e.SatisfactionJudged("shadow.1", "positive", "asked", "BU"),
        "shadow.1 on behalf of BU: positive, asked",
    ),
    (
        e.GateDecided("shadow.1", "advance", "all agree", (), "canary", 5),
        "shadow.1: advance to canary 5 %. all agree",
    ),
    (e.GateDecided("full.1", "advance", "", (), "stable"), "full.1: advance to stable."),
    (e.GateDecided("full.1", "hold", "too early", ()), "full.1: hold, too early"),
    (
        e.GateProposed("full.1", "stable", "48 h are over", ()),
        "full.1: proposes to advance to stable. 48 h are over",
    ),
    (
        e.GateDecided("full.1", "advance", "", (), "stable", proposed_by="tech lead"),
        "full.1: advance to stable, proposed by tech lead.",
    ),
    (
        e.TrafficAsked("canary-5.1", 5, 1.0, "v2", "k", "the gate's decision"),
        "canary-5.1: 5 % of the traffic asked for (it read 1 %). the gate's decision",
    ),
    (
        e.TrafficAsked("canary-5.1", 5, None, "v2", "k", "", forced=True),
        "5 % of the traffic asked for, though (it could not be read)",
    ),
    (e.TrafficSet("canary-5.1", 5, "failed", 1.0, "it reads 1 %", "k"), "5 % failed. it reads 1 %"),
    (e.NoteWritten("the queue is long"), "the queue is long"),
    (e.AlertFired("a", "traffic", 9, 5, 99, 3600, "calls", "busy"), "a: busy"),
    (e.AlertResolved("a", 1, "back"), "a: back"),
    (e.AlertAcknowledged("a"), "a"),
    (e.AlertAcknowledged("a", "on it"), "a on it"),
    (
        e.SilenceAsked("s-1", "am", "Slow", AT, "deploy"),
        f"s-1: Slow at am until {AT:%Y-%m-%dT%H:%M:%SZ}, deploy",
    ),
    (e.SilenceAnswered("s-1", "set", "read back", "5e3f"), "s-1: set as 5e3f, read back"),
    (e.SilenceAnswered("s-1", "failed", "does not listen"), "s-1: failed, does not listen"),
    (e.TriggerRaised("error-rate", 0.06, 0.05, 99, AT, "6 %"), "error-rate: 6 %"),
    (e.TriggerCleared("error-rate"), "error-rate"),
    (e.CheckInMade("all quiet"), "all quiet"),
    (e.CheckInMade("was late", AT), f"was late (due {iso(NOW)})"),
    (e.CheckInMissed(AT), f"nobody had checked in by {iso(NOW)}"),
    (e.ShiftHanded("tech lead", "2 alerts", ""), "the watch goes to tech lead. 2 alerts"),
    (e.ShiftTaken(), "has the watch"),
    (e.ShiftTaken("agent lead"), "has the watch, from agent lead"),
    (
        e.WarningRaised(
            "w", "latency-p95", 2.4, 3, 0.1, 0.001, 48, AT, AT, AT, None, "crosses 3 s in 6 h"
        ),
        "w: crosses 3 s in 6 h",
    ),
    (e.WarningCleared("w", "flat again"), "w: flat again"),
    (e.WarningReviewed("w", "a slow index", True), "w: a slow index, a fix within 4 h."),
    (e.WarningReviewed("w", "not known", False, "asked"), "not known, no fix within 4 h. asked"),
    (e.WarningSettled("w", "maintain", "watched hourly"), "w: maintain. watched hourly"),
    (
        e.WindowAssessed("full.1", "monitored", "stable", (), "to be safe", ("a blind hour",)),
        "full.1: monitored, though a blind hour. to be safe",
    ),
    (e.LimitationNoted("dates without a year"), "dates without a year"),
    (e.NoticesSilenced("s-2", "latency-p95", AT, "a deploy"), "nobody is told of latency-p95"),
    (e.SilenceLifted("s-2", "it is over"), "s-2 lifted. it is over"),
    (
        e.EscalationRaised("escalate", (e.EscalationItem("e-1", "c-1", AT, AT),), ("reviewer",)),
        "escalate to reviewer: e-1",
    ),
    (
        e.EscalationRaised(
            "tool-misuse",
            tuple(e.EscalationItem(f"e-{n}", "", AT, AT) for n in range(1200)),
            ("agent lead", "tech lead"),
            what="refunds",
        ),
        "tool-misuse (refunds) to agent lead, tech lead: e-0 and 1,199 more",
    ),
    (e.EscalationAcknowledged(("e-1",), "on it"), "e-1 on it"),
    (e.EscalationAssigned(("e-1", "e-2"), "backup", "a train"), "e-1, e-2 to backup. a train"),
    (
        e.EscalationResolved(("e-1",), "answered", "two policies", "false-positive"),
        "e-1, false positive: answered. Pattern: two policies",
    ),
    (
        e.EscalationMissed(("e-1",), ("backup",)),
        "not answered within the SLA: e-1, backup to be told",
    ),
    (e.IncidentOpened("i", 2, "slow"), "i severity 2: slow"),
    (
        e.IncidentChanged("i", 1, "agent lead", "tech lead", 1800, "worse"),
        "i: severity 1, lead agent lead, scribe tech lead, an update every 30 min. worse",
    ),
    (e.IncidentLinked("i", ("a-1",), (), ("c-1", "c-2")), "i: a-1 and 2 more belong to it"),
    (e.IncidentUpdated("i", "still looking"), "i: still looking"),
    (e.IncidentClosed("i", "drained"), "i: drained"),
    (e.DutyStarted("review", "hold the review", AT), f"by {AT:%Y-%m-%d %H:%M} UTC (review)"),
    (e.DutyDone("review", "held"), "review: held"),
    (
        e.RollbackTriggered("rb", "full.1", "error-rate", "harm", "v1", STEPS),
        "rb to v1, trigger error-rate. harm",
    ),
    (e.RollbackRetried("rb", "once more"), "rb again. once more"),
    (e.RollbackStep("rb", "traffic", "verified", "k", "0 %"), "rb step traffic: verified. 0 %"),
    (e.RollbackMetric("rb", "left", "0 % of 40"), "rb: left, 0 % of 40"),
    (e.RollbackAttached("rb", "data-breach", "a mail"), "rb: data-breach was fired too. a mail"),
    (
        e.RollbackAttached("rb", "data-breach", "a mail", ("c-1", "c-2")),
        "rb: data-breach was fired too (calls c-1, c-2). a mail",
    ),
    (e.RollbackResumed("rb"), "rb: its process was gone or silent, another goes on"),
    (e.RollbackAnswered("rb", "workers", "done", "by hand"), "rb step workers: done. by hand"),
    (
        e.SuspensionTriggered("su", "refunds", "Suspend refunds", "abuse", ()),
        "su: Suspend refunds. a",
    ),
    (e.SuspensionStep("su", "off", "asked", "k", "is it off?"), "su step off: asked. is it off?"),
    (e.SuspensionFinished("su", "verified", "all is off", 4.2), "su: verified after 4.2 s. all"),
    (e.ContestedAcknowledged("host-1/7", "we hold"), "host-1/7: we hold"),
    (e.NoticeSent("rb", "tech lead", "failed", "refused", 2), "tech lead: failed, about rb. ref"),
    (e.CallCaptured("rb", "c-1", "abcdef"), "call c-1 kept as abcdef"),
    (e.CallCaptured("rb", "c-2", "", "not in the log"), "call c-2: not in the log"),
    (e.RollbackFinished("rb", "partial", "no proof", AT, None, 93.25), "rb: partial after 93."),
    (
        e.PostMortemRecorded("rb", "stale cache", "b", "c", 3),
        "rb: stale cache. Change: b. Timeline: c",
    ),
    (
        e.PostMortemRecorded("", "stale cache", "b", "c", 3, "i", ("test-set", "prompt")),
        "i: stale cache. Change (test set, prompt): b. Timeline: c",
    ),
    (e.NoteWritten("at 14:03", "i", corrects="host-1/7"), "corrects host-1/7: at 14:03"),
]


@pytest.mark.parametrize(("event", "words"), SAYS, ids=[words[:30] for _, words in SAYS])
def test_an_entry_says_what_happened(event: e.Event, words: str) -> None:
    assert words in entry_words(entry(event))


def test_every_kind_is_tried() -> None:
    assert {type(event) for event, _ in SAYS} == set(e.KINDS.values())


def test_a_time_elsewhere_is_not_called_utc() -> None:
    due = datetime(2026, 12, 1, 14, 2, tzinfo=timezone(timedelta(hours=2)))
    said = entry_words(entry(e.DutyStarted("review", "hold the review", due)))
    assert said == "hold the review by 2026-12-01 14:02 UTC+02:00 (review)"


@given(entries())
@settings(max_examples=50)
def test_there_are_words_for_whatever_is_written(one: Entry) -> None:
    assert isinstance(entry_words(one), str)


@pytest.mark.parametrize("data", BROKEN, ids=lambda data: data[:30].decode(errors="replace"))
def test_what_cannot_be_read_is_shown_as_it_stands(data: bytes) -> None:
    one = raw_entry("note.written", data)
    assert entry_words(one) == data.decode(errors="replace")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (3599, "59 min"),
        (3660, "1h01m"),
        (29 * 3600 + 48 * 60, "29h48m"),
    ],
)
def test_a_length_of_time_has_the_units_that_matter(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_times_are_utc_in_the_forms_that_people_and_files_want() -> None:
    moment = datetime.fromisoformat("2026-12-01T14:02:31+00:00").timestamp()
    assert utc(moment).isoformat() == "2026-12-01T14:02:31+00:00"
    assert iso(moment) == "2026-12-01T14:02:31Z"
    assert clock_text(moment) == "14:02:31Z"
    assert stamp(moment) == "20261201T140231"
