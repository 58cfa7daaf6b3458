"""How soon the first request of a rollback is out, from the shell, against its imports alone.

Run: python -m tests.bench.bench_rollback_start

`warroom rollback DIR --fire` is held against a bare Python that imports the third-party modules
which the command has loaded when it is over, and nothing else. Both alternate, so that a
neighbour's load hits both alike. Target: under 1.5x.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from console.clock import SystemClock
from tests.actions.switch import running_switch
from tests.room.stand import GOOD, stand

ROUNDS = 15
# What `warroom rollback --fire` needs that others wrote, as far as it is loaded before it acts.
IMPORTS = "import pydantic, msgspec, httpx, ssl, asyncio"


def main() -> None:
    """Print both medians and their ratio."""
    firing, importing = [], []
    for _ in range(ROUNDS):
        importing.append(_timed([sys.executable, "-c", IMPORTS]))
        firing.append(_first_request())
    fire, imports = statistics.median(firing), statistics.median(importing)
    sys.stdout.write(
        f"first request out   {fire * 1000:6.0f} ms median, {max(firing) * 1000:.0f} ms worst"
        + "\n"
    )
    sys.stdout.write(f"its imports alone   {imports * 1000:6.0f} ms median" + "\n")
    sys.stdout.write(f"ratio               {fire / imports:6.2f} (target: under 1.5)" + "\n")


def _timed(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - began


def _first_request() -> float:
    """Seconds from the start of the command to the arrival of its first request."""
    with running_switch() as switch, tempfile.TemporaryDirectory() as folder:
        step = switch.step().model_dump(exclude_unset=True)
        claims = stand(Path(folder) / "claims", steps=[step], clock=SystemClock())
        began = time.perf_counter()
        command = [
            str(Path(sys.executable).with_name("warroom")),
            "rollback",
            str(claims.directory),
        ]
        command += ["--as", "rollback owner", "--fire", "--json"]
        child = subprocess.Popen(
            command,
            env={**os.environ, "XDG_STATE_HOME": folder},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not switch.keys:
            threading.Event().wait(0.001)
        took = time.perf_counter() - began
        number = 0
        while child.poll() is None:
            number += 1
            claims.log_call(GOOD, number)
            threading.Event().wait(0.1)
        return took


if __name__ == "__main__":
    main()
