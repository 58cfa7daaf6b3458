"""The demo's reviewers: they answer what the agent hands over, by the commands that people use.

They have so much time an hour and no more, so that a flood is more than they can answer. Flags,
tools, alerts and incidents they leave to the operator.
"""

import asyncio
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from console.demo.agent_texts import REASONS
from console.domain.commands_escalation import ResolveEscalations
from console.domain.refused import Refused
from console.domain.state import State
from console.domain.state_escalation import Escalation
from console.evidence import Texts
from console.room import WRITE_ERRORS, OpenFailed, WarRoom

WHO = "reviewer"
TURN_S = 1.0  # real seconds
AN_HOUR = 330.0
READING_S = 150.0  # of deployment time, from the call on
AT_HAND_S = 600.0

_ANSWERS = (
    ("answered by hand from the policy's text", "two clauses apply and neither is named"),
    ("approved by the desk within its authority", "the amount is over the agent's authority"),
    ("answered once the right document was found", "two documents state different dates"),
    ("called back and answered", "asks for a person in the first sentence"),
    ("passed to the liability desk, customer told", "a third party is named"),
    ("merged with the earlier claim, customer told", "the same event was claimed before"),
)
# Equal reasons are one group: its reviewers write what that group's inputs have in common.
WORDS = dict(zip(REASONS, _ANSWERS, strict=True))


class Reviewers:
    """Answer in a thread of their own, in the deployment at `directory`, while the block runs."""

    def __init__(self, directory: Path) -> None:
        """Begin with `with`."""
        self._directory = directory
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="reviewers", daemon=True)

    def __enter__(self) -> "Reviewers":
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Go home."""
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        # What keeps them from opening the deployment, the console says itself.
        with suppress(OpenFailed, OSError):
            asyncio.run(self._answer())

    async def _answer(self) -> None:
        if await asyncio.to_thread(self._over.wait, TURN_S):
            return
        room = await asyncio.to_thread(lambda: WarRoom.open(self._directory, who=WHO, offline=True))
        desk, texts = Desk(room.clock.now()), Texts(self._directory)
        try:
            while not await asyncio.to_thread(self._over.wait, TURN_S):
                await asyncio.to_thread(room.record.refresh)
                asked = {one.reason for one in room.state.escalations.values()}
                reasons = await asyncio.to_thread(texts.of, asked)
                for command in desk.turn(room.state, room.clock.now(), reasons):
                    with suppress(Refused, *WRITE_ERRORS):  # somebody else was quicker
                        await room.do(command)
        finally:
            await room.close()


class Desk:
    """What a reviewer's desk gets done: pure, but for what it remembers of its time."""

    def __init__(self, now: float) -> None:
        """Begin at `now` (unix seconds)."""
        self._at = now
        self._left = AN_HOUR * AT_HAND_S / 3600

    def turn(
        self, state: State, now: float, reasons: Mapping[str, str]
    ) -> list[ResolveEscalations]:
        """What is answered by `now`: the first due first, as many as there is time for."""
        gained = AN_HOUR * max(0.0, now - self._at) / 3600
        self._left = min(self._left + gained, max(AN_HOUR * AT_HAND_S / 3600, gained))
        self._at = now
        waiting = sorted(
            (
                one
                for one in state.escalations.values()
                if one.row == "escalate"
                and one.resolved_at is None
                and WHO in one.to
                and now - one.at >= READING_S
            ),
            key=lambda one: one.due,
        )[: int(self._left)]
        self._left -= len(waiting)
        return [_answered(reason, ones, reasons) for reason, ones in _alike(waiting)]


def _alike(waiting: list[Escalation]) -> list[tuple[str, list[Escalation]]]:
    by: dict[str, list[Escalation]] = {}
    for one in waiting:
        by.setdefault(one.reason, []).append(one)
    return list(by.items())


def _answered(
    reason: str, ones: list[Escalation], reasons: Mapping[str, str]
) -> ResolveEscalations:
    outcome, pattern = WORDS.get(reasons.get(reason, ""), _ANSWERS[0])
    return ResolveEscalations(outcome, pattern, "", tuple(one.id for one in ones))
