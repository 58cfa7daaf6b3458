"""One command, run without a shell and never for longer than it may.

It gets no input, an absolute program, a fixed PATH and a small environment. It runs in a process
group of its own, which is killed when the time is over or nobody waits for it any more. What it
leaves running after an orderly end goes on, but nobody reads its output then.
"""

import asyncio
import contextlib
import io
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import msgspec

from console.clean import clean

MOST_BYTES = 64 * 1024
LAST_WORDS_S = 0.2
_PATH = "/usr/bin:/bin:/usr/sbin:/sbin"


class NotStarted(Exception):
    """A command that cannot be started; the text is a cleaned sentence."""


class Ran(msgspec.Struct, frozen=True):
    """How a command ended. `code` is its exit code, minus the signal, or None if we killed it.

    `out` and `err` are the first 64 KiB of each stream, not cleaned; `cut` says that `out` was
    longer.
    """

    code: int | None
    out: str
    err: str
    cut: bool

    @property
    def last_line(self) -> str:
        """The last thing it said, on its error stream if it spoke there; cleaned."""
        lines = (self.err.strip() or self.out.strip()).splitlines()
        return clean(lines[-1], 120) if lines else ""

    @property
    def how(self) -> str:
        """How it ended, with the last thing it said; cleaned."""
        if self.code is None:
            return "its time was over"
        end = f"exit code {self.code}" if self.code >= 0 else f"ended by signal {-self.code}"
        return f'{end}, "{self.last_line}"' if self.last_line else end


async def run(
    argv: Sequence[str], *, cwd: Path, extra: Mapping[str, str], deadline_s: float
) -> Ran:
    """Run `argv` in `cwd` for at most `deadline_s` real seconds.

    `extra` is added to PATH, HOME and LANG. Raises `NotStarted`; nothing has happened then.
    """
    environment = {
        "PATH": _PATH,
        "HOME": os.environ.get("HOME", "/"),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        **extra,
    }
    async with _ear() as (out, out_mouth), _ear() as (err, err_mouth):
        process = await _started(argv, cwd, environment, out_mouth, err_mouth)
        out_mouth.close()
        err_mouth.close()
        code = await _ended(process, deadline_s)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await out.ended.wait()
                await err.ended.wait()
    return Ran(code, out.text(), err.text(), out.cut)


async def _started(
    argv: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    out: io.FileIO,
    err: io.FileIO,
) -> asyncio.subprocess.Process:
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # A cancelled start would end the command but leave its children running.
        with contextlib.suppress(OSError, ValueError):
            await _ended(await starting, 0.0)
        raise
    except OSError as error:
        what = f"{error.strerror or 'the system refuses it'} ({error.filename or argv[0]})"
        raise NotStarted(clean(f"{argv[0]} cannot be started: {what}")) from None
    except ValueError:
        raise NotStarted(clean(f"{argv[0]} cannot be started: NUL in its words")) from None


async def _ended(process: asyncio.subprocess.Process, deadline_s: float) -> int | None:
    try:
        async with asyncio.timeout(deadline_s):
            return await process.wait()
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS_S):
                    await process.wait()


class _Listener(asyncio.Protocol):
    """Keeps the first bytes of a stream and lets the rest go by, so that no writer waits."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self.cut = False
        self.ended = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        room = MOST_BYTES - len(self._kept)
        self._kept += data[:room]
        self.cut = self.cut or len(data) > room

    def connection_lost(self, _: Exception | None) -> None:
        self.ended.set()

    def text(self) -> str:
        return self._kept.decode("utf-8", "replace")


@contextlib.asynccontextmanager
async def _ear() -> AsyncIterator[tuple[_Listener, io.FileIO]]:
    """A listener, and the end of the pipe to hand to the command.

    The listener hears the stream's end only after our copy of that end is closed.
    """
    read, write = os.pipe()
    with io.FileIO(write, "wb") as mouth:
        transport, listener = await asyncio.get_running_loop().connect_read_pipe(
            _Listener, io.FileIO(read, "rb")
        )
        try:
            yield listener, mouth
        finally:
            transport.close()
