"""What folding the journal into the state costs beside decoding the same lines.

Run: python tests/bench/bench_fold_state.py
"""

import sys
import time
from collections.abc import Callable

import msgspec

from console.domain import events as e
from console.domain.entry import Entry
from console.domain.evolve import fold
from console.domain.times import utc
from tests.domain.build import NOW, SEEN, Desk

ENTRIES = 100_000


def best(work: Callable[[], object], times: int = 5) -> float:
    """The least CPU seconds of a few runs."""
    least = float("inf")
    for _ in range(times):
        start = time.process_time()
        work()
        least = min(least, time.process_time() - start)
    return least


def journal() -> list[Entry]:
    """A rollout up to its window, then what a long window brings, over and over."""
    desk = Desk().to("full.1")
    while len(desk.entries) < ENTRIES:
        place = len(desk.entries)
        alert, incident = f"al-{place}", f"inc-{place}"
        desk.write(
            e.AlertFired(alert, "error-rate", 0.02, 0.01, 1200, 3600, "calls", "2 % of 1,200"),
            e.AlertAcknowledged(alert, "looking"),
            e.NoteWritten("the upstream answers late"),
            e.CheckInMade("errors a little up"),
            e.AlertResolved(alert, 0.001, "back within the limit"),
            e.SampleJudged("full.1", (e.Judgement(f"call-{place}", "right"),)),
            e.ItemConfirmed("logging", "tech-lead", SEEN),
            e.IncidentOpened(incident, 3, "one answer was late"),
            e.TriggerRaised("error-rate", 0.06, 0.05, 300, utc(NOW), "6 %"),
            e.IncidentClosed(incident, "seen to"),
        )
    return desk.entries[:ENTRIES]


def main() -> None:
    """Measure and print."""
    entries = journal()
    lines = [msgspec.json.encode(entry) for entry in entries]
    decode = msgspec.json.Decoder(Entry).decode
    fold_s = best(lambda: fold(entries))
    decode_s = best(lambda: [decode(line) for line in lines])
    untyped_s = best(lambda: [msgspec.json.decode(line) for line in lines])
    state = fold(entries)
    copy_s = best(lambda: msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=type(state)))
    say = sys.stdout.write
    say(f"fold {ENTRIES:,} entries     {fold_s:8.3f} s  {ENTRIES / fold_s:>10,.0f} a second\n")
    say(f"decode the same lines    {decode_s:8.3f} s  the fold is {fold_s / decode_s:.2f}x that\n")
    say(
        f"decode them untyped      {untyped_s:8.3f} s  the fold is {fold_s / untyped_s:.2f}x that\n"
    )
    say(f"copy the state           {copy_s:8.3f} s\n")


if __name__ == "__main__":
    main()
