"""Blocking work with a bound: a thread of its own, so that a hung disk holds nobody up."""

import asyncio
import os
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")
Job = Callable[[], None]

MOST_IDLE = 4
_idle: list["SimpleQueue[Job]"] = []
# A forked process has this list, and none of the threads that wait behind it.
os.register_at_fork(after_in_child=_idle.clear)


async def within(seconds: float, function: Callable[[], T]) -> T:
    """The result of `function`, run in a thread of its own; `TimeoutError` after `seconds` (real).

    The thread is left behind when it hangs: no other work waits behind it, and it does not keep the
    process from ending. One that came to its end takes the next work, for to start one costs more
    than most work does.
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

    _in_a_thread(work)
    async with asyncio.timeout(seconds):
        return await result


def _in_a_thread(work: Job) -> None:
    try:
        jobs = _idle.pop()
    except IndexError:
        jobs = SimpleQueue()
        threading.Thread(target=_serve, args=(jobs,), name="bounded", daemon=True).start()
    jobs.put(work)


def _serve(jobs: "SimpleQueue[Job]") -> None:
    while True:
        jobs.get()()
        if len(_idle) >= MOST_IDLE:
            return
        _idle.append(jobs)
