"""A log that the real logrotate turns over while its writer goes on: every line comes once."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from console.feeds.jsonl_file import FileFeed
from tests.feeds.binaries import needed
from tests.feeds.records import ids_of, native

LINES = 20_000
TURN = 2000

# Writes numbered records. After each turn it says so and writes half a turn more while its log is
# rotated, or nothing if that copies and truncates: what is written in between is lost, which is
# logrotate's own doing. On SIGHUP it opens its log again, as daemons do, and says so in a file.
WRITER = """
import json, os, signal, sys, threading, time
path, count, turn, more = sys.argv[1], *map(int, sys.argv[2:])
def opened():
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
log = opened()
def again():
    while signal.sigwait({signal.SIGHUP}):
        new = opened()
        os.dup2(new, log)
        os.close(new)
        open(path + "-opened", "w").close()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
threading.Thread(target=again, daemon=True).start()
for number in range(count):
    if number and number % turn == 0:
        print("turn", flush=True)
    if number >= turn and number % turn == more:
        sys.stdin.readline()
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = json.dumps({"id": f"call-{number}", "at": at, "latency_s": 0.9})
    os.write(log, (line + chr(10)).encode())
print("done", flush=True)
"""


def config(directory: Path, words: str, pid: int) -> Path:
    """logrotate's own file, with `words` in it."""
    path = directory / "logrotate.conf"
    seen = f"{directory}/calls.jsonl-opened"
    hup = f"""postrotate
    kill -HUP {pid}
    until rm {seen} 2>/dev/null; do :; done
  endscript"""
    script = "" if "copytruncate" in words else hup
    path.write_text(f"{directory}/calls.jsonl {{\n  {words}\n  rotate 100\n  {script}\n}}\n")
    path.chmod(0o600)
    return path


def rotate(directory: Path, conf: Path) -> None:
    """Turn the log over now."""
    state = directory / "state"
    command = [needed("logrotate", "logrotate"), "--force", "--state", str(state), str(conf)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


class Follower(threading.Thread):
    """Polls as the console does, until it is told that all is written and then catches up."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.feed = FileFeed("calls", path, native())
        self.ids: list[str] = []
        self.gaps = self.bad = 0
        self.caught_up = threading.Event()
        self.written = threading.Event()

    def run(self) -> None:
        """Poll."""
        cursor = "{}"
        while True:
            last = self.written.is_set()
            batch = asyncio.run(self.feed.poll(json.loads(cursor), time.time()))
            cursor = json.dumps(batch.cursor)
            self.ids += ids_of(batch)
            self.bad += batch.bad
            self.gaps += batch.gap
            if not batch.behind:
                self.caught_up.set()
                if last:
                    return


@pytest.mark.parametrize(
    "words",
    [
        "create",
        "create\n  compress\n  delaycompress",
        "create\n  compress",
        "copytruncate",
        "copytruncate\n  compress",
    ],
    ids=["create", "delaycompress", "compress", "copytruncate", "copy and compress"],
)
def test_no_line_is_lost_and_none_comes_twice(tmp_path: Path, words: str) -> None:
    needed("logrotate", "logrotate")
    path = tmp_path / "calls.jsonl"
    path.touch(mode=0o600)
    more = 0 if "copytruncate" in words else TURN // 2
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, *map(str, (path, LINES, TURN, more))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    follower = Follower(path)
    rotations = 0
    try:
        conf = config(tmp_path, words, writer.pid)
        follower.start()
        while writer.stdout.readline() == "turn\n":
            rotate(tmp_path, conf)
            rotations += 1
            writer.stdin.write("on\n")
            writer.stdin.flush()
    finally:
        writer.kill()
        writer.communicate()
        follower.written.set()
        follower.join(timeout=60)
    assert not follower.is_alive()
    twice = [one for one, count in Counter(follower.ids).items() if count > 1]
    assert twice == []
    assert len(follower.ids) == LINES
    assert (follower.bad, follower.gaps) == (0, 0)
    assert rotations == LINES // TURN - 1
    assert len(list(tmp_path.glob("calls.jsonl?*"))) == rotations
