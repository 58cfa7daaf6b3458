"""The timeline: one row where it fits, two where it does not."""

import dataclasses

import pytest

from tests.widgets.host import PHASES, Host, shown
from widgets.line import text_of, width_of
from widgets.timeline import PhaseView, Timeline, timeline


@pytest.mark.parametrize(("width", "rows"), [(60, 2), (80, 2), (120, 1), (200, 1)])
def test_rows_at_each_width(width: int, rows: int) -> None:
    lines = timeline(PHASES, width)
    assert len(lines) == rows
    assert all(width_of(line) <= width for line in lines)
    text = " ".join(map(text_of, lines))
    for phase in PHASES:
        assert phase.label in text


def test_the_present_phase_shows_how_far_it_is_and_what_is_left() -> None:
    text = text_of(timeline(PHASES, 200)[0])
    assert "▶ 100 % 12h3m ━━━━━━━━━━━╸──────────── 12h left" in text
    assert text.endswith("· full")


def test_times_of_past_phases_go_before_a_second_row_is_needed() -> None:
    assert "dark 26h" in text_of(timeline(PHASES, 200)[0])
    assert "dark 26h" not in text_of(timeline(PHASES, 100)[0])


def test_a_failed_phase_says_so_in_a_word() -> None:
    failed = (dataclasses.replace(PHASES[0], state="failed"),)
    assert text_of(timeline(failed, 80)[0]).strip() == "✗ dark failed"


def test_without_a_dwell_there_is_no_bar() -> None:
    phase = PhaseView("full", "full", "current", "1h", None, "")
    assert text_of(timeline((phase,), 80)[0]).strip() == "▶ full 1h"


async def test_the_widget_is_as_high_as_its_rows() -> None:
    widget = Timeline()
    app = Host(widget)
    async with app.run_test(size=(80, 24)) as pilot:
        widget.show(PHASES)
        await pilot.pause()
        assert widget.size.height == 2
        await pilot.resize_terminal(120, 24)
        await pilot.pause()
        assert widget.size.height == 1
        assert "▶ 100 %" in shown(widget)[0]
