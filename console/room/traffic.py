"""Traffic follows the decision: after an advance the switch is set, read back, and on record."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from config.switch import Switch
from console.actions.switch import Hands, Result, Shown, carry_out, hands_of, look
from console.actions.switch_values import SwitchValues
from console.clean import clean
from console.domain.commands import AskTraffic, RecordTraffic
from console.domain.entry import Entry
from console.domain.events import GateDecided, decode
from console.domain.hints import pasted
from console.domain.refused import Refused
from console.domain.share import Target, is_near, target_before, target_of, undo_key
from console.domain.state_traffic import Switched
from console.domain.traffic import switch_trouble
from console.journal import Unwritable
from console.journal.record import WRITE_ERRORS
from console.lock import FileLock
from console.net import Http

if TYPE_CHECKING:
    from console.room.room import WarRoom

SETTLE_TIMES = 4
BY_GATE = "the gate's decision"
AGAIN = "set again"
BACK = "back to the share before"
THOUGH = "set whatever it reads"


class TrafficLock(FileLock):
    """Held by the one process of this machine that sets the traffic of a deployment."""

    def __init__(self, directory: Path) -> None:
        """Name the lock of the deployment at `directory`."""
        super().__init__(directory / "journal" / ".traffic.lock")


class TrafficDesk:
    """Sets the switch of one deployment, after a decision and on demand; one at a time."""

    def __init__(self, room: WarRoom) -> None:
        """Do nothing yet."""
        self._room = room
        self._lock = TrafficLock(room.directory)
        self._task: asyncio.Task[None] | None = None
        self._acting: asyncio.Task[object] | None = None
        self.said = ""

    @property
    def switch(self) -> Switch | None:
        """The switch as configured; without one the traffic is switched by hand."""
        return self._room.deployment.traffic.switch

    @property
    def busy(self) -> bool:
        """Whether this process sets the traffic just now."""
        return self._acting is not None

    def follow(self, written: Iterable[Entry]) -> None:
        """Set what an advance among the entries means, in a task of its own."""
        room = self._room
        if self.switch is None or room.offline or room.read_only:
            return
        if any(_opens_an_attempt(entry) for entry in written):
            self._task = asyncio.create_task(self._followed(), name="traffic")

    async def _followed(self) -> None:
        try:
            await self.set(why=BY_GATE)
        except Refused as refused:
            self._say(f"the traffic is NOT switched: {'; '.join(refused.reasons)}")
        except WRITE_ERRORS as error:
            self._say(f"the traffic is NOT switched, for it cannot be put on record: {error}")
        except Exception as error:  # a fault of ours must be seen, and may end nothing else
            self._say(f"the traffic is NOT switched by a fault of ours ({type(error).__name__})")

    async def settle(self) -> None:
        """Wait until what a decision began is over, or should have been for long."""
        if self._task is not None and self.switch is not None:
            await asyncio.wait({self._task}, timeout=SETTLE_TIMES * self.switch.timeout_s)

    def stop(self) -> None:
        """Leave off at once: a rollback goes before everything."""
        for task in (self._task, self._acting):
            if task is not None:
                task.cancel()

    async def look(self) -> Shown | str:
        """What the switch reads now, or why it cannot be read."""
        if self.switch is None:
            return "no [traffic.switch] is in warroom.toml: the traffic is switched by hand"
        if self._room.offline:
            return "this console was opened offline, so the switch is not asked"
        async with Http() as http:
            hands = hands_of(self.switch, http, self._room.directory)
            values = self._values(target_of(self._room.state.attempt))
            return await look(hands, values, self.switch.timeout_s)

    def unlike(self, shown: Shown) -> str:
        """What the switch should read instead of what is `shown`; empty if that is as meant."""
        state = self._room.state
        values = self._values(target_of(state.attempt))
        if state.attempt.phase == "readiness":  # nobody has told it of a phase yet
            shown = structs.replace(shown, phase=None)
        if shown.is_at(values):
            return ""
        phase = None if shown.phase is None else values.phase
        return Shown(float(values.share), phase).words

    async def set(self, *, back: bool = False, though: bool = False, why: str = "") -> str:
        """Set the share that the running attempt means, or that of the one before if `back`.

        It is read first: what stands already is not written again, and what somebody else set is
        overwritten only if `though`. Returns what came of it, in a sentence; it is on record too.
        Raises as `WarRoom.do`; then nothing was written.
        """
        if self.switch is None:
            raise Refused("no [traffic.switch] is in warroom.toml: the traffic is switched by hand")
        if self._room.read_only:
            raise Unwritable("this console was opened read-only")
        if self._room.offline:
            raise Refused("this console was opened offline, so the switch is not asked")
        if self._acting is not None:
            raise Refused("the traffic is being set in this console already")
        run = self._room.rollback_run
        if run is not None and run.state == "running":
            raise Refused("a rollback runs in this console: the traffic is its own now")
        self._acting = asyncio.current_task()
        try:
            await self._take_lock()
            self._room.changed()
            with self._room.real_time():  # what it asks is not sixty times as fast
                said = await self._set(self.switch, back=back, though=though, why=why)
            return self._say(said)
        finally:
            self._acting = None
            self._lock.release()
            self._room.changed()

    async def _take_lock(self) -> None:
        try:
            held = await asyncio.to_thread(self._lock.acquire)
        except OSError as error:
            raise Unwritable(f"the traffic's lock cannot be taken: {error.strerror}") from None
        if not held:
            raise Refused("another process of this machine sets the traffic just now")

    async def _set(self, switch: Switch, *, back: bool, though: bool, why: str) -> str:
        room = self._room
        attempt = room.state.attempt
        target = target_before(room.state) if back else target_of(attempt)
        async with Http() as http:
            hands = hands_of(switch, http, room.directory)
            before = await look(hands, self._values(target), switch.timeout_s)
            read = before.share if isinstance(before, Shown) else None
            why = why or (BACK if back else THOUGH if though else AGAIN)
            # On record before anything is written, and decided on the state of this moment.
            await room.do(AskTraffic(attempt.id, target.share, target.phase, read, why, though))
            held = room.state.traffic[attempt.id]
            result = await self._carry_out(switch, hands, before, held)
            result = await self._overtaken(switch, hands, held, result)
        answer = RecordTraffic(attempt.id, held.key, result.outcome, result.seen, result.detail)
        told = f"{held.share} % of the traffic is {_WORDS[result.outcome]}: {result.detail}"
        try:
            await room.do(answer)
        except WRITE_ERRORS as error:
            return f"{told}. NOT RECORDED: {error}"
        except Refused as refused:
            return f"{told}. NOT RECORDED: {'; '.join(refused.reasons)}"
        return told

    async def _carry_out(
        self, switch: Switch, hands: Hands, before: Shown | str, held: Switched
    ) -> Result:
        """Compare what was read, and write unless that would overwrite what somebody else set."""
        values = self._values(Target(held.share, held.phase), held.key)
        shown = before if isinstance(before, Shown) else None
        if shown is None and not held.forced:
            return Result("failed", None, clean(f"nothing was written: {before}", 500))
        if shown is not None and shown.is_at(values):
            return Result("verified", shown.share, f"it reads {shown.words} already")
        if shown is not None and not held.forced:
            expected = (*held.stood, float(held.share))
            if not any(is_near(shown.share, one) for one in expected):
                ours = " or ".join(f"{one:g} %" for one in held.stood)
                why = f"it reads {shown.words}, which nobody set from here (expected: {ours})"
                return Result("failed", shown.share, clean(f"nothing was written: {why}", 500))
        return await carry_out(hands, values, shown, self._room.clock, switch.timeout_s)

    async def _overtaken(
        self, switch: Switch, hands: Hands, held: Switched, result: Result
    ) -> Result:
        """Undo what was set while a rollback, fired elsewhere, sent the traffic away."""
        with suppress(OSError):
            await asyncio.to_thread(self._room.record.refresh)
        if self._room.state.rollback is None or not held.share:
            return result
        if self._room.state.rollback.triggered_at < held.asked_at:
            return result
        values = self._values(Target(0, "readiness"), undo_key(held.key))
        now = await look(hands, values, switch.timeout_s)
        shown = now if isinstance(now, Shown) else None
        if shown is None or not shown.is_at(values):
            undone = await carry_out(hands, values, shown, self._room.clock, switch.timeout_s)
        else:
            undone = Result("verified", shown.share, f"it reads {shown.words}")
        return Result(
            "failed" if undone.outcome == "verified" else "unknown",
            undone.seen,
            clean(f"a rollback came between, so it was sent back to 0 %: {undone.detail}", 500),
        )

    def _values(self, target: Target, key: str = "") -> SwitchValues:
        agent = self._room.deployment.agent
        version = self._room.state.locked_version or agent.version
        return SwitchValues(target.share, target.phase, version, agent.stable_version, key)

    def _say(self, told: str) -> str:
        self.said = clean(told, 1000)
        self._room.changed()
        return self.said

    @property
    def trouble(self) -> str:
        """Why the traffic is not known to be where it was decided; empty while it is being set."""
        if self.switch is None or self.busy:
            return ""
        trouble = next(iter(switch_trouble(self._room.state)), "")
        return pasted(trouble, self._room.directory)


_WORDS = {"verified": "set", "failed": "NOT set", "unknown": "unknown: set or not"}


def _opens_an_attempt(entry: Entry) -> bool:
    if entry.kind != "gate.decided":
        return False
    event = decode(entry.kind, bytes(entry.data))
    return (
        isinstance(event, GateDecided)
        and event.decision == "advance"
        and event.to_phase not in {"", "stable"}
    )
