"""The guide's own lists, line by line: none is missing, and each is as done as what it links to."""

import re
from itertools import groupby

import pytest

from config.guide import (
    checklist_items,
    dimensions,
    guide_lines,
    readiness_items,
)
from console.domain import commands as c
from console.domain.checklist import checklist
from console.domain.lines import ORDER, line_statuses
from console.domain.standing import standing_of
from tests.domain.build import DAY, LEAD, NOW, Desk, deployment
from tests.packaging.tree import ROOT

README = (ROOT / "config" / "guide" / "README.md").read_text(encoding="utf-8")
# The guide's lists, and how many lines each has.
LISTS = {
    "Prerequisites": ("P", 4),
    "Production environment checks": ("E", 6),
    "Master checklist A: go-live readiness": ("A", 19),
    "Master checklist B: production environment": ("B", 8),
    "Master checklist C: phased rollout": ("C", 7),
    "Master checklist D: the 48-hour window": ("D", 9),
    "Validation steps": ("V", 10),
}
ITEM_TABLES = {"Step 1: the readiness checklist": 15, "Step 2.2: the governance dimensions": 7}
RECORDS = {
    *("record:gates", "record:briefs", "record:dwell", "window:check-ins", "window:sample-review"),
    *(
        "window:status",
        "window:no-trigger",
        "window:metrics",
        "window:incidents",
        "window:post-mortem",
    ),
    *("handover:report", "handover:filed", "handover:weekly-review"),
}


def table(title: str) -> list[list[str]]:
    """The rows of the table under a heading of the README, cell by cell."""
    _, _, rest = README.partition(f"\n## {title}\n")
    section, _, _ = rest.partition("\n## ")
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def lines(desk: Desk) -> dict[str, str]:
    """Every line's state."""
    items = checklist(desk.state, standing_of(desk.facts()))
    return {one.line.id: one.state for one in line_statuses(desk.state, items)}


def test_the_lists_have_as_many_lines_as_the_guides() -> None:
    found = {
        letter: [line.id for line in group]
        for letter, group in groupby(guide_lines(), key=lambda line: line.id[0])
    }
    assert found == {
        letter: [f"{letter}{n}" for n in range(1, count + 1)] for letter, count in LISTS.values()
    }


@pytest.mark.parametrize("title", LISTS)
def test_the_readme_names_every_line_and_what_it_is_the_same_fact_as(title: str) -> None:
    letter, count = LISTS[title]
    rows = table(title)
    assert len(rows) == count
    assert [(name, re.findall("`([^`]+)`", links)) for name, links in rows] == [
        (f"`{line.id}` {line.text}", list(line.links))
        for line in guide_lines()
        if line.id.startswith(letter)
    ]


@pytest.mark.parametrize("title", ITEM_TABLES)
def test_the_readme_names_every_item_of_step_one_and_every_dimension(title: str) -> None:
    ours = {
        "Step 1: the readiness checklist": [(i.id, i.category) for i in readiness_items()],
        "Step 2.2: the governance dimensions": [(i.id, i.title) for i in dimensions()],
    }[title]
    rows = table(title)
    assert len(rows) == ITEM_TABLES[title]
    assert [(int(row), name.strip("`"), word) for row, name, word in rows] == [
        (place, *one) for place, one in enumerate(ours, 1)
    ]


def test_every_file_that_the_readme_names_is_there() -> None:
    named = set(re.findall(r"`(console/[\w/]+\.py|[\w-]+\.toml)`", README))
    assert len(named) >= 10
    for name in named:
        place = ROOT / name if "/" in name else ROOT / "config" / "guide" / name
        assert place.exists(), name


def test_every_link_leads_somewhere() -> None:
    items = {f"item:{item.id}" for item in checklist_items()}
    phases = {f"phase:{name}" for name in ORDER[1:]}
    for line in guide_lines():
        assert line.links, line.id
        assert set(line.links) <= items | phases | RECORDS | {"items:all"}, line.id


def test_every_item_is_a_line_of_the_guide_or_a_row_of_its_tables() -> None:
    """Nothing is asked that the guide does not ask."""
    linked = {link.partition(":")[2] for line in guide_lines() for link in line.links}
    rows = {item.id for item in (*readiness_items(), *dimensions())}
    assert {item.id for item in checklist_items()} <= linked | rows


def test_ids_are_unique() -> None:
    ids = [item.id for item in checklist_items()]
    assert len(ids) == len(set(ids)) == 38


def test_before_anything_is_done_lines_are_open_or_later() -> None:
    told = lines(Desk())
    assert {state for name, state in told.items() if name[0] in "PEABV"} <= {
        "open",
        "later",
        "not-applicable",
    }
    assert {state for name, state in told.items() if name[0] == "D"} == {"later"}
    assert (told["E6"], told["A14"], told["A19"]) == ("not-applicable",) * 3
    assert (told["A6"], told["C5"], told["V1"]) == ("open", "open", "open")


def test_a_line_of_two_items_waits_for_both() -> None:
    desk = Desk()
    desk.confirm_all("integrations")
    assert (lines(desk)["E1"], lines(desk)["A4"]) == ("done", "open")


def test_a_recommended_item_that_is_open_is_open_until_it_is_accepted() -> None:
    desk = Desk()
    desk.confirm_all("regression")
    assert (lines(desk)["A2"], lines(desk)["V1"]) == ("open", "open")
    desk.do(c.AcceptItem("regression", "it is the first deployment"))
    assert (lines(desk)["A2"], lines(desk)["V1"]) == ("done", "done")


def test_a_lapse_opens_the_line_again() -> None:
    desk = Desk()
    desk.confirm_all()
    assert lines(desk)["A6"] == "done"
    desk.now = NOW + 40 * DAY
    assert lines(desk)["A6"] == "open"


def test_the_phases_close_their_lines_one_after_another() -> None:
    desk = Desk()
    passed = []
    for attempt in ("dark-launch.1", "shadow.1", "canary-1.1", "full.1"):
        desk.to(attempt)
        told = lines(desk)
        passed.append([name for name in ("C1", "C2", "C3", "C4", "V6") if told[name] == "done"])
    assert passed == [[], ["C1"], ["C1", "C2"], ["C1", "C2", "C3", "C4", "V6"]]
    assert lines(desk)["D1"] == "later"
    desk.ready()
    desk.advance(LEAD)
    told = lines(desk)
    assert (told["D1"], told["V7"], told["D7"]) == ("missed", "done", "open")


def why(desk: Desk, name: str) -> str:
    items = checklist(desk.state, standing_of(desk.facts()))
    return next(one.why for one in line_statuses(desk.state, items) if one.line.id == name)


def test_what_the_window_owes_is_done_by_its_record_alone() -> None:
    desk = Desk()
    desk.to("full.1")
    desk.ready()
    desk.advance(LEAD)
    assert why(desk, "D1") == "0 kept, 0 late, 23 missed"
    assert why(desk, "D3").startswith(("stable, ", "monitored, "))
    assert lines(desk)["D9"] == lines(desk)["V10"] == "open"
    desk.do(c.CompleteDuty("weekly-review-full.1", "on Monday, 10:00"), LEAD)
    told = lines(desk)
    assert (told["D9"], told["V10"], told["D7"]) == ("done", "done", "open")
    assert why(desk, "D9").startswith("on Monday, 10:00, ")


def test_the_internal_agents_lines_that_do_not_apply_say_so() -> None:
    told = lines(Desk(deployment=deployment("internal")))
    assert (told["A17"], told["V2"]) == ("not-applicable", "not-applicable")
    using = frozenset({"tool_using", "cross_market"})
    told = lines(Desk(deployment=deployment(flags=using)))
    assert (told["E6"], told["A14"], told["A19"]) == ("open", "open", "open")
