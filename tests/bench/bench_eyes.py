"""From a log of 0.8 KB records to the minutes of its metrics, beside tools that answer the same.

Run: python -m tests.bench.bench_eyes [records]

Each contestant is a process of its own with one thread; processor time and greatest memory are
what the system says of it. A tool that is not installed is left out.
"""

import asyncio
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import msgspec

from config.presets import preset
from console.domain.seen import Seen
from console.domain.series import Series
from console.feeds.fields import RecordReader
from console.feeds.jsonl_file import FileFeed
from console.telemetry import fold
from tests.bench.bench_decode import log

RECORDS = 1_000_000
PIECE = 50_000
MINUTES = 2880
NOW = 2e9


def write_log(path: Path, count: int) -> None:
    """A log of two days, in the order of time."""
    records = (json.loads(line) for line in log(PIECE).splitlines())
    made = list(records)
    begin, step = 1_796_083_200.0, MINUTES * 60 / count
    with path.open("wb") as out:
        for number in range(count):
            record = made[number % PIECE]
            at = begin + number * step
            whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))
            record["id"] = f"call-{number:08d}"
            record["at"] = f"{whole}.{int(at % 1 * 1000):03d}Z"
            out.write(msgspec.json.encode(record) + b"\n")


def pieces(path: Path) -> Callable[[], bytes]:
    """Reads whole lines of about 64 KiB."""
    stream = path.open("rb")

    def read() -> bytes:
        return stream.read(65536) + stream.readline()

    return read


def one_field(path: Path) -> None:
    """The least: one field of every record, decoded and forgotten."""
    one = msgspec.json.Decoder(msgspec.defstruct("One", [("latency_s", float, 0.0)], gc=False))
    for piece in iter(pieces(path), b""):
        one.decode_lines(piece)


def console(path: Path) -> None:
    """What the console does with a backlog: poll by poll, ids remembered."""
    reader = RecordReader(preset("native").fields, "salt")
    feed = FileFeed("calls", path, reader)
    series, seen = Series(), Seen()

    async def follow() -> None:
        cursor: dict[str, object] = {}
        behind = True
        while behind:
            batch = await feed.poll(cursor, NOW)
            series.add(fold(batch.calls, seen, NOW, batch.tallies).minutes)
            seen.fresh.clear()
            cursor, behind = batch.cursor, batch.behind

    asyncio.run(follow())
    last = (series.last or 0) + 1
    whole = series.window(last, MINUTES)
    told = (whole.calls, whole.errors, whole.escalations, round(whole.p95 or 0, 2))
    sys.stdout.write(f"    {told}\n")


_SQL = """
select epoch(date_trunc('minute', "at"::timestamp)) m, count(distinct id), count(error),
  count(escalation), sum(cost), sum(tokens_in), quantile_disc(latency_s, 0.95)
from read_json('{path}', format='newline_delimited',
  columns={{id: 'varchar', "at": 'varchar', error: 'varchar', escalation: 'varchar',
  cost: 'double', tokens_in: 'bigint', latency_s: 'double'}}) group by 1 order by 1
"""


def duckdb(path: Path) -> None:
    """The same minutes, by DuckDB in one thread."""
    import duckdb  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # a peer

    base = duckdb.connect(config={"threads": 1})
    base.execute(_SQL.format(path=path)).fetchall()


_JQ = (
    "reduce inputs as $r ({}; .[$r.at[:16]] |= ["
    ".[0] + 1, .[1] + (if $r.error then 1 else 0 end), "
    ".[2] + (if $r.escalation then 1 else 0 end), .[3] + $r.cost, .[4] + $r.tokens_in])"
)


def measured(command: list[str]) -> tuple[float, float]:
    """Processor seconds and MiB at the most of a command."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        out = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} failed")
    if out.startswith(b"    "):
        sys.stdout.write(out.decode())
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    if len(sys.argv) == 4:
        write_log(Path(sys.argv[2]), int(sys.argv[3]))
        return
    if len(sys.argv) == 3:
        {"one": one_field, "console": console, "duckdb": duckdb}[sys.argv[1]](Path(sys.argv[2]))
        return
    count = int(sys.argv[1]) if len(sys.argv) == 2 else RECORDS
    say = sys.stdout.write
    ours = [sys.executable, "-m", "tests.bench.bench_eyes"]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "calls.jsonl"
        # In a process of its own: a child's greatest memory is never less than its parent's was.
        subprocess.run([*ours, "write", str(path), str(count)], check=True)
        say(f"{count:,} records of {path.stat().st_size / count:.0f} bytes, {MINUTES} minutes\n")
        runs = {"one": [*ours, "one", str(path)], "console": [*ours, "console", str(path)]}
        if find_spec("duckdb"):
            runs["duckdb"] = [*ours, "duckdb", str(path)]
        if jq := shutil.which("jq"):
            runs["jq"] = [jq, "-nc", _JQ, str(path)]
        took = {title: measured(command) for title, command in runs.items()}
        own, memory = took["console"]
        for title, (seconds, mib) in took.items():
            say(
                f"{title:8} {seconds:7.2f} s  {mib:6.0f} MiB   "
                f"console: {own / seconds:5.2f}x the time, {memory / mib:5.2f}x the memory\n"
            )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
