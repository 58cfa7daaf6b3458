"""Journals meet over a real broker: both ways, byte for byte, whatever happens to the broker."""

import asyncio
import signal

import nats
import pytest
from nats.js.errors import APIError

from console.journal.verify import verify
from console.lock import FileLock
from console.sync import names
from tests.journal.desk import DEPLOYMENT
from tests.sync.broker import Broker
from tests.sync.conftest import Join
from tests.sync.member import Member, until


def settled(*members: Member) -> bool:
    """Whether each says that all is in step, and holds what the others wrote."""
    return all(one.is_in("synced") and all(one.has(other) for other in members) for one in members)


async def test_lines_go_both_ways_byte_for_byte(broker: Broker, join: Join) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.write(3)
    async with here.carrying(), there.carrying():
        await until(lambda: there.has(here))
        there.write(700)
        there.carrier.wake()
        await until(lambda: settled(here, there))
        here.write()
        await until(lambda: settled(here, there))
        await until(lambda: here.carrier.status.waiting == here.carrier.status.missing == 0)
    assert here.refused == there.refused == []
    assert verify(here.directory).ok
    assert here.changes


async def test_an_entry_is_one_message_behind_the_one_before(broker: Broker, join: Join) -> None:
    here = join("here", broker.sync)
    entries = here.write(5)  # and the one that opens the journal
    async with here.carrying():
        await until(lambda: here.is_in("synced"))
        client = await nats.connect(broker.url)
        js = client.jetstream()
        name, subject = names.stream(DEPLOYMENT), names.journal(DEPLOYMENT, here.writer)
        messages = [await js.get_msg(name, seq) for seq in range(1, 7)]
        info = await js.stream_info(name)
        with pytest.raises(APIError):
            await js.delete_msg(name, 1)
        await client.close()
    assert b"".join(message.data or b"" for message in messages) == here.lines()
    assert {message.subject for message in messages} == {subject}
    ids = [(message.headers or {})["Nats-Msg-Id"] for message in messages]
    assert ids == [entry.h for entry in entries]
    assert info.state.messages == 6
    assert info.config.storage == "file"
    assert info.config.deny_delete
    assert info.config.deny_purge


async def test_a_torn_append_travels_with_what_recovered_it(broker: Broker, join: Join) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.write(2)
    async with here.carrying(), there.carrying():
        await until(lambda: there.has(here))
        file = here.directory / "journal" / f"{here.writer}.jsonl"
        with file.open("ab") as stream:
            stream.write(b'{"actor":{"name":"agent le')
        here.write(2)
        assert b'agent le\n{"actor"' in here.lines()
        await until(lambda: settled(here, there))
    assert verify(there.directory).ok
    assert there.refused == []


async def test_a_broker_that_comes_late_is_waited_for(broker: Broker, join: Join) -> None:
    broker.kill()
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.write(2)
    async with here.carrying(), there.carrying():
        await until(lambda: "refuses the connection" in here.carrier.status.why)
        assert here.is_in("alone")
        assert here.carrier.status.waiting == 3
        broker.start()
        await until(lambda: settled(here, there))
        assert here.carrier.status.why == ""


async def test_a_broker_that_falls_silent_is_said_so(broker: Broker, join: Join) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.write(2)
    async with here.carrying(), there.carrying():
        await until(lambda: settled(here, there))
        broker.send(signal.SIGSTOP)
        here.write(2)
        await until(lambda: here.is_in("alone"))
        assert "does not answer" in here.carrier.status.why
        assert here.carrier.status.waiting == 2
        broker.send(signal.SIGCONT)
        await until(lambda: settled(here, there))


async def test_nothing_is_lost_or_doubled_when_the_broker_is_killed(
    broker: Broker, join: Join
) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.write(1)
    async with here.carrying(), there.carrying():
        await until(lambda: settled(here, there))
        for turn in range(3):
            here.write(1500)
            there.write(40)
            here.carrier.wake()
            held = len(there.lines(here.writer))
            await until(lambda held=held: len(there.lines(here.writer)) > held)  # type: ignore[misc]  # a lambda with a default
            broker.kill()
            here.write(turn + 1)
            broker.start()
        await until(lambda: settled(here, there))
    assert here.refused == there.refused == []
    assert verify(there.directory).ok


async def test_a_broker_that_lost_everything_gets_it_from_the_members(
    broker: Broker, join: Join
) -> None:
    here, there, third = (join(name, broker.sync) for name in ("here", "there", "third"))
    third.write(4)
    async with here.carrying(), there.carrying():
        async with third.carrying():
            here.write(20)
            there.write(30)
            await until(lambda: settled(here, there, third))
        broker.kill()
        broker.wipe()
        here.write(2)
        broker.start()
        await until(lambda: settled(here, there))
    fresh = join("fresh", broker.sync)
    async with here.carrying(), fresh.carrying():
        await until(lambda: fresh.has(here) and fresh.has(there) and fresh.has(third))
    assert here.refused == there.refused == fresh.refused == []


async def test_where_it_was_left_is_where_it_goes_on(broker: Broker, join: Join) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.write(50)
    async with here.carrying(), there.carrying():
        await until(lambda: settled(here, there))
    here.write(3)
    there.write(3)
    async with here.carrying(), there.carrying():
        await until(lambda: settled(here, there))
    assert here.refused == there.refused == []


async def test_a_copy_that_was_lost_is_fetched_again(broker: Broker, join: Join) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.write(50)
    async with here.carrying():
        async with there.carrying():
            await until(lambda: settled(here, there))
        (there.directory / "journal" / f"{here.writer}.jsonl").unlink()
        async with there.carrying():
            await until(lambda: settled(here, there))
            (there.directory / "journal" / f"{here.writer}.jsonl").unlink()
            here.write()
            await until(lambda: settled(here, there))
    assert there.refused == []


async def test_one_process_of_a_machine_carries_and_another_takes_over(
    broker: Broker, join: Join
) -> None:
    here, there = join("here", broker.sync), join("there", broker.sync)
    here.write(2)
    second = here.new_carrier()
    async with there.carrying(), here.carrying():
        await until(lambda: settled(here, there))
        standby = asyncio.create_task(second.run(lambda: None))
        await until(lambda: second.status.state == "synced")
        assert not second.status.here
        assert here.carrier.status.here
        await until(lambda: [peer.writer for peer in second.status.peers] == [there.writer])
    async with there.carrying():
        here.write(2)
        await until(lambda: there.has(here))
        await until(lambda: second.status.here)
        standby.cancel()
        with pytest.raises(asyncio.CancelledError):
            await standby


async def test_who_leaves_no_word_is_called_silent(broker: Broker, join: Join) -> None:
    here = join("here", broker.sync)
    here.write()
    async with here.carrying():
        await until(lambda: here.is_in("synced"))
    lock = here.directory / "journal" / ".sync.lock"
    kept = here.directory / "journal" / ".sync.json"
    assert lock.exists()
    kept.write_bytes(b'{"at":0.0}')
    with FileLock(lock) as other:
        assert other.held
        async with here.carrying():
            await until(lambda: "is gone" in here.carrier.status.why)
            assert here.is_in("alone")


async def test_lines_that_came_by_hand_are_carried_on(broker: Broker, join: Join) -> None:
    here, there, third = (join(name, broker.sync) for name in ("here", "there", "third"))
    here.write()
    there.write()
    third.write(5)
    name = f"{third.writer}.jsonl"
    (here.directory / "journal" / name).write_bytes(third.lines())
    async with here.carrying(), there.carrying():
        await until(lambda: there.has(third))
        await until(lambda: settled(here, there))
    assert there.refused == []
