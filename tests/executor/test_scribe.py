"""What a rollback writes where the disk hangs: all of it, once, and in its order."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.clock import SystemClock
from console.domain.commands import WriteNote
from console.executor.performance import Performance
from tests.actions.switch import Switch, running_switch
from tests.room.stand import BAD, GOOD, Stand, eventually, stand

TOGETHER = ("rollback.triggered", "rollback.step", "rollback.finished")


@pytest.fixture
def aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """The kinds that wait in the fallback journals of a name."""
    home = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(home))

    def kinds(name: str) -> list[str]:
        files = sorted(home.rglob(name))
        return [json.loads(line)["kind"] for f in files for line in f.read_bytes().splitlines()]

    return kinds


@pytest.fixture
def switch() -> Iterator[Switch]:
    with running_switch() as switch:
        yield switch


@pytest.fixture
def claims(tmp_path: Path, switch: Switch) -> Stand:
    first = switch.step().model_dump(exclude_unset=True)
    last = {**first, "id": "version", "title": "Restore it", "after": ["traffic"]}
    return stand(tmp_path / "claims", steps=[first, last], clock=SystemClock())


def told(claims: Stand) -> list[str]:
    return [kind for kind in claims.kinds() if kind in TOGETHER]


def once_and_in_order(claims: Stand) -> None:
    kinds = told(claims)
    assert kinds[0] == "rollback.triggered"
    assert kinds.count("rollback.triggered") == 1
    assert kinds[-1] == "rollback.finished"
    assert kinds.count("rollback.finished") == 1
    steps = [(one["step"], one["state"]) for one in claims.entries("rollback.step")]
    assert steps == [
        ("traffic", "running"),
        ("traffic", "verified"),
        ("version", "running"),
        ("version", "verified"),
    ]


@pytest.mark.parametrize("when", ["in the middle", "after the end"])
async def test_a_disk_that_hangs_gives_each_entry_once(
    when: str,
    claims: Stand,
    switch: Switch,
    monkeypatch: pytest.MonkeyPatch,
    aside: Callable[[str], list[str]],
) -> None:
    """What hung is written late; until then it is kept aside, and then it must not come twice."""
    free = threading.Event()
    intents: list[float] = []
    on_disk = Performance._on_disk

    async def timed(self: Performance, written: asyncio.Event) -> None:
        began = claims.clock.monotonic()
        await on_disk(self, written)
        intents.append(claims.clock.monotonic() - began)

    monkeypatch.setattr(Performance, "_on_disk", timed)
    serving = claims.serving(lambda: GOOD if switch.share == 0 else BAD)
    async with serving, claims.room(offline=False) as room:
        await room.do(WriteNote("first"))
        monkeypatch.setattr("console.journal.disk.os.fdatasync", lambda _: free.wait(30))
        running = asyncio.create_task(room.roll_back("owner-judgement"))
        await eventually(lambda: switch.share == 0, 5.0)
        if when == "in the middle":
            free.set()
        run = await running
        assert run.state == "verified"
        if when == "after the end":
            kept = [kind for kind in aside("fallback*.jsonl") if kind in TOGETHER]
            assert kept[0] == "rollback.triggered"
            assert kept[-1] == "rollback.finished"
            assert run.unjournalled
            free.set()
        await eventually(lambda: "rollback.finished" in claims.kinds())
        await room.do(WriteNote("the disk is back"))
        assert room.state.conflicts == []
        assert room.state.rollbacks[run.id].state == "verified"
    once_and_in_order(claims)
    assert max(intents) < 1.0, "an intent that is kept aside is on disk too"
    assert aside("fallback.jsonl") == []
