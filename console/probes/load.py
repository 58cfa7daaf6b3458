"""A load test's result file as evidence (Guide 1): twice the peak, p95, rate limits.

Reads what k6, Locust and hey write. A file that does not say enough is refused: what is not known
to be good is not good.
"""

import csv
import hashlib
import io
import json
import re
import stat
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from config.model import Deployment
from console.clean import clean
from console.domain.percent import percent
from console.probes.result import Result, Row, Verdict, failed

MOST_BYTES = 64 * 1024 * 1024
TIMES = 2.0
MOST_ERRORS = 0.01
LEAST_CALLS = 20  # as for every reading: fewer say nothing about a p95
LEAST_S = 60.0  # most APIs limit the calls of a minute


class Unreadable(Exception):
    """The file is no result that we know; the text says what is wrong."""


class Measured(msgspec.Struct, frozen=True):
    """What a load tool measured: calls a second, p95 in seconds, failures and 429s.

    `limited` is None if the file does not tell 429s from other answers, `failed` counts all
    failures, or, where the file `omits` calls that got no answer, only those that got one.
    """

    tool: str
    calls: int
    rate: float
    p95_s: float
    failed: int
    limited: int | None
    omits: bool = False


def load(deployment: Deployment, path: Path) -> Result:
    """The verdict on a result file. Blocks."""
    if deployment.load is None:
        return failed("load", "config", "not configured: write [load] with peak_calls_per_s")
    try:
        raw = _bytes(path)
        measured = read(raw.decode("utf-8-sig"))
    except OSError as error:
        return failed("load", "file", f"cannot be read: {error.strerror}", reached=False)
    except (Unreadable, UnicodeDecodeError) as why:
        return failed("load", "file", clean(str(why), 300))
    needed = TIMES * deployment.load.peak_calls_per_s
    limit = deployment.limit("latency-p95").over or 3.0
    record = {**msgspec.to_builtins(measured), "sha256": hashlib.sha256(raw).hexdigest()}
    return Result("load", judged(measured, needed, limit), record=record)


def _bytes(path: Path) -> bytes:
    """A file's content. A device or a pipe has no end, or none that comes by itself."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise Unreadable("the file is not a regular one: name the result that the tool wrote")
    with path.open("rb") as stream:
        raw = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise Unreadable("the file is larger than 64 MiB: give the summary")
    return raw


def judged(measured: Measured, needed: float, limit_s: float) -> tuple[Row, ...]:
    """The rows: load reached, for how long, latency, rate limits, other failures."""
    rate, p95, failures = measured.rate, measured.p95_s, measured.failed
    share = failures / measured.calls if measured.calls else 1.0
    lasted = measured.calls / rate if rate > 0 else 0.0
    rows = [
        Row(
            "load",
            "ok" if rate >= needed else "fail",
            f"{rate:,.1f} calls/s over {measured.calls:,} calls, twice the peak is {needed:,.1f}",
        ),
        _duration(measured.calls, lasted),
        Row(
            "latency p95",
            "ok" if p95 < limit_s else "fail",
            f"{p95:.2f} s, must be below {limit_s:g} s",
        ),
    ]
    if measured.limited is not None:
        verdict: Verdict = "fail" if measured.limited else "ok"
        rows.append(Row("rate limits", verdict, f"{measured.limited:,} answers were 429"))
    elif failures:
        why = f"{failures:,} calls failed and {measured.tool} does not say which were 429"
        rows.append(Row("rate limits", "fail", why))
    else:
        rows.append(Row("rate limits", "ok", "no call failed, so none was refused"))
    told = f"{failures:,} of {measured.calls:,} calls, {percent(share, 2)}"
    told += f"; at most {percent(MOST_ERRORS)}"
    known: Verdict = "warn" if measured.omits else "ok"
    if measured.omits:
        told += "; calls without an answer are not in such a file: give the tool's text output"
    rows.append(Row("failures", known if share <= MOST_ERRORS else "fail", told))
    return tuple(rows)


def _duration(calls: int, lasted_s: float) -> Row:
    if calls < LEAST_CALLS:
        return Row("duration", "fail", f"{calls} calls are too few, at least {LEAST_CALLS}")
    if lasted_s < LEAST_S:
        why = f"{lasted_s:.0f} s: too short to meet a limit on the calls of a minute"
        return Row("duration", "warn", why)
    return Row("duration", "ok", f"{lasted_s:,.0f} s")


def read(text: str) -> Measured:
    """What `text` measured, whichever of the three tools wrote it. Raises `Unreadable`."""
    head = text.lstrip()[:1]
    try:
        if head == "{":
            return _k6(json.loads(text, parse_constant=_no_number))
        if "Latency distribution" in text or "Status code distribution" in text:
            return _hey(text)
        first = text.splitlines()[0] if text.strip() else ""
        if "Request Count" in first:
            return _locust(text)
        if first.startswith("response-time,"):
            return _hey_csv(text)
    except (KeyError, ValueError, TypeError, IndexError, RecursionError, ArithmeticError):
        raise Unreadable("the file lacks what such a result holds, or is cut") from None
    raise Unreadable("the file is no summary of k6 (JSON), Locust (stats CSV) or hey")


def _no_number(name: str) -> float:
    raise ValueError(name)


def _k6(summary: Any) -> Measured:
    metrics = summary["metrics"]

    def values(name: str) -> dict[str, Any]:
        found = metrics[name]
        return dict(found.get("values", found))

    requests, failures = values("http_reqs"), values("http_req_failed")
    calls = int(requests["count"])
    share = failures["rate"] if "rate" in failures else failures["value"]
    tagged = [name for name in metrics if re.search(r"status:\s*429", name)]
    limited = sum(int(values(name)["count"]) for name in tagged) if tagged else None
    p95 = float(values("http_req_duration")["p(95)"]) / 1000
    return Measured("k6", calls, float(requests["rate"]), p95, round(share * calls), limited)


def _locust(text: str) -> Measured:
    rows = list(csv.DictReader(io.StringIO(text)))
    (total,) = [row for row in rows if row["Name"] == "Aggregated"]
    p95 = float(total["95%"]) / 1000
    calls, failures = int(total["Request Count"]), int(total["Failure Count"])
    return Measured("Locust", calls, float(total["Requests/s"]), p95, failures, None)


def _hey(text: str) -> Measured:
    codes = {int(code): int(n) for code, n in re.findall(r"\[(\d{3})\]\s+(\d+) responses", text)}
    _, _, told = text.partition("Error distribution")
    errors = sum(int(n) for n in re.findall(r"^\s+\[(\d+)\]\s+\S", told, re.MULTILINE))
    rate = float(_only(r"Requests/sec:\s+([0-9.]+)", text))
    p95 = float(_only(r"95%+\s+in\s+([0-9.]+)\s+secs", text))
    return _by_status("hey", codes, errors, rate, p95)


def _hey_csv(text: str) -> Measured:
    rows = list(csv.DictReader(io.StringIO(text)))
    times = sorted(float(row["response-time"]) for row in rows)
    ends = [float(row["offset"]) + float(row["response-time"]) for row in rows]
    codes = Counter(int(row["status-code"]) for row in rows)
    p95 = times[max(0, -(-len(times) * 95 // 100) - 1)]
    measured = _by_status("hey", dict(codes), 0, len(rows) / max(ends), p95)
    return msgspec.structs.replace(measured, omits=True)


def _by_status(
    tool: str, codes: dict[int, int], errors: int, rate: float, p95_s: float
) -> Measured:
    answered = sum(codes.values())
    bad = sum(n for code, n in codes.items() if code >= 400)
    limited = codes.get(429, 0)
    return Measured(tool, answered + errors, rate, p95_s, bad + errors, limited)


def _only(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(pattern)
    return found[1]
