"""The processes of one test: started, found again however they left their parents, and ended."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

WARROOM = (sys.executable, "-c", "from console.cli import main; raise SystemExit(main())")
EXECUTOR = "console.executor"
MARK = "WARROOM_TEST_MARK"
GONE_S = 20.0


class Found(NamedTuple):
    """A process that lives: `argv` in one line."""

    pid: int
    session: int
    argv: str


def wait(condition: Callable[[], object], seconds: float = 20.0, what: str = "") -> None:
    """Wait in this thread for what other processes bring about."""
    if not came(condition, seconds):
        pytest.fail(f"not within {seconds} s: {what}")


def came(condition: Callable[[], object], seconds: float) -> bool:
    """Whether `condition` came to hold within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        threading.Event().wait(0.02)
    return True


class Processes:
    """Everything that is started for a deployment at `place`, by a mark in its environment."""

    def __init__(self, place: Path, directory: Path) -> None:
        self.place = place
        self.directory = directory
        home = place / "home"
        home.mkdir(exist_ok=True)
        inherited = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        self.env = {
            **inherited,
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "WARROOM_AS": "rollback owner",
            MARK: str(place),
        }
        self._mine: list[subprocess.Popen[bytes]] = []

    def start(self, *argv: object, **more: str) -> "subprocess.Popen[bytes]":
        """Start a program in a session of its own; what it says goes to `place`/said."""
        with (self.place / "said").open("ab") as said:
            process = subprocess.Popen(
                list(map(str, argv)),
                cwd=self.place,
                env={**self.env, **more},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self._mine.append(process)
        return process

    def warroom(self, *words: object, **more: str) -> "subprocess.Popen[bytes]":
        """Start a command of the product."""
        return self.start(*WARROOM, *words, **more)

    def said(self, *words: object, seconds: float = 60.0) -> tuple[int, str]:
        """Run a command of the product to its end: its exit code, and all that it said."""
        done = subprocess.run(
            [*WARROOM, *map(str, words)],
            cwd=self.place,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def living(self) -> list[Found]:
        """All that bear the mark or work in the deployment's directory."""
        for process in self._mine:
            process.poll()
        found = [one for pid in _pids() if (one := self._mine_of(pid)) is not None]
        return [one for one in found if one.pid != os.getpid()]

    def executors(self) -> list[int]:
        """Those that carry a rollback out, or stand by for that."""
        return [one.pid for one in self.living() if self._carries_out(one)]

    def end(self, *keep: int) -> list[Found]:
        """Kill all but `keep`, and see them gone; what was found alive."""
        alive = [one for one in self.living() if one.pid not in keep]
        for one in alive:
            kill(one.pid)
        gone = came(lambda: not [p for p in self.living() if p.pid not in keep], GONE_S)
        assert gone, f"still there: {self.living()}"
        for process in self._mine:
            if process.pid not in keep:
                process.wait()
        return alive

    def _carries_out(self, one: Found) -> bool:
        # A forked one has its parent's words, but leads a session that the parent does not.
        forked = ("rollback" in one.argv and "--fire" in one.argv) or "--resume" in one.argv
        mine = one.pid in {process.pid for process in self._mine}
        return EXECUTOR in one.argv or (forked and not mine and one.pid == one.session)

    def _mine_of(self, pid: int) -> Found | None:
        with suppress(OSError, ValueError, IndexError):
            proc = Path("/proc", str(pid))
            marked = f"{MARK}={self.place}".encode() in (proc / "environ").read_bytes().split(b"\0")
            works_here = str((proc / "cwd").readlink()).startswith(str(self.directory))
            status = (proc / "stat").read_text().rpartition(")")[2].split()
            if (marked or works_here) and status[0] != "Z":
                argv = (proc / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                return Found(pid, int(status[3]), argv)
        return None


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to a process that may be gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _pids() -> Sequence[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - names


def environment(processes: Processes) -> Mapping[str, str]:
    """What the processes see."""
    return processes.env
