"""Whether another system's alert may be silenced there, and that nothing of ours may."""

import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.refused import Refused
from console.domain.times import utc
from tests.domain.build import HOUR, NOW, OBSERVER, TECH, Desk, deployment

AM = '[feeds.am]\nkind = "alertmanager"\nurl = "http://am.example"'
SECOND = '[feeds.am2]\nkind = "alertmanager"\nurl = "http://am2.example"'


def desk(extra: str = AM) -> Desk:
    """A desk whose deployment reads these Alertmanagers, with alerts of theirs and one of ours."""
    made = Desk(deployment=deployment(business=extra))
    for alert, rule in (("o-1", "outside:Slow"), ("e-1", "error-rate"), ("r", "outside:(others)")):
        made.write(e.AlertFired(alert, rule, 1.0, 0.0, 1, 0, "am", "why"))
    return made


def order(
    alert: str = "Slow", for_s: float = HOUR, why: str = "deploy", feed: str = ""
) -> c.Command:
    return c.SilenceAlert("s-1", alert, for_s, why, feed)


@pytest.mark.parametrize("alert", ["Slow", "outside:Slow", "o-1", " Slow "])
def test_an_alert_is_named_by_its_id_its_rule_or_as_it_is_called_there(alert: str) -> None:
    (asked,) = desk().decide(order(alert), TECH)
    assert asked == e.SilenceAsked("s-1", "am", "Slow", utc(NOW + HOUR), "deploy")


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (order("error-rate"), "error-rate is an alert of ours, not of another system's"),
        (order("e-1"), "error-rate is an alert of ours"),
        (order("safety-flags"), "safety-flags is about safety flags: nothing silences these"),
        (order("rule:slow"), "rule:slow is an alert of ours"),
        (order("watch:model"), "watch:model is an alert of ours"),
        (order("cross-check:error-rate"), "cross-check:error-rate is an alert of ours"),
        (order("data-breach"), "data-breach is a rollback trigger: nothing silences it"),
        (order("trigger-error-rate"), "is a rollback trigger"),
        (order("r"), "silence one by its name"),
        (order(""), "the alert's name is empty"),
        (order(why="  "), "the reason for the silence is empty"),
        (order(for_s=24 * HOUR + 1), "at most 24 h"),
        (order(for_s=0.0), "more than nothing"),
        (order(for_s=float("nan")), "more than nothing"),
        (order(feed="calls"), "calls is no Alertmanager's feed (one of: am)"),
    ],
)
def test_refusals(command: c.Command, why: str) -> None:
    with pytest.raises(Refused) as refused:
        desk().decide(command, TECH)
    assert why in str(refused.value)


def test_it_takes_an_author() -> None:
    with pytest.raises(Refused, match="is an observer"):
        desk().decide(order(), OBSERVER)


def test_it_takes_an_alertmanager_and_of_several_one_that_is_named() -> None:
    with pytest.raises(Refused, match='no feed of kind "alertmanager"'):
        desk("").decide(order(), TECH)
    with pytest.raises(Refused, match=r"say at which Alertmanager \(one of: am, am2\)"):
        desk(f"{AM}\n{SECOND}").decide(order(), TECH)
    (asked,) = desk(f"{AM}\n{SECOND}").decide(order(feed="am2"), TECH)
    assert isinstance(asked, e.SilenceAsked)
    assert asked.feed == "am2"


def test_what_came_of_it_is_on_record_and_nothing_else_silences() -> None:
    made = desk()
    with pytest.raises(Refused, match="no silence s-1 was asked for"):
        made.decide(c.RecordSilence("s-1", "set", "read back", "5e3f"), TECH)
    made.do(order(), TECH)
    assert made.state.silences["s-1"].outcome == ""
    made.do(c.RecordSilence("s-1", "set", "read back", "5e3f"), TECH)
    held = made.state.silences["s-1"]
    assert (held.outcome, held.their_id, held.by, held.until) == (
        "set", "5e3f", "tech lead", NOW + HOUR,
    )  # fmt: skip
