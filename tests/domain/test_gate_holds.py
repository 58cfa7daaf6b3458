"""What keeps a gate shut beside its criteria, and what opens behind it."""

from typing import Any

import msgspec
import pytest

from config.guide import CriterionId
from config.model import Deployment
from console.domain import commands as c
from console.domain import events as e
from console.domain.gates import Next, next_of
from console.domain.locked import locked_rules
from console.domain.refused import Refused
from console.domain.state_rollout import Attempt
from tests.domain.build import (
    BASELINE,
    DAY,
    OWNER,
    REVIEWER,
    Desk,
    at,
    deployment,
    judgements,
    triggers,
)
from tests.domain.test_decide import POSTMORTEM


@pytest.mark.parametrize("attempt", ["dark", "shadow", "canary", "full"])
def test_a_gate_that_has_everything_is_met(attempt: str, request: pytest.FixtureRequest) -> None:
    gate = request.getfixturevalue(attempt).gate()
    assert (gate.verdict, gate.missing) == ("met", ())


@pytest.mark.parametrize(
    ("before", "dwell"),
    [("dark-launch.1", DAY), ("shadow.1", 2 * DAY), ("canary-1.1", 2 * DAY), ("full.1", 2 * DAY)],
)
def test_one_second_short_of_the_dwell_is_short(before: str, dwell: float) -> None:
    desk = at(before)
    began = desk.state.attempt.entered_at
    short = desk.gate(now=began + dwell - 1)
    assert next(why for why in short.missing if "dwell" in why).endswith("1 s left")
    assert short.verdict == "not-met"
    assert not [why for why in desk.gate(now=began + dwell).missing if "dwell" in why]


def test_a_clock_before_the_attempt_began_counts_as_no_time(dark: Desk) -> None:
    gate = dark.gate(now=dark.state.attempt.entered_at - DAY)
    assert gate.elapsed_s == 0
    assert any("dwell of 24h" in why for why in gate.missing), gate.missing


def test_49_judged_hold_the_gate_however_good_they_are() -> None:
    desk = Desk().to("dark-launch.1")
    desk.do(judgements(49), REVIEWER)
    desk.do(c.GiveBrief("shadow mode comes next; call the agent lead"))
    desk.now += DAY
    with pytest.raises(Refused, match="49 outputs judged in this attempt, at least 50 needed"):
        desk.advance()
    desk.do(c.JudgeSample((e.Judgement("the fiftieth", "right"),)), REVIEWER)
    desk.advance()
    assert desk.state.attempt.id == "shadow.1"


@pytest.mark.parametrize("attempt", ["dark", "shadow", "canary", "full"])
@pytest.mark.parametrize("how", ["true", "possible", "unknown"])
@pytest.mark.parametrize("which", ["error-rate", "escalation-rate", "cost-runaway"])
def test_a_trigger_that_is_not_false_holds_every_gate(
    attempt: str, how: Any, which: str, request: pytest.FixtureRequest
) -> None:
    gate = request.getfixturevalue(attempt).gate(triggers=triggers(which, how))
    assert gate.verdict != "met"
    assert any(f"rollback trigger {which} is {how}" in why for why in gate.missing), gate.missing


def test_triggers_that_nobody_evaluated_hold_the_gate(dark: Desk, full: Desk) -> None:
    assert full.criterion("no-critical-failure", triggers=()).verdict == "unknown"
    for desk in (dark, full):
        missing = desk.gate(triggers=()).missing
        assert sum("nobody evaluated it" in why for why in missing) >= 3


@pytest.mark.parametrize("attempt", ["dark", "shadow", "canary", "full"])
def test_a_feed_that_is_not_live_holds_every_gate(
    attempt: str, request: pytest.FixtureRequest
) -> None:
    desk: Desk = request.getfixturevalue(attempt)
    gate = desk.gate(trouble="feed calls is down")
    assert "not all feeds are live: feed calls is down" in gate.missing
    assert gate.verdict == "unknown"
    rates: set[CriterionId] = {"escalation-rate", "cost-held", "latency-held"}
    for one in gate.criteria:
        if one.id in rates:
            assert one.verdict == "unknown"


def test_go_needs_live_feeds_too() -> None:
    desk = at("readiness.1")
    assert desk.gate().missing == ()
    assert desk.gate(trouble="feed calls is down").missing == (
        "not all feeds are live: feed calls is down",
    )


@pytest.mark.parametrize(("blind", "held"), [(0.05, False), (0.0501, True), (1.0, True)])
@pytest.mark.parametrize("attempt", ["dark", "shadow", "canary", "full"])
def test_more_than_5_percent_blind_holds(
    attempt: str, blind: float, held: bool, request: pytest.FixtureRequest
) -> None:
    gate = request.getfixturevalue(attempt).gate(blind=blind)
    assert any("was blind" in why for why in gate.missing) is held
    assert (gate.verdict == "met") is not held


@pytest.mark.parametrize("attempt", ["dark", "shadow", "canary", "full"])
def test_another_version_than_go_was_given_for_holds(
    attempt: str, request: pytest.FixtureRequest
) -> None:
    desk: Desk = request.getfixturevalue(attempt)
    other = desk.gate(deployment=deployment(version="v3"), versions=frozenset({"v2"}))
    assert "GO was given for v2, the config says v3" in other.missing
    calls = desk.gate(versions=frozenset({"v2", "v9"}))
    assert "calls carry a version that no decision explains: v9" in calls.missing
    assert desk.gate(versions=frozenset({"v2", "v1", ""})).verdict == "met"


@pytest.mark.parametrize(
    ("shares", "attempt", "following"),
    [
        ((1, 5, 20, 50, 100), ("readiness", None), Next("dark-launch")),
        ((1, 5, 20, 50, 100), ("dark-launch", None), Next("shadow")),
        ((1, 5, 20, 50, 100), ("shadow", None), Next("canary", 1)),
        ((5, 100), ("shadow", None), Next("canary", 5)),
        ((1, 5, 20, 50, 100), ("canary", 1), Next("canary", 5)),
        ((1, 5, 20, 50, 100), ("canary", 50), Next("canary", 100)),
        ((3, 100), ("canary", 20), Next("canary", 100)),
        ((1, 5, 20, 50, 100), ("canary", 100), Next("full")),
        ((1, 5, 20, 50, 100), ("full", None), Next("stable")),
    ],
)
def test_what_follows(shares: tuple[int, ...], attempt: tuple[Any, Any], following: Next) -> None:
    assert next_of(Attempt("a", *attempt, 1, 0.0), shares) == following


def test_the_brief_is_for_each_transition_and_the_end_needs_none(full: Desk) -> None:
    desk = Desk().to("dark-launch.1")
    assert any("not briefed on shadow" in why for why in desk.gate().missing)
    desk.do(c.GiveBrief("shadow mode comes next; call the agent lead"))
    assert not any("not briefed" in why for why in desk.gate().missing)
    desk.ready()
    desk.advance()
    assert any("not briefed on canary 1 %" in why for why in desk.gate().missing)
    assert full.state.attempt.id == "full.1"
    unbriefed = Desk().to("full.1")
    assert not any("not briefed" in why for why in unbriefed.gate().missing)


def test_readiness_names_what_is_open() -> None:
    desk = Desk()
    desk.confirm_all("test-set", "logging")
    gate = desk.gate()
    assert gate.verdict == "not-met"
    assert gate.missing[:2] == (
        "hard-items is not met: 2 hard items are open: test-set, logging",
        "escalation-probe is unknown: the escalation probe was never run: "
        "warroom probe escalation DIR",
    )
    assert "baseline is unknown: the baseline is not documented" in gate.missing


def test_an_item_that_only_one_of_its_roles_confirmed_is_open() -> None:
    desk = Desk()
    desk.confirm_all("prompt-lock")
    desk.do(c.ConfirmItem("prompt-lock", e.Evidence("url", "https://git/v2")))
    assert "prompt-lock" in desk.criterion("hard-items").why


def test_after_a_rollback_the_way_back_is_long() -> None:
    desk = at("canary-1.1")
    desk.roll_back()
    desk.do(BASELINE)
    desk.do(c.GiveBrief("the dark launch comes again"))
    assert [why.split(":")[0] for why in desk.gate().missing] == [
        "hard-items is not met",
        "escalation-probe is unknown",
        "go-poll is unknown",
        "the three outputs of rb-1's post-mortem are not recorded (Guide 6.4)",
        "rollback rb-1 is running",
    ]
    desk.finish("unknown")
    assert "rollback rb-1 is unknown" in desk.gate().missing
    desk.finish("verified")
    desk.do(POSTMORTEM)
    bound = desk.criterion("hard-items").why.split(": ")[1].split(", ")
    assert set(bound) == {
        "test-set",
        "regression",
        "prompt-lock",
        "load-test",
        "security",
        "rollback-ready",
        "config-versioned",
    }
    desk.confirm_all()
    desk.poll()
    desk.now += 60
    desk.probed()
    assert desk.gate().missing == ()
    desk.advance()
    assert desk.state.attempt.id == "dark-launch.2"


def test_every_rollback_has_its_post_mortem() -> None:
    desk = at("canary-1.1")
    for name in ("rb-1", "rb-2"):
        desk.roll_back()
        desk.finish("verified")
        assert f"the three outputs of {name}'s post-mortem are not recorded" in str(desk.gate())
    (first,) = desk.do(POSTMORTEM)
    assert isinstance(first, e.PostMortemRecorded)
    assert first.rollback == "rb-1"
    assert "rb-1's post-mortem" not in str(desk.gate().missing)
    assert "rb-2's post-mortem" in str(desk.gate().missing)
    desk.do(msgspec.structs.replace(POSTMORTEM, rollback="rb-2"))
    assert "post-mortem" not in str(desk.gate().missing)


def test_the_rules_are_locked_at_go() -> None:
    rules = locked_rules(deployment())
    desk = at("readiness.1", rules=rules)
    desk.advance()
    desk.ready()
    assert desk.gate().missing == ()
    looser = deployment(extra="[nfr]\nlatency_sla_s = 2.9")
    changed = desk.gate(rules=locked_rules(looser)).missing
    assert changed == ("GO was given for another [nfr] in warroom.toml: restore what it said",)
    with pytest.raises(Refused, match="another \\[nfr\\]"):
        desk.do(c.DecideGate("advance"), rules=locked_rules(looser))
    desk.roll_back()
    assert not desk.state.locked_rules, "a new GO locks anew"


@pytest.mark.parametrize(
    "other",
    [
        deployment(exposure="internal"),
        deployment(flags=frozenset({"regulated"})),
        deployment(extra="[metrics.error-rate]\nlimit = 0.005"),
        deployment(extra="[traffic]\nshares = [5, 25, 75, 100]"),
    ],
)
def test_whatever_decides_is_locked(other: Deployment) -> None:
    assert locked_rules(other) != locked_rules(deployment())


def test_a_config_that_changed_on_disk_holds() -> None:
    desk = at("canary-1.1")
    desk.ready()
    assert desk.gate().missing == ()
    (why,) = desk.gate(config_trouble="warroom.toml was changed").missing
    assert "warroom.toml was changed" in why


def test_time_that_was_skipped_is_no_dwell() -> None:
    desk = Desk().to("dark-launch.1")
    desk.ready()
    assert desk.gate().missing == ()
    desk.write(e.ClockJumped(30 * 3600.0))
    (why,) = desk.gate().missing
    assert why.startswith("the dwell of 24h is not over: 6h")


def test_time_that_was_set_back_is_not_given_twice() -> None:
    desk = Desk().to("dark-launch.1")
    desk.ready()
    desk.write(e.ClockJumped(-30 * 3600.0))
    assert desk.gate().elapsed_s == desk.now - desk.state.attempt.entered_at


def test_stable_is_the_end_but_for_a_rollback() -> None:
    desk = at("full.1")
    seen: list[str] = []
    desk.advance()
    gate = desk.gate()
    assert (gate.to, gate.missing) == (None, ("the rollout is over: the agent is stable",))
    seen.append(desk.state.status)
    desk.now += 30 * 60
    assert desk.gate().elapsed_s == desk.now - desk.state.attempt.entered_at
    desk.roll_back(who=OWNER)
    seen.append(desk.state.status)
    assert seen == ["stable", "rolled-back"]
    assert desk.gate().verdict != "met"
