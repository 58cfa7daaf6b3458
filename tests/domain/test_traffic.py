"""Which share is meant, what a switch may read, whether a share arrives, what holds a gate."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain import commands as c
from console.domain import events as e
from console.domain.arrival import Arrival, Split, arrival
from console.domain.refused import Refused
from console.domain.share import (
    Target,
    may_read,
    share_since,
    target_before,
    target_of,
    traffic_key,
    undo_key,
)
from console.domain.state_rollout import Attempt
from console.domain.traffic import arrival_reading, traffic_trouble
from tests.domain.build import LEAD, NOW, OWNER, REVIEWER, Desk, at, deployment

SWITCH = '[traffic.switch]\npreset = "http"\nfill = { url = "http://127.0.0.1:9/", key = "share" }'
SWITCHED = deployment(extra=SWITCH)
CANARY = Target(5, "canary")


@pytest.mark.parametrize(
    ("phase", "increment", "share"),
    [
        ("readiness", None, 0),
        ("dark-launch", None, 0),
        ("shadow", None, 0),
        ("canary", 1, 1),
        ("canary", 50, 50),
        ("full", None, 100),
    ],
)
def test_the_share_that_a_phase_means(phase: Any, increment: int | None, share: int) -> None:
    assert target_of(Attempt("a", phase, increment, 1, NOW)) == Target(share, phase)


def asked(desk: Desk, share: int, phase: str = "canary", before: float | None = 0.0) -> str:
    """Ask the switch, and give the key."""
    (said,) = desk.do(c.AskTraffic(desk.state.attempt.id, share, phase, before))
    assert isinstance(said, e.TrafficAsked)
    return said.key


def told(desk: Desk, key: str, outcome: Any = "verified", seen: float | None = None) -> None:
    """What came of it."""
    desk.do(c.RecordTraffic(desk.state.attempt.id, key, outcome, seen, "as it reads"))


def test_what_the_switch_may_read_follows_what_we_did() -> None:
    desk = Desk(deployment=SWITCHED).to("dark-launch.1")
    assert may_read(desk.state) == (0.0,), "nothing on record: what the attempt before meant"
    key = asked(desk, 0, "dark-launch")
    assert may_read(desk.state) == (0.0,)
    told(desk, key)
    desk.write(e.GateDecided("dark-launch.1", "advance", "", (), "shadow"))
    desk.write(e.GateDecided("shadow.1", "advance", "", (), "canary", 1))
    key = asked(desk, 1)
    assert may_read(desk.state) == (0.0, 1.0), "asked for, and nobody knows"
    told(desk, key, "unknown")
    assert may_read(desk.state) == (0.0, 1.0)
    assert asked(desk, 1) == key, "the same again has the same key"
    told(desk, key, "failed", 42.0)
    assert may_read(desk.state) == (0.0,), "what somebody else set is not ours"
    again = asked(desk, 1)
    assert again != key, "what failed is another write the next time"
    told(desk, again)
    assert may_read(desk.state) == (1.0,)
    assert target_before(desk.state) == Target(0, "shadow")
    desk.roll_back()
    assert may_read(desk.state) == (0.0, 1.0)
    desk.finish()
    assert may_read(desk.state) == (0.0,)


def test_keys_differ_by_deployment_attempt_share_and_phase() -> None:
    desk = Desk(deployment=SWITCHED).to("dark-launch.1")
    keys = {
        traffic_key(name, desk.state, target)
        for name in ("a", "b")
        for target in (Target(0, "dark-launch"), Target(0, "readiness"), Target(1, "dark-launch"))
    }
    assert len(keys) == 6
    assert traffic_key("a", desk.state, Target(0, "x")) == traffic_key(
        "a", desk.state, Target(0, "x")
    )


@pytest.mark.parametrize("last", "0123456789abcdef")
def test_taking_a_write_back_never_has_the_key_of_that_write(last: str) -> None:
    """A server that knows the key answers from memory, and sets nothing."""
    key = "a" * 31 + last
    assert undo_key(key) != key
    assert undo_key(key) == undo_key(key)


def test_who_may_ask_and_for_what() -> None:
    desk = Desk(deployment=SWITCHED).to("dark-launch.1")
    order = c.AskTraffic("dark-launch.1", 0, "dark-launch", 0.0)
    assert desk.decide(order, OWNER)
    with pytest.raises(Refused, match="takes an agent-lead"):
        desk.decide(order, REVIEWER)
    with pytest.raises(Refused, match="the way back is 0 %"):
        desk.decide(c.AskTraffic("dark-launch.1", 100, "full", 0.0))
    with pytest.raises(Refused, match=re.escape("readiness.1")):
        Desk(deployment=SWITCHED).decide(order)
    with pytest.raises(Refused, match="switched by hand"):
        desk.decide(order, deployment=deployment())
    with pytest.raises(Refused, match="was not asked for this"):
        desk.decide(c.RecordTraffic("dark-launch.1", "k", "verified", 0.0, ""))


def test_what_came_of_it_is_recorded_once() -> None:
    desk = Desk(deployment=SWITCHED).to("dark-launch.1")
    key = asked(desk, 0, "dark-launch")
    told(desk, key)
    with pytest.raises(Refused, match="on record already"):
        told(desk, key, "failed")
    desk.write(e.TrafficSet("dark-launch.1", 0, "failed", 0.0, "late", key))
    desk.write(e.TrafficSet("dark-launch.1", 0, "verified", 0.0, "of another", "other"))
    desk.write(e.TrafficAsked("shadow.1", 0, 0.0, "v2", "k", ""))
    assert [one.kind for one in desk.state.conflicts] == [
        "traffic.set",
        "traffic.set",
        "traffic.asked",
    ]
    assert desk.state.traffic["dark-launch.1"].outcome == "verified"


# Arrival

ROWS: list[tuple[Split, Target, float, str]] = [
    (Split(50, 950, both=True), CANARY, 900, "arrived"),
    (Split(12, 1188, both=True), Target(1, "canary"), 900, "arrived"),
    (Split(0, 300, both=True), CANARY, 900, "not-arrived"),
    (Split(0, 200, both=True), CANARY, 900, "too-few"),
    (Split(0, 200, both=True), CANARY, 300, "waiting"),
    (Split(200, 800, both=True), CANARY, 900, "not-arrived"),
    (Split(200, 800, both=True), CANARY, 300, "waiting"),
    (Split(1000, 0, both=True), CANARY, 900, "not-arrived"),
    (Split(50, 0), CANARY, 900, "cannot-be-seen"),
    (Split(unnamed=500), CANARY, 900, "cannot-be-seen"),
    (Split(1, 18, both=True), CANARY, 900, "too-few"),
    (Split(1, 18, both=True), CANARY, 300, "waiting"),
    (Split(), CANARY, 900, "too-few"),
    (Split(50, 950, others={"v9": 3}, both=True), CANARY, 60, "wrong-version"),
    (Split(50, 950, others={"v9": 2}, both=True), CANARY, 900, "arrived"),
    (Split(900, 0), Target(100, "full"), 900, "arrived"),
    (Split(900, 0), Target(100, "full"), 200, "waiting"),
    (Split(900, 5, NOW - 600, both=True), Target(100, "canary"), 900, "arrived"),
    (Split(900, 5, NOW - 120, both=True), Target(100, "canary"), 900, "not-arrived"),
    (Split(900, 5, NOW - 120, both=True), Target(100, "canary"), 300, "waiting"),
    (Split(0, 900, NOW - 60, both=True), Target(100, "full"), 900, "not-arrived"),
    (Split(1200, 0), Target(0, "shadow"), 900, "not-checked"),
    (Split(1200, 0, others={"v9": 40}), Target(0, "shadow"), 900, "wrong-version"),
]


def judged(split: Split, target: Target, passed: float) -> Arrival:
    return arrival(split, target, "v2", since=NOW - passed, now=NOW, within_s=600)


@pytest.mark.parametrize(("split", "target", "passed", "verdict"), ROWS)
def test_what_the_calls_show(split: Split, target: Target, passed: float, verdict: str) -> None:
    seen = judged(split, target, passed)
    assert (seen.verdict, seen.target) == (verdict, target.share)
    assert seen.why


@given(
    st.integers(0, 5000),
    st.integers(0, 5000),
    st.sampled_from((1, 5, 20, 50, 100)),
    st.floats(0, 5000),
)
def test_a_share_says_what_it_is(candidate: int, stable: int, share: int, passed: float) -> None:
    at = NOW - 60 if stable else None
    seen = judged(Split(candidate, stable, at, both=True), Target(share, "canary"), passed)
    assert 0 <= seen.low <= seen.high <= 100
    assert seen.n == candidate + stable
    if seen.seen is not None:
        assert seen.low - 1e-9 <= seen.seen <= seen.high + 1e-9
    if seen.verdict == "arrived" and share < 100:
        assert seen.high >= share / 2
        assert seen.low <= 1.5 * share
    if seen.verdict == "not-arrived":
        assert passed >= 600
    reading = arrival_reading(seen, "calls", 3600)
    assert (reading.verdict == "breach") is seen.bad
    assert (reading.value is None) is (seen.verdict in {"waiting", "too-few"})


# The gate


def gate_trouble(desk: Desk, **changes: Any) -> list[str]:
    return traffic_trouble(desk.state, desk.facts(**changes))


def test_the_gate_is_held_until_the_switch_is_verified() -> None:
    desk = at("canary-1.1")
    desk.held["deployment"] = SWITCHED
    (why,) = gate_trouble(desk)
    assert why == "the traffic is not switched: nobody asked the switch for 1 %"
    assert why in desk.gate().missing
    with pytest.raises(Refused, match="nobody asked the switch"):
        desk.advance()


def test_the_gate_is_held_by_each_outcome_but_one() -> None:
    desk = at("canary-1.1")
    desk.held["deployment"] = SWITCHED
    key = asked(desk, 1)
    assert "nobody knows what came of that" in gate_trouble(desk)[0]
    told(desk, key, "unknown")
    assert "is not known to be at 1 %: unknown: as it reads" in gate_trouble(desk)[0]
    told(desk, asked(desk, 1), "failed", 0.0)
    assert "is not known to be at 1 %: failed: as it reads" in gate_trouble(desk)[0]
    told(desk, asked(desk, 1), "verified", 1.0)
    assert gate_trouble(desk) == []
    assert desk.gate().missing == ()
    told(desk, asked(desk, 0, "shadow"), "verified", 0.0)
    assert gate_trouble(desk) == ["the traffic was put back to 0 %, not 1 %"]
    with pytest.raises(Refused, match="put back"):
        desk.advance(LEAD)


@pytest.mark.parametrize(
    ("verdict", "holds"),
    [
        ("arrived", ""),
        ("cannot-be-seen", ""),
        ("not-checked", ""),
        ("waiting", "is on its way"),
        ("too-few", "cannot be judged"),
        ("not-arrived", "has not arrived"),
        ("wrong-version", "arrives at the wrong version"),
    ],
)
def test_what_the_calls_show_holds_the_gate_also_without_a_switch(verdict: Any, holds: str) -> None:
    desk = at("canary-1.1")
    seen = Arrival(verdict, 1, 0.0, 0.0, 1.0, 500, "0 % of 500 calls on v2")
    missing = [why for why in desk.gate(arrival=seen).missing if "traffic" in why]
    assert missing == ([f"the traffic {holds}: 0 % of 500 calls on v2"] if holds else [])


def test_a_share_counts_from_when_the_switch_showed_it_and_no_later_than_it_should_have() -> None:
    desk = Desk().to("canary-1.1")
    desk.held["deployment"] = SWITCHED
    entered = desk.state.attempt.entered_at
    traffic = SWITCHED.traffic
    assert share_since(desk.state, traffic) == entered + 600, "not asked for yet"
    desk.now = entered + 30
    key = asked(desk, 1)
    assert share_since(desk.state, traffic) == entered + 600, "nobody knows yet"
    desk.now = entered + 40
    told(desk, key)
    assert share_since(desk.state, traffic) == entered + 40
    desk.now = entered + 3600
    told(desk, asked(desk, 1, before=1.0), seen=1.0)
    assert share_since(desk.state, traffic) == entered + 600, "asking again hides nothing"
    assert share_since(desk.state, deployment().traffic) == entered, "switched by hand"
    assert share_since(Desk().to("shadow.1").state, traffic) is None
