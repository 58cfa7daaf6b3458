"""The demo's reviewers answer hand-overs as people do, and no more of them than they have time."""

import threading
from pathlib import Path

import pytest

from console.demo.reviewers import AN_HOUR, READING_S, TURN_S, WHO, WORDS, Desk, Reviewers
from console.domain import events as e
from console.domain.escalations import queue_of
from console.domain.evolve import fold
from console.domain.noted import normalised
from console.domain.state import State
from console.domain.state_escalation import Escalation
from console.domain.times import utc
from console.room import WarRoom
from tests.room.stand import NOW, stand, write


def waiting(
    count: int, at: float = NOW, row: str = "escalate", to: str = WHO
) -> dict[str, Escalation]:
    return {
        f"{row}-{at:.0f}-{n}": Escalation(
            f"{row}-{at:.0f}-{n}", row, f"c{n}", at, at + 900, at, (to,), reason="r"
        )
        for n in range(count)
    }


def resolved(desk: Desk, state: State, now: float) -> int:
    """How many are answered in this turn; they leave the queue."""
    done = [name for command in desk.turn(state, now, {}) for name in command.escalations]
    for name in done:
        del state.escalations[name]
    return len(done)


def test_they_answer_what_is_theirs_once_they_have_read_it() -> None:
    desk = Desk(NOW)
    state = State(
        escalations={
            **waiting(3),
            **waiting(2, row="safety-flag"),
            **waiting(1, at=NOW + 1, to="agent lead"),
        }
    )
    assert desk.turn(state, NOW + READING_S - 1, {}) == []
    (command,) = desk.turn(state, NOW + READING_S, {"r": "policy unclear"})
    assert len(command.escalations) == 3
    assert (command.outcome, command.pattern) == WORDS["policy unclear"]


@pytest.mark.parametrize("step_s", [60.0, 120.0, 3600.0])
def test_a_healthy_day_is_answered_and_a_flood_is_not(step_s: float) -> None:
    for an_hour, keeps_up in ((190, True), (800, False)):
        desk, state, now, answered = Desk(NOW), State(), NOW, 0
        for _ in range(int(6 * 3600 / step_s)):
            state.escalations |= waiting(round(an_hour * step_s / 3600), now)
            now += step_s
            answered += resolved(desk, state, now)
        left = len(state.escalations)
        assert (left <= an_hour * max(step_s, READING_S + 60) / 3600) == keeps_up
        assert answered <= AN_HOUR * 6.5


def test_every_reason_of_the_agent_has_an_answer_of_its_own() -> None:
    assert all(normalised(reason) == reason for reason in WORDS)
    assert all(outcome and pattern for outcome, pattern in WORDS.values())


def test_they_write_as_the_reviewer_by_the_commands_of_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.demo.reviewers.TURN_S", 0.02)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    claims = stand(tmp_path / "claims")
    room = WarRoom.open(claims.directory, who="agent lead", offline=True)
    at = room.clock.now() - 2 * READING_S
    items = (e.EscalationItem("escalate-c1", "c1", utc(at), utc(at + 900)),)
    write(room, e.EscalationRaised("escalate", items, (WHO,), until="resolved"))
    with Reviewers(claims.directory):
        for _ in range(1000):
            room.record.refresh()
            if room.state.escalations["escalate-c1"].resolved_at is not None:
                break
            threading.Event().wait(TURN_S / 100)
    room.record.journal.close()
    held = fold(room.record.entries).escalations
    assert held["escalate-c1"].resolved_by == WHO
    assert held["escalate-c1"].pattern
    assert queue_of(held).in_time == 1
