"""How long a key waits while the console reads: a back-fill at full speed, then 50,000 records/s.

Run: python -m tests.bench.bench_keys [records]

The log is a file that grows; the console runs in a real pseudo-terminal. Also the processor time
and memory that following takes.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from console.clock import SystemClock
from tests.app.terminal import MAIN, environment
from tests.bench.bench_screen import SIZE, Wire, cpu_of
from tests.room.stand import stand

RECORDS = 3_000_000
RATE = 50_000
KEYS = 200
FOLLOW_S = 30.0

WRITER = """
import json, signal, sys, time
path, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
text = "The insured reports a cracked windscreen on the motorway near junction 12. " * 6
body = {"version": "v2.4.0", "variant": "live", "model": "m-large", "tokens_in": 900,
        "tokens_out": 120, "cost": 0.00002, "error": None, "escalation": None, "flags": [],
        "input": text, "output": "covered", "synthetic": False}
tail = json.dumps(body)[1:]
number, began = 0, time.time()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
if rate > 0:  # the system's timer gives the beat: a thousand records each
    signal.setitimer(signal.ITIMER_REAL, 1000 / rate, 1000 / rate)
with open(path, "a") as out:
    while rate < 0 and number < -rate or rate > 0 and time.time() - began < seconds:
        lines = []
        for _ in range(1000):
            at = time.time() - (170000.0 * (1 + number / rate) if rate < 0 else 0.0)
            whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))
            kind = "b" if rate < 0 else "f"
            lines.append(f'{{"id": "{kind}{number}", "at": "{whole}.{int(at % 1 * 1000):03d}Z", '
                         f'"latency_s": {0.5 + number % 97 / 50:.3f}, {tail}\\n')
            number += 1
        out.write("".join(lines))
        out.flush()
        if rate > 0:
            signal.sigwait({signal.SIGALRM})
"""


def write(path: Path, rate: int, seconds: float = 0.0) -> subprocess.Popen[bytes]:
    """Somebody who writes so many records a second; or, if negative, so many at once."""
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(rate), str(seconds)])


def waits(terminal: Wire, count: int) -> list[float]:
    """Seconds from a key to the first byte after it, `count` times."""
    taken = []
    for number in range(count):
        before, began = len(terminal.raw), time.perf_counter()
        terminal.send("\x1b[B" if number % 2 else "\x1b[A")
        while len(terminal.raw) == before and time.perf_counter() - began < 2.0:
            terminal.read(0.001)
        taken.append(time.perf_counter() - began)
        pause = time.perf_counter() + 0.02
        while time.perf_counter() < pause:
            terminal.read(0.005)
    return taken


def told(title: str, taken: list[float]) -> str:
    """Median and p99 in milliseconds."""
    p99 = statistics.quantiles(taken, n=100)[-1]
    return f"{title}: {statistics.median(taken) * 1e3:.0f} ms median, {p99 * 1e3:.0f} ms p99\n"


def memory_mib(pid: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS
    say = sys.stdout.write
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        os.environ["XDG_STATE_HOME"] = str(home / "state")
        standing = stand(home / "claims", clock=SystemClock())
        write(standing.log, -count).wait()
        terminal = Wire(
            [sys.executable, "-c", MAIN, "open", str(standing.directory)], environment(home), SIZE
        )
        try:
            terminal.until(lambda: "latency p95" in terminal.text)
            began = time.perf_counter()
            say(told("key to repaint, back-filling", waits(terminal, KEYS)))
            say(f"  ({time.perf_counter() - began:.1f} s of {count:,} records)\n")
            terminal.send("f")
            terminal.until(lambda: f"{count:,} read" in terminal.text, 120.0)
            terminal.send("\x1b")
            writer = write(standing.log, RATE, FOLLOW_S)
            used, held, began = cpu_of(terminal.pid), memory_mib(terminal.pid), time.perf_counter()
            say(told(f"key to repaint, {RATE:,} records/s", waits(terminal, KEYS)))
            while writer.poll() is None:
                terminal.read(0.1)
            passed = time.perf_counter() - began
            share = (cpu_of(terminal.pid) - used) / passed
            grown = memory_mib(terminal.pid) - held
            say(f"following: {share:.0%} CPU, memory {held:.0f} MiB, grew by {grown:.1f} MiB\n")
        finally:
            terminal.close()


if __name__ == "__main__":
    main()
