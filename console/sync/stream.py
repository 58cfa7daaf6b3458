"""The stream that keeps all writers' lines."""

from typing import TYPE_CHECKING

import nats.js.errors
from nats.js import api

from console.sync import names
from console.sync.words import Unreachable

if TYPE_CHECKING:
    from nats.js import JetStreamContext

ASK_S = 5.0
TAKEN_NAME = 10058  # a stream of that name is there, with other settings


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
