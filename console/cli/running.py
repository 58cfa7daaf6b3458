"""Running what is asynchronous from a command that is not."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """What `asyncio.run` gives, but with the result kept out of its task.

    At its end `asyncio.run` puts the signal handler back, and up to Python 3.11 that makes a text
    of the task, result and all, which nobody sees: twelve seconds of a long journal's state.
    """
    held: list[T] = []

    async def keep() -> None:
        held.append(await work)

    asyncio.run(keep())
    return held[0]


def told_to_stop() -> asyncio.Event:
    """Is set when the terminal goes, or somebody or the system asks to end. Call it in the loop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    return stop
