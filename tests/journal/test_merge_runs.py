"""Whose word counts where machines meet: of a rollback's run, and of an advance."""

from pathlib import Path

from console.domain import events as e
from console.domain.times import utc
from tests.domain.build import LEAD, OWNER, TECH, fire
from tests.journal.hosts import meet
from tests.journal.parting import agree, three


def test_only_the_machine_that_carries_it_out_tells_how_a_rollback_ends(tmp_path: Path) -> None:
    one, two, other = three(tmp_path)
    name = one.roll_back()
    meet(one, two, other)
    done = e.RollbackFinished(name, "verified", "", utc(two.now), utc(two.now), 1.0)
    two.write(e.RollbackStep(name, "traffic", "verified", "k", "so I say"), done)
    two.write(e.RollbackMetric(name, "left", "so I say"))
    agree(one, two, other)
    (held,) = other.state.rollbacks.values()
    assert (held.state, held.metric, held.steps[0].state) == ("running", "none", "waiting")
    assert [x.kind for x in one.state.conflicts] == [
        "rollback.step",
        "rollback.finished",
        "rollback.metric",
    ]
    assert f"{two.writer} does not carry out" in one.state.conflicts[0].why
    one.finish("verified")
    agree(one, two, other)
    assert other.state.rollbacks[name].state == "verified"


def test_nor_does_another_tell_how_a_joined_run_ends(tmp_path: Path) -> None:
    one, two, other = three(tmp_path)
    one.do(fire(name="rb-1"), OWNER)
    two.tell("wait")
    two.do(fire("data-breach", "rb-2"), TECH)
    meet(one, two, other)
    other.write(e.RollbackFinished("rb-2", "verified", "", utc(one.now), utc(one.now), 1.0))
    agree(one, two, other)
    assert one.state.rollbacks["rb-1"].state == "running"
    assert [x.kind for x in one.state.conflicts] == ["rollback.finished"]


def test_late_words_of_who_was_followed_take_nothing_back(tmp_path: Path) -> None:
    """The machine that fired fell silent, and went on all the same."""
    one, two, other = three(tmp_path)
    name = one.roll_back()
    meet(one, two, other)
    two.write(e.RollbackResumed(name))
    two.write(e.RollbackStep(name, "traffic", "verified", "k", "read back"))
    two.finish("partial")
    for _ in range(9):
        one.tell("no line to anybody")
    one.write(e.RollbackStep(name, "traffic", "failed", "k", "no answer"))
    one.write(e.RollbackStep(name, "restore", "verified", "k", "read back"))
    one.finish("unknown")
    agree(one, two, other)
    held = other.state.rollbacks[name]
    assert (held.state, held.runner) == ("partial", two.writer)
    assert [step.state for step in held.steps] == ["verified", "verified"]
    one.write(e.RollbackFinished(name, "verified", "", utc(one.now), utc(one.now), 1.0))
    agree(one, two, other)
    assert other.state.rollbacks[name].state == "verified"
    two.write(e.RollbackFinished(name, "partial", "", utc(one.now), None, 9.0))
    agree(one, two, other)
    assert other.state.rollbacks[name].state == "verified"
    assert not one.state.conflicts


def test_an_advance_whose_own_criteria_are_not_met_decides_nothing(tmp_path: Path) -> None:
    one, two, other = three(tmp_path, "shadow.1")
    unknown = e.CriterionRecord("accuracy", "unknown", None, None, 0, None, "nobody looked")
    one.write(
        e.GateDecided("shadow.1", "advance", "", (unknown,), to_phase="canary", to_increment=5),
        who=LEAD,
    )
    agree(one, two, other)
    assert other.state.attempt.id == "shadow.1"
    assert [x.why for x in other.state.conflicts] == ["its criteria are not met: accuracy"]
    two.advance()
    agree(one, two, other)
    assert other.state.attempt.phase == "canary"
    assert not other.state.contested
