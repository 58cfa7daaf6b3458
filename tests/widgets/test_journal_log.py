"""The journal's log: following, filtering, and many entries."""

from dataclasses import replace

import pytest

from tests.widgets.host import ENTRIES, Host, shown
from widgets.journal import EntryView, JournalLog
from widgets.line import Line


def entry(number: int, text: str = "said") -> EntryView:
    return EntryView(f"#{number}", "14:02:31Z", "tech lead", "note.added", text)


async def test_the_newest_entry_is_in_sight_and_stays_so() -> None:
    log = JournalLog()
    app = Host(log)
    async with app.run_test(size=(80, 10)) as pilot:
        log.append(ENTRIES)
        await pilot.pause()
        assert "entry 200" in shown(log)[-1]
        log.append([entry(201, "the next one")])
        await pilot.pause()
        assert "the next one" in shown(log)[-1]
        await pilot.resize_terminal(80, 6)
        await pilot.pause()
        assert "the next one" in shown(log)[-1]


async def test_a_reader_who_scrolled_up_is_left_in_peace() -> None:
    log = JournalLog()
    app = Host(log)
    async with app.run_test(size=(80, 10)) as pilot:
        log.append(ENTRIES)
        await pilot.pause()
        follows = [log.following]
        log.jump(50)
        await pilot.pause()
        follows.append(log.following)
        before = shown(log)
        log.append([entry(201)])
        await pilot.pause()
        assert shown(log) == before
        log.jump(log.max_scroll_y)
        await pilot.pause()
        log.append([entry(202, "and now")])
        await pilot.pause()
        assert "and now" in shown(log)[-1]
        follows.append(log.following)
    assert follows == [True, False, True]


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 200), ("ENTRY 7 ", 1), ("errors", 200), ("!entry 1", 89), ("nothing", 0), ("!", 200)],
)
async def test_the_filter(text: str, count: int) -> None:
    log = JournalLog()
    app = Host(log)
    async with app.run_test(size=(80, 10)):
        log.append(ENTRIES)
        log.search(text)
        assert (log.matching, log.total) == (count, 200)


async def test_a_filter_holds_for_entries_that_come_later() -> None:
    log = JournalLog()
    app = Host(log)
    async with app.run_test(size=(80, 10)) as pilot:
        log.search("rollback")
        log.append(ENTRIES)
        await pilot.pause()
        assert shown(log)[0].strip() == "no entry matches rollback"
        log.append([entry(201, "rollback done"), entry(202)])
        await pilot.pause()
        assert log.matching == 1
        assert "rollback done" in shown(log)[0]
        log.search("")
        await pilot.pause()
        assert "#202" in shown(log)[-1]


async def test_an_empty_log_says_so() -> None:
    log = JournalLog()
    app = Host(log)
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.pause()
        assert shown(log)[0].strip() == "no entry yet"
        log.append(ENTRIES)
        log.clear()
        await pilot.pause()
        assert shown(log)[0].strip() == "no entry yet"
        assert log.total == 0


async def test_only_the_rows_in_sight_of_100_000_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    log = JournalLog()
    app = Host(log)
    async with app.run_test(size=(80, 10)) as pilot:
        log.append([entry(number) for number in range(100_000)])
        drawn: list[int] = []
        draw = log.line_at

        def counted(y: int, width: int) -> Line:
            drawn.append(y)
            return draw(y, width)

        monkeypatch.setattr(log, "line_at", counted)
        log.jump(40_000)
        await pilot.pause()
        assert "#40000" in shown(log)[0]
        assert 10 <= len(drawn) <= 40


async def test_the_cursor_follows_until_it_is_moved_and_chooses() -> None:
    log = JournalLog()
    app = Host(log)
    async with app.run_test(size=(80, 10)) as pilot:
        log.append([replace(entry(number), id=str(number)) for number in range(30)])
        log.focus()
        await pilot.pause()
        assert [y for y in range(30) if log.lit(y)] == [29]
        log.append([replace(entry(30), id="30")])
        assert [y for y in range(31) if log.lit(y)] == [30]
        await pilot.press("k")
        follows = [log.following]
        log.append([replace(entry(31), id="31")])
        assert [y for y in range(32) if log.lit(y)] == [29]
        await pilot.press("home")
        assert log.scroll_offset.y == 0
        await pilot.press("G")
        follows.append(log.following)
        log.go_to("7")
        log.search("nothing")
        await pilot.press("enter")
        log.search("")
        follows.append(log.following)
    assert follows == [False, True, True]


async def test_a_window_of_another_size_leaves_the_cursor_where_it_is() -> None:
    log = JournalLog()
    app = Host(log)
    async with app.run_test(size=(80, 10)) as pilot:
        log.append([replace(entry(number), id=str(number)) for number in range(40)])
        log.focus()
        await pilot.pause()
        log.go_to("25")
        for height in (30, 10, 5, 45, 10):
            await pilot.resize_terminal(80, height)
            await pilot.pause()
            assert [y for y in range(40) if log.lit(y)] == [25], height
            assert any("#25 " in row for row in shown(log)), height
            assert not log.following
        log.scroll_end(animate=False)
        await pilot.pause()
        assert log.following
        assert [y for y in range(40) if log.lit(y)] == [39]


async def test_a_log_that_is_filled_again_has_the_cursor_on_the_same_entry() -> None:
    log = JournalLog()
    app = Host(log)
    entries = [replace(entry(number), id=str(number)) for number in range(40)]
    async with app.run_test(size=(80, 10)) as pilot:
        log.append(entries)
        log.focus()
        await pilot.pause()
        log.go_to("25")
        log.clear()
        between = replace(entry(100), id="between")
        for chunk in (entries[:10], [between], entries[10:30], entries[30:]):
            log.append(chunk)
            await pilot.pause()
        assert [y for y in range(41) if log.lit(y)] == [26]
        assert not log.following
        await pilot.press("G")
        log.clear()
        log.append(entries)
        assert [y for y in range(40) if log.lit(y)] == [39]
