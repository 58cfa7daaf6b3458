"""A run fired from a shell: carried out by a child of its own session, told by its parent.

The child is forked, so that nothing is loaded twice: the first request is out sooner.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import suppress

import msgspec

from console.executor.handover import Fired, Prepared, Told, line
from console.executor.launch import open_log
from console.executor.process import Executor, stand_apart
from console.executor.run import Run


class News(msgspec.Struct, frozen=True):
    """What the child says: what became of the order, or how the run goes."""

    told: Told | None = None
    run: Run | None = None


_news = msgspec.json.Decoder(News)


def carried_out(prepared: Prepared, fired: Fired) -> Iterator[News]:
    """Fork, carry out, and tell how it goes until the run is over or its process is gone.

    Whatever becomes of the caller, the child goes on. Call it before any thread is started.
    Raises `ConfigError` for a config that cannot be read.
    """
    executor = Executor(prepared, open_now=False)
    ear, mouth = os.pipe()
    try:
        child = os.fork()
    except OSError:  # no process can be made: then this one does it
        yield from _here(executor, fired)
        return
    if child == 0:
        os.close(ear)
        _be_the_child(executor, fired, mouth, prepared)
    os.close(mouth)
    with os.fdopen(ear, "rb") as stream:
        for said in stream:
            with suppress(msgspec.MsgspecError):  # a line that was cut: the next one is whole
                yield _news.decode(said)


def _here(executor: Executor, fired: Fired) -> Iterator[News]:
    heard: list[News] = []

    def tell(said: Told | Run) -> None:
        heard[:] = [_as_news(said)]

    asyncio.run(executor.carry_out(fired, tell))
    yield from heard


def _be_the_child(executor: Executor, fired: Fired, mouth: int, prepared: Prepared) -> None:
    """Never returns: what the caller would do next is the parent's to do."""
    code = 1
    try:
        os.setsid()
        stand_apart()
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1):
            os.dup2(null, standard)
        with open_log(executor.deployment) as log:
            os.dup2(log.fileno(), 2)
        os.set_blocking(mouth, False)

        def tell(said: Told | Run) -> None:
            with suppress(OSError):  # nobody listens, or too slowly: the run does not wait
                # A line that found no room whole must not spoil the next one.
                os.write(mouth, b"\n" + line(_as_news(said)))

        code = executor.carry_out_alone(fired, tell)
    except BaseException as error:
        with suppress(OSError, ValueError):
            sys.stderr.write(f"the executor failed ({type(error).__name__})\n")
    finally:
        os._exit(code)


def _as_news(said: Told | Run) -> News:
    return News(told=said) if isinstance(said, Told) else News(run=said)
