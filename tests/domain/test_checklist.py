"""How an item stands: its state, and why a confirmation holds no longer."""

from datetime import timedelta
from typing import Any

import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.checklist import ItemStatus, Lapse, checklist, progress
from console.domain.refused import Refused
from console.domain.standing import standing_of
from console.domain.times import utc
from tests.domain.build import (
    BASELINE,
    DAY,
    HOLDER,
    LEAD,
    LEGAL,
    NOW,
    SEEN,
    TECH,
    Desk,
    deployment,
    seen,
)

TODAY = utc(NOW).date()
FILE = e.Evidence("file", "load.json", "a" * 64)


def status(desk: Desk, item: str, **facts: Any) -> ItemStatus:
    """The item as it stands on the desk, or with other `facts`."""
    found = checklist(desk.state, standing_of(desk.facts(**facts)))
    return next(one for one in found if one.item.id == item)


def why(lapses: tuple[Lapse, ...]) -> dict[str, str]:
    """Why each role's confirmation lapsed."""
    return {lapse.confirmation.role: lapse.why for lapse in lapses}


def confirmed(item: str, evidence: e.Evidence = SEEN, **facts: Any) -> Desk:
    """A desk on which `item` is confirmed by all its roles."""
    desk = Desk(**facts)
    for role in status(desk, item).item.roles:
        desk.do(c.ConfirmItem(item, evidence, role), HOLDER[role])
    assert status(desk, item).state == "confirmed"
    return desk


def shut(desk: Desk, item: str, **facts: Any) -> bool:
    """Whether the item holds the GO."""
    found = checklist(desk.state, standing_of(desk.facts(**facts)))
    return item in progress(found).open_hard


def test_an_item_of_two_roles_is_half_done_until_both_have_confirmed() -> None:
    desk = Desk()
    assert status(desk, "prompt-lock").state == "open"
    desk.do(c.ConfirmItem("prompt-lock", SEEN), TECH)
    half = status(desk, "prompt-lock")
    assert (half.state, half.missing) == ("partly", ("agent-lead",))
    desk.do(c.ConfirmItem("prompt-lock", SEEN), LEAD)
    assert (status(desk, "prompt-lock").state, shut(desk, "prompt-lock")) == ("confirmed", False)


def test_a_plan_makes_it_in_progress_which_is_not_confirmed() -> None:
    desk = Desk()
    desk.do(c.PlanItem("prompt-lock", "tech lead", TODAY + timedelta(days=2), "read it"))
    told = status(desk, "prompt-lock")
    assert told.plan is not None
    assert (told.state, told.plan.owner, shut(desk, "prompt-lock")) == (
        "in-progress",
        "tech lead",
        True,
    )
    for role in told.item.roles:
        desk.do(c.ConfirmItem("prompt-lock", SEEN, role), HOLDER[role])
    assert (status(desk, "prompt-lock").state, status(desk, "prompt-lock").plan) == (
        "confirmed",
        None,
    )


def test_only_a_recommended_item_may_stay_open_and_it_is_no_confirmation() -> None:
    desk = Desk()
    with pytest.raises(Refused, match="load-test is a hard gate here"):
        desk.do(c.AcceptItem("load-test", "the tool is broken"))
    desk.do(c.AcceptItem("regression", "it is the first deployment"))
    told = status(desk, "regression")
    assert told.accepted is not None
    assert (told.state, told.accepted.reason) == ("accepted", "it is the first deployment")
    assert told.missing == ("agent-lead", "tech-lead")
    with pytest.raises(Refused, match="an agent-lead or a tech-lead"):
        desk.do(c.AcceptItem("regression", "it is the first"), LEGAL)


def test_what_was_accepted_is_open_again_where_it_becomes_a_hard_gate() -> None:
    desk = Desk()
    desk.do(c.AcceptItem("regression", "it is the first deployment"))
    update = deployment(flags=frozenset({"update_of_existing"}))
    told = status(desk, "regression", deployment=update)
    assert (told.hard, told.state, told.accepted) == (True, "open", None)
    assert shut(desk, "regression", deployment=update)


def test_what_does_not_apply_is_neither_counted_nor_planned() -> None:
    desk = Desk(deployment=deployment("internal"))
    told = status(desk, "governance-review")
    assert (told.hard, told.state) == (False, "not-applicable")
    found = checklist(desk.state, standing_of(desk.facts()))
    assert progress(found).total == sum(one.state != "not-applicable" for one in found)
    for command in (
        c.PlanItem("governance-review", "legal", TODAY),
        c.AcceptItem("governance-review", "not needed"),
    ):
        with pytest.raises(Refused, match="governance-review is not-applicable"):
            desk.do(command)


def test_a_rollback_puts_the_version_bound_items_in_doubt() -> None:
    desk = Desk().to("dark-launch.1")
    desk.roll_back()
    told = status(desk, "prompt-lock")
    assert (told.state, told.missing) == ("expired", ("agent-lead", "tech-lead"))
    assert set(why(told.lapses).values()) == {"before the rollback"}
    assert status(desk, "rollout-plan").state == "confirmed"
    assert status(desk, "regression").hard


def test_another_version_is_not_the_one_that_was_confirmed() -> None:
    desk = confirmed("prompt-lock")
    later = deployment(version="v3")
    told = status(desk, "prompt-lock", deployment=later)
    assert told.state == "expired"
    assert set(why(told.lapses).values()) == {"it was for v2"}
    assert shut(desk, "prompt-lock", deployment=later)
    kept = confirmed("rollout-plan")
    assert status(kept, "rollout-plan", deployment=later).state == "confirmed"


@pytest.mark.parametrize("item", ["credentials", "integrations"])
def test_a_look_at_credentials_is_of_one_text_of_the_config(item: str) -> None:
    desk = Desk()
    desk.write(e.ConfigChanged("c" * 64, (), ""))
    desk.do(c.ConfirmItem(item, SEEN), TECH)
    assert status(desk, item).state == "confirmed"
    told = status(desk, item, config_sha256="d" * 64)
    assert (told.state, why(told.lapses)) == (
        "expired",
        {"tech-lead": "warroom.toml has changed since"},
    )
    with pytest.raises(Refused, match="warroom config accept"):
        desk.do(c.ConfirmItem(item, SEEN), TECH, config_sha256="d" * 64)


def test_a_load_test_is_good_for_thirty_days() -> None:
    desk = confirmed("load-test")
    desk.now = NOW + 30 * DAY
    assert status(desk, "load-test").state == "confirmed"
    desk.now = NOW + 31 * DAY
    assert why(status(desk, "load-test").lapses) == {"tech-lead": "older than 30 days"}
    assert shut(desk, "load-test")


def test_the_days_count_from_the_day_that_the_evidence_is_of() -> None:
    desk = Desk()
    old = TODAY - timedelta(days=29)
    desk.do(c.ConfirmItem("load-test", SEEN, dated=old), TECH)
    assert status(desk, "load-test").state == "confirmed"
    desk.now = NOW + 2 * DAY
    assert status(desk, "load-test").state == "expired"
    with pytest.raises(Refused, match="of a day to come: today is"):
        desk.do(c.ConfirmItem("load-test", SEEN, dated=TODAY + timedelta(days=9)), TECH)


def test_a_file_that_is_gone_or_changed_confirms_nothing() -> None:
    desk = confirmed("load-test", FILE)
    broken = frozenset({FILE.sha256})
    told = status(desk, "load-test", broken=broken)
    assert why(told.lapses) == {"tech-lead": "its evidence file is gone or was changed"}
    assert shut(desk, "load-test", broken=broken)
    assert not shut(desk, "load-test", broken=frozenset({"b" * 64}))


def test_one_roles_lapse_leaves_the_others_confirmation() -> None:
    desk = Desk()
    desk.do(c.ConfirmItem("agreed-needs", FILE), TECH)
    business = HOLDER["bu-operations-lead"]
    desk.do(c.ConfirmItem("agreed-needs", SEEN), business)
    told = status(desk, "agreed-needs", broken=frozenset({FILE.sha256}))
    assert (told.state, told.missing) == ("expired", ("tech-lead",))
    assert [one.role for one in told.confirmations] == ["bu-operations-lead"]


def test_a_team_may_be_stricter_than_the_guide() -> None:
    strict = deployment(
        "internal",
        extra="[items.load-test]\nhard = true\nexpires_days = 7\n[items.logging]\nexpires_days = 3",
    )
    desk = Desk(deployment=strict)
    assert status(desk, "load-test").hard
    assert not status(Desk(deployment=deployment("internal")), "load-test").hard
    assert shut(desk, "load-test")
    for item in ("load-test", "logging"):
        desk.do(c.ConfirmItem(item, seen(item)), TECH)
    desk.now = NOW + 4 * DAY
    assert why(status(desk, "logging").lapses) == {"tech-lead": "older than 3 days"}
    assert status(desk, "load-test").state == "confirmed"
    desk.now = NOW + 8 * DAY
    assert why(status(desk, "load-test").lapses) == {"tech-lead": "older than 7 days"}
    with pytest.raises(Refused, match="is a hard gate here"):
        desk.do(c.AcceptItem("load-test", "later"))


def test_a_team_cannot_make_the_guides_gates_softer() -> None:
    """`hard = false` says that the team adds nothing."""
    soft = Desk(deployment=deployment(extra="[items.logging]\nhard = false"))
    assert status(soft, "logging").hard


def test_what_stays_open_is_decided_anew_after_a_rollback() -> None:
    desk = Desk()
    desk.do(c.AcceptItem("on-call-backup", "few users until January"))
    assert status(desk, "on-call-backup").state == "accepted"
    desk.confirm_all("on-call-backup")
    desk.do(BASELINE)
    desk.probed()
    desk.poll()
    desk.do(c.GiveBrief("the dark launch comes, nothing changes for users"))
    desk.advance()
    desk.roll_back()
    assert status(desk, "on-call-backup").state == "open"
