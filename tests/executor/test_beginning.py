"""An order where others may have begun it: the same rollback, the same keys, and nothing twice."""

from pathlib import Path
from typing import Any

import pytest

from config.load import parse
from config.model import Deployment
from config.write import render
from console.clock import SystemClock
from console.demo.run import config_values
from console.demo.traffic import Profile
from console.domain import events as e
from console.domain.entry import Actor
from console.domain.order import Order
from console.domain.refused import Refused
from console.domain.state import State
from console.domain.state_rollback import Rollback, Step
from console.executor.beginning import Beginning, beginning
from console.executor.handover import Fired, Prior

OWNER = Actor("rollback owner", ("rollback-owner",))
PRIOR = Prior("rb-before", "canary-20.1", 5.0)
NOBODY_KNOWS = "the disk does not answer"


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return parse(render(config_values("http://127.0.0.1:9", Profile())).encode())


def order(**more: Any) -> Order:
    return Order("rb-now", "owner-judgement", "why", OWNER, "sha", **more)


def known(state: str, step: str = "running") -> State:
    """A journal that tells of a rollback."""
    held = State(entries=9)
    steps = [Step("traffic", "", "", "", step), Step("version", "", "", "")]  # type: ignore[arg-type]  # a test's word
    held.rollbacks["rb-before"] = Rollback(
        "rb-before", "canary-20.1", "error-rate", "", "lead", "", "v2.3.1", 1.0, steps, state=state  # type: ignore[arg-type]  # a test's word
    )  # fmt: skip
    return held


def begun(
    deployment: Deployment,
    fired: Fired,
    state: State,
    earlier: Prior | None = None,
    trouble: str = "",
    *,
    new: bool = False,
) -> Beginning:
    assert isinstance(fired.order, Order)
    return beginning(
        fired,
        fired.order,
        state,
        earlier,
        deployment,
        SystemClock(),
        trouble=trouble,
        sure=True,
        new=new,
    )


def test_the_keys_are_of_the_attempt_that_is_recorded(deployment: Deployment) -> None:
    first = begun(deployment, Fired(order()), State())
    (triggered,) = [one for one in first.events if isinstance(one, e.RollbackTriggered)]
    assert first.run.attempt == triggered.attempt == State().attempt.id
    assert first.begun == frozenset()


def test_where_nothing_can_be_read_the_attempt_is_what_the_firer_saw(
    deployment: Deployment,
) -> None:
    seen = order(attempt="canary-20.1", phase="canary")
    blind = begun(deployment, Fired(seen), State(), trouble=NOBODY_KNOWS)
    (triggered,) = [one for one in blind.events if isinstance(one, e.RollbackTriggered)]
    assert blind.run.attempt == triggered.attempt == "canary-20.1"
    assert blind.begun == {"traffic", "version"}, "others may have done it: look first"


def test_where_nobody_knows_the_attempt_no_other_ones_key_is_used(deployment: Deployment) -> None:
    blind = begun(deployment, Fired(order()), State(), trouble=NOBODY_KNOWS)
    assert blind.run.attempt == "rb-now"


def test_fired_again_it_keeps_its_name_and_keys(deployment: Deployment) -> None:
    again = begun(deployment, Fired(order()), known("partial", "verified"))
    assert again.events == [e.RollbackRetried("rb-before", "why")]
    assert (again.run.id, again.run.attempt) == ("rb-before", "canary-20.1")
    assert again.verified == again.begun == {"traffic"}


def test_broken_off_it_is_gone_on_with(deployment: Deployment) -> None:
    fired = Fired(order(), resume=True, prior=PRIOR)
    resumed = begun(deployment, fired, known("running"))
    assert resumed.events == [e.RollbackResumed("rb-before")]
    assert resumed.run.attempt == "canary-20.1"
    assert resumed.begun == {"traffic"}


@pytest.mark.parametrize("ended", ["partial", "unknown", "verified"])
def test_what_has_ended_is_not_begun_again_unasked(ended: str, deployment: Deployment) -> None:
    with pytest.raises(Refused, match=r"has ended as|nothing to go on with"):
        begun(deployment, Fired(order(), resume=True, prior=PRIOR), known(ended))


def test_there_is_nothing_to_go_on_with(deployment: Deployment) -> None:
    with pytest.raises(Refused, match="nothing to go on with, as far as can be read"):
        begun(deployment, Fired(order(), resume=True), State(), trouble=NOBODY_KNOWS)


def test_what_the_journal_never_heard_of_is_gone_on_with(deployment: Deployment) -> None:
    resumed = begun(deployment, Fired(order(), resume=True, prior=PRIOR), State(entries=3))
    (triggered,) = [one for one in resumed.events if isinstance(one, e.RollbackTriggered)]
    assert triggered.rollback == resumed.run.id == "rb-before"
    assert triggered.attempt == resumed.run.attempt == "canary-20.1"
    assert resumed.begun == {"traffic", "version"}
    assert resumed.run.started == PRIOR.started


def test_what_cannot_be_read_is_not_triggered_twice(deployment: Deployment) -> None:
    fired = Fired(order(), resume=True, prior=PRIOR)
    resumed = begun(deployment, fired, State(), trouble=NOBODY_KNOWS)
    assert resumed.events == [e.RollbackResumed("rb-before")]
    again = begun(deployment, Fired(order()), State(), PRIOR, NOBODY_KNOWS)
    assert again.events == [e.RollbackRetried("rb-before", "why")]
    assert again.run.attempt == "canary-20.1"


def test_one_of_another_attempt_is_not_taken_up(deployment: Deployment) -> None:
    other = Prior("rb-long-ago", "canary-5.1", 5.0)
    fresh = begun(deployment, Fired(order()), State(entries=3), other)
    assert fresh.run.id == "rb-now"


def test_a_command_is_run_where_only_the_journal_is_in_trouble(tmp_path: Path) -> None:
    """Nobody else carries it out, and this account has begun nothing: it cannot have run."""
    values = config_values("http://127.0.0.1:9", Profile())
    command = {
        "id": "workers",
        "title": "Restore the workers",
        "kind": "command",
        "argv": ["/bin/true"],
        "prove": {"argv": ["/bin/cat", str(tmp_path)], "contains": "v1"},
        "manual": "restore them",
    }
    values["rollback"]["steps"].append(command)  # type: ignore[index]  # a table of the demo's
    deployment = parse(render(values).encode())
    blind = begun(deployment, Fired(order()), State(), trouble=NOBODY_KNOWS, new=True)
    assert blind.begun == {"traffic", "version"}
    again = begun(deployment, Fired(order()), State(), PRIOR, trouble=NOBODY_KNOWS)
    assert again.begun == {"traffic", "version", "workers"}
