"""What another `warroom.toml` changes, for whoever has to accept it (Guide 2.1)."""

from typing import Any

import pytest

from config.model import Deployment
from console.domain import commands as c
from console.domain import events as e
from console.domain.config_change import changes
from console.domain.refused import Refused
from tests.domain.build import LEAD, LEGAL, TECH, Desk, deployment

PLAIN = deployment("internal")


def told(after: Deployment, before: Deployment | None = PLAIN) -> list[str]:
    """The sentences."""
    return list(changes(before, after))


def test_nothing_that_counts_is_said_as_that() -> None:
    assert told(PLAIN) == ["only comments or layout"]
    assert told(PLAIN, None) == ["the text that was in use before is not kept here"]


def test_another_context_names_the_gates_that_follow() -> None:
    assert told(deployment("internal", frozenset({"compliance_implications"}))) == [
        "context: now compliance-implications",
        "hard gates now: escalation-protocol",
    ]
    assert told(PLAIN, deployment("internal", frozenset({"parent_data", "cross_market"}))) == [
        "context: no longer cross-market, parent-data",
        "hard gates no longer: cross-market, data-sharing",
    ]


def test_from_internal_to_customers() -> None:
    context, gates = told(deployment("customer-facing"))
    assert context == "context: now customer-facing, no longer internal"
    assert set(gates.removeprefix("hard gates now: ").split(", ")) == {
        *("autonomy", "bias", "data-localization", "disclosure", "human-override"),
        *("personal-data", "security-posture", "governance-review"),
        *("load-test", "security", "escalation-protocol"),
    }


def test_another_workflow_is_no_mere_layout() -> None:
    """It lets the agent take 10 s instead of 3 (Guide 3.3)."""
    slow = PLAIN.context.model_copy(update={"workflow": "complex-b2b"})
    assert told(PLAIN.model_copy(update={"context": slow})) == [
        "context: now workflow complex-b2b, no longer workflow saas"
    ]


@pytest.mark.parametrize("line", ["hard = true", "hard = true\nexpires_days = 3"])
def test_a_gate_that_the_team_makes_hard_is_named(line: str) -> None:
    strict = deployment("internal", extra=f"[items.regression]\n{line}")
    assert told(strict) == ["hard gates now: regression", "changed: [items]"]
    assert told(PLAIN, strict) == ["hard gates no longer: regression", "changed: [items]"]


def test_what_else_differs_is_named_by_its_table() -> None:
    other = deployment("internal", version="v3", business="")
    assert told(other) == ["changed: [agent], [people]"]


CHANGED: dict[str, Any] = {"config_sha256": "d" * 64}


def accepted() -> Desk:
    """A desk whose journal knows its config."""
    desk = Desk()
    desk.write(e.ConfigChanged("c" * 64, (), ""))
    return desk


def test_of_a_config_that_was_accepted_elsewhere_there_is_one_remedy() -> None:
    """What is open here is old: nothing is to be accepted, it is to be read again."""
    desk = accepted()
    stale = {**CHANGED, "config_trouble": "warroom.toml was changed: open the console again"}
    about = [why for why in desk.gate(**stale).missing if "warroom.toml" in why]
    assert about == [
        "gates are decided on the config as it stands: "
        "warroom.toml was changed: open the console again"
    ]
    confirm = c.ConfirmItem("credentials", e.Evidence("url", "https://vault/keys"))
    with pytest.raises(Refused, match="open the console again"):
        desk.do(confirm, TECH, **stale)


def test_a_lead_accepts_it_with_what_it_changes_and_the_gate_is_held_until_then() -> None:
    desk = accepted()
    held = "warroom.toml is not the one that the journal knows"
    assert any(held in why for why in desk.gate(**CHANGED).missing)
    assert not any(held in why for why in desk.gate().missing)
    command = c.AcceptConfig(" the owner moved ", ("changed: [rollback]",))
    with pytest.raises(Refused, match="legal cannot accept"):
        desk.do(command, LEGAL, **CHANGED)
    with pytest.raises(Refused, match="there is nothing to accept"):
        desk.do(command, LEAD)
    with pytest.raises(Refused, match="it does not parse"):
        desk.do(command, LEAD, config_trouble="it does not parse", **CHANGED)
    assert desk.do(command, TECH, **CHANGED) == [
        e.ConfigChanged("d" * 64, ("changed: [rollback]",), "the owner moved")
    ]
    assert not any(held in why for why in desk.gate(**CHANGED).missing)
