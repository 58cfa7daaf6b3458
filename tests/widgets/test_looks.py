"""What holds for every widget: each width, literal text, words beside colours."""

import contextlib
import dataclasses
import re
import sys
import time
from pathlib import Path

import pexpect
import pyte
import pytest
from textual.widget import Widget

from tests.widgets import host
from tests.widgets.host import MARKUP, WIDTHS, Host, filled, shown
from widgets.alerts import AlertFeed
from widgets.chart import MetricChart
from widgets.checklist import ChecklistTable
from widgets.facts import Fact
from widgets.gate import GateTable
from widgets.guard import GuardPanel
from widgets.journal import EntryView, JournalLog
from widgets.metrics import MetricBoard
from widgets.status import StatusLine
from widgets.stopwatch import Stopwatch
from widgets.timeline import Timeline

WORD = re.compile(r"[A-Za-z]{3,}")
KINDS = [type(widget) for widget in filled()]


async def text_at(kind: type[Widget], width: int) -> str:
    widget = next(w for w in filled() if type(w) is kind)
    app = Host(widget)
    async with app.run_test(size=(width, 40)) as pilot:
        if isinstance(widget, MetricChart):
            widget.show(host.CHART)
        await app.workers.wait_for_complete()
        await pilot.pause()
        return "\n".join(shown(widget))


@pytest.mark.parametrize("kind", KINDS)
async def test_no_word_is_cut_at_any_width(kind: type[Widget]) -> None:
    wide = await text_at(kind, WIDTHS[-1])
    assert "…" not in wide
    words = set(WORD.findall(wide))
    assert words
    for width in WIDTHS[:-1]:
        text = await text_at(kind, width)
        assert set(WORD.findall(text)) - words == set()
        assert max(map(len, text.splitlines())) <= width


def hostile() -> list[Widget]:
    """Every widget with markup in every text it takes from outside."""
    status, line, board, feed = StatusLine(), Timeline(), MetricBoard(), AlertFeed()
    checklist, gate, chart, journal = ChecklistTable(), GateTable(), MetricChart(), JournalLog()
    guard, stopwatch = GuardPanel(), Stopwatch()
    replace = dataclasses.replace
    status.show(replace(host.STATUS, context=MARKUP))
    line.show((replace(host.PHASES[0], elapsed=MARKUP),))
    board.show((host.metric(name=MARKUP),))
    feed.show((replace(host.ALERTS[0], title=MARKUP),))
    checklist.show((replace(host.ITEMS[0], title=MARKUP),))
    gate.show((replace(host.CRITERIA[0], detail=MARKUP),))
    guard.show(replace(host.GUARD, target=MARKUP))
    stopwatch.show(replace(host.STOPWATCH, steps=((MARKUP, "failed", "", MARKUP),)))
    journal.append([EntryView("#1", "14:02:31Z", "agent lead", "note.added", MARKUP)])
    chart.show(replace(host.CHART, title=MARKUP))
    first: list[Widget] = [status, line, board, feed, checklist, gate, chart, journal]
    return [
        *first,
        guard,
        stopwatch,
        *host.lists(
            (replace(host.INCIDENTS[0], title=MARKUP),),
            (replace(host.MOMENTS[0], text=MARKUP),),
            (replace(host.DUTIES[0], title=MARKUP),),
        ),
        *host.panes(
            (replace(host.PARTS[0], name=MARKUP),),
            (replace(host.CALLS[0], trouble=MARKUP),),
            (Fact("version", MARKUP),),
            replace(host.LATENCIES, title=MARKUP),
            replace(host.COMPARED, said=MARKUP),
        ),
    ]


@pytest.mark.parametrize("index", range(len(KINDS)))
async def test_markup_is_shown_as_it_is_and_does_nothing(index: int) -> None:
    widget = hostile()[index]
    app = Host(widget)
    async with app.run_test(size=(200, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert any(MARKUP in row for row in shown(widget))
        strips = widget.render_lines(widget.size.region)
        styles = [segment.style for strip in strips for segment in strip if segment.style]
        assert not any("@click" in style.meta or style.link for style in styles)


HOST_PROGRAM = """
from tests.widgets.host import BOARD, Host
from widgets.metrics import MetricBoard
board = MetricBoard()
board.show(BOARD)
Host(board).run()
"""


def test_without_colours_a_real_terminal_still_says_everything() -> None:
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    child = pexpect.spawn(
        sys.executable,
        ["-c", HOST_PROGRAM],
        cwd=str(Path(__file__).parents[2]),
        dimensions=(24, 80),
        env={"NO_COLOR": "1", "TERM": "xterm", "COLORTERM": "truecolor", "LANG": "C.UTF-8"},
        timeout=30,
    )
    raw = b""
    deadline = time.monotonic() + 30
    try:
        while "accuracy" not in "\n".join(screen.display) and time.monotonic() < deadline:
            with contextlib.suppress(pexpect.TIMEOUT):
                chunk = child.read_nonblocking(65_536, timeout=1)
                raw += chunk
                stream.feed(chunk)
    finally:
        child.close(force=True)
    text = "\n".join(screen.display)
    for word in ("✓ ok", "▲ BREACH", "▲ breach", "◷ stale", "✗ down", "◌ too few"):
        assert word in text
    colours = re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", raw)
    assert colours
    assert all(r == g == b for r, g, b in colours), "NO_COLOR lets only greys through"
