"""One watcher of all machines: the lease is held by one, renewed, let go of and taken over."""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import nats
import pytest

from config.sync import Sync
from console.clock import SystemClock
from console.sync import lease as module
from console.sync import names
from console.sync.lease import Lease
from tests.journal.desk import DEPLOYMENT
from tests.sync.broker import Broker
from tests.sync.member import until
from tests.sync.proxy import Cable


@pytest.fixture
def lease(tmp_path: Path) -> Callable[..., Lease]:
    def made(writer: str, sync: Sync, ident: str = "1") -> Lease:
        return Lease(sync, tmp_path, DEPLOYMENT, writer, ident, SystemClock())

    return made


Made = Callable[..., Lease]


@contextlib.asynccontextmanager
async def running(lease: Lease) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(lease.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_one_holds_it_and_all_know_who(broker: Broker, lease: Made) -> None:
    here, there = lease("here", broker.sync), lease("there", broker.sync)
    assert not here.held
    async with running(here):
        await until(lambda: here.held)
        async with running(there):
            await until(lambda: there.holder == "here")
            assert not there.held
            assert here.holder == "here"


async def test_who_ends_lets_go_and_the_next_takes_it_at_once(broker: Broker, lease: Made) -> None:
    here, there = lease("here", broker.sync), lease("there", broker.sync)
    async with running(there):
        async with running(here):
            await until(lambda: here.held or there.held)
            first, second = (here, there) if here.held else (there, here)
            await until(lambda: second.holder == first.holder)
        began = time.monotonic()
        await until(lambda: there.held)
        assert time.monotonic() - began < 5
        assert not here.held


async def test_a_machine_takes_over_from_its_own_dead_watcher_at_once(
    broker: Broker, lease: Made
) -> None:
    here, again = lease("here", broker.sync), lease("here", broker.sync, "2")
    async with running(here) as task:
        await until(lambda: here.held)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        client = await nats.connect(broker.url)
        keys = await client.jetstream().key_value(names.stream(DEPLOYMENT))
        await keys.put("watcher", b'{"writer":"here","id":"1","since":1.0}')
        await client.close()
        async with running(again):
            await until(lambda: again.held, patience=5)


async def test_the_dead_are_succeeded_and_never_are_there_two(broker: Broker, lease: Made) -> None:
    """The cable of the holder is pulled: it stops believing before anybody else may begin."""
    cable = Cable()
    async with cable.to(broker.port):
        here = lease("here", Sync(nats=(f"nats://127.0.0.1:{cable.port}",)))
        there = lease("there", broker.sync)
        async with running(here):
            await until(lambda: here.held)
            async with running(there):
                await until(lambda: there.holder == "here")
                cable.pull()
                began = time.monotonic()
                await until(lambda: not here.held)
                assert not there.held
                await until(lambda: there.held)
                assert time.monotonic() - began < 30
                assert not here.held
                cable.plug()
                await until(lambda: here.connected and here.holder == "there")
                assert not here.held
                assert there.held


async def test_a_broker_that_stands_still_leaves_nobody_believing(
    broker: Broker, lease: Made
) -> None:
    here = lease("here", broker.sync)
    async with running(here):
        await until(lambda: here.held)
        broker.send(signal.SIGSTOP)
        await until(lambda: not here.held)
        broker.send(signal.SIGCONT)
        await until(lambda: here.held)


async def test_a_restart_of_the_broker_interrupts_nothing(broker: Broker, lease: Made) -> None:
    here = lease("here", broker.sync)
    async with running(here):
        await until(lambda: here.held)
        before = here._until
        broker.kill()
        await until(lambda: not here.connected)
        assert here.held
        await until(lambda: "refuses the connection" in here.why)
        broker.start()
        await until(lambda: here._until > before)
        assert here.held


@pytest.mark.parametrize("value", [b"", b"nonsense", b'{"writer":"../x"}', b"\xff"])
async def test_what_is_no_holder_holds_nothing(broker: Broker, lease: Made, value: bytes) -> None:
    client = await nats.connect(broker.url)
    keys = await client.jetstream().create_key_value(bucket=names.stream(DEPLOYMENT))
    await keys.put("watcher", value)
    await client.close()
    here = lease("here", broker.sync)
    async with running(here):
        await until(lambda: here.held, patience=5)


def test_who_holds_it_gives_up_before_anybody_may_take_it() -> None:
    assert module.BELIEVED_S < module.DEAD_S
    assert module.RENEW_S + module.ASK_S < module.BELIEVED_S
