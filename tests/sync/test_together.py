"""Work that ends together, even if some of it does not hear that it should end."""

import asyncio

import pytest

from console.sync.together import heed, together
from tests.sync.member import until


async def test_the_first_error_ends_all_and_is_raised() -> None:
    ended = []

    async def fails() -> None:
        raise ValueError("no")

    async def lasts() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(1)

    with pytest.raises(ValueError, match="no"):
        await together(lasts(), fails(), lasts())
    assert ended == [1, 1]


async def test_who_does_not_hear_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.sync.together.AGAIN_S", 0.01)
    swallowed = []
    begun = asyncio.Event()

    async def deaf() -> None:
        begun.set()
        for _ in range(3):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed.append(1)
        await asyncio.Event().wait()

    async def ends() -> None:
        return

    await together(deaf(), ends())
    assert swallowed == [1, 1, 1]

    begun.clear()
    task = asyncio.ensure_future(together(deaf()))
    await begun.wait()
    task.cancel()
    await until(task.done)
    assert task.cancelled()


async def test_a_cancellation_that_was_lost_is_heeded() -> None:
    begun = asyncio.Event()

    async def swallows() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heed()

    task = asyncio.ensure_future(swallows())
    await begun.wait()
    task.cancel()
    await until(task.done)
    assert task.cancelled()
    heed()
