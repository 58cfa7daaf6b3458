"""Whether 10,000 random keys, pastes and clicks fire anything.

Run: python -m tests.bench.bench_random_keys [count] [seed]

The same as `tests/app/test_random_keys.py` does with 600, half of it with a true trigger.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.app.chance import HEIGHT, WIDTH, Seen, by_chance
from tests.app.rooms import adopt, console, declare, kinds, minutes, stand, suspension

COUNT = 10_000
SEED = 1


async def run(directory: Path, count: int, seed: int, errors: int) -> tuple[Seen, bool]:
    """Send them; what came of it, and whether anything fired."""
    standing = declare(stand(directory), suspension("lookup", "policy lookup"))
    standing.reach_full()
    room = adopt(standing.open(), minutes(errors=errors))
    async with console(room, (WIDTH, HEIGHT)) as (app, pilot):
        seen = await by_chance(app, pilot, count, seed)
        fired = {"rollback.triggered", "suspension.triggered"} & set(kinds(room))
        return seen, bool(fired) or room.rollback_run is not None or not app.is_running


def main(count: int, seed: int) -> int:
    """Send half of them to a calm console, half to one with a true trigger."""
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["XDG_STATE_HOME"] = f"{scratch}/state"
        for name, errors in (("calm", 0), ("true trigger", 4)):
            began = time.perf_counter()
            directory = Path(scratch) / f"errors-{errors}"
            seen, fired = asyncio.run(run(directory, count // 2, seed + errors, errors))
            failed = failed or fired
            took = time.perf_counter() - began
            sys.stdout.write(
                f"{name}: {seen.done:,} events in {took:.0f} s, armed {seen.armed:,}, "
                f"two letters or more {seen.close:,}, all four {seen.whole:,}, "
                f"fired {'YES' if fired else 'never'}\n"
            )
    return int(failed)


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(words + [COUNT, SEED][len(words) :])))
