"""Samples of a real log: uniform, the same for everybody, and their texts on no disk of ours."""

import asyncio
import gzip
import json
import math
import os
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.load import load
from console.domain import commands as c
from console.domain import events as e
from console.domain.call import Call
from console.domain.minutes import Tally
from console.domain.refused import Refused
from console.domain.sampling import Progress, Urn, in_order, present, priority, with_spares
from console.domain.times import iso
from console.feeds import make_feed
from console.feeds.picking import PickingReader, Picks
from console.net import Http
from console.room import NotRead, WarRoom
from tests.feeds.server import Handler, Log, Server, running
from tests.room.stand import LEAD, NOW, Stand, stand

BEGAN = NOW - 6 * 3600
SECRET = "the-text-of-a-user-9f3a"
ANSWER = "the-words-of-the-agent-77c1"


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as server:
        yield server


def record(number: int, at: float, **more: Any) -> dict[str, Any]:
    return {
        "id": f"c{number:05d}",
        "at": iso(at),
        "version": "v2.4.0",
        "variant": "live",
        "latency_s": 0.9,
        "cost": 0.02,
        "input": f"{SECRET} {number}",
        "output": f"{ANSWER} {number}",
        **more,
    }


def lines(*records: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in records)


def calls(count: int, since: float = BEGAN, until: float = NOW) -> list[dict[str, Any]]:
    """So many calls, evenly from `since` to `until`."""
    step = (until - since) / (count + 1)
    return [record(number, since + (number + 1) * step) for number in range(count)]


def begin(standing: Stand) -> Stand:
    """Let the dark launch begin at `BEGAN`."""
    room = standing.open()
    standing.clock.moment = BEGAN  # type: ignore[attr-defined]  # the stand's clock can be set
    advance = e.GateDecided(
        "readiness.1", "advance", "GO", (), "dark-launch", None, room.deployment.agent.version
    )
    room.record.transact(LEAD, lambda _: [advance])
    standing.clock.moment = NOW  # type: ignore[attr-defined]  # the stand's clock can be set
    room.record.journal.close()
    return standing


async def drawn(room: WarRoom, n: int = 50) -> Progress:
    await room.sampling.draw(n, room.state, room.do)
    progress = present(room.state)
    assert progress is not None
    return progress


async def test_what_is_drawn_is_what_anybody_finds_with_the_log_and_the_seed(claims: Stand) -> None:
    begin(claims)
    odd = [
        record(90_000, BEGAN - 60),
        record(90_001, NOW + 60),
        record(90_002, BEGAN + 60, synthetic=True),
        record(90_003, BEGAN + 60, variant="control"),
        record(90_004, BEGAN + 60, version="v2.3.1"),
    ]
    real = calls(20_000)
    claims.log.write_bytes(lines(*odd, *real, *real[-500:]))
    async with claims.room(offline=False, who="reviewer") as room:
        progress = await drawn(room)
        sample = progress.sample
        ranked = sorted((one["id"] for one in real), key=lambda one: priority(sample.seed, one))
        assert sample.calls == tuple(ranked[: with_spares(50)])
        assert (sample.of, sample.n, sample.whole, sample.by) == (20_000, 50, True, "reviewer")
        assert BEGAN <= sample.from_at < sample.to_at <= NOW
        assert len(progress.left) == 50
        assert set(room.sampling.texts) == set(sample.calls)
        for name in sample.calls:
            assert room.sampling.texts[name].input == f"{SECRET} {int(name[1:])}"
        assert room.sampling.reading is None


async def test_every_call_is_as_likely_as_any_other(claims: Stand) -> None:
    """Over many seeds on one log: chi-square over its calls, read in bulk and one by one."""
    count, most, seeds = 400, 20, 600
    claims.log.write_bytes(lines(*calls(count)))
    tallies: list[Tally] = []

    class Recording(PickingReader):
        """Keeps the tallies of the one real pass, to draw from them again and again."""

        def read(self, data: bytes, most_calls: int | None = None, whole: int | None = None) -> Any:
            read = super().read(data, most_calls, whole)
            tallies.extend(read.tallies)
            return read

    picks = Picks(Urn("", 1, BEGAN, NOW, "v2.4.0"))
    spec = load(claims.directory).deployment.feeds["calls"]
    async with Http() as http:
        feed = make_feed(
            spec, http, "salt", claims.directory, reader=lambda f, s: Recording(f, s, picks=picks)
        )
        await feed.poll({}, NOW)
    assert sum(len(tally.ids) for tally in tallies) == count
    hits: Counter[str] = Counter()
    for seed in range(seeds):
        urn = Urn(f"seed-{seed}", most, BEGAN, NOW, "v2.4.0")
        for tally in tallies:
            urn.tally(tally)
        assert len(set(urn.calls)) == most
        hits.update(urn.calls)
    expected = seeds * most / count
    found = sum((hits[f"c{n:05d}"] - expected) ** 2 for n in range(count)) / expected
    # Of a sample without replacement each cell varies by (1 - most / count) of a multinomial's.
    found /= 1 - most / count
    freedom = count - 1
    assert abs(found - freedom) < 4.5 * math.sqrt(2 * freedom)


async def test_another_console_and_the_next_one_show_the_same_sample(claims: Stand) -> None:
    begin(claims)
    claims.log.write_bytes(lines(*calls(5_000)))
    async with claims.room(offline=False, who="reviewer") as room:
        first = await drawn(room)
        texts = dict(room.sampling.texts)
    async with claims.room(offline=False, who="tech lead") as other:
        again = present(other.state)
        assert again is not None
        assert (again.sample, again.queue) == (first.sample, first.queue)
        assert other.sampling.lacking(again.sample) == set(first.sample.calls)
        await other.sampling.find(again.sample)
        assert other.sampling.texts == texts
        with pytest.raises(Refused, match="50 of 50 calls"):
            await other.sampling.draw(50, other.state, other.do)


async def test_a_second_draw_leaves_out_what_was_drawn_and_judged(claims: Stand) -> None:
    begin(claims)
    claims.log.write_bytes(lines(*calls(300)))
    async with claims.room(offline=False, who="reviewer") as room:
        await room.do(c.JudgeSample((e.Judgement("c00007", "right"),)))
        first = await drawn(room, 60)
        await room.do(c.JudgeSample(tuple(e.Judgement(one, "right") for one in first.left)))
        second = await drawn(room, 60)
        assert second.sample.id != first.sample.id
        assert not set(second.sample.calls) & {*first.sample.calls, "c00007"}
        assert second.sample.of == 300 - with_spares(60) - 1


async def test_the_texts_enter_no_file_of_ours(claims: Stand, home: Path) -> None:
    begin(claims)
    claims.log.write_bytes(lines(*calls(400)))
    async with claims.room(offline=False, who="reviewer") as room:
        await room.poll_once()
        await asyncio.to_thread(room.look)
        progress = await drawn(room, 20)
        name = progress.left[0]
        await room.do(c.JudgeSample((e.Judgement(name, "subtle", "it greets twice"),)))
        assert SECRET in room.sampling.texts[name].input
    written = [
        path
        for folder in (claims.directory, home)
        for path in folder.rglob("*")
        if path.is_file() and path != claims.log
    ]
    assert any(path.parent.name == "journal" for path in written)
    assert any("telemetry" in path.parts for path in written)
    for path in written:
        held = path.read_bytes()
        assert SECRET.encode() not in held, path
        assert ANSWER.encode() not in held, path


async def test_a_note_that_quotes_the_call_is_told(claims: Stand) -> None:
    begin(claims)
    long = "My  policy number is 44 and the kitchen\nis under water since noon"
    claims.log.write_bytes(lines(*(record(n, BEGAN + 60, input=long) for n in range(3))))
    async with claims.room(offline=False, who="reviewer") as room:
        name = (await drawn(room, 3)).left[0]
        assert room.sampling.quoted(name, "said: number is 44 and the kitchen is under water")
        assert not room.sampling.quoted(name, "it does not see that the kitchen is meant")
        assert not room.sampling.quoted("unknown", long)


async def test_a_call_that_the_log_no_longer_holds_is_gone(claims: Stand) -> None:
    begin(claims)
    real = calls(200)
    claims.log.write_bytes(lines(*real))
    async with claims.room(offline=False, who="reviewer") as room:
        sample = (await drawn(room, 20)).sample
    claims.log.write_bytes(lines(*(one for one in real if one["id"] != sample.calls[0])))
    async with claims.room(offline=False, who="reviewer") as room:
        await room.sampling.find(sample)
        assert room.sampling.gone == {sample.calls[0]}
        assert not room.sampling.lacking(sample)


async def test_rotated_files_of_the_whole_attempt_are_read(claims: Stand) -> None:
    """Also those older than the 48 hours that a console reads by itself."""
    begin(claims)
    old, new = calls(300, BEGAN, NOW - 3600), calls(100, NOW - 3600, NOW)
    for place, one in enumerate(new):
        one["id"] = f"n{place}"
    packed = claims.log.with_name("calls.jsonl.1.gz")
    packed.write_bytes(gzip.compress(lines(*old)))
    claims.log.write_bytes(lines(*new))
    claims.clock.moment = NOW + 60 * 3600  # type: ignore[attr-defined]  # the stand's clock can be set
    os.utime(packed, (NOW - 3600, NOW - 3600))
    async with claims.room(offline=False, who="reviewer") as room:
        assert (await drawn(room)).sample.of == 400


async def test_a_log_that_begins_after_the_attempt_is_not_all_of_it(claims: Stand) -> None:
    """Its older part was rotated away, but the recorded minutes know of it."""
    begin(claims)
    real = calls(600)
    claims.log.write_bytes(lines(*real))
    async with claims.room(offline=False, who="reviewer") as room:
        room.eyes.record()
        await room.poll_once()
    claims.log.write_bytes(lines(*real[300:]))
    async with claims.room(offline=False, who="reviewer") as room:
        sample = (await drawn(room)).sample
        assert (sample.of, sample.whole) == (300, False)
        assert sample.from_at > BEGAN + 3600


async def test_a_log_in_which_lines_are_broken_is_drawn_from_all_the_same(claims: Stand) -> None:
    begin(claims)
    real = calls(3_000)
    body = lines(*real[:1500]) + b"no json\n\xff\xfe\n" + lines(*real[1500:])
    claims.log.write_bytes(body + b'{"id": "unended')
    async with claims.room(offline=False, who="reviewer") as room:
        sample = (await drawn(room)).sample
        assert sample.of == 3_000
        assert in_order(sample.seed, sample.calls)


async def test_a_log_behind_a_web_server_is_read_by_ranges(tmp_path: Path, server: Server) -> None:
    real = calls(20_000)
    server.answers["/log"] = Log(lines(*real))
    feeds = {"calls": {"kind": "jsonl-http", "url": f"{server.url}/log"}}
    standing = begin(stand(tmp_path / "far", feeds=feeds))
    async with standing.room(offline=False, who="reviewer") as room:
        progress = await drawn(room)
        assert progress.sample.of == 20_000
        assert set(room.sampling.texts) == set(progress.sample.calls)
    asked = len(server.seen)
    async with standing.room(who="reviewer") as room:
        with pytest.raises(NotRead, match="was opened offline and does not ask feed calls"):
            await room.sampling.find(progress.sample)
        assert len(server.seen) == asked
    async with standing.room(offline=False, who="reviewer") as room:
        await room.sampling.find(progress.sample)
        assert set(room.sampling.texts) == set(progress.sample.calls)


async def test_an_api_that_answers_in_pages_is_read_through(tmp_path: Path, server: Server) -> None:
    real = calls(450)

    def answer(handler: Handler) -> None:
        start = int(handler.path.partition("cursor=")[2].partition("&")[0] or 0)
        more = str(start + 100) if start + 100 < len(real) else None
        body = {"data": real[start : start + 100], "next": more}
        handler.reply(200, json.dumps(body).encode(), Content_Type="application/json")

    server.answers["/api"] = answer
    names = ("id", "at", "version", "variant", "latency_s", "cost", "input", "output")
    feed = {
        "kind": "json-pages", "url": f"{server.url}/api", "by": "cursor", "next_path": "next",
        "since_param": "", "fields": {name: name for name in names},
    }  # fmt: skip
    standing = begin(stand(tmp_path / "paged", feeds={"calls": feed}))
    async with standing.room(offline=False, who="reviewer") as room:
        progress = await drawn(room)
        assert (progress.sample.of, len(progress.queue)) == (450, 50)
        assert all(SECRET in room.sampling.texts[name].input for name in progress.queue)


async def test_what_cannot_be_read_is_said_and_nothing_is_drawn(claims: Stand) -> None:
    begin(claims)
    claims.log.unlink()
    async with claims.room(offline=False, who="reviewer") as room:
        with pytest.raises(NotRead, match="there is no file"):
            await room.sampling.draw(50, room.state, room.do)
        claims.log.touch()
        with pytest.raises(Refused, match="none of this attempt is left in the log"):
            await room.sampling.draw(50, room.state, room.do)
        assert not room.state.samples
        assert room.sampling.reading is None


async def test_without_a_feed_of_single_calls_it_is_said_what_to_do(tmp_path: Path) -> None:
    feed = {"kind": "prometheus", "url": "http://127.0.0.1:9", "preset": "warroom-prometheus"}
    standing = begin(stand(tmp_path / "sums", feeds={"sums": feed}))
    async with standing.room(who="reviewer") as room:
        assert room.sampling.feed is None
        with pytest.raises(NotRead, match="no feed gives single calls: judge by hand"):
            await room.sampling.draw(50, room.state, room.do)


async def test_a_feed_that_keeps_no_log_gives_the_latest_and_says_so(tmp_path: Path) -> None:
    feed = {"kind": "otlp", "listen": "127.0.0.1:0"}
    standing = begin(stand(tmp_path / "told", feeds={"spans": feed}))
    async with standing.room(who="reviewer") as room:
        with pytest.raises(NotRead, match="keeps no log, and this process was told of no call"):
            await room.sampling.draw(20, room.state, room.do)
        recent = room.eyes.each["spans"].recent
        recent.extend(Call(one["id"], NOW - 60, version="v2.4.0") for one in calls(30))
        sample = (await drawn(room, 20)).sample
        assert (sample.of, sample.whole) == (30, False)


async def test_an_attempt_that_ends_while_the_log_is_read_gets_nothing(claims: Stand) -> None:
    begin(claims)
    claims.log.write_bytes(lines(*calls(100)))
    async with claims.room(offline=False, who="reviewer") as room:
        before = room.state
        advance = e.GateDecided("dark-launch.1", "advance", "met", (), "shadow")
        room.record.transact(LEAD, lambda _: [advance])
        with pytest.raises(Refused, match=r"calls of dark-launch\.1, but shadow\.1 runs now"):
            await room.sampling.draw(50, before, room.do)


async def test_a_draw_that_is_left_leaves_nothing(tmp_path: Path, server: Server) -> None:
    asked, go_on = threading.Event(), threading.Event()
    log = Log(lines(*calls(100)))

    def slow(handler: Handler) -> None:
        asked.set()
        go_on.wait(20)
        log(handler)

    server.answers["/log"] = slow
    feed: dict[str, object] = {"kind": "jsonl-http", "url": f"{server.url}/log"}
    standing = begin(stand(tmp_path / "slow", feeds={"calls": feed}))
    async with standing.room(offline=False, who="reviewer") as room:
        task = asyncio.create_task(room.sampling.draw(50, room.state, room.do))
        assert await asyncio.to_thread(asked.wait, 20)
        reading = room.sampling.reading
        assert reading is not None
        assert (reading.what, reading.read) == ("draw", 0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert room.sampling.reading is None
        assert not room.state.samples
        go_on.set()
        assert (await drawn(room)).sample.of == 100
