"""A governance sign-off is given on something (Guide 2.3): what changes later voids it."""

from typing import Any

import pytest

from config.guide import dimensions
from console.domain import commands as c
from console.domain import events as e
from console.domain.checklist import ItemStatus, checklist, progress
from console.domain.refused import Refused
from console.domain.standing import standing_of
from tests.domain.build import HOLDER, LEAD, LEGAL, SEEN, Desk, deployment

OTHER = e.Evidence("text", "read again on 3 December, two lines differ")
MAIL = e.Evidence("file", "mail-of-counsel.eml", "a" * 64)
REVIEW = "governance-review"
DIMENSIONS = {
    "data-localization": {"tech-lead", "legal"},
    "disclosure": {"legal"},
    "autonomy": {"agent-lead", "legal"},
    "security-posture": {"tech-lead", "agent-lead"},
    "bias": {"agent-lead", "legal"},
    "personal-data": {"legal"},
    "human-override": {"agent-lead", "legal"},
}


def signed(**facts: Any) -> Desk:
    """A desk on which everything is confirmed, the sign-off by a mail that a lead recorded."""
    desk = Desk(**facts)
    desk.confirm_all(REVIEW)
    desk.do(c.ConfirmItem(REVIEW, MAIL, "legal", "counsel"), LEAD)
    return desk


def review(desk: Desk, **facts: Any) -> ItemStatus:
    """The sign-off as it stands."""
    found = checklist(desk.state, standing_of(desk.facts(**facts)))
    assert (REVIEW in progress(found).open_hard) != (
        next(one for one in found if one.item.id == REVIEW).state == "confirmed"
    )
    return next(one for one in found if one.item.id == REVIEW)


def void(desk: Desk, **facts: Any) -> str:
    """Why the sign-off holds no longer."""
    told = review(desk, **facts)
    assert told.state == "expired"
    (lapse,) = told.lapses
    return lapse.why


def test_there_are_the_seven_dimensions_of_the_guide_with_who_confirms_them() -> None:
    assert {item.id: set(item.roles) for item in dimensions()} == DIMENSIONS


def test_it_records_who_signed_for_whom_on_what() -> None:
    desk = signed()
    (given,) = review(desk).confirmations
    assert (given.by, given.on_behalf_of, given.role, given.evidence) == (
        "agent lead",
        "counsel",
        "legal",
        MAIL,
    )
    assert set(given.signed) == {*DIMENSIONS, "config tag", "context"}


@pytest.mark.parametrize("dimension", sorted(DIMENSIONS))
def test_it_is_not_given_while_a_dimension_is_open(dimension: str) -> None:
    desk = Desk()
    desk.confirm_all(REVIEW, dimension)
    with pytest.raises(Refused, match=f"given on all dimensions; open: {dimension}$"):
        desk.do(c.ConfirmItem(REVIEW, SEEN), LEGAL)


@pytest.mark.parametrize("dimension", sorted(DIMENSIONS))
def test_other_evidence_for_a_dimension_voids_it(dimension: str) -> None:
    desk = signed()
    role = sorted(DIMENSIONS[dimension])[0]
    desk.do(c.ConfirmItem(dimension, OTHER, role), HOLDER[role])
    assert void(desk) == f"void: it was given on another {dimension}"
    desk.do(c.ConfirmItem(REVIEW, SEEN), LEGAL)
    assert review(desk).state == "confirmed"


def test_evidence_of_a_dimension_that_breaks_voids_it() -> None:
    desk = Desk()
    desk.confirm_all(REVIEW, "disclosure")
    banner = e.Evidence("file", "banner.png", "b" * 64)
    desk.do(c.ConfirmItem("disclosure", banner), LEGAL)
    desk.do(c.ConfirmItem(REVIEW, SEEN), LEGAL)
    broken = frozenset({banner.sha256})
    assert void(desk, broken=broken) == "void: it was given on another disclosure"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (deployment(version="v3"), "config tag"),
        (deployment(flags=frozenset({"regulated"})), "context"),
        (deployment(version="v3", flags=frozenset({"personal_data"})), "config tag, context"),
    ],
    ids=["version", "context", "both"],
)
def test_another_version_or_context_voids_it(change: Any, what: str) -> None:
    assert void(signed(), deployment=change) == f"void: it was given on another {what}"


def test_what_is_not_part_of_it_leaves_it_standing() -> None:
    desk = signed()
    desk.do(c.ConfirmItem("rollout-plan", OTHER), LEAD)
    assert review(desk).state == "confirmed"
    assert review(desk, config_sha256="d" * 64).state == "confirmed"


def test_an_edited_sign_off_is_void() -> None:
    """An entry that claims to be signed on something else holds nothing."""
    desk = signed()
    desk.write(e.ItemConfirmed(REVIEW, "legal", SEEN, version="v2"), who=LEGAL)
    assert void(desk).startswith("void: it was given on another ")
