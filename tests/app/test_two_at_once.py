"""Two people decide the same thing at once: one is recorded, the other is told, no text is lost."""

import ast
import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from console import screens
from console.app import WarRoomApp
from console.domain import commands as c
from console.domain import events as e
from console.domain.refused import Refused
from console.room import WarRoom
from console.screens.assess import AssessDialog
from console.screens.dialogs import Dialog
from tests.app.everywhere import WAYS
from tests.app.rooms import HOUR, NOW, Stand, console, done, fired, kinds, shown, until, words

TYPED = "the errors rise"


def seen_by(room: WarRoom, decision: str = "hold", why: str = "first") -> c.DecideGate:
    """What a console makes of the gate that it shows."""
    picture = room.take_picture()
    return c.DecideGate(
        "hold" if decision == "hold" else "advance",
        why,
        seen=picture.gate.criteria,
        seen_at=picture.now,
        attempt=picture.state.attempt.id,
    )


async def typed(app: WarRoomApp, pilot: Pilot[int], text: str = TYPED) -> None:
    await until(pilot, lambda: isinstance(app.focused, Input))
    await pilot.press(*("space" if key == " " else key for key in text))
    await until(pilot, lambda: isinstance(app.focused, Input) and app.focused.value == text)


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (200, 60)])
async def test_a_second_hold_is_told_of_the_first_and_keeps_its_reason(
    window: Stand, size: tuple[int, int]
) -> None:
    mine, theirs = window.open(), window.open(who="tech lead")
    async with console(mine, size) as (app, pilot):
        await pilot.press("g", "h")
        await typed(app, pilot)
        window.clock.moment += 5
        await theirs.do(seen_by(theirs))
        await pilot.press("enter")
        await until(pilot, lambda: "tech lead decided hold on full.1 at 14:00:05Z" in words(app))
        assert TYPED in words(app)
        assert kinds(theirs).count("gate.decided") == kinds(mine).count("gate.decided")
        window.clock.moment += 5
        await mine.refresh()
        await until(pilot, lambda: "as of 14:00:10Z" in shown(app))
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.focused, Input) and app.focused.value == TYPED)
        await until(pilot, lambda: "HOLD: the reason" in words(app) and TYPED in words(app))
        await pilot.press("enter")
        await done(app, pilot)
        assert kinds(mine)[-1] == "gate.decided", "a second look decides on what is known"
    await theirs.close()


async def test_while_a_reason_is_typed_another_decision_is_shown(window: Stand) -> None:
    mine, theirs = window.open(), window.open(who="tech lead")
    async with console(mine) as (app, pilot):
        await pilot.press("g", "h")
        await typed(app, pilot)
        window.clock.moment += 5
        await theirs.do(seen_by(theirs))
        await mine.refresh()
        await until(pilot, lambda: "MEANWHILE tech lead decided hold" in words(app))
        assert TYPED in words(app)
    await theirs.close()


async def test_what_was_seen_of_one_attempt_holds_no_other(window: Stand) -> None:
    mine = window.open()
    async with console(mine) as (app, pilot):
        await pilot.press("g", "h")
        await typed(app, pilot)
        window.clock.moment += 5
        window.past((0, e.RollbackTriggered("rb-1", "full.1", "error-rate", "", "v2", ())))
        window.clock.moment = NOW + 5
        await until(pilot, lambda: mine.state.attempt.id != "full.1")
        await pilot.press("enter")
        await until(pilot, lambda: "look again" in words(app) and TYPED in words(app))
        assert kinds(mine)[-1] != "gate.decided"


async def test_an_assessment_keeps_its_words(window: Stand) -> None:
    mine = window.open()
    before = c.AssessWindow("monitored", TYPED, admitted=("blind",))
    async with console(mine) as (app, pilot):
        app.push_screen(AssessDialog(mine, before, "tech lead was first"))
        await until(pilot, lambda: "tech lead was first" in words(app))
        assert TYPED in words(app)


async def test_an_acknowledgement_that_came_second_says_who_was_first(window: Stand) -> None:
    window.past((HOUR, fired()))
    mine, theirs = window.open(), window.open(who="tech lead")
    await theirs.do(c.AcknowledgeAlert("error-rate-1"))
    with pytest.raises(Refused, match="acknowledged by tech lead"):
        await mine.do(c.AcknowledgeAlert("error-rate-1"))
    await mine.close()
    await theirs.close()


async def test_a_closed_incident_says_who_closed_it_and_the_note_of_it_stays(
    window: Stand,
) -> None:
    window.past((HOUR, e.IncidentOpened("inc-1", 3, "slow")))
    mine, theirs = window.open(), window.open(who="tech lead")
    async with console(mine, (120, 40)) as (app, pilot):
        await pilot.press("7", "u")
        await typed(app, pilot)
        await theirs.do(c.CloseIncident("inc-1", "the upstream is back"))
        await pilot.press("enter")
        told = "tech lead was first at 14:00:00Z, incident.closed"
        await until(pilot, lambda: told in words(app))
        assert "the upstream is back" in words(app)
        assert TYPED in words(app)
    await theirs.close()


async def test_of_many_who_decide_at_the_same_moment_one_is_recorded(window: Stand) -> None:
    rooms = [window.open(who=who) for who in ("agent lead", "tech lead", "agent lead")]
    orders = [seen_by(room, why=f"the {place}") for place, room in enumerate(rooms)]
    window.clock.moment += 5
    before = kinds(rooms[0]).count("gate.decided")
    said = await asyncio.gather(
        *(room.do(order) for room, order in zip(rooms, orders, strict=True)),
        return_exceptions=True,
    )
    rooms[0].record.refresh()
    written = kinds(rooms[0]).count("gate.decided") - before
    refused = [one for one in said if isinstance(one, Refused)]
    assert written + len(refused) == len(rooms)
    assert refused, "one of two people is told"
    assert all("decided hold on full.1 at 14:00:05Z" in str(one) for one in refused)
    for room in rooms:
        await room.close()


def test_every_dialog_that_takes_text_is_looked_after() -> None:
    """A new one says here how what is typed in it survives a refusal."""
    keeps = {
        "Ask": "opened again with its text",
        "AssessDialog": "opened again with its words and what was admitted",
        "CheckInDialog": "opened again with its text",
        "CommandLine": "stays open with its text until it is understood; records nothing",
        "GateDialog": "opened again with its text",
        "PostMortemDialog": "stays open until it is on record",
        "TroubleshootingDialog": "records nothing",
    }
    found = {kind.__name__ for kind in WAYS if _takes_text(kind)}
    assert found == set(keeps)


def _takes_text(kind: type[Screen[object]]) -> bool:
    """Whether a dialog of ours makes a text field."""
    if not kind.__module__.startswith("console.") or not issubclass(kind, Dialog):
        return False
    path = Path(screens.__path__[0]) / f"{kind.__module__.rpartition('.')[2]}.py"
    tree = ast.parse(path.read_text())
    body = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == kind.__name__)
    calls = (n.func for n in ast.walk(body) if isinstance(n, ast.Call))
    return any(isinstance(func, ast.Name) and func.id in {"Input", "OneLine"} for func in calls)


def test_every_line_that_is_asked_for_can_be_given_back() -> None:
    """Who opens an `Ask` gives it the text of before, so that a refusal brings it back."""
    bare = []
    for path in sorted(Path(screens.__path__[0]).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "Ask"
                and len(node.args) < 3
            ):
                bare.append(f"{path.name}:{node.lineno}")
    assert [where.partition(":")[0] for where in bare] == ["items.py"], "only a file to be read"
