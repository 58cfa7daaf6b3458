"""What is owed: the guide's table, who owes it, and what completes it."""

from typing import Any

import pytest

from config.guide import duty_rules
from console.domain import commands as c
from console.domain import events as e
from console.domain.duties import (
    left_words,
    owed,
    owners,
    started,
    update_due,
)
from console.domain.refused import Refused
from tests.domain.build import HOUR, NOW, TECH, Desk, deployment

DAY = 24 * HOUR
# Guide 6.2 to 6.5, the validation steps and the next steps, written down a second time.
TABLE = {
    "rollback": {"sponsor": HOUR, "review": DAY, "post-mortem": 3 * DAY},
    "incident": {"post-mortem": 3 * DAY},
    "review-mark": {"sample-review": 2 * HOUR},
    "assessment": {
        "go-live-report": DAY,
        "weekly-review": DAY,
        "filing": DAY,
        "handover": DAY,
        "venture-board": 31 * DAY,
    },
    "subtle-issues": {"prompt-revision": 3 * DAY},
}


@pytest.mark.parametrize("kind", TABLE)
def test_what_starts_what(kind: Any) -> None:
    events = started(kind, "x-1", NOW)
    due = {event.duty: event.due.timestamp() - NOW for event in events}
    assert due == {f"{name}-x-1": within for name, within in TABLE[kind].items()}
    assert all((event.owner, event.about) == ("agent-lead", "x-1") for event in events)
    assert all(event.title for event in events)


def test_the_table_is_whole() -> None:
    assert {rule.after for rule in duty_rules()} == set(TABLE)
    assert len(duty_rules()) == sum(map(len, TABLE.values()))


def test_what_is_due_first_stands_first_and_overdue_says_so() -> None:
    desk = Desk().to("full.1")
    desk.write(*started("rollback", "rb-1", desk.now), *started("review-mark", "full.1", desk.now))
    desk.now += 1.5 * HOUR
    found = owed(desk.state, desk.now)
    assert [one.id for one in found] == [
        "sponsor-rb-1",
        "sample-review-full.1",
        "review-rb-1",
        "post-mortem-rb-1",
    ]
    assert [one.overdue for one in found] == [True, False, False, False]
    assert [one.clock for one in found[:2]] == ["OVERDUE by 30 min", "30 min left"]
    assert owners(deployment(), found[0]) == ("agent lead",)
    assert left_words(-0.4) == "OVERDUE by 0 s"


def test_starting_it_again_changes_nothing() -> None:
    desk = Desk().to("full.1")
    desk.write(*started("review-mark", "full.1", desk.now))
    desk.do(c.CompleteDuty("sample-review-full.1", "done by hand"), TECH)
    desk.now += HOUR
    desk.write(*started("review-mark", "full.1", desk.now))
    assert owed(desk.state, desk.now) == []
    held = desk.state.duties["sample-review-full.1"]
    assert (held.done_by, held.remark) == ("tech lead", "done by hand")
    assert not desk.state.conflicts


@pytest.mark.parametrize(("severity", "every"), [(1, 1800), (2, 3600), (3, 4 * 3600)])
def test_a_status_update_is_owed_by_severity(severity: Any, every: float) -> None:
    desk = Desk().to("full.1")
    opened = desk.do(c.OpenIncident(severity, "answers are slow"))[0]
    assert isinstance(opened, e.IncidentOpened)
    name = opened.incident
    assert update_due(desk.state.incidents[name]) == desk.now + every
    desk.now += every + 60
    late = next(one for one in owed(desk.state, desk.now) if one.id == f"update-{name}")
    assert late.clock == "OVERDUE by 1 min"
    with pytest.raises(Refused, match="a status update is owed: write it"):
        desk.do(c.CompleteDuty(late.id, "told"))
    desk.do(c.UpdateIncident(name, "half of it is back"))
    assert update_due(desk.state.incidents[name]) == desk.now + every
    desk.do(c.ChangeIncident(name, cadence_s=600))
    assert update_due(desk.state.incidents[name]) == desk.now + 600
    desk.do(c.CloseIncident(name, "over"))
    assert not any(one.id.startswith("update-") for one in owed(desk.state, desk.now))


def test_who_leads_an_incident_owes_its_updates() -> None:
    desk = Desk().to("full.1")
    opened = desk.do(c.OpenIncident(3, "one answer was late"))[0]
    assert isinstance(opened, e.IncidentOpened)
    (update,) = owed(desk.state, desk.now)
    assert owners(deployment(), update) == ("agent lead",)
    desk.do(c.ChangeIncident(opened.incident, lead="tech lead"))
    (update,) = owed(desk.state, desk.now)
    assert owners(deployment(), update) == ("tech lead",)
