"""The walk's bar: where it is, what is left, at any width."""

import pytest
from textual.pilot import Pilot

from tests.widgets.host import Host, shown
from widgets.line import text_of, width_of
from widgets.walk import WalkBar, WalkView

VIEW = WalkView(12, 36, "Infrastructure", 9, 3)


def line(view: WalkView | None, width: int) -> str:
    """The bar's only row."""
    bar = WalkBar()
    bar.view = view
    (row,) = bar.lines(width)
    assert width_of(row) <= width
    return text_of(row)


def test_it_says_the_place_and_what_stands_before_and_behind_it() -> None:
    text = line(VIEW, 120)
    assert text.startswith("WALK 12 of 36  ")
    assert "9 confirmed · 3 hard open · Infrastructure" in text


def test_with_nothing_hard_open_it_says_so() -> None:
    assert "no hard item open" in line(WalkView(36, 36, "Go-Live Plan", 36, 0), 120)


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_the_place_stays_at_every_width(width: int) -> None:
    assert line(VIEW, width).startswith("WALK 12 of 36")


def test_the_bar_fills_with_the_walk() -> None:
    filled = [line(WalkView(n, 36, "", 0, 0), 120).count("━") for n in (1, 18, 36)]
    assert filled[0] < filled[1] < filled[2] == 16


def test_before_it_knows_anything_it_is_empty() -> None:
    assert line(None, 80) == ""


async def test_it_is_drawn_anew_when_the_walk_goes_on() -> None:
    bar = WalkBar()
    app = Host(bar)
    async with app.run_test(size=(80, 3)) as pilot:
        await go(bar, pilot, VIEW)
        assert shown(bar)[0].strip().startswith("WALK 12 of 36")
        await go(bar, pilot, WalkView(13, 36, "[b]x[/b]", 10, 3))
        assert shown(bar)[0].strip().startswith("WALK 13 of 36")
        assert "[b]x[/b]" in shown(bar)[0], "a category is literal text"


async def go(bar: WalkBar, pilot: Pilot[None], view: WalkView) -> None:
    """Show another view."""
    bar.view = view
    await pilot.pause()
