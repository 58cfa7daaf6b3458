"""Metrics, alerts, checklist and gate: what each row says."""

import pytest

from tests.widgets.host import ALERTS, BOARD, CRITERIA, ITEMS, WIDTHS, Host, metric, shown
from widgets.alerts import AlertFeed, AlertView, state_span
from widgets.checklist import ChecklistTable
from widgets.gate import GateTable, summary
from widgets.metrics import MetricBoard, verdict_span


@pytest.mark.parametrize("width", WIDTHS)
async def test_every_metric_has_its_verdict_value_limit_n_and_age(width: int) -> None:
    board = MetricBoard()
    app = Host(board)
    async with app.run_test(size=(width, 24)) as pilot:
        board.show(BOARD)
        await pilot.pause()
        rows = shown(board)
    for row, view in zip(rows, BOARD, strict=False):
        for part in (verdict_span(view).text, view.name, view.value, view.limit, view.n, view.age):
            assert part in row


async def test_values_are_aligned_and_wide_screens_say_more() -> None:
    board = MetricBoard()
    app = Host(board)
    async with app.run_test(size=(200, 24)) as pilot:
        board.show(BOARD)
        await pilot.pause()
        rows = shown(board)[: len(BOARD)]
    ends = {row.index(view.value) + len(view.value) for row, view in zip(rows, BOARD, strict=True)}
    assert len(ends) == 1
    assert all("0–1 %" in row and "last 60 min" in row for row in rows)


async def test_a_gap_in_the_data_is_a_gap_in_the_row() -> None:
    board = MetricBoard()
    app = Host(board)
    async with app.run_test(size=(120, 24)) as pilot:
        board.show((metric(points=(0.005, None, 0.01)),))
        await pilot.pause()
        assert "▅·█" in shown(board)[0]


def test_a_breach_is_loud_only_while_somebody_is_needed() -> None:
    assert verdict_span(metric(verdict="breach", alerting=True)) == ("▲ BREACH", "bad")
    assert verdict_span(metric(verdict="breach")) == ("▲ breach", "warn")


async def test_firing_alerts_come_first_and_say_whether_they_are_acknowledged() -> None:
    feed = AlertFeed()
    app = Host(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        feed.show(ALERTS)
        await pilot.pause()
        rows = [row.lstrip("› ") for row in shown(feed)]
    assert rows[:10] == [
        "▲ FIRING      error rate 1.8 % > 1 %",
        "6 min · not acknowledged · n 1,204 · lead told",
        "▲ FIRING      cost per call over",
        "26 min · acknowledged · n 1,204 · agent lead",
        "△ recovering  traffic 5,900/h > 5,500/h",
        "3 min · not acknowledged",
        "◆ info        ESCALATION policy unclear",
        "51 s · reviewer",
        "✓ resolved    latency p95 3.4 s > 3 s",
        "1 h · lasted 12 min",
    ]


def test_red_is_for_what_nobody_has_taken() -> None:
    assert state_span(AlertView("a", "firing", "x")).tone == "bad"
    assert state_span(AlertView("a", "firing", "x", acknowledged=True)).tone == "warn"


async def test_the_checklist_is_grouped_and_counted() -> None:
    table = ChecklistTable()
    app = Host(table)
    async with app.run_test(size=(120, 24)) as pilot:
        table.show(ITEMS)
        await pilot.pause()
        rows = shown(table)
    assert rows[0].strip() == "Data  1 of 2"
    assert rows[3].strip() == "Escalation  1 of 4"
    for word in ("confirmed", "open", "partly", "in progress", "n/a", "expired"):
        assert word in "\n".join(rows)
    assert "HARD" in rows[2]
    assert "HARD" not in rows[5]


async def test_a_list_without_items_says_so() -> None:
    for widget, text in (
        (ChecklistTable(), "no item matches"),
        (GateTable(), "no criterion: nothing was evaluated"),
        (MetricBoard(), "no metric"),
    ):
        app = Host(widget)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            assert shown(widget)[0].strip() == text


async def test_a_criterion_shows_why_below_it() -> None:
    table = GateTable()
    app = Host(table)
    async with app.run_test(size=(120, 24)) as pilot:
        table.show(CRITERIA)
        await pilot.pause()
        rows = [row.lstrip("› ") for row in shown(table)]
    assert rows[0].startswith("✗ not met  accuracy held")
    assert rows[1] == "too low"
    assert rows[3].startswith("? unknown  satisfaction")
    assert rows[5].startswith("– n/a")


def test_the_summary_begins_with_the_worst() -> None:
    assert summary(CRITERIA) == "1 not met · 1 unknown · 1 met · 1 n/a"
