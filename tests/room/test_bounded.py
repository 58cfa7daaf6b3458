"""Blocking work with a bound: what hangs holds up nothing, what ends lends its thread on."""

import asyncio
import subprocess
import sys
import threading

import pytest

from console.bounded import within

AFTER_A_FORK = """
import asyncio, os
from console.bounded import within
asyncio.run(within(5.0, lambda: None))
child = os.fork()
if not child:
    os._exit(asyncio.run(within(5.0, lambda: 7)))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


async def test_what_comes_out_is_given_and_what_is_raised_is_raised() -> None:
    def fails() -> None:
        raise KeyError("a word")

    assert await within(5.0, lambda: 7) == 7
    with pytest.raises(KeyError, match="a word"):
        await within(5.0, fails)


async def test_what_hangs_holds_up_nothing_that_comes_after() -> None:
    let_go = threading.Event()
    try:
        with pytest.raises(TimeoutError):
            await within(0.01, let_go.wait)
        assert await asyncio.gather(*(within(5.0, lambda: 7) for _ in range(20))) == [7] * 20
    finally:
        let_go.set()


async def test_a_thread_that_ended_its_work_takes_the_next() -> None:
    used = {await within(5.0, threading.current_thread) for _ in range(50)}
    assert len(used) < 50


def test_a_forked_process_waits_for_no_thread_of_its_parents() -> None:
    done = subprocess.run(
        [sys.executable, "-c", AFTER_A_FORK], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "7"
