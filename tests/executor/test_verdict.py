"""What the steps and the fresh calls come to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.executor.verdict import Fresh, Verdict, outcome

DONE = {"traffic": "verified", "image": "verified"}
BAD = "v2.4.0"


@pytest.mark.parametrize(
    ("states", "fresh", "verdict", "why"),
    [
        (DONE, Fresh(3, 0, True), "verified", "every step is verified and 3 fresh calls are on"),
        (DONE, Fresh(1, 0, True), "verified", "every step is verified and 1 fresh call is on"),
        (DONE, Fresh(7, 2, True, BAD), "partial", "2 of 9 fresh calls still carry v2.4.0"),
        (DONE, Fresh(0, 1, True, BAD), "partial", "1 of 1 fresh calls still carry v2.4.0"),
        (DONE, Fresh(0, 0, True), "unknown", "no fresh call shows who answers now"),
        (DONE, Fresh(0, 0, False), "unknown", "no fresh call shows who answers now"),
        (DONE, Fresh(5, 0, False), "unknown", "no fresh call shows who answers now"),
        (DONE, Fresh(3, 0, True, BAD, 0.0, 3), "verified", "3 fresh calls are on the target"),
        (
            DONE,
            Fresh(1, 0, True, BAD, 0.0, 3),
            "unknown",
            "only 1 of the 3 fresh calls that prove it is on the target",
        ),
        (
            DONE,
            Fresh(2, 0, True, BAD, 0.0, 3, 5),
            "unknown",
            "only 2 of the 3 fresh calls that prove it are on the target; 5 name neither the target"
            " nor v2.4.0",
        ),
        (
            DONE,
            Fresh(0, 0, True, BAD, 0.0, 3, 1),
            "unknown",
            "no fresh call is on the target; 1 names neither the target nor v2.4.0",
        ),
        (DONE, Fresh(0, 0, True, BAD, 60.0, 3), "verified", "no call has reached v2.4.0 for 60 s"),
        (DONE, Fresh(0, 0, True, BAD, 60.0, 3, 9), "verified", "no call has reached v2.4.0"),
        (DONE, Fresh(0, 1, True, BAD, 60.0, 3), "partial", "still carry v2.4.0"),
        (DONE, Fresh(0, 0, False, BAD, 60.0, 3), "unknown", "no fresh call shows who answers now"),
        ({**DONE, "cache": "failed"}, Fresh(5, 0, True), "partial", "cache is not done"),
        (
            {**DONE, "cache": "failed", "bot": "blocked", "dns": "unknown"},
            Fresh(1, 1, True, BAD),
            "partial",
            "cache, bot are not done; dns is unknown; 1 of 2 fresh calls still carry v2.4.0",
        ),
        ({**DONE, "dns": "unknown"}, Fresh(5, 0, True), "unknown", "dns is unknown"),
        ({**DONE, "dns": "running"}, Fresh(5, 0, True), "unknown", "dns is unknown"),
        ({}, Fresh(5, 0, True), "unknown", "no rollback step is configured: do it by hand"),
    ],
)
def test_outcome(states: dict[str, str], fresh: Fresh, verdict: Verdict, why: str) -> None:
    told, reason = outcome(states, fresh)
    assert told == verdict
    assert why in reason


@given(
    states=st.dictionaries(
        st.sampled_from("abcd"),
        st.sampled_from(["verified", "failed", "unknown", "blocked", "running", "odd"]),
    ),
    fresh=st.builds(
        Fresh, st.integers(0, 3), st.integers(0, 2), st.booleans(), wanted=st.integers(1, 3)
    ),
)
def test_verified_needs_everything(states: dict[str, str], fresh: Fresh) -> None:
    verdict, why = outcome(states, fresh)
    everything = set(states.values()) == {"verified"} and fresh.seen
    assert (verdict == "verified") == (
        everything and fresh.stable >= fresh.wanted and fresh.bad == 0
    )
    for step, state in states.items():
        assert state == "verified" or step in why
