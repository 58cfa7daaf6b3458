"""What every feed gives: a `Batch` a poll, or a `FeedError` with one sentence."""

from typing import Protocol, TypeVar, runtime_checkable

import msgspec

from console.domain.call import Call
from console.domain.minutes import Tally
from console.domain.outside import OutsideAlert

MOST_BYTES = 4 * 1024 * 1024
MOST_CALLS = 20_000
WHOLE_CALLS = 2_000
TAIL_BYTES = 1024 * 1024

Cursor = TypeVar("Cursor", bound=msgspec.Struct)


class MinuteSeries(msgspec.Struct):
    """Numbers by the minute (unix seconds // 60), from a store that counts for us.

    `counts`: minute -> some of calls, errors, escalations, flags, cost, tokens_in, tokens_out.
    `values`: metric id -> minute -> the metric's value at that minute's end. What is not there is
    not known; it is never zero.
    """

    counts: dict[int, dict[str, float]] = {}
    values: dict[str, dict[int, float]] = {}


class Batch(msgspec.Struct):
    """What one poll brought.

    `tallies` are records before `calls`, read for their numbers alone. `bad` records could not be
    read; `bad_sample` is one of them with the reason, clean. `cursor` is where to go on (JSON).
    `behind` says that more is waiting now; `gap` that the place to go on from was gone, so that
    calls may be missing between the last batch and this one. `outside` are all alerts that another
    system raises now; None from a feed that tells of none. `quiet` is for a feed that waits to be
    told: nobody told it anything since the last poll, so that this poll says nothing of the agent,
    though nothing is wrong; the text says so.
    """

    calls: list[Call]
    cursor: dict[str, object]
    bad: int = 0
    bad_sample: str = ""
    minutes: MinuteSeries | None = None
    behind: bool = False
    gap: bool = False
    outside: tuple[OutsideAlert, ...] | None = None
    tallies: list[Tally] = []
    quiet: str = ""

    @property
    def count(self) -> int:
        """How many records could be read."""
        return len(self.calls) + sum([len(tally.ids) for tally in self.tallies])


class FeedError(Exception):
    """A poll that gave nothing; `sentence` says what is wrong and what to do.

    `retry_after_s` is set when the endpoint asked for patience.
    """

    def __init__(self, sentence: str, retry_after_s: float | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.retry_after_s = retry_after_s


class Feed(Protocol):
    """A configured endpoint. Nothing of a poll is kept but in the cursor it returns."""

    id: str

    async def poll(self, cursor: dict[str, object], now: float) -> Batch:
        """What is new since `cursor`; `{}` asks for all the endpoint has. Raises `FeedError`.

        One poll brings about 4 MiB or 20,000 calls at most. `now` is unix seconds, UTC.
        """
        ...


@runtime_checkable
class Log(Feed, Protocol):
    """A feed of single calls, of which anybody may ask for the latest alone."""

    async def near_end(
        self, known: dict[str, object], now: float, back_s: float
    ) -> dict[str, object]:
        """The cursor of a place near the end: what comes is read from there, without the past.

        It is about `back_s` before `now`, or `TAIL_BYTES` before the end of a log that is read by
        place. Where neither can be asked for it is `known`, a cursor of this feed or `{}`. Raises
        `FeedError`.
        """
        ...


@runtime_checkable
class Listener(Feed, Protocol):
    """A feed that is told, and so holds something open: a port, and what came in between two polls.

    Only the process that records may poll it.
    """

    def close(self) -> None:
        """Let go of it. Blocks; safe in any thread. A poll after it gives what is still held."""
        ...


def understood(cursor: dict[str, object], kind: type[Cursor]) -> Cursor | None:
    """A saved cursor as `kind`; None for the start, or if another kind of feed wrote it."""
    try:
        return msgspec.convert(cursor, kind)
    except msgspec.ValidationError:
        return None


def saved(cursor: msgspec.Struct) -> dict[str, object]:
    """The JSON form of a cursor."""
    return {str(key): value for key, value in msgspec.to_builtins(cursor).items()}
