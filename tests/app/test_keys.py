"""What each key does, from the key to the journal."""

import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual import events
from textual.binding import Binding
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, OptionList

from console.app import WarRoomApp
from console.room import WarRoom
from console.screens.alerts import AlertsScreen
from console.screens.base import SCREENS
from console.screens.calls import CallsScreen
from console.screens.checkin import CheckInDialog
from console.screens.checklist import ChecklistScreen
from console.screens.dialogs import Ask, Choose
from console.screens.gate import GateDialog
from console.screens.guard import RollbackGuard
from console.screens.help import Help
from console.screens.journal import JournalScreen
from console.screens.metrics import MetricsScreen
from console.screens.overview import OverviewScreen
from tests.app.rooms import (
    Stand,
    adopt,
    burst,
    console,
    done,
    fired,
    kinds,
    minutes,
    shown,
    until,
)
from widgets.chart import MetricChart
from widgets.metrics import MetricBoard


async def typed(pilot: Pilot[int], text: str) -> None:
    """Write `text` into the line that has the focus, and let it be carried out."""
    line = pilot.app.focused
    assert isinstance(line, Input)
    line.value = text
    await pilot.press("enter")


def last(room: WarRoom) -> dict[str, Any]:
    """The data of the journal's last entry."""
    return msgspec.json.decode(room.record.entries[-1].data, type=dict[str, Any])


async def test_the_numbers_go_to_the_screens(window: Stand) -> None:
    async with console(window.open()) as (app, pilot):
        for mode in (*SCREENS[1:], SCREENS[0]):
            await pilot.press(mode.key)
            assert app.current_mode == mode.id
            assert type(app.screen).__name__ == f"{mode.name}Screen"


async def test_a_takes_the_alert_in_hand(window: Stand) -> None:
    window.past((360.0, fired()))
    room = adopt(window.open(), minutes(errors=1))
    async with console(room) as (app, pilot):
        assert "not acknowledged" in shown(app)
        await pilot.press("a")
        await done(app, pilot)
        assert kinds(room)[-1] == "alert.acknowledged"
        await until(pilot, lambda: "not acknowledged" not in shown(app))
        assert "acknowledged" in shown(app)
        before = len(room.record.entries)
        await pilot.press("a")
        await done(app, pilot)
        assert "no alert waits" in shown(app)
        assert len(room.record.entries) == before


async def test_n_writes_a_note(window: Stand) -> None:
    room = window.open()
    async with console(room) as (app, pilot):
        await pilot.press("n")
        await pilot.press("enter")
        assert isinstance(app.screen, Ask), "an empty line is no note"
        await typed(pilot, "the queue is long [/x]")
        await done(app, pilot)
        assert (kinds(room)[-1], last(room)["text"]) == ("note.written", "the queue is long [/x]")
        assert "note.written recorded" in shown(app)


async def test_a_paste_of_several_lines_loses_none(window: Stand) -> None:
    room = window.open()
    async with console(room) as (app, pilot):
        await pilot.press("n")
        app.post_message(events.Paste("refunds stop\r\n\n  at 14:02Z\n"))
        line = app.screen.query_one(Input)
        await until(pilot, lambda: line.value == "refunds stop at 14:02Z")
        await pilot.press("enter")
        await done(app, pilot)
        assert last(room)["text"] == "refunds stop at 14:02Z"


async def test_a_key_too_many_does_not_go_round_a_choice(window: Stand) -> None:
    async with console(window.open()) as (app, pilot):
        await pilot.press("i")
        choices = app.screen.query_one(OptionList)
        await pilot.press("up", "k")
        assert choices.highlighted == 0
        await pilot.press("G", "down", "j")
        assert choices.highlighted == choices.option_count - 1


async def test_c_checks_in(window: Stand) -> None:
    room = window.open()
    async with console(room) as (app, pilot):
        assert "check-in LATE" in shown(app)
        await pilot.press("c")
        await typed(pilot, "errors calm, traffic as forecast")
        await done(app, pilot)
        assert kinds(room)[-1] == "checkin.made"
        await until(pilot, lambda: "check-in in 2h" in shown(app))


@pytest.mark.parametrize("kind", ["text", "url", "file"])
async def test_e_confirms_with_evidence(kind: str, preparing: Stand, tmp_path: Path) -> None:
    proof = tmp_path / "scan.txt"
    proof.write_text("no finding")
    given = {
        "text": "scanned on 1 December, no finding",
        "url": "https://ci.example/run/7",
        "file": str(proof),
    }
    room = preparing.open()
    async with console(room) as (app, pilot):
        await pilot.press("2")
        assert isinstance(app.screen, ChecklistScreen)
        app.screen.table.cursor_id = "rollout-plan"
        await pilot.press("e")
        await typed(pilot, given[kind])
        await done(app, pilot)
        assert kinds(room)[-1] == "item.confirmed", shown(app)
        data = last(room)
        assert (data["item"], data["evidence"]["kind"]) == ("rollout-plan", kind)
        if kind == "file":
            digest = sha256(proof.read_bytes()).hexdigest()
            assert data["evidence"]["sha256"] == digest
            kept = preparing.directory / "evidence" / digest
            assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (b"no finding", 0o600)


async def test_an_assertion_is_no_evidence(preparing: Stand) -> None:
    room = preparing.open()
    async with console(room) as (app, pilot):
        before = len(room.record.entries)
        await pilot.press("2", "enter")
        await typed(pilot, "done")
        await done(app, pilot)
        assert "evidence is more than an assertion" in shown(app)
        assert len(room.record.entries) == before


async def test_g_does_not_advance_past_what_is_missing(window: Stand) -> None:
    room = adopt(window.open(), minutes())
    async with console(room) as (app, pilot):
        before = len(room.record.entries)
        missing = len(room.picture().gate.missing)
        assert missing > 0
        await pilot.press("g", "v")
        assert "ADVANCE is not possible: " in shown(app)
        assert f"and {missing - 1} more" in shown(app)
        await pilot.press("enter")
        assert isinstance(app.screen, GateDialog)
        assert not app.screen.query_one("#why", Input).display
        await pilot.press("escape")
        await done(app, pilot)
        assert len(room.record.entries) == before


async def test_h_holds_with_a_reason_only(window: Stand) -> None:
    room = adopt(window.open(), minutes())
    async with console(room) as (app, pilot):
        await pilot.press("g", "h", "enter")
        assert isinstance(app.screen, GateDialog)
        await typed(pilot, "the review is not done")
        await done(app, pilot)
        assert kinds(room)[-1] == "gate.decided"
        assert (last(room)["decision"], last(room)["why"]) == ("hold", "the review is not done")


async def test_a_hint_names_the_directory_on_the_screen_and_not_on_record(preparing: Stand) -> None:
    room = adopt(preparing.open(), minutes())
    async with console(room, (200, 50)) as (app, pilot):
        await pilot.press("g")
        await until(pilot, lambda: f"{preparing.directory.name}  " in shown(app))
        assert "DIR" not in shown(app)
        await pilot.press("h", "enter")
        await typed(pilot, "the probe comes first")
        await done(app, pilot)
        assert kinds(room)[-1] == "gate.decided"
        (why,) = [one["why"] for one in last(room)["criteria"] if one["id"] == "escalation-probe"]
        assert why.endswith("warroom probe escalation DIR")
        assert str(preparing.directory) not in str(last(room))


async def test_what_a_gate_lacks_is_given_from_its_dialog(preparing: Stand) -> None:
    room = preparing.open()
    async with console(room) as (app, pilot):
        await pilot.press("g", "b")
        await typed(pilot, "dark launch on Monday, nothing changes for users")
        await done(app, pilot)
        assert (kinds(room)[-1], last(room)["to"]) == ("brief.given", "BU operations lead")
        assert "enters dark-launch" in last(room)["text"]
        assert last(room)["how"] == "dark launch on Monday, nothing changes for users"
        await pilot.press("g", "l")
        await typed(pilot, "0.92 fast 0.02: claims team")
        await until(pilot, lambda: "na where a number does not apply)" in shown(app))
        assert kinds(room)[-1] == "brief.given"
        await pilot.press(*["backspace"] * 27)
        await typed(pilot, "0.92, 2.1, na: claims team, last quarter")
        await done(app, pilot)
        assert kinds(room)[-1] == "baseline.documented"
        assert len(last(room)["sha256"]) == 64
        assert last(room) == {
            "n": 0,
            "sha256": last(room)["sha256"],
            "accuracy": 0.92,
            "latency_p95": 2.1,
            "cost_per_call": None,
            "source": "claims team, last quarter",
        }


async def test_i_switches_who_is_at_the_keys(window: Stand) -> None:
    room = window.open()
    async with console(room) as (app, pilot):
        await pilot.press("i", "j", "enter")
        await done(app, pilot)
        assert room.actor.name == "tech lead"
        assert "you are tech lead now: declared, not proved" in shown(app)
        assert "tech lead" in shown(app).splitlines()[0]


async def test_an_observer_is_refused_and_told_why(window: Stand) -> None:
    room = window.open(who="")
    async with console(room) as (app, pilot):
        before = len(room.record.entries)
        await pilot.press("n")
        await typed(pilot, "a note")
        await done(app, pilot)
        assert "is an observer and changes nothing" in shown(app)
        assert len(room.record.entries) == before


async def test_a_read_only_console_records_nothing(window: Stand) -> None:
    room = window.open(read_only=True)
    async with console(room) as (app, pilot):
        before = len(room.record.entries)
        await pilot.press("n")
        await typed(pilot, "a note")
        await done(app, pilot)
        assert "NOT RECORDED: this console was opened read-only" in " ".join(shown(app).split())
        assert len(room.record.entries) == before


def help_text(app: WarRoomApp) -> str:
    return str(app.screen.query_one("VerticalScroll Static").render())


@pytest.mark.parametrize("key", ["1", "2", "4", "5", "9", "0"])
async def test_help_lists_every_key_of_the_screen(key: str, window: Stand) -> None:
    async with console(window.open()) as (app, pilot):
        await pilot.press(key)
        wanted = [
            (app.get_key_display(active.binding), active.binding.description)
            for active in app.screen.active_bindings.values()
            if active.binding.id and active.binding.description and not active.binding.system
        ]
        assert len(wanted) > 12
        await pilot.press("question_mark")
        assert isinstance(app.screen, Help)
        text = help_text(app)
        assert max(map(len, text.splitlines())) <= app.screen.keys.content_size.width
        (mode,) = (one for one in SCREENS if one.key == key)
        assert " ".join(text.split()).startswith(f"{mode.name}: {mode.about}. here ")
        for display, description in wanted:
            assert any(
                display in line.split() and description in line for line in text.splitlines()
            ), (display, description, text)
        for theirs in ("Focus", "super", "selected text"):
            assert theirs not in text, "a word of the toolkit's"
        assert re.search("tab  (Next part of the screen|Pane)", text)
        await pilot.press("question_mark")
        assert type(app.screen) is not Help
        await pilot.press("g", "question_mark")
        assert re.search(r"v  Advance\n.*F9  Rollback", help_text(app), re.DOTALL)


async def test_the_journal_filters(window: Stand) -> None:
    async with console(window.open()) as (app, pilot):
        await pilot.press("0")
        screen = app.screen
        assert isinstance(screen, JournalScreen)
        total = screen.log_.total
        await pilot.press("slash")
        await pilot.press(*"canary")
        assert (screen.log_.matching, screen.line.value) == (3, "canary")
        assert f"3 of {total} entries · intact" in shown(app)
        screen.line.value = "!canary"
        await pilot.pause()
        assert screen.log_.matching == total - 3
        assert "canary" not in "\n".join(shown(app).splitlines()[3:-4])
        await pilot.press("enter", "escape")
        assert (screen.log_.matching, screen.line.display) == (total, False)


async def test_the_palette_finds_a_deed_by_name(window: Stand) -> None:
    room = window.open()
    async with console(room) as (app, pilot):
        await pilot.press("ctrl+p")
        await pilot.press(*"rollback")
        await until(pilot, lambda: "Arm the rollback, or show" in shown(app))
        await pilot.press(*["backspace"] * 8, *"escalations: resolve")
        await until(pilot, lambda: "(6 x)" in shown(app))
        await pilot.press(*["backspace"] * 20, *"check in")
        await until(pilot, lambda: "Arm the" not in shown(app) and "Check in" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, CheckInDialog))
        await typed(pilot, "all quiet")
        await done(app, pilot)
        assert kinds(room)[-1] == "checkin.made"


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_q_quits(key: str, window: Stand) -> None:
    async with console(window.open()) as (app, pilot):
        await pilot.press(key)
        await pilot.pause()
        assert app.return_code == 0
        assert not app.is_running


OPENERS = {
    "n": Ask,
    "c": CheckInDialog,
    "i": Choose,
    "g": GateDialog,
    "question_mark": Help,
    "f9": RollbackGuard,
}


async def test_escape_is_always_the_way_back(window: Stand) -> None:
    room = window.open()
    async with console(room) as (app, pilot):
        before = len(room.record.entries)
        seen: list[type[Screen[Any]]] = []
        for key in OPENERS:
            await pilot.press(key)
            seen.append(type(app.screen))
            await pilot.press("escape")
            seen.append(type(app.screen))
        assert seen == [kind for dialog in OPENERS.values() for kind in (dialog, OverviewScreen)]
        await pilot.press("g", "h", "escape")
        assert type(app.screen) is OverviewScreen
        assert len(room.record.entries) == before


# A key bounces, or the terminal is slow: the second comes before the first has taken effect.
@pytest.mark.parametrize(
    ("opener", "keys", "entries"),
    [
        ("f9", ("escape", "escape"), 0),
        ("g", ("escape", "escape"), 0),
        ("n", ("a", "enter", "enter"), 1),
        ("i", ("enter", "enter"), 0),
        ("ctrl+p", ("escape", "escape"), 0),
        ("ctrl+p", ("enter", "enter"), 0),
    ],
)
async def test_a_key_too_many_ends_nothing(
    opener: str, keys: tuple[str, ...], entries: int, window: Stand
) -> None:
    room = window.open()
    async with console(room) as (app, pilot):
        before = len(room.record.entries)
        await pilot.press(opener)
        burst(app, *keys)
        await done(app, pilot)
        assert app.is_running
        assert isinstance(app.screen_stack[0], OverviewScreen)
        assert len(room.record.entries) == before + entries


async def test_metrics_step_with_brackets_and_open_from_the_board(window: Stand) -> None:
    room = adopt(window.open(), minutes())
    async with console(room) as (app, pilot):
        await pilot.press("j", "j", "enter")
        await done(app, pilot)
        assert "latency p95" in shown(app).splitlines()[2]
        await pilot.press("right_square_bracket")
        await done(app, pilot)
        assert "error rate" in shown(app).splitlines()[2]


async def test_a_click_on_a_screens_name_goes_there(window: Stand) -> None:
    async with console(window.open(), (120, 40)) as (app, pilot):
        await pilot.click("ModeBar", offset=(shown(app).splitlines()[1].index("Metrics"), 0))
        assert app.current_mode == "metrics"


def test_every_binding_can_be_remapped() -> None:
    """A binding without an id could not be named in a key map."""
    screens = (OverviewScreen, ChecklistScreen, MetricsScreen, CallsScreen, AlertsScreen)
    for owner in (WarRoomApp, *screens, JournalScreen, GateDialog, MetricChart, MetricBoard):
        for binding in owner.BINDINGS:
            assert isinstance(binding, Binding), binding
            assert binding.id, binding


async def test_the_gates_numbers_go_on_until_a_choice_is_made_and_leaving_harms_nothing(
    window: Stand,
) -> None:
    room = adopt(window.open(), minutes())
    async with console(room) as (app, pilot):
        await pilot.press("g")
        await done(app, pilot)
        dialog = app.screen
        assert isinstance(dialog, GateDialog)
        assert "as of 14:00:00Z" in shown(app)
        window.clock.moment += 60
        await room.refresh()
        await until(pilot, lambda: "as of 14:01:00Z" in shown(app))
        await pilot.press("h")
        window.clock.moment += 60
        await room.refresh()
        await until(pilot, lambda: "14:02:00Z" in shown(app).splitlines()[0])
        assert "as of 14:01:00Z" in shown(app)
        await pilot.press("escape")
        room.changed()
        await done(app, pilot)
        assert not isinstance(app.screen, GateDialog)
        assert not app.fault
