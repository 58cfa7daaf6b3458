"""Drawing a sample from a log of 0.8 KB records: how long, how much memory, and the keys meanwhile.

Run: python -m tests.bench.bench_sampling [records]

The draw is the room's own, in a process of its own: the log is read once, in a thread, while the
event loop notes how late it is each time it wakes. `find` is the same pass for the texts of a
sample that another console drew.
"""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from console.domain import events as e
from console.domain.sampling import present
from console.room import WarRoom
from tests.bench.bench_eyes import write_log
from tests.room.stand import LEAD, SetClock, Stand, stand

RECORDS = 1_000_000
BEGAN, NOW = 1_796_083_200.0, 1_796_083_200.0 + 2880 * 60
BEAT_S = 0.005


class Beats:
    """A timer of the event loop that notes how late it comes each time."""

    def __init__(self) -> None:
        """Begin at once."""
        self.late: list[float] = []
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._again()

    def _again(self) -> None:
        self._due = time.perf_counter() + BEAT_S
        self._timer = asyncio.get_running_loop().call_later(BEAT_S, self._beat)

    def _beat(self) -> None:
        self.late.append(time.perf_counter() - self._due)
        self._again()

    def stop(self) -> list[float]:
        """End; all of them, the least first."""
        if self._timer is not None:
            self._timer.cancel()
        return sorted(self.late)


async def measure(directory: Path) -> None:
    """Draw 50, then find them again in another room."""
    clock = SetClock(NOW)
    for what in ("draw", "find"):
        room = WarRoom.open(directory, who="reviewer", offline=False, clock=clock)
        beats = Beats()
        before = resource.getrusage(resource.RUSAGE_SELF)
        began = time.perf_counter()
        if what == "draw":
            await room.sampling.draw(50, room.state, room.do)
        progress = present(room.state)
        if progress is None:
            raise SystemExit("nothing was drawn")
        await room.sampling.find(progress.sample)
        took = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_SELF)
        late = beats.stop()
        of = progress.sample.of
        busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        p50, p99 = late[len(late) // 2] * 1000, late[int(len(late) * 0.99)] * 1000
        sys.stdout.write(
            f"{what}: {of:,} calls in {took:.2f} s ({of / took:,.0f}/s), processor {busy:.2f} s, "
            f"memory {before.ru_maxrss / 1024:.0f} to {after.ru_maxrss / 1024:.0f} MiB, "
            f"event loop late p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {late[-1] * 1000:.1f} ms\n"
        )
        sys.stdout.flush()
        await room.close()


def begun(directory: Path) -> Stand:
    """A deployment whose dark launch began with the log."""
    standing = stand(directory, clock=SetClock(BEGAN))
    room = standing.open()
    version = room.deployment.agent.version
    advance = e.GateDecided("readiness.1", "advance", "GO", (), "dark-launch", None, version)
    room.record.transact(LEAD, lambda _: [advance])
    room.record.journal.close()
    return standing


def main() -> None:
    """Write the log and measure, each in a process of its own: its greatest memory is its own."""
    match sys.argv[1:]:
        case ["--in", directory]:
            asyncio.run(measure(Path(directory)))
            return
        case ["--write", log, count]:
            write_log(Path(log), int(count))
            return
    count = sys.argv[1] if len(sys.argv) > 1 else str(RECORDS)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["XDG_STATE_HOME"] = f"{scratch}/state"
        standing = begun(Path(scratch) / "claims")
        command = [sys.executable, "-m", "tests.bench.bench_sampling"]
        subprocess.run([*command, "--write", str(standing.log), count], check=True)
        subprocess.run([*command, "--in", str(standing.directory)], check=True)


if __name__ == "__main__":
    main()
