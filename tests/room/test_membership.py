"""Members in the room: who may be at the keys, and what is signed when, with real keys."""

import asyncio
import json
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.load import FILE_NAME, load
from console.clock import SystemClock
from console.domain import events as e
from console.domain.commands import WriteNote
from console.domain.entry import Actor
from console.domain.refused import Refused
from console.executor.opening import record_for_rollback
from console.room import OpenFailed, WarRoom
from console.room.urgent import rollback_order, suspension_order
from tests.journal.keys import Keys
from tests.room.stand import SetClock, Stand, eventually, stand, write

SIGNING = """
[signing]
key = "~/key"
allowed_signers = "../keys/allowed_signers"
members = true
"""
HELD = e.GateDecided("readiness.1", "hold", "not yet", ())
SUSPENSION = {
    "id": "search",
    "title": "search off",
    "steps": [{"id": "off", "title": "off", "kind": "manual", "manual": "do it"}],
}


@dataclass
class Host:
    """One person's machine: home, key and directory."""

    place: Path
    standing: Stand
    who: str
    patch: pytest.MonkeyPatch

    @property
    def key(self) -> Path:
        """The private key."""
        return self.place / "key"

    def here(self) -> "Host":
        """Be at this machine."""
        self.patch.setenv("HOME", str(self.place))
        self.patch.setenv("XDG_STATE_HOME", str(self.place / "state"))
        return self

    @asynccontextmanager
    async def room(self, who: str = "", **options: bool) -> AsyncIterator[WarRoom]:
        """A console there."""
        self.here()
        async with self.standing.room(who=who or self.who, **options) as room:
            yield room

    def send(self, other: "Host") -> None:
        """Carry the journal's file over."""
        source = self.standing.journal
        folder = other.standing.directory / "journal"
        folder.mkdir(exist_ok=True)
        shutil.copy(source, folder / source.name)

    def signed(self) -> list[int]:
        """Up to which entries it is signed, by its own file."""
        files = (self.standing.directory / "journal").glob("*.jsonl")
        lines = [json.loads(line) for file in files for line in file.read_bytes().splitlines()]
        return [line["data"]["seq"] for line in lines if line["kind"] == "journal.signed"]


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keys:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return Keys(tmp_path / "keys")


@pytest.fixture
def hosts(tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> list[Host]:
    """The agent lead's and the tech lead's, with one config."""
    made: list[Host] = []
    for who in ("agent lead", "tech lead"):
        name = who.replace(" ", "-")
        place = tmp_path / f"{name}-home"
        place.mkdir()
        keys.make(name).rename(place / "key")
        standing = stand(tmp_path / name, clock=SystemClock(), suspensions=[SUSPENSION])
        config = made[0].standing.directory if made else standing.directory
        text = (config / FILE_NAME).read_text()
        (standing.directory / FILE_NAME).write_text(text if made else text + SIGNING)
        made.append(Host(place, standing, who, monkeypatch))
    allow(keys, *made)
    return made


def allow(keys: Keys, *hosts: Host) -> None:
    """These hosts' keys count."""
    keys.allow(*((host.who, keys.folder / host.who.replace(" ", "-")) for host in hosts))


async def test_a_deed_is_signed_when_the_console_closes_and_counts_elsewhere(
    hosts: list[Host],
) -> None:
    agent, tech = hosts
    async with agent.room() as room:
        await room.do(WriteNote("one"))
        await room.do(WriteNote("two"))
        assert room.troubles == ()
    assert agent.signed() == [3]
    agent.send(tech)
    async with tech.room() as room:
        assert [entry.seq for entry in room.record.entries] == [1, 2, 3, 4]
        assert room.record.journal.pending == ()


async def test_a_gate_is_signed_at_once_and_a_note_within_five_seconds(hosts: list[Host]) -> None:
    agent, _ = hosts
    async with agent.room() as room:
        living = asyncio.create_task(room.run())
        await room.do(WriteNote("soon"))
        began = time.monotonic()
        await eventually(lambda: agent.signed() == [2])
        assert time.monotonic() - began < 5
        write(room, HELD)
        began = time.monotonic()
        await eventually(lambda: agent.signed() == [2, 4])
        assert time.monotonic() - began < 2
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)


async def test_several_consoles_of_an_account_sign_once(hosts: list[Host]) -> None:
    agent, _ = hosts
    async with agent.room() as one, agent.room() as two, agent.room() as three:
        rooms = (one, two, three)
        living = [asyncio.create_task(room.run()) for room in rooms]
        write(two, HELD)
        await eventually(lambda: agent.signed() == [2])
        await one.do(WriteNote("and"))
        write(three, HELD)
        await eventually(lambda: all(room.state.entries == 6 for room in rooms))
        assert agent.signed() == [2, 5] or agent.signed() == [2, 4]
        for task in living:
            task.cancel()
        await asyncio.gather(*living, return_exceptions=True)
    assert len(agent.signed()) <= 3
    assert max(agent.signed()) == 5


async def test_only_the_person_of_the_key_is_at_the_keys(hosts: list[Host]) -> None:
    agent, _ = hosts
    with pytest.raises(OpenFailed, match='is that of "agent lead", so nobody acts as "tech lead"'):
        async with agent.room("tech lead"):
            pass
    async with agent.room() as room:
        assert room.members.proved
        with pytest.raises(Refused, match="roles belong to keys"):
            room.become("tech lead")
        assert room.actor == Actor("agent lead", ("agent-lead",))


async def test_without_a_usable_key_one_observes_but_for_the_kill_switch(
    hosts: list[Host], keys: Keys
) -> None:
    agent, tech = hosts
    away = agent.key.rename(agent.place / "away")
    async with agent.room() as room:
        assert room.actor.roles == ("observer",)
        assert (
            "agent lead only observes, and what is written here is not signed" in room.troubles[0]
        )
        assert "No such file" in room.troubles[0]
        with pytest.raises(Refused, match="is an observer"):
            await room.do(WriteNote("no"))
        order = await rollback_order(room, "owner-judgement", "now", ())
        assert order.actor == Actor("agent lead", ("agent-lead",))
        assert suspension_order(room, "search", "").actor == order.actor
        living = asyncio.create_task(room.run())
        away.rename(agent.key)
        await eventually(lambda: room.members.proved)
        assert room.actor.roles == ("agent-lead",)
        allow(keys, tech)
        await eventually(lambda: "is no member's" in room.members.unsigned)
        assert room.actor.roles == ("observer",)
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)


async def test_nothing_waits_for_a_signature(hosts: list[Host], tmp_path: Path) -> None:
    """An agent may wait for a touch: deeds, the kill switch and the screen's loop go on."""
    agent, _ = hosts
    hung = tmp_path / "bin"
    hung.mkdir()
    os.mkfifo(hung / "never")
    async with agent.room() as room:
        living = asyncio.create_task(room.run())
        await room.do(WriteNote("signed"))
        await eventually(lambda: agent.signed() == [2])
        program = hung / "ssh-keygen"
        program.write_text(f"#!/bin/sh\necho >> {hung}/asked\nexec cat {hung}/never\n")
        program.chmod(0o755)
        agent.patch.setenv("PATH", f"{hung}:{os.environ['PATH']}")
        agent.patch.setattr("console.journal.signing.DEADLINE_S", 6.0)
        write(room, HELD)
        await eventually((hung / "asked").exists)
        began = time.monotonic()
        await room.do(WriteNote("while it hangs"))
        await rollback_order(room, "owner-judgement", "now", ())
        write(room, HELD)
        assert time.monotonic() - began < 2
        living.cancel()
        began = time.monotonic()
        await asyncio.gather(living, return_exceptions=True)
    assert time.monotonic() - began < 5
    assert "took longer than 3 s" in room.members.unsigned
    assert agent.signed() == [2]


async def test_what_the_executor_left_unsigned_a_console_signs(hosts: list[Host]) -> None:
    agent, _ = hosts
    loaded = load(agent.here().standing.directory)
    record, _ = record_for_rollback(loaded, SystemClock(), Actor("executor"))
    record.transact(Actor("executor"), lambda _: [e.NoteWritten("fired")])
    record.journal.close()
    assert agent.signed() == []
    async with agent.room() as room:
        living = asyncio.create_task(room.run())
        await eventually(lambda: agent.signed() == [2])
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)


async def test_a_revoked_key_takes_its_entries_out_of_the_state(
    hosts: list[Host], keys: Keys
) -> None:
    agent, tech = hosts
    async with agent.room() as room:
        write(room, HELD)
    agent.send(tech)
    async with tech.room() as room:
        living = asyncio.create_task(room.run())
        assert room.state.entries == 3
        allow(keys, tech)
        await eventually(lambda: room.state.entries == 0)
        assert any("kept apart, changing nothing: entry 3: its" in said for said in room.troubles)
        allow(keys, agent, tech)
        await eventually(lambda: room.state.entries == 3)
        assert not any("kept apart" in said for said in room.troubles)
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)


async def test_a_key_that_is_back_is_taken_up_at_once_however_often_it_failed(
    hosts: list[Host], keys: Keys
) -> None:
    agent, tech = hosts
    agent.standing.clock = SetClock(time.time())
    async with agent.room() as room:
        voucher = room.members._voucher
        assert voucher is not None
        allow(keys, tech)
        for _ in range(8):  # each time it waits twice as long
            agent.standing.clock.real += 60
            voucher.look()
        assert "is no member's" in voucher.trouble
        write(room, HELD)
        allow(keys, agent, tech)
        voucher.look()
        assert agent.signed() == [2]
        away = agent.key.rename(agent.place / "away")
        allow(keys, tech, agent)
        voucher.look()
        assert "No such file" in voucher.trouble
        write(room, HELD)
        away.rename(agent.key)
        voucher.look()
        assert agent.signed() == [2, 4]


async def test_a_rollback_fired_without_a_key_is_told_to_the_others(hosts: list[Host]) -> None:
    agent, tech = hosts
    loaded = load(agent.here().standing.directory)
    lead = Actor("agent lead", ("agent-lead",))
    record, _ = record_for_rollback(loaded, SystemClock(), lead)
    fired = e.RollbackTriggered("canary-5.1/r1", "canary-5.1", "cost-runaway", "", "v1", ())
    record.transact(lead, lambda _: [fired])
    record.journal.close()
    agent.send(tech)
    async with tech.room() as room:
        assert room.state.rollback is None
        writer = agent.standing.journal.stem
        said = f"UNSIGNED ROLLBACK of {writer} by agent lead (says so itself): running, fired"
        assert room.troubles[0].startswith(said)


async def test_whoever_wrote_for_several_people_is_told_that_others_do_not_believe_it(
    hosts: list[Host],
) -> None:
    agent, tech = hosts
    config = agent.standing.directory / FILE_NAME
    signed = config.read_text()
    config.write_text(signed.replace("members = true", ""))
    async with agent.room() as room:
        write(room, HELD)
    async with agent.room("tech lead") as room:
        room.record.transact(room.actor, lambda _: [HELD])
        assert room.troubles == ()
    config.write_text(signed)
    async with agent.room() as room:
        living = asyncio.create_task(room.run())
        await eventually(lambda: any("so they see another state" in x for x in room.troubles))
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
    agent.send(tech)
    async with tech.room() as room:
        apart = room.record.journal.apart
        assert [one.why for one in apart] == ["says it is by tech lead, signed by agent lead"]
