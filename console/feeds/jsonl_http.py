"""JSON lines over HTTP: a log read by byte range, by time, or by a server's cursor."""

import asyncio
import hashlib
import re
from pathlib import Path

import msgspec

from config.feed import Feed as FeedSpec
from console.feeds.base import (
    MOST_BYTES,
    MOST_CALLS,
    TAIL_BYTES,
    WHOLE_CALLS,
    Batch,
    FeedError,
    saved,
    understood,
)
from console.feeds.fields import Read, RecordReader
from console.feeds.lines import split
from console.feeds.pages import moment
from console.feeds.web import Endpoint
from console.net import MIB, Http, Response

MOST_WHOLE_BYTES = 32 * MIB  # where a server ignores Range and sends all of its log each time
OVERLAP_S = 60.0
_ACCEPT = "application/x-ndjson, application/jsonl, text/plain, application/json, */*;q=0.1"
_SEEN_BYTES = 64
_MOST_TOKEN = 4096
_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)")


class RangeCursor(msgspec.Struct, forbid_unknown_fields=True):
    """Where the next line begins, and a hash of the up to 64 bytes before it.

    The hash tells a log that grew from one that was truncated or replaced.
    """

    offset: int
    seen: str
    skipping: bool = False


class SinceCursor(msgspec.Struct, forbid_unknown_fields=True):
    """The time of the latest record, unix seconds, and how many the fullest answer had."""

    since: float
    most: int = 0


class TokenCursor(msgspec.Struct, forbid_unknown_fields=True):
    """The server's own word for where to go on."""

    token: str


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


class RangeFeed:
    """A log file behind a web server, read by byte range."""

    def __init__(self, spec: FeedSpec, http: Http, reader: RecordReader, base: Path) -> None:
        self.id = spec.id
        self._endpoint = Endpoint(spec, http, base)
        self._reader = reader

    async def poll(self, cursor: dict[str, object], now: float) -> Batch:
        """See `Feed.poll`. A log that was truncated or replaced is read from its start."""
        at = understood(cursor, RangeCursor) or RangeCursor(0, _hash(b""))
        window = await self._window(at)
        gap = window is None
        if window is None:
            at = RangeCursor(0, _hash(b""))
            window = await self._window(at) or (b"", False, b"")
        data, more, before = window
        parted = split(data, at.skipping)
        whole = 0 if more else WHOLE_CALLS
        read = await asyncio.to_thread(self._reader.read, parted.lines, MOST_CALLS, whole)
        if parted.overlong:
            read.add_bad("the line is over 1 MiB", data)
        used = parted.skipped + read.used
        seen = _hash((before + data[:used])[-_SEEN_BYTES:])
        return Batch(
            read.calls,
            saved(RangeCursor(at.offset + used, seen, parted.skipping)),
            tallies=read.tallies,
            bad=read.bad,
            bad_sample=read.bad_sample,
            behind=more or read.used < len(parted.lines),
            gap=gap,
        )

    async def near_end(
        self, known: dict[str, object], now: float, back_s: float
    ) -> dict[str, object]:
        """See `Log.near_end`. A server that does not say how long its log is is asked for all."""
        first = await self._bytes(0, 0)
        total = len(first.body) if first.status == 200 else _total(first)
        if total is None:
            return known
        start = total - TAIL_BYTES
        if start < _SEEN_BYTES:
            return {}
        seen = first.body[start - _SEEN_BYTES : start]
        if first.status == 206:
            part = await self._bytes(start - _SEEN_BYTES, start - 1)
            seen = part.body
            if part.status != 206 or len(seen) != _SEEN_BYTES:
                return {}
        return saved(RangeCursor(start, _hash(seen), skipping=True))

    async def _bytes(self, first: int, last: int) -> Response:
        """Some bytes of the log with status 206, or all of it with 200; 416 has none."""
        response = await self._endpoint.get(
            headers={"Range": f"bytes={first}-{last}"}, accept=_ACCEPT, cap_bytes=MOST_WHOLE_BYTES
        )
        if response.status not in {200, 206, 416}:
            raise self._endpoint.refusal(response)
        self._endpoint.no_web_page(response)
        return response

    async def _window(self, at: RangeCursor) -> tuple[bytes, bool, bytes] | None:
        """The bytes from `at` on, whether more wait, and the known bytes before them.

        None if the log is not the one that `at` was made for.
        """
        overlap = min(at.offset, _SEEN_BYTES)
        start, end = at.offset - overlap, at.offset + MOST_BYTES
        response = await self._endpoint.get(
            headers={"Range": f"bytes={start}-{end - 1}"},
            accept=_ACCEPT,
            cap_bytes=MOST_WHOLE_BYTES,
            too_big=(
                f'a server that ignores Range needs by = "since" or "cursor" for feed {self.id}'
            ),
        )
        match response.status:
            case 206:
                body, more = self._part(response, start)
            case 200:
                self._endpoint.no_web_page(response)
                body, more = response.body[start:end], len(response.body) > end
            case 416 if at.offset == 0:
                return b"", False, b""
            case 416 if (_total(response) or 0) <= start:
                return None
            case _:
                raise self._endpoint.refusal(response)
        before = body[:overlap]
        return (body[overlap:], more, before) if _hash(before) == at.seen else None

    def _part(self, response: Response, start: int) -> tuple[bytes, bool]:
        """The body of a 206, and whether the log goes on after it."""
        self._endpoint.no_web_page(response)
        given = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", "").strip())
        if given is None or given[1] is None:
            raise FeedError(
                f"{self._endpoint.origin} answers 206 without saying which part it sends; "
                f'use by = "since" or "cursor" for feed {self.id}'
            )
        first, last = int(given[1]), int(given[2])
        if first != start or len(response.body) != last - first + 1:
            raise FeedError(
                f"{self._endpoint.origin} sends another part of the log ({first} to {last}) than "
                f'we asked for; use by = "since" or "cursor" for feed {self.id}'
            )
        return response.body, given[3] != "*" and int(given[3]) > last + 1


class SinceFeed:
    """A log API that takes a time and answers with the records from then on, oldest first.

    A minute is asked again each time, for records that came late: the ids tell which are new. Where
    a page holds less than a minute's records it is gone on from the latest of them.
    """

    def __init__(self, spec: FeedSpec, http: Http, reader: RecordReader, base: Path) -> None:
        self.id = spec.id
        self._endpoint = Endpoint(spec, http, base)
        self._reader = reader

    async def poll(self, cursor: dict[str, object], now: float) -> Batch:
        """See `Feed.poll`. A record from the future does not move the cursor beyond `now`."""
        at = understood(cursor, SinceCursor)
        read = await self._ask(None if at is None else at.since - OVERLAP_S)
        was, most = (0.0, 0) if at is None else (at.since, at.most)
        latest = _latest(read)
        full = read.count >= most and latest <= was < now
        most = max(most, read.count)
        if at is not None and full:
            later = await self._ask(was)
            full = _latest(later) > was
            read.calls += later.calls
            read.bad += later.bad
            read.bad_sample = read.bad_sample or later.bad_sample
            latest = max(latest, _latest(later))
        if not read.calls:
            return Batch([], cursor, read.bad, read.bad_sample)
        since = max(was, min(latest, now))
        return Batch(
            read.calls,
            saved(SinceCursor(since, most)),
            bad=read.bad,
            bad_sample=read.bad_sample,
            behind=since > was and (full or since - was > OVERLAP_S),
        )

    async def near_end(
        self, known: dict[str, object], now: float, back_s: float
    ) -> dict[str, object]:
        """See `Log.near_end`."""
        at = understood(known, SinceCursor)
        since = now - max(0.0, back_s - OVERLAP_S)
        return saved(SinceCursor(since, 0 if at is None else at.most))

    async def _ask(self, since: float | None) -> Read:
        spec = self._endpoint.spec
        asked = {} if since is None else {spec.since_param: moment(since, spec.since_format)}
        return (await _page(self._endpoint, self._reader, asked))[1]


class TokenFeed:
    """A log API that says in a response header where to go on."""

    def __init__(self, spec: FeedSpec, http: Http, reader: RecordReader, base: Path) -> None:
        self.id = spec.id
        self._endpoint = Endpoint(spec, http, base)
        self._reader = reader

    async def poll(self, cursor: dict[str, object], now: float) -> Batch:
        """See `Feed.poll`. An empty page without the header leaves the cursor where it is."""
        spec = self._endpoint.spec
        at = understood(cursor, TokenCursor)
        asked = {} if at is None else {spec.cursor_param: at.token}
        response, read = await _page(self._endpoint, self._reader, asked)
        token = response.headers.get(spec.next_header.lower(), "")
        if not token and response.body.strip():
            raise FeedError(
                f"the answer of {self._endpoint.origin} has no header {spec.next_header}, so we "
                f"cannot go on from it; set next_header of feed {self.id}"
            )
        if len(token) > _MOST_TOKEN:
            raise FeedError(f"the header {spec.next_header} of {self._endpoint.origin} is too long")
        moved = bool(token) and (at is None or token != at.token)
        return Batch(
            read.calls,
            saved(TokenCursor(token)) if token else cursor,
            bad=read.bad,
            bad_sample=read.bad_sample,
            behind=moved and bool(read.calls or read.bad),
        )

    async def near_end(
        self, known: dict[str, object], now: float, back_s: float
    ) -> dict[str, object]:
        """See `Log.near_end`. The server's word leads nowhere but on."""
        return known


async def _page(
    endpoint: Endpoint, reader: RecordReader, asked: dict[str, str]
) -> tuple[Response, Read]:
    """One whole answer of JSON lines; its last line needs no line end."""
    response = await endpoint.get(params=asked, accept=_ACCEPT, cap_bytes=MOST_WHOLE_BYTES)
    if response.status not in {200, 204}:
        raise endpoint.refusal(response)
    endpoint.no_web_page(response)
    return response, await asyncio.to_thread(reader.read, response.body)


def _total(response: Response) -> int | None:
    given = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", "").strip())
    return None if given is None or given[3] == "*" else int(given[3])


def _latest(read: Read) -> float:
    return max((call.at for call in read.calls), default=0.0)
