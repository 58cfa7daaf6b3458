"""The one clock. Nothing else in the product asks what time it is.

Recorded times, dwell, windows and SLAs use `now()`, which a demo scales. Polls, deadlines, back-off
and the guard's time-out use `monotonic()`, which is always real.
"""

import fcntl
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

CLOCK_FILE = "clock.json"
LEASE_S = 5.0
JUMP_S = 5.0


class Clock(Protocol):
    """What the product asks of a clock."""

    def now(self) -> float:
        """Unix seconds, UTC, on the deployment's time."""
        ...

    def monotonic(self) -> float:
        """Real seconds since an arbitrary start; never jumps."""
        ...

    @property
    def speed(self) -> float:
        """Deployment seconds that pass in a real second: 1 outside a demo."""
        ...


class SystemClock:
    """The machine's own time."""

    speed = 1.0

    def now(self) -> float:
        """See `Clock.now`."""
        return time.time()

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return time.monotonic()


class SavedClock:
    """A scaled clock kept in a deployment's directory, so that every command sees the same time.

    The file holds an anchor (real time, deployment time), the speed, and a real time up to which
    its keeper has promised to be alive. When the keeper goes, by an orderly stop or a kill, the
    clock stands still at the end of that lease.
    """

    def __init__(self, directory: Path) -> None:
        """Read the clock of the deployment at `directory`; `FileNotFoundError` if it has none.

        `ValueError` or `KeyError` if that file is no clock.
        """
        self._path = directory / CLOCK_FILE
        self._stamp: tuple[int, int] = (0, 0)
        self._load()

    def _load(self) -> None:
        stat = self._path.stat()
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp == self._stamp:
            return
        data = json.loads(self._path.read_text())
        try:
            held = [float(data[key]) for key in ("real", "time", "speed", "base_speed", "until")]
        except TypeError as error:
            raise ValueError("no clock") from error
        if not all(map(math.isfinite, held)):
            raise ValueError("no clock")
        self._real, self._time, self._speed, self._base, self._until = held
        self._stamp = stamp

    @staticmethod
    def create(directory: Path, start: float, speed: float) -> "SavedClock":
        """Write a clock that stands at `start` (unix seconds) until its keeper renews it."""
        _write(directory / CLOCK_FILE, time.time(), start, speed, speed, 0.0)
        return SavedClock(directory)

    @property
    def speed(self) -> float:
        """See `Clock.speed`."""
        self._load()
        return self._speed

    @property
    def stands(self) -> bool:
        """Whether its keeper is gone, so that it does not go on."""
        self._load()
        return time.time() >= self._until

    @property
    def base_speed(self) -> float:
        """The speed it returns to when nothing asks for real time."""
        self._load()
        return self._base

    def now(self) -> float:
        """See `Clock.now`."""
        self._load()
        return self._time + max(0.0, min(time.time(), self._until) - self._real) * self._speed

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return time.monotonic()

    def renew(self) -> None:
        """Promise another lease; called by the keeper, a few times a second."""
        self._anchor(lease=time.time() + LEASE_S)

    def stop(self) -> None:
        """Stand still at this moment."""
        self._anchor(lease=0.0)

    def stand_at(self, moment: float) -> None:
        """Stand still at `moment` (unix seconds) until the keeper renews."""
        self._anchor(lease=0.0, moment=moment)

    def set_speed(self, speed: float) -> None:
        """Run at `speed` from this moment on; the time does not jump."""
        self._anchor(speed=speed)

    def set_base_speed(self, speed: float) -> None:
        """Run at `speed` from now on, and come back to it."""
        self._anchor(speed=speed, base=speed)

    def _anchor(
        self,
        speed: float | None = None,
        base: float | None = None,
        lease: float | None = None,
        moment: float | None = None,
    ) -> None:
        """Start a new reckoning from now; what is not given stays what another process made it."""
        with self._path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            now = self.now()
            _write(
                self._path,
                time.time(),
                now if moment is None else moment,
                self._speed if speed is None else speed,
                self._base if base is None else base,
                self._until if lease is None else lease,
            )
        self._load()


def _write(path: Path, real: float, moment: float, speed: float, base: float, until: float) -> None:
    record = {"real": real, "time": moment, "speed": speed, "base_speed": base, "until": until}
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(record))
    scratch.replace(path)


def steady() -> float:
    """Seconds that no setting of the clock changes, a sleep of the machine included."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class JumpWatch:
    """Notices when the machine's clock is set while the console runs."""

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float] = steady) -> None:
        """Compare `wall` with `steady`, both in seconds, from now on."""
        self._wall = wall
        self.steady = steady
        self._last = wall(), steady()

    def look(self) -> float:
        """Seconds that the clock has jumped since the last look; 0 unless it is more than 5."""
        wall, steady = self._wall(), self.steady()
        jump = (wall - self._last[0]) - (steady - self._last[1])
        self._last = wall, steady
        return jump if abs(jump) > JUMP_S else 0.0


def clock_for(directory: Path) -> SystemClock | SavedClock:
    """The clock of a deployment: its saved one if it is a demo, else the machine's."""
    try:
        return SavedClock(directory)
    except FileNotFoundError:
        return SystemClock()
