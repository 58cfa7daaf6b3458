"""Publishes lines: each entry is one message, behind the one before or not at all.

The broker takes a message only if the last one under the writer's name stands where we believe. So
a resend changes nothing, and of two accounts that write under one name one is told.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import nats.errors
import nats.js.errors

from console.domain.entry import Entry
from console.journal.line import parse
from console.sync import names
from console.sync.inbox import Inbox
from console.sync.intake import SAID, Refused, Why
from console.sync.lines import Lines, Piece
from console.sync.link import Connection
from console.sync.refusals import Refusals
from console.sync.stream import ASK_S
from console.sync.words import Unreachable

if TYPE_CHECKING:
    from nats.js import JetStreamContext

BATCH = 500
BATCH_BYTES = 1 << 20
ROOM = 1024  # what the headers of a message take of a broker's limit
MOVED = (10071, 10164)  # the last message is another one than was said

_SPACE = re.compile(rb"\s*\Z")


@dataclass(slots=True)
class _Stand:
    """What the broker has acknowledged of a writer: entries, and the place of the last of them."""

    count: int = 0
    place: int = 0
    mended: bool = False
    bare: bool = False  # without ids: somebody used them up elsewhere


class _Ack(msgspec.Struct):
    """The broker's answer to a message or a batch."""

    seq: int = 0
    duplicate: bool = False
    error: dict[str, int | str] | None = None


class Outbox:
    """Brings the stream what it lacks of the given lines."""

    def __init__(self, deployment: str, own: frozenset[str], refusals: Refusals) -> None:
        """Nothing is published yet."""
        self._deployment = deployment
        self._own = own
        self._refusals = refusals
        self._stands: dict[str, _Stand] = {}
        self._forked: dict[str, str] = {}
        self._barred: dict[str, str] = {}
        self._used_up = False

    @property
    def why(self) -> str:
        """Why own lines are not published; empty if they are."""
        known = self._forked | self._barred
        return next((known[writer] for writer in sorted(self._own) if writer in known), "")

    def begin(self) -> None:
        """Believe nothing that an earlier connection was told. A fork stays one."""
        self._stands.clear()
        self._barred.clear()

    def acknowledged(self, writer: str, inbox: Inbox) -> int:
        """How many entries of `writer` the broker is known to hold."""
        stand = self._stands.get(writer, _Stand())
        return max(stand.count, inbox.tally.of(writer).count)

    async def bring(self, connection: Connection, inbox: Inbox, lines: Lines) -> None:
        """Publish what the stream lacks of `lines`; nothing where that is denied or a fork.

        Raises what the client raises when the broker does not answer.
        """
        writer = lines.writer
        subject = names.journal(self._deployment, writer)
        js = connection.client.jetstream(timeout=ASK_S)
        while writer not in self._forked and writer not in self._barred:
            stand = self._stand(writer, inbox)
            if stand.count >= lines.count:
                return
            most = BATCH if inbox.atomic else 1
            pieces = await asyncio.to_thread(lines.pieces, stand.count + 1, most, BATCH_BYTES)
            try:
                sent = await self._send(connection, subject, stand, pieces)
            except TimeoutError:
                if subject not in connection.denied:
                    raise
                self._barred[writer] = f"permission denied for publishing to {subject}"
                return
            if not sent:
                await self._find(js, inbox, lines, stand)
                stand.bare |= self._used_up and stand.count < pieces[0].seq

    def _stand(self, writer: str, inbox: Inbox) -> _Stand:
        """Where to go on: behind what was acknowledged, or what was read if that is further.

        What was acknowledged and yet does not stand there in order has a hole before it, which
        somebody else made. That is filled once.
        """
        stand = self._stands.setdefault(writer, _Stand())
        held = inbox.tally.of(writer)
        if held.last >= stand.place:
            if held.count >= stand.count or not stand.mended:
                stand.mended |= held.count < stand.count
                stand.count = held.count
            stand.place = held.last
        return stand

    async def _send(
        self, connection: Connection, subject: str, stand: _Stand, pieces: list[Piece]
    ) -> bool:
        """Publish `pieces` behind `stand` and move it; False if the last message is another one."""
        room = connection.client.max_payload - ROOM
        fitting = [piece for piece in pieces if len(piece.data) <= room]
        if len(fitting) < len(pieces):
            pieces = pieces[: pieces.index(next(one for one in pieces if len(one.data) > room))]
        if not pieces:
            self._barred[names.last_of(subject)] = (
                f"entry {stand.count + 1} of {names.last_of(subject)} is larger than the broker "
                f"takes: raise its max_payload above {connection.client.max_payload} bytes"
            )
            return True
        ack = await self._answer(connection, subject, stand, pieces)
        self._used_up = ack.duplicate
        if ack.error is None and not ack.duplicate:
            stand.count, stand.place = pieces[-1].seq, ack.seq
            return True
        if ack.error is not None and ack.error.get("err_code") not in MOVED:
            if len(pieces) > 1:  # a batch has limits of its own, and takes nothing known twice
                return await self._send(connection, subject, stand, pieces[:1])
            raise nats.js.errors.APIError.from_error(ack.error)
        return False

    async def _answer(
        self, connection: Connection, subject: str, stand: _Stand, pieces: list[Piece]
    ) -> _Ack:
        client, last = connection.client, len(pieces)
        batch = pieces[-1].h[:32] + f"-{stand.place}"
        answer = b""
        for number, piece in enumerate(pieces, 1):
            headers = {} if stand.bare else {"Nats-Msg-Id": piece.h}
            if number == 1:
                headers["Nats-Expected-Last-Subject-Sequence"] = str(stand.place)
            if last > 1:
                headers |= {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
            if number < last and number > 1:
                await client.publish(subject, piece.data, headers=headers)
                continue
            if number == last > 1:
                headers["Nats-Batch-Commit"] = "1"
            try:
                answer = (await client.request(subject, piece.data, ASK_S, headers=headers)).data
            except nats.errors.NoRespondersError:
                raise nats.js.errors.NoStreamResponseError from None
            if answer:
                break  # the whole, or a refusal of the whole at its first message
        try:
            return msgspec.json.decode(answer, type=_Ack)
        except msgspec.MsgspecError:
            raise Unreachable("the broker answers what no broker does") from None

    async def _find(
        self, js: "JetStreamContext", inbox: Inbox, lines: Lines, stand: _Stand
    ) -> None:
        """The last message is another one than was believed: whose is it, and where to go on?"""
        subject = names.journal(self._deployment, lines.writer)
        try:
            last = await js.get_last_msg(names.stream(self._deployment), subject)
        except nats.js.errors.NotFoundError:
            stand.count = stand.place = 0
            return
        place = last.seq or 0
        entry = _entry(last.data or b"", lines.writer, self._deployment)
        held = inbox.tally.of(lines.writer)
        if entry is not None and held.count <= entry.seq <= lines.count:
            if entry.h == lines.h(entry.seq):
                stand.count, stand.place = entry.seq, place
                return
            self._stop(entry, "forked")
        elif entry is not None and entry.seq > lines.count and lines.writer in self._own:
            self._stop(entry, "own")
        await inbox.past(place)  # then what is there in order is known

    def _stop(self, entry: Entry, why: Why) -> None:
        refused = Refused(entry.writer, entry.seq, why, SAID[why], entry.h)
        self._refusals.add(refused)
        self._forked[entry.writer] = f"own lines are not published: {refused.words}"


def _entry(data: bytes, writer: str, deployment: str) -> Entry | None:
    """The entry that a message of `writer` ends with, if it is one of `deployment`."""
    line = _SPACE.sub(b"", data).rpartition(b"\n")[2]
    try:
        entry = parse(line)
    except ValueError:
        return None
    return entry if (entry.writer, entry.deployment) == (writer, deployment) else None
