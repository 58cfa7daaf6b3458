"""The traffic on the Rollout screen: the line, the dialog, and what its keys do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.domain import events as e
from console.domain.entry import Actor
from console.room import WarRoom
from console.screens.traffic import TrafficDialog
from tests.actions.products import Products, serving
from tests.app.rooms import (
    HOUR,
    NOW,
    Stand,
    adopt,
    console,
    done,
    minutes,
    shown,
    stand,
    until,
    words,
)
from tests.journal.foreign import foreign
from tests.room.stand import write

TECH = Actor("tech lead", ("tech-lead",))
DECIDED: tuple[tuple[str, Any, int | None], ...] = (
    ("readiness.1", "dark-launch", None),
    ("dark-launch.1", "shadow", None),
    ("shadow.1", "canary", 1),
    ("canary-1.1", "canary", 5),
)


@pytest.fixture
def products() -> Iterator[Products]:
    with serving() as held:
        yield held


def canary(place: Path, products: Products | None) -> WarRoom:
    """A room in the canary at 5 %, whose switch was not asked yet."""

    def change(values: dict[str, Any]) -> None:
        if products is not None:
            fill = {"url": f"{products.url}/share", "key": "candidate_share"}
            values["traffic"]["switch"] = {"preset": "http", "fill": fill, "timeout_s": 2.0}

    standing: Stand = stand(place / "claims", change)
    for number, (of, to, share) in enumerate(DECIDED):
        decided = e.GateDecided(of, "advance", "", (), to, share, version="v2.4.0")
        standing.past(((8 - 2 * number) * HOUR, decided))
    return adopt(standing.open(offline=False), minutes())


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_line_says_what_is_not_done_and_t_sets_it(
    tmp_path: Path, products: Products, size: tuple[int, int]
) -> None:
    async with console(canary(tmp_path, products), size) as (app, pilot):
        await pilot.press("3")
        await done(app, pilot)
        assert "Traffic 5 %  ? the switch was not asked (t)" in shown(app)
        assert "nobody asked the switch for 5 %" in shown(app), "on every screen, on top"
        await pilot.press("t")
        await until(pilot, lambda: "The switch reads 1 %" in shown(app))
        assert "set 5 %, as decided for canary 5 %" in shown(app)
        assert "back to 1 %, as it was before" in shown(app)
        await pilot.press("enter")
        assert isinstance(app.screen, TrafficDialog), "Enter does nothing here"
        bar = shown(app).splitlines()[-1]
        await pilot.click("KeyBar", offset=(bar.index("s Set"), 0))
        assert isinstance(app.screen, TrafficDialog), "nor does a click"
        assert products.document["candidate_share"] == 1
        await pilot.press("s")
        await until(pilot, lambda: products.document["candidate_share"] == 5)
        await until(pilot, lambda: "✓ set" in shown(app))
        await pilot.press("t", "b")
        await until(pilot, lambda: products.document["candidate_share"] == 1)
        await until(pilot, lambda: "▲ put back to 1 %" in shown(app))


async def test_what_somebody_else_set_is_told_and_overwritten_by_its_own_key(
    tmp_path: Path, products: Products
) -> None:
    products.document["candidate_share"] = 33
    async with console(canary(tmp_path, products), (120, 40)) as (app, pilot):
        await pilot.press("3", "t", "s")
        await until(pilot, lambda: "✗ 5 % failed (t) nothing was written" in shown(app))
        assert "it reads 33 %, which nobody set from here" in shown(app)
        assert products.effects == 0
        await pilot.press("t", "o")
        await until(pilot, lambda: products.document["candidate_share"] == 5)


async def test_a_switch_that_does_not_answer_is_told(tmp_path: Path, products: Products) -> None:
    products.unreadable = True
    async with console(canary(tmp_path, products), (100, 30)) as (app, pilot):
        await pilot.press("3", "t")
        await until(pilot, lambda: "it cannot be read: 404" in shown(app))
        await pilot.press("escape")
        assert not isinstance(app.screen, TrafficDialog)


async def test_without_a_switch_it_is_switched_by_hand(tmp_path: Path) -> None:
    async with console(canary(tmp_path, None), (100, 30)) as (app, pilot):
        await pilot.press("3")
        await done(app, pilot)
        assert "Traffic 5 %  switched by hand" in shown(app)
        await pilot.press("t", "s")
        await done(app, pilot)
        assert "no [traffic.switch] is in warroom.toml" in shown(app)
        assert isinstance(app.screen, TrafficDialog)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_what_an_overruled_advance_has_set_is_red_until_it_is_set_again(
    tmp_path: Path, products: Products, size: tuple[int, int]
) -> None:
    room = canary(tmp_path, products)
    writer = room.record.journal.writer
    write(room, e.TrafficAsked("canary-5.1", 5, 1.0, "v2.4.0", "k5", "", "canary"))
    write(room, e.TrafficSet("canary-5.1", 5, "verified", 5.0, "it reads 5 %", "k5"))
    write(room, e.GateDecided("canary-5.1", "hold", "two complaints", ()))
    knew = {writer: room.record.entries[-1].seq - 1}
    advance = e.GateDecided("canary-5.1", "advance", "", (), "canary", 20, "v2.4.0", knew=knew)
    asked = e.TrafficAsked("canary-20.1", 20, 5.0, "v2.4.0", "k20", "", "canary")
    told = e.TrafficSet("canary-20.1", 20, "verified", 20.0, "it reads 20 %", "k20")
    events: tuple[e.Event, ...] = (advance, asked, told)
    came = ((50 + n, NOW - 60, TECH, x) for n, x in enumerate(events))
    products.document["candidate_share"] = 20
    foreign(room.directory, room.deployment.deployment, "other-00000001", *came)
    room.record.refresh()
    wrong = "the overruled advance set the switch to 20 %"
    async with console(room, size) as (app, pilot):
        await pilot.press("3")
        await done(app, pilot)
        flat = " ".join(shown(app).split())
        assert f"Traffic 5 % ▲ {wrong} (t, s sets 5 % again)" in flat
        assert "✓ set" not in flat
        assert any(wrong in why for why in room.picture().gate.missing)
        if size[1] > 24:  # else it is below, to be scrolled to
            assert f"traffic {wrong}; t, s sets 5 % again" in flat
        await pilot.press("a")
        await done(app, pilot)
        assert wrong in words(app)
        await pilot.press("escape", "t")
        await until(pilot, lambda: "▲ The switch reads 20 %, not 5 %" in shown(app))
        await pilot.press("s")
        await until(pilot, lambda: products.document["candidate_share"] == 5)
        await until(pilot, lambda: "✓ set" in shown(app))
        assert wrong not in shown(app)
        await pilot.press("t")
        await until(pilot, lambda: "The switch reads 5 %" in shown(app))
        assert "▲ The switch" not in shown(app)
