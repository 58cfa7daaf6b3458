"""The walk by its keys: read one item, do it, go on; and it gives way to whatever is urgent."""

from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from console.app import WarRoomApp
from console.domain import events as e
from console.domain.times import utc
from console.screens.checklist import ChecklistScreen
from console.screens.dialogs import Ask, Choose
from console.screens.guard import Guard
from console.screens.overview import OverviewScreen
from console.screens.walk import WalkScreen
from tests.app.rooms import NOW, Stand, burst, console, done, kinds, shown, stand, until
from tests.app.test_keys import last, typed

DAY = (utc(NOW) + timedelta(days=3)).date()


async def walking(app: WarRoomApp, pilot: Pilot[int]) -> WalkScreen:
    """Begin the walk."""
    await pilot.press("2", "w")
    await until(pilot, lambda: isinstance(app.screen, WalkScreen))
    assert isinstance(app.screen, WalkScreen)
    return app.screen


def at(screen: WalkScreen) -> str:
    """The item that is read."""
    status = screen.item()
    assert status is not None
    return status.item.id


async def test_the_item_is_read_in_full(preparing: Stand) -> None:
    async with console(preparing.open(), (120, 40)) as (app, pilot):
        screen = await walking(app, pilot)
        status = screen.item()
        assert status is not None
        text = " ".join(shown(app).split())
        for words in (status.item.title, status.item.confirm, status.item.why):
            assert words in text
        for words in (status.item.evidence, "agent-lead", "HARD GATE", "WALK 1 of 36"):
            assert words in text


async def test_keys_go_on_and_back_and_stop_at_the_ends(preparing: Stand) -> None:
    async with console(preparing.open()) as (app, pilot):
        screen = await walking(app, pilot)
        seen = [at(screen)]
        for key in ("s", "j", "down", "right", "space", "b", "k", "up", "left"):
            await pilot.press(key)
            seen.append(at(screen))
        assert len(set(seen[:6])) == 6
        assert seen[6:] == seen[4:0:-1]
        await pilot.press("b", "b")
        assert at(screen) == seen[0]
        assert "this is the first item" in shown(app)
        await pilot.press(*["s"] * 40)
        assert at(screen) == "rollout-plan"
        await until(pilot, lambda: "this is the last item" in shown(app))


async def test_a_confirmed_item_makes_way_for_the_next(preparing: Stand) -> None:
    room = preparing.open()
    async with console(room) as (app, pilot):
        screen = await walking(app, pilot)
        first = at(screen)
        await pilot.press("e")
        assert isinstance(app.screen, Ask)
        await typed(pilot, "signed on 3 December, filed in E2")
        await done(app, pilot)
        assert last(room)["item"] == first
        await until(pilot, lambda: at(screen) != first)
        assert at(screen) == "lead-named"
        await pilot.press("b")
        await done(app, pilot)
        assert at(screen) == first, "to look at what is confirmed is no reason to go on"
        assert "✓ confirmed" in shown(app)
        await pilot.press("u")
        assert at(screen) == "lead-named"


async def test_half_a_confirmation_waits_for_the_other_half(preparing: Stand) -> None:
    room = preparing.open()
    room.readiness.walk_to("prompt-lock")
    async with console(room) as (app, pilot):
        screen = await walking(app, pilot)
        await pilot.press("enter")
        await typed(pilot, "read on Monday, tag v2.4.0")
        await until(pilot, lambda: "◐ partly" in shown(app))
        assert at(screen) == "prompt-lock"
        assert "still needs tech-lead" in shown(app)
        await pilot.press("i", "j", "enter")
        await pilot.press("e")
        await typed(pilot, "read on Tuesday, tag v2.4.0")
        await until(pilot, lambda: at(screen) != "prompt-lock")
        assert at(screen) == "credentials"


async def test_p_plans_and_o_leaves_open(preparing: Stand) -> None:
    room = preparing.open()
    room.readiness.walk_to("on-call-backup")
    async with console(room, (120, 40)) as (app, pilot):
        screen = await walking(app, pilot)
        await pilot.press("p")
        await typed(pilot, "tech lead on Friday")
        await until(pilot, lambda: isinstance(app.screen, Ask) and "write who by day" in shown(app))
        assert app.screen.query_one(Input).value == "tech lead on Friday"
        await typed(pilot, "tech lead by 2020-01-01")
        await until(pilot, lambda: "2020-01-01 is over" in shown(app))
        await typed(pilot, f"tech lead by {DAY}: run 119 is due")
        await until(pilot, lambda: f"in progress, tech lead by {DAY}: run 119 is due" in shown(app))
        await pilot.press("l")
        await typed(pilot, "it is the first deployment")
        await until(pilot, lambda: "stays open by agent lead" in shown(app))
        assert at(screen) == "on-call-backup"
        await pilot.press("s", "l")
        await until(pilot, lambda: "is a hard gate here" in shown(app))
        assert app.screen is screen, "nobody writes a reason for nothing"
    assert kinds(room)[-2:] == ["item.planned", "item.accepted"]


async def test_r_records_what_another_role_wrote(preparing: Stand, tmp_path: Path) -> None:
    mail = tmp_path / "legal.eml"
    mail.write_text("we have no objection")
    room = preparing.open()
    room.readiness.walk_to("disclosure")
    async with console(room, (120, 40)) as (app, pilot):
        screen = await walking(app, pilot)
        await pilot.press("r")
        assert isinstance(app.screen, Choose)
        assert "legal: legal" in shown(app)
        await pilot.press("enter")
        await typed(pilot, str(mail))
        await until(pilot, lambda: at(screen) != "disclosure")
        data = last(room)
        assert (data["role"], data["on_behalf_of"], data["evidence"]["kind"]) == (
            "legal",
            "legal",
            "file",
        )
        await pilot.press("b")
        await until(pilot, lambda: "recorded for legal" in shown(app))
        await pilot.press("r")
        await until(pilot, lambda: "waits for nobody's confirmation" in shown(app))


async def test_the_next_walk_begins_where_this_one_paused(preparing: Stand) -> None:
    async with console(preparing.open()) as (app, pilot):
        screen = await walking(app, pilot)
        await pilot.press(*["s"] * 7)
        here = at(screen)
        await done(app, pilot)
        await pilot.press("escape")
        assert isinstance(app.screen, ChecklistScreen)
    async with console(preparing.open()) as (app, pilot):
        screen = await walking(app, pilot)
        assert at(screen) == here
        assert "WALK 8 of 36" in shown(app)


async def test_f9_is_over_the_walk_and_the_walk_never_over_the_guard(preparing: Stand) -> None:
    async with console(preparing.open()) as (app, pilot):
        await pilot.press("f9")
        assert isinstance(app.screen, Guard)
        app.action_walk()
        await pilot.press("w")
        await done(app, pilot)
        assert isinstance(app.screen, Guard)
        await pilot.press("escape")
        assert isinstance(app.screen, OverviewScreen)
        screen = await walking(app, pilot)
        here = at(screen)
        await pilot.press("e")
        assert isinstance(app.screen, Ask)
        await pilot.press("f9")
        assert isinstance(app.screen, Guard), "over the evidence that is being written too"
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.screen is screen)
        assert at(screen) == here


async def test_there_is_one_walk(preparing: Stand) -> None:
    async with console(preparing.open()) as (app, pilot):
        screen = await walking(app, pilot)
        await pilot.press("1")
        app.action_walk()
        await until(pilot, lambda: app.screen is screen)
        burst(app, "escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, ChecklistScreen))
        burst(app, "w", "w")
        await until(pilot, lambda: isinstance(app.screen, WalkScreen))
        await done(app, pilot)
        assert sum(isinstance(one, WalkScreen) for one in app.screen_stack) == 1


async def test_a_long_item_is_read_on_by_page_keys(preparing: Stand) -> None:
    preparing.past(
        *(
            (60.0, e.ItemConfirmed("agreed-needs", role, e.Evidence("text", f"seen {role} " * 40)))
            for role in ("tech-lead", "bu-operations-lead")
        )
    )
    room = preparing.open()
    room.readiness.walk_to("agreed-needs")
    async with console(room, (60, 24)) as (app, pilot):
        await walking(app, pilot)
        assert "seen bu-operations-lead" not in shown(app)
        await pilot.press("pagedown", "pagedown")
        await until(pilot, lambda: "seen bu-operations-lead" in shown(app))
        await pilot.press("pageup", "pageup")
        await until(pilot, lambda: "WHY" in shown(app))


async def test_what_is_told_does_not_pile_up_over_the_item(preparing: Stand) -> None:
    async with console(preparing.open(), (80, 24)) as (app, pilot):
        await walking(app, pilot)
        for number in range(5):
            app.say(f"word {number}")
            await until(pilot, lambda n=number: f"word {n}" in shown(app))  # type: ignore[misc]  # a lambda's default has no type
        assert [f"word {n}" in shown(app) for n in range(5)] == [False] * 4 + [True]
        app.say("it was refused", wrong=True)
        await until(pilot, lambda: "it was refused" in shown(app))
        app.say("another deed is done")
        await until(pilot, lambda: "another deed is done" in shown(app))
        assert "it was refused" in shown(app), "what went wrong stays until its time is over"


async def test_where_nothing_is_left_it_says_so(tmp_path: Path) -> None:
    standing = stand(tmp_path / "deployed")
    async with console(standing.open(who="")) as (app, pilot):
        screen = await walking(app, pilot)
        here = at(screen)
        await pilot.press("e")
        await typed(pilot, "seen with my own eyes")
        await until(pilot, lambda: "is without a role" in shown(app) or "observer" in shown(app))
        assert isinstance(app.screen, Ask)
        assert app.screen.query_one(Input).value == "seen with my own eyes"
        await pilot.press("escape")
        assert at(screen) == here


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (60, 24)], ids=str)
async def test_every_item_fits_every_terminal(size: tuple[int, int], preparing: Stand) -> None:
    async with console(preparing.open(), size) as (app, pilot):
        screen = await walking(app, pilot)
        for place in range(1, 37):
            status = screen.item()
            assert status is not None
            text = " ".join(shown(app).split())
            assert f"WALK {place} of 36" in text
            for words in (status.item.title, status.item.confirm, status.item.why):
                assert words in text, text
            await pilot.press("s")
