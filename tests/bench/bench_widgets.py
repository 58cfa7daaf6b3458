"""What the widgets cost: run with `python -m tests.bench.bench_widgets`; prints one line a figure.

The figures are medians in milliseconds of process time on the machine it runs on; compare them
with each other and with an earlier run on the same machine, not with another machine's.
"""

import asyncio
import dataclasses
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget

from tests.widgets.host import BOARD, CHART, START, Host
from widgets.alerts import AlertFeed, AlertView
from widgets.journal import EntryView, JournalLog
from widgets.metrics import MetricBoard
from widgets.plot import ChartView, plot
from widgets.sparkline import sparkline

SIZE = (120, 40)


def report(name: str, seconds: list[float]) -> None:
    """Print a median and a worst case."""
    median, worst = statistics.median(seconds) * 1000, max(seconds) * 1000
    sys.stdout.write(f"{name:<58}{median:>9.3f} ms  worst {worst:>9.3f} ms\n")


def timed(count: int, work: Callable[[int], object]) -> list[float]:
    """The process time of each of `count` runs, in seconds."""
    times = []
    for number in range(count):
        start = time.process_time()
        work(number)
        times.append(time.process_time() - start)
    return times


async def mounted(widget: Widget, body: Callable[[Pilot[None]], Awaitable[None]]) -> None:
    """Run `body` while the widget is on a screen."""
    async with Host(widget).run_test(size=SIZE) as pilot:
        await body(pilot)


async def board() -> None:
    """One refresh of eight metrics: new values, painted."""
    widget = MetricBoard()
    points = tuple(0.005 + (i % 9) / 2000 for i in range(60))

    async def body(pilot: Pilot[None]) -> None:
        paint, whole = [], []
        region = Region(0, 0, SIZE[0], 8)
        for number in range(200):
            items = tuple(
                dataclasses.replace(view, age=f"{number}s", points=points) for view in BOARD
            )
            start = time.process_time()
            widget.show(items)
            widget.render_lines(region)
            paint.append(time.process_time() - start)
            await pilot.pause()
            whole.append(time.process_time() - start)
        report("board of 8, 120 columns: show and draw its rows", paint)
        report("board of 8, 120x40: the same through to the screen", whole)

    await mounted(widget, body)


async def alerts() -> None:
    """5,000 alerts: given, given again with one changed, scrolled."""
    widget = AlertFeed()
    items = [AlertView(f"a{i}", "resolved", f"alert {i}", "over", f"{i} h") for i in range(5000)]

    async def body(pilot: Pilot[None]) -> None:
        def change(number: int) -> None:
            changed = dataclasses.replace(items[number], age="now")
            widget.show([*items[:number], changed, *items[number + 1 :]])

        report("5,000 alerts: show with one changed", timed(40, change))
        await pilot.pause()
        widget.focus()
        steps = []
        for _ in range(60):
            start = time.process_time()
            await pilot.press("pagedown")
            steps.append(time.process_time() - start)
        report("5,000 alerts: a page down, key to painted", steps)

    await mounted(widget, body)


async def journal() -> None:
    """100,000 entries: added, filtered, followed."""
    widget = JournalLog()
    entries = [
        EntryView(f"#{i}", "14:02:31Z", "agent lead", "note.added", f"entry {i} about the errors")
        for i in range(100_000)
    ]

    async def body(pilot: Pilot[None]) -> None:
        report("100,000 entries: append all at once", timed(1, lambda _: widget.append(entries)))
        report("100,000 entries: filter", timed(20, lambda i: widget.search(f"entry {i}")))
        widget.search("")
        steps = []
        for number in range(60):
            start = time.process_time()
            widget.append(entries[number : number + 1])
            await pilot.pause()
            steps.append(time.process_time() - start)
        report("100,000 entries: append one, through to the screen", steps)

    await mounted(widget, body)


def main() -> None:
    """Measure everything."""
    points = tuple(0.005 + (i % 9) / 2000 for i in range(60))
    report("sparkline of 60 points", timed(500, lambda _: sparkline(points, 40, 0.01, None)))
    for count in (60, 1440, 2880):
        series = tuple((START + 2.5 * i, 0.5 + (i % 7) / 10) for i in range(count))
        views = [dataclasses.replace(CHART, points=series[: count - i]) for i in range(11)]
        plot(views[10], 200, 50)

        def draw(number: int, views: list[ChartView] = views) -> None:
            plot(views[number], 200, 50)

        report(f"chart of {count} points, 200x50", timed(10, draw))
    for case in (board, alerts, journal):
        asyncio.run(case())


if __name__ == "__main__":
    main()
