"""What holds of the look of every screen and dialog, however narrow: found, not listed."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

import console.screens as console_screens
from console.app import WarRoomApp
from console.domain import events as e
from console.domain.entry import Actor
from console.screens.dialogs import in_columns
from console.screens.trigger import TriggerScreen
from tests.app.everywhere import WAYS, AnyScreen, all_screens
from tests.app.hostile import attacked
from tests.app.rooms import (
    HOUR,
    Stand,
    adopt,
    console,
    declare,
    done,
    fired,
    looked_on,
    minutes,
    rows,
    shown,
    stand,
    suspension,
    words,
)
from tests.app.test_screens import firing, triggered
from widgets.canvas import Canvas
from widgets.checklist import ChecklistTable
from widgets.guard import TriggerChoice
from widgets.guard import _choice as choice_row
from widgets.journal import EntryView, JournalLog
from widgets.line import text_of, width_of
from widgets.metrics import MetricBoard
from widgets.titled import CORNERS, Titled
from widgets.words import Words

SIZES = ((120, 40), (80, 24), (60, 24))
ENDLESS = "a-word-without-any-blank-" * 12
LONG = "Send the claims of the northern region to the desk and tell the desk's lead about it"


@pytest.fixture
def room_of(preparing: Stand) -> Stand:
    """In its window, with an alert that fires and a suspension with a long name."""
    return declare(preparing, suspension("mail", LONG))


def long_names(values: dict[str, Any]) -> None:
    """Names as long as a config takes them, and without a blank."""
    who = ENDLESS[:60]
    values["agent"]["name"] = who
    values["people"][0]["name"] = values["escalation"]["backup"] = who
    values["rollback"]["deputy"] = who
    for integration in values["integrations"]:
        integration["title"] = who


def overflowing(app: WarRoomApp) -> Iterator[str]:
    """What does not fit its place, each said in a line."""
    for screen in app.screen_stack:
        if screen.max_scroll_y or screen.max_scroll_x:
            yield f"{screen!r} scrolls: {screen.virtual_size} in {screen.size}"
    for widget in app.screen.walk_children(Widget):
        if not widget.is_on_screen or not widget.size:
            continue
        if widget.max_scroll_x and widget.show_horizontal_scrollbar:
            yield f"{widget!r} scrolls sideways"
        if isinstance(widget, Canvas):
            yield from _wide_rows(widget)
        for title in (widget._border_title, widget._border_subtitle):
            if title is not None and title.cell_length > widget.outer_size.width - CORNERS:
                yield f"{widget!r} is too narrow for its title {title.plain!r}"


def _wide_rows(canvas: Canvas) -> Iterator[str]:
    height = canvas.height_at(canvas.room)
    top = int(canvas.scroll_y)
    for y in range(top, min(height, top + canvas.size.height)):
        line = canvas.line_at(y, canvas.room)
        if width_of(line) > canvas.room:
            yield f"{canvas!r}: {width_of(line)} of {canvas.room} cells: {text_of(line)!r}"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("kind", all_screens(), ids=lambda kind: kind.__name__)
async def test_everything_fits_its_place(
    kind: AnyScreen, size: tuple[int, int], room_of: Stand
) -> None:
    make = triggered if kind is TriggerScreen else firing
    async with console(make(room_of), size) as (app, pilot):
        await WAYS[kind](app, pilot)
        await done(app, pilot)
        assert isinstance(app.screen, kind)
        assert not list(overflowing(app))
        assert all(cell_len(line) <= size[0] for line in rows(app))


@pytest.mark.parametrize("kind", all_screens(), ids=lambda kind: kind.__name__)
async def test_a_word_that_no_row_could_show_fits_its_place(
    kind: AnyScreen, tmp_path: Path
) -> None:
    standing = stand(tmp_path / "claims", long_names)
    standing.who = ENDLESS[:60]
    standing.reach_full()
    declare(standing, suspension("mail", ENDLESS[:150]))
    attacked(standing, ENDLESS, Actor(standing.who, ("agent-lead",)))
    async with console(adopt(standing.open(), minutes(errors=1)), (60, 24)) as (app, pilot):
        await WAYS[kind](app, pilot)
        await done(app, pilot)
        assert not list(overflowing(app))
        assert all(cell_len(line) <= 60 for line in rows(app))


async def test_all_of_a_canary_s_gate_is_in_sight_under_a_trigger(preparing: Stand) -> None:
    for ago, was, to in ((200.0, "readiness.1", "dark-launch"), (150.0, "dark-launch.1", "shadow"),
                         (100.0, "shadow.1", "canary")):  # fmt: skip
        share = 5 if to == "canary" else None
        preparing.past((ago * HOUR, e.GateDecided(was, "advance", "met", (), to, share, "v2.4.0")))  # type: ignore[arg-type]  # phases as plain text
    async with console(adopt(preparing.open(), minutes()), (60, 24)) as (app, pilot):
        await looked_on(app, pilot)
        await pilot.press("3")
        await done(app, pilot)
        assert not list(overflowing(app))
        said = shown(app)
        for told in ("ROLLBACK TRIGGER", "5% ", "no critical failure", "Missing before", "✗ "):
            assert told in said


async def test_what_is_led_by_a_sign_or_a_number_is_wrapped_below_itself(preparing: Stand) -> None:
    async with console(firing(preparing), (60, 24)) as (app, pilot):
        told = Words()
        await app.screen.mount(told, before=0)
        told.say(
            Content("1. Fire the rollback at once: the stable version comes back, and ask later\n")
            + Content.styled("  ✗ ", "bold")
            + Content("the readiness checklist is not met: too many hard items are open")
        )
        await done(app, pilot)
        found = [line for line in rows(app) if line.startswith(("1.", "  ✗", "   "))][:4]
        assert found == [
            "1. Fire the rollback at once: the stable version comes back,",
            "   and ask later",
            "  ✗ the readiness checklist is not met: too many hard items",
            "    are open",
        ]
        assert told.size.height == 4


async def test_a_hundred_alerts_do_not_hide_what_is_missing(preparing: Stand) -> None:
    preparing.reach_full()
    preparing.past(*((60.0, fired(f"rule-{number}")) for number in range(100)))
    async with console(adopt(preparing.open(), minutes()), (60, 24)) as (app, pilot):
        await pilot.press("g")
        await done(app, pilot)
        assert "and 95 more" in words(app)
        assert "Missing before" in words(app)


async def test_before_the_first_entry_no_time_is_told(preparing: Stand) -> None:
    async with console(preparing.open(), (120, 40)) as (app, pilot):
        for key in ("3", "c"):
            await pilot.press(key)
            await done(app, pilot)
            assert "nothing is on record yet" in shown(app)
            assert "1970" not in shown(app)


async def test_on_a_wide_screen_no_item_of_the_checklist_is_cut(preparing: Stand) -> None:
    async with console(firing(preparing), (200, 60)) as (app, pilot):
        await pilot.press("2")
        await done(app, pilot)
        table = app.screen.query_one(ChecklistTable)
        said = [text_of(table.line_at(y, table.room)) for y in range(table.height_at(table.room))]
        assert len(said) > 36
        assert not [line for line in said if "…" in line]


async def test_a_long_title_ends_after_a_word(preparing: Stand) -> None:
    async with console(firing(preparing), (60, 24)) as (app, pilot):
        app.ask(f"Done: {LONG}", "What was done?", lambda text: None)  # type: ignore[arg-type, return-value]  # nothing is given
        await done(app, pilot)
        box = app.screen.query_one(Titled)
        assert isinstance(box.border_title, str)
        said, _, rest = box.border_title.partition("…")
        assert not rest
        assert f"Done: {LONG}".startswith(f"{said} ")
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert box.border_title == f"Done: {LONG}"


def test_of_a_narrow_journal_only_the_deed_stands_and_the_text_ends_in_an_ellipsis() -> None:
    log = JournalLog()
    log.append([EntryView("7", "12-01 14:46:00Z", "watcher", "escalation.acknowledged",
                          "escalate to reviewer: c-1, c-2 and 12 more")])  # fmt: skip
    wide, narrow = (text_of(log.line_at(0, width)) for width in (118, 59))
    assert "escalation.acknowledged" in wide
    assert wide.rstrip().endswith("and 12 more")
    assert re.search(r"14:46:00Z acknowledged escalate to reviewer:[^…]*…", narrow)
    assert cell_len(narrow) <= 59


@pytest.mark.parametrize("room", range(30, 90))
def test_a_trigger_s_number_is_whole_or_left_out(room: int) -> None:
    choice = TriggerChoice("1", "error rate over 5 % in 30 min", "true", "9.64 %, n 892")
    row = text_of(choice_row(choice, 36, room))
    assert cell_len(row) <= max(room, 30)
    assert "9." not in row or "9.64 %" in row


async def test_a_short_path_is_one_row_of_what_is_said(preparing: Stand) -> None:
    async with console(firing(preparing), (60, 24)) as (app, pilot):
        path = "~/.local/state/warroom/6fa908f621842c3c/copied.txt"
        app.say(f"copied 2 lines to the terminal's clipboard, and to\n{path}")
        await done(app, pilot)
        assert any(path in row for row in rows(app))


SHEETS = sorted((Path(console_screens.__file__).parent).glob("*.tcss"))
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
RULE = re.compile(r"([^{}]+)\{(?:[^{}]|\{[^{}]*\})*\}")


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.stem)
def test_a_screen_s_sheet_speaks_of_that_screen_alone(sheet: Path) -> None:
    # Once a screen was opened its sheet holds everywhere.
    heads = RULE.findall(COMMENT.sub("", sheet.read_text()))
    selectors = [one.strip() for head in heads for one in head.split(",")]
    assert selectors
    assert [one for one in selectors if not re.match(r"[A-Z]", one)] == []


async def test_a_click_takes_the_row_that_it_hits(preparing: Stand) -> None:
    async with console(firing(preparing), (120, 40)) as (app, pilot):
        board = app.screen.query_one(MetricBoard)
        for metric in ("latency p95", "accuracy"):
            place = next(y for y, row in enumerate(rows(app)) if metric in row)
            await pilot.click(offset=(10, place))
            assert board.cursor_id == metric.replace(" ", "-")


async def test_where_a_line_is_typed_the_way_out_is_told(preparing: Stand) -> None:
    async with console(firing(preparing), (60, 24)) as (app, pilot):
        await pilot.press("2")
        assert "esc" not in rows(app)[-1]
        await pilot.press("slash", "a")
        await pilot.pause()
        assert "⏎ Keep" in rows(app)[-1]
        assert "esc " in rows(app)[-1]


def test_texts_of_a_list_stand_below_each_other() -> None:
    people = [("legal", "+1", "legal"), ("executive sponsor", "+44 20", "executive-sponsor")]
    first, second = in_columns(people)
    assert first.index("+1") == second.index("+44 20")
    assert first.rindex("legal") == second.index("executive-sponsor")
    assert in_columns([]) == []
