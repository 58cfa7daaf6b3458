"""Members: what they need in `warroom.toml`, and who a person is among the allowed signers."""

import pytest

from config.load import ConfigError, parse
from tests.config.sample import longer

PEOPLE = """
[[people]]
name = "first lead"
roles = ["tech-lead"]
signer = "{lead}"
[[people]]
name = "second lead"
roles = ["tech-lead"]
signer = "{deputy}"
"""


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(longer(text).encode())
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("given", "needed"),
    [
        ("", "`key` and `allowed_signers`"),
        ('key = "k"', "`allowed_signers`"),
        ('allowed_signers = "a"', "`key`"),
    ],
)
def test_members_are_known_by_their_keys(given: str, needed: str) -> None:
    told = refused(f"[signing]\nmembers = true\n{given}\n")
    assert f"signing.members: needs {needed} beside it" in told


def test_members_with_keys_are_fine() -> None:
    text = '[signing]\nmembers = true\nkey = "k"\nallowed_signers = "a"\n'
    assert parse(longer(text).encode()).signing.members


def test_a_person_is_their_signer_or_their_name() -> None:
    text = longer(PEOPLE.format(lead="lead@example.com", deputy=""))
    people = parse(text.encode()).people
    assert [person.principal for person in people[-2:]] == ["lead@example.com", "second lead"]


@pytest.mark.parametrize(
    ("lead", "deputy"), [("x@example.com", "x@example.com"), ("", "first lead")]
)
def test_nobody_signs_as_somebody_else(lead: str, deputy: str) -> None:
    told = refused(PEOPLE.format(lead=lead, deputy=deputy))
    assert ".signer: " in told
    assert 'signs for "first lead" already; each person has a key' in told
