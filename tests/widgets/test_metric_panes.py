"""Histogram, breakdown, list of calls, facts and the table of versions, each alone."""

import dataclasses
import math

import pytest

from tests.widgets.host import CALLS, COMPARED, LATENCIES, PARTS, Host, shown
from widgets.breakdown import Breakdown
from widgets.calls import CallList
from widgets.compare import CompareTable, CompareView
from widgets.facts import Fact, Facts
from widgets.histogram import Histogram, HistogramView, bar_of, bins, edges
from widgets.line import text_of, width_of


@pytest.mark.parametrize("most", [1, 3, 8, 20, 60])
@pytest.mark.parametrize(("low", "high"), [(0.001, 86_400.0), (0.9, 1.1), (1.0, 1.0), (0.3, 12.0)])
def test_edges_hold_everything_in_round_steps(low: float, high: float, most: int) -> None:
    found = edges(low, high, most)
    assert found == sorted(set(found))
    assert found[0] <= low < found[1]
    assert found[-2] <= high < found[-1]
    decades = math.ceil(math.log10(high / low)) + 1
    assert len(found) - 1 <= max(most, decades)


def test_bins_lose_nothing_and_take_what_is_no_latency_out() -> None:
    groups = ((0.01, 3), (0.5, 7.5), (0.5001, 1), (80.0, 2), (math.nan, 9), (-1.0, 9), (1.0, 0))
    assert sum(one.count for one in bins(groups, 12)) == 13.5
    assert bins(((math.inf, 3),), 12) == []
    assert bins((), 12) == []


def test_a_bar_of_little_shows_and_a_bar_of_nothing_does_not() -> None:
    assert [bar_of(share, 4) for share in (0.0, 0.0001, 0.5, 1.0, 7.0)] == [
        "", "▏", "██", "████", "████",
    ]  # fmt: skip


async def test_the_histogram_marks_quantiles_and_the_limit() -> None:
    widget = Histogram()
    widget.show(LATENCIES)
    async with Host(widget).run_test(size=(100, 24)):
        text = "\n".join(shown(widget))
        assert "p50 0.90 s" in text
        assert "p95 1.40 s" in text
        over = [row for row in shown(widget) if "p99 4.00 s" in row]
        assert len(over) == 1
        assert "5" in over[0]
        assert f"limit {LATENCIES.limit:g} s" in text
        assert "60  63.2 %" in text


@pytest.mark.parametrize("size", [(30, 5), (60, 3), (200, 60), (20, 2)])
async def test_the_histogram_fits_its_room(size: tuple[int, int]) -> None:
    widget = Histogram()
    widget.show(LATENCIES)
    async with Host(widget).run_test(size=size):
        assert len(shown(widget)) == size[1]
        lines = widget.lines(size[0], size[1])
        assert size[0] < 30 or max(map(width_of, lines)) <= size[0]


async def test_a_histogram_of_nothing_says_why() -> None:
    widget = Histogram()
    widget.show(HistogramView("latency", (), said="the feed gives the p95 alone"))
    async with Host(widget).run_test(size=(60, 10)):
        assert shown(widget)[:2] == ["latency", "the feed gives the p95 alone"]


async def test_the_breakdowns_cursor_goes_to_what_can_be_chosen() -> None:
    widget = Breakdown()
    widget.show(PARTS)
    app = Host(widget)
    async with app.run_test(size=(60, 20)) as pilot:
        widget.focus()
        await pilot.press("enter", "down", "enter", "down", "enter")
    assert [one for _, one in app.chosen] == [
        "error:timeout", "error:rate limited", "error:rate limited",
    ]  # fmt: skip


async def test_a_call_is_chosen_and_its_trouble_is_in_words() -> None:
    widget = CallList()
    widget.show(CALLS)
    app = Host(widget)
    async with app.run_test(size=(160, 20)) as pilot:
        widget.focus()
        await pilot.press("enter")
        assert "✗ failed: timeout" in shown(widget)[0]
        assert "✗ history failed" in shown(widget)[0]
    assert app.chosen == [("call", "c-1")]


async def test_where_room_is_short_a_call_keeps_what_went_wrong() -> None:
    widget = CallList()
    widget.show(CALLS)
    async with Host(widget).run_test(size=(60, 20)):
        assert "✗ failed: timeout" in shown(widget)[0]
        assert "11.60 s" in shown(widget)[0]


async def test_no_call_is_said() -> None:
    widget = CallList()
    async with Host(widget).run_test(size=(60, 20)):
        assert shown(widget)[0].strip() == "no call is held"


async def test_facts_flow_whole_and_the_rest_is_left_out() -> None:
    widget = Facts()
    widget.styles.height = 2
    widget.show("14:02–14:03Z", [Fact("name", f"value {n}") for n in range(9)])
    async with Host(widget).run_test(size=(60, 10)):
        rows = shown(widget)
        assert len(rows) == 2
        assert rows[0].startswith("14:02–14:03Z  name value 0 · name value 1")
        assert all(row.rstrip().endswith(tuple("0123456789")) for row in rows)


def test_a_fact_wider_than_the_row_is_cut_between_words() -> None:
    widget = Facts()
    widget.show("t", [Fact("version", "a very long name " * 9)])
    assert all(width_of(row) <= 40 for row in widget.lines(40))


async def test_versions_that_have_no_room_are_named() -> None:
    widget = CompareTable()
    heads = tuple(f"v2.{n}.0" for n in range(6))
    rows = (("calls", tuple(str(n) for n in range(6))),)
    widget.show(CompareView("of the latest calls", heads, rows))
    async with Host(widget).run_test(size=(80, 20)):
        text = "\n".join(shown(widget))
        assert "v2.0.0" in shown(widget)[1]
        assert "v2.3.0" not in shown(widget)[1]
        assert "not shown for want of room: v2.3.0 · v2.4.0 · v2.5.0" in text


@pytest.mark.parametrize("width", [30, 60, 80, 200])
def test_the_table_fits_whatever_it_holds(width: int) -> None:
    widget = CompareTable()
    wide = dataclasses.replace(COMPARED, heads=("入口" * 30, "v" * 90), said="x" * 300)
    widget.show(wide)
    lines = widget.lines(width)
    assert max(map(width_of, lines)) <= width
    assert "0.5–1 s" in "".join(map(text_of, lines))


def test_nothing_to_compare_is_said() -> None:
    widget = CompareTable()
    assert [text_of(line) for line in widget.lines(60)] == ["nothing to compare yet"]
