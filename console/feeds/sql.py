"""SQL over HTTP as ClickHouse answers it: the store counts, and we ask for a row a minute.

The question goes out as a GET, which ClickHouse takes as read-only.
"""

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from config.feed import Feed as FeedSpec
from config.feed import MinuteCount
from config.guide import MetricId
from config.nearest import suggestion
from console.clean import clean
from console.feeds.base import Batch, FeedError, MinuteSeries, saved
from console.feeds.prometheus import MinuteCursor, due
from console.feeds.web import Endpoint
from console.net import Http

_COUNTS: tuple[str, ...] = get_args(MinuteCount)
_METRICS: tuple[str, ...] = get_args(MetricId)
_KNOWN = ("minute", *_COUNTS, *_METRICS)
_MOST_MINUTE = 10**8  # below it is a minute's number, above it are seconds


class _Failed(Exception):
    """The store began to answer and then told in the answer what went wrong."""


class SqlFeed:
    """Minutes and metric values from a table of rows, one for each minute."""

    def __init__(self, spec: FeedSpec, http: Http, base: Path) -> None:
        """Raises `FeedError` for a query that cannot be asked for a part of the time."""
        self.id = spec.id
        self._query = spec.query or ""
        self._endpoint = Endpoint(spec, http, base)
        for place in ("{start}", "{end}"):
            if place not in self._query:
                raise FeedError(
                    f"feeds.{spec.id}.query: needs {place}, which is filled in as unix seconds; "
                    "without it each poll would ask for all there is"
                )

    async def poll(self, cursor: dict[str, object], now: float) -> Batch:
        """See `Feed.poll`: at the start 48 h, then the last minutes again and what is new."""
        first, until, last = due(cursor, now)
        query = self._query.replace("{start}", str(first * 60))
        query = query.replace("{end}", str((until + 1) * 60))
        response = await self._endpoint.get(
            params={"query": query, "default_format": "JSON", "wait_end_of_query": "1"},
            accept="application/json, application/x-ndjson",
        )
        what = f"the query of feed {self.id}"
        if response.status != 200:
            if "x-clickhouse-exception-code" in response.headers and response.status >= 404:
                why = clean(response.body[:400].decode("utf-8", "replace").strip(), 200)
                raise FeedError(f"{self._endpoint.origin} refuses {what}: {why}")
            raise self._endpoint.plain_refusal(response, what)
        self._endpoint.no_web_page(response)
        try:
            rows = await asyncio.to_thread(_rows, response.body)
        except _Failed as why:
            raise FeedError(f"{self._endpoint.origin} could not answer {what}: {why}") from None
        except ValueError:
            raise FeedError(
                f"{self._endpoint.origin} does not answer {what} with rows as ClickHouse's formats "
                "JSON, JSONCompact and JSONEachRow have them; check its url and the query's FORMAT"
            ) from None
        try:
            found = _series(rows, first, until)
        except ValueError as why:
            raise FeedError(f"{what} {why}") from None
        return Batch([], saved(MinuteCursor(until)), minutes=found, behind=until < last)


def _rows(body: bytes) -> list[dict[str, Any]]:
    """The rows of an answer in any of the three formats. Raises `ValueError` for anything else."""
    text = body.decode()
    try:
        try:
            whole = json.loads(text)
        except json.JSONDecodeError:
            whole = None
        if isinstance(whole, dict) and "exception" in whole:
            raise _Failed(clean(str(whole["exception"]), 200))
        if isinstance(whole, dict) and "data" in whole:
            names = [column["name"] for column in whole.get("meta", ())]
            rows = [_row(row, names) for row in whole["data"]]
        else:
            rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (TypeError, KeyError, RecursionError) as error:
        raise ValueError("no rows") from error
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("no rows")
    return rows


def _row(row: object, names: Sequence[str]) -> Any:
    return dict(zip(names, row, strict=True)) if isinstance(row, list) else row


def _series(rows: Sequence[Mapping[str, Any]], first: int, until: int) -> MinuteSeries:
    """The numbers of the minutes `first` to `until`; a `ValueError` says what is wrong with rows.

    NULL, NaN and infinity are unknown, and so is a column that is not there.
    """
    found = MinuteSeries({}, {})
    seen: set[int] = set()
    columns = {name: _column(name) for row in rows for name in row}
    if rows and "minute" not in columns.values():
        raise ValueError("gives no column named minute")
    for row in rows:
        named = {columns[name]: value for name, value in row.items()}
        minute = _minute(named.pop("minute", None))
        if minute in seen:
            raise ValueError("gives a minute more than once; GROUP BY minute")
        seen.add(minute)
        if not first <= minute <= until:
            continue
        for name, value in named.items():
            number = _number(name, value)
            if number is not None and name in _COUNTS:
                found.counts.setdefault(minute, {})[name] = number
            elif number is not None:
                found.values.setdefault(name, {})[minute] = number
    if seen and not any(first <= minute <= until for minute in seen):
        raise ValueError(
            "gives only minutes that we did not ask for; is its minute in UTC, and do {start} and "
            "{end} limit it?"
        )
    return found


def _column(name: str) -> str:
    """What a column stands for; a metric's name may be written with _ for -."""
    for known in (name, name.replace("_", "-")):
        if known in _KNOWN:
            return known
    choices = [known.replace("-", "_") for known in _KNOWN]
    raise ValueError(f'gives a column "{clean(name, 40)}"{suggestion(clean(name, 40), choices)}')


def _minute(value: object) -> int:
    """A minute's number from unix seconds, a minute's number, or a DateTime as text (UTC)."""
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            number = _seconds(value)
    if number is None or not 0 < number < 1e11:  # NaN too
        shown = clean(json.dumps(value), 40)
        raise ValueError(f"gives {shown} as a minute; give unix seconds or a DateTime in UTC")
    return int(number if number < _MOST_MINUTE else number // 60)


def _seconds(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _number(name: str, value: Any) -> float | None:
    """A number, or text that spells one, as 64 bits are written; None for what is no number."""
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"gives {clean(json.dumps(value), 40)} as {name}, which is no number"
        ) from None
    if number < 0 and math.isfinite(number):
        raise ValueError(f"gives numbers under 0 as {name}")
    return number if math.isfinite(number) else None
