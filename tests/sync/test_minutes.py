"""Recorded minutes on request: by hash, checked, apart by writer, and never in the own readings."""

import contextlib
import hashlib
from collections.abc import AsyncIterator

import msgspec
import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from console.domain.minutes import Minute
from console.sync import minutes, names
from console.sync.fetch import NotFetched
from console.telemetry import Recorder, load
from console.telemetry.sheet import sheet_of
from console.telemetry.store import path_of
from tests.journal.desk import DEPLOYMENT
from tests.sync.broker import Broker
from tests.sync.conftest import Join
from tests.sync.member import Member, until

BEGIN = 1_000_000


def record(member: Member, feed: str = "calls", count: int = 3, calls: int = 7) -> bytes:
    """Record minutes of a feed; the sheet that others are to get."""
    recorder = Recorder(member.directory, feed)
    told = {BEGIN + number: Minute(calls=calls) for number in range(count)}
    recorder.series.add(told)
    recorder.flush(told, {"next": "t"}, (BEGIN + count) * 60.0)
    recorder.close()
    return sheet_of(member.directory, feed)


@contextlib.asynccontextmanager
async def both(here: Member, there: Member) -> AsyncIterator[None]:
    async with here.carrying(), there.carrying():
        here.write()
        there.write()
        await until(lambda: there.has(here) and here.has(there) and there.is_in("synced"))
        yield


@contextlib.asynccontextmanager
async def liar(
    broker: Broker, writer: str, data: bytes, sha256: str = "", size: int = -1, feed: str = "calls"
) -> AsyncIterator[Client]:
    """Somebody who answers as `writer`, and sends `data` whatever is asked."""
    client = await nats.connect(broker.url)
    told = {
        "sha256": sha256 or hashlib.sha256(data).hexdigest(),
        "size": len(data) if size < 0 else size,
    }

    async def tell(message: Msg) -> None:
        answer = {"writer": writer, "feeds": {feed: told}}
        await message.respond(msgspec.json.encode(answer))

    async def give(message: Msg) -> None:
        place = int(message.data)
        await message.respond(data[place : place + 2000])

    await client.subscribe(names.telemetry(DEPLOYMENT, minutes.LIST), cb=tell)
    await client.subscribe(names.telemetry(DEPLOYMENT, "*", writer), cb=give)
    await client.flush()
    yield client
    await client.close()


@pytest.mark.parametrize("count", [1, 40_000])
async def test_what_another_recorded_comes_whole_and_lies_apart(
    broker: Broker, join: Join, count: int
) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    sheet = record(here, count=count)
    own = record(there, count=2, calls=1)
    async with both(here, there):
        (came,) = await there.carrier.fetch_minutes()
        assert (came.writer, came.feed, came.why) == (here.writer, "calls", "")
        assert came.sha256 == hashlib.sha256(sheet).hexdigest()
        assert (came.stretch.count, came.stretch.first) == (count, BEGIN)
        assert came.place == path_of(there.directory, "calls", here.writer)
        assert came.place.read_bytes() == sheet
    assert sheet_of(there.directory, "calls") == own
    assert load(there.directory, "calls").series.minutes[BEGIN].calls == 1


async def test_a_process_that_does_not_carry_gets_it_too(broker: Broker, join: Join) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    record(here)
    async with both(here, there):
        beside = there.new_carrier()
        (came,) = await beside.fetch_minutes()
        assert (came.writer, came.why) == (here.writer, "")


async def test_nobody_tells_of_any(broker: Broker, join: Join) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    async with there.carrying():
        await until(lambda: there.is_in("synced"))
        with pytest.raises(NotFetched, match="no other machine"):
            await there.carrier.fetch_minutes()
    async with both(here, there):
        assert await there.carrier.fetch_minutes() == []


async def test_each_of_many_is_kept_under_its_own_name_and_asked_anew(
    broker: Broker, join: Join
) -> None:
    members = [join(name, broker.sync) for name in ("a", "b", "c")]
    for number, member in enumerate(members):
        record(member, calls=number + 1)
        record(member, feed="costs", calls=number + 10)
        member.write()
    async with contextlib.AsyncExitStack() as stack:
        for member in members:
            await stack.enter_async_context(member.carrying())
        first = members[0]
        await until(lambda: all(first.has(other) for other in members) and first.is_in("synced"))
        came = await first.carrier.fetch_minutes()
        assert [(one.writer, one.feed, one.why) for one in came] == sorted(
            (other.writer, feed, "") for other in members[1:] for feed in ("calls", "costs")
        )
        again = await first.carrier.fetch_minutes()
        assert again == came
    for number, member in enumerate(members[1:], 1):
        held = sheet_of(member.directory, "calls")
        assert path_of(first.directory, "calls", member.writer).read_bytes() == held
        assert b'"calls":%d' % (number + 1) in held


@pytest.mark.parametrize(
    ("data", "told", "why"),
    [
        (b"evil" * 900, {"sha256": "0" * 64}, "another hash than it told"),
        (b"evil" * 900, {}, "refused: it is not what a recorder writes"),
        (b"", {"sha256": "0" * 64, "size": 4000}, "another hash than it told"),
        (b"evil" * 900, {"size": 1 << 40}, "larger than 64 MiB"),
        (b"evil" * 900, {"feed": "../../../journal/x"}, "no feed's name"),
    ],
)
async def test_what_is_no_sheet_or_another_is_never_kept(
    broker: Broker, join: Join, data: bytes, told: dict[str, str | int], why: str
) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    async with both(here, there):
        pass
    async with (
        there.carrying(),
        liar(broker, here.writer, data, **told),  # type: ignore[arg-type]  # as the signature says
    ):
        await until(lambda: there.is_in("synced"))
        (came,) = await there.carrier.fetch_minutes()
        assert why in came.why
    assert not list(there.directory.glob("telemetry/others/*/*"))
    assert not list(there.directory.glob("journal/x*"))


async def test_two_that_answer_in_one_name_are_both_left_alone(broker: Broker, join: Join) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    record(here)
    other = join("other", broker.sync)
    async with both(here, there), liar(broker, here.writer, record(other, calls=9)):
        (came,) = await there.carrier.fetch_minutes()
        assert (came.writer, came.why) == (here.writer, "two answer in its name: nothing is taken")
    assert not (there.directory / "telemetry" / "others").exists()


async def test_nothing_is_taken_of_writers_unknown_or_of_oneself(
    broker: Broker, join: Join
) -> None:
    here, there, other = (join(name, broker.sync) for name in ("here", "there", "other"))
    sheet = record(other)
    async with both(here, there):
        for name in ("never-heard-of", "../../x", there.writer):
            async with liar(broker, name, sheet) if name != "../../x" else contextlib.nullcontext():
                assert await there.carrier.fetch_minutes() == []
    assert not list(there.directory.glob("telemetry/**/*.jsonl"))


async def test_what_is_asked_for_by_another_hash_or_place_is_not_given(
    broker: Broker, join: Join
) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    sheet = record(here)
    digest = hashlib.sha256(sheet).hexdigest()
    async with both(here, there):
        client = await nats.connect(broker.url)
        subject = names.telemetry(DEPLOYMENT, digest, here.writer)
        assert (await client.request(subject, b"0", 5)).data == b""  # nobody was told of it yet
        await there.carrier.fetch_minutes()
        assert (await client.request(subject, b"0", 5)).data == sheet
        for place in (b"x", b"-1", b"9" * 13, b"", b"999999"):
            assert (await client.request(subject, place, 5)).data == b""
        other = names.telemetry(DEPLOYMENT, "calls", here.writer)
        assert (await client.request(other, b"0", 5)).data == b""
        await client.close()
