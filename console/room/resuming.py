"""Going on with a rollback whose process is gone, unasked (Guide 3.5)."""

from contextlib import suppress
from functools import partial

from config.load import Loaded
from console.bounded import within
from console.clock import Clock
from console.domain.entry import Actor
from console.domain.order import Order
from console.domain.state_rollback import Rollback
from console.executor.aftermath import EXECUTOR
from console.executor.handover import Fired, Prepared, Prior, Told
from console.executor.kept import Kept, kept
from console.executor.launch import NotLaunched, Standby
from console.journal.record import WRITE_ERRORS, Record

LAUNCH_S = 3.0
DISK_S = 1.0
# A run that was broken off is gone on with unasked for so long; later, a person says so.
RESUME_WITHIN_S = 3600.0
# A process that ends again and again is replaced after pauses that double up to this one.
LONGEST_PAUSE_S = 60.0
ADOPT_EVERY_S = 5.0


class Resuming:
    """Starts a new process for what another one left unfinished."""

    def __init__(self, loaded: Loaded, record: Record, clock: Clock) -> None:
        """Start nothing yet."""
        self._loaded = loaded
        self._deployment = loaded.deployment.deployment
        self._record = record
        self._clock = clock
        self._tries: dict[str, int] = {}
        self._tried_at = 0.0
        self._adopted_at = clock.monotonic()

    async def unfinished(self) -> Rollback | Kept | None:
        """A rollback that was broken off so lately that it is gone on with unasked.

        The journal tells, or the order that was kept: the journal may never have heard of it. What
        another machine began is a person's to go on with here.
        """
        now, state = self._clock.now(), self._record.state
        within_s = RESUME_WITHIN_S * self._clock.speed
        held = state.rollback
        if held is not None and held.state == "running":
            own = held.runner in {"", self._record.journal.writer}
            return held if own and now - held.triggered_at < within_s else None
        found = None
        with suppress(TimeoutError, OSError):
            found = await within(DISK_S, partial(kept, self._deployment, self._loaded.directory))
        if found is None or found.outcome or state.rollback_of(found.prior.id):
            return None
        return found if now - found.at < within_s else None

    async def go_on(self) -> bool | None:
        """Have a new process go on with it; False where none does, None where it is not its turn.

        One that could not be started in time may come all the same, and then is followed.
        """
        what = await self.unfinished()
        if what is None:
            return False
        name = what.prior.id if isinstance(what, Kept) else what.id
        tries = self._tries.get(name, 0)
        now = self._clock.monotonic()
        if tries and now - self._tried_at < min(2.0**tries - 1.0, LONGEST_PAUSE_S):
            return None
        self._tries[name], self._tried_at = tries + 1, now
        try:
            told = await within(2 * LAUNCH_S, partial(self._started, what))
        except (NotLaunched, TimeoutError, OSError):
            return None
        return told.answer in {"taken", "running"}

    async def adopt(self) -> None:
        """Have the journal take up what was kept aside, if it can by now."""
        journal, now = self._record.journal, self._clock.monotonic()
        if now - self._adopted_at < ADOPT_EVERY_S:
            return
        self._adopted_at = now

        def look() -> None:
            if journal.kept_aside:
                self._record.transact(EXECUTOR, lambda _: [])

        with suppress(TimeoutError, *WRITE_ERRORS):  # the journal itself says what is wrong
            await within(DISK_S, look)

    def _started(self, what: Rollback | Kept) -> Told:
        prepared, fired = self._resumption(what)
        standby = Standby(self._deployment)
        standby.prepare(prepared)
        return standby.fire(fired)

    def _resumption(self, what: Rollback | Kept) -> tuple[Prepared, Fired]:
        """What goes on with it: as it was fired, if that was kept, else on the config as it is."""
        if isinstance(what, Kept):
            return what.prepared, what.gone_on_with
        found = kept(self._deployment, self._loaded.directory)
        if found is not None and found.prior.id == what.id:
            return found.prepared, found.gone_on_with
        started = self._clock.monotonic() - max(0.0, self._clock.now() - what.triggered_at)
        order = Order(
            what.id,
            what.trigger,
            what.why,
            Actor(what.by),
            what.config,
            attempt=what.attempt,
            phase=what.phase,
        )
        prior = Prior(what.id, what.attempt, started)
        return handed_over(self._loaded), Fired(order, resume=True, prior=prior)


def handed_over(loaded: Loaded) -> Prepared:
    """What a process that stands by must know."""
    return Prepared(str(loaded.directory.absolute()), loaded.raw, loaded.sha256)
