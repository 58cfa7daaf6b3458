"""The Go-Live Report: the guide's nine contents, what is missing first, every source as it is."""

import hashlib
import re
from typing import Any

import msgspec
import pytest

from config.phases import Gates
from console.domain import commands as c
from console.domain import events as e
from console.domain.call import Call
from console.domain.minutes import Minute
from console.domain.refused import Refused
from console.domain.series import Series
from console.domain.times import iso, utc
from console.reports.document import Cited, Document, Heading, Listing, SourceList, Table
from console.reports.golive import GoLiveReport, go_live_report
from console.reports.golive.document import go_live_document
from tests.domain.build import HOUR, LEAD, OWNER, REVIEWER, TECH, Desk
from tests.reports.made import ground, staffed

RUNS = ("dark-launch.1", "shadow.1", "canary-1.1", "canary-5.1", "canary-20.1", "canary-50.1")
READ = ("escalation-rate", "latency-p95", "error-rate", "cost-per-call", "spend-rate")
ALONE = staffed().model_copy(update={"gates": Gates(two_people=False)})
FEEDS = dict.fromkeys((*READ, "traffic", "safety-flags", "accuracy"), "calls")


def report(desk: Desk, rollout: int | None = None, **changes: Any) -> GoLiveReport:
    return go_live_report(ground(desk, **changes), rollout)


def shown(told: GoLiveReport) -> Document:
    return go_live_document(told, "USD")


def said(told: GoLiveReport) -> str:
    return " | ".join(one.text for one in told.missing)


def ended(**changes: Any) -> Desk:
    """A window that was assessed as stable, kept as the guide asks."""
    desk = Desk(deployment=ALONE, **changes).to("full.1")
    start = desk.state.attempt.entered_at
    for number in range(1, 25):
        desk.now = start + number * 2 * HOUR - 60
        desk.do(c.CheckIn("all is quiet"), LEAD if number % 2 else TECH)
    desk.ready()
    desk.advance()
    return desk


def test_it_is_a_draft_until_the_window_is_assessed_or_rolled_back() -> None:
    desk = Desk(deployment=ALONE)
    assert (report(desk).status, report(desk).draft) == ("Preparing", True)
    for attempt in RUNS:
        told = report(desk.to(attempt))
        assert (told.status, told.draft, shown(told).watermark) == ("Rolling Out", True, "DRAFT")
    told = report(desk.to("full.1"))
    assert (told.status, told.draft) == ("In Window", True)
    desk.now += 49 * HOUR
    assert (report(desk).status, report(desk).draft) == ("To Assess", True)
    desk.ready()
    desk.advance()
    told = report(desk)
    assert (told.status, told.draft, shown(told).watermark) == ("Stable", False, "")


def test_monitored_and_why_others_than_the_evidence_proposes() -> None:
    desk = Desk(deployment=ALONE).to("full.1")
    desk.ready()
    desk.do(desk.assessment("monitored"), TECH)
    told = report(desk)
    assert (told.status, told.draft) == ("Monitored", False)
    assert "as we see it" in told.reason.text


def test_the_nine_contents_of_the_guide_are_there() -> None:
    told = report(ended())
    headings = [block.text for block in shown(told).blocks if isinstance(block, Heading)]
    wanted = (
        *("At a glance", "Readiness checklist", "Governance clearance", "Phased rollout"),
        *("48-hour window", "Live escalation protocol", "Production logging"),
        *("Duties and next review", "Validation steps", "Master checklist", "Rollbacks"),
        *("Deviations from the guide", "Appendix: timeline", "Sources"),
    )
    assert [name for name in wanted if name not in headings] == []
    assert headings[0] == "What is missing"
    about = told.about
    assert (about.agent, about.version, about.exposure) == (
        "claims-triage",
        "v2",
        "customer-facing",
    )
    assert told.governance.approvals[0].by == "legal"
    assert [row.name for row in told.attempts] == [
        *("dark-launch", "shadow", "canary 1 %", "canary 5 %", "canary 20 %"),
        *("canary 50 %", "canary 100 %", "full"),
    ]


def test_each_gates_criteria_are_those_that_its_entry_holds() -> None:
    desk = ended()
    held = {
        data["attempt"]: data["criteria"]
        for entry in desk.entries
        if entry.kind == "gate.decided"
        and (data := msgspec.json.decode(entry.data))["decision"] == "advance"
    }
    for row in report(desk).attempts:
        assert list(msgspec.to_builtins(row.criteria)) == held[row.attempt]
        assert row.outcome == ("assessed" if row.attempt == "full.1" else "advanced")


def test_checkins_kept_late_and_missed_are_told() -> None:
    kept = report(ended()).watch
    assert kept is not None
    assert (kept.kept, kept.late, kept.missed) == (24, 0, 0)
    desk = Desk(deployment=ALONE).to("full.1")
    desk.ready()
    desk.advance()
    told = report(desk)
    assert told.watch is not None
    assert (told.watch.kept, told.watch.missed) == (0, 23)
    assert "of 23 check-ins 23 missed, 0 late" in said(told)
    odd = [one.text for one in told.deviations]
    assert "a look every 2 hours: 23 missed and 0 late of 23" in odd
    assert not any("every 2 hours" in one.text for one in report(ended()).deviations)


def test_what_is_missing_comes_first_and_ends_when_it_is_there() -> None:
    told = report(ended())
    assert "the console's logging check was never run" in said(told)
    assert "file the report and the sign-offs in the content library (E2): open" in said(told)
    assert "produce the Go-Live Report" not in said(told), "it would be missing from itself"
    first = next(block for block in shown(told).blocks if isinstance(block, Listing))
    assert len(first.items) == len(told.missing)
    desk = ended()
    for duty in list(desk.state.duties.values()):
        if duty.done_at is None:
            desk.do(c.CompleteDuty(duty.id, "Monday 10:00, calendar of the team"), LEAD)
    told = report(desk)
    assert "open, due" not in said(told)
    assert told.next_review.text.startswith("Monday 10:00")
    lines = {row.id: row.state for row in told.validation}
    assert (lines["V9"], lines["V10"]) == ("done", "done")


def test_hard_items_that_lapsed_before_go_are_told_as_they_stood_at_go() -> None:
    desk = ended()
    told = report(desk)
    assert told.readiness.at_go
    assert told.readiness.hard_open == ()
    assert told.readiness.confirmed == told.readiness.applicable
    desk.now += 400 * 24 * HOUR  # what expires later was confirmed when GO was given
    assert report(desk).readiness == told.readiness


def rolled_back() -> Desk:
    desk = Desk(deployment=ALONE).to("canary-5.1")
    desk.now += HOUR
    desk.roll_back(who=OWNER)
    desk.now += 90
    desk.finish()
    return desk


def test_a_rollback_ends_the_report_with_its_reason_and_its_times() -> None:
    desk = rolled_back()
    told = report(desk)
    assert (told.rollout, told.status, told.draft) == (1, "Rolled Back", False)
    assert "users were harmed" in told.reason.text
    (row,) = told.rollbacks
    held = desk.state.rollbacks["rb-1"]
    assert (row.triggered, row.verified) == (iso(held.triggered_at), iso(desk.now))
    assert (row.seconds, row.outcome) == (90.0, "verified")
    assert [one.outcome for one in told.attempts][-1] == "rolled back"
    assert {one.id.partition("-rb")[0] for one in told.duties} >= {"sponsor", "review"}
    assert "no 48-hour window" in said(told)
    assert [row.postmortem for row in told.incidents] == ["owed"]


def test_the_rollout_after_it_has_a_report_of_its_own() -> None:
    desk = rolled_back()
    desk.do(
        c.RecordPostMortem(
            "the prompt of v2 drops the policy number when two are named",
            "the prompt asks for both numbers; case added",
            "dark launch again on 2026-12-20",
            3,
            where=("prompt",),
        )
    )
    desk.to("dark-launch.2")
    told = report(desk)
    assert (told.rollout, told.status) == (2, "Rolling Out")
    assert [row.attempt for row in told.attempts] == ["dark-launch.2"]
    first = report(desk, rollout=1)
    assert (first.rollout, first.status) == (1, "Rolled Back")
    assert first.rollbacks[0].root_cause.startswith("the prompt of v2")
    with pytest.raises(Refused, match="there is no rollout 3"):
        report(desk, rollout=3)


def recorded(desk: Desk) -> tuple[Series, list[Call]]:
    """Calls all through the window, some of them bad, and the minutes that they make."""
    start = int(desk.state.attempt.entered_at) // 60 + 1
    series, calls = Series(), []
    for number in range(start, start + 48 * 60):
        if number % 600 == 7:
            continue  # a minute of which the log tells nothing
        ones = [
            Call(
                f"c{number}-{place}",
                number * 60.0 + place,
                version="v2",
                error="timeout" if (number + place) % 97 == 0 else "",
                escalation="unclear" if (number + place) % 7 == 0 else "",
                latency_s=1.0 + (number % 5) / 10,
                cost=0.02,
                tokens_in=10,
                tokens_out=5,
            )
            for place in range(10)
        ]
        minute = Minute()
        minute.add_calls(ones)
        series.put(number, minute)
        calls += ones
    series.absent_is_zero = False
    return series, calls


def test_the_figures_of_the_window_are_those_of_its_calls() -> None:
    desk = ended()
    full = Desk(deployment=ALONE).to("full.1")
    series, calls = recorded(full)
    told = report(desk, minutes=dict.fromkeys(FEEDS, series), feeds=FEEDS)
    assert told.stretch is not None
    end = int(desk.state.stable_since or 0) // 60
    within = [one for one in calls if one.at < end * 60]
    rows = {row.metric: row for row in told.stretch.metrics}
    n = len(within)
    assert told.stretch.calls == n
    assert rows["error-rate"].value == pytest.approx(sum(bool(x.error) for x in within) / n)
    assert rows["escalation-rate"].value == pytest.approx(
        sum(bool(x.escalation) for x in within) / n
    )
    assert rows["cost-per-call"].value == pytest.approx(0.02)
    times = sorted(x.latency_s or 0.0 for x in within)
    exact = times[-(-95 * n // 100) - 1]
    assert rows["latency-p95"].value == pytest.approx(exact, rel=0.01)
    hours: dict[int, list[Call]] = {}
    for one in within:
        hours.setdefault(int(one.at) // 60, []).append(one)
    start = min(hours)
    worst = 0.0
    for last in range(start + 60, end + 1):
        window = [x for number in range(last - 60, last) for x in hours.get(number, [])]
        worst = max(worst, sum(bool(x.error) for x in window) / len(window))
    assert rows["error-rate"].worst == pytest.approx(worst)
    assert max(p.value or 0 for p in rows["error-rate"].points) == pytest.approx(worst)
    blind = [number for number in range(start - 1, end) if number not in hours]
    assert told.stretch.blind_minutes == pytest.approx(len(blind), abs=1)
    assert f"{told.stretch.blind_minutes} blind minutes" in said(told)


def seqs(where: str) -> set[int]:
    """The numbers in `journal writer/3-7,9`."""
    found = re.fullmatch(r"journal [\w-]+/([\d,-]+)", where)
    assert found, where
    numbers: set[int] = set()
    for part in found[1].split(","):
        first, _, last = part.partition("-")
        numbers |= set(range(int(first), int(last or first) + 1))
    return numbers


@pytest.mark.parametrize("make", [ended, rolled_back])
def test_every_source_is_cited_and_its_hash_is_that_of_its_entries(make: Any) -> None:
    desk = make()
    # Hashes that differ from entry to entry, as on a disk.
    desk.entries = [
        msgspec.structs.replace(one, h=hashlib.sha256(str(one.seq).encode()).hexdigest())
        for one in desk.entries
    ]
    told = report(desk)
    by_seq = {one.seq: one for one in desk.entries}
    for row in told.sources:
        if not row.where.startswith("journal"):
            continue
        held = [by_seq[number].h for number in sorted(seqs(row.where))]
        lines = "".join(f"{h}\n" for h in held).encode()
        assert row.sha256 == (held[0] if len(held) == 1 else hashlib.sha256(lines).hexdigest())
    document = shown(told)
    marks = {
        mark for mark, _ in next(b for b in document.blocks if isinstance(b, SourceList)).items
    }
    assert cited_in(document) == marks


def cited_in(document: Document) -> set[int]:
    found: set[int] = set()
    for block in document.blocks:
        texts: list[Any] = []
        if isinstance(block, Listing):
            texts = list(block.items)
        elif isinstance(block, Table):
            texts = [cell for row in block.rows for cell in row]
        elif hasattr(block, "text"):
            texts = [block.text]
        found |= {mark for text in texts if isinstance(text, Cited) for mark in text.marks}
    return found


def test_escalations_are_counted_as_they_were_answered() -> None:
    desk = Desk(deployment=ALONE).to("full.1")
    begin = desk.now
    items = tuple(
        e.EscalationItem(f"escalate-c{n}", f"c{n}", utc(begin + n), utc(begin + n + 900))
        for n in range(6)
    )
    desk.write(e.EscalationRaised("escalate", items, ("first reviewer",), until="resolved"))
    desk.now = begin + 300
    desk.do(
        c.ResolveEscalations("answered", "two policies", "", ("escalate-c0", "escalate-c1")),
        REVIEWER,
    )
    desk.now = begin + 1200
    desk.do(c.ResolveEscalations("answered", "two policies", "", ("escalate-c2",)), REVIEWER)
    told = report(desk).escalations
    row = next(row for row in told.rows if row.row == "escalate")
    assert (row.raised, row.in_time, row.late, row.open, row.overdue) == (6, 2, 1, 3, 3)
    assert row.median_s == pytest.approx(300)
    assert row.worst_s == pytest.approx(1198)
    assert [one.text for one in told.patterns] == ['"two policies": 3 escalations']


def test_the_timeline_leaves_out_only_what_it_says() -> None:
    desk = ended()
    told = report(desk)
    left = sum(int(words.split()[0].replace(",", "")) for words in told.left_out)
    assert len(told.timeline) + left == len(desk.entries)
