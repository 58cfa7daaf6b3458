"""An alert of a real Prometheus and a real Alertmanager, from pending to resolved."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from console.domain.outside import OutsideAlert
from console.domain.refused import Refused
from console.room import WarRoom
from console.room.silencer import silence
from tests.cli.shell import Shell
from tests.room.alerting import (
    ALERTMANAGER,
    MISSING,
    PROMETHEUS,
    AheadClock,
    Systems,
    ready,
    systems,
)
from tests.room.stand import eventually

pytestmark = pytest.mark.skipif(PROMETHEUS is None or ALERTMANAGER is None, reason=MISSING)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Systems]:
    """Both systems, with nothing wrong."""
    with systems(tmp_path_factory.mktemp("alerting")) as held:
        yield held


async def until(
    room: WarRoom, holds: Callable[[tuple[OutsideAlert, ...]], bool], seconds: float = 60.0
) -> tuple[OutsideAlert, ...]:
    """Poll and evaluate until the alerts of others are as `holds` says."""
    async with asyncio.timeout(seconds):
        while True:
            await room.poll_once()
            await asyncio.to_thread(room.look)
            outside = room.looker.outside()
            if holds(outside):
                return outside
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), 0.2)


def states(outside: tuple[OutsideAlert, ...]) -> list[tuple[str, str]]:
    return [(alert.name, alert.state) for alert in outside]


async def test_from_pending_to_silenced_to_resolved(there: Systems, tmp_path: Path) -> None:
    clock = AheadClock()
    await eventually(lambda: ready(there.prometheus) and ready(there.alertmanager), 60)
    directory = there.deployment(tmp_path / "claims")
    room = WarRoom.open(directory, who="agent lead", clock=clock)
    rule = "outside:AgentSlow"
    try:
        await until(room, lambda outside: not outside)
        there.slow = 1
        await until(room, lambda outside: states(outside) == [("AgentSlow", "pending")])
        assert not room.state.alerts, "what is pending does not fire"
        outside = await until(room, lambda outside: states(outside) == [("AgentSlow", "firing")])
        (alert,) = room.state.firing
        assert (alert.rule, alert.why, alert.n) == (rule, "answers take too long", 1)
        await until(room, lambda _: bool(room.eyes.each["am"].outside))
        outside = room.looker.outside()
        assert len(outside) == 1, "two feeds tell of the same alert"
        assert outside[0].severity == "page"

        words = (alert.id, "--for", "2h", "--why", "deploy of the proxy", "--feed", "am")
        said = await asyncio.to_thread(Shell(tmp_path), "silence", directory, *words)
        assert said.done().startswith("AgentSlow at am is silenced until ")
        await asyncio.to_thread(room.look)
        (done,) = room.state.silences.values()
        assert (done.outcome, done.feed, done.name) == ("set", "am", "AgentSlow")
        (known,) = there.ask("/api/v2/silences")
        assert known["id"] == done.their_id
        assert (known["status"]["state"], known["createdBy"]) == ("active", "agent lead")
        assert known["comment"] == f"deploy of the proxy ({done.id})"
        assert {(m["name"], m["value"], m["isRegex"]) for m in known["matchers"]} == {
            ("alertname", "AgentSlow", False),
            ("service", "agent", False),
        }
        outside = await until(room, lambda outside: states(outside) == [("AgentSlow", "silenced")])
        assert outside[0].muted_by == done.their_id
        assert [one.id for one in room.state.firing] == [alert.id], "nothing is over at once"

        there.slow = 0
        await until(room, lambda outside: not outside)
        clock.ahead += 360.0
        await until(room, lambda _: not room.state.firing)
        over = room.state.alerts[alert.id]
        assert over.resolved_at is not None
        assert over.resolved_at - over.fired_at > 300
    finally:
        await room.close()


async def test_what_is_not_there_is_not_silenced(there: Systems, tmp_path: Path) -> None:
    await eventually(lambda: ready(there.alertmanager), 60)
    async with asyncio.timeout(60):
        room = WarRoom.open(there.deployment(tmp_path / "claims"), who="agent lead", offline=True)
        before = there.ask("/api/v2/silences")
        try:
            done, told = await silence(room, "Nowhere", 60.0, "to see")
            assert (done.outcome, done.their_id) == ("failed", "")
            assert told == (
                "Nowhere at am is NOT silenced: no alert of exactly this name is there now"
            )
            with pytest.raises(Refused, match="at most 24 h"):
                await silence(room, "AgentSlow", 86_401.0, "to see")
            assert there.ask("/api/v2/silences") == before
            assert list(room.state.silences) == [done.id]
        finally:
            await room.close()
