"""JSON in pages: an API that answers with some records and a way to the next ones.

A sweep goes from page to page through all records since a time; the next sweep begins a little
before where the last one ended, for what came late, and the ids tell which are new. A sweep may
take several polls.
"""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from config.feed import Feed as FeedSpec
from config.feed import Paging
from config.nearest import suggestion
from console.clean import clean
from console.feeds.base import MOST_BYTES, MOST_CALLS, Batch, FeedError, saved, understood
from console.feeds.fields import Read, RecordReader
from console.feeds.paths import FieldMapError, parse, walker
from console.feeds.web import Endpoint
from console.net import Http

HISTORY_S = 48 * 3600.0
OVERLAP_S = 120.0
LOOK_BACK_S = 7200.0 - 2 * OVERLAP_S  # ids are remembered for two hours
MOST_PAGES = 25
KEPT_PAGES = 64
_MOST_TOKEN = 4096


class SweepCursor(msgspec.Struct, forbid_unknown_fields=True):
    """Where the sweep is.

    All records dated before `since` were read (unix seconds). `next` is the token or number of the
    page to ask for, empty before the first; `until` the time up to which this sweep asks. `newest`
    and `running` are the latest event time and the earliest of a record that was not finished, in
    this sweep. `pages` are hashes of its last pages, `asked` is what the last was asked with.
    `most` is how many records the fullest page had, in any sweep: a server may give fewer than it
    is asked for.
    """

    since: float
    until: float = 0.0
    next: str = ""
    newest: float = 0.0
    running: float | None = None
    pages: tuple[str, ...] = ()
    asked: str = ""
    most: int = 0


class PagesFeed:
    """Sweeps through the pages of `spec.url`."""

    def __init__(self, spec: FeedSpec, http: Http, reader: RecordReader, base: Path) -> None:
        """Raises `FeedError` for a path that is none."""
        self.id = spec.id
        self._spec = spec
        self._endpoint = Endpoint(spec, http, base)
        self._reader = reader
        try:
            self._items = walker(parse(spec.items)[0])
            self._next = walker(parse(spec.next_path)[0]) if spec.next_path else None
            self._finished = walker(parse(spec.finished)[0]) if spec.finished else None
        except FieldMapError as why:
            raise FeedError(f"feeds.{spec.id}: {why}") from None

    async def poll(self, cursor: dict[str, object], now: float) -> Batch:
        """See `Feed.poll`: the first sweep goes back 48 h."""
        at = understood(cursor, SweepCursor) or SweepCursor(now - HISTORY_S)
        if not at.until:
            at.until = now
        read, pages, size, over = Read([]), 0, 0, False
        spans: list[Any] = []
        while not over and pages < MOST_PAGES and len(read.calls) < MOST_CALLS:
            if size >= MOST_BYTES and not self._spec.join:  # spans of a trace must come together
                break
            at.asked = at.next
            try:
                body = await self._asked(at)
            except FeedError:
                if not pages:
                    raise
                break  # what was read stays read, and the next poll says what is wrong
            over = await self._page(at, body, read, spans, now)
            pages += 1
            size += len(body)
        if spans:
            _take(at, read, await asyncio.to_thread(self._joined, spans), now)
        if over:
            known = at.newest if at.running is None else min(at.newest, at.running)
            floor = min(at.newest, now) - LOOK_BACK_S
            at = SweepCursor(
                max(at.since, min(known, now), floor if at.newest else 0.0),
                next=self._last(at),
                most=at.most,
            )
        return Batch(read.calls, saved(at), read.bad, read.bad_sample, behind=not over)

    async def near_end(
        self, known: dict[str, object], now: float, back_s: float
    ) -> dict[str, object]:
        """See `Log.near_end`: old pages are in the way where the oldest come first."""
        if not (self._spec.since_param or self._spec.newest_first):
            return known
        return saved(SweepCursor(now - max(0.0, back_s - OVERLAP_S)))

    async def _asked(self, at: SweepCursor) -> bytes:
        """One page as it comes. Raises `FeedError`."""
        response = await self._endpoint.get(
            params=self._params(at),
            accept="application/json",
            cap_bytes=MOST_BYTES,
            too_big=f"lower `limit` of feed {self.id}",
        )
        self._endpoint.no_web_page(response)
        if response.status != 200:
            raise self._endpoint.refusal(response)
        return response.body

    async def _page(
        self, at: SweepCursor, body: bytes, read: Read, spans: list[Any], now: float
    ) -> bool:
        """Take in one page and move `at` on; whether the sweep is over with it."""
        answer = await asyncio.to_thread(self._decoded, body)
        items = self._records(answer)
        mark = hashlib.sha256(body).hexdigest()[:16]
        if items and mark in at.pages:
            if self._spec.by == "since":
                raise FeedError(
                    f"{self._endpoint.origin} has more than {self._spec.limit} records of one "
                    f"moment; raise `limit` of feed {self.id}"
                )
            if self._spec.by == "page" and len(items) < self._spec.limit:
                return True  # it has no second page, and gives the first again
            raise FeedError(
                f"{self._endpoint.origin} sends a page that it sent before: it does not go on by "
                f"what we ask; check `by` and its parameters of feed {self.id}"
            )
        at.pages = (*at.pages, mark)[-KEPT_PAGES:]
        done = [item for item in items if not self._is_running(item)]
        if self._spec.join:
            spans += done
            return not self._go_on(at, answer, items, [])
        page = await asyncio.to_thread(self._reader.read_items, done)
        times = [call.at for call in page.calls]
        if not self._spec.since_param:
            # Nobody else leaves out what is old, and ids are not remembered for so long.
            page.calls = [call for call in page.calls if call.at >= at.since - OVERLAP_S]
        _take(at, read, page, now)
        if len(done) < len(items):
            # Nobody knows when it will be over: from its start on all is asked for again.
            at.running = min([at.running or now, *times, at.newest or now])
        old = bool(times) and max(times) < at.since - OVERLAP_S
        return (self._spec.newest_first and old) or not self._go_on(at, answer, items, times)

    def _go_on(
        self, at: SweepCursor, answer: Any, items: Sequence[Any], times: Sequence[float]
    ) -> bool:
        """Move `at` to the next page; False if there is none."""
        spec = self._spec
        match spec.by:
            case "page":
                at.next = str(int(at.next or "1") + 1)
                full = min(spec.limit, at.most)
                at.most = max(at.most, len(items))
                return bool(items) and len(items) >= full
            case "cursor":
                token = self._next(answer) if self._next else None
                if token is None or token == "" or token is False:
                    return False
                if isinstance(token, dict | list) or len(str(token)) > _MOST_TOKEN:
                    raise FeedError(
                        f"{spec.next_path} in the answer of {self._endpoint.origin} is no cursor; "
                        f"check next_path of feed {self.id}"
                    )
                if str(token) == at.next:
                    raise FeedError(
                        f"{self._endpoint.origin} gives the cursor that we asked with as the next "
                        f"one; check cursor_param of feed {self.id}"
                    )
                at.next = str(token)
                return True
            case _:
                if len(items) < spec.limit:
                    return False
                at.since = max([at.since, *times])
                return True

    def _last(self, at: SweepCursor) -> str:
        """Where the next sweep begins, if no time can be asked for and the oldest come first."""
        again = not self._spec.since_param and not self._spec.newest_first
        return at.asked if again else ""

    def _params(self, at: SweepCursor) -> dict[str, str]:
        spec = self._spec
        asked = dict(spec.params)
        if spec.limit_param:
            asked[spec.limit_param] = str(spec.limit)
        if spec.since_param:
            asked[spec.since_param] = moment(at.since - OVERLAP_S, spec.since_format)
        if spec.until_param:
            asked[spec.until_param] = moment(at.until + OVERLAP_S, spec.since_format)
        if spec.by == "page":
            asked[spec.page_param] = at.next or "1"
        elif spec.by == "cursor" and at.next:
            asked[spec.cursor_param] = at.next
        return asked

    def _decoded(self, body: bytes) -> Any:
        try:
            return msgspec.json.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
        try:
            return json.loads(body)  # NaN and lone surrogates need not spoil a page
        except (ValueError, RecursionError):
            raise FeedError(
                f"the answer of {self._endpoint.origin} is not whole JSON; check the url of feed "
                f"{self.id}, or lower its `limit`"
            ) from None

    def _records(self, answer: Any) -> list[Any]:
        """The list of records in an answer."""
        if isinstance(answer, list):
            return answer
        items = self._items(answer)
        if isinstance(items, list):
            return items
        keys = [clean(key, 40) for key in answer][:12] if isinstance(answer, dict) else []
        hint = suggestion(self._spec.items, keys) if keys else "; it is no object"
        raise FeedError(
            f"the answer of {self._endpoint.origin} has no list at {self._spec.items}{hint}; set "
            f"`items` of feed {self.id}"
        )

    def _is_running(self, item: Any) -> bool:
        """Whether a record is of something that is not over yet."""
        return self._finished is not None and not self._finished(item)

    def _joined(self, items: Sequence[Any]) -> Read:
        """The calls that spans make, those of a trace one."""
        from console.feeds.span_forms import BadSpan, spans_in  # noqa: PLC0415 - few need it
        from console.feeds.spans import joined  # noqa: PLC0415 - few need it

        found = [span for item in items for span in spans_in(item)]
        read = self._reader.read_items(joined([one for one in found if isinstance(one, dict)]))
        for one in found:
            if isinstance(one, BadSpan):
                read.add_bad(f"a span: {one}", b"")
        return read


def _take(at: SweepCursor, read: Read, page: Read, now: float) -> None:
    """Add what a page gave to what the poll gives."""
    read.calls += page.calls
    read.bad += page.bad
    read.bad_sample = read.bad_sample or page.bad_sample
    at.newest = max([at.newest, *(call.at for call in page.calls if call.at <= now)])


def sample_params(paging: Paging, now: float) -> dict[str, str]:
    """What to ask with for a first page, of the last day."""
    asked = dict(paging.params)
    if paging.by == "range":
        return asked
    if paging.limit_param:
        asked[paging.limit_param] = str(min(paging.limit, 100))
    if paging.since_param:
        asked[paging.since_param] = moment(now - 86_400.0, paging.since_format)
    if paging.until_param:
        asked[paging.until_param] = moment(now, paging.since_format)
    return asked


def moment(at: float, form: str) -> str:
    """A time (unix seconds) in the form that the endpoint wants."""
    at = max(0.0, at)
    if form == "unix":
        return f"{at:.3f}"
    if form == "unix-ms":
        return str(int(at * 1000))
    when = datetime.fromtimestamp(at, UTC)
    if form == "datetime":
        return when.strftime("%Y-%m-%d %H:%M:%S")
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
