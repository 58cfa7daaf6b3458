"""Every kind of document at every stage, in every format: what is missing first, all sourced."""

import io
import re
from collections.abc import Callable
from functools import cache

import msgspec
import pytest
from pypdf import PdfReader

from console.domain import commands as c
from console.domain import events as e
from console.domain.brief import brief_text
from console.domain.gates import Next
from console.domain.refused import Refused
from console.domain.times import iso, utc
from console.reports.briefs import briefs_document
from console.reports.document import (
    Cited,
    Document,
    Listing,
    Paragraph,
    SourceList,
    Table,
    marks_of,
)
from console.reports.formats import render, text_lines
from console.reports.golive.document_parts import date
from console.reports.ground import Ground, Options, role_and_name
from console.reports.kinds import FORMATS, KINDS, make
from console.reports.seal import seal_for
from console.reports.written import written
from tests.domain.build import HOUR, LEAD, OWNER, REVIEWER, TECH, Desk
from tests.reports.made import ground, staffed

HOSTILE = "<b>#panic() [@click]x[/] \u202e\n# GO"


def fresh() -> Desk:
    """Nothing was written yet."""
    return Desk(deployment=staffed())


def rolling() -> Desk:
    return Desk().to("canary-5.1")


def watched() -> Desk:
    """In the window, with a handover, an incident and words that try to be markup."""
    desk = Desk().to("full.1")
    desk.do(c.TakeOver(), LEAD)
    desk.now += HOUR
    desk.do(c.CheckIn(f"all quiet {HOSTILE}"), LEAD)
    desk.do(c.OpenIncident(2, f"answers are slow {HOSTILE}", calls=("call-7",)), TECH)
    desk.do(c.HandOver("tech lead", f"look at the queue {HOSTILE}"), LEAD)
    desk.now += 60
    desk.do(c.TakeOver(), TECH)
    return desk


def stable() -> Desk:
    desk = Desk().to("full.1")
    desk.ready()
    desk.advance()
    return desk


def monitored() -> Desk:
    desk = Desk().to("full.1")
    desk.ready()
    desk.do(c.NoteLimitation(f"long dates {HOSTILE}"), REVIEWER)
    warned = utc(desk.now)
    desk.write(
        e.WarningRaised(
            "w-1", "escalation-rate", 0.2, 0.25, 0.01, 0.001, 120, warned, warned, warned, None,
            "crosses 25 % soon",
        ),
        e.WarningReviewed("w-1", "the winter tariff", fix=False),
        e.WarningSettled("w-1", "maintain", "check-ins every hour"),
    )  # fmt: skip
    desk.do(desk.assessment("monitored"), LEAD)
    return desk


def rolled() -> Desk:
    desk = watched()
    desk.roll_back()
    desk.now += 90
    desk.finish("verified")
    return desk


DESKS: dict[str, Callable[[], Desk]] = {
    "fresh": fresh,
    "rolling": rolling,
    "watched": watched,
    "stable": stable,
    "monitored": monitored,
    "rolled": rolled,
}
# With these nothing is to be written of where no incident was opened.
OF_INCIDENTS = {"incident", "postmortem"}


@cache
def at(stage: str) -> Ground:
    """The ground of a stage: nothing changes it."""
    return ground(DESKS[stage]())


def cited(document: Document) -> list[int]:
    """Every number that some text of it names."""
    found: list[int] = []
    for block in document.blocks:
        match block:
            case Paragraph(text):
                found += marks_of(text)
            case Listing(items):
                found += [mark for item in items for mark in marks_of(item)]
            case Table(_, rows):
                found += [mark for row in rows for cell in row for mark in marks_of(cell)]
            case _:
                pass
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stage", DESKS)
def test_each_kind_at_each_stage_in_each_format(stage: str, kind: str) -> None:
    held = at(stage)
    if kind in OF_INCIDENTS and not held.state.incidents:
        with pytest.raises(Refused, match="no incident is on record"):
            make(kind, held, Options())
        return
    facts, document = make(kind, held, Options())
    told = msgspec.to_builtins(facts)
    assert told["kind"] == kind
    assert told["about"]["agent"] == "claims-triage"
    assert document.made == held.now
    numbers = {n for b in document.blocks if isinstance(b, SourceList) for n, _ in b.items}
    assert set(cited(document)) <= numbers
    for form in FORMATS:
        text = "\n".join(text_lines(render(document, form), form))
        assert "claims-triage" in text
        assert "\u202e" not in text
        for number in numbers:
            assert f"[{number}]" in text.replace("\\", "")


def printed(held: Ground) -> PdfReader:
    """The sponsor's page as it is written to a file, with its seal."""
    return PdfReader(io.BytesIO(written(held, seal_for(held, "sponsor", Options(), "1.0"), "pdf")))


@pytest.mark.parametrize("stage", DESKS)
def test_the_sponsors_page_is_one_page(stage: str) -> None:
    assert len(printed(at(stage)).pages) == 1


@pytest.mark.parametrize("rolled", [False, True])
def test_the_sponsors_page_is_one_page_at_its_worst(rolled: bool) -> None:
    desk = watched()
    for number in range(12):
        desk.now += 60
        desk.do(c.OpenIncident(2, f"incident {number}: {'slow ' * 60}"), TECH)
    if rolled:
        why = "users were harmed " * 40
        desk.do(c.TriggerRollback("rb-1", "owner-judgement", why, "v1", ()), OWNER)
        desk.now += 90
        desk.finish("partial")
    held = ground(desk)
    facts, _ = make("sponsor", held, Options())
    assert facts.draft, "a rollback that is not verified is no end"
    assert facts.more_troubles
    assert facts.more_owed
    assert facts.unsaid
    pages = printed(held).pages
    assert len(pages) == 1
    text = pages[0].extract_text()
    for count in (facts.more_troubles, facts.more_owed, facts.unsaid):
        assert f"and {count} more" in text


def test_the_sponsor_reads_what_is_owed_after_a_rollback_and_when_it_was_verified() -> None:
    held = at("rolled")
    facts, document = make("sponsor", held, Options())
    (back,) = held.state.rollbacks.values()
    assert {one.title for one in facts.owed} == {
        one.title for one in held.state.duties.values() if one.done_at is None
    }
    assert "confirm the rollback to the executive sponsor" in {one.title for one in facts.owed}
    text = re.sub(r"\s+", " ", " ".join(text_lines(render(document, "pdf"), "pdf")))
    assert back.verified_at is not None
    for moment in (back.triggered_at, back.verified_at):
        assert date(iso(moment)) in text
    assert f"to {back.target}" in text
    assert not any(one.title in said.text for one in facts.owed for said in facts.missing)


def test_a_role_that_is_all_the_name_there_is_stands_once() -> None:
    assert role_and_name("tech-lead", "Tech lead") == "Tech lead"
    assert role_and_name("legal", "legal counsel") == "legal: legal counsel"


def test_the_sponsor_reads_the_early_warning_and_what_was_decided_of_it() -> None:
    held = at("monitored")
    report, _ = make("go-live", held, Options())
    facts, _ = make("sponsor", held, Options())
    told = " ".join(one.text for one in facts.troubles)
    assert report.watch.warnings
    for said in ("crosses 25 % soon", "the winter tariff", "maintain", "check-ins every hour"):
        assert said in told
    glance = dict(facts.facts)
    assert {"Check-ins", "Review of 50"} <= set(glance)
    for caveat in report.watch.caveats:
        assert caveat in glance["Assessed despite"].text


def test_the_status_leads_the_sponsors_page() -> None:
    for stage, status in (("stable", "Stable"), ("monitored", "Monitored"),
                          ("rolled", "Rolled Back"), ("fresh", "Preparing")):  # fmt: skip
        facts, document = make("sponsor", at(stage), Options())
        assert facts.status == status
        first = document.blocks[0]
        assert isinstance(first, Paragraph)
        assert isinstance(first.text, Cited)
        assert first.text.text.startswith(f"{status}: ")
        assert bool(document.watermark) == facts.draft == (stage == "fresh")


def test_a_gate_record_tells_incidents_before_it_from_that_of_the_rollback() -> None:
    held = at("rolled")
    facts, document = make("gates", held, Options())
    own = [i.id for i in held.state.incidents.values() if i.rollback]
    before = [i.id for i in held.state.incidents.values() if not i.rollback]
    last = facts.records[-1]
    assert last.decision == "rollback"
    assert (list(last.incidents), list(last.opened_with_it)) == (before, own)
    assert before
    assert own
    lines = text_lines(render(document, "md"), "md")
    assert f"- Incident opened by the rollback: {own[0]}" in lines
    assert f"- Incidents opened in it, before it was decided: {before[0]}" in lines


def test_gate_records_are_those_that_the_journal_holds() -> None:
    held = at("rolled")
    facts, document = make("gates", held, Options())
    decided = [one for one in held.entries if one.kind == "gate.decided"]
    assert len(facts.records) == len(decided)
    text = re.sub(r"\s+", " ", " ".join(text_lines(render(document, "pdf"), "pdf")))
    for record, entry in zip(facts.records, decided, strict=True):
        event = e.decode(entry.kind, bytes(entry.data))
        assert isinstance(event, e.GateDecided)
        assert (record.criteria, record.record) == (event.criteria, event.record)
        assert record.sources
        source = facts.sources[record.sources[0] - 1]
        assert source.where == f"journal {entry.writer}/{entry.seq}"
        assert source.sha256 == entry.h
        for criterion in record.criteria:
            assert f"{criterion.n:,}" in text
    assert facts.records[-1].decision == "rollback"
    assert facts.records[0].to == "dark-launch"


def test_an_attempt_without_a_record_is_missing() -> None:
    told, _ = make("gates", at("rolling"), Options())
    assert [one.text for one in told.missing] == [
        "canary 5 % (canary-5.1) runs, and nothing was decided at its gate yet"
    ]
    none, _ = make("gates", at("fresh"), Options())
    assert "the rollout has not begun" in none.missing[0].text


def test_the_sign_off_sheet_names_what_remains_and_who_signs() -> None:
    told, document = make("sign-off", at("fresh"), Options())
    assert not told.cleared
    assert len(told.dimensions) == 7
    assert {one.state for one in told.dimensions} == {"blocking"}
    assert ("legal", "legal counsel") in {(one.role, one.name) for one in told.signers}
    lines = text_lines(render(document, "pdf"), "pdf")
    assert any("NOT CLEARED" in line for line in lines[:3])
    assert "jurisdiction" in "\n".join(lines)
    done, _ = make("sign-off", at("rolling"), Options())
    assert done.cleared
    assert not [one for one in done.dimensions if one.waits_for]
    assert all(proof.sources for one in done.dimensions for proof in one.confirmed)


def test_a_role_that_nobody_holds_is_missing_on_the_sheet() -> None:
    held = ground(Desk(deployment=staffed(without="legal counsel")))
    told, _ = make("sign-off", held, Options())
    assert "nobody in warroom.toml holds the role legal" in [one.text for one in told.missing]
    assert ("legal", "", "NOBODY") in {(s.role, s.name, s.reached) for s in told.signers}


def test_an_incident_with_its_people_calls_and_gaps() -> None:
    desk = watched()
    desk.now += 2 * HOUR
    told, document = make("incident", ground(desk), Options())
    assert told.open
    missing = [one.text for one in told.missing]
    assert "nobody is its lead" in missing
    assert "its post-mortem is not on record" in missing
    assert any(one.startswith("a status update is owed: OVERDUE by") for one in missing)
    assert ("call", "call-7") in {(one.kind, one.id) for one in told.linked}
    assert [one.kind for one in told.moments][:1] == ["opened"]
    assert told.timeline_sources
    assert "OPEN, severity 2 major" in render(document, "md").decode()
    with pytest.raises(Refused, match="there is no incident inc-9"):
        make("incident", ground(desk), Options(incident="inc-9"))


def test_the_handover_is_the_latest_with_what_stands_now() -> None:
    told, document = make("handover", at("watched"), Options())
    assert told.handed.by == "agent lead"
    assert told.handed.to == "tech lead"
    assert told.handed.taken
    assert told.watching == "tech lead"
    assert "Check-ins: 1 made" in told.handed.summary
    assert any(one.startswith("Incident ") for one in told.open)
    assert "Check-ins: 1 made" in " ".join(text_lines(render(document, "html"), "html"))
    alone, _ = make("handover", at("watched"), Options(person="nobody"))
    assert alone.handed is None
    assert "no handover by or to nobody is on record" in [one.text for one in alone.missing]


def test_the_brief_is_for_the_next_transition_and_tells_of_those_given() -> None:
    told, _ = make("brief", at("rolling"), Options())
    assert told.into == "canary 20 %"
    assert "What users will see" in told.text
    assert [one.into for one in told.given][-1] == "canary 5 %"
    assert "the brief on canary 20 % was not given yet" in [one.text for one in told.missing]
    ended, _ = make("brief", at("stable"), Options())
    assert ended.into == ""


def test_the_brief_on_all_the_traffic_speaks_of_no_other_users() -> None:
    whole = brief_text(staffed(), Next("canary", 100))
    assert "All the traffic goes to the agent." in whole
    assert "What users will see: Every user is answered by the agent." in whole
    assert "20 % of the users" in brief_text(staffed(), Next("canary", 20))


def test_how_a_brief_was_given_stands_in_the_briefers_own_words() -> None:
    told, _ = make("brief", at("rolling"), Options())
    given = msgspec.structs.replace(told.given[-1], how="by mail, with a call")
    document = briefs_document(msgspec.structs.replace(told, given=(given,)))
    text = "\n".join(text_lines(render(document, "md"), "md"))
    assert f"told by {given.by}; how: by mail, with a call" in text


def test_a_damaged_journal_leads_every_document() -> None:
    trouble = "vm-1.jsonl line 7: its hash is wrong"
    held = msgspec.structs.replace(at("watched"), trouble=trouble)
    for kind in KINDS:
        _, document = make(kind, held, Options())
        first = document.blocks[0]
        assert isinstance(first, Paragraph)
        assert first.strong
        assert "THE JOURNAL IS DAMAGED" in str(first.text)
