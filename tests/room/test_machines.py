"""Rooms on several machines, with a real broker or folder between them."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from config.load import load
from console.clock import SystemClock
from console.domain.commands import WriteNote
from console.room import WarRoom, machines
from console.room.doctor import examine
from console.sync import names
from tests.ports import free_port
from tests.room.stand import Stand, eventually, stand
from tests.sync.broker import Broker

PEOPLE = ("agent lead", "tech lead")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    started = Broker(tmp_path / "broker").start()
    try:
        yield started
    finally:
        started.kill()


def placed(place: Path, sync: str) -> list[Stand]:
    """Two machines' copies of a deployment that meets others by `sync`."""
    first = stand(place / "office", clock=SystemClock())
    toml = first.directory / "warroom.toml"
    toml.write_text(toml.read_text().replace("#[sync]", f"[sync]\n{sync}\n", 1))
    shutil.copytree(first.directory, place / "train")
    return [first, Stand(place / "train", SystemClock())]


@contextlib.asynccontextmanager
async def living(standing: Stand, who: str) -> AsyncIterator[WarRoom]:
    room = standing.open(who=who, offline=False)
    running = asyncio.create_task(room.run())
    try:
        yield room
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def heard(room: WarRoom, text: str) -> bool:
    return any(text in bytes(one.data).decode() for one in room.record.entries)


async def test_rooms_meet_by_a_broker_and_one_of_them_watches(
    tmp_path: Path, broker: Broker
) -> None:
    office, train = placed(tmp_path, f'nats = "{broker.url}"')
    async with living(office, PEOPLE[0]) as one:
        await eventually(lambda: one.recording == "here")
        async with living(train, PEOPLE[1]) as other:
            await one.do(WriteNote("from the office"))
            await eventually(lambda: heard(other, "from the office"))
            await other.do(WriteNote("from the train"))
            await eventually(lambda: heard(one, "from the train"))
            await eventually(lambda: [p.name for p in one.company.others] == [PEOPLE[1]])
            await eventually(lambda: (one.recording, other.recording) == ("here", "elsewhere"))
            assert one.machines.status.state == "synced"
            assert one.machines.alone_since(one.clock.now()) is None
    async with living(train, PEOPLE[1]) as other:
        await eventually(lambda: other.recording == "here")


async def test_a_room_watches_only_once_it_has_asked_who_does(
    tmp_path: Path, broker: Broker
) -> None:
    office, _ = placed(tmp_path, f'nats = "{broker.url}"')
    room = office.open(who=PEOPLE[0], offline=False)
    await asyncio.to_thread(room.look)
    assert room.recording == "elsewhere"
    await room.close()


async def test_a_room_that_is_cut_off_says_so_and_watches_for_itself(
    tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machines, "CUT_OFF_S", 2.5)  # more than two turns of the room
    office, train = placed(tmp_path, f'nats = "{broker.url}"')
    async with living(office, PEOPLE[0]) as one, living(train, PEOPLE[1]) as other:
        await eventually(
            lambda: {each.machines.status.state for each in (one, other)} == {"synced"}
        )
        await eventually(lambda: {one.recording, other.recording} == {"here", "elsewhere"})
        broker.kill()
        await eventually(lambda: other.machines.status.state == "alone")
        assert other.facts().alone_since == other.machines.status.since
        await eventually(lambda: "refuses the connection" in other.machines.status.why)
        await one.do(WriteNote("nobody waits"))
        await eventually(lambda: (one.recording, other.recording) == ("here", "here"))
        broker.start()
        await eventually(lambda: heard(other, "nobody waits"))
        await eventually(lambda: {one.recording, other.recording} == {"here", "elsewhere"})


async def test_rooms_meet_by_a_folder(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    office, train = placed(tmp_path, f'dir = "{shared}"')
    async with living(office, PEOPLE[0]) as one, living(train, PEOPLE[1]) as other:
        await one.do(WriteNote("by the folder"))
        await eventually(lambda: heard(other, "by the folder"))
        await eventually(lambda: other.machines.status.state == "synced")
        await eventually(lambda: any(peer.heard_at for peer in other.machines.status.peers))
        (peer,) = other.machines.status.peers
        assert peer.writer == one.record.journal.writer
        shared.rename(tmp_path / "away")
        await eventually(lambda: other.machines.status.state == "alone")
        assert "is it mounted" in other.machines.status.why


async def test_check_says_what_can_be_reached(tmp_path: Path, broker: Broker) -> None:
    nobody = f"nats://127.0.0.1:{free_port()}"
    standing, _ = placed(tmp_path, f'nats = ["{broker.url}", "{nobody}"]\ndir = "{tmp_path}/none"')
    found = [one for one in (await examine(standing.directory)).findings if one.area == "sync"]
    assert [one.verdict for one in found] == ["ok", "warn", "fail"]
    assert "with JetStream" in found[0].detail
    assert "refuses the connection; another of the cluster answers" in found[1].detail
    assert "none is not there" in found[2].detail


async def test_where_no_watcher_can_be_agreed_on_each_watches_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machines, "CUT_OFF_S", 2.5)  # more than two turns of the room
    server = Broker(tmp_path / "broker")
    standing, _ = placed(tmp_path, f'nats = "{server.url}"')
    bucket = f"KV_{names.stream(load(standing.directory).deployment.deployment)}"
    denied = ", ".join(f'"$JS.API.STREAM.{what}.{bucket}"' for what in ("INFO", "CREATE"))
    user = f"user: u, password: p, permissions: {{ publish: {{ deny: [{denied}] }} }}"
    server.extra = f"no_auth_user: u\nauthorization {{ users: [ {{ {user} }} ] }}"
    server.start()
    try:
        async with living(standing, PEOPLE[0]) as room:
            await eventually(lambda: room.recording == "here")
            await eventually(lambda: "no watcher can be agreed on" in " ".join(room.troubles))
            assert room.machines.status.state == "synced"
    finally:
        server.kill()


async def test_a_machine_that_cannot_write_leaves_the_watch_to_another(
    tmp_path: Path, broker: Broker
) -> None:
    office, train = placed(tmp_path, f'nats = "{broker.url}"')
    async with living(office, PEOPLE[0]) as one:
        await one.do(WriteNote("all is well"))
        await eventually(lambda: one.recording == "here")
        async with living(train, PEOPLE[1]) as other:
            await eventually(lambda: bool(one.machines.status.present))
            (own,) = (office.directory / "journal").glob(f"{one.record.journal.writer}.jsonl")
            own.write_bytes(b"broken\n" + own.read_bytes())
            await eventually(lambda: other.recording == "here", 40.0)
            assert one.recording == "elsewhere"
