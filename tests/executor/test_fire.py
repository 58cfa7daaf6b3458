"""`warroom rollback --fire` to its end, on systems as they are, and on one that lies."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from tests.actions.balancers import Balancer, ask, caddy, haproxy
from tests.actions.test_step_traffic import set_weights
from tests.executor.scene import Scene, scene
from tests.room.stand import BAD, GOOD

TRAFFIC: dict[str, object] = {
    "id": "traffic",
    "title": "Send all traffic to the stable version",
    "kind": "traffic",
    "manual": "set the weights to 0 and 100",
}
FIRE = ("--fire", "--why", "wrong answers")


def fired(held: Scene) -> tuple[int, str]:
    return held.processes.said("rollback", held.directory, *FIRE, seconds=90.0)


def test_a_switch_that_answers_200_and_does_nothing_is_caught(tmp_path: Path) -> None:
    with scene(tmp_path) as held:
        held.switch.deeds = ["nothing"]
        code, said = fired(held)
        assert code == 1
        assert "PARTIAL, traffic, version are not done" in said
        assert "failed    Send all traffic to the stable version  200 from" in said
        assert "candidate = 1, not 0" in said
        assert said.count("by hand: curl -X PUT ...") == 2
        held.over("partial")
        assert held.switch.effects == []
        states = {step.id: step.state for step in held.state().rollbacks.popitem()[1].steps}
        assert states == {"traffic": "failed", "version": "blocked"}


def serves(balancer: Balancer) -> Callable[[], str]:
    """The version that the balancer sends the next user to."""
    return lambda: GOOD if ask(balancer.url) == "stable" else BAD


def rolled_back(place: Path, balancer: Balancer) -> None:
    with scene(place, steps=[TRAFFIC], serves=serves(balancer), switch=balancer.switch) as held:
        code, said = fired(held)
        assert code == 0, said
        assert "VERIFIED, every step is verified and" in said
        assert "fresh calls are on the target" in said
        held.over()
        assert balancer.served(100) == {"stable": 100}


def test_a_real_caddy(tmp_path: Path) -> None:
    with caddy(tmp_path, (20, 80)) as balancer:
        assert balancer.served(100)["candidate"] == 20
        rolled_back(tmp_path, balancer)


def test_a_real_haproxy(tmp_path: Path) -> None:
    with haproxy(tmp_path) as balancer:
        asyncio.run(set_weights(balancer.switch["fill"]["socket"], 20))
        assert balancer.served(100)["candidate"] > 10
        rolled_back(tmp_path, balancer)
