"""What a step through the past costs, with ten thousand entries and two days of minutes.

Run: python tests/bench/bench_replay.py
"""

import gc
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from console.domain import events as e
from console.room import Replay, open_past
from tests.app.rooms import HOUR, LEAD, NOW, Stand, minutes, stand

ENTRIES = 10_000
HOURS = 48.0
MOST_S = 0.050


def record(directory: Path) -> Stand:
    """The window's 48 hours: an entry every 17 s, the feed told each minute."""
    standing = stand(directory)
    standing.reach_full(HOURS)
    room = standing.open()
    clock = standing.clock
    room.eyes.record()
    for number, minute in minutes(int(HOURS * 60)).items():
        room.eyes.each["calls"].adopt({number: minute}, number * 60.0 + 65)
    for place in range(ENTRIES // 10):
        clock.moment = NOW - HOURS * HOUR * (1 - place / (ENTRIES // 10))
        alert, incident, call = f"al-{place}", f"inc-{place}", f"call-{place}"
        told: list[e.Event] = [
            e.AlertFired(alert, "error-rate", 0.02, 0.01, 1200, 3600, "calls", "2 % of 1,200"),
            e.AlertAcknowledged(alert, "looking"),
            e.NoteWritten("the upstream answers late"),
            e.CheckInMade("errors a little up"),
            e.AlertResolved(alert, 0.001, "back within the limit"),
            e.SampleJudged("full.1", (e.Judgement(call, "right"),)),
            e.IncidentOpened(incident, 3, "one answer was late"),
            e.IncidentClosed(incident, "seen to"),
            e.NoteWritten("all is well again"),
            e.NoteWritten("next look at noon"),
        ]
        room.record.transact(LEAD, lambda _, told=told: told)  # type: ignore[misc]  # a lambda's default has no type
    room.record.journal.close()
    room.eyes.close()
    return standing


def took(work: Callable[[], object], times: int) -> list[float]:
    """The CPU seconds of each of some runs."""
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return found


def main() -> int:
    """Measure and print; 1 if a step takes longer than it may."""
    say = sys.stdout.write
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["XDG_STATE_HOME"] = f"{scratch}/state"
        standing = record(Path(scratch) / "claims")
        start = time.process_time()
        replay = Replay(open_past(standing.directory))
        say(f"open {len(replay.room.timeline):,} entries {time.process_time() - start:8.2f} s\n")
        gc.freeze()  # as the console does once its first screen stands
        worst = 0.0
        for name, place in (("end", "last"), ("middle", "#5000"), ("start", "#300")):
            replay.to(place)
            for way in (-1, 1):
                steps = took(lambda way=way: replay.step(way), 200)  # type: ignore[misc]  # a lambda's default has no type
                p99 = sorted(steps)[int(len(steps) * 0.99)]
                worst = max(worst, p99)
                middle = statistics.median(steps)
                say(f"step {way:+d} at the {name:<7} p50 {middle * 1e3:6.1f} ms")
                say(f"  p99 {p99 * 1e3:6.1f} ms\n")
        draw = random.Random(1)
        jumps = took(lambda: replay.to_time(draw.uniform(replay.start, replay.end)), 60)
        say(f"jump anywhere        p50 {statistics.median(jumps) * 1e3:6.1f} ms")
        say(f"  most {max(jumps) * 1e3:6.1f} ms\n")
        replay.to("last")
        kinds = took(lambda: replay.jump("alert", -1), 100)
        say(f"jump to an alert     p50 {statistics.median(kinds) * 1e3:6.1f} ms")
        say(f"  most {max(kinds) * 1e3:6.1f} ms\n")
    return 1 if worst > MOST_S else 0


if __name__ == "__main__":
    sys.exit(main())
