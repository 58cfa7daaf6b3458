"""Incidents: what may be decided about one, and its timeline."""

from typing import Any

import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.incident_log import TimelineCache, timeline
from console.domain.incidents import (
    all_incidents,
    captured_of,
    needs_postmortem,
    severity_words,
    still_owed,
)
from console.domain.refused import Refused
from console.domain.times import utc
from tests.domain.build import HOUR, LEAD, OBSERVER, OWNER, REVIEWER, STEPS, TECH, Desk

SHA = "a" * 64


def slow(severity: Any = 3, **links: Any) -> tuple[Desk, str]:
    """A desk in its window with one incident; its id."""
    desk = Desk().to("full.1")
    desk.write(e.AlertFired("latency-1", "latency-p95", 4.0, 3.0, 900, 3600, "calls", "4.00 s"))
    opened = desk.do(c.OpenIncident(severity, "answers are slow", **links), REVIEWER)[0]
    assert isinstance(opened, e.IncidentOpened)
    return desk, opened.incident


def test_it_is_linked_with_what_it_was_opened_from() -> None:
    desk, name = slow(alerts=("latency-1",), calls=("c-1",))
    assert (desk.state.incidents[name].alerts, desk.state.incidents[name].calls) == (
        ("latency-1",),
        ("c-1",),
    )
    for links, what in (({"alerts": ("x",)}, "alert x"), ({"escalations": ("y",)}, "escalation y")):
        with pytest.raises(Refused, match=f"there is no {what} on record"):
            desk.do(c.OpenIncident(3, "another", **links))  # type: ignore[arg-type]  # a test's keywords


REFUSED: list[tuple[c.Command, str]] = [
    (c.ChangeIncident("NAME", severity=3, why="x"), "is of severity 3 already"),
    (c.ChangeIncident("NAME", severity=1), "say why its severity becomes 1"),
    (c.ChangeIncident("NAME"), "say what changes"),
    (c.ChangeIncident("NAME", lead="agent laed"), 'did you mean "agent lead"'),
    (c.ChangeIncident("NAME", scribe="somebody else"), "nobody is named somebody else here"),
    (c.ChangeIncident("NAME", cadence_s=60), "every 5 min at the soonest"),
    (c.ChangeIncident("NAME", cadence_s=90_000), "every 24 h at the latest"),
    (c.ChangeIncident("inc-9", lead="tech lead"), "there is no incident inc-9"),
    (c.LinkToIncident("NAME"), "or nothing was named"),
    (c.LinkToIncident("NAME", alerts=("latency-1",)), "belong to it already"),
    (c.LinkToIncident("NAME", alerts=("x",)), "there is no alert x"),
    (c.UpdateIncident("NAME", " "), "the status update is empty"),
    (c.UpdateIncident("inc-9", "x"), "there is no incident inc-9"),
    (c.RecordCaptures("inc-9", (e.CallCaptured("inc-9", "c", SHA),)), "there is no incident"),
    (c.RecordCaptures("NAME", ()), "kept already"),
    (c.WriteNote("x", "inc-9"), "there is no incident inc-9"),
]


@pytest.mark.parametrize(("command", "why"), REFUSED)
def test_a_refusal_says_why(command: Any, why: str) -> None:
    desk, name = slow(alerts=("latency-1",))
    if command.incident == "NAME":
        command = type(command)(**{**{f: getattr(command, f) for f in command.__struct_fields__},
                                   "incident": name})  # fmt: skip
    with pytest.raises(Refused, match=why):
        desk.do(command, LEAD)


def test_what_becomes_grave_starts_the_post_mortem() -> None:
    desk, name = slow()
    assert not needs_postmortem(desk.state, desk.state.incidents[name])
    changed, duty = desk.do(c.ChangeIncident(name, severity=1, why="records were shown"), TECH)
    assert isinstance(changed, e.IncidentChanged)
    assert isinstance(duty, e.DutyStarted)
    assert duty.duty == f"post-mortem-{name}"
    assert desk.state.attempt.critical[-1] == f"incident {name}"
    (back,) = desk.do(c.ChangeIncident(name, severity=3, why="they were test records"), TECH)
    assert isinstance(back, e.IncidentChanged)
    assert [one.id for one in still_owed(desk.state, desk.state.incidents[name], desk.now)] == [
        duty.duty
    ], "what is owed does not go away by another word"


def test_it_stays_open_until_its_rollback_is_verified() -> None:
    desk = Desk().to("full.1")
    desk.roll_back()
    (name,) = desk.state.incidents
    for outcome in ("running", "partial"):
        if outcome == "partial":
            desk.finish("partial")
        with pytest.raises(Refused, match=f"while its rollback rb-1 is {outcome}"):
            desk.do(c.CloseIncident(name, "over"))
    desk.do(c.TriggerRollback("rb-2", "owner-judgement", "again", "v1", STEPS), OWNER)
    desk.finish("verified")
    desk.do(c.CloseIncident(name, "the old version answers"))
    held = desk.state.incidents[name]
    assert held.closed_at == desk.now
    assert [one.id for one in still_owed(desk.state, held, desk.now)] == [
        "sponsor-rb-1",
        "review-rb-1",
        "post-mortem-rb-1",
    ]
    with pytest.raises(Refused, match="is closed; what came to light since is a note"):
        desk.do(c.UpdateIncident(name, "still over"))
    desk.do(c.WriteNote("a customer wrote", name))
    desk.do(c.RecordCaptures(name, (e.CallCaptured(name, "c-1", SHA),)))
    assert captured_of(desk.state, desk.state.incidents[name]) == {"c-1": SHA}


def test_what_is_kept_stays_kept() -> None:
    desk, name = slow()
    kept = e.CallCaptured(name, "c-1", SHA)
    lost = e.CallCaptured(name, "c-1", "", "the log is gone")
    desk.do(c.RecordCaptures(name, (lost,)))
    assert desk.state.incidents[name].captured == {"c-1": ""}
    desk.do(c.RecordCaptures(name, (kept,)))
    desk.write(lost)
    assert desk.state.incidents[name].captured == {"c-1": SHA}
    assert desk.state.incidents[name].calls == ("c-1",)
    with pytest.raises(Refused, match="kept already"):
        desk.do(c.RecordCaptures(name, (lost,)))


def test_the_gravest_open_one_stands_first_and_the_closed_last() -> None:
    desk, minor = slow()
    desk.now += 60
    opened = desk.do(c.OpenIncident(1, "records were shown"))[0]
    assert isinstance(opened, e.IncidentOpened)
    assert [one.id for one in all_incidents(desk.state)] == [opened.incident, minor]
    desk.do(c.CloseIncident(opened.incident, "they were test records"))
    assert [one.id for one in all_incidents(desk.state)] == [minor, opened.incident]
    assert severity_words(1) == "severity 1 critical"
    assert severity_words(7) == "severity 7"


# The timeline


def whole() -> tuple[Desk, str]:
    """An incident with everything that may belong to it."""
    desk = Desk().to("full.1")
    desk.now += HOUR
    desk.write(
        e.TriggerRaised("error-rate", 0.06, 0.05, 300, utc(desk.now - 240), "6 %"),
        e.AlertFired("errors-1", "error-rate", 0.06, 0.01, 300, 3600, "calls", "6 %"),
        e.AlertFired("other-1", "traffic", 9.0, 5.0, 300, 3600, "calls", "9x"),
        e.EscalationRaised(
            "escalate", (e.EscalationItem("esc-1", "c-1", utc(desk.now - 30), utc(desk.now)),),
            ("reviewer",),
        ),
    )  # fmt: skip
    opened = desk.do(
        c.OpenIncident(1, "calls fail", "error-rate", ("errors-1",), ("esc-1",)), REVIEWER
    )[0]
    assert isinstance(opened, e.IncidentOpened)
    return desk, opened.incident


def kinds(desk: Desk, name: str) -> list[str]:
    return [one.kind for one in timeline(desk.entries, desk.state.incidents[name])]


def test_its_timeline_holds_all_that_belongs_to_it_and_nothing_else() -> None:
    desk, name = whole()
    desk.now += 60
    desk.do(c.AcknowledgeAlert("errors-1"), TECH)
    desk.do(c.WriteNote("the cache was emptied", name), TECH)
    desk.do(c.WriteNote("about something else"), TECH)
    desk.do(c.UpdateIncident(name, "half of it is back"), TECH)
    desk.do(c.ChangeIncident(name, lead="tech lead"), TECH)
    desk.do(c.RecordCaptures(name, (e.CallCaptured(name, "c-1", SHA),)), TECH)
    desk.write(
        e.SuspensionTriggered("sus-1", "crm", "Take the CRM away", "", STEPS),
        e.AlertResolved("errors-1", 0.0, "within the limit"),
        e.AlertResolved("other-1", 0.0, "within the limit"),
        e.EscalationMissed(("esc-1",), ("backup",)),
        e.TriggerCleared("error-rate"),
        e.NoticeSent(name, "tech lead", "delivered", "smtp"),
    )
    desk.do(c.DecideGate("hold", "calls fail"), LEAD)
    desk.do(c.CloseIncident(name, "the cache is keyed"), TECH)
    desk.now += 60
    desk.write(e.SuspensionFinished("sus-1", "verified", "", 3.0))
    assert kinds(desk, name) == [
        "trigger", "escalation", "alert fired", "opened", "alert taken", "note", "update",
        "changed", "linked", "captured", "suspension", "alert over", "SLA missed", "trigger over",
        "told", "gate", "closed",
    ]  # fmt: skip


def test_a_rollback_is_in_its_incidents_timeline() -> None:
    desk = Desk().to("full.1")
    desk.roll_back()
    desk.write(e.RollbackStep("rb-1", "traffic", "verified", "k", "0 %"))
    desk.write(e.CallCaptured("rb-1", "c-1", SHA))
    desk.finish()
    (name,) = desk.state.incidents
    told = kinds(desk, name)
    assert [kind for kind in told if kind != "gate"] == [
        "rollback", "opened", "step", "captured", "rollback",
    ]  # fmt: skip


def test_what_came_late_stands_where_it_happened_with_both_times() -> None:
    desk, name = whole()
    begun = desk.now
    desk.now += 20 * 60
    desk.do(c.UpdateIncident(name, "all is back"), TECH)
    desk.do(c.WriteNote("the pager rang", name, utc(begun + 60)), TECH)
    found = timeline(desk.entries, desk.state.incidents[name])
    assert [one.kind for one in found[-2:]] == ["note", "update"]
    note = found[-2]
    assert (note.occurred, note.recorded, note.late) == (begun + 60, desk.now, True)
    assert not found[-1].late
    assert found[0].kind == "trigger"
    assert (found[0].occurred, found[0].late) == (begun - 240, True)


def test_a_correction_stands_beside_what_it_corrects() -> None:
    desk, name = whole()
    desk.do(c.WriteNote("at 14:02", name), TECH)
    old = desk.entries[-1]
    desk.do(c.WriteNote("it was 14:03", name, corrects=f"{old.writer}/{old.seq}"), LEAD)
    first, second = timeline(desk.entries, desk.state.incidents[name])[-2:]
    assert (first.text, first.corrected_by) == ("at 14:02", (second.source,))
    assert (second.text, second.corrects) == ("it was 14:03", first.source)


def test_what_was_adopted_late_stands_where_it_happened() -> None:
    desk = Desk().to("full.1")
    desk.roll_back()
    (name,) = desk.state.incidents
    from tests.domain.build import raw_entry  # noqa: PLC0415 - only here

    then = utc(desk.now - 600).isoformat()
    data = (
        f'{{"rollback":"rb-1","step":"traffic","state":"verified","key":"k","detail":"0 %",'
        f'"fallback":"f","occurred_at":"{then}"}}'
    )
    place = len(desk.entries) + 1
    desk.entries.append(
        raw_entry("rollback.step", data.encode(), at=desk.now, clock=place, seq=place)
    )
    first = timeline(desk.entries, desk.state.incidents[name])[0]
    assert (first.kind, first.occurred, first.late) == ("step", desk.now - 600, True)


def test_it_grows_as_the_journal_does() -> None:
    desk, name = whole()
    cache = TimelineCache()
    for turn in range(4):
        desk.now += 60
        desk.do(c.WriteNote(f"turn {turn}", name), TECH)
        if turn == 2:
            desk.write(e.IncidentLinked(name, ("other-1",)))
        incident = desk.state.incidents[name]
        assert cache.of(desk.entries, incident) == timeline(desk.entries, incident)
        assert cache.of(desk.entries, incident) is cache.of(desk.entries, incident)
    assert "alert fired" in [one.kind for one in cache.of(desk.entries, incident)][:4]
    assert cache.of(desk.entries[:3], incident) == timeline(desk.entries[:3], incident)


def test_an_observer_changes_nothing() -> None:
    desk, name = slow()
    for command in (c.ChangeIncident(name, lead="tech lead"), c.UpdateIncident(name, "x")):
        with pytest.raises(Refused, match="observer"):
            desk.do(command, OBSERVER)
