"""The kill switch: always at hand, and never fired by chance."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.actions import ActionError
from textual.app import App
from textual.css.query import InvalidQueryFormat, NoMatches
from textual.pilot import Pilot
from textual.screen import Screen

from config.guide import trigger_rules
from console.app import WarRoomApp
from console.domain import events as e
from console.domain.times import utc
from console.screens import guard as guard_module
from console.screens.dialogs import Ask
from console.screens.guard import DISARM_S, LETTERS, Guard, RollbackGuard, new_code
from console.screens.rollback import RollbackScreen
from tests.actions.switch import Switch, running_switch
from tests.app.rooms import (
    NOW,
    Stand,
    adopt,
    burst,
    console,
    done,
    kinds,
    looked_on,
    minutes,
    shown,
    stand,
    until,
    words,
)
from widgets.guard import GuardPanel

CODE = "BDFG"
WRONG = "K"


@pytest.fixture(autouse=True)
def code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard's letters, the same every time."""
    monkeypatch.setattr(guard_module, "new_code", lambda: CODE)


def armed(app: WarRoomApp) -> bool:
    return isinstance(app.screen, Guard)


def letters(app: WarRoomApp) -> str:
    """The letters that the guard has taken."""
    assert isinstance(app.screen, Guard)
    return app.screen._typed


def panel(app: WarRoomApp) -> str:
    """What the guard shows."""
    shown = app.screen.query_one(GuardPanel).lines(100)
    return "\n".join("".join(span.text for span in line) for line in shown)


def test_the_letters_differ_so_that_no_held_key_types_them() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) > 150, "they are new each time"
    for one in codes:
        assert len(set(one)) == 4
        assert set(one) <= set(LETTERS)


async def test_the_guard_tells_all_that_somebody_must_know(window: Stand) -> None:
    async with console(window.open(), (80, 24)) as (app, pilot):
        await pilot.press("f9")
        assert armed(app)
        for said in ("ROLLBACK ARMED", "back to v2.3.1", "rollback owner, +44 20 7946 0012",
                     "availability unknown", "deputy tech lead, +44", "B D F G",
                     "step 1", "step 2 Restore the stable version"):  # fmt: skip
            assert said in words(app), shown(app)
        for place, rule in enumerate(trigger_rules(), 1):
            assert re.search(rf"{place} . [a-z]+ {re.escape(rule.name)}", words(app)), shown(app)


async def test_nothing_lies_over_the_guard(window: Stand) -> None:
    async with console(window.open()) as (app, pilot):
        await pilot.press("f9")
        for key in ("ctrl+p", "f9", "n", "g", "q", "question_mark", "2", "tab"):
            await pilot.press(key)
            assert armed(app), key
        assert app.current_mode == "overview"


async def test_what_a_key_before_f9_opens_late_waits_for_the_guard(window: Stand) -> None:
    async with console(adopt(window.open(), minutes())) as (app, pilot):
        await pilot.press("2")
        burst(app, "enter", "f9")  # on an item: asks for its evidence, by a message in between
        await until(pilot, lambda: armed(app))
        app.push_screen(Ask("Note", "again", "typed before", "refused"))
        app.switch_mode("journal")
        await pilot.pause()
        assert armed(app)
        assert app.current_mode == "checklist"
        await pilot.press("escape")
        await until(pilot, lambda: "typed before" in shown(app))
        await pilot.press("escape")


async def test_a_guard_that_is_covered_is_not_armed(window: Stand) -> None:
    """However that came: its letters do nothing, F9 arms anew, and it is gone when uncovered."""
    room = window.open()
    async with console(room) as (app, pilot):
        await pilot.press("f9")
        first = app.screen
        App.push_screen(app, Ask("Note", "over it"))
        await pilot.pause()
        await pilot.press("f9")
        assert armed(app)
        assert app.screen is not first
        await pilot.press("escape", "escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await pilot.press(*CODE, "enter")
        assert room.rollback_run is None


async def test_wrong_letters_clear_what_was_typed(window: Stand) -> None:
    room = window.open()
    async with console(room) as (app, pilot):
        await pilot.press("f9", "B", "D")
        assert letters(app) == "BD"
        assert "begin again" not in panel(app)
        await pilot.press(WRONG)
        assert letters(app) == ""
        assert "wrong key: begin again" in panel(app)
        await pilot.press("b")
        assert "begin again" not in panel(app), "a right letter is a new beginning"
        await pilot.press(WRONG, "1")
        assert "begin again" not in panel(app), "a digit chooses, it is no slip"
        await pilot.press("b", "d", "f", "enter")
        assert armed(app), "three letters are not four"
        assert letters(app) == ""
        await pilot.press("B", "D", "F", "G", "G", "enter")
        assert armed(app), "a letter too many clears too"
        assert room.rollback_run is None


@pytest.mark.parametrize("key", ["backspace", "delete", "left", "tab", "f1", "ctrl+a", "space"])
async def test_any_other_key_clears_what_was_typed(key: str, window: Stand) -> None:
    async with console(window.open()) as (app, pilot):
        await pilot.press("f9", "B", "D", "F", key)
        assert letters(app) == ""


async def test_scrolling_keeps_what_was_typed(window: Stand) -> None:
    async with console(window.open(), (80, 16)) as (app, pilot):
        await pilot.press("f9", "B", "D", "pagedown", "up", "down", "pageup", "down")
        assert letters(app) == "BD"
        assert app.screen.query_one(".dialog").scroll_y > 0


async def test_a_held_key_does_not_type_the_code(window: Stand) -> None:
    room = window.open()
    async with console(room) as (app, pilot):
        await pilot.press("f9")
        for letter in LETTERS:
            burst(app, *[letter] * 30, *["enter"] * 3)
        await pilot.pause()
        assert armed(app)
        assert room.rollback_run is None


async def test_a_minute_disarms(window: Stand) -> None:
    room = window.open()
    async with console(room) as (app, pilot):
        await pilot.press("f9")
        window.clock.real += DISARM_S - 1
        await until(pilot, lambda: "disarms in 2 s" in shown(app) or "disarms in 1 s" in shown(app))
        assert armed(app)
        window.clock.real += 1.5
        await until(pilot, lambda: not armed(app))
        assert room.rollback_run is None


async def test_the_code_does_not_fire_when_the_minute_is_over(window: Stand) -> None:
    """Even before the guard's own timer has noticed."""
    room = window.open()
    async with console(room) as (app, pilot):
        await pilot.press("f9", *CODE)
        assert letters(app) == CODE
        window.clock.real += DISARM_S + 0.1
        await pilot.press("enter")
        await pilot.pause()
        assert not armed(app)
        assert room.rollback_run is None


@pytest.mark.parametrize("text", [CODE, f"{CODE}\n", f"{CODE}\r\n", f"\x1b[20~{CODE}\r"])
async def test_a_pasted_code_does_not_fire(text: str, window: Stand) -> None:
    room = window.open()
    async with console(room) as (app, pilot):
        await pilot.press("f9")
        app.post_message(events.Paste(text))
        await pilot.press("enter")
        assert armed(app)
        await pilot.press("B", "D", "F")
        app.post_message(events.Paste(text))
        await pilot.press("G", "enter")
        assert armed(app), "a paste between the letters clears them"
        assert room.rollback_run is None


async def test_no_click_fires(window: Stand) -> None:
    room = window.open()
    async with console(room, (80, 24)) as (app, pilot):
        await pilot.press("f9", *CODE)
        for y in range(24):
            for x in range(y % 10, 80, 10):
                for kind in (events.MouseDown, events.MouseUp, events.Click):
                    app.post_message(mouse(kind, x, y))
        await pilot.pause()
        assert armed(app)
        assert room.rollback_run is None


def mouse(kind: type[events.MouseEvent], x: int, y: int) -> events.MouseEvent:
    return kind(
        widget=None, x=x, y=y, delta_x=0, delta_y=0, button=1, shift=False, meta=False, ctrl=False
    )


# What ends the app or the screens under the guard, and what asks for a number.
OTHERS = {"quit", "leave", "back", "switch_mode", "mode", "switch_screen", "push_screen"}
OTHERS |= {"suspend_process", "screenshot"}


async def test_no_action_fires(window: Stand) -> None:
    """A link in a text can name any action of any node, with any literal as its argument."""
    room = window.open()
    actions = [
        (owner, name.removeprefix("action_"))
        for owner, kind in (("app", WarRoomApp), ("screen", RollbackGuard))
        for name in dir(kind)
        if name.startswith("action_") and name.removeprefix("action_") not in OTHERS
    ]
    assert ("screen", "dismiss") in actions
    async with console(room, (80, 24)) as (app, pilot):
        for owner, name in actions:
            for argument in ("", "'owner-judgement'", f"'{CODE}'"):
                app._waiting.clear()
                if not armed(app):
                    await pilot.press("escape", "f9")
                guard = app.screen
                assert isinstance(guard, Guard), name
                guard._typed = CODE
                with suppress(
                    TypeError, AttributeError, ActionError, NoMatches, InvalidQueryFormat
                ):
                    await app.run_action(f"{owner}.{name}({argument})", guard)
            await pilot.pause()
            assert room.rollback_run is None, f"{owner}.{name}"
    assert "rollback.triggered" not in kinds(room)


def switched(directory: Path, switch: Switch) -> Stand:
    """A deployment whose one step turns `switch`, with fresh calls of the stable version."""

    def change(values: dict[str, Any]) -> None:
        step = values["rollback"]["steps"][0]
        step["url"] = f"{switch.url}/control/traffic"
        step["body"] = '{"candidate": 0}'
        step["read_back"] = {"url": f"{switch.url}/control", "path": "candidate", "equals": 0}
        values["rollback"]["steps"] = [step]

    standing = stand(directory, change)
    standing.reach_full()
    standing.write_log(
        *(
            {"id": f"c{n}", "at": f"2026-12-01T14:00:0{n}Z", "version": "v2.3.1"}
            for n in range(1, 6)
        )
    )
    return standing


async def fire(pilot: Pilot[int]) -> None:
    await pilot.press("f9", *CODE, "enter")


async def test_the_letters_and_enter_fire_once_and_show_the_stopwatch(tmp_path: Path) -> None:
    with running_switch() as switch:
        standing = switched(tmp_path / "c", switch)
        room = standing.open(who="rollback owner")
        async with console(room) as (app, pilot):
            await pilot.press("f9", *CODE)
            burst(app, "enter", "enter", "enter")
            await until(pilot, lambda: isinstance(app.screen, RollbackScreen))
            await until(pilot, lambda: "ROLLBACK verified" in shown(app))
            assert "of 15:00" in shown(app)
            assert "back to v2.3.1 because owner-judgement" in words(app)
            assert len(switch.effects) == 1
            assert kinds(room).count("rollback.triggered") == 1
            await until(pilot, lambda: "rollback.finished" in kinds(room))
            await pilot.press("escape")
            await until(pilot, lambda: "ROLLED BACK" in shown(app))


async def test_the_true_trigger_is_the_reason(tmp_path: Path) -> None:
    with running_switch() as switch:
        room = adopt(switched(tmp_path / "c", switch).open(), minutes(errors=4))
        async with console(room) as (app, pilot):
            await looked_on(app, pilot)
            await pilot.press("f9")
            assert "› 1 ▲ TRUE error rate over 5 % in 30 min 10.0 %, n 1,200" in words(app)
            assert "10.0 % over the last 30 min, 1,200 calls; true since 1" in words(app)
            await pilot.press(*CODE, "enter")
            await until(pilot, lambda: "rollback.triggered" in kinds(room))
            assert room.rollback_run is not None
            assert room.rollback_run.trigger == "error-rate"
            await until(pilot, lambda: room.rollback_run and room.rollback_run.state != "running")


async def test_a_digit_chooses_what_is_fired(tmp_path: Path) -> None:
    with running_switch() as switch:
        room = adopt(switched(tmp_path / "c", switch).open(), minutes())
        async with console(room) as (app, pilot):
            await pilot.press("f9", "B", "D", "5")
            assert letters(app) == "", "what was typed was typed for another trigger"
            assert "› 5 ○ declare data breach or exposure" in words(app)
            assert "exposed personal data, confirmed by a person" in words(app)
            await pilot.press("7", "0", *CODE, "enter")
            await until(pilot, lambda: "rollback.triggered" in kinds(room))
            assert room.rollback_run is not None
            assert room.rollback_run.trigger == "data-breach"
            await until(pilot, lambda: room.rollback_run and room.rollback_run.state != "running")


async def test_calls_judged_wrong_are_offered_and_go_with_the_order(
    window: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = tuple(e.Judgement(f"call-{n}", "wrong" if n else "right") for n in range(4))
    window.past((600.0, e.SampleJudged("full.1", judged)))
    room = adopt(window.open(), minutes())
    ordered: list[tuple[str, tuple[str, ...]]] = []

    async def roll_back(trigger: str, why: str = "", calls: tuple[str, ...] = ()) -> None:
        ordered.append((trigger, tuple(sorted(calls))))

    monkeypatch.setattr(room, "roll_back", roll_back)
    async with console(room, (120, 40)) as (app, pilot):
        for digit in ("", "4"):
            await pilot.press("f9")
            assert "4 ○ declare incorrect outputs confirmed 3 judged wrong: call-" in words(app)
            assert "› 6" in shown(app), "offered, not chosen"
            await pilot.press(*digit, *CODE, "enter", "escape")
            await until(pilot, lambda: not armed(app))
        await done(app, pilot)
    both = ("call-1", "call-2", "call-3")
    assert ordered == [("owner-judgement", ()), ("incorrect-outputs", both)]


async def test_what_stands_by_is_entered_while_the_guard_is_open_and_its_trouble_shown(
    window: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = window.open()
    log: list[str] = []

    class StandBy:
        trouble = ""

        def __enter__(self) -> "StandBy":
            log.append("in")
            return self

        def __exit__(self, *_: object) -> None:
            log.append("out")

    monkeypatch.setattr(room, "stand_by", StandBy)
    async with console(room) as (app, pilot):
        await pilot.press("f9")
        assert log == ["in"]
        StandBy.trouble = "no process can be begun: too many [/x]"
        await until(pilot, lambda: "standby: no process can be begun: too many [/x]" in words(app))
        await pilot.press("escape")
        await until(pilot, lambda: log == ["in", "out"])


async def test_a_missing_secret_is_named_before_it_is_needed(tmp_path: Path) -> None:
    def change(values: dict[str, Any]) -> None:
        step = values["rollback"]["steps"][0]
        step["headers"] = {"Authorization": {"env": "SWITCH_TOKEN"}}

    async with console(stand(tmp_path / "c", change).open()) as (app, pilot):
        await pilot.press("f9")
        assert "missing ✗ step" in words(app)
        assert "SWITCH_TOKEN" in words(app)


async def test_a_second_firing_tells_what_runs_again(window: Stand) -> None:
    two = tuple(e.FrozenStep(name, f"Turn {name}", "PUT x", "curl x") for name in ("a", "b"))
    window.past(
        (60.0, e.RollbackTriggered("rb-1", "full.1", "data-breach", "", "v2.3.1", two)),
        (59.0, e.RollbackStep("rb-1", "a", "verified", "k", "read back")),
        (58.0, e.RollbackStep("rb-1", "b", "failed", "k", "answered 500")),
        (57.0, e.RollbackFinished("rb-1", "partial", "b failed", utc(NOW), None, 3.0)),
    )
    async with console(adopt(window.open(), minutes())) as (app, pilot):
        await pilot.press("f9")
        assert "is partial: only what is not verified runs again, 1 of 2 steps" in words(app)
        assert "step 1 ✓ verified, left as it is: Turn a" in words(app)
        assert "step 2 Turn b: PUT x" in words(app)
        assert "› 5" in shown(app), "what it was fired for"


async def test_a_second_order_attaches_to_the_run(tmp_path: Path) -> None:
    with running_switch() as switch:
        switch.deeds = ["hang-after"]
        room = switched(tmp_path / "c", switch).open()
        async with console(room) as (app, pilot):
            await fire(pilot)
            await until(pilot, lambda: switch.keys)
            await pilot.press("escape")
            assert not isinstance(app.screen, RollbackScreen)
            await pilot.press("f9")
            assert isinstance(app.screen, RollbackScreen), "no second guard, the run itself"
            assert "ROLLBACK running" in shown(app)
            await pilot.press("q", "ctrl+q", "escape", "q")
            assert app.is_running, "a rollback that runs here is not left by chance"
            switch.released.set()
            await until(pilot, lambda: room.rollback_run and room.rollback_run.state != "running")
            assert kinds(room).count("rollback.triggered") == 1


async def test_what_is_left_is_shown_with_its_command(tmp_path: Path) -> None:
    with running_switch() as switch:
        switch.deeds = ["forbid"]
        room = switched(tmp_path / "c", switch).open()
        async with console(room) as (app, pilot):
            await fire(pilot)
            await until(pilot, lambda: "ROLLBACK partial" in shown(app) or "unknown" in shown(app))
            assert "by hand: curl -X PUT" in words(app)
            await pilot.press("escape")
            assert isinstance(app.screen, Screen)
            assert "ROLLBACK" in shown(app).splitlines()[2], "it stays red on every screen"
