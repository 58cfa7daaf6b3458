"""The room behind a page in a browser: it lives as any other, does no deed and leaves no trace."""

from config.load import Loaded
from console.clock import Clock
from console.domain.entry import Actor
from console.domain.presence import What
from console.journal.record import Record
from console.presence import here
from console.room.company import Company
from console.room.idle import Forgetful, Untouched
from console.room.lookedat import LookedAt
from console.room.readiness import Readiness
from console.room.traffic import TrafficDesk


class Unseen(Company):
    """Sees who is here, and is seen by nobody: who looks through a browser is not at the keys."""

    def enter(self, what: What) -> None:
        """Tell nobody."""

    def look(self) -> None:
        """See who is here; what others left behind is left there."""
        self._here = here(self._room.directory, tidy=False)
        self._compare()


class ServedRoom(LookedAt):
    """The live room, for eyes only. Open it with `read_only`, and as nobody.

    It asks the feeds, as every console does, but no switch. It writes no file anywhere, takes no
    lock, starts no process, and leaves a demo's clock alone.
    """

    LOOKED_AT = "READ-ONLY · served"
    UNASKED = "a view in a browser does not ask the switch: what was set is in the journal"

    def __init__(
        self,
        loaded: Loaded,
        clock: Clock,
        record: Record,
        actor: Actor,
        *,
        read_only: bool,
        offline: bool,
        apart: bool = False,
    ) -> None:
        """Use `open`."""
        super().__init__(
            loaded, clock, record, actor, read_only=read_only, offline=offline, apart=apart
        )
        self.company: Company = Unseen(self)
        self.readiness: Readiness = Forgetful(loaded)
        self.traffic: TrafficDesk = Untouched(self)

    @property
    def refusal(self) -> str:
        """See `LookedAt.refusal`."""
        return "this is a read-only view in a browser; nothing can be done or recorded from it"

    def _wait_for_agreement(self) -> None:
        """A demo's clock is for those to slow down who may agree."""
