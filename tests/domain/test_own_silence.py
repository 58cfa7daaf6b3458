"""Silences of our own notices: with author, reason and end; never of what must be answered."""

import pytest

from console.domain import commands as c
from console.domain import commands_notices as n
from console.domain import events as e
from console.domain.own_silence import silence_of
from console.domain.refused import Refused
from console.domain.times import utc
from tests.domain.build import HOUR, NOW, OBSERVER, TECH, Desk, deployment

RULES = """
[[rules]]
id = "slow"
metric = "latency-p95"
window_s = 600
over = 2.0
recipient = "tech-lead"
[[rules]]
id = "any-flag"
metric = "safety-flags"
window_s = 600
over = 0.0
recipient = "tech-lead"
"""


def desk() -> Desk:
    made = Desk(deployment=deployment(business=RULES))
    made.write(e.AlertFired("e-1", "error-rate", 1.0, 0.0, 1, 0, "calls", "why"))
    made.write(e.AlertFired("o-1", "outside:Slow", 1.0, 0.0, 1, 0, "am", "why"))
    return made


def order(rule: str, for_s: float = HOUR, why: str = "deploy of the proxy") -> c.Command:
    return n.SilenceNotices("s-1", rule, for_s, why)


@pytest.mark.parametrize(
    ("named", "rule"),
    [
        ("error-rate", "error-rate"),
        ("e-1", "error-rate"),
        (" rule:slow ", "rule:slow"),
        ("watch:one-source", "watch:one-source"),
        ("traffic-share", "traffic-share"),
    ],
)
def test_ours_are_silenced_by_rule_or_alert(named: str, rule: str) -> None:
    (silenced,) = desk().decide(order(named), TECH)
    assert silenced == e.NoticesSilenced("s-1", rule, utc(NOW + HOUR), "deploy of the proxy")


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (order("safety-flags"), "about safety flags: nothing silences these"),
        (order("rule:any-flag"), "about safety flags"),
        (order("cross-check:safety-flags"), "about safety flags"),
        (order("data-breach"), "data-breach is a rollback trigger: nothing silences it"),
        (order("cost-runaway"), "is a rollback trigger"),
        (order("trigger-error-rate"), "is a rollback trigger"),
        (order("tool-misuse"), "tool-misuse is answered by a person, within its time"),
        (order("governance"), "governance is answered by a person"),
        (order("escalate"), "escalate is answered by a person"),
        (order("rule:slwo"), 'rule:slwo is no alert of ours; did you mean "rule:slow"?'),
        (order("Slow"), "Slow is no alert of ours"),
        (order("o-1"), "o-1 is no alert of ours"),
        (order("error-rate", why=" "), "the reason for the silence is empty"),
        (order("error-rate", for_s=24 * HOUR + 1), "at most 24 h"),
        (order("error-rate", for_s=0.0), "more than nothing"),
        (order("error-rate", for_s=float("nan")), "more than nothing"),
    ],
)
def test_refusals(command: c.Command, why: str) -> None:
    with pytest.raises(Refused) as refused:
        desk().decide(command, TECH)
    assert why in str(refused.value)


def test_it_takes_an_author() -> None:
    with pytest.raises(Refused, match="is an observer"):
        desk().decide(order("error-rate"), OBSERVER)


def test_it_ends_by_itself_or_is_lifted() -> None:
    made = desk()
    with pytest.raises(Refused, match="no silence of ours holds for error-rate"):
        made.decide(n.LiftSilence("error-rate"), TECH)
    made.do(order("error-rate"), TECH)
    made.do(n.SilenceNotices("s-2", "e-1", 2 * HOUR, "longer than thought"), TECH)
    held = silence_of(made.state, "error-rate", NOW)
    assert held is not None
    assert (held.id, held.by, held.why) == ("s-2", "tech lead", "longer than thought")
    assert silence_of(made.state, "latency-p95", NOW) is None
    assert silence_of(made.state, "error-rate", NOW + 2 * HOUR) is None
    lifted = made.do(n.LiftSilence("e-1", "done sooner"), TECH)
    assert [event.silence for event in lifted if isinstance(event, e.SilenceLifted)] == [
        "s-1",
        "s-2",
    ]
    assert silence_of(made.state, "error-rate", NOW) is None
