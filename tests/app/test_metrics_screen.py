"""The Metrics screen by its keys: ranges, cursor, panes, calls and versions, at three sizes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.screen import Screen

from console.app import WarRoomApp
from console.domain.times import iso
from console.room import WarRoom
from console.screens.calls import CallScreen, CallsScreen
from console.screens.compare import CompareScreen
from console.screens.metrics import MetricsScreen
from tests.app.hostile import ATTACK, FORBIDDEN, MARKUP
from tests.app.rooms import (
    HOUR,
    NOW,
    Stand,
    adopt,
    burst,
    console,
    done,
    fired,
    minutes,
    rows,
    shown,
    stand,
    until,
)

SIZES = ((80, 24), (120, 40), (200, 60))


def call(number: int, ago: float, **changes: object) -> dict[str, object]:
    values: dict[str, object] = {
        "latency_s": 1.0 + number / 100, "version": "v2.4.0", "model": "m-1", "cost": 0.02,
        "tokens_in": 900, "tokens_out": 100, "input": f"question {number}", "output": "answer",
        "error": "", "escalation": "", "flags": [], "tools": [],
    }  # fmt: skip
    return {"id": f"c{number}", "at": iso(NOW - ago), **(values | changes)}


@asynccontextmanager
async def metrics(
    room: WarRoom, size: tuple[int, int] = (120, 40), metric: str = "error-rate"
) -> AsyncIterator[tuple[WarRoomApp, Pilot[int], MetricsScreen]]:
    """The Metrics screen on `metric`, studied and drawn."""
    async with console(room, size) as (app, pilot):
        app.open_metric(metric)
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, MetricsScreen)
        await settled(app, pilot)
        yield app, pilot, screen


async def settled(app: WarRoomApp, pilot: Pilot[int]) -> None:
    """Let what was asked for be studied and drawn: one begins where the other ends."""
    for _ in range(3):
        await done(app, pilot)


def current(app: WarRoomApp) -> type[Screen[Any]]:
    """Which screen is shown."""
    return type(app.screen)


async def read(app: WarRoomApp, pilot: Pilot[int], *keys: str) -> str:
    await pilot.press(*keys)
    await settled(app, pilot)
    return shown(app)


@pytest.mark.parametrize("size", SIZES)
async def test_a_minute_is_read_and_its_range_chosen(size: tuple[int, int], window: Stand) -> None:
    room = adopt(window.open(), minutes(300, errors=1))
    async with metrics(room, size) as (app, pilot, screen):
        assert "error rate · last 1h" in rows(app)[3 if size[0] == 200 else 2]
        assert "13:59–14:00Z, now" in shown(app)
        assert "errors 1 (2.5 %)" in shown(app)
        text = await read(app, pilot, "left")
        assert "13:5" in text
        assert "14:00Z, now" not in text
        assert "12:59–13:00Z, 1h ago" in await read(app, pilot, "end", "shift+left")
        assert "14:00Z, now" in await read(app, pilot, "end")
        titles = []
        for _ in range(4):
            await read(app, pilot, "z")
            titles.append(screen._study.chart.title.split(" · ")[1] if screen._study else "")
        assert titles == ["last 6h", "last 48h", "last 15 min", "last 1h"]
        assert "last 15 min" in await read(app, pilot, "Z")


async def test_a_shorter_range_is_shown_around_the_cursor(window: Stand) -> None:
    room = adopt(window.open(), minutes(600))
    async with metrics(room) as (app, pilot, _):
        await read(app, pilot, "z", *["ctrl+left"] * 4)
        assert "09:59–10:00Z, 4h ago" in shown(app)
        text = await read(app, pilot, "Z", "Z")
        assert "15 min until Tue 10:07Z" in text
        assert "09:59–10:00Z, 4h ago" in text
        assert "last 15 min" in await read(app, pilot, "end")


async def test_the_cursor_follows_the_clock_until_it_is_moved(window: Stand) -> None:
    room = adopt(window.open(), minutes(300))
    async with metrics(room) as (app, pilot, _):
        await read(app, pilot, "shift+left")
        await pilot.press("end")
        window.clock.moment += 120
        adopt(room, {}, NOW + 120)
        app._changed()
        await until(pilot, lambda: "14:01–14:02Z, now" in shown(app))
        await read(app, pilot, "left", "left")
        held = next(row for row in rows(app) if "ago" in row).split(",")[0]
        window.clock.moment += 120
        adopt(room, {}, NOW + 240)
        app._changed()
        await until(pilot, lambda: "5 min ago" in shown(app) or "4 min ago" in shown(app))
        assert held in shown(app)


@pytest.mark.parametrize(("ago", "range_"), [(60, "1h"), (5 * HOUR, "48h"), (90 * HOUR, "48h")])
async def test_an_alert_is_jumped_to(ago: float, range_: str, window: Stand) -> None:
    room = adopt(window.open(), minutes(2880))
    async with console(room, (120, 40)) as (app, pilot):
        app.open_metric("traffic", NOW - ago + 17)
        await pilot.pause()
        await settled(app, pilot)
        text = shown(app)
        assert f"traffic · last {range_}" in text or f"traffic · {range_} until" in text
        screen = app.screen
        assert isinstance(screen, MetricsScreen)
        assert screen.chart.cursor == max(NOW - ago, NOW - 48 * HOUR)


async def test_it_comes_back_from_a_call_to_the_chart(window: Stand) -> None:
    room = adopt(window.open(), minutes(300))
    async with metrics(room) as (app, pilot, _):
        await read(app, pilot, "enter")
        assert current(app) is CallsScreen
        await read(app, pilot, "1")
        app.open_metric("traffic", NOW - 600)
        await pilot.pause()
        await settled(app, pilot)
        assert current(app) is MetricsScreen
        assert "13:49–13:50Z, 10 min ago" in shown(app)


async def test_what_was_decided_and_alerted_is_marked(window: Stand) -> None:
    window.past((1800.0, fired()))
    room = adopt(window.open(), minutes(2880, errors=1))
    async with metrics(room) as (app, pilot, _):
        assert "↓error rate fired" in shown(app)
        text = await read(app, pilot, "z", "z")
        assert "↓full" in text
        await read(app, pilot, *["shift+left"] * 30)
        assert "nearest full in this minute" in shown(app)


@pytest.mark.parametrize("size", SIZES)
async def test_tab_brings_each_pane_to_the_front(size: tuple[int, int], window: Stand) -> None:
    room = adopt(window.open(), minutes(300, errors=1))
    words = {"chart": "limit 1 %", "breakdown": "errors · 60 of", "latency": "latency · last 1h"}
    async with metrics(room, size) as (app, pilot, screen):
        for pane in ("chart", "breakdown", "latency", "chart"):
            text = shown(app)
            assert words[pane] in text
            assert app.focused is screen.query_one(f"#{pane}")
            if size[0] < 200:
                assert sum(other in text for other in words.values()) == 1
            else:
                assert all(other in text for other in words.values())
            await read(app, pilot, "tab")
        await read(app, pilot, "shift+tab")
        assert app.focused is screen.chart


@pytest.mark.parametrize("size", SIZES)
async def test_from_a_minute_to_its_calls_to_a_calls_texts(
    size: tuple[int, int], window: Stand
) -> None:
    window.write_log(
        *(call(n, 90.0 + n / 10) for n in range(6)),
        call(6, 95.0, error="timeout", tools=[{"name": "search", "ok": False}]),
        call(7, 96.0, escalation="policy unclear", flags=["pii"]),
        call(8, 97.0, variant="control", version="v2.3.1"),
        call(9, 3600.0),
    )
    async with metrics(window.open(offline=False), size) as (app, pilot, screen):
        await until(pilot, lambda: screen._study is not None and "c6" in str(screen._study.parts))
        text = await read(app, pilot, "left", "enter")
        assert current(app) is CallsScreen
        assert "Calls of Tue 13:58–13:59Z" in text
        assert "8 calls, all of them; 1 beside, synthetic or control, in no sum" in text
        worst = next(row for row in rows(app) if "13:58:2" in row)
        assert "✗ failed: timeout" in worst
        text = await read(app, pilot, "enter")
        assert current(app) is CallScreen
        for words in ("Call c6", "✗ failed: timeout", "✗ search failed", "question 6"):
            assert words in text or size[1] == 24, text
        await pilot.press("escape", "escape")
        assert current(app) is MetricsScreen
        assert "F9" in rows(app)[-1]


async def test_a_kind_of_error_leads_to_its_calls_and_a_slow_one_to_itself(window: Stand) -> None:
    window.write_log(
        *(call(n, 90.0 + n, error="timeout" if n < 3 else "") for n in range(8)),
        call(50, 600.0, latency_s=9.0),
    )
    async with metrics(window.open(offline=False)) as (app, pilot, screen):
        await until(pilot, lambda: screen._study is not None and "c50" in str(screen._study.parts))
        await read(app, pilot, "tab")
        assert screen.breakdown.cursor_id == "error:timeout"
        text = await read(app, pilot, "enter")
        assert "Calls of Tue 13:00–14:00Z failed with timeout" in text
        assert "3 calls, all of them" in text
        await read(app, pilot, "escape")
        screen.breakdown.cursor_id = "call:c50"
        text = await read(app, pilot, "enter")
        assert "Call c50" in text
        assert "9.000 s" in text
        await read(app, pilot, "escape")
        screen.breakdown.cursor_id = "model:m-1"
        assert "Calls of Tue 13:00–14:00Z by model m-1" in await read(app, pilot, "enter")


async def test_calls_of_before_are_a_sentence_and_no_empty_list(window: Stand) -> None:
    room = window.open()
    for eye in room.eyes.each.values():
        eye.recorded_to = int(NOW // 60) - 1
    adopt(room, minutes(300))
    async with metrics(room) as (app, pilot, _):
        text = " ".join((await read(app, pilot, "enter")).split())
        assert "this time was read before this console was opened; the sums of its 40" in text


async def test_versions_stand_side_by_side(window: Stand) -> None:
    window.write_log(
        *(call(n, 90.0 + n) for n in range(30)),
        *(call(n, 90.0 + n, version="v2.3.1", variant="control") for n in range(30, 50)),
    )
    async with metrics(window.open(offline=False)) as (app, pilot, screen):
        await until(pilot, lambda: screen._study is not None and "c49" in str(screen._study.parts))
        text = await read(app, pilot, "v")
        assert current(app) is CompareScreen
        assert "v2.4.0" in text
        assert "v2.3.1 control" in text
        assert "last 1h: 50 of the latest 50 calls" in text
        await pilot.press("escape")
        assert current(app) is MetricsScreen


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_texts_of_a_call_are_literal(size: tuple[int, int], window: Stand) -> None:
    dirty: dict[str, Any] = dict.fromkeys(
        ("input", "output", "error", "version", "model", "escalation"), ATTACK
    )
    window.write_log(call(1, 90.0, **dirty, tools=[{"name": ATTACK, "ok": False}]))
    async with metrics(window.open(offline=False), size) as (app, pilot, screen):
        await until(pilot, lambda: screen._study is not None and "c1" in str(screen._study.parts))
        for keys in (("left",), ("tab",), ("tab",), ("tab",), ("enter",), ("enter",)):
            text = await read(app, pilot, *keys)
            assert not FORBIDDEN & set(text)
        assert current(app) is CallScreen
        assert MARKUP in shown(app)
        for _ in range(40):
            await pilot.press("down")
        assert MARKUP in shown(app)
        assert app.is_running


@pytest.mark.parametrize("size", SIZES)
async def test_no_data_is_said_and_every_key_is_harmless(
    size: tuple[int, int], preparing: Stand
) -> None:
    async with metrics(preparing.open(), size) as (app, pilot, _):
        text = shown(app)
        assert "no data yet" in text
        assert "nothing is known of this minute" in text
        for key in ("left", "home", "end", "z", "Z", "tab", "tab", "tab", "]", "[", "up", "down"):
            await read(app, pilot, key)
        assert current(app) is MetricsScreen
        assert "nothing is known of this time" in await read(app, pilot, "enter", "enter")
        await pilot.press("escape", "escape")
        assert "nothing to compare" in await read(app, pilot, "v")
        await pilot.press("escape", "escape", "escape")
        assert app.is_running


async def test_a_feed_that_went_quiet_is_hatched(tmp_path: Path) -> None:
    standing = stand(tmp_path / "quiet")
    standing.reach_full()
    room = adopt(standing.open(), minutes(300), NOW)
    standing.clock.moment = NOW + 1800
    async with metrics(room) as (app, pilot, _):
        assert "░ nothing is known" in rows(app)[2]
        assert sum("░░" in row for row in rows(app)) > 8
        assert "13:59–14:00Z, 30 min ago" in shown(app), "the latest that is known"
        text = await read(app, pilot, "right")
        assert "error rate over 1h not known" in text
        assert "nothing is known of this minute" in text


async def test_keys_that_come_at_once_are_all_obeyed(window: Stand) -> None:
    room = adopt(window.open(), minutes(2880))
    async with metrics(room) as (app, pilot, screen):
        burst(app, *["left"] * 9, *["z"] * 9, "tab", "v", "escape", "enter", "escape", "tab")
        await settled(app, pilot)
        assert current(app) is MetricsScreen
        assert screen._length == 6 * HOUR
        assert screen.chart.cursor == NOW - 9 * 60, "each step counts"


async def test_a_study_is_never_put_into_words(
    window: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The toolkit would describe a worker by all that it works on: seconds, with 48 hours."""
    described: list[str] = []
    run = DOMNode.run_worker

    def noted(self: DOMNode, work: Any, **options: Any) -> Any:
        worker = run(self, work, **options)
        described.append(worker.description)
        return worker

    monkeypatch.setattr(DOMNode, "run_worker", noted)
    room = adopt(window.open(), minutes(300))
    async with metrics(room) as (app, pilot, _):
        await read(app, pilot, "z", "left")
    assert {"study", "chart"} <= set(described)
    assert max(map(len, described)) < 400


async def test_no_text_of_a_user_is_in_any_record(window: Stand) -> None:
    window.write_log(call(1, 90.0, input="my policy is 4711-0815", error="timeout"))
    room = window.open(offline=False)
    room.eyes.record()
    async with metrics(room) as (app, pilot, screen):
        await until(pilot, lambda: screen._study is not None and "c1" in str(screen._study.parts))
        assert "4711-0815" in await read(app, pilot, "left", "enter", "enter")
    kept = [
        path
        for folder in ("journal", "telemetry", "evidence")
        for path in (window.directory / folder).rglob("*")
        if path.is_file()
    ]
    assert len(kept) >= 2
    assert not any(b"4711-0815" in path.read_bytes() for path in kept)
