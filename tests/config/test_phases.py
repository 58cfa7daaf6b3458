"""Phases that a team takes more strictly: longer, and no looser than the guide in anything."""

import pytest

from config.load import ConfigError
from tests.domain.build import deployment


def test_a_team_may_ask_more_than_the_guide() -> None:
    held = deployment(
        extra=(
            "[phases.dark-launch]\ndwell_h = 36\n"
            "criteria = { accuracy = { over = 0.95, n = 100 } }\n"
            "[phases.canary.criteria]\nlatency-held = { times = 1.05 }"
        )
    )
    dark, canary = held.phase_rule("dark-launch"), held.phase_rule("canary")
    assert dark is not None
    assert canary is not None
    assert dark.min_s == 36 * 3600
    accuracy = next(one for one in dark.criterion if one.id == "accuracy")
    assert (accuracy.over, accuracy.n) == (0.95, 100)
    assert next(one for one in canary.criterion if one.id == "latency-held").times == 1.05
    assert next(one for one in canary.criterion if one.id == "cost-held").times == 1.10
    assert held.phase_rule("readiness") is None


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("[phases.shadow]\ndwell_h = 47", "shorter than the guide's 48 h"),
        ("[phases.shaddow]\ndwell_h = 72", 'did you mean "shadow"'),
        (
            "[phases.shadow.criteria]\nescalation-rate = { under = 0.3 }",
            "looser than the guide's 0.25; only less is possible",
        ),
        (
            "[phases.dark-launch.criteria]\naccuracy = { n = 49 }",
            "looser than the guide's 50; only more is possible",
        ),
        (
            "[phases.dark-launch.criteria]\naccuracy = { under = 0.5 }",
            "accuracy has no `under` in this phase",
        ),
        (
            "[phases.dark-launch.criteria]\nacuracy = { n = 60 }",
            'did you mean "accuracy"',
        ),
        ("[phases.dark-launch.criteria]\naccuracy = { over = 1.0 }", "a fraction below 1"),
        (
            "[phases.canary.criteria]\ncost-held = { times = 1.2 }",
            "looser than the guide's 1.1",
        ),
    ],
)
def test_nothing_gets_looser_than_the_guide(extra: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        deployment(extra=extra)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("exposure", "two", "needed"),
    [
        ("customer-facing", None, True),
        ("internal", None, False),
        ("customer-facing", False, False),
        ("internal", True, True),
    ],
)
def test_two_people_decide_for_customers_unless_the_team_says_otherwise(
    exposure: str, two: bool | None, needed: bool
) -> None:
    held = deployment("internal" if exposure == "internal" else "customer-facing")
    gates = held.gates.model_copy(update={"two_people": two})
    assert held.model_copy(update={"gates": gates}).two_people is needed
