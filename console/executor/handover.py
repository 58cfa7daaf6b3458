"""What crosses from whoever fires to the process that carries it out: two lines of JSON on a pipe.

The first comes when the guard is armed, so that everything is loaded before it is needed; the
second is the order. Nothing of it touches a disk.
"""

from typing import Literal

import msgspec

from console.domain.order import Order, SuspensionOrder


class Prepared(msgspec.Struct, frozen=True):
    """The deployment at `directory`, with the text of its `warroom.toml` as the firer sees it.

    The text may hold secrets that somebody wrote into the file: it is never kept or shown.
    `trial`: it is only tried whether a process can stand by, so that nothing is opened for it.
    """

    directory: str
    config: bytes
    config_sha256: str
    trial: bool = False


class Prior(msgspec.Struct, frozen=True):
    """A rollback that the journal may never have heard of, and how far it came.

    `started` is on `Clock.monotonic`; `verified` are ids of its steps.
    """

    id: str
    attempt: str
    started: float
    verified: tuple[str, ...] = ()


class Fired(msgspec.Struct, frozen=True):
    """The order itself. `resume`: go on with the run that was broken off, whatever `order` says.

    `cursors` say where each feed was read to, so that only fresh calls are read; `share` is the
    fraction of all traffic that the attempt serves.
    """

    order: Order | SuspensionOrder
    resume: bool = False
    prior: Prior | None = None
    cursors: dict[str, dict[str, object]] = {}
    share: float = 1.0


Answer = Literal["ready", "taken", "running", "refused"]


class Told(msgspec.Struct, frozen=True):
    """What the process says on its own pipe: that it is ready, and what became of the order.

    "running": another process carries it out already.
    """

    answer: Answer
    why: str = ""


def line(message: msgspec.Struct) -> bytes:
    """A message as one line."""
    return msgspec.json.encode(message) + b"\n"
