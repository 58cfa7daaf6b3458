"""The GO/NO-GO poll: sealed until all have answered, then opened against the seal."""

import msgspec
import pytest

from console.domain import commands as c
from console.domain import events as e
from console.domain.entry import Actor
from console.domain.golive import go_now
from console.domain.poll import poll_text, seal, verdict, waiting
from console.domain.refused import Refused
from console.domain.state import Poll
from tests.domain.build import (
    BASELINE,
    BUSINESS,
    HOLDER,
    LEAD,
    LEGAL,
    OBSERVER,
    OWNER,
    REVIEWER,
    SPONSOR,
    TECH,
    Desk,
    deployment,
    nonce,
)

ASKED = ("agent-lead", "tech-lead", "bu-operations-lead", "legal", "rollback-owner")


def held(desk: Desk) -> Poll:
    """The desk's poll."""
    poll = desk.state.poll
    assert poll is not None
    return poll


def asked(**facts: object) -> Desk:
    """A desk with an open poll."""
    desk = Desk(**facts)
    desk.confirm_all()
    desk.do(BASELINE)
    desk.do(c.OpenPoll())
    return desk


def told(desk: Desk, *against: str) -> c.RevealPoll:
    """What opens every seal of `Desk.answer`."""
    poll = held(desk)
    return c.RevealPoll(
        tuple(
            c.Sealed(poll.id, role, role not in against, "as I see it", nonce(role))
            for role in poll.answers
        )
    )


def why_no_go(desk: Desk, **changes: object) -> str:
    """What the gate says of the poll."""
    return desk.criterion("go-poll", **changes).why


def test_every_confirming_role_of_a_hard_item_is_asked_and_the_rollback_owner() -> None:
    assert set(held(asked()).roles) == set(ASKED)
    internal = Desk(deployment=deployment("internal"))
    internal.confirm_all("governance-review")
    internal.do(c.OpenPoll())
    assert set(held(internal).roles) == set(ASKED) - {"legal"}


def test_it_opens_only_when_no_hard_item_is_open() -> None:
    desk = Desk()
    desk.confirm_all("rollback-ready", "regression")
    with pytest.raises(Refused, match=r"when no hard item is open; open: rollback-ready$"):
        desk.do(c.OpenPoll())
    for who in (OWNER, LEGAL, REVIEWER, OBSERVER):
        with pytest.raises(Refused, match="cannot open the poll"):
            asked().do(c.OpenPoll(), who)


def test_somebody_must_be_there_to_answer() -> None:
    desk = Desk(deployment=deployment(business=""))
    desk.confirm_all()
    with pytest.raises(Refused, match=r"nobody in warroom\.toml is bu-operations-lead"):
        desk.do(c.OpenPoll())


def test_an_answer_is_only_a_hash_until_all_have_answered() -> None:
    desk = asked()
    desk.answer("legal", go=False)
    (answered,) = [entry for entry in desk.entries if entry.kind == "poll.answered"]
    data = msgspec.json.decode(answered.data)
    assert set(data) == {"poll", "role", "seal"}
    assert data["seal"] == seal(held(desk).id, "legal", False, "as I see it", nonce("legal"))
    assert desk.decide(told(desk, "legal")) == []
    assert (held(desk).answers["legal"].go, verdict(held(desk))) == (None, "open")
    assert poll_text(held(desk)).endswith(
        "1 of 5 have answered, not yet agent-lead, tech-lead, bu-operations-lead, rollback-owner."
    )


def test_a_seal_covers_poll_role_answer_reason_and_nonce() -> None:
    said = ("poll-1", "legal", True, "fine", "0" * 32)
    others = [
        ("poll-2", *said[1:]),
        ("poll-1", "tech-lead", *said[2:]),
        ("poll-1", "legal", False, "fine", "0" * 32),
        ("poll-1", "legal", True, "fine.", "0" * 32),
        ("poll-1", "legal", True, "fine", "1" * 32),
    ]
    assert len({seal(*one) for one in (said, *others)}) == 6
    with pytest.raises(Refused, match="random nonce"):
        asked().do(c.AnswerPoll(True, "fine", "legal", "short"), LEGAL)


def test_go_by_all_opens_the_gate_and_one_no_go_holds_it() -> None:
    desk = Desk()
    desk.confirm_all()
    desk.poll()
    assert (verdict(held(desk)), why_no_go(desk)) == ("go", "GO by all 5 roles")
    assert go_now((), desk.gate().criteria) == ("go", "by all 5 roles")
    assert go_now(("logging",), desk.gate().criteria) == ("no-go", "1 hard open")
    desk.poll("rollback-owner")
    assert verdict(held(desk)) == "no-go"
    assert desk.criterion("go-poll").verdict == "not-met"
    assert why_no_go(desk) == "NO-GO by rollback-owner: as I see it"
    assert go_now((), desk.gate().criteria) == ("no-go", "by rollback-owner: as I see it")
    with pytest.raises(Refused, match="NO-GO by rollback-owner"):
        desk.advance()
    desk.poll()
    assert desk.criterion("go-poll").verdict == "met"


def test_another_answer_than_the_sealed_one_is_a_shown_conflict() -> None:
    desk = asked()
    for role in ASKED:
        desk.answer(role, go=role != "legal")
    lie = c.Sealed(held(desk).id, "legal", True, "as I see it", nonce("legal"))
    assert desk.decide(c.RevealPoll((lie,))) == []
    desk.write(e.PollRevealed(held(desk).id, "legal", True, "as I see it", nonce("legal")))
    assert held(desk).answers["legal"].go is None
    assert desk.state.conflicts[-1].why == "the answer of legal is not the one that was sealed"
    desk.do(told(desk, "legal"))
    assert (held(desk).answers["legal"].go, verdict(held(desk))) == (False, "no-go")


def test_nothing_is_revealed_before_its_time_even_by_hand() -> None:
    desk = asked()
    desk.answer("legal")
    desk.write(e.PollRevealed(held(desk).id, "legal", True, "as I see it", nonce("legal")))
    assert held(desk).answers["legal"].go is None
    assert "once all have answered" in desk.state.conflicts[-1].why


def test_an_answer_may_be_withdrawn_until_all_have_answered() -> None:
    desk = asked()
    with pytest.raises(Refused, match="legal has not answered"):
        desk.do(c.WithdrawAnswer(), LEGAL)
    desk.answer("legal")
    with pytest.raises(Refused, match="legal has answered: withdraw it to answer anew"):
        desk.answer("legal", go=False)
    with pytest.raises(Refused, match="tech lead has the role tech-lead"):
        desk.do(c.WithdrawAnswer("legal"), TECH)
    desk.do(c.WithdrawAnswer(), LEGAL)
    assert "legal" in waiting(held(desk))
    for role in ASKED:
        desk.answer(role, go=role != "legal")
    with pytest.raises(Refused, match="no poll is open"):
        desk.do(c.WithdrawAnswer(), LEGAL)
    desk.do(told(desk, "legal"))
    assert verdict(held(desk)) == "no-go"


def test_only_who_holds_an_asked_role_answers() -> None:
    desk = asked()
    for who in (SPONSOR, REVIEWER, OBSERVER):
        with pytest.raises(Refused, match=f"asks .*; {who.name} has"):
            desk.do(c.AnswerPoll(True, "fine", "", nonce("x")), who)
    with pytest.raises(Refused, match="; legal has the role legal"):
        desk.do(c.AnswerPoll(True, "fine", "tech-lead", nonce("x")), LEGAL)
    with pytest.raises(Refused, match="the reason is empty"):
        desk.do(c.AnswerPoll(True, " ", "", nonce("x")), LEGAL)


def test_who_holds_two_roles_answers_for_each() -> None:
    desk = asked()
    both = Actor("agent lead", ("agent-lead", "tech-lead"))
    for _ in range(2):
        desk.do(c.AnswerPoll(True, "fine", "", nonce("x")), both)
    assert list(held(desk).answers) == ["agent-lead", "tech-lead"]


@pytest.mark.parametrize(
    "change",
    [{"deployment": deployment(version="v3")}, {"config_sha256": "d" * 64}],
    ids=["version", "config"],
)
def test_go_for_something_else_is_no_go(change: dict[str, object]) -> None:
    desk = Desk()
    desk.confirm_all()
    desk.poll()
    assert desk.criterion("go-poll").verdict == "met"
    assert desk.criterion("go-poll", **change).verdict == "unknown"
    assert why_no_go(desk, **change).endswith("was about another version or warroom.toml")
    assert go_now((), desk.gate(**change).criteria) == ("possible", why_no_go(desk, **change))


def test_nobody_answers_about_what_does_not_go_live() -> None:
    desk = asked()
    with pytest.raises(Refused, match="open a new poll"):
        desk.decide(c.AnswerPoll(True, "fine", "", nonce("x")), LEGAL, config_sha256="d" * 64)
    desk.held["config_sha256"] = "d" * 64
    desk.do(c.OpenPoll())
    assert held(desk).config == "d" * 64


def test_an_open_poll_is_not_replaced_to_be_rid_of_an_answer() -> None:
    desk = asked()
    desk.answer("legal", go=False)
    with pytest.raises(Refused, match="not answered yet by: agent-lead, tech-lead"):
        desk.do(c.OpenPoll())


def test_a_seal_that_nobody_can_open_does_not_hold_the_go_for_ever() -> None:
    desk = asked()
    for role in ASKED:
        desk.answer(role)
    first = held(desk).id
    assert "sealed until a console opens of" in poll_text(held(desk))
    assert "not yet revealed" in why_no_go(desk)
    desk.do(c.OpenPoll())
    assert held(desk).id != first


def test_a_rollback_asks_anew() -> None:
    desk = Desk().to("dark-launch.1")
    with pytest.raises(Refused, match="GO was given already"):
        desk.do(c.OpenPoll())
    desk.roll_back()
    assert (desk.state.poll, why_no_go(desk)) == (None, "the GO/NO-GO poll was not held")


def test_two_who_answer_for_one_role_at_once() -> None:
    """The first in the journal counts; the other is shown, never lost."""
    desk = asked()
    poll = held(desk).id
    for go, who in ((False, BUSINESS), (True, LEAD)):
        mark = seal(poll, "bu-operations-lead", go, "as I see it", nonce("bu-operations-lead"))
        desk.write(e.PollAnswered(poll, "bu-operations-lead", mark), who=who)
    assert held(desk).answers["bu-operations-lead"].by == BUSINESS.name
    assert "has answered" in desk.state.conflicts[-1].why
    assert HOLDER["bu-operations-lead"] == BUSINESS


def test_two_polls_of_one_name_are_one_and_a_conflict() -> None:
    desk = asked()
    poll = held(desk)
    desk.write(e.PollOpened(poll.id, ("legal",), "v2", "c" * 64), who=TECH)
    assert held(desk).roles == poll.roles
    assert desk.state.conflicts[-1].why == f"poll {poll.id} is open already"
