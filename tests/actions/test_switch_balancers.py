"""The switch on a real Caddy and a real HAProxy: real weights, counted by real requests."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from console.actions.switch import Hands, Result, Shown, carry_out, hands_of, look
from console.actions.switch_values import SwitchValues
from console.clock import SystemClock
from console.net import Http
from tests.actions.balancers import Balancer, ask, caddy, haproxy


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as held:
        yield held


def to(share: int) -> SwitchValues:
    return SwitchValues(share, "canary", "v2.4.0", "v2.3.1", f"key-{share}")


async def set_to(hands: Hands, share: int) -> Result:
    """Read and write, as the room does."""
    before = await look(hands, to(share), 5.0)
    assert isinstance(before, Shown), before
    return await carry_out(hands, to(share), before, SystemClock(), 5.0)


async def climbs(balancer: Balancer, http: Http) -> None:
    """Up the ladder, back, and to nobody: each time the requests go where they should."""
    hands = hands_of(balancer.configured, http, Path("/"))
    assert balancer.served(50) == {"stable": 50}
    for share in (1, 5, 20, 50, 100, 5, 0):
        result = await set_to(hands, share)
        assert result.outcome == "verified", result.detail
        assert result.seen == pytest.approx(share)
        served = balancer.served(200)
        assert served["candidate"] == pytest.approx(2 * share, abs=4), (share, served)
        assert sum(served.values()) == 200


async def test_caddy_climbs(tmp_path: Path, http: Http) -> None:
    with caddy(tmp_path) as balancer:
        await climbs(balancer, http)


async def test_haproxy_climbs(tmp_path: Path, http: Http) -> None:
    with haproxy(tmp_path) as balancer:
        await climbs(balancer, http)


async def test_haproxy_is_reached_over_tcp_too(tmp_path: Path, http: Http) -> None:
    with haproxy(tmp_path, tcp=True) as balancer:
        hands = hands_of(balancer.configured, http, tmp_path)
        assert (await set_to(hands, 20)).outcome == "verified"
        assert balancer.served(100)["candidate"] == pytest.approx(20, abs=3)


async def test_what_somebody_changed_in_caddy_meanwhile_is_not_overwritten(
    tmp_path: Path, http: Http
) -> None:
    with caddy(tmp_path, (1, 99)) as balancer:
        hands = hands_of(balancer.configured, http, tmp_path)
        weights = f"{balancer.admin}/id/split/weights"
        for theirs in (30, 31, 32, 33):
            before = await look(hands, to(5), 5.0)
            assert isinstance(before, Shown), before
            change = [theirs, 100 - theirs]
            ask(weights, "PATCH", change, **{"Content-Type": "application/json"})
            result = await carry_out(hands, to(5), before, SystemClock(), 5.0)
            assert json.loads(ask(weights)) == change
            assert result.seen == pytest.approx(theirs)
            assert "412" in result.detail
            if result.outcome == "failed":
                break
            # Each change has Caddy begin its admin server anew: what it drops may have been done.
            assert (result.outcome, "may still take effect" in result.detail) == ("unknown", True)
        assert result.outcome == "failed"


async def test_a_list_of_another_length_is_not_written_though_caddy_would_say_200(
    tmp_path: Path, http: Http
) -> None:
    with caddy(tmp_path, (1, 90, 9)) as balancer:
        hands = hands_of(balancer.configured, http, tmp_path)
        before = await look(hands, to(5), 5.0)
        assert isinstance(before, Shown)
        result = await carry_out(hands, to(5), before, SystemClock(), 5.0)
        assert result.outcome == "failed"
        assert "there are 3 values, and the body has 2" in result.detail
        weights = f"{balancer.admin}/id/split/weights"
        assert json.loads(ask(weights)) == [1, 90, 9]
        # The fact behind it: Caddy itself takes what has the wrong length.
        ask(weights, "PATCH", [5, 95, 0, 0], **{"Content-Type": "application/json"})
        assert json.loads(ask(weights)) == [5, 95, 0, 0]


async def test_a_server_that_haproxy_does_not_know(tmp_path: Path, http: Http) -> None:
    with haproxy(tmp_path) as balancer:
        balancer.switch["fill"]["candidate"] = "candidat"
        hands = hands_of(balancer.configured, http, tmp_path)
        told = await look(hands, to(5), 5.0)
        assert isinstance(told, str)
        assert 'says of agent/candidat: "No such server."' in told
        result = await carry_out(hands, to(5), None, SystemClock(), 1.0)
        assert result.outcome == "unknown", "it cannot be read, so nobody can say"
        assert balancer.served(20) == {"stable": 20}


@pytest.mark.parametrize("balance", [caddy, haproxy])
async def test_a_balancer_that_is_gone(
    tmp_path: Path, http: Http, balance: Callable[[Path], AbstractContextManager[Balancer]]
) -> None:
    with balance(tmp_path) as balancer:
        hands = hands_of(balancer.configured, http, tmp_path)
        before = await look(hands, to(5), 5.0)
        assert isinstance(before, Shown)
    told = await look(hands, to(5), 2.0)
    assert isinstance(told, str)
    result = await carry_out(hands, to(5), before, SystemClock(), 1.0)
    assert result.outcome in {"failed", "unknown"}
    assert result.seen is None
