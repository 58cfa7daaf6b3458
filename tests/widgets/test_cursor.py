"""The cursor: it stays on its item, however the list changes around it."""

import pytest

from tests.widgets.host import ALERTS, BOARD, CRITERIA, ITEMS, Host, metric, shown
from widgets.alerts import AlertFeed, AlertView
from widgets.checklist import ChecklistTable
from widgets.gate import GateTable
from widgets.metrics import MetricBoard


def many(count: int) -> tuple[AlertView, ...]:
    return tuple(AlertView(f"a{i}", "resolved", f"alert {i}", "over") for i in range(count))


async def test_keys_move_the_cursor_and_enter_chooses() -> None:
    board = MetricBoard()
    app = Host(board)
    async with app.run_test(size=(80, 24)) as pilot:
        board.show(BOARD)
        board.focus()
        await pilot.press("down", "j", "j", "k", "up", "enter")
        await pilot.press("end", "down", "enter", "home", "up", "enter")
    assert app.chosen == [
        ("metric", "error-rate"),
        ("metric", "accuracy"),
        ("metric", "escalation-rate"),
    ]


async def test_each_list_has_a_message_of_its_own() -> None:
    for widget, items, expected in (
        (AlertFeed(), ALERTS, ("alert", "errors")),
        (ChecklistTable(), ITEMS, ("item", "data.1")),
        (GateTable(), CRITERIA, ("criterion", "acc")),
    ):
        app = Host(widget)
        async with app.run_test(size=(80, 24)) as pilot:
            widget.show(items)  # type: ignore[arg-type]  # each list beside its own items
            widget.focus()
            await pilot.press("enter")
        assert app.chosen == [expected]


async def test_the_cursor_stays_on_its_item_when_rows_come_and_go() -> None:
    feed = AlertFeed()
    app = Host(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        feed.show(ALERTS)
        feed.focus()
        feed.cursor_id = "traffic"
        new = tuple(AlertView(f"new{i}", "firing", f"new one {i}") for i in range(3))
        feed.show((*new, *ALERTS[2:]))
        await pilot.pause()
        assert feed.cursor_id == "traffic"
        marked = [row for row in shown(feed) if row.startswith("›")]
        assert len(marked) == 1
        assert "traffic 5,900/h" in marked[0]


async def test_the_cursor_takes_the_place_of_an_item_that_is_gone() -> None:
    board = MetricBoard()
    app = Host(board)
    async with app.run_test(size=(80, 24)):
        board.show(BOARD)
        board.cursor_id = "latency-p95"
        board.show(tuple(view for view in BOARD if view.id != "latency-p95"))
        assert board.cursor_id == "cost-per-call"
        board.show(BOARD[:1])
        assert board.cursor_id == "escalation-rate"
        board.show(())
        assert board.cursor_id == ""


async def test_enter_in_an_empty_list_chooses_nothing() -> None:
    feed = AlertFeed()
    app = Host(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        feed.focus()
        await pilot.press("enter", "down", "pagedown", "end", "enter")
        assert shown(feed)[0].strip() == "no alert"
    assert app.chosen == []


async def test_the_cursor_skips_headings_and_shows_the_first_one() -> None:
    table = ChecklistTable()
    app = Host(table)
    async with app.run_test(size=(80, 4)) as pilot:
        table.show(ITEMS)
        table.focus()
        await pilot.press("end")
        assert table.cursor_id == "esc.4"
        assert "Rollback drill" in shown(table)[-1]
        await pilot.press("home")
        assert table.cursor_id == "data.1"
        assert shown(table)[0].strip() == "Data  1 of 2"


async def test_a_page_moves_about_a_screen() -> None:
    feed = AlertFeed()
    app = Host(feed)
    async with app.run_test(size=(80, 21)) as pilot:
        feed.show(many(100))
        feed.focus()
        await pilot.press("pagedown")
        assert feed.cursor_id == "a10"
        assert any("alert 10" in row for row in shown(feed))
        await pilot.press("pagedown", "pageup", "pageup", "pageup")
        assert feed.cursor_id == "a0"


async def test_a_new_firing_alert_is_seen_by_a_reader_at_the_top() -> None:
    feed = AlertFeed()
    app = Host(feed)
    async with app.run_test(size=(80, 10)) as pilot:
        feed.show(many(100))
        await pilot.pause()
        feed.show((*many(100), AlertView("new", "firing", "errors over the limit")))
        await pilot.pause()
        assert "errors over the limit" in shown(feed)[0]


async def test_a_list_that_shrinks_does_not_leave_an_empty_screen() -> None:
    feed = AlertFeed()
    app = Host(feed)
    async with app.run_test(size=(80, 10)) as pilot:
        feed.show(many(100))
        app.set_focus(None)
        feed.jump(190)
        await pilot.pause()
        feed.show(many(3))
        await pilot.pause()
        assert "alert 0" in shown(feed)[0]


async def test_a_click_moves_the_cursor_and_two_choose() -> None:
    board = MetricBoard()
    app = Host(board)
    async with app.run_test(size=(80, 24)) as pilot:
        board.show(BOARD)
        await pilot.pause()
        await pilot.click(board, offset=(10, 3))
        assert board.cursor_id == "cost-per-call"
        assert app.chosen == []
        await pilot.double_click(board, offset=(10, 3))
        await pilot.click(board, offset=(10, 20))
    assert app.chosen == [("metric", "cost-per-call")]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
async def test_the_same_values_again_paint_nothing(width: int) -> None:
    board = MetricBoard()
    app = Host(board)
    async with app.run_test(size=(width, 24)) as pilot:
        board.show((metric(),))
        await pilot.pause()
        painted: list[object] = []
        board.refresh = lambda *args, **kwargs: painted.append(args)  # type: ignore[assignment,method-assign]  # a spy
        board.show((metric(),))
        assert painted == []
        board.show((metric(age="3s"),))
        assert painted


async def test_the_scrollbar_covers_no_text() -> None:
    feed = AlertFeed()
    app = Host(feed)
    async with app.run_test(size=(60, 10)) as pilot:
        feed.show(tuple(AlertView(f"a{i}", "info", "abc " * 40, "detail") for i in range(50)))
        await pilot.pause()
        assert feed.show_vertical_scrollbar
        assert max(map(len, shown(feed))) <= 59
        assert shown(feed)[0].endswith("abc…")


async def test_the_row_under_the_cursor_stands_out_while_the_list_has_focus() -> None:
    board = MetricBoard()
    app = Host(board)

    def backgrounds() -> list[object]:
        strips = board.render_lines(board.size.region)[: len(BOARD)]
        return [{segment.style.bgcolor for segment in strip if segment.style} for strip in strips]

    async with app.run_test(size=(80, 24)) as pilot:
        board.show(BOARD)
        board.focus()
        await pilot.press("down")
        lit = backgrounds()
        assert [row != lit[0] for row in lit] == [place == 1 for place in range(len(BOARD))]
        app.set_focus(None)
        await pilot.pause()
        assert len(set(map(str, backgrounds()))) == 1
        assert not any(row.startswith("›") for row in shown(board))
