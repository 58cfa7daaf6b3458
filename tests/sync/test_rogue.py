"""Whoever may write to the broker may lie there: each lie is refused by name, the rest goes on."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import nats
from nats.js.client import JetStreamContext

from console.journal.verify import verify
from console.sync import names
from tests.journal.desk import DEPLOYMENT, write_lines
from tests.sync.broker import Broker
from tests.sync.conftest import Join
from tests.sync.member import Member, until
from tests.sync.test_carrier import settled
from tests.sync.test_intake import resealed


@contextlib.asynccontextmanager
async def rogue(broker: Broker) -> AsyncIterator[JetStreamContext]:
    client = await nats.connect(broker.url)
    yield client.jetstream()
    await client.close()


def line(member: Member, number: int) -> bytes:
    return member.lines().splitlines(keepends=True)[number - 1]


def subject(writer: str) -> str:
    return names.journal(DEPLOYMENT, writer)


async def test_each_lie_is_refused_by_name_and_the_rest_goes_on(
    broker: Broker, join: Join, tmp_path: Path
) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.write(5)
    there.write(2)
    async with here.carrying(), there.carrying(), rogue(broker) as js:
        await until(lambda: settled(here, there))
        forged = line(here, 6).replace(b'"text":"note 4"', b'"text":"note 9"')
        assert forged != line(here, 6)
        await js.publish(subject(here.writer), forged)
        await js.publish(subject(here.writer), b"\xff\x00 nothing at all")
        await js.publish(subject(here.writer), b"")
        write_lines(tmp_path / "x" / f"{here.writer}.jsonl", [7], "ffffffff")
        await js.publish(
            subject(here.writer), (tmp_path / "x" / f"{here.writer}.jsonl").read_bytes()
        )
        await js.publish(subject("evil-1"), line(here, 1))
        await js.publish(subject("..").replace("==", "a%b"), line(here, 1))
        other = resealed(here.lines(), b'"text":"note 2"', b'"text":"note 9"')
        await js.publish(subject(here.writer), other.splitlines(keepends=True)[3])
        await js.publish(subject(here.writer), line(here, 2))
        await until(lambda: ("replayed", here.writer, 2) in there.refused)
        await until(lambda: ("replayed", here.writer, 2) in here.refused)
        whys = {why for why, _, _ in there.refused}
        assert whys == {"forged", "foreign", "misnamed", "forked", "replayed"}
        assert ("forked", here.writer, 4) in there.refused
        here.write(3)
        await until(lambda: settled(here, there))
        fresh = join("fresh", broker.sync)
        async with fresh.carrying():
            await until(lambda: fresh.has(here) and fresh.has(there))
        assert here.carrier.status.why == ""
    for one in (here, there, fresh):
        assert verify(one.directory).ok
        names_there = sorted(file.name for file in (one.directory / "journal").glob("*.jsonl"))
        assert not any("evil" in name for name in names_there)


async def test_refusals_outlive_who_refused(broker: Broker, join: Join) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.write(3)
    async with here.carrying(), there.carrying(), rogue(broker) as js:
        await until(lambda: settled(here, there))
        await js.publish(subject(here.writer), line(here, 2))
        await until(lambda: ("replayed", here.writer, 2) in there.refused)
    async with there.carrying():
        await until(lambda: ("replayed", here.writer, 2) in there.refused)


async def test_a_fork_of_the_own_chain_stops_publishing_and_nothing_else(
    broker: Broker, join: Join
) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.write(3)
    async with here.carrying(), there.carrying():
        await until(lambda: settled(here, there))
    here.write(2)
    stolen = line(here, 5)[:-73].replace(b'"text":"note 0"', b'"text":"advance"')
    sealed = resealed_one(stolen)
    async with rogue(broker) as js:
        await js.publish(subject(here.writer), sealed)
    async with here.carrying(), there.carrying():
        await until(lambda: ("forked", here.writer, 5) in here.refused)
        await until(lambda: "not published: forked" in here.carrier.status.why)
        there.write(4)
        await until(lambda: here.has(there))
        await until(lambda: here.is_in("catching-up"))
        assert here.carrier.status.waiting == 2
    assert there.lines(here.writer).endswith(sealed)


async def test_an_entry_that_the_own_account_never_wrote_is_told(
    broker: Broker, join: Join
) -> None:
    here = join("here", broker.sync)
    here.write(3)
    async with here.carrying(), rogue(broker) as js:
        await until(lambda: here.is_in("synced"))
        body = (
            line(here, 4)[:-73]
            .replace(b'"text":"note 2"', b'"text":"advance"')
            .replace(b'"seq":4', b'"seq":5')
            .replace(b'"clock":4', b'"clock":5')
        )
        start = body.index(b'"prev":"') + 8
        body = body[:start] + line(here, 4)[-67:-3] + body[start + 64 :]
        await js.publish(subject(here.writer), resealed_one(body))
        await until(lambda: ("own", here.writer, 5) in here.refused)
    assert verify(here.directory).ok


def resealed_one(body: bytes) -> bytes:
    """A line of `body`, sealed as it stands."""
    h = hashlib.sha256(b"warroom/1\n" + body).hexdigest()
    return body + f',"h":"{h}"}}\n'.encode()


async def test_ids_that_somebody_used_up_do_not_keep_lines_away(broker: Broker, join: Join) -> None:
    """The broker thinks that it knows what it was sent under another name."""
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.write(3)
    async with here.carrying():
        await until(lambda: here.is_in("synced"))
    entries = here.write(3)
    async with rogue(broker) as js:
        for entry in entries:
            headers = {"Nats-Msg-Id": entry.h}
            await js.publish(subject("evil-1"), b"nothing", headers=headers)
    async with here.carrying(), there.carrying():
        await until(lambda: settled(here, there))


async def test_a_hole_that_somebody_made_is_filled(broker: Broker, join: Join) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.write(3)
    async with here.carrying():
        await until(lambda: here.is_in("synced"))
    here.write(6)
    async with rogue(broker) as js:
        await js.publish(subject(here.writer), line(here, 8))
    async with here.carrying(), there.carrying():
        await until(lambda: settled(here, there))


async def test_a_line_that_is_too_large_for_the_broker_is_told(tmp_path: Path, join: Join) -> None:
    small = Broker(tmp_path / "small", extra="max_payload: 4096").start()
    try:
        here, there = join("here", small.sync), join("there", small.sync)
        here.write(3)
        there.write(3)
        here.write(1, "x" * 5000)
        here.write(1)
        async with here.carrying(), there.carrying():
            await until(lambda: "raise its max_payload" in here.carrier.status.why)
            await until(lambda: here.has(there))
            await until(lambda: len(there.lines(here.writer).splitlines()) == 4)
            await until(lambda: here.is_in("catching-up"))
    finally:
        await asyncio.to_thread(small.kill)
