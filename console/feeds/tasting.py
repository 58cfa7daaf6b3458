"""The latest records of a log as they were written, to see what is in them and what never is."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from config.feed import CallField, FieldPath
from console.clock import Clock
from console.feeds.base import Log
from console.feeds.fields import Read, RecordReader
from console.feeds.logs import read_through
from console.feeds.span_forms import BadSpan, decode_json

BACK_S = 3600.0
_ENOUGH_S = 20.0


class TastingReader(RecordReader):
    """Reads as a `RecordReader`, and puts the last `MOST` records of each piece into `taste`."""

    MOST = 200

    def __init__(
        self,
        fields: Mapping[CallField, FieldPath],
        salt: str,
        *,
        taste: deque[dict[str, Any]],
    ) -> None:
        """Raises `FieldMapError`."""
        super().__init__(fields, salt)
        self._taste = taste

    def read(self, data: bytes, most_calls: int | None = None, whole: int | None = None) -> Read:
        """See `RecordReader.read`."""
        read = super().read(data, most_calls, whole)
        for line in data[: read.used].rsplit(b"\n", self.MOST + 1)[-self.MOST - 1 :]:
            if not line.strip():
                continue
            try:
                record = decode_json(line)
            except BadSpan:
                continue  # such lines are counted, and told of, by the feed itself
            if isinstance(record, dict):
                self._taste.append(record)
        return read

    def read_items(self, items: Sequence[Any]) -> Read:
        """See `RecordReader.read_items`."""
        self._taste.extend(item for item in items[-self.MOST :] if isinstance(item, dict))
        return super().read_items(items)


async def read_end(feed: Log, clock: Clock) -> None:
    """Read the end of a log, as far back as about an hour. Raises `FeedError`."""
    now = clock.now()
    cursor = await feed.near_end({}, now, BACK_S)
    until = clock.monotonic() + _ENOUGH_S
    await read_through(feed, cursor, now, clock=clock, until=until, enough=lambda: False)
