"""The chart's cursor, and what is drawn beside the line: baseline, marks, blind stretches."""

import dataclasses

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.pilot import Pilot
from textual.strip import Strip

from tests.widgets.host import CHART, START, Host, shown
from widgets.chart import MetricChart, crossed
from widgets.line import text_of
from widgets.plot import ChartView, plot, value_text

HOUR = 3600.0
BEGIN = START - START % 60
LIVE = dataclasses.replace(CHART, start=BEGIN, end=BEGIN + 7200, marks=())


def text(view: ChartView, width: int = 100, height: int = 20) -> str:
    return "\n".join(map(text_of, plot(view, width, height).lines))


async def up(pilot: Pilot[None], chart: MetricChart, view: ChartView = LIVE) -> None:
    """Show `view`, drawn, with the cursor at its end."""
    chart.show(view)
    chart.cursor = view.end
    chart.focus()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def cursor_column(chart: MetricChart) -> int:
    """The column in which the cursor stands on every row of the plot that has nothing else."""
    columns = {row.index("┃") for row in shown(chart)[3:-3] if "┃" in row}
    assert len(columns) == 1
    return columns.pop()


async def test_it_moves_by_a_column_an_hour_and_to_the_ends() -> None:
    chart = MetricChart()
    app = Host(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        await up(pilot, chart)
        step = chart.step_s
        assert step == 120, "7,200 s in some 70 columns"
        await pilot.press("left")
        assert chart.cursor == LIVE.end - step
        was = cursor_column(chart)
        await pilot.press("left", "left", "left", "left")
        assert was - cursor_column(chart) in {4, 5}
        await pilot.press("shift+left")
        assert chart.cursor == LIVE.end - 5 * step - HOUR
        await pilot.press("ctrl+right", "home")
        assert chart.cursor == LIVE.start
        await pilot.press("left")
        assert chart.cursor == LIVE.start
        await pilot.press("end", "right")
        assert chart.cursor == LIVE.end
    assert app.chosen[-1] == ("moved", f"{LIVE.end:.0f}")
    assert len(app.chosen) == 11


async def test_a_column_is_never_less_than_a_minute() -> None:
    chart = MetricChart()
    async with Host(chart).run_test(size=(120, 24)) as pilot:
        await up(pilot, chart, dataclasses.replace(LIVE, end=LIVE.start + 900))
        await pilot.press("left")
        assert chart.cursor == LIVE.start + 840


async def test_its_reach_may_go_beyond_what_is_drawn() -> None:
    chart = MetricChart()
    async with Host(chart).run_test(size=(80, 24)) as pilot:
        await up(pilot, chart, dataclasses.replace(LIVE, reach=(LIVE.start - HOUR, LIVE.end)))
        await pilot.press("home")
        assert chart.cursor == LIVE.start - HOUR
        assert not any("┃" in row for row in shown(chart)), "it is out of sight"


async def test_a_click_puts_it_there() -> None:
    chart = MetricChart()
    async with Host(chart).run_test(size=(80, 24)) as pilot:
        await up(pilot, chart)
        await pilot.click(chart, offset=(45, 8))
        assert cursor_column(chart) == 45
        await pilot.click(chart, offset=(1, 8))
        assert cursor_column(chart) == 45, "beside the plot it does nothing"


async def test_a_burst_of_keys_moves_it_as_often() -> None:
    chart = MetricChart()
    app = Host(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        await up(pilot, chart)
        await pilot.press(*["left"] * 20)
        assert chart.cursor == LIVE.end - 20 * chart.step_s


@pytest.mark.parametrize("key", ["left", "home", "end", "shift+left"])
async def test_without_a_view_no_key_does_anything(key: str) -> None:
    chart = MetricChart()
    app = Host(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        chart.focus()
        await pilot.press(key)
        await pilot.click(chart)
        assert app.is_running
    assert app.chosen == []


def test_the_baseline_has_its_line_and_its_value() -> None:
    drawn = text(dataclasses.replace(CHART, baseline=0.7))
    assert "baseline 0.7 %" in drawn
    lines = plot(dataclasses.replace(CHART, baseline=0.7), 100, 20).lines
    assert any(span.tone == "good" and "─" in span.text for line in lines for span in line)


def test_a_baseline_at_the_limit_leaves_the_limits_label() -> None:
    drawn = text(dataclasses.replace(CHART, baseline=1.01))
    assert "limit 1 %" in drawn
    assert "baseline" not in drawn


def test_the_units_are_money_as_well() -> None:
    assert [value_text(0.02, "", "$"), value_text(1500, "/h", "$")] == ["$0.02", "$1,500/h"]
    assert [value_text(3, "s"), value_text(5500, "/h")] == ["3 s", "5,500/h"]
    assert value_text(0.5, "CHF") == "0.5 CHF"


def test_a_decision_keeps_its_word_where_notes_crowd_it() -> None:
    notes = tuple((START + 600 * n, "check-in") for n in range(1, 12))
    row = text_of(plot(dataclasses.replace(CHART, notes=notes), 100, 20).lines[1])
    assert "↓50 %" in row
    assert row.count("·") >= 5
    few = dataclasses.replace(CHART, notes=((START + 600, "check-in"),), marks=())
    assert "↓check-in" in text(few)


def test_wide_labels_and_marks_at_the_edges_stay_within() -> None:
    marks = ((START, "入口"), (START + 7200, "a label too long for the edge"), (START - 9, "out"))
    drawing = plot(dataclasses.replace(CHART, marks=marks), 60, 12)
    assert len(text_of(drawing.lines[1])) <= 60
    assert "out" not in text_of(drawing.lines[1])


def test_what_is_blind_is_hatched_and_said_and_never_zero() -> None:
    points = tuple((START + 60 * n, None if 40 <= n < 60 else 0.5) for n in range(121))
    blind = ((START + 2400, START + 3600),)
    drawing = plot(dataclasses.replace(CHART, points=points, blind=blind, marks=()), 100, 20)
    assert "░ nothing is known" in text_of(drawing.lines[0])
    rows = [text_of(line)[drawing.left :] for line in drawing.lines[drawing.top : drawing.bottom]]
    hatched = [n for n, char in enumerate(rows[2]) if char == "░"]
    assert hatched == list(range(hatched[0], hatched[-1] + 1))
    assert len(hatched) == pytest.approx(drawing.columns / 6, abs=2)
    inner = slice(hatched[0] + 1, hatched[-1])
    assert all(set(row[inner]) <= {"░", "─"} for row in rows), "no line is drawn in it"


def test_a_stretch_beyond_the_chart_is_no_error() -> None:
    blind = ((START - 7200, START - 3600), (START - 600, START + 600), (START + 7000, START + 1e6))
    assert "░" in text(dataclasses.replace(CHART, blind=blind))


def test_the_cursor_takes_a_blank_cell_and_lights_another() -> None:
    red, light = Style(color="red"), Style(bold=True)
    row = Strip([Segment("ab", red), Segment(" c", None)])
    assert list(crossed(row, 2, light)) == [
        Segment("ab", red), Segment("┃", light), Segment("c", None),
    ]  # fmt: skip
    assert list(crossed(row, 1, light)) == [
        Segment("a", red), Segment("b", light), Segment(" c", None),
    ]  # fmt: skip
    assert crossed(row, 9, light) == row


async def test_a_kept_row_is_drawn_anew_for_another_view_theme_and_size() -> None:
    chart = MetricChart()
    app = Host(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        await up(pilot, chart)
        before = shown(chart)
        chart.show(dataclasses.replace(LIVE, title="something else"))
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert shown(chart)[0] != before[0]
        dark = chart.render_line(5)
        app.theme = "textual-light"
        await pilot.pause()
        assert chart.render_line(5) != dark
        await pilot.resize_terminal(100, 24)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert chart.render_line(5).cell_length == 100


@pytest.mark.parametrize(
    "values", [(0.5,), (float("nan"), 0.5, float("inf")), (None, 0.0, None), (-1.0, 2.0)]
)
def test_few_and_odd_points_are_drawn(values: tuple[float | None, ...]) -> None:
    points = tuple((START + 60 * n, value) for n, value in enumerate(values))
    view = dataclasses.replace(CHART, points=points, end=START + 120, baseline=0.1)
    assert len(plot(view, 80, 12).lines) == 12


async def test_it_fills_its_room_after_every_change_of_size() -> None:
    chart = MetricChart()
    app = Host(chart)
    async with app.run_test(size=(100, 30)) as pilot:
        await up(pilot, chart)
        for size in ((100, 29), (80, 24), (120, 40), (120, 20)):
            await pilot.resize_terminal(*size)
            for _ in range(3):
                await app.workers.wait_for_complete()
                await pilot.pause()
            found = shown(chart)
            assert (max(map(len, found)), len(found)) == size
            assert found[-1].strip(), "the times are in sight"


async def test_it_follows_the_latest_known_minute_until_it_is_moved() -> None:
    chart = MetricChart()
    later = dataclasses.replace(
        LIVE, end=LIVE.end + 120, points=((LIVE.end, 0.5), (LIVE.end + 60, None))
    )
    async with Host(chart).run_test(size=(80, 24)) as pilot:
        await up(pilot, chart)
        chart.show(later)
        assert chart.cursor == LIVE.end, "what is not known is not read"
        await pilot.press("left")
        moved = chart.cursor
        chart.show(LIVE)
        assert (chart.cursor, chart.following) == (moved, False)
        await pilot.press("end")
        assert chart.following
        chart.show(dataclasses.replace(LIVE, end=LIVE.end + 240, points=((LIVE.end + 180, 1.0),)))
        assert chart.cursor == LIVE.end + 180
        chart.hold(LIVE.start - 600)
        chart.show(LIVE)
        assert chart.cursor == LIVE.start, "never beyond its reach"
