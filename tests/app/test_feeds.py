"""The feeds dialog: each feed's truth in words, and untrusted text only as text."""

import socket
from pathlib import Path

import msgspec

from console.domain.readings import Freshness
from console.room.arrivals import Arrivals
from console.room.feedview import FeedView
from console.screens.feeds import feeds_content
from tests.app.rooms import NOW, adopt, console, minutes, shown, stand, until

LIVE = FeedView(
    id="calls",
    fresh=Freshness("live", 2.0),
    next_s=1.0,
    calls_read=1000,
    bad=0,
    bad_sample="",
    repeated=0,
    arrivals=Arrivals(newest=NOW - 720.0),
)


def said(view: FeedView) -> list[str]:
    return feeds_content([view], {"calls": "jsonl"}, NOW).plain.splitlines()


def test_a_live_feed_that_has_gone_quiet_says_both() -> None:
    head, brought = said(LIVE)
    assert head == "● live  calls  jsonl  read 2 s ago, asked again in 1 s"
    assert "12 min ago; 1,000 read" in brought


def test_what_came_twice_late_or_unreadable_is_counted() -> None:
    view = msgspec.structs.replace(
        LIVE,
        bad=3,
        bad_sample="at: there is none: [b]x[/]",
        repeated=4,
        arrivals=Arrivals(newest=NOW, late=5, disordered=6),
        trouble="feed calls: records come 1 h 00 min after their time",
    )
    _, brought, unreadable, trouble = said(view)
    assert brought.endswith("1,000 read; 4 repeated, counted once; 5 late; 6 out of order")
    assert "3 of 1,007 records unreadable (at: there is none: [b]x[/])" in unreadable
    assert trouble.endswith("after their time")


def test_a_dead_feed_says_why() -> None:
    view = msgspec.structs.replace(
        LIVE,
        fresh=Freshness("down", None, "127.0.0.1 does not listen\x1b[2J"),
        next_s=None,
        arrivals=Arrivals(),
    )
    head, brought, error = said(view)
    assert head == "✗ down  calls  jsonl  never read"
    assert brought == "  no record of a call has come since this console was opened"
    assert error == "  127.0.0.1 does not listen␛[2J"


async def test_f_shows_them_and_esc_goes_back(tmp_path: Path) -> None:
    standing = stand(tmp_path / "claims")
    standing.reach_full()
    room = adopt(standing.open(), minutes())
    async with console(room, size=(80, 24)) as (app, pilot):
        await pilot.press("f")
        await until(pilot, lambda: "live  calls" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "live  calls" not in shown(app))


async def test_an_endpoint_that_never_answers_is_said_while_it_is_waited_for(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole:  # takes every call and says nothing
        url = f"http://127.0.0.1:{hole.getsockname()[1]}/calls"
        feed = {"calls": {"kind": "jsonl-http", "url": url, "preset": "native"}}
        standing = stand(tmp_path / "claims", lambda values: values.update(feeds=feed))
        room = standing.open(offline=False)
        async with console(room, size=(100, 30)) as (app, pilot):
            (eye,) = room.eyes.each.values()
            await until(pilot, lambda: eye.view().waits_s is not None)
            assert "no answer yet" not in shown(app), "a moment is no news"
            standing.clock.real += 7
            room.changed()
            await until(pilot, lambda: "calls: asked 7 s ago, no answer yet" in shown(app))
            await pilot.press("f")
            await until(pilot, lambda: "never read, asked 7 s ago" in shown(app))
            await pilot.press("escape", "0")
            assert app.current_mode == "journal", "nothing else waits for it"
