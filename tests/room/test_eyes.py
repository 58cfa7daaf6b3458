"""The eyes: what they lost they know to be lost, and one that fails does not blind the others."""

import asyncio
import json
from pathlib import Path

import pytest

from config.feed import Feed as FeedSpec
from console.domain.call import Call
from console.domain.notable import A_MINUTE
from console.domain.times import iso
from console.feeds import Batch
from console.room import WarRoom
from console.room.eyes import RECENT_CALLS
from console.telemetry import History, Recorder
from tests.room.stand import GOOD, NOW, SetClock, Stand


async def hours(claims: Stand, room: WarRoom, count: int) -> None:
    """Let hours pass in which the agent answers a call a minute and the room reads them."""
    assert isinstance(claims.clock, SetClock)
    for _ in range(count):
        for number in range(60):
            claims.clock.moment += 60
            claims.log_call(GOOD, int(claims.clock.moment) + number)
        await room.poll_once()


async def test_what_a_log_lost_is_unknown_and_not_quiet(claims: Stand) -> None:
    assert isinstance(claims.clock, SetClock)
    claims.log_call(GOOD, 0)
    async with claims.room(offline=False) as room:
        room.eyes.record()
        await hours(claims, room, 2)
    # Nobody looks for three hours, and the agent's log is cut in between.
    claims.clock.moment += 2 * 3600
    claims.log_call(GOOD, 1)
    claims.log.write_bytes(b"")
    claims.clock.moment += 3600
    claims.log_call(GOOD, 2)
    begun = int(NOW // 60)
    for _ in range(2):  # and another console knows it too
        async with claims.room(offline=False) as room:
            room.eyes.record()
            await room.poll_once()
            series = room.eyes.each["calls"].series
            unknown = [n for n in range(begun, begun + 5 * 60) if not series.covers(n)]
            assert unknown == [*range(begun + 121, begun + 300)]
            assert series.window(begun + 300, 300).covered == 121


async def test_a_log_that_was_only_put_aside_lost_nothing(claims: Stand) -> None:
    assert isinstance(claims.clock, SetClock)
    claims.log_call(GOOD, 0)
    async with claims.room(offline=False) as room:
        await hours(claims, room, 1)
        claims.log.rename(claims.log.with_suffix(".jsonl.1"))
        claims.clock.moment += 1800
        claims.log_call(GOOD, 1)
        await room.poll_once()
        series = room.eyes.each["calls"].series
        assert series.gaps == ()
        assert series.covers(int(NOW // 60) + 70)


async def test_what_a_log_does_not_tell_is_unknown_and_never_zero(
    claims: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [Call(f"c{n}", NOW - 60.0 * n - 1) for n in range(30)]
    async with claims.room(offline=False) as room:
        eye = room.eyes.each["calls"]
        eye.spec = FeedSpec(
            id="calls",
            kind="jsonl",
            path="calls.jsonl",
            preset="",
            fields={"id": "id", "at": "at", "error": "err"},  # type: ignore[dict-item]  # a path is text in TOML
        )
        feed = Told(Batch(calls, {}))
        monkeypatch.setattr("console.room.eyes.make_feed", lambda *_, **__: feed)
        await eye.poll()
        picture = room.take_picture()
        assert picture.readings["error-rate"].value == 0.0
        for metric in ("safety-flags", "escalation-rate"):
            reading = picture.readings[metric]
            assert (reading.verdict, reading.value) == ("too-few", None), reading


class Told:
    """A feed that gives what a test put there."""

    id = "calls"

    def __init__(self, *batches: Batch) -> None:
        self.batches = list(batches)

    async def poll(self, cursor: dict[str, object], now: float) -> Batch:
        return self.batches.pop(0)


async def test_what_is_far_behind_and_brings_nothing_does_not_read_live(
    claims: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = [Batch([], {"place": n}, behind=True) for n in range(4)]
    for batches in (behind[:2], behind[2:]):  # and not after a restart either
        feed = Told(*batches)
        monkeypatch.setattr("console.room.eyes.make_feed", lambda *_, feed=feed, **__: feed)
        async with claims.room(offline=False) as room:
            room.eyes.record()
            eye = room.eyes.each["calls"]
            for _ in range(2):
                await eye.poll()
                assert eye.freshness(claims.clock.now()).state != "live"
                assert eye.series.window(int(NOW // 60), 60).covered == 0


async def test_a_late_call_does_not_make_up_for_what_was_lost(
    claims: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(claims.clock, SetClock)
    first = Batch([Call("a", NOW - 7200.0)], {})
    lost = Batch([Call("late", NOW - 5000.0), Call("b", NOW + 1790.0)], {}, gap=True)
    feed = Told(first, lost)
    monkeypatch.setattr("console.room.eyes.make_feed", lambda *_, **__: feed)
    async with claims.room(offline=False) as room:
        eye = room.eyes.each["calls"]
        await eye.poll()
        claims.clock.moment += 1800.0
        await eye.poll()
        assert eye.series.gaps == ((int(NOW // 60), int((NOW + 1790.0) // 60)),)


async def test_a_fault_of_ours_in_a_feed_is_said_and_stops_nothing(
    claims: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with claims.room(offline=False) as room:
        eye = room.eyes.each["calls"]
        with monkeypatch.context() as broken:
            broken.setattr("console.feeds.jsonl_file.split", lambda *_: 1 / 0)
            wait = await eye.poll()
        assert wait >= eye.spec.poll_s
        assert eye.error == "feed calls is not read by a fault of ours (ZeroDivisionError)"
        claims.log_call(GOOD, 1)
        await eye.poll()
        assert (eye.error, eye.calls_read) == ("", 1)


async def test_telemetry_that_cannot_be_read_does_not_keep_the_room_shut(claims: Stand) -> None:
    (claims.directory / "telemetry" / "calls.jsonl").mkdir(parents=True)
    async with claims.room(offline=False) as room:
        assert "telemetry of feed calls cannot be read" in room.picture().feeds[0].fresh.error
        room.look()
        assert room.recording == "nowhere"
        assert "telemetry cannot be recorded: Is a directory" in room.troubles
        claims.log_call(GOOD, 1)
        await room.poll_once()
        assert room.picture().feeds[0].fresh.state == "live"
        (claims.directory / "telemetry" / "calls.jsonl").rmdir()
        room.look()
        assert (room.recording, room.troubles) == ("here", ())


async def test_nothing_is_lost_when_the_watch_is_taken_over_in_the_middle_of_a_poll(
    claims: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other console recorded up to some call; this one was already further."""
    claims.log_call(GOOD, 1)
    async with claims.room(offline=False) as other:
        other.eyes.record()
        await other.poll_once()
    async with claims.room(offline=False) as room:
        eye = room.eyes.each["calls"]
        claims.log_call(GOOD, 2)
        await eye.poll()
        claims.log_call(GOOD, 3)
        asked, go_on = asyncio.Event(), asyncio.Event()
        feed = eye._feed
        assert feed is not None
        real = feed.poll

        async def slow(cursor: dict[str, object], now: float) -> Batch:
            asked.set()
            await go_on.wait()
            return await real(cursor, now)

        monkeypatch.setattr(feed, "poll", slow)
        polling = asyncio.create_task(eye.poll())
        await asked.wait()
        await asyncio.to_thread(room.eyes.record)
        go_on.set()
        await polling
        await eye.poll()
        assert eye.series.total().calls == 3


def test_who_let_go_of_the_telemetry_writes_no_more(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "calls")
    recorder.close()
    with (tmp_path / "other").open("w") as other:
        assert other.fileno() >= 0
        with pytest.raises(OSError, match="Bad file descriptor"):
            recorder.flush([], {}, NOW)
    assert (tmp_path / "other").stat().st_size == 0


async def test_records_that_cannot_be_read_are_counted_and_the_first_is_kept(claims: Stand) -> None:
    for number in range(99):
        claims.log_call(GOOD, number)
    async with claims.room(offline=False) as room:
        await room.poll_once()
        (view,) = room.picture().feeds
        assert (view.unreadable, view.much_unreadable) == ("", False)
        with claims.log.open("a") as log:
            log.write("no json\n")
        await room.poll_once()
        (view,) = room.picture().feeds
        assert view.unreadable.startswith("feed calls: 1 of 100 records unreadable (")
        assert "not JSON" in view.unreadable
        assert not view.much_unreadable
        with claims.log.open("a") as log:
            log.write("[]\n")
        await room.poll_once()
        (view,) = room.picture().feeds
        assert view.unreadable.startswith("feed calls: 2 of 101 records unreadable (")
        assert view.much_unreadable


async def test_what_is_notable_outlives_the_latest_calls_but_not_the_console(claims: Stand) -> None:
    assert isinstance(claims.clock, SetClock)
    failed = {"id": "f", "at": iso(NOW), "error": "timeout", "latency_s": 9.0, "input": "secret"}
    claims.log.write_text(json.dumps(failed) + "\n")
    claims.clock.moment += 120
    for number in range(RECENT_CALLS + 100):
        claims.log_call(GOOD, number)
    async with claims.room(offline=False) as room:
        room.eyes.record()
        await room.poll_once()
        eye = room.eyes.each["calls"]
        assert eye.recorded_to is None
        assert "f" not in {call.id for call in eye.recent}
        (held,) = eye.notable.of([int(NOW // 60)])
        assert (held.id, held.input) == ("f", "secret")
        assert len(eye.notable.of(range(int(NOW // 60), int(NOW // 60) + 9))) == 1 + A_MINUTE
    async with claims.room(offline=False) as room:
        eye = room.eyes.each["calls"]
        assert eye.recorded_to == int(NOW // 60) + 2
        assert eye.notable.of([int(NOW // 60)]) == []
        assert eye.series.total().calls == RECENT_CALLS + 101
    told = (claims.directory / "telemetry" / "calls.jsonl").read_bytes()
    assert b"timeout" in told
    assert b"secret" not in told


async def test_what_is_read_is_recorded_with_when_it_was_known(claims: Stand) -> None:
    clock = claims.clock
    assert isinstance(clock, SetClock)
    room = claims.open()
    eye = room.eyes.each["calls"]
    room.eyes.record()
    asked = clock.moment
    take = eye._take

    async def late(batch: Batch, asked_at: float) -> None:
        clock.moment = asked + 7  # the answer was long under way
        await take(batch, asked_at)

    eye._take = late  # type: ignore[method-assign] # only to let time pass between the two
    await eye.poll()
    await room.close()
    history = History(claims.directory, "calls")
    assert history.answered(asked + 6) is None
    assert history.answered(asked + 7) == asked
