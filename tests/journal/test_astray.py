"""A switch that an overruled advance has set: the gate is held until somebody sets it right."""

from pathlib import Path
from typing import Any

import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.refused import Refused
from console.domain.share import gone_astray, may_read
from console.domain.traffic import astray_of, switch_trouble
from tests.domain.build import LEAD, OWNER, TECH, deployment
from tests.journal.hosts import Host, hosts
from tests.journal.parting import AT, HOLD, agree

SWITCH = '[traffic.switch]\npreset = "http"\nfill = { url = "http://127.0.0.1:9/", key = "share" }'
AGAIN = "t, s on Rollout, or warroom traffic DIR --set, sets 5 % again"
SET = f"the overruled advance set the switch to 20 %; {AGAIN}"


def put(host: Host, share: int, outcome: Any = "verified", phase: str = "canary") -> str:
    """Ask the switch for what the attempt of `host` means, and give the key."""
    key = ask(host, share, phase)
    host.do(c.RecordTraffic(host.state.attempt.id, key, outcome, float(share), "as it reads"))
    return key


def ask(host: Host, share: int, phase: str = "canary") -> str:
    (asked,) = host.do(c.AskTraffic(host.state.attempt.id, share, phase, None))
    assert isinstance(asked, e.TrafficAsked)
    return asked.key


def pair(root: Path) -> tuple[Host, Host]:
    """Two that hold the same: 5 % of the traffic is set, and the gate is open."""
    one, two = hosts(root, "a", "b", attempt=AT)
    for host in (one, two):
        host.held["deployment"] = deployment(extra=SWITCH)
    put(one, 5)
    agree(one, two)
    return one, two


def apart(root: Path, outcome: Any = "verified") -> tuple[Host, Host]:
    """One holds; the other goes on to 20 %, and asks the switch for it."""
    one, two = pair(root)
    one.do(HOLD)
    two.advance(TECH)
    if outcome:
        put(two, 20, outcome)
    else:
        ask(two, 20)
    return one, two


def test_what_an_overruled_advance_has_set_holds_the_gate_until_it_is_set_again(
    tmp_path: Path,
) -> None:
    one, two = apart(tmp_path)
    assert switch_trouble(one.state) == switch_trouble(two.state) == []
    agree(one, two)
    for host in (one, two):
        assert host.state.attempt.id == AT
        assert switch_trouble(host.state) == [SET]
        assert SET in host.gate().missing
        assert may_read(host.state) == (5.0, 20.0), "so that --set needs no --though"
    (held,) = one.state.contested.values()
    assert astray_of(one.state, held) is not None
    one.do(c.AcknowledgeContested(held.id, "we hold"), OWNER)
    with pytest.raises(Refused, match="set the switch to 20 %"):
        one.advance()
    before = one.state.traffic[AT].key
    assert ask(one, 5) != before, "or it were answered from memory"
    assert SET in switch_trouble(one.state), "asked for is not set"
    one.do(c.RecordTraffic(AT, one.state.traffic[AT].key, "verified", 5.0, "it reads 5 %"))
    agree(one, two)
    for host in (one, two):
        assert switch_trouble(host.state) == []
        assert astray_of(host.state, held) is None
        assert may_read(host.state) == (5.0,)
    one.advance()
    mine = two.state.astray.popitem()[1].asked.key
    assert put(one, 20) != mine, "the write of the run that stands is another"


@pytest.mark.parametrize("outcome", ["", "unknown"])
def test_what_it_may_have_set_holds_the_gate_too(tmp_path: Path, outcome: str) -> None:
    one, two = apart(tmp_path, outcome)
    agree(one, two)
    asked = "the overruled advance asked the switch for 20 %, and nobody knows what came of that"
    assert switch_trouble(one.state) == [f"{asked}; {AGAIN}"]
    put(two, 5, "failed")
    assert switch_trouble(two.state)[0] == f"{asked}; {AGAIN}"
    put(two, 5)
    agree(one, two)
    assert switch_trouble(one.state) == []


def test_what_did_not_set_it_holds_nothing(tmp_path: Path) -> None:
    one, two = apart(tmp_path, "failed")
    agree(one, two)
    assert switch_trouble(one.state) == []


def test_who_did_not_know_of_it_has_not_set_it_right(tmp_path: Path) -> None:
    one, two = apart(tmp_path)
    for _ in range(9):
        one.tell("later in the fold, and no wiser")
    put(one, 5)
    agree(one, two)
    assert switch_trouble(two.state) == [SET]
    put(two, 5)
    agree(one, two)
    assert switch_trouble(one.state) == []


def test_what_was_built_on_it_is_named_as_the_last(tmp_path: Path) -> None:
    one, two = apart(tmp_path)
    two.ready()
    two.advance(TECH)
    put(two, 50)
    agree(one, two)
    assert "the overruled advance set the switch to 50 %" in switch_trouble(one.state)[0]
    assert may_read(one.state) == (5.0, 20.0, 50.0)
    put(one, 5)
    agree(one, two)
    assert gone_astray(two.state) == []


def test_a_rollback_that_did_not_know_of_it_leaves_it_in_readiness(tmp_path: Path) -> None:
    one, two = pair(tmp_path)
    one.roll_back()
    one.finish()
    two.advance(TECH)
    put(two, 20)
    agree(one, two)
    again = "t, s on Rollout, or warroom traffic DIR --set, sets 0 % again"
    trouble = f"the overruled advance set the switch to 20 %; {again}"
    for host in (one, two):
        assert host.state.attempt.id == "readiness.2"
        assert trouble in host.gate().missing
        assert may_read(host.state) == (0.0, 20.0)
    put(two, 0, phase="readiness")
    agree(one, two)
    assert not [why for why in one.gate().missing if "switch" in why]


def test_a_rollback_that_knew_of_it_sets_it_right(tmp_path: Path) -> None:
    one, two = apart(tmp_path)
    agree(one, two)
    one.roll_back()
    assert switch_trouble(one.state) != []
    one.finish()
    agree(one, two)
    assert switch_trouble(two.state) == []
    assert may_read(two.state) == (0.0,)


def test_an_asking_in_an_attempt_that_is_over_is_named_by_who_asked(tmp_path: Path) -> None:
    one, two = pair(tmp_path)
    one.advance(LEAD)
    put(one, 20)
    for _ in range(9):
        two.tell("later in the fold, and no wiser")
    put(two, 5)
    agree(one, two)
    (why,) = switch_trouble(one.state)
    assert why.startswith(f"agent lead, for {AT}, which does not run, set the switch to 5 %; ")
    assert why.endswith("sets 20 % again")


def test_who_is_alone_writes_no_word_of_it(tmp_path: Path) -> None:
    (one,) = hosts(tmp_path, "a", attempt=AT)
    one.held["deployment"] = deployment(extra=SWITCH)
    put(one, 5)
    assert not any(b"instead_of" in bytes(entry.data) for entry in one.all)
