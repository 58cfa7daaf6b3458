"""The reviewers' sheets: each row of Guide 5.1 reaches its people with its time."""

import io
from typing import Literal

import pytest
from pypdf import PdfReader

from config.guide import Role, escalation_rows
from console.reports.markdown import render
from console.reports.pdf import render as paper
from console.reports.protocol import Protocol, Sheet, protocol, protocol_document, reviewers
from tests.domain.build import Desk
from tests.reports.made import ground, staffed

ROWS: list[tuple[str, set[Role], int, int]] = [
    ("escalate", {"reviewer"}, 15, 60),
    ("safety-flag", {"agent-lead"}, 15, 15),
    ("tool-misuse", {"agent-lead", "tech-lead"}, 0, 0),
    ("error-rate", {"tech-lead"}, 15, 15),
    ("latency", {"tech-lead"}, 30, 30),
    ("governance", {"agent-lead", "legal", "tech-lead"}, 0, 0),
]


def sheets(
    exposure: Literal["customer-facing", "internal"] = "customer-facing", without: str = ""
) -> dict[str, Sheet]:
    return {sheet.name: sheet for sheet in told(exposure, without).sheets}


def told(exposure: str = "customer-facing", without: str = "") -> Protocol:
    deployment = staffed(exposure, without)
    return protocol(ground(Desk(deployment=deployment)), reviewers(deployment))


def test_the_table_has_the_six_rows_of_the_guide() -> None:
    found = [
        (r.id, set(r.notified), r.sla_customer_s // 60, r.sla_internal_s // 60)
        for r in escalation_rows()
    ]
    assert found == ROWS
    assert [r.id for r in escalation_rows() if r.rollback] == ["governance"]
    assert all(r.steps and r.users and r.guide == "5.1" for r in escalation_rows())


@pytest.mark.parametrize(("row", "roles", "outside", "inside"), ROWS)
def test_each_row_reaches_its_people_with_its_time(
    row: str, roles: set[Role], outside: int, inside: int
) -> None:
    for exposure, minutes in (("customer-facing", outside), ("internal", inside)):
        reached = {
            (role, duty.within_s)
            for sheet in told(exposure).sheets
            for duty in sheet.duties
            for role in sheet.roles
            if duty.id == row
        }
        assert reached == {(role, minutes * 60) for role in roles}


def test_times_are_said_in_words() -> None:
    within = {d.id: d.within for d in sheets()["second lead"].duties}
    assert within == {
        "tool-misuse": "at once",
        "error-rate": "15 min",
        "latency": "30 min",
        "governance": "at once",
    }
    assert sheets("internal")["first reviewer"].duties[0].within == "1h"


def test_the_limit_in_force_is_on_the_sheet() -> None:
    errors = next(d for d in sheets()["second lead"].duties if d.id == "error-rate")
    assert errors.trigger == "the error rate's alert fires: above 1 % over the last 1h"


def test_the_reviewers_come_first_and_back_each_other_up() -> None:
    assert list(sheets())[:2] == ["first reviewer", "second reviewer"]
    assert sheets()["second reviewer"].fallback[0].endswith("first reviewer, +44 7")
    assert sheets()["second reviewer"].gaps == ("no phone number is given for this person",)


def test_who_has_no_backup_reads_so_and_whom_to_call_instead() -> None:
    alone = sheets(without="second reviewer")["first reviewer"]
    assert "nobody else holds reviewer, so there is no backup" in alone.gaps[0]
    assert "high criticality" in alone.gaps[0]
    assert "NO BACKUP" in alone.fallback[0]
    assert "first lead, +44 1" in alone.fallback[0]
    assert "second lead" in sheets()["first lead"].fallback[0]  # not herself


def test_whom_to_call_is_named_with_phones_and_is_somebody_else() -> None:
    for name, sheet in sheets().items():
        assert sheet.owner == "switch owner, +44 3"
        assert all(not one.who.startswith(name) for one in sheet.help)
    calls = [one.who for one in sheets()["first reviewer"].help]
    assert calls == [
        "first lead, +44 1",
        "second lead, +44 2",
        "legal counsel, +44 5",
        "business lead, +44 4",
    ]


def test_a_row_that_reaches_nobody_is_told_first() -> None:
    said = render(protocol_document(told(without="legal counsel")))
    assert said.index("Reaches nobody") < said.index("What calls you")
    assert "nobody holds legal" in said


def test_a_breach_names_the_rollback_owner_before_the_steps() -> None:
    said = render(protocol_document(told()))
    page = said[said.index("## legal counsel") :]
    assert page.index("**Rollback owner: switch owner, +44 3**") < page.index(
        "1. The rollback owner"
    )


def test_what_a_reviewer_did_is_logged_where_escalations_are() -> None:
    said = sheets()["first reviewer"].answer.splitlines()
    names = ("escalation ack", "escalation resolve")
    assert [name in line for name, line in zip(names, said, strict=True)] == [True, True]
    assert "--outcome … --pattern …" in said[1]


def test_each_sheet_is_one_page_of_a4() -> None:
    facts = told()
    held = protocol_document(facts)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(paper(held))).pages]
    assert len(pages) == len(facts.sheets) + 1, "one each, and one for what they were made from"
    for sheet, page in zip(facts.sheets, pages, strict=False):
        assert f"{sheet.name}, {', '.join(sheet.roles)}" in page
        assert sheet.help[-1].what_for in page
