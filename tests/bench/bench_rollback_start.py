"""How soon the first request of a rollback is out, from the shell, against its imports alone.

Run: python -m tests.bench.bench_rollback_start

`warroom rollback DIR --fire` is held against a bare Python that imports what others wrote of what
it loads, and nothing else; and, for pydantic loads lazily, against one that also takes from it the
names that the config is made of. All alternate, so that a neighbour's load hits them alike.
Target: under 1.5x.
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
PACKAGES = "import pydantic, msgspec, httpx, ssl, asyncio"
NAMES = f"{PACKAGES}; pydantic.BaseModel, pydantic.Field, pydantic.SecretStr"


def main() -> None:
    """Print the medians and their ratios."""
    firing: list[float] = []
    packages: list[float] = []
    names: list[float] = []
    for _ in range(ROUNDS):
        packages.append(_timed([sys.executable, "-c", PACKAGES]))
        names.append(_timed([sys.executable, "-c", NAMES]))
        firing.append(_first_request())
    say, fire = sys.stdout.write, statistics.median(firing)
    say(f"first request out   {fire * 1000:6.0f} ms median, {max(firing) * 1000:.0f} ms worst\n")
    for what, times in (("its packages", packages), ("with their names", names)):
        alone = statistics.median(times)
        say(f"{what:18}  {alone * 1000:6.0f} ms median, ratio {fire / alone:.2f}\n")


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
