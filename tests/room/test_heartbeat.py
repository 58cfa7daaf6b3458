"""The dead man's signal: asked while the watch looks on, silent when it does not, never shown."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from config.watch import Watch
from console.clock import SystemClock
from console.domain.readings import Freshness
from console.room import heartbeat as module
from console.room.eyes import Eye
from console.room.heartbeat import Heartbeat
from tests.feeds.server import Handler, Server, running
from tests.room.stand import NOBODYS, SetClock, Stand, eventually, stand

TOKEN = "5e3f-hunter2"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TICK_S", 0.01)


@pytest.fixture
def there() -> Iterator[Server]:
    with running() as server:
        yield server


def watch(**keys: Any) -> Watch:
    made = Watch.model_validate({"heartbeat": {"env": "BEAT"}, **keys})
    return made.model_copy(update={"heartbeat_every_s": 0.05})


@asynccontextmanager
async def beating(held: Heartbeat) -> AsyncIterator[Heartbeat]:
    going = asyncio.create_task(held.run())
    try:
        yield held
    finally:
        going.cancel()
        with suppress(asyncio.CancelledError):
            await going


class Listener:
    """Counts how often each path was asked, and answers as it is told."""

    def __init__(self, server: Server, status: int = 200) -> None:
        self.status = status
        self.asked: dict[str, int] = {}
        for path in (f"/{TOKEN}", f"/{TOKEN}/fail"):
            server.answers[path] = self._answer(path)

    def _answer(self, path: str) -> Any:
        def answer(handler: Handler) -> None:
            self.asked[path] = self.asked.get(path, 0) + 1
            handler.reply(self.status, b"OK")

        return answer


async def test_it_is_asked_while_all_is_well_and_silent_else(
    there: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEAT", f"{there.url}/{TOKEN}")
    heard, well = Listener(there), [True]
    looked: list[bool] = []

    def is_well() -> bool:
        looked.append(well[0])
        return well[0]

    async with beating(Heartbeat(watch(), tmp_path, SystemClock(), is_well)) as held:
        await eventually(lambda: heard.asked.get(f"/{TOKEN}", 0) >= 2)
        well[0] = False
        await eventually(lambda: looked[-1] is False)
        before = dict(heard.asked)
        count = len(looked)
        await eventually(lambda: len(looked) > count + 10)
        assert heard.asked == before
        assert held.troubles == ()
        well[0] = True
        await eventually(lambda: heard.asked[f"/{TOKEN}"] > before[f"/{TOKEN}"])


async def test_a_failure_can_be_told_as_one(
    there: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEAT", f"{there.url}/{TOKEN}")
    heard = Listener(there)
    held = Heartbeat(watch(heartbeat_fail=True), tmp_path, SystemClock(), lambda: False)
    async with beating(held):
        await eventually(lambda: heard.asked.get(f"/{TOKEN}/fail", 0) >= 2)
    assert list(heard.asked) == [f"/{TOKEN}/fail"]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("{url}/{token}", "refused with status 500"),
        ("http://127.0.0.1:9/{token}", "unreachable"),
        ("ftp://{token}", "protocol"),
        ("http://[{token}", "protocol"),
        ("", "the environment variable BEAT is not set"),
    ],
)
async def test_what_is_not_taken_is_shown_without_its_address(
    address: str,
    why: str,
    there: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("BEAT", address.format(url=there.url, token=TOKEN))
    heard, clock = Listener(there, 500), SetClock()
    async with beating(Heartbeat(watch(), tmp_path, clock, lambda: True)) as held:
        await eventually(lambda: bool(held.troubles))
        clock.real += 360.0
        assert held.troubles == (f"the heartbeat was not taken for 6 min: {why}",)
        if heard.asked:
            heard.status = 200
            clock.real += 60.0
            await eventually(lambda: not held.troubles)
    assert TOKEN not in caplog.text


async def test_one_that_hangs_ends_by_its_own_deadline(
    there: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEAT", f"{there.url}/hangs")
    monkeypatch.setattr(module, "DEADLINE_S", 0.2)

    def hang(_: Handler) -> None:
        there.gone.wait(20)

    there.answers["/hangs"] = hang
    async with beating(Heartbeat(watch(), tmp_path, SystemClock(), lambda: True)) as held:
        await eventually(lambda: bool(held.troubles))
        assert held.troubles[0].endswith(": timeout")
    there.gone.set()


async def test_a_console_that_looks_on_says_neither(
    there: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEAT", f"{there.url}/{TOKEN}")
    heard, looked = Listener(there), []

    def elsewhere() -> None:
        looked.append(1)

    held = Heartbeat(watch(heartbeat_fail=True), tmp_path, SystemClock(), elsewhere)
    async with beating(held):
        await eventually(lambda: len(looked) > 10)
    assert heard.asked == {}


async def test_what_cannot_be_asked_is_not_well(
    there: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEAT", f"{there.url}/{TOKEN}")
    heard = Listener(there)

    def broken() -> bool:
        raise RuntimeError(TOKEN)

    async with beating(Heartbeat(watch(heartbeat_fail=True), tmp_path, SystemClock(), broken)):
        await eventually(lambda: f"/{TOKEN}/fail" in heard.asked)


def with_heartbeat(standing: Stand, url: str) -> Stand:
    with (standing.directory / "warroom.toml").open("a") as config:
        config.write(f'\n[watch]\nheartbeat = "{url}"\nheartbeat_every_s = 10.0\n')
    return standing


async def test_the_room_beats_while_it_watches_and_not_with_a_latched_journal(
    there: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Listener(there)
    standing = with_heartbeat(stand(tmp_path / "claims"), f"{there.url}/{TOKEN}")
    room = standing.open(offline=False)
    living = asyncio.create_task(room.run())
    clock = standing.clock
    assert isinstance(clock, SetClock)
    try:
        await eventually(lambda: heard.asked.get(f"/{TOKEN}") == 1)
        clock.real += 10.0
        await eventually(lambda: heard.asked[f"/{TOKEN}"] == 2)
        with monkeypatch.context() as patch:
            patch.setattr(type(room.record.journal), "latched", property(lambda _: True))
            assert not room._watch._well()
        await eventually(lambda: room._watch._well() is True)
        with monkeypatch.context() as patch:
            patch.setattr(Eye, "freshness", lambda *_: Freshness("down", 9.0, "gone"))
            assert not room._watch._well()
        await eventually(lambda: room._watch._well() is True)
    finally:
        living.cancel()
        with suppress(asyncio.CancelledError):
            await living
    assert not room._watch._well()


async def test_without_an_address_nothing_is_asked(tmp_path: Path) -> None:
    held = Heartbeat(Watch.default(), tmp_path, SystemClock(), lambda: True)
    await held.run()
    assert held.troubles == ()
    assert NOBODYS not in repr(held.troubles)
