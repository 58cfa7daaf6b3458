"""What came and went when machines that were apart meet again, in a sentence."""

from collections.abc import Sequence

from console.domain.times import span
from console.sync.status import Peer, SyncStatus

LEAST_S = 5.0  # a connection that is made anew at once is no news
SETTLED_S = 6.0  # by then the others have found the broker again, too


class Healed:
    """Watches how it stands; `look` gives a sentence once after each time alone."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._apart: SyncStatus | None = None
        self._met: float | None = None
        self._went = 0

    def look(self, status: SyncStatus, now: float) -> str:
        """What is to be told now (unix seconds); mostly empty."""
        if status.state == "alone" and self._apart is None:
            self._apart, self._went = status, 0
        self._went = max(self._went, status.waiting)
        apart = self._apart
        if apart is None or status.state == "alone":
            self._met = None
            return ""
        if self._met is None:
            self._met = now
        if status.state != "synced" or now - self._met < SETTLED_S:
            return ""
        self._apart, lasted = None, self._met - apart.since
        if lasted < LEAST_S:
            return ""
        came = _entries(status.peers) - _entries(apart.peers)
        return (
            f"together again after {span(lasted)}: {_counted(came)} of others came, "
            f"{_counted(self._went)} of this machine went out"
        )


def _entries(peers: Sequence[Peer]) -> int:
    return sum(peer.entries for peer in peers)


def _counted(count: int) -> str:
    return f"{count:,} {'entry' if count == 1 else 'entries'}"
