"""What another did first: told by name, time and deed; nothing else is blamed on anybody."""

import msgspec
import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.entry import Actor, Entry
from console.domain.events import draft
from console.domain.meanwhile import as_seen, decided_since, explained, told
from console.domain.refused import Refused
from console.domain.times import utc

NOW = 1_796_133_600.0  # 2026-12-01T14:00:00Z
TECH = Actor("tech lead", ("tech-lead",))
WATCHER = Actor("watcher")


def entry(event: e.Event, actor: Actor = TECH, at: float = NOW) -> Entry:
    held = draft(actor, event)
    data = msgspec.Raw(msgspec.json.encode(held.data))
    return Entry(actor, utc(at), 1, data, "d", held.kind, "", 1, 1, "vm-1", "")


HOLD = e.GateDecided("shadow.1", "hold", "errors rise", ())
ON = e.GateDecided("shadow.1", "advance", "met", (), "canary", 5, "v2")


def test_a_decision_is_told_in_a_sentence() -> None:
    assert told(entry(HOLD)) == ("tech lead decided hold on shadow.1 at 14:00:00Z: errors rise")
    assert told(entry(ON)) == (
        "tech lead decided advance to canary 5 % on shadow.1 at 14:00:00Z: met"
    )
    acknowledged = told(entry(e.AlertAcknowledged("error-rate-1", "mine")))
    assert acknowledged.startswith("tech lead was first at 14:00:00Z, alert.acknowledged: ")


@pytest.mark.parametrize(
    ("seen_at", "attempt", "name", "refused"),
    [
        (NOW - 1, "shadow.1", "agent lead", True),
        (NOW, "shadow.1", "agent lead", False),
        (NOW - 1, "canary-5.1", "agent lead", False),
        (NOW - 1, "shadow.1", "tech lead", False),
        (None, "shadow.1", "agent lead", False),
    ],
)
def test_only_what_was_decided_since_on_the_same_attempt_stops_a_second(
    seen_at: float | None, attempt: str, name: str, refused: bool
) -> None:
    command = c.DecideGate("hold", "me too", seen_at=seen_at, attempt=attempt)
    if refused:
        with pytest.raises(Refused, match=r"decided hold on shadow\.1 at 14:00:00Z"):
            as_seen(command, [entry(HOLD)], name)
    else:
        as_seen(command, [entry(HOLD)], name)


def test_the_latest_decision_since_then_is_found() -> None:
    entries = [entry(HOLD), entry(ON, at=NOW + 5), entry(e.NoteWritten("hm"), at=NOW + 6)]
    found = decided_since(entries, "shadow.1", NOW, "agent lead")
    assert found is entries[1]
    assert decided_since(entries, "shadow.1", NOW + 5, "agent lead") is None


def test_a_refusal_names_who_was_first_unless_it_does_already() -> None:
    closed = [entry(e.IncidentOpened("inc-1", 2, "slow")), entry(e.IncidentClosed("inc-1", "over"))]
    update = c.UpdateIncident("inc-1", "still slow")
    told_so = explained(update, ("incident inc-1 is closed", "more"), closed, "agent lead")
    first = (
        "tech lead was first at 14:00:00Z, incident.closed: inc-1: over; incident inc-1 is closed"
    )
    assert told_so == (first, "more")
    named = ("it was closed by tech lead",)
    assert explained(update, named, closed, "agent lead") == named
    assert explained(update, ("no",), closed, "tech lead") == ("no",)


def test_nobody_is_blamed_for_what_is_about_something_else() -> None:
    opened = [entry(e.IncidentOpened("inc-1", 2, "slow")), entry(e.IncidentClosed("inc-2", "over"))]
    for command in (c.UpdateIncident("inc-1", ""), c.WriteNote("x", "inc-2")):
        assert explained(command, ("no",), opened, "agent lead") == ("no",)
    by_watch = [entry(e.AlertAcknowledged("error-rate-1", ""), WATCHER)]
    assert explained(c.AcknowledgeAlert("error-rate-1"), ("no",), by_watch, "agent lead") == ("no",)
