"""One process per deployment records: a real second process holds the real lock."""

import subprocess
import sys
from pathlib import Path

from console.telemetry import WatchLock

HOLDER = """
import sys
from pathlib import Path
from console.telemetry import WatchLock
lock = WatchLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


def test_another_takes_over_when_the_holder_dies(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        lock = WatchLock(tmp_path)
        assert lock.acquire() is False
        assert lock.held is False
        holder.kill()
        holder.wait()
        assert lock.acquire() is True
        lock.release()


def test_two_locks_in_one_process_exclude_each_other(tmp_path: Path) -> None:
    one, other = WatchLock(tmp_path), WatchLock(tmp_path)
    with one:
        assert one.acquire()
        assert (one.held, other.acquire(), other.held) == (True, False, False)
    assert other.acquire()
    assert (one.held, other.held) == (False, True)
    other.release()
