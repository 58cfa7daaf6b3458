"""OTLP/HTTP received on loopback: an agent's OpenTelemetry exporter points straight at the console.

What comes is held in memory by trace until a poll hands it out as calls. What an exporter was told
is taken and yet was lost, because the console stopped, is counted at the next start, and the time
in between is a gap: nobody listened.
"""

import asyncio
import errno
import hashlib
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from config.feed import Feed as FeedSpec
from config.listen import listen_at
from config.secret import MissingSecret
from console.domain.call import Call
from console.feeds.base import MOST_CALLS, Batch, FeedError, saved, understood
from console.feeds.fields import Read, RecordReader
from console.feeds.otlp_answers import PROTOBUF, Answer
from console.feeds.otlp_http import Receiver
from console.feeds.span_forms import (
    BadSpan,
    Span,
    decode_json,
    flattened,
    from_otlp_json,
    logs_from_otlp_json,
)
from console.feeds.spans import joined
from console.feeds.traces import Traces
from console.net import MIB

MOST_SPANS = 100_000
MOST_HELD = 64 * MIB
AWAITED_S = 60.0
_NO_METRICS = "metrics are not read here; only traces and logs are"
_SAYS = ("latency_s", "cost", "tokens_in", "tokens_out", "error", "escalation", "output")


class OtlpCursor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which receiver wrote it, how many spans it held that were not calls yet, and for which batch.

    A batch that was given but not taken, since another cursor comes back, is given again.
    """

    receiver: str
    held: int = 0
    batch: int = 0


class Intake:
    """What came and was not handed out yet. Safe in any thread."""

    def __init__(self, traces: Traces, clock: Callable[[], float]) -> None:
        """`clock` gives real seconds: what waits here waits for other processes."""
        self._clock = clock
        self._lock = threading.Lock()
        self._traces = traces
        self._bodies: list[dict[str, Any]] = []
        self._bodies_size = 0
        self._awaited: dict[bytes, float] = {}
        self._metrics_told = False
        self._read = Read([])
        self.heard = False
        self.unwelcome = 0
        self.grpc = False
        self.only_metrics = True

    def take(self, signal: str, kind: str, body: bytes) -> Answer:
        """Take in an export. See `otlp_http.Take`."""
        if signal == "metrics":
            with self._lock:
                told, self._metrics_told, self.heard = self._metrics_told, True, True
            return Answer(200, "" if told else _NO_METRICS)
        try:
            found = _decoded(signal, kind, body)
        except BadSpan as why:
            with self._lock:
                self._read.add_bad(f"an export to /v1/{signal} cannot be read: {why}", body)
            return Answer(400, str(why))
        good = [one for one in found if not isinstance(one, BadSpan)]
        bad = [one for one in found if isinstance(one, BadSpan)]
        size = len(body) // max(1, len(found))
        name = hashlib.sha256(body).digest()
        with self._lock:
            now = self._clock()
            if not self._has_room(len(good), len(body), now):
                self._awaited.setdefault(name, now)
                return Answer(429, "the receiver is full: try again", retry_after_s=2)
            self._awaited.pop(name, None)
            self.heard, self.only_metrics = True, False
            for none in bad:
                self._read.add_bad(str(none), body)
            if signal == "traces":
                self._traces.add(good, size, now)
            else:
                self._take_logs(good, size, now)
        if bad:
            return Answer(200, str(bad[0]), rejected=len(bad))
        return Answer(200)

    def turned_away(self, answer: Answer, signal: str) -> None:
        """Count an export that was turned away before it was read: its sender will not try again.

        Who has no token is nobody we know: that is told, but counts for nothing.
        """
        with self._lock:
            if answer.status in {401, 403, 404, 505}:
                self.unwelcome += answer.status == 401
                self.grpc |= answer.status == 505
            else:
                self._read.add_bad(
                    f"an export to /v1/{signal} was refused", answer.message.encode()
                )

    def _has_room(self, number: int, size: int, now: float) -> bool:
        while self.held + number > MOST_SPANS or self._size + size > MOST_HELD:
            if not self._traces.make_room(now):
                return False
        return True

    @property
    def held(self) -> int:
        """How many spans, events and records wait here."""
        return self._traces.spans + len(self._bodies)

    @property
    def _size(self) -> int:
        return self._traces.size + self._bodies_size

    def _take_logs(self, records: Iterable[dict[str, Any]], size: int, now: float) -> None:
        for record in records:
            body = _object(record["body"])
            if record["name"].startswith("gen_ai.") and record["trace_id"]:
                told = {**record["attributes"], **flattened(body)}
                event = {"name": record["name"], "at": record["at"], "attributes": told}
                self._traces.add_event(record["trace_id"], record["span_id"], event, size, now)
            elif body:
                attributes = {**record["attributes"], **flattened(body)}
                self._bodies.append(
                    {
                        **body,
                        "end": record["at"] or None,
                        "attributes": attributes,
                        "resource": record["resource"],
                    }
                )
                self._bodies_size += size

    def was_heard(self) -> bool:
        """Whether anybody sent anything since the last time."""
        with self._lock:
            heard, self.heard = self.heard, False
        return heard

    def hand_out(
        self, most: int, *, last: bool = False
    ) -> tuple[list[list[Span]], list[dict[str, Any]], Read, bool]:
        """Traces to join, log records, what was lost since the last time, and if there is more.

        The `last` time a trace that has a root waits for nothing more.
        """
        with self._lock:
            now = self._clock()
            ripe = self._traces.ripe(now, most, last=last)
            bodies, self._bodies, self._bodies_size = self._bodies, [], 0
            read, self._read = self._read, Read([])
            late = [name for name, since in self._awaited.items() if since + AWAITED_S < now]
            for name in late:
                del self._awaited[name]
        for number, why in (
            (ripe.rootless, "the root of a trace has not come"),
            (ripe.late, "a span came after its call was counted"),
            (len(late), "the receiver was full, and an export that was told so never came again"),
        ):
            if number:
                read.add_bad(why, b"")
                read.bad += number - 1
        return ripe.traces, bodies, read, ripe.more


class OtlpFeed:
    """Opens the port at the first poll; hands out a call when its trace is whole."""

    def __init__(
        self,
        spec: FeedSpec,
        reader: RecordReader,
        base: Path,
        traces: Traces | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """A secret file of `token` lies relative to `base`."""
        self.id = spec.id
        self._spec = spec
        self._reader = reader
        self._base = base
        self._name = uuid.uuid4().hex[:12]
        self._intake = Intake(traces or Traces(), clock)
        self._clock = clock
        self._receiver: Receiver | None = None
        self._opening = threading.Lock()
        self._closed = False
        self._heard_at: float | None = None
        self._calls = 0
        self._left_out = 0
        self._batch = 0
        self._given: list[Call] = []

    @property
    def port(self) -> int | None:
        """The port it listens on; None while it does not."""
        return None if self._receiver is None else self._receiver.port

    async def poll(self, cursor: dict[str, object], now: float) -> Batch:
        """See `Feed.poll`."""
        return await asyncio.to_thread(self._poll, understood(cursor, OtlpCursor))

    def close(self) -> None:
        """Listen no more."""
        with self._opening:
            self._closed = True
            receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.close()

    def _open(self) -> None:
        with self._opening:
            if self._receiver is not None or self._closed:
                return
            host, port = listen_at(self._spec.listen or "")
            try:
                secret = self._spec.token
                token = secret.reveal(self._base).get_secret_value() if secret else ""
                self._receiver = Receiver(
                    host, port, token, self._intake.take, self._intake.turned_away
                )
            except MissingSecret as why:
                raise FeedError(f"feed {self.id} has no token to ask for: {why}") from None
            except OSError as error:
                raise FeedError(
                    f"{self._spec.listen} cannot be listened on: {_why(error)}; stop what uses it, "
                    f"or change listen of feed {self.id} and the agent's endpoint"
                ) from None

    def _poll(self, cursor: OtlpCursor | None) -> Batch:
        self._open()
        another = cursor is not None and cursor.receiver != self._name
        heard = self._intake.was_heard()
        traces, bodies, read, more = self._intake.hand_out(MOST_CALLS, last=self._closed)
        records = []
        for trace in traces:
            try:
                records += joined(trace)
            except Exception as why:  # of a thousand traces one may be odd beyond what we thought
                read.add_bad(f"a trace cannot be joined ({type(why).__name__})", b"")
        self._left_out += max(0, len(traces) - len(records))
        _add(read, self._reader.read_items(records))
        _add(read, self._of_logs(bodies))
        self._calls += len(read.calls)
        if cursor is None or (cursor.receiver, cursor.batch) != (self._name, self._batch):
            read.calls = self._given + read.calls
        self._batch, self._given = self._batch + 1, read.calls
        if heard:
            self._heard_at = self._clock()
        if another and cursor is not None and cursor.held:
            read.add_bad("the console stopped before the rest of a trace had come", b"")
            read.bad += cursor.held - 1
        return Batch(
            read.calls,
            saved(OtlpCursor(self._name, self._intake.held, self._batch)),
            bad=read.bad,
            bad_sample=read.bad_sample,
            behind=more,
            gap=another,
            quiet="" if heard or more else self._quiet(),
        )

    def _of_logs(self, bodies: list[dict[str, Any]]) -> Read:
        """The calls among log records: those with an id that say something of a call."""
        read = self._reader.read_items([one for one in bodies if self._reader.identified(one)])
        read.calls = [call for call in read.calls if any(getattr(call, key) for key in _SAYS)]
        return read

    def _quiet(self) -> str:
        """What there is to say when nothing comes."""
        if self._heard_at is not None:
            said = f"nothing has come for {self._clock() - self._heard_at:.0f} s"
        elif self._intake.unwelcome:
            said = "nothing has come with the right token"
        else:
            said = f"nothing has come yet on {self._spec.listen}"
        if self._intake.unwelcome:
            said += f"; {self._intake.unwelcome:,} exports had no or a wrong token"
        if self._intake.grpc:
            said += "; an exporter speaks gRPC: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf there"
        if not self._calls and self._left_out:
            said += f"; {self._left_out:,} traces have no span of an agent, a model or a tool"
        elif self._heard_at is not None and self._intake.only_metrics:
            said += f"; {_NO_METRICS}"
        return said


def _decoded(signal: str, kind: str, body: bytes) -> list[Any]:
    """The spans or log records in `body`, and `BadSpan`s. Raises `BadSpan`."""
    if kind == PROTOBUF:
        from console.feeds import span_proto  # noqa: PLC0415 - protobuf takes 30 ms to load

        read = span_proto.from_otlp_proto if signal == "traces" else span_proto.logs_from_otlp_proto
        return list(read(body))
    decode = from_otlp_json if signal == "traces" else logs_from_otlp_json
    return list(decode(decode_json(body)))


def _object(body: Any) -> dict[str, Any]:
    """A log's body as an object, which it may hold as text; empty if it is none."""
    if isinstance(body, str) and body.lstrip().startswith("{"):
        try:
            body = decode_json(body.encode("utf-8", "surrogatepass"))
        except BadSpan:
            return {}
    return body if isinstance(body, dict) else {}


def _add(read: Read, more: Read) -> None:
    read.calls += more.calls
    read.bad += more.bad
    read.bad_sample = read.bad_sample or more.bad_sample


def _why(error: OSError) -> str:
    return (
        "another program has this port"
        if error.errno == errno.EADDRINUSE
        else str(error.strerror or error)
    )
