"""Moving through the past: where each move leads, and what stands there."""

from pathlib import Path

import pytest

from console.domain import events as e
from console.domain.refused import Refused
from console.room import Replay, open_past
from tests.app.replaying import live_through
from tests.app.rooms import HOUR, NOW, stand


@pytest.fixture
async def replay(tmp_path: Path) -> Replay:
    standing = await live_through(stand(tmp_path / "claims"))
    return Replay(open_past(standing.directory))


def kind(replay: Replay) -> str:
    assert replay.room.shown is not None
    return replay.room.shown.kind


def test_it_begins_at_the_last_gate(replay: Replay) -> None:
    replay.begin()
    assert kind(replay) == "gate.decided"
    assert replay.room.clock.now() == NOW - 0.5 * HOUR
    assert replay.room.state.attempt.id == "full.1"


def test_without_a_gate_it_begins_at_the_end(tmp_path: Path) -> None:
    standing = stand(tmp_path / "claims")
    standing.past((60.0, e.NoteWritten("first")))
    replay = Replay(open_past(standing.directory))
    replay.begin()
    assert kind(replay) == "note.written"
    with pytest.raises(Refused, match="no decision comes before this moment"):
        replay.jump("decision", -1)


def test_every_step_forth_is_undone_by_one_back(replay: Replay) -> None:
    replay.to("first")
    spots = []
    while replay.room.spot.count < len(replay.room.timeline):
        spots.append((replay.room.spot, replay.room.state))
        replay.step(1)
    for spot, state in reversed(spots):
        replay.step(-1)
        assert (replay.room.spot, replay.room.state) == (spot, state)
    replay.step(-1)
    assert replay.room.spot == spots[0][0]


def test_steps_from_between_two_entries(replay: Replay) -> None:
    replay.to_time(NOW - 1.2 * HOUR)
    assert kind(replay) == "note.written"
    replay.step(-1)
    assert (kind(replay), replay.room.clock.now()) == ("note.written", NOW - 1.5 * HOUR)
    replay.to_time(NOW - 1.2 * HOUR)
    replay.step(1)
    assert (kind(replay), replay.room.clock.now()) == ("alert.fired", NOW - HOUR)


def test_a_decision_is_seen_before_it_is_made(replay: Replay) -> None:
    replay.to("gate")
    spot = replay.room.spot
    assert spot.shown == spot.count
    decided = replay.decided
    assert decided is not None
    assert decided.differing == {}
    assert {one.id for one in decided.event.criteria} == {
        one.id for one in replay.room.picture().gate.criteria
    }
    replay.step(1)
    assert kind(replay) == "gate.decided"
    assert replay.room.spot.count == spot.count + 1
    assert replay.room.clock.now() == NOW - 0.5 * HOUR + 40
    assert replay.decided == decided, "once it is made, it still shows what it stored"
    replay.step(1)
    assert replay.decided is None


def test_what_differs_is_said(replay: Replay) -> None:
    """The recorded minutes were lost since: what the entry stored still stands."""
    directory = replay.room.directory
    (directory / "telemetry" / "calls.jsonl").unlink()
    poorer = Replay(open_past(directory))
    poorer.to("gate")
    replay.to("gate")
    assert poorer.decided is not None
    assert replay.decided is not None
    assert poorer.decided.event == replay.decided.event
    assert all("reckoned again" in why for why in poorer.decided.differing.values())
    assert poorer.decided.differing


def test_playing_ends_with_the_record(replay: Replay) -> None:
    replay.to_time(replay.end - 100)
    assert replay.play(60)
    assert not replay.play(60)
    assert replay.room.clock.now() == replay.end
