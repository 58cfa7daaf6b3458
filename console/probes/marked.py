"""Marked calls, which were sent to the agent, as they are looked for in its log."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from config.feed import CallField, FieldPath
from config.feed import Feed as FeedSpec
from config.model import Deployment
from config.presets import preset, preset_names
from console.clean import clean
from console.domain.call import Call
from console.feeds import Feed, FeedError, make_feed
from console.feeds.convert import BadRecord
from console.feeds.fields import Read, RecordReader
from console.feeds.paths import Path as Steps
from console.feeds.paths import parse
from console.probes.ground import Ground

POLL_S = 0.25
CATCH_UP_POLLS = 400


class CannotProbe(Exception):
    """The log or the agent cannot be had; the text is one clean sentence."""


class _Watching(RecordReader):
    """A reader that keeps the raw records which hold one of the marks."""

    marks: frozenset[str] = frozenset()

    def __init__(self, fields: Mapping[CallField, FieldPath], salt: str) -> None:
        super().__init__(fields, salt)
        self.paths: dict[str, tuple[Steps, ...]] = {
            name: parse(spec.path) for name, spec in fields.items()
        }
        self.found: dict[str, dict[str, Any]] = {}
        self.calls: dict[str, Call] = {}
        self.bad: dict[str, str] = {}

    def read(self, data: bytes, most_calls: int | None = None, whole: int | None = None) -> Read:
        """See `RecordReader.read`."""
        for mark in self.marks - self.found.keys():
            place = data.find(mark.encode())
            if place >= 0:
                start = data.rfind(b"\n", 0, place) + 1
                stop = data.find(b"\n", place)
                self._keep(mark, data[start : stop if stop >= 0 else len(data)])
        return super().read(data, most_calls, whole)

    def _keep(self, mark: str, line: bytes) -> None:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            return  # not a whole line yet, or none that anybody can read
        if not isinstance(record, dict):
            return
        self.found[mark] = record
        try:
            self.calls[mark] = self._one(line)
        except BadRecord as why:
            self.bad[mark] = clean(str(why), 200)


def log_feed(deployment: Deployment) -> FeedSpec | None:
    """The feed that single calls are read from: the one of the traffic, else the first log."""
    logs = [feed for feed in deployment.feeds.values() if _gives_lines(feed)]
    chosen = deployment.feed_of("traffic")
    return chosen if chosen in logs else (logs[0] if logs else None)


def _gives_lines(feed: FeedSpec) -> bool:
    """Whether it reads lines of JSON; a Loki may be asked to count them instead."""
    if feed.kind != "loki":
        return feed.kind in {"jsonl", "jsonl-http"}
    counts = [*feed.minutes, *feed.values]
    if feed.preset in preset_names():
        known = preset(feed.preset)
        counts += [*known.minutes, *known.values]
    return not counts


class LogWatch:
    """The agent's log, read on from now, for records that hold a mark."""

    def __init__(self, ground: Ground) -> None:
        """Look at the deployment's log feed; raises `CannotProbe` if there is none."""
        spec = log_feed(ground.deployment)
        if spec is None:
            raise CannotProbe(
                "no log feed is configured: only a log of single calls shows what is captured"
            )
        made: list[_Watching] = []

        def reader(fields: Mapping[CallField, FieldPath], salt: str) -> RecordReader:
            made.append(_Watching(fields, salt))
            return made[-1]

        name = ground.deployment.deployment
        try:
            self._feed: Feed = make_feed(spec, ground.http, name, ground.base, reader=reader)
        except FeedError as error:
            raise CannotProbe(error.sentence) from None
        self._reader = made[0]
        self._now = ground.now
        self._cursor: dict[str, object] = dict(ground.cursors.get(spec.id, {}))
        self.error = ""

    @property
    def found(self) -> dict[str, dict[str, Any]]:
        """The raw records by mark."""
        return self._reader.found

    @property
    def calls(self) -> dict[str, Call]:
        """The same as the console reads them, those that it can read."""
        return self._reader.calls

    @property
    def bad(self) -> dict[str, str]:
        """Why the others cannot be read, by mark."""
        return self._reader.bad

    async def catch_up(self) -> None:
        """Read to the log's present end. Raises `CannotProbe` if it cannot be read."""
        for _ in range(CATCH_UP_POLLS):
            behind = await self._poll()
            if self.error:
                raise CannotProbe(self.error)
            if not behind:
                return
        raise CannotProbe(
            "the log is too long to read to its end now: let warroom watch read it first"
        )

    async def wait_for(self, marks: frozenset[str], within_s: float) -> dict[str, float]:
        """Seconds until each mark was seen; those not seen within `within_s` are absent."""
        self._reader.marks = marks
        loop = asyncio.get_running_loop()
        began = loop.time()
        seen: dict[str, float] = {}
        while loop.time() - began < within_s:
            await self._poll()
            after = loop.time() - began  # an answer of the log may itself take seconds
            if after <= within_s:
                seen |= dict.fromkeys(self.found.keys() - seen.keys(), after)
            if marks <= seen.keys():
                break
            await asyncio.sleep(POLL_S)
        return seen

    async def _poll(self) -> bool:
        try:
            batch = await self._feed.poll(self._cursor, self._now())
        except FeedError as error:
            self.error = error.sentence
            return False
        self.error = ""
        self._cursor = batch.cursor
        return batch.behind

    def value(self, field: str, record: dict[str, Any]) -> tuple[bool, Any]:
        """Whether the record has the field's key, and what it holds."""
        for steps in self._reader.paths.get(field, ()):
            there, value = _look(record, steps)
            if there:
                return True, value
        return False, None


def _look(value: Any, steps: Steps) -> tuple[bool, Any]:
    for step in steps:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return False, None
        elif not isinstance(value, list) or step >= len(value):
            return False, None
        value = value[step]
    return True, value
