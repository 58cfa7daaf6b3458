"""The simulated agent as a process of its own, and the handle that starts and stops it.

`python -m console.demo.agent --dir D` serves the agent of the deployment at D on the loopback until
SIGTERM, SIGINT or, without `--stay`, the end of its standard input: a parent that dies takes the
agent with it. With AGENT_TOKEN set, logs, metrics and controls need it as a bearer token.
"""

import argparse
import json
import math
import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType, TracebackType

from console.clock import SavedClock
from console.demo.agent_http import Server
from console.demo.agent_state import Agent, AgentError, State, first_state, load_state
from console.demo.scenarios import SCENARIOS
from console.demo.traffic import MODES, Profile, Routing

TICK_S = 0.2
POLL_S = 0.05
START_S = 15.0
STOP_S = 5.0
TROUBLE_AFTER_S = 600.0
STDERR_FILE = Path("agent", "stderr.txt")


class AgentProcess:
    """A running agent. Use as a context manager, or call `stop`."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        """See `start`."""
        self._process = process
        self.port = port

    @property
    def url(self) -> str:
        """Where its endpoints are, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @classmethod
    def start(
        cls,
        directory: Path,
        *,
        port: int = 0,
        seed: int | None = None,
        scenario: str | None = None,
        trouble_after: float | None = None,
        calls_per_hour: float | None = None,
        candidate: str | None = None,
        stable: str | None = None,
        mode: str | None = None,
        share: int | None = None,
        token: str = "",
    ) -> "AgentProcess":
        """Start the agent of the deployment at `directory` and wait until it listens.

        The directory needs a saved clock. Values left out are the saved ones, or at the first start
        the defaults of `Profile` and `Routing`; `trouble_after` (seconds of deployment time),
        `mode` and `share` matter at the first start only. Raises `AgentError`. Blocks for some
        tenths of a second.
        """
        values = {
            "--dir": directory,
            "--port": port,
            "--seed": seed,
            "--scenario": scenario,
            "--trouble-after": trouble_after,
            "--calls-per-hour": calls_per_hour,
            "--candidate": candidate,
            "--stable": stable,
            "--mode": mode,
            "--share": share,
        }
        given = [f"{name}={value}" for name, value in values.items() if value is not None]
        complaints = directory / STDERR_FILE
        complaints.parent.mkdir(parents=True, exist_ok=True)
        with complaints.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", __name__, *given],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env={**os.environ, "AGENT_TOKEN": token},
                start_new_session=True,
            )
        started = _first_line(process)
        if not started:
            _end(process)
            said = complaints.read_text(errors="replace").strip().splitlines()
            raise AgentError(said[-1] if said else f"the agent did not listen within {START_S} s")
        return cls(process, json.loads(started)["port"])

    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the process in order, by force after 5 s. More than once is no harm."""
        _end(self._process)

    def __enter__(self) -> "AgentProcess":
        """See the class."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()


def _first_line(process: "subprocess.Popen[bytes]") -> bytes:
    if process.stdout is None:
        return b""
    with process.stdout:
        ready, _, _ = select.select([process.stdout], [], [], START_S)
        return process.stdout.readline() if ready else b""


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main(argv: list[str] | None = None) -> int:
    """Serve until told to stop; the exit code is 0, or 1 after one sentence on stderr."""
    options = _options(argv)
    wake, woken = os.pipe()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        os.write(woken, b"x")

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        _serve(options, wake)
    except (AgentError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _serve(options: argparse.Namespace, wake: int) -> None:
    try:
        clock = SavedClock(options.dir)
    except FileNotFoundError:
        raise AgentError(f"{options.dir} has no clock: start it with `warroom demo`") from None
    agent = Agent(options.dir, clock, _state(options, clock.now()))
    try:
        server = Server(options.port, agent, os.environ.get("AGENT_TOKEN", ""))
    except OSError as error:
        raise AgentError(f"port {options.port} cannot be used: {error.strerror}") from None
    agent.tick()
    threading.Thread(target=server.serve_forever, args=(POLL_S,), daemon=True).start()
    sys.stdout.write(json.dumps({"port": server.server_port}) + "\n")
    sys.stdout.flush()
    watched = [wake] if options.stay else [wake, sys.stdin.fileno()]
    while not _told_to_stop(watched):
        agent.tick()
    server.shutdown()
    server.server_close()
    agent.close()


def _told_to_stop(watched: list[int]) -> bool:
    """Wait a tick; whether a signal came or standard input ended."""
    ready, _, _ = select.select(watched, [], [], TICK_S)
    # Whoever writes to standard input is alive: only its end counts.
    return any(number == watched[0] or not os.read(number, 4096) for number in ready)


def _state(options: argparse.Namespace, now: float) -> State:
    """The saved state, which the options given must not contradict, or a first one."""
    saved = load_state(options.dir)
    fields = ("seed", "scenario", "calls_per_hour", "candidate", "stable")
    given = {name: value for name in fields if (value := getattr(options, name)) is not None}
    if saved:
        for name, value in given.items():
            if (was := getattr(saved.profile, name)) != value:
                flag = name.replace("_", "-")
                raise AgentError(
                    f"the agent in {options.dir} has --{flag} {was}, not {value}; "
                    "leave the option out or choose another directory"
                )
        return saved
    profile = Profile(**given, onset=now + options.trouble_after)
    version = profile.candidate
    routing = Routing(version=version, share=options.share, mode=options.mode)
    return first_state(options.dir, profile, routing, now)


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m console.demo.agent", allow_abbrev=False)
    parser.add_argument("--dir", type=Path, required=True, help="the deployment's directory")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--scenario", choices=sorted(SCENARIOS))
    parser.add_argument("--trouble-after", type=_finite, default=TROUBLE_AFTER_S, metavar="SECONDS")
    parser.add_argument("--calls-per-hour", type=_positive)
    parser.add_argument("--candidate", metavar="VERSION")
    parser.add_argument("--stable", metavar="VERSION")
    parser.add_argument("--mode", choices=MODES, default="dark-launch")
    parser.add_argument("--share", type=int, choices=range(101), default=0, metavar="PERCENT")
    parser.add_argument("--stay", action="store_true", help="outlive the parent")
    return parser.parse_args(argv)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text} is not a finite number")
    return value


def _positive(text: str) -> float:
    if (value := _finite(text)) <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


if __name__ == "__main__":
    sys.exit(main())
