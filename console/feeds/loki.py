"""Grafana Loki: lines by LogQL, oldest first. See `prometheus` for minutes that Loki counts.

A line must be a JSON object when the query's pipeline is through with it. A field map reaches what
Loki knows beside the line under `loki`: `loki.at` (RFC 3339), and `loki.labels.NAME` for labels,
parsed ones and structured metadata.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec

from config.feed import Feed as FeedSpec
from console.feeds.base import WHOLE_CALLS, Batch, FeedError, saved, understood
from console.feeds.fields import RecordReader
from console.feeds.prometheus import HISTORY_MINUTES, Api
from console.feeds.web import Endpoint, TooBig
from console.net import MIB, Http

API = Api("Loki", "/loki/api/v1", "sum(count_over_time($query[1m]))", plain_errors=True)
MOST_LINES = 5000  # Loki's own limit, unless its operator changed it
MOST_ANSWER_BYTES = 16 * MIB
WINDOW_S = 6 * 3600  # a question about more may take a store too long
OVERLAP_S = 60  # lines reach Loki late
AHEAD_S = 3600  # clocks may differ: what is later than our own time is asked for too
QUIET_S = 7200  # and in silence we go on from no later than this long ago
_NS = 1_000_000_000

Entry = tuple[int, str, Mapping[str, str]]


class LokiCursor(msgspec.Struct, forbid_unknown_fields=True):
    """Where the next question begins, in unix ns, and for how many lines it may ask."""

    from_ns: int
    limit: int


class _Entry(msgspec.Struct, array_like=True):
    at: str
    line: str
    more: dict[str, Any] = {}


class _Stream(msgspec.Struct):
    stream: dict[str, str]
    values: list[_Entry]


class _Data(msgspec.Struct, rename="camel"):
    result_type: str
    result: msgspec.Raw


class _Answer(msgspec.Struct):
    status: str
    data: _Data


class LokiFeed:
    """Call records that lie in Loki as lines."""

    def __init__(self, spec: FeedSpec, http: Http, reader: RecordReader, base: Path) -> None:
        self.id = spec.id
        self._query = spec.query or ""
        self._endpoint = Endpoint(spec, http, base)
        self._reader = reader
        self._with_labels = reader.reads("loki")

    async def poll(self, cursor: dict[str, object], now: float) -> Batch:
        """See `Feed.poll`: at the start the lines of 48 h, then the last minute again and on.

        A full page is gone on from at its last moment: the ids tell which lines came before.
        """
        present = int(now * _NS)
        at = understood(cursor, LokiCursor)
        if at is None:
            at = LokiCursor(present - HISTORY_MINUTES * 60 * _NS, MOST_LINES)
        start, end = at.from_ns, min(at.from_ns + WINDOW_S * _NS, present + AHEAD_S * _NS)
        if start >= end:  # our clock was set back
            start = present - OVERLAP_S * _NS
        entries, limit = await self._entries(start, end, at.limit)
        full = len(entries) >= limit
        lines = await asyncio.to_thread(_joined, entries, self._with_labels)
        whole = 0 if full else WHOLE_CALLS
        read = await asyncio.to_thread(self._reader.read, lines, None, whole)
        latest = entries[-1][0] if entries else start
        behind = full or end < present
        if full and latest == start:
            read.add_bad(
                f"over {limit:,} lines of one moment, of which Loki does not give the rest",
                lines[lines.rfind(b"\n", 0, -1) + 1 :],
            )
            after = LokiCursor(start + 1, limit)
        elif full:
            after = LokiCursor(latest, limit)
        elif behind:
            after = LokiCursor(end, MOST_LINES)
        else:
            again = min(latest, present) - OVERLAP_S * _NS if entries else start
            after = LokiCursor(max(again, present - QUIET_S * _NS), MOST_LINES)
        return Batch(
            read.calls,
            saved(after),
            tallies=read.tallies,
            bad=read.bad,
            bad_sample=read.bad_sample,
            behind=behind,
        )

    async def near_end(
        self, known: dict[str, object], now: float, back_s: float
    ) -> dict[str, object]:
        """See `Log.near_end`."""
        return saved(LokiCursor(int((now - back_s) * _NS), MOST_LINES))

    async def _entries(self, start: int, end: int, limit: int) -> tuple[list[Entry], int]:
        """The lines from `start` to `end`, and how many were asked for: fewer where they are long.

        Raises `FeedError`.
        """
        while True:
            try:
                return await self._ask(start, end, limit), limit
            except TooBig:
                if limit == 1:
                    raise
                limit = max(1, limit // 10)

    async def _ask(self, start: int, end: int, limit: int) -> list[Entry]:
        what = f"the query of feed {self.id}"
        endpoint = self._endpoint
        response = await endpoint.get(
            path=f"{API.path}/query_range",
            params={
                "query": self._query,
                "start": str(start),
                "end": str(end),
                "limit": str(limit),
                "direction": "forward",
            },
            accept="application/json",
            cap_bytes=MOST_ANSWER_BYTES,
        )
        if response.status != 200:
            refusal = endpoint.plain_refusal(response, what)
            raise TooBig(refusal.sentence) if b"max entries limit" in response.body else refusal
        endpoint.no_web_page(response)
        try:
            kind, entries = await asyncio.to_thread(_parse, response.body)
        except ValueError:
            raise FeedError(
                f"{endpoint.origin} does not answer as Loki does; check the url of feed {self.id}"
            ) from None
        if kind != "streams":
            raise FeedError(
                f"{what} counts where lines are needed; write it under minutes or values"
            )
        if entries and entries[0][0] < start:
            raise FeedError(
                f"{endpoint.origin} sends lines from before the time that we asked for, so we "
                f"cannot go on from them; check the url of feed {self.id}"
            )
        return entries


def _parse(body: bytes) -> tuple[str, list[Entry]]:
    """The type of an answer, and its lines by time. Raises `ValueError` for anything else."""
    try:
        data = msgspec.json.decode(body, type=_Answer).data
        if data.result_type != "streams":
            return data.result_type, []
        streams = msgspec.json.decode(data.result, type=list[_Stream])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError("not an answer of the API") from error
    entries = [
        (_moment(entry.at), entry.line, _labels(stream.stream, entry.more))
        for stream in streams
        for entry in stream.values
    ]
    entries.sort(key=itemgetter(0))
    return data.result_type, entries


def _moment(text: str) -> int:
    """Unix ns. Raises `ValueError`."""
    if len(text) > 19 or not (text.isascii() and text.isdigit()):
        raise ValueError("not a time in ns")
    return int(text)


def _labels(stream: Mapping[str, str], more: Mapping[str, Any]) -> Mapping[str, str]:
    """A line's labels, with its structured metadata in either of the forms that Loki gives."""
    if not more:
        return stream
    labels = dict(stream)
    for name, value in more.items():
        if isinstance(value, dict):
            labels.update(value)
        else:
            labels[name] = value
    return labels


def _joined(entries: Sequence[Entry], with_labels: bool) -> bytes:
    """The lines as one log of JSON lines, each with what Loki knows of it if that is wanted."""
    # Between JSON's parts a line end is a space, and inside its texts there can be none.
    lines = [line.replace("\n", " ").encode() for _, line, _ in entries]
    if with_labels:
        lines = [_extended(line, *entry) for line, entry in zip(lines, entries, strict=True)]
    return b"".join([line + b"\n" for line in lines])


def _extended(line: bytes, at: int, _: str, labels: Mapping[str, str]) -> bytes:
    """A JSON object with one more key, the last: of two with the same name it is the one read."""
    body = line.strip()
    if not (body.startswith(b"{") and body.endswith(b"}")):
        return line
    moment = datetime.fromtimestamp(at // _NS, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    known = {"at": f"{moment}.{at % _NS:09d}Z", "labels": labels}
    comma = b"" if body[1:-1].strip() == b"" else b","
    extra = msgspec.json.encode(known, order="sorted")
    return body[:-1] + comma + b'"loki":' + extra + b"}"
