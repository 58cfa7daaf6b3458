"""A drill on a real server beside production's: what it proves, and what it never touches."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.actions.tools import Ask
from console.clock import Clock, SystemClock
from console.domain.refused import Refused
from console.executor.drill import Drill, Drilled
from console.executor.lock import RunLock
from console.net import Http
from tests.actions.hands import Asked, deployment
from tests.actions.switch import Switch, running_switch

TIMEOUT_S = 2.0


@pytest.fixture
def production() -> Iterator[Switch]:
    with running_switch() as production:
        yield production


@pytest.fixture
def target() -> Iterator[Switch]:
    with running_switch() as target:
        yield target


def step(production: Switch, **changes: Any) -> dict[str, Any]:
    usual = {"timeout_s": TIMEOUT_S, "headers": {"Authorization": {"env": "DRILL_TOKEN"}}}
    return production.step(**{**usual, **changes}).model_dump(exclude_unset=True)


def hand(**changes: Any) -> dict[str, Any]:
    usual = {"id": "desk", "title": "Staff the desk", "kind": "manual", "manual": "call the desk"}
    return {**usual, **changes}


def drilling(
    place: Path,
    steps: list[dict[str, Any]],
    replace: dict[str, str],
    *,
    phase: str = "full",
    ask: Ask | None = None,
    clock: Clock | None = None,
    said: list[str] | None = None,
    **back: Any,
) -> Drilled:
    given = {"owner": "owner", "steps": steps, "drill": {"replace": replace}, **back}

    async def go() -> Drilled:
        async with Http() as http:
            say = (said if said is not None else []).append
            told = deployment(rollback=given)
            drill = Drill(told, place, http, clock or SystemClock(), say, ask)
            return await drill.carry_out(phase)

    return asyncio.run(go())


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRILL_TOKEN", "t0ken")


def test_the_real_procedure_on_the_drills_target(
    tmp_path: Path, production: Switch, target: Switch
) -> None:
    steps = [step(production), step(production, id="version", after=["traffic"])]
    # The second stands only once the first is done, as both are read from one value.
    drilled = drilling(tmp_path, steps, {production.url: target.url})
    assert drilled.outcome == ("verified", "every step is verified")
    assert (drilled.began, drilled.in_time, drilled.changed) == (True, True, True)
    assert 0 < drilled.seconds < TIMEOUT_S
    assert [one.state for one in drilled.steps] == ["verified", "verified"]
    first, second = drilled.steps
    assert first.began is not None
    assert first.ended is not None
    assert second.began is not None
    assert first.began <= first.ended <= second.began
    assert target.share == 0
    assert {sent["Authorization"] for sent in target.headers} == {"t0ken"}
    # Production heard nothing: no write, no read, no secret.
    assert (production.keys, production.looked, production.share) == ([], 0, 1)


def test_each_drill_has_keys_of_its_own(tmp_path: Path, production: Switch, target: Switch) -> None:
    class Later(SystemClock):
        ahead = 0.0

        def now(self) -> float:
            return super().now() + self.ahead

    clock = Later()
    for _ in range(2):
        target.share = target.pending = 1
        drilled = drilling(tmp_path, [step(production)], {production.url: target.url}, clock=clock)
        assert drilled.changed
        clock.ahead += 60
    assert len(set(target.keys)) == 2


def test_a_target_that_stands_at_the_end_proves_nothing(
    tmp_path: Path, production: Switch, target: Switch
) -> None:
    target.share = 0
    drilled = drilling(tmp_path, [step(production)], {production.url: target.url})
    assert (drilled.began, drilled.reached, drilled.changed) == (False, True, False)
    assert drilled.outcome == ("unknown", "nothing was sent")
    assert drilled.steps[0].stood
    assert not drilled.in_time
    assert target.keys == []


def test_a_step_that_stood_beside_one_that_did_not(
    tmp_path: Path, production: Switch, target: Switch
) -> None:
    there = {"url": f"{production.url}/control", "path": "candidate", "equals": 1}
    steps = [step(production, id="stood", read_back=there, body='{"candidate": 1}'), hand()]
    drilled = drilling(tmp_path, steps, {production.url: target.url}, ask=Asked("done"))
    assert [one.stood for one in drilled.steps] == [True, False]
    assert [one.changed for one in drilled.steps] == [False, True]
    assert drilled.changed


def test_a_target_that_does_nothing(tmp_path: Path, production: Switch, target: Switch) -> None:
    target.deeds = ["nothing"]
    drilled = drilling(tmp_path, [step(production)], {production.url: target.url})
    assert drilled.outcome[0] == "partial"
    assert drilled.steps[0].state == "failed"
    assert not drilled.changed


def test_a_target_that_does_not_answer(tmp_path: Path, production: Switch, target: Switch) -> None:
    target.looks = ["fault"]
    drilled = drilling(tmp_path, [step(production)], {production.url: target.url})
    assert (drilled.reached, drilled.began) == (False, False)
    assert target.keys == [], "what cannot be seen before cannot be shown to be changed"


def test_fifteen_minutes_are_over(tmp_path: Path, production: Switch, target: Switch) -> None:
    """Or the two seconds that this team allows itself: the target never shows it."""
    target.looks = ["late", "late", "hang"]
    steps = [step(production, timeout_s=900.0)]
    drilled = drilling(tmp_path, steps, {production.url: target.url}, budget_s=2)
    assert drilled.steps[0].state == "unknown"
    assert drilled.seconds >= 2
    assert not drilled.in_time


def test_nobody_is_told(tmp_path: Path, production: Switch, target: Switch) -> None:
    tell = {"id": "tell", "title": "Tell", "kind": "notify", "to": ["owner"], "manual": "call"}
    steps = [step(production), {**tell, "after": ["traffic"]}]
    drilled = drilling(tmp_path, steps, {production.url: target.url})
    told = drilled.steps[1]
    assert told.rehearsed
    assert (told.state, told.changed) == ("failed", False), "they have no address"
    assert "it would tell owner; owner: no address" in told.detail


def test_a_person_is_asked_where_there_is_one(
    tmp_path: Path, production: Switch, target: Switch
) -> None:
    person = Asked("done")
    drilled = drilling(tmp_path, [hand()], {production.url: target.url}, ask=person)
    assert person.questions == ["call the desk"]
    assert drilled.steps[0].detail == "confirmed by first lead"
    assert (drilled.outcome[0], drilled.changed) == ("verified", True)
    alone = drilling(tmp_path, [hand(), step(production)], {production.url: target.url})
    assert (alone.steps[0].rehearsed, alone.steps[0].changed) == (True, False)
    assert alone.steps[0].detail == "a person would be asked"


def test_a_command_whose_proof_fails_before_it_ran(tmp_path: Path) -> None:
    """`grep` in a file that is not there gives no proof and no answer either: it is not there."""
    made = tmp_path / "prod" / "version"
    (tmp_path / "drill").mkdir()
    write = ["/bin/sh", "-c", 'echo "$WARROOM_STABLE_VERSION" > "$0"', str(made)]
    command = {
        "id": "write",
        "title": "Write it",
        "kind": "command",
        "argv": write,
        "manual": "write it",
        "prove": {"argv": ["/bin/cat", str(made)], "contains": "{stable_version}"},
    }
    drilled = drilling(tmp_path, [command], {f"{tmp_path}/prod": f"{tmp_path}/drill"})
    before = drilled.steps[0].before
    assert before is not None
    assert before.state == "unknown"
    assert (drilled.outcome[0], drilled.changed) == ("verified", True)
    assert (tmp_path / "drill" / "version").read_text() == "v2.3.1\n"
    assert not made.parent.exists()


def test_what_is_refused_before_anything_is_sent(
    tmp_path: Path, production: Switch, target: Switch
) -> None:
    steps = [step(production)]
    with pytest.raises(Refused, match="step traffic would still act in production"):
        drilling(tmp_path, steps, {"elsewhere": "x"})
    with pytest.raises(Refused, match=r"no drill target is configured.*--dry-run"):
        drilling(tmp_path, steps, {}, drill=None)
    own: dict[str, Any] = {"full": {"steps": steps}}
    with pytest.raises(Refused, match="no step back from canary"):
        drilling(tmp_path, [], {production.url: target.url}, phase="canary", procedures=own)
    with pytest.raises(Refused, match="spoils step traffic: url"):
        drilling(tmp_path, steps, {"http://": "gopher://"})
    for lock, why in (
        (RunLock(tmp_path), "a rollback is carried out now"),
        (RunLock(tmp_path, "rollback-drill"), "another drill is carried out now"),
    ):
        with lock, pytest.raises(Refused, match=why):
            drilling(tmp_path, steps, {production.url: target.url})
    assert (production.keys, target.keys, production.looked) == ([], [], 0)
