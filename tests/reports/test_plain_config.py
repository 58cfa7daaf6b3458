"""The config in an archive: no secret is in it, and everything else is as it was."""

import tomllib

import pytest

from config.write import InitAnswers, initial
from console.reports.plain_config import without_secrets

TEXT = initial(InitAnswers(name="claims-triage", version="v2", exposure="internal"))


def _with(line: str) -> bytes:
    return TEXT.replace("[[people]]", f"[[people]]\n{line}", 1).encode()


def test_a_file_without_secrets_is_left_as_it_is() -> None:
    assert without_secrets(TEXT.encode()) == (TEXT.encode(), 0)
    given = _with('notify = [{ env = "AGENT_LEAD_NOTIFY" }]')
    assert without_secrets(given) == (given, 0)


@pytest.mark.parametrize("written", ['"json://x/tok-5f2a"', "'json://x/tok-5f2a'"])
def test_a_secret_is_taken_out_wherever_it_stands(written: str) -> None:
    given = _with(f"notify = [{written}]  # it was json://x/tok-5f2a before")
    found = without_secrets(given)
    assert found is not None
    text, count = found
    assert count == 1
    assert b"tok-5f2a" not in text
    after, before = tomllib.loads(text.decode()), tomllib.loads(given.decode())
    assert after["people"][0].pop("notify") == ["left out"]
    before["people"][0].pop("notify")
    assert after == before


def test_a_short_secret_takes_no_other_word_with_it() -> None:
    given = TEXT.encode() + b'\n[invoke]\nurl = "http://h/x"\nbody = "{input}"\n'
    given += b'[invoke.headers]\nX-Test = "true"\n[console]\nbell = true\n'
    found = without_secrets(given)
    assert found is not None
    assert tomllib.loads(found[0].decode())["console"]["bell"] is True
    assert tomllib.loads(found[0].decode())["invoke"]["headers"]["X-Test"] == "left out"


def test_what_cannot_be_told_for_certain_gives_nothing() -> None:
    assert without_secrets(b"not toml [") is None
    assert without_secrets(b"version = 1") is None
    assert without_secrets(_with(r'notify = ["json://x/\u0074ok-5f2a"]')) is None
