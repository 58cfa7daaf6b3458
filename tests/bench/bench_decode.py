"""How fast records of 0.8 KB become calls, beside the least that decoding them can cost.

Run: python -m tests.bench.bench_decode [records]
"""

import json
import random
import sys
import time
from collections.abc import Callable

import msgspec

from config.feed import CallField
from config.presets import preset
from console.feeds.fields import RecordReader
from console.feeds.lines import chunks

METRICS: tuple[CallField, ...] = (
    *("id", "at", "latency_s", "cost", "tokens_in", "tokens_out", "error", "escalation"),
    *("flags", "version", "variant", "synthetic"),
)
CLAIM = "The insured reports a cracked windscreen on the motorway near junction 12.\n"


def log(count: int) -> bytes:
    """A log of `count` records in our own shape, of about 0.8 KB each."""
    draw = random.Random(1)
    return b"".join(
        json.dumps(
            {
                "id": f"call-{n:08d}",
                "at": f"2026-12-01T{n // 3600 % 24:02d}:{n // 60 % 60:02d}:{n % 60:02d}.123Z",
                "version": "v2.4.0",
                "variant": "live",
                "model": "m-large",
                "latency_s": round(draw.lognormvariate(0, 0.5), 3),
                "tokens_in": draw.randrange(400, 2000),
                "tokens_out": draw.randrange(50, 400),
                "cost": round(draw.uniform(0.01, 0.04), 5),
                "error": "time-out" if draw.random() < 0.003 else None,
                "escalation": "policy unclear" if draw.random() < 0.15 else None,
                "flags": [],
                "tools": [{"name": "lookup_policy", "ok": True}],
                "user": f"user-{n % 500}",
                "input": CLAIM * 4,
                "format": "text",
                "output": CLAIM * 2,
                "synthetic": False,
                "conversation": f"c-{n // 3}",
            }
        ).encode()
        + b"\n"
        for n in range(count)
    )


def rate(count: int, run: Callable[[], object]) -> float:
    """Records a second of processor time, the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return count / best


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    data = log(count)
    one = msgspec.json.Decoder(msgspec.defstruct("One", [("latency_s", float, 0.0)], gc=False))
    native = preset("native").fields
    everything = RecordReader(native, "salt")
    metrics = RecordReader({name: native[name] for name in METRICS}, "salt")
    pieces = list(chunks(data))

    def decode_one() -> None:
        for piece in pieces:
            one.decode_lines(piece)

    def decode_calls(reader: RecordReader) -> Callable[[], None]:
        def run() -> None:
            for piece in pieces:
                reader.read(piece)

        return run

    least = rate(count, decode_one)
    sys.stdout.write(f"{count} records of {len(data) / count:.0f} bytes\n")
    sys.stdout.write(f"one field, no calls    {least / 1000:6.0f} k/s  1.00\n")
    for title, reader in (("calls, for metrics", metrics), ("calls, every field", everything)):
        got = rate(count, decode_calls(reader))
        sys.stdout.write(f"{title:22} {got / 1000:6.0f} k/s  {got / least:.2f}\n")


if __name__ == "__main__":
    main()
