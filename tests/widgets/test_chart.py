"""The chart: reduction, ticks, gaps, and drawing off the event loop."""

import asyncio
import dataclasses
import math
import subprocess
import sys
import threading

import pytest
from textual.worker import WorkerFailed

import widgets.chart
from tests.widgets.host import CHART, START, Host, shown
from widgets.chart import MetricChart
from widgets.line import Span, text_of
from widgets.plot import ChartView, Drawing, plot, reduced, time_ticks, value_ticks


def view_of(values: list[float | None]) -> ChartView:
    points = tuple((START + 60 * i, value) for i, value in enumerate(values))
    return ChartView("errors", "%", points, 1.0, START, START + 60 * max(1, len(values) - 1))


def test_reduction_keeps_the_extremes_of_each_column() -> None:
    values: list[float | None] = [0.5] * 2880
    values[1000], values[2000] = 9.0, 0.0
    runs = reduced(view_of(values), 100)
    assert len(runs) == 1
    assert len(runs[0]) <= 200
    assert {9.0, 0.0} <= {value for _, value in runs[0]}
    assert runs[0] == sorted(runs[0])


def test_a_gap_parts_the_line_and_a_thin_series_does_not() -> None:
    gap: list[float | None] = [0.5] * 10 + [None] * 10 + [math.nan] * 5 + [0.5] * 10
    assert len(reduced(view_of(gap), 35)) == 2
    assert len(reduced(view_of([0.5] * 5), 80)) == 1


def test_points_outside_the_window_are_left_out() -> None:
    view = dataclasses.replace(view_of([0.5] * 10), end=START + 120)
    assert len(reduced(view, 10)[0]) == 3


def test_time_ticks_are_round_and_in_utc() -> None:
    assert time_ticks(0.0, 7200.0, 4) == [(0, "00:00"), (3600, "01:00"), (7200, "02:00")]
    assert time_ticks(100.0, 400.0, 6) == [
        (m, f"00:0{m / 60:.0f}") for m in (120, 180, 240, 300, 360)
    ]


@pytest.mark.parametrize("span", [60.0, 3600.0, 172_800.0, 3e6, 4e7])
def test_there_are_never_more_time_ticks_than_fit(span: float) -> None:
    assert len(time_ticks(START, START + span, 6)) <= 6


def test_more_than_a_day_names_the_day() -> None:
    assert time_ticks(0.0, 172_800.0, 3)[0][1] == "Thu 00:00"


@pytest.mark.parametrize("top", [0.0007, 0.11, 1.1, 27.5, 6050.0, 1e9])
def test_value_ticks_begin_at_zero_and_stay_below_the_top(top: float) -> None:
    ticks = value_ticks(top, 5)
    assert ticks[0] == 0
    assert 2 <= len(ticks) <= 6
    assert ticks[-1] <= top


def test_the_drawing_has_its_limit_its_marks_and_its_times() -> None:
    lines = plot(CHART, 100, 20).lines
    text = "\n".join(map(text_of, lines))
    assert len(lines) == 20
    assert "error rate" in text_of(lines[0])
    assert "↓50 %" in text_of(lines[1])
    assert "limit 1 %" in text
    assert "22:30" in text
    assert any(span.tone == "strong" and "─" in span.text for line in lines for span in line)
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [30, 60, 80, 120, 200])
def test_no_row_is_wider_than_its_room(width: int) -> None:
    assert max(len(text_of(line)) for line in plot(CHART, width, 12).lines) <= width


@pytest.mark.parametrize(
    "view",
    [
        dataclasses.replace(CHART, points=()),
        dataclasses.replace(CHART, points=((START, None), (START + 1, math.nan))),
        dataclasses.replace(CHART, end=START),
    ],
)
def test_without_data_it_says_so(view: ChartView) -> None:
    assert [text_of(line) for line in plot(view, 80, 20).lines] == ["error rate", "no data yet"]


def test_a_single_zero_can_be_drawn() -> None:
    view = dataclasses.replace(CHART, points=((START + 60, 0.0),), threshold=None)
    assert len(plot(view, 80, 12).lines) == 12


def test_too_small_is_said() -> None:
    assert text_of(plot(CHART, 20, 20).lines[0]) == "too small for a…"


async def test_it_is_drawn_in_a_thread_and_says_so_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started, release = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def slow(view: ChartView, width: int, height: int) -> Drawing:
        threads.append(threading.current_thread())
        started.set()
        release.wait(10)
        return Drawing([(Span(f"{view.title} at {width}"),)])

    monkeypatch.setattr(widgets.chart, "plot", slow)
    chart = MetricChart()
    app = Host(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        assert shown(chart)[0] == "no data yet"
        chart.show(CHART)
        await pilot.pause()
        assert await asyncio.to_thread(started.wait, 10)
        assert shown(chart)[0] == "loading the chart"
        release.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert shown(chart)[0] == "error rate at 80"
    assert threading.main_thread() not in threads


async def test_a_drawing_that_fails_is_said_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(view: ChartView, width: int, height: int) -> Drawing:
        raise ValueError(f"no room for {view.title} [/x]")

    monkeypatch.setattr(widgets.chart, "plot", broken)
    chart = MetricChart()
    app = Host(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        chart.show(CHART)
        for worker in list(app.workers):
            with pytest.raises(WorkerFailed):
                await worker.wait()
        await pilot.pause()
        assert shown(chart)[0] == "the chart cannot be drawn: no room for error rate [/x]"
        assert app.is_running


def test_the_plotting_library_waits_for_the_first_drawing() -> None:
    program = "import sys, widgets.chart; sys.exit('plotext' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


async def test_values_that_come_while_it_draws_are_drawn_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started, release = threading.Event(), threading.Event()
    titles: list[str] = []

    def slow(view: ChartView, width: int, height: int) -> Drawing:
        titles.append(view.title)
        started.set()
        release.wait(10)
        return Drawing([(Span(view.title),)])

    monkeypatch.setattr(widgets.chart, "plot", slow)
    chart = MetricChart()
    app = Host(chart)
    async with app.run_test(size=(80, 24)) as pilot, asyncio.timeout(10):
        chart.show(dataclasses.replace(CHART, title="first"))
        assert await asyncio.to_thread(started.wait, 10)
        chart.show(dataclasses.replace(CHART, title="second"))
        chart.show(dataclasses.replace(CHART, title="third"))
        release.set()
        while shown(chart)[0] != "third":
            await pilot.pause()
    assert titles == ["first", "third"]
