"""A machine in a test: its directory, its account's memory, its journal and its carrier."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from config.sync import Sync
from console.clock import SystemClock
from console.domain.entry import Draft, Entry
from console.domain.presence import Present
from console.journal import Journal
from console.sync.carrier import Carrier
from console.sync.status import SyncState
from tests.journal.desk import CONFIG, DEPLOYMENT, LEAD, draft

PATIENCE_S = 20.0


class Member:
    """One machine of a deployment."""

    def __init__(self, place: Path, sync: Sync) -> None:
        """Open a journal in `place`."""
        self.directory = place / "agent"
        self.directory.mkdir(parents=True)
        self.sync = sync
        self.journal = Journal.open(
            self.directory,
            DEPLOYMENT,
            clock=SystemClock(),
            state_home=place / "state",
            config_hash=CONFIG,
            genesis_actor=LEAD,
        )
        self.writer = self.journal.writer
        self.present: list[Present] = []
        self.changes = 0
        self.carrier = self.new_carrier()

    def new_carrier(self) -> Carrier:
        """As another process of this machine would have."""
        return Carrier(
            self.sync,
            self.directory,
            DEPLOYMENT,
            frozenset({self.writer}),
            SystemClock(),
            lambda: self.present,
        )

    def write(self, count: int = 1, name: str = "note") -> Sequence[Entry]:
        """Append notes."""
        drafts: list[Draft] = [draft(f"{name} {number}") for number in range(count)]
        return self.journal.transact(lambda _: drafts)

    def lines(self, writer: str = "") -> bytes:
        """What is on disk here of a writer; of oneself without a name."""
        file = self.directory / "journal" / f"{writer or self.writer}.jsonl"
        return file.read_bytes() if file.exists() else b""

    def has(self, other: "Member") -> bool:
        """Whether what `other` wrote is here, byte for byte."""
        return self.lines(other.writer) == other.lines()

    def is_in(self, state: SyncState) -> bool:
        """Whether the carrier says so."""
        return self.carrier.status.state == state

    @property
    def refused(self) -> list[tuple[str, str, int]]:
        """What was refused: why, of whom, which number."""
        return [(one.why, one.writer, one.seq) for one in self.carrier.status.refused]

    def _changed(self) -> None:
        self.changes += 1

    @contextlib.asynccontextmanager
    async def carrying(self) -> AsyncIterator[None]:
        """Carry as long as this lasts."""
        task = asyncio.create_task(self.carrier.run(self._changed))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self.carrier = self.new_carrier()


async def until(
    condition: Callable[[], object], what: str = "", patience: float = PATIENCE_S
) -> None:
    """Wait until `condition` holds; the test fails when it does not."""
    try:
        async with asyncio.timeout(patience):
            while not condition():
                await look_again(0.01)
    except TimeoutError:
        cells = [cell.cell_contents for cell in getattr(condition, "__closure__", None) or ()]
        members = [one.carrier.status for one in cells if isinstance(one, Member)]
        raise AssertionError(f"it never came to: {what or condition}; {members}") from None


async def look_again(seconds: float) -> None:
    """Let others run until it is time to look again: files and processes tell nobody."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()
