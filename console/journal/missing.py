"""What stands in for the journal where it cannot even be read: the kill switch needs none."""

from collections.abc import Callable, Sequence

from console.clock import Clock
from console.domain.entry import Draft, Entry
from console.journal.chain import Mark
from console.journal.errors import Unwritable
from console.journal.fallback import Fallback
from console.journal.home import default_home
from console.journal.line import ZEROS
from console.journal.writer import unwritable


class MissingJournal:
    """Empty, never intact, and takes nothing; `fallback` works as `Journal`'s does."""

    writer = ""
    head = ZEROS
    count = 0
    intact = False
    latched = False
    full = False
    sound = False
    kept_aside = False  # nothing can be adopted here
    judging = None
    disbelief = ""
    pending = apart = claimed = ()

    def __init__(self, deployment: str, clock: Clock, trouble: str) -> None:
        """`trouble` says why there is no journal."""
        self.trouble = trouble
        self.heads: dict[str, str] = {}
        self.marks: dict[str, Mark] = {}
        self._clock = clock
        self._fallback = Fallback(default_home(deployment))

    def no_more(self) -> frozenset[tuple[str, int]]:
        """Nothing was given out."""
        return frozenset()

    def read_new(self) -> list[Entry]:
        """Nothing."""
        return []

    def transact(self, propose: Callable[[Sequence[Entry]], Sequence[Draft]]) -> list[Entry]:
        """Refuse, with what is wrong: `Unwritable`."""
        raise Unwritable(self.trouble)

    def fallback(
        self, drafts: Sequence[Draft], at: float | None = None, *, doubtful: bool = False
    ) -> None:
        """See `Journal.fallback`."""
        at = self._clock.now() if at is None else at
        try:
            self._fallback.keep(drafts, at, doubtful=doubtful)
        except OSError as error:
            raise unwritable(self._fallback.path, error) from error

    def close(self) -> None:
        """There is nothing to let go of."""
