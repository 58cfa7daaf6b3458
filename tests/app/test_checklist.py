"""The Checklist: which items are shown, what is said of one, and the poll from its keys."""

from datetime import timedelta

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from config.guide import checklist_items
from console.app import WarRoomApp
from console.domain import events as e
from console.domain.poll import verdict
from console.domain.times import utc
from console.room import WarRoom
from console.screens.checklist import ChecklistScreen
from console.screens.dialogs import Choose
from tests.app.rooms import NOW, Stand, console, done, kinds, shown, until
from tests.app.test_keys import typed

SEEN = e.Evidence("text", "seen on Monday, filed in E2")
COUNTED = e.Evidence("text", "standard 19/1/0, edge 14/0/6, adversarial 10/0/0: run 118")


def day(number: int) -> str:
    """So many days from now."""
    return (utc(NOW) + timedelta(days=number)).date().isoformat()


def confirmed(*but: str) -> list[tuple[float, e.Event]]:
    """Everything confirmed an hour ago but the sign-off, which needs a decision, and `but`."""
    return [
        (
            3600.0,
            e.ItemConfirmed(
                item.id, role, COUNTED if item.asks == "counts" else SEEN, version="v2.4.0"
            ),
        )
        for item in checklist_items()
        for role in item.roles
        if item.id not in {*but, "governance-review"}
    ]


async def opened(app: WarRoomApp, pilot: Pilot[int]) -> ChecklistScreen:
    """Go to the checklist."""
    await pilot.press("2")
    assert isinstance(app.screen, ChecklistScreen)
    await done(app, pilot)
    return app.screen


def ids(screen: ChecklistScreen) -> list[str]:
    """The items that are shown."""
    found = screen.shown.of(screen.room.picture().items, screen.room.actor.roles)
    return [status.item.id for status in found]


async def test_slash_filters_by_any_word_and_escape_shows_all(preparing: Stand) -> None:
    async with console(preparing.open(), (120, 40)) as (app, pilot):
        screen = await opened(app, pilot)
        every = ids(screen)
        assert len(every) == 38
        await pilot.press("slash")
        await pilot.press(*"escalation")
        assert ids(screen) == ["escalation-protocol", "escalation-test"]
        await until(pilot, lambda: "filter: escalation" in shown(app))
        assert "Sprint completion" not in shown(app)
        await pilot.press("enter", "down")
        assert ids(screen) == ["escalation-protocol", "escalation-test"]
        assert screen.table.cursor_id == "escalation-test"
        screen.line.value = "!agent-lead"
        await pilot.pause()
        assert set(ids(screen)) == {i.id for i in checklist_items() if "agent-lead" not in i.roles}
        screen.line.value = "nothing has this"
        await until(pilot, lambda: "no item matches" in shown(app))
        await pilot.press("escape")
        assert (ids(screen), screen.line.display) == (every, False)


async def test_m_shows_what_waits_for_you(preparing: Stand) -> None:
    room = preparing.open(who="legal")
    async with console(room, (120, 40)) as (app, pilot):
        screen = await opened(app, pilot)
        await pilot.press("m")
        assert set(ids(screen)) == {i.id for i in checklist_items() if "legal" in i.roles}
        await until(pilot, lambda: "items · yours" in shown(app))
        await pilot.press("i", "j", "enter")
        await until(pilot, lambda: "disclosure" not in ids(screen))
        await pilot.press("m")
        assert len(ids(screen)) == 38


async def test_u_shows_what_is_not_confirmed(preparing: Stand) -> None:
    preparing.past(*confirmed("logging", "prompt-lock"))
    async with console(preparing.open(), (120, 40)) as (app, pilot):
        screen = await opened(app, pilot)
        await pilot.press("u")
        assert ids(screen) == ["prompt-lock", "logging", "governance-review"]
        await pilot.press("m")
        assert ids(screen) == ["prompt-lock"]
        await until(pilot, lambda: "items · yours · unconfirmed" in shown(app))


async def test_d_sorts_by_the_day_of_the_resolution(preparing: Stand) -> None:
    plans = {"security": 9, "logging": 2, "integrations": 5}
    preparing.past(
        *(
            (60.0, e.ItemPlanned(item, "tech lead", utc(NOW + days * 86400).date(), ""))
            for item, days in plans.items()
        )
    )
    async with console(preparing.open(), (120, 40)) as (app, pilot):
        await opened(app, pilot)
        await pilot.press("d")
        await until(pilot, lambda: f"by {day(9)}" in shown(app))
        text = shown(app)
        order = [text.index(f" by {day(n)} ") for n in (2, 5, 9)]
        assert order == sorted(order)
        assert text.index("without a day") > order[-1]


async def test_brackets_read_on_in_a_narrow_panel(preparing: Stand) -> None:
    async with console(preparing.open(), (80, 24)) as (app, pilot):
        await opened(app, pilot)
        assert "Guide  prerequisites" not in shown(app)
        await pilot.press("]", "]")
        await until(pilot, lambda: "Guide  prerequisites" in shown(app))
        await pilot.press("[", "[")
        await until(pilot, lambda: "sprint-report · hard gate" in shown(app))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=str)
async def test_where_we_stand_is_seen_at_a_glance(size: tuple[int, int], preparing: Stand) -> None:
    """NO-GO with what holds it, the hard stop, the go-live's day, the poll."""
    preparing.past(
        *confirmed("security", "logging"),
        (60.0, e.ItemPlanned("security", "tech lead", utc(NOW + 2 * 86400).date(), "")),
    )
    async with console(preparing.open(), size) as (app, pilot):
        await opened(app, pilot)
        text = " ".join(shown(app).split())
        for words in (
            "NO-GO 3 hard open: logging, security, governance-review",
            "HARD STOP",
            "go first (Guide 2)",
            "missing for logging, governance-review",
            "no poll was held",
        ):
            assert words in text, text


async def answer(app: WarRoomApp, pilot: Pilot[int], who: str, choice: int, why: str) -> None:
    """Sit down, choose an answer, and say why."""
    app.room.become(who)
    await pilot.press("v")
    await until(pilot, lambda: isinstance(app.screen, Choose))
    await pilot.press(*["j"] * choice, "enter")
    await until(pilot, lambda: isinstance(app.focused, Input))
    await typed(pilot, why)
    await done(app, pilot)


def ready(standing: Stand) -> WarRoom:
    """An internal agent with everything confirmed."""
    path = standing.directory / "warroom.toml"
    text = path.read_text()
    assert '"customer-facing"' in text
    path.write_text(text.replace('exposure = "customer-facing"', 'exposure = "internal"'))
    standing.past(*confirmed())
    return standing.open()


async def test_v_holds_the_poll(preparing: Stand) -> None:
    room = ready(preparing)
    async with console(room, (120, 40)) as (app, pilot):
        await opened(app, pilot)
        assert "GO is possible" in shown(app)
        await pilot.press("v", "enter")
        await done(app, pilot)
        assert kinds(room)[-1] == "poll.opened"
        poll = room.state.poll
        assert poll is not None
        await answer(app, pilot, "agent lead", 1, "zanzibar is loud")
        await until(pilot, lambda: "1 of 4 have answered" in shown(app))
        assert "zanzibar" not in shown(app)
        await pilot.press("v")
        assert "take back the answer as agent-lead" in shown(app)
        await pilot.press("enter")
        await done(app, pilot)
        assert kinds(room)[-1] == "poll.withdrawn"
        for who in ("agent lead", "tech lead", "BU operations lead"):
            await answer(app, pilot, who, 0, "as tried on Monday")
        await answer(app, pilot, "rollback owner", 1, "the drill took 20 min")
        await until(pilot, lambda: "says NO-GO" in " ".join(shown(app).split()))
        assert "rollback-owner NO-GO: the drill took 20 min" in " ".join(shown(app).split())
        assert room.state.poll is not None
        assert verdict(room.state.poll) == "no-go"
        text = " ".join(shown(app).split())
        assert "NO-GO by rollback-owner: the drill took 20 min" in text
        assert "GO is possible" not in text, "one NO-GO holds, and the headline says so"


async def test_the_poll_is_refused_while_a_hard_item_is_open(preparing: Stand) -> None:
    room = preparing.open()
    async with console(room, (120, 40)) as (app, pilot):
        await opened(app, pilot)
        await pilot.press("v", "enter")
        await until(pilot, lambda: "the poll opens when no hard item is" in shown(app))
        assert "poll.opened" not in kinds(room)
