"""How it stands with other machines, as a screen or a command shows it."""

from dataclasses import dataclass
from typing import Literal

from console.domain.presence import Present
from console.sync.intake import Refused

SyncState = Literal["off", "synced", "catching-up", "alone"]


@dataclass(frozen=True, slots=True)
class Peer:
    """Another machine's writer: how many of its entries are here, and when it was last heard of.

    `heard_at` is unix seconds by this machine's clock, None if never since the start; `acked` how
    many of the own entries it is known to hold, None if it has not said.
    """

    writer: str
    entries: int
    heard_at: float | None = None
    acked: int | None = None


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """`since` (unix seconds) is when `state` began; `why` says what is in the way, if anything is.

    `waiting` counts own entries that nobody else can have yet, `missing` those that others are
    known to have and we do not. `carrier` is who syncs here: this process or another one.
    """

    state: SyncState = "off"
    since: float = 0.0
    why: str = ""
    waiting: int = 0
    missing: int = 0
    peers: tuple[Peer, ...] = ()
    present: tuple[Present, ...] = ()
    refused: tuple[Refused, ...] = ()
    here: bool = False


OFF = SyncStatus()
