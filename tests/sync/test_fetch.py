"""Files on request: by hash, verified, and only what the journal names."""

import contextlib
from collections.abc import AsyncIterator
from hashlib import sha256

import msgspec
import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from console.evidence import keep_bytes
from console.sync import names
from console.sync.fetch import NotFetched
from tests.journal.desk import DEPLOYMENT, draft
from tests.sync.broker import Broker
from tests.sync.conftest import Join
from tests.sync.member import Member, until


def named(member: Member, raw: bytes) -> str:
    """Keep a file and name it in the journal."""
    digest = keep_bytes(member.directory, raw)
    member.journal.transact(lambda _: [draft(digest, "evidence.test")])
    return digest


@contextlib.asynccontextmanager
async def both(here: Member, there: Member) -> AsyncIterator[None]:
    async with here.carrying(), there.carrying():
        here.write()
        await until(lambda: there.has(here) and there.is_in("synced"))
        yield


@contextlib.asynccontextmanager
async def liar(broker: Broker, digest: str, data: bytes, size: int) -> AsyncIterator[Client]:
    """Somebody who says that they have the file, and sends `data` whatever is asked."""
    client = await nats.connect(broker.url)

    async def offer(message: Msg) -> None:
        await message.respond(msgspec.json.encode({"writer": "liar-1", "size": size}))

    async def give(message: Msg) -> None:
        await message.respond(data)

    await client.subscribe(names.evidence(DEPLOYMENT, digest), cb=offer)
    await client.subscribe(names.evidence(DEPLOYMENT, digest, "liar-1"), cb=give)
    await client.flush()
    yield client
    await client.close()


@pytest.mark.parametrize("size", [0, 11, 700_000])
async def test_a_file_that_the_journal_names_comes_on_request(
    broker: Broker, join: Join, size: int
) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    raw = bytes(number % 251 for number in range(size))
    digest = named(here, raw)
    async with both(here, there):
        assert not (there.directory / "evidence").exists()
        path = await there.carrier.fetch(digest)
        assert path == there.directory / "evidence" / digest
        assert path.read_bytes() == raw
        assert path.stat().st_mode & 0o777 == 0o600
        assert await there.carrier.fetch(digest) == path
    assert await there.carrier.fetch(digest) == path


async def test_what_no_entry_names_is_neither_asked_for_nor_given(
    broker: Broker, join: Join
) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    secret = keep_bytes(here.directory, b"nobody named this")
    named(here, b"this one is named")
    async with both(here, there):
        with pytest.raises(NotFetched, match="no entry names"):
            await there.carrier.fetch(secret)
        with pytest.raises(NotFetched, match="no entry names"):
            await there.carrier.fetch("../../etc/passwd")
        client = await nats.connect(broker.url)
        for one in (secret, "x", "..", "0" * 64):
            subject = names.evidence(DEPLOYMENT, one, here.writer)
            with contextlib.suppress(nats.errors.Error):
                assert (await client.request(subject, b"0", 2)).data == b""
        await client.close()


async def test_a_file_that_nobody_has_is_said_to_be_missing(broker: Broker, join: Join) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    digest = named(here, b"gone")
    (here.directory / "evidence" / digest).unlink()
    async with both(here, there):
        with pytest.raises(NotFetched, match="no machine that is connected has it"):
            await there.carrier.fetch(digest)
    with pytest.raises(NotFetched, match="no machine that is connected has it"):
        await there.carrier.fetch(digest)


@pytest.mark.parametrize(("data", "size"), [(b"evil", 4), (b"", 4), (b"evil" * 9000, 40)])
async def test_a_file_that_is_another_is_never_put_in_place(
    broker: Broker, join: Join, data: bytes, size: int
) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    digest = sha256(b"good").hexdigest()
    here.journal.transact(lambda _: [draft(digest, "evidence.test")])
    async with both(here, there), liar(broker, digest, data, size):
        with pytest.raises(NotFetched, match="another file"):
            await there.carrier.fetch(digest)
        assert not (there.directory / "evidence" / digest).exists()
        keep_bytes(here.directory, b"good")
        assert (await there.carrier.fetch(digest)).read_bytes() == b"good"


async def test_a_file_beyond_all_bounds_is_not_taken(broker: Broker, join: Join) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    digest = sha256(b"good").hexdigest()
    here.journal.transact(lambda _: [draft(digest, "evidence.test")])
    async with both(here, there), liar(broker, digest, b"x" * 1000, 1 << 40):
        with pytest.raises(NotFetched, match="no machine"):
            await there.carrier.fetch(digest)


def test_names_that_hold_dots_are_never_two_tokens() -> None:
    assert names.journal("a.b", "c.d") == "warroom.a=b.journal.c=d"
    assert names.last_of(names.journal("a.b", "c.d")) == "c.d"
    assert names.stream("0f3a9c5e") == "WARROOM-0f3a9c5e"
    assert len({names.stream(one) for one in ("a.b", "a_b", "a.b.", "a-b")}) == 4
