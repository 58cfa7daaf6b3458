"""The stream that keeps all writers' lines, and what was read of it so far."""

from typing import TYPE_CHECKING

import msgspec
import nats.js.errors
from nats.js import api

from console.sync import names
from console.sync.intake import MOST_WRITERS
from console.sync.words import Unreachable

if TYPE_CHECKING:
    from nats.js import JetStreamContext

ASK_S = 5.0
MOST_HELD = 2 * MOST_WRITERS
TAKEN_NAME = 10058  # a stream of that name is there, with other settings


class Held(msgspec.Struct):
    """What the stream holds of a writer: entries 1 to `count`, in order, with no other between.

    `last` is the place in the stream of the last message under its name, whatever that is.
    """

    count: int = 0
    last: int = 0


class Tally(msgspec.Struct):
    """How far a stream was read. `made` tells it from another that has its name."""

    made: str = ""
    place: int = 0
    held: dict[str, Held] = msgspec.field(default_factory=dict)

    def of(self, writer: str) -> Held:
        """What is known of `writer`; of one too many nothing is remembered."""
        if writer not in self.held and len(self.held) >= MOST_HELD:
            return Held()
        return self.held.setdefault(writer, Held())


async def opened(js: "JetStreamContext", deployment: str, replicas: int) -> api.StreamInfo:
    """The deployment's stream, made if there is none. `Unreachable` if it is of something else."""
    name, subject = names.stream(deployment), names.journal(deployment)
    try:
        info = await js.stream_info(name)
    except nats.js.errors.NotFoundError:
        info = await _made(js, name, subject, replicas)
    if info.config.subjects != [subject]:
        raise Unreachable(f"the broker's stream {name} is of something else")
    return info


async def _made(js: "JetStreamContext", name: str, subject: str, replicas: int) -> api.StreamInfo:
    config = api.StreamConfig(
        name=name,
        description="journals of a deployment, one subject a writer",
        subjects=[subject],
        storage=api.StorageType.FILE,
        discard=api.DiscardPolicy.NEW,
        num_replicas=replicas,
        duplicate_window=120,
        deny_delete=True,
        deny_purge=True,
        allow_atomic=True,  # a broker before 2.12 passes over it, and gets one line at a time
    )
    try:
        return await js.add_stream(config)
    except nats.js.errors.BadRequestError as error:
        if error.err_code != TAKEN_NAME:
            raise
        return await js.stream_info(name)


def identity(info: api.StreamInfo) -> str:
    """What no other stream has, even of the same name."""
    return "" if info.created is None else info.created.isoformat()
