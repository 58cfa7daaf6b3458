"""Screen 7 by its keys: incidents, timelines, what is owed, post-mortems, the table."""

import json
import re
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from console.app import WarRoomApp
from console.domain import events as e
from console.domain.times import iso, utc
from console.room import WarRoom
from console.screens.dialogs import Ask, Choose
from console.screens.duties import DutiesDialog
from console.screens.incidents import IncidentsScreen
from console.screens.postmortem import FIELDS, PostMortemDialog
from console.screens.troubleshooting import TroubleshootingDialog
from tests.app.rooms import (
    NOW,
    Stand,
    adopt,
    console,
    done,
    fired,
    kinds,
    minutes,
    rolled_back,
    shown,
    until,
    words,
)
from tests.app.test_keys import last, typed

SLOW = e.IncidentOpened("inc-1", 2, "answers are slow", calls=("c001",))
GRAVE = e.IncidentOpened("inc-2", 1, "records were shown")


def told(standing: Stand, *entries: tuple[float, e.Event], **options: Any) -> WarRoom:
    standing.past(*entries)
    return adopt(standing.open(**options), minutes())


async def opened(app: WarRoomApp, pilot: Pilot[int]) -> IncidentsScreen:
    await pilot.press("7")
    await done(app, pilot)
    assert isinstance(app.screen, IncidentsScreen)
    return app.screen


async def choose(app: WarRoomApp, pilot: Pilot[int], place: int) -> None:
    """Take the option at this place of the list that is asked with."""
    assert isinstance(app.screen, Choose)
    await pilot.press(*["down"] * place, "enter")
    await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_gravest_stands_first_and_says_what_is_owed(
    size: tuple[int, int], window: Stand
) -> None:
    room = told(window, (7200.0, SLOW), (600.0, GRAVE))
    async with console(room, size) as (app, pilot):
        screen = await opened(app, pilot)
        assert screen.list_.cursor_id == "inc-2"
        text = shown(app)
        assert "▲ severity 1 critical" in text
        assert "◆ severity 2 major" in text
        assert "update due in 20 min" in text
        assert "update OVERDUE by 1h" in text
        assert "2 open" in text
        assert "records were shown" in text


async def test_without_any_it_says_how_one_is_opened(window: Stand) -> None:
    async with console(told(window), (80, 24)) as (app, pilot):
        await opened(app, pilot)
        assert "no incident is open" in shown(app)
        await pilot.press("u")
        assert "no incident is chosen: o opens one" in shown(app)


async def test_o_asks_how_grave_it_is_and_what_happens(window: Stand) -> None:
    room = told(window)
    async with console(room) as (app, pilot):
        await opened(app, pilot)
        await pilot.press("o")
        await choose(app, pilot, 1)
        await typed(pilot, "answers are slow")
        await done(app, pilot)
        (incident,) = room.state.incidents.values()
        assert (incident.severity, incident.title) == (2, "answers are slow")
        assert "answers are slow" in shown(app)


async def test_o_opens_a_governance_incident_too(window: Stand) -> None:
    room = told(window)
    async with console(room) as (app, pilot):
        await opened(app, pilot)
        await pilot.press("o")
        await choose(app, pilot, 3)
        assert "both leads and Legal are told" in words(app)
        await typed(pilot, "a claim was shown to a stranger")
        await done(app, pilot)
        (incident,) = room.state.incidents.values()
        assert (incident.severity, incident.trigger) == (1, "data-breach")


async def test_what_happened_on_another_day_stands_with_its_date_and_its_time(
    window: Stand,
) -> None:
    room = told(window, (30 * 3600.0, GRAVE), (60.0, e.NoteWritten("it goes on", "inc-2")))
    async with console(room, (120, 40)) as (app, pilot):
        await opened(app, pilot)
        opening = utc(room.state.incidents["inc-2"].opened_at)
        text = shown(app)
        assert f"{opening:%m-%d %H:%MZ} opened" in text
        assert re.search(r"\d\d:\d\d:\d\dZ +note ", text)


async def test_n_takes_the_time_at_the_start_and_shows_how_it_is_understood(window: Stand) -> None:
    room = told(window, (1800.0, SLOW))
    async with console(room, (120, 40)) as (app, pilot):
        await opened(app, pilot)
        await pilot.press("n")
        line = app.focused
        assert isinstance(line, Input)
        line.value = "13:45 the queue grew"
        await pilot.pause()
        assert "understood as 2026-12-01T13:45:00Z, 15 min ago" in shown(app)
        await pilot.press("enter")
        await done(app, pilot)
        assert (last(room)["text"], last(room)["incident"]) == ("the queue grew", "inc-1")
        assert last(room)["occurred_at"] == "2026-12-01T13:45:00Z"
        await until(pilot, lambda: "recorded 14:00:00Z, 15 min later" in words(app))
        await pilot.press("n")
        await typed(pilot, "2026-12-01T14:30Z soon")
        await done(app, pilot)
        assert isinstance(app.screen, Ask)
        assert "2026-12-01T14:30:00Z is still to come" in shown(app)


async def test_a_note_on_a_closed_one_is_taken_and_nothing_else(window: Stand) -> None:
    room = told(window, (1800.0, SLOW), (60.0, e.IncidentClosed("inc-1", "over")))
    async with console(room, (120, 40)) as (app, pilot):
        await opened(app, pilot)
        assert "✓ closed" in shown(app)
        for key in ("u", "e", "w", "l", "x"):
            await pilot.press(key)
            assert isinstance(app.screen, IncidentsScreen), key
            assert "is closed" in shown(app)
        await pilot.press("n")
        await typed(pilot, "a customer wrote")
        await done(app, pilot)
        assert last(room)["text"] == "a customer wrote"


async def test_a_correction_names_the_entry_and_leaves_it(window: Stand) -> None:
    room = told(window, (1800.0, SLOW), (900.0, e.NoteWritten("at 13:40", "inc-1")))
    async with console(room, (120, 40)) as (app, pilot):
        screen = await opened(app, pilot)
        await pilot.press("enter", "end", "C")
        assert "It stays as it is: “at 13:40”" in shown(app)
        await typed(pilot, "it was 13:41")
        await done(app, pilot)
        note = next(one for one in room.record.entries if b"at 13:40" in bytes(one.data))
        assert last(room)["corrects"] == f"{note.writer}/{note.seq}"
        assert "at 13:40" in shown(app)
        await until(pilot, lambda: "corrected by 14:00:00Z" in words(app))
        assert screen.timeline.cursor_id == f"{note.writer}/{note.seq}"


async def test_severity_roles_cadence_and_links(window: Stand) -> None:
    room = told(window, (1800.0, SLOW), (900.0, fired()))
    async with console(room, (120, 40)) as (app, pilot):
        await opened(app, pilot)
        await pilot.press("e")
        await choose(app, pilot, 0)
        await typed(pilot, "it spreads")
        await done(app, pilot)
        assert room.state.incidents["inc-1"].severity == 1
        await pilot.press("w")
        await choose(app, pilot, 0)
        await choose(app, pilot, 1)
        await done(app, pilot)
        assert room.state.incidents["inc-1"].lead == room.deployment.people[1].name
        await pilot.press("w")
        await choose(app, pilot, 2)
        await typed(pilot, "every 10")
        await done(app, pilot)
        await until(pilot, lambda: "is no number of minutes" in shown(app))
        await typed(pilot, "10")
        await done(app, pilot)
        assert room.state.incidents["inc-1"].cadence_s == 600
        await pilot.press("l")
        await choose(app, pilot, 1)
        await done(app, pilot)
        assert room.state.incidents["inc-1"].alerts == ("error-rate-1",)
        await until(pilot, lambda: "alert fired" in shown(app))
        await pilot.press("l")
        await choose(app, pilot, 0)
        await typed(pilot, "c002 c003")
        await done(app, pilot)
        assert room.state.incidents["inc-1"].calls == ("c001", "c002", "c003")


async def test_u_writes_the_update_that_is_owed(window: Stand) -> None:
    room = told(window, (7200.0, SLOW))
    async with console(room, (120, 40)) as (app, pilot):
        await opened(app, pilot)
        assert "update OVERDUE by 1h" in shown(app)
        await pilot.press("u")
        await typed(pilot, "half of it is back")
        await done(app, pilot)
        await until(pilot, lambda: "OVERDUE" not in shown(app))
        assert "update due in 1h" in shown(app)


async def test_x_says_what_stays_owed_and_waits_for_the_rollback(window: Stand) -> None:
    rollback = (
        *rolled_back("partial"),
        e.IncidentOpened("inc-1", 1, "Rollback", "owner-judgement", "rb-1"),
        e.DutyStarted("review-rb-1", "hold the review", utc(NOW + 3600), "agent-lead", "rb-1"),
    )
    room = told(window, *((600.0, event) for event in rollback))
    async with console(room, (120, 40)) as (app, pilot):
        await opened(app, pilot)
        await pilot.press("x")
        assert "Still owed afterwards: hold the review (1h left)" in words(app)
        await typed(pilot, "over")
        await done(app, pilot)
        await until(pilot, lambda: "stays open while its rollback rb-1 is partial" in words(app))
        assert room.state.incidents["inc-1"].closed_at is None


async def test_p_keeps_its_calls_as_evidence(window: Stand) -> None:
    window.write_log(
        {"id": "c001", "at": iso(NOW - 600), "version": "v2.4.0", "input": "in", "output": "out"}
    )
    room = told(window, (1800.0, SLOW), offline=False)
    async with console(room, (120, 40)) as (app, pilot):
        await opened(app, pilot)
        await pilot.press("p")
        line = app.focused
        assert isinstance(line, Input)
        assert line.value == "c001", "what is linked and not kept stands there"
        line.value = "c001 gone-1"
        await pilot.press("enter")
        await done(app, pilot)
        held = room.state.incidents["inc-1"].captured
        kept = json.loads((window.directory / "evidence" / held["c001"]).read_text())
        assert (kept["input"], kept["output"], held["gone-1"]) == ("in", "out", "")
        assert "gone-1: NOT captured" in words(app)
        await until(pilot, lambda: "2 calls, 1" in shown(app))


async def test_p_offline_captures_nothing(window: Stand) -> None:
    room = told(window, (1800.0, SLOW))
    async with console(room, (120, 40)) as (app, pilot):
        await opened(app, pilot)
        await pilot.press("p", "enter")
        await done(app, pilot)
        await until(pilot, lambda: "it is offline" in words(app))
        assert kinds(room)[-1] == "incident.opened"


async def test_m_writes_the_template_never_over_one_that_is_there(window: Stand) -> None:
    room = told(window, (1800.0, SLOW))
    reports = window.directory / "reports"
    async with console(room, (120, 40)) as (app, pilot):
        await opened(app, pilot)
        for turn in (1, 2):
            await pilot.press("m")
            await choose(app, pilot, 1)
            await done(app, pilot)
            assert len(list(reports.iterdir())) == turn
            window.clock.moment += 60
        first = reports / "post-mortem-inc-1.md"
        assert first.read_text().startswith("# Post-mortem: answers are slow")
        assert first.stat().st_mode & 0o777 == 0o600


async def test_m_records_the_outputs_once_they_are_specific(window: Stand) -> None:
    room = told(window, (1800.0, SLOW))
    async with console(room, (80, 24)) as (app, pilot):
        await opened(app, pilot)
        await pilot.press("m")
        await choose(app, pilot, 0)
        assert isinstance(app.screen, PostMortemDialog)
        told_ = app.screen.said
        await fill(app, pilot, "the agent failed", "mended", "", "next week", "")
        assert isinstance(app.screen, PostMortemDialog)
        assert "does not say what caused it" in str(told_.render())
        assert kinds(room)[-1] == "incident.opened"
        await fill(
            app, pilot, "two claim numbers in one input", "the prompt names both",
            "prompt test-set", "again on 2036-12-01", "12",
        )  # fmt: skip
        await done(app, pilot)
        (out,) = room.state.postmortems
        assert (out.root_cause, out.where, out.cases, out.incident) == (
            "two claim numbers in one input", ("prompt", "test-set"), 12, "inc-1",
        )  # fmt: skip


async def fill(app: WarRoomApp, pilot: Pilot[int], *values: str) -> None:
    """Fill the lines in one after another, and press Enter on each."""
    app.screen.query_one(f"#{FIELDS[0][0]}", Input).focus()
    await pilot.pause()
    for (name, _), value in zip(FIELDS, values, strict=True):
        line = app.focused
        assert isinstance(line, Input)
        assert line.id == name
        line.value = value
        await pilot.press("enter")
        await pilot.pause()


async def test_what_is_owed_is_said_to_be_done_from_its_dialog(window: Stand) -> None:
    room = told(
        window,
        (7200.0, SLOW),
        (7200.0, e.DutyStarted("sponsor-x", "tell the sponsor", utc(NOW - 3600), "agent-lead")),
        (7200.0, e.DutyStarted("report-x", "write the report", utc(NOW + 3600), "agent-lead")),
    )
    async with console(room, (120, 40)) as (app, pilot):
        await opened(app, pilot)
        await pilot.press("D")
        assert isinstance(app.screen, DutiesDialog)
        text = words(app)
        assert "▲ tell the sponsor OVERDUE by 1h" in text
        assert "agent lead: agent lead" in text
        assert "○ write the report 1h left" in text
        await pilot.press("end", "enter")
        await typed(pilot, "filed in E2")
        await done(app, pilot)
        assert room.state.duties["report-x"].remark == "filed in E2"
        assert isinstance(app.screen, DutiesDialog)
        await until(pilot, lambda: "✓ write the report done" in words(app))
        app.screen.list_.cursor_id = "update-inc-1"
        await pilot.press("enter")
        assert isinstance(app.screen, DutiesDialog)
        await until(pilot, lambda: "u on the incident writes it" in shown(app))


async def test_the_table_is_searched_while_it_is_typed(window: Stand) -> None:
    async with console(told(window), (80, 24)) as (app, pilot):
        await opened(app, pilot)
        await pilot.press("T")
        assert isinstance(app.screen, TroubleshootingDialog)
        assert "11 of 11 rows" in shown(app)
        await pilot.press("slash", *"rate limits")
        assert "1 of 11 rows" in shown(app)
        assert "Latency was fine in staging" in words(app)
        await pilot.press(*" nowhere")
        assert "no row holds all of these words" in words(app)
        await pilot.press("escape")
        assert app.current_mode == "incidents"
        assert len(app.screen_stack) == 1


async def test_an_alert_shows_the_rows_that_look_like_it(window: Stand) -> None:
    room = told(window, (300.0, fired("spend-rate", "$80/h, over $60/h")))
    async with console(room, (200, 60)) as (app, pilot):
        await pilot.press("5")
        await done(app, pilot)
        await until(pilot, lambda: "Symptom" in shown(app))
        assert "1.  Take the cost alert in hand." in shown(app)
        await pilot.press("T")
        assert isinstance(app.screen, TroubleshootingDialog)


async def test_the_filter_keeps_what_holds_the_text(window: Stand) -> None:
    room = told(window, (7200.0, SLOW), (600.0, GRAVE))
    async with console(room, (120, 40)) as (app, pilot):
        await opened(app, pilot)
        await pilot.press("slash", *"slow")
        assert "answers are slow" in shown(app)
        assert "records were shown" not in shown(app)
        await pilot.press("escape")
        assert "records were shown" in shown(app)


async def test_a_long_timeline_is_read_to_its_end_at_every_width(window: Stand) -> None:
    notes = [(900.0, e.NoteWritten(f"note {n} " + "word " * 60, "inc-1")) for n in range(40)]
    room = told(window, (1800.0, SLOW), *notes)
    async with console(room, (80, 24)) as (app, pilot):
        screen = await opened(app, pilot)
        moments = screen._moments(room.state.incidents["inc-1"])
        screen.refresh_view()
        assert screen._moments(room.state.incidents["inc-1"]) is moments
        await pilot.press("enter", "end")
        assert "note 39" in shown(app)
        for width in (60, 200, 80):
            await pilot.resize_terminal(width, 24)
            await pilot.pause()
            assert "note 39" in shown(app), width
