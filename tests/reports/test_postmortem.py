"""The blameless post-mortem, filled from the timeline."""

import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.refused import Refused
from console.domain.times import utc
from console.reports.markdown import render
from console.reports.postmortem import incident_for, postmortem, postmortem_document
from tests.domain.build import LEAD, TECH, Desk
from tests.domain.test_decide import POSTMORTEM
from tests.reports.made import ground


def rolled() -> tuple[Desk, str]:
    desk = Desk().to("full.1")
    desk.roll_back()
    desk.write(e.CallCaptured("rb-1", "c-1", "a" * 64))
    desk.now += 600
    (name,) = desk.state.incidents
    desk.do(c.WriteNote("a customer | called", name, utc(desk.now - 300)), TECH)
    desk.finish("verified")
    return desk, name


def text_of(desk: Desk, name: str) -> str:
    return render(postmortem_document(postmortem(ground(desk), desk.state.incidents[name])))


def test_it_is_filled_from_the_timeline() -> None:
    desk, name = rolled()
    text = text_of(desk, name)
    assert text.startswith("# Post-mortem: Rollback: rollback owner's judgement\n")
    assert "Blameless" in text
    for said in (
        "| Severity | severity 1 critical |",
        "rb-1 to v1: verified",
        "note: a customer \\| called",
        "| c-1 | aaaaaaaaaaaaaaaa | – |",
        "hold the blameless post-mortem: 71h50m left",
        "--incident",
    ):
        assert said in text, said
    assert "**Its three outputs are NOT on record yet.**" in text
    assert text.count("(to be written)") == 7
    note = next(row for row in text.splitlines() if "a customer" in row)
    happened, recorded = (cell.strip() for cell in note.split(" | ")[:2])
    assert (happened.strip("| ")) < recorded


def test_it_shows_the_outputs_once_they_are_on_record() -> None:
    desk, name = rolled()
    desk.do(POSTMORTEM, LEAD)
    text = text_of(desk, name)
    assert "NOT on record" not in text
    assert "the cache held v1's prompt" in text
    assert "the cache is keyed (made to the infrastructure or configuration)" in text
    assert "dark launch again on 2036-12-01" in text
    assert "3 failing inputs became test cases" in text
    assert "post-mortem-rb-1" not in text.partition("## Still owed")[2].partition("## ")[0]


def test_which_incident_it_is_of() -> None:
    desk = Desk().to("full.1")
    with pytest.raises(Refused, match="no incident is on record"):
        incident_for(desk.state)
    minor = desk.do(c.OpenIncident(3, "one answer was late"))[0]
    assert isinstance(minor, e.IncidentOpened)
    assert incident_for(desk.state).id == minor.incident
    desk.now += 60
    grave = desk.do(c.OpenIncident(2, "answers are slow"))[0]
    assert isinstance(grave, e.IncidentOpened)
    assert incident_for(desk.state).id == grave.incident
    desk.now += 60
    desk.roll_back()
    assert incident_for(desk.state).rollback == "rb-1"
    assert incident_for(desk.state, "rb-1").rollback == "rb-1"
    assert incident_for(desk.state, minor.incident).id == minor.incident
    with pytest.raises(Refused, match="there is no incident rb-9"):
        incident_for(desk.state, "rb-9")
