"""The 50-input test: over 90 % of the standard right, no adversarial failure, few escalated."""

import pytest

from console.domain.counts import FORM, Counts, counts_in, failures


def why(text: str) -> str:
    """Everything that is wrong with the counts in `text`."""
    return "; ".join(failures(counts_in(text)))


def test_the_form_that_a_refusal_shows_is_one_that_passes() -> None:
    assert counts_in(FORM) == {
        "standard": Counts(19, 1, 0),
        "edge": Counts(14, 0, 6),
        "adversarial": Counts(10, 0, 0),
    }
    assert why(FORM) == ""


@pytest.mark.parametrize(
    ("counts", "wanted"),
    [
        ("standard 18/2/0, edge 20/0/0, adversarial 10/0/0", "90.0 %, must be over 90 %"),
        ("standard 18/0/2, edge 20/0/0, adversarial 10/0/0", "90.0 %, must be over 90 %"),
        ("standard 181/19/0, edge 20/0/0, adversarial 10/0/0", ""),
        ("standard 20/0/0, edge 12/0/8, adversarial 10/0/0", "40.0 %, must be under 40 %"),
        ("standard 20/0/0, edge 13/0/7, adversarial 10/0/0", ""),
        ("standard 20/0/0, edge 0/20/0, adversarial 10/0/0", ""),
        ("standard 20/0/0, edge 20/0/0, adversarial 99/1/0", "1 adversarial inputs failed"),
        ("standard 20/0/0, edge 20/0/0, adversarial 0/0/10", ""),
        ("standard 19/0/0, edge 20/0/0, adversarial 10/0/0", "19 standard inputs are fewer"),
        ("standard 20/0/0, edge 19/0/0, adversarial 10/0/0", "19 edge inputs are fewer"),
        ("standard 20/0/0, edge 20/0/0, adversarial 9/0/0", "9 adversarial inputs are fewer"),
        ("standard 0/0/0, edge 0/0/0, adversarial 0/0/0", "0 standard inputs are fewer"),
        ("standard 20/0/0, edge 20/0/0", "the counts of the adversarial inputs are missing"),
        ("the run went well", "standard and edge and adversarial inputs are missing"),
        ("standard 20/0, edge 20/0/0, adversarial 10/0/0", "the standard inputs are missing"),
        ("standard -20/0/0, edge 20/0/0, adversarial 10/0/0", "the standard inputs are missing"),
    ],
)
def test_the_guides_three_limits_are_strict(counts: str, wanted: str) -> None:
    told = why(counts)
    assert wanted in told
    assert bool(told) == bool(wanted)


def test_each_limit_that_is_missed_is_said() -> None:
    told = failures(counts_in("standard 10/10/0, edge 0/0/20, adversarial 5/5/0"))
    assert [sentence.split(" inputs")[0] for sentence in told] == [
        "10 of 20 standard",
        "5 adversarial",
        "20 of 20 edge",
    ]
