"""Whom escalations reach is a person: what a rota may get wrong, which mailboxes are a team's."""

import pytest

from config.load import ConfigError, parse
from config.reached import crowd, mailbox
from tests.config.sample import changed

OWNER = '[[people]]\nname = "rollback owner"\nroles = ["rollback-owner"]\n'
PEOPLE = f"""\
{OWNER}
[[people]]
name = "first reviewer"
roles = ["reviewer"]
phone = "+44"

[[people]]
name = "second reviewer"
roles = ["reviewer"]
notify = ["mailto://user:pass@mail.example/?to=second@claims.example"]
"""


def problems(text: str, people: str = PEOPLE) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        parse(f"{changed(OWNER, people)}\n{text}".encode())
    return [said.partition(": ")[2] for said in refused.value.problems]


def escalation(rota: str = "", reviewer: str = "first reviewer", more: str = "") -> str:
    shift = f"[[escalation.rota]]\n{rota}\n" if rota else ""
    return f'[escalation]\ninput = "x"\nreviewer = "{reviewer}"\n{more}{shift}'


def test_a_rota_of_persons_is_read() -> None:
    text = escalation(
        'days = ["sat", "sun"]\nhours = "20:00-08:00"\nzone = "Europe/London"\n'
        'primary = "first reviewer"\nbackup = "second reviewer"'
    )
    made = parse(f"{changed(OWNER, PEOPLE)}\n{text}".encode())
    assert made.escalation is not None
    (shift,) = made.escalation.rota
    assert (shift.primary, shift.backup, shift.role) == (
        "first reviewer",
        "second reviewer",
        "reviewer",
    )


@pytest.mark.parametrize(
    ("rota", "said"),
    [
        ('primary = "first reviewe"', 'rota[0].primary: nobody in `people` is called "first rev'),
        ('primary = "support team"', 'rota[0].primary: "support team" is a team: name one person'),
        ('primary = "rollback owner"', 'rota[0].primary: "rollback owner" needs the role "rev'),
        (
            'primary = "first reviewer"\nbackup = "rollback owner"',
            'rota[0].backup: "rollback owner" needs a `phone` or a `notify` address',
        ),
        (
            'primary = "first reviewer"\nbackup = "first reviewer"',
            'rota[0].backup: "first reviewer" cannot stand in for themselves',
        ),
        (
            'primary = "first reviewer"\nzone = "Europe/Londn"',
            "rota[0].zone: is no time zone known on this machine; write one such as Europe/London",
        ),
        (
            'primary = "first reviewer"\nhours = "8-20"',
            "rota[0].hours: must be from-to on a 24 h clock, such as 08:00-20:00",
        ),
        (
            'primary = "first reviewer"\nhours = "08:00-08:00"',
            "rota[0].hours: begins when it ends; the whole day is 00:00-24:00",
        ),
        (
            'primary = "first reviewer"\ndays = ["monday"]',
            'rota[0].days: "monday" is not a value of `days`; did you mean "mon"?',
        ),
        (
            'primary = "first reviewer"\nrow = "latency"',
            'rota[0].role: "reviewer" is not notified of row "latency"',
        ),
    ],
)
def test_what_cannot_reach_a_person_is_one_clear_sentence(rota: str, said: str) -> None:
    (found,) = problems(escalation(rota))
    assert found.startswith(f"escalation.{said}"), found


def test_a_looser_sla_than_the_guides_is_refused() -> None:
    (found,) = problems(escalation(more="sla_s = 3601.0\n"))
    assert found == ("escalation.sla_s: is looser than the guide's 3600 s; only less is possible")


def test_a_reviewer_who_cannot_be_reached_is_refused() -> None:
    people = PEOPLE.replace('phone = "+44"\n', "")
    (found,) = problems(escalation(), people)
    assert found == (
        'escalation.reviewer: "first reviewer" needs a `phone` or a `notify` address in `people`'
    )


def test_teams_and_their_mailboxes_are_refused_wherever_escalations_go() -> None:
    people = PEOPLE.replace("second@claims.example", "support@claims.example")
    (found,) = problems("", people)
    assert found == (
        "people[2].notify: support@claims.example is a team's mailbox: give the address of second "
        "reviewer alone"
    )
    (found,) = problems("", PEOPLE.replace('"second reviewer"', '"review team"'))
    assert found == (
        'people[2].name: "review team" is a team: name one person, and another as the backup'
    )


@pytest.mark.parametrize(
    "name", ["support team", "Support", "ops", "The Claims Desk", "all", "IT-Support Group", "info"]
)
def test_names_of_teams(name: str) -> None:
    assert crowd(name)


@pytest.mark.parametrize(
    "name",
    ["reviewer", "BU operations lead", "support lead", "tech lead", "legal", "Allan", "Infante"],
)
def test_names_of_persons(name: str) -> None:
    assert not crowd(name)


@pytest.mark.parametrize(
    ("url", "box"),
    [
        ("mailto://user:pass@mail.example/?to=team@claims.example", "team@claims.example"),
        ("mailtos://user:pass@mail.example/a@x.example/ops@x.example", "ops@x.example"),
        ("mailto://info:pass@claims.example", "info@claims.example"),
        ("mailto:on-call@x.example", "on-call@x.example"),
        ("mailto:claims-support-team@x.example", "claims-support-team@x.example"),
        ("mailto://u:p@h?to=kim@x.example&cc=all@x.example", "all@x.example"),
        ("mailto://user:pass@mail.example/?to=kim.support@claims.example", ""),
        ("mailto://ops:secret@mail.example/?to=kim@claims.example", ""),
        ("slack://TokenA/TokenB/TokenC/#team", ""),
        ("json://127.0.0.1/notices", ""),
    ],
)  # fmt: skip
def test_mailboxes_of_teams(url: str, box: str) -> None:
    assert mailbox(url) == box
