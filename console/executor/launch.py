"""Starting the process that carries a run out: made ready when the guard is armed, or forked."""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

import msgspec

import console
from console.executor.handover import Fired, Prepared, Told, line
from console.journal.home import default_home

LOG = "executor.log"
_told = msgspec.json.Decoder(Told)


class NotLaunched(Exception):
    """No process carries the order out; the text is one sentence."""


class Standby:
    """A process that stands by for an order. Every method but `leave` may block."""

    def __init__(self, deployment: str) -> None:
        """Start it. Raises `NotLaunched`."""
        home = str(Path(console.__file__).parents[1])
        path = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
        with open_log(deployment) as log:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "console.executor"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd="/",
                    env={**os.environ, "PYTHONPATH": path},
                    start_new_session=True,
                )
            except OSError as error:
                raise NotLaunched(f"no process can be started: {error.strerror}") from None
        # Whoever lives on sees to it that what has ended does not stay as a zombie.
        threading.Thread(target=self._process.wait, name="executor-reaper", daemon=True).start()

    def prepare(self, prepared: Prepared) -> None:
        """Hand it the deployment and wait until it is ready. Raises `NotLaunched`."""
        try:
            self._send(prepared)
            told = self._hear()
        except NotLaunched:
            self.leave()
            raise
        if told.answer != "ready":
            self.leave()
            raise NotLaunched(told.why)

    def fire(self, fired: Fired) -> Told:
        """Hand it the order, and let go of it; what it answers. Raises `NotLaunched`."""
        try:
            self._send(fired)
            return self._hear()
        finally:
            self.leave()

    def leave(self) -> None:
        """Let go of it: without an order it ends."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _send(self, message: Prepared | Fired) -> None:
        try:
            pipe = self._process.stdin
            if pipe is None:
                raise NotLaunched("the executor has no ear")
            pipe.write(line(message))
            pipe.flush()
        except (OSError, ValueError) as error:
            raise NotLaunched(f"the executor is gone ({type(error).__name__})") from None

    def _hear(self) -> Told:
        try:
            pipe = self._process.stdout
            raw = pipe.readline() if pipe is not None else b""
            return _told.decode(raw)
        except (OSError, ValueError):
            raise NotLaunched("the executor ended without a word") from None


def open_log(deployment: str) -> IO[bytes]:
    """Where faults of the executor's own go; nowhere, if nothing can be written there."""
    with suppress(OSError):
        home = default_home(deployment)
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.fdopen(os.open(home / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
    return Path(os.devnull).open("ab")
