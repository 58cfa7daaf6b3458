"""Steps that take all traffic from the candidate: a switch that does, lies, hangs or is raced."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.rollback import Step
from console.actions.steps import Outcome, Values, carry_out
from console.actions.switch_http import HttpHands
from console.executor.procedure import Progress, run_procedure
from console.net import Http
from tests.actions.balancers import Balancer, ask, caddy, haproxy
from tests.actions.hands import tools
from tests.actions.products import Deed, Products, serving

VALUES = Values(stable_version="v2.3.1", version="v2.4.0")
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def products() -> Iterator[Products]:
    with serving() as held:
        yield held


def step(**changes: object) -> Step:
    return Step.model_validate(
        {
            "id": "traffic",
            "title": "Send all traffic to the stable version",
            "kind": "traffic",
            "timeout_s": 5.0,
            "manual": "curl -X PUT ...",
            **changes,
        }
    )


def plain(products: Products, **changes: object) -> dict[str, Any]:
    return {
        "kind": "http",
        "url": f"{products.url}/share",
        "body": '{"candidate_share": {share}, "mode": "{phase}"}',
        "path": "candidate_share",
        "phase_path": "mode",
        **changes,
    }


async def turned(
    http: Http,
    switch: dict[str, Any],
    *,
    resumed: bool = False,
    read_only: bool = False,
    timeout_s: float = 5.0,
) -> Outcome:
    held = tools(http, read_only=read_only, traffic={"switch": switch})
    return await carry_out(step(timeout_s=timeout_s), VALUES, KEY, held, resumed=resumed)


async def test_it_is_written_and_read_back(products: Products, http: Http) -> None:
    outcome = await turned(http, plain(products))
    assert outcome == Outcome("verified", "it reads 0 % in readiness")
    assert products.document == {"candidate_share": 0, "mode": "readiness"}
    assert products.keys == [KEY]


@pytest.mark.parametrize("resumed", [False, True])
async def test_what_stands_already_is_not_written(
    products: Products, http: Http, resumed: bool
) -> None:
    products.document = {"candidate_share": 0, "mode": "readiness"}
    outcome = await turned(http, plain(products), resumed=resumed)
    assert outcome == Outcome("verified", "it reads 0 % in readiness already")
    assert products.keys == []


async def test_a_switch_that_answers_200_and_does_nothing_is_caught(
    products: Products, http: Http
) -> None:
    products.deeds = ["lie"]
    outcome = await turned(http, plain(products), timeout_s=1.0)
    assert outcome == Outcome("failed", f"200 from {products.url}; it reads 1 % in shadow")


@pytest.mark.parametrize("deed", ["hang-after", "drop-after"])
async def test_a_lost_answer_is_looked_for(products: Products, http: Http, deed: Deed) -> None:
    products.deeds = [deed, "do"]
    assert (await turned(http, plain(products))).state == "verified"
    assert products.effects == 1


@pytest.mark.parametrize("deed", ["hang", "fault", "busy"])
async def test_what_stays_lost_is_unknown_and_ends_in_time(
    products: Products, http: Http, deed: Deed
) -> None:
    products.deeds = [deed]
    began = time.monotonic()
    outcome = await turned(http, plain(products), timeout_s=1.0)
    assert time.monotonic() - began < 5
    assert outcome.state == "unknown"
    assert outcome.detail.endswith("it reads 1 % in shadow; it may still take effect")
    assert set(products.keys) <= {KEY}


async def test_what_is_refused_fails_soon(products: Products, http: Http) -> None:
    products.deeds = ["forbid"]
    began = time.monotonic()
    outcome = await turned(http, plain(products), timeout_s=60.0)
    assert time.monotonic() - began < 10
    assert outcome.state == "failed"
    assert "403" in outcome.detail


async def test_what_cannot_be_read_is_written_all_the_same_and_unknown(
    products: Products, http: Http
) -> None:
    products.unreadable = True
    outcome = await turned(http, plain(products), timeout_s=1.0)
    assert outcome.state == "unknown"
    assert products.document == {"candidate_share": 0, "mode": "readiness"}


async def test_a_secret_that_is_missing_is_named(
    products: Products, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SWITCH_TOKEN", raising=False)
    switch = plain(products, headers={"Authorization": {"env": "SWITCH_TOKEN"}})
    outcome = await turned(http, switch)
    assert outcome.state == "failed"
    assert "SWITCH_TOKEN is not set" in outcome.detail
    assert (await turned(http, switch, resumed=True)).state == "unknown"
    assert products.keys == []


class TestRehearsed:
    async def test_it_says_what_the_switch_reads(self, products: Products, http: Http) -> None:
        outcome = await turned(http, plain(products), read_only=True)
        assert outcome == Outcome("verified", "the traffic switch reads 1 % in shadow")
        assert products.keys == []

    async def test_what_cannot_be_read_is_unknown(self, products: Products, http: Http) -> None:
        products.unreadable = True
        outcome = await turned(http, plain(products), read_only=True)
        assert outcome.state == "unknown"
        assert "404" in outcome.detail
        assert products.keys == []


async def rolled_back(http: Http, balancer: Balancer, place: Path) -> list[tuple[str, str]]:
    """The whole procedure on a balancer: the traffic, then a command that waits for it."""
    reported: list[tuple[str, str]] = []

    async def report(progress: Progress) -> None:
        reported.append((progress.step, progress.state))

    image = Step.model_validate(
        {
            "id": "image",
            "title": "Restore the image",
            "kind": "command",
            "argv": ["/bin/sh", "-c", "echo {stable_version} > image"],
            "prove": {"argv": ["/bin/cat", "image"], "contains": "{stable_version}"},
            "after": ["traffic"],
            "manual": "by hand",
        }
    )
    await run_procedure(
        [step(), image],
        deployment="d" * 16,
        attempt="canary-20-1",
        values=VALUES,
        tools=tools(http, place, traffic={"switch": balancer.switch}),
        budget_s=20.0,
        report=report,
    )
    return reported


DONE = [
    ("traffic", "running"),
    ("traffic", "verified"),
    ("image", "running"),
    ("image", "verified"),
]


async def test_a_rollback_on_a_real_caddy(http: Http, tmp_path: Path) -> None:
    with caddy(tmp_path, (20, 80)) as balancer:
        assert balancer.served(100)["candidate"] == 20
        assert await rolled_back(http, balancer, tmp_path) == DONE
        assert balancer.served(100) == {"stable": 100}


async def test_a_rollback_on_a_real_haproxy(http: Http, tmp_path: Path) -> None:
    with haproxy(tmp_path) as balancer:
        await set_weights(balancer.switch["fill"]["socket"], 20)
        assert balancer.served(100)["candidate"] == pytest.approx(20, abs=3)
        assert await rolled_back(http, balancer, tmp_path) == DONE
        assert balancer.served(100) == {"stable": 100}


async def set_weights(path: str, share: int) -> None:
    for server, weight in (("candidate", share), ("stable", 100 - share)):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(f"set weight agent/{server} {weight}\n".encode())
        assert (await reader.read()).strip() == b""
        writer.close()


async def test_what_somebody_sets_meanwhile_is_read_again_and_overwritten(
    http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with caddy(tmp_path, (5, 95)) as balancer:
        wrote = HttpHands.write
        raced: list[str] = []

        async def write(self: HttpHands, *given: Any) -> Any:
            if not raced:
                raced.append("once")
                weights = f"{balancer.admin}/id/split/weights"
                body = {"Content-Type": "application/json"}
                await asyncio.to_thread(ask, weights, "PATCH", [20, 80], **body)
            return await wrote(self, *given)

        monkeypatch.setattr(HttpHands, "write", write)
        assert (await turned(http, balancer.switch)).state == "verified"
        assert balancer.served(100) == {"stable": 100}
