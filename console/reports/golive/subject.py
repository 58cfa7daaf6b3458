"""Which rollout the report is about, and the state at the moments that matter to it."""

from collections.abc import Sequence

import msgspec

from console.domain import events as e
from console.domain.checkins import Window, window_of
from console.domain.checklist import ItemStatus, checklist
from console.domain.concurrent import decisions_of
from console.domain.entry import Entry
from console.domain.evolve import fold
from console.domain.refused import Refused
from console.domain.standing import Standing, contexts_of
from console.domain.state import State, attempt_id
from console.domain.state_rollback import Rollback
from console.domain.state_rollout import Attempt
from console.domain.times import utc
from console.reports.cites import Cites, Tale
from console.reports.ground import Ground


class Subject(msgspec.Struct, frozen=True):
    """A rollout, from its readiness to where it ended or stands.

    `at_go` is the state just before GO and `go` its entry, both None where GO was not given.
    `closing` is the state just before the rollback that ended it, or the present one; `ended_by` is
    that rollback. `end` is when it was rolled back, else assessed, else now; `kept_until` is when
    the window was assessed, if it was, else the same (unix seconds).
    """

    ground: Ground
    tale: Tale
    cites: Cites
    rollout: int
    go: Entry | None
    at_go: State | None
    closing: State
    ended_by: Rollback | None
    end: float
    kept_until: float

    @property
    def clocked(self) -> bool:
        """Whether times are of a demo's clock, which is not the machine's own."""
        return self.ground.state.clock == "demo"

    @property
    def from_readiness_on(self) -> set[str]:
        """The ids of its attempts, its own readiness among them."""
        return {attempt_id("readiness", None, self.rollout), *(a.id for a in self.attempts)}

    @property
    def mine(self) -> set[str]:
        """The ids of its attempts, and of the readiness that followed it if it was rolled back."""
        held = {attempt.id for attempt in self.attempts}
        if self.rollout == 1:
            held.add(attempt_id("readiness", None, 1))
        return held | {attempt_id("readiness", None, self.rollout + 1)}

    @property
    def attempts(self) -> list[Attempt]:
        """Its phases and increments, without readiness."""
        every = self.ground.state.attempts
        return [a for a in every if a.rollout == self.rollout and a.phase != "readiness"]

    @property
    def window(self) -> Window | None:
        """Its 48-hour window, None where it never came to full deployment."""
        return window_of(self.closing)

    @property
    def start(self) -> float:
        """When GO was given, or the end where it was not."""
        return self.go.at.timestamp() if self.go is not None else self.end

    def within(self, at: float) -> bool:
        """Whether a moment lies between GO and the end."""
        return self.start <= at <= self.end

    @property
    def items(self) -> Sequence[ItemStatus]:
        """The checklist as it stood at GO; as it stands now where GO was not given."""
        if self.at_go is None or self.go is None:
            return self.ground.items
        deployment = self.ground.deployment
        standing = Standing(
            contexts=contexts_of(deployment),
            version=_tag(self.go) or deployment.agent.version,
            config_sha256=self.at_go.config_sha256,
            today=utc(self.start).date(),
            expires={
                name: one.expires_days
                for name, one in deployment.items.items()
                if one.expires_days is not None
            },
            hard=frozenset(name for name, one in deployment.items.items() if one.hard),
        )
        return checklist(self.at_go, standing)


def subject(ground: Ground, rollout: int | None = None) -> Subject:
    """The rollout of that number; without one the latest that got beyond readiness.

    Raises `Refused` where there is no such rollout.
    """
    state = ground.state
    latest = state.rollout
    if rollout is None:
        rollout = latest - 1 if latest > 1 and state.attempt.phase == "readiness" else latest
    if not 1 <= rollout <= latest:
        told = "1" if latest == 1 else f"1 to {latest}"
        raise Refused(f"there is no rollout {rollout} (there is {told})")
    odd = {(one.writer, one.seq) for one in state.conflicts}
    odd |= {(one.overruled.writer, one.overruled.seq) for one in state.contested.values()}
    tale = Tale(entry for entry in ground.entries if (entry.writer, entry.seq) not in odd)
    readied = attempt_id("readiness", None, rollout)
    go = next(
        (
            entry
            for entry, event in tale.every(e.GateDecided)
            if event.attempt == readied and event.decision == "advance"
        ),
        None,
    )
    at_go = None if go is None else _before(ground.entries, go)
    closing, back = _closing(ground, rollout)
    window = window_of(closing)
    assessed = window.end if window is not None else None
    end = ground.now if assessed is None else assessed
    if back is not None:
        end = back.triggered_at
    kept_until = end if assessed is None else assessed
    return Subject(ground, tale, Cites(), rollout, go, at_go, closing, back, end, kept_until)


def _before(entries: Sequence[Entry], last: Entry) -> State:
    """The fold of all entries before `last`, without the decisions that were overruled since."""
    return fold(entries[: entries.index(last)], decisions_of(entries))


def _closing(ground: Ground, rollout: int) -> tuple[State, Rollback | None]:
    """The state before the rollback that ended it, and that rollback; else the present state."""
    if rollout == ground.state.rollout:
        return ground.state, None
    begun = next(one.begun for one in ground.state.attempts if one.rollout == rollout + 1)
    back = next(one for one in ground.state.rollbacks.values() if one.order == begun)
    entry = next(one for one in ground.entries if one.order == begun)
    return _before(ground.entries, entry), back


def _tag(go: Entry) -> str:
    event = e.decode(go.kind, bytes(go.data))
    return event.version if isinstance(event, e.GateDecided) else ""
