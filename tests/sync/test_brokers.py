"""Other brokers than the newest single one: a cluster, an old one, and a process that is killed."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nats
import pytest
from nats.js import api

from config.sync import Sync
from console.sync import names
from tests.journal.desk import DEPLOYMENT
from tests.ports import free_port
from tests.sync.broker import Broker
from tests.sync.conftest import Join
from tests.sync.member import Member, until
from tests.sync.test_carrier import settled

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[list[Broker]]:
    """Three servers that keep everything three times."""
    routes = [f"nats://127.0.0.1:{free_port()}" for _ in range(3)]
    servers = [
        Broker(
            tmp_path / f"node-{number}",
            f"server_name: node-{number}\n"
            f"cluster {{ name: room, listen: {route.removeprefix('nats://')}, "
            f"routes: [{', '.join(routes)}] }}",
        )
        for number, route in enumerate(routes)
    ]
    yield [server.start() for server in servers]
    for server in servers:
        server.kill()


async def test_a_cluster_goes_on_when_one_of_three_dies(cluster: list[Broker], join: Join) -> None:
    sync = Sync(nats=tuple(server.url for server in cluster), replicas=3)
    here, there = join("here", sync), join("there", sync)
    here.write(20)
    async with here.carrying(), there.carrying():
        await until(lambda: settled(here, there))
        client = await nats.connect([server.url for server in cluster])
        info = await client.jetstream().stream_info(names.stream(DEPLOYMENT))
        await client.close()
        assert info.config.num_replicas == 3
        for server in cluster[:2]:
            server.kill()
            here.write(5)
            there.write(5)
            await until(lambda: settled(here, there))
            server.start()
        fresh = join("fresh", sync)
        async with fresh.carrying():
            await until(lambda: fresh.has(here) and fresh.has(there))
    assert here.refused == there.refused == []


async def test_a_broker_that_takes_one_line_at_a_time(broker: Broker, join: Join) -> None:
    client = await nats.connect(broker.url)
    config = api.StreamConfig(
        name=names.stream(DEPLOYMENT),
        subjects=[names.journal(DEPLOYMENT)],
        storage=api.StorageType.FILE,
    )
    await client.jetstream().add_stream(config)
    await client.close()
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.write(200)
    async with here.carrying(), there.carrying():
        await until(lambda: settled(here, there))
        here.write(3)
        await until(lambda: settled(here, there))


async def test_a_stream_of_something_else_is_left_alone(broker: Broker, join: Join) -> None:
    client = await nats.connect(broker.url)
    config = api.StreamConfig(name=names.stream(DEPLOYMENT), subjects=["other.>"])
    await client.jetstream().add_stream(config)
    await client.close()
    here = join("here", broker.sync)
    async with here.carrying():
        await until(lambda: "is of something else" in here.carrier.status.why)
        assert here.is_in("alone")


def _process(member: Member, broker: Broker) -> "subprocess.Popen[bytes]":
    argv = [sys.executable, "-m", "tests.sync.process"]
    argv += [str(member.directory), member.writer, broker.url]
    return subprocess.Popen(argv, cwd=REPOSITORY)


async def test_when_the_process_that_carries_is_killed_another_does(
    broker: Broker, join: Join
) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.write(5)
    first = _process(here, broker)
    try:
        async with there.carrying():
            await until(lambda: there.has(here))
            async with here.carrying():
                await until(lambda: here.is_in("synced") and not here.carrier.status.here)
                here.write(900)
                first.kill()
                first.wait()
                await until(lambda: here.carrier.status.here)
                await until(lambda: settled(here, there))
    finally:
        with contextlib.suppress(ProcessLookupError):
            first.kill()
        first.wait()
    assert here.refused == there.refused == []


async def test_a_cluster_without_a_majority_is_named_whatever_the_others_say(
    cluster: list[Broker], join: Join
) -> None:
    sync = Sync(nats=tuple(server.url for server in cluster), replicas=3)
    here, there = join("here", sync), join("there", sync)
    here.write(3)
    async with here.carrying(), there.carrying():
        await until(lambda: settled(here, there))
        for server in cluster[:2]:
            server.kill()
        words = "is up, but its cluster room has no majority now"
        await until(lambda: words in here.carrier.status.why, patience=60.0)
        assert here.is_in("alone")
        here.write(2)
        for server in cluster[:2]:
            server.start()
        await until(lambda: settled(here, there), patience=60.0)
        assert here.carrier.status.why == ""
