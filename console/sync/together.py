"""Work that goes on together and ends together, whatever becomes of a cancellation.

The broker's client swallows some cancellations, as `asyncio.wait_for` does before Python 3.12. A
task group would then wait for ever for the one that did not hear.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

AGAIN_S = 2.0


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Run `works` until one ends or fails, end the others, and raise what the first raised."""
    tasks = [asyncio.ensure_future(one) for one in works]
    first: set[asyncio.Task[None]] = set()
    try:
        first, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _ended(tasks)
    # All are asked, since an error that nobody asks for is printed.
    errors = {task: None if task.cancelled() else task.exception() for task in tasks}
    for task in first:
        if (error := errors[task]) is not None:
            raise error


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    lost: asyncio.CancelledError | None = None
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        try:
            await asyncio.wait(pending, timeout=AGAIN_S)
        except asyncio.CancelledError as error:
            lost = error
    if lost is not None:
        raise lost


def heed() -> None:
    """Be cancelled, if that was asked for and went unheard."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
