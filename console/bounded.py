"""Blocking work with a bound: a thread of its own, so that a hung disk holds nobody up."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def within(seconds: float, function: Callable[[], T]) -> T:
    """The result of `function`, run in a thread of its own; `TimeoutError` after `seconds` (real).

    The thread is left behind when it hangs: it shares no pool with anything that must go on, and
    does not keep the process from ending.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: BaseException | None) -> None:
        if result.done():
            return
        if error is not None:
            result.set_exception(error)
        else:
            result.set_result(value)  # type: ignore[arg-type]  # None only where T allows it

    def work() -> None:
        try:
            value, error = function(), None
        except BaseException as caught:
            value, error = None, caught
        try:
            loop.call_soon_threadsafe(settle, value, error)
        except RuntimeError:
            return  # the loop has ended: nobody waits any more

    threading.Thread(target=work, name="bounded", daemon=True).start()
    async with asyncio.timeout(seconds):
        return await result
