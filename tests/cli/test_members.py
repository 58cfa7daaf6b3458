"""Members on the command line: deeds sign before they end, and what does not count is shown."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.shell import DONE, REFUSED, USAGE, Shell, entries, journal_of
from tests.journal.keys import Keys

SIGNING = """
[signing]
key = "~/key"
allowed_signers = "../keys/allowed_signers"
members = true
"""


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


@pytest.fixture
def ours(shell: Shell, claims: Path, keys: Keys) -> Path:
    """The agent lead's deployment, where members are known by their keys."""
    keys.allow(("agent lead", keys.make("lead")), ("tech lead", keys.make("tech")))
    shutil.copy(keys.folder / "lead", shell.place / "home" / "key")
    toml = claims / "warroom.toml"
    toml.write_text(toml.read_text() + SIGNING)
    return claims


@pytest.fixture
def theirs(ours: Path, keys: Keys, tmp_path: Path) -> tuple[Shell, Path]:
    """The tech lead's machine, with the same config."""
    place = tmp_path / "there"
    place.mkdir()
    shell = Shell(place)
    shutil.copy(keys.folder / "tech", place / "home" / "key")
    directory = place / "claims"
    directory.mkdir()
    toml = (ours / "warroom.toml").read_text().replace("../keys", str(keys.folder))
    (directory / "warroom.toml").write_text(toml)
    (directory / "calls.jsonl").touch()
    return shell, directory


def _send(source: Path, target: Path) -> Path:
    (target / "journal").mkdir(exist_ok=True)
    file = journal_of(source)
    return Path(shutil.copy(file, target / "journal" / file.name))


def test_a_deed_is_signed_before_the_command_ends(shell: Shell, ours: Path) -> None:
    shell("note", ours, "first").done()
    shell("note", ours, "second").done()
    assert [one["kind"] for one in entries(ours)] == [
        "journal.opened",
        "note.written",
        "journal.signed",
        "note.written",
        "journal.signed",
    ]
    said = shell("journal", "verify", ours).done()
    assert f"✓ {journal_of(ours).stem}: signed up to entry 4 by agent lead; 0 pending" in said


def test_a_deed_that_cannot_be_signed_says_why(shell: Shell, ours: Path, keys: Keys) -> None:
    keys.allow(("agent lead", keys.folder / "lead"))
    key = shell.place / "home" / "key"
    key.rename(key.with_name("away"))
    answer = shell("note", ours, "first")
    assert answer.code == REFUSED
    assert "is an observer and changes nothing" in answer.err
    assert "agent lead only observes, and what is written here is not signed" in answer.err


def test_check_says_whose_the_key_is(shell: Shell, ours: Path, keys: Keys) -> None:
    assert "it signs for agent lead" in shell("check", ours).out
    keys.allow(("tech lead", keys.folder / "tech"))
    assert "is no member's" in shell("check", ours).out
    keys.allow(("somebody", keys.folder / "lead"))
    assert "name them as `signer` of a person" in shell("check", ours).out


def test_nobody_acts_under_anothers_name(shell: Shell, ours: Path) -> None:
    answer = shell("note", ours, "first", who="tech lead")
    answer.fails(USAGE, 'is that of "agent lead"', 'nobody acts as "tech lead"')
    assert not (ours / "journal").exists()


def test_others_see_what_counts_and_what_does_not(
    shell: Shell, ours: Path, theirs: tuple[Shell, Path], keys: Keys
) -> None:
    there, directory = theirs
    shell("note", ours, "signed").done()
    copied = _send(ours, directory)
    lines = copied.read_bytes().splitlines(keepends=True)
    copied.write_bytes(b"".join(lines[:2]))
    assert there("journal", "show", directory).done().count("[pending]") == 2
    verified = there("journal", "verify", directory)
    assert verified.code == DONE
    assert "no entry is signed; 2 pending, 0 apart" in verified.out
    copied.write_bytes(b"".join(lines))
    shown = there("journal", "show", directory).done()
    assert "[pending]" not in shown
    assert "[apart" not in shown
    there("note", directory, "mine", who="tech lead").done()
    keys.allow(("tech lead", keys.folder / "tech"))
    assert there("journal", "show", directory).done().count("[apart: its signature does not") == 3
    verified = there("journal", "verify", directory)
    assert verified.code == REFUSED
    assert "no entry is signed; 0 pending, 3 apart" in verified.out
    told = there("journal", "verify", directory, "--json").json()["members"]
    (agent,) = [one for one in told["writers"] if one["apart"]]
    assert [one["seq"] for one in agent["apart"]] == [1, 2, 3]
    (tech,) = [one for one in told["writers"] if not one["apart"]]
    assert (tech["signed_to"], tech["by"]) == (2, ["tech lead"])


def test_a_rollback_fires_without_a_key_and_is_signed_by_the_next_command(
    shell: Shell, ours: Path
) -> None:
    key = shell.place / "home" / "key"
    key.rename(key.with_name("away"))
    fire = ("rollback", ours, "--trigger", "owner-judgement", "--fire", "--json")
    answer = shell(*fire)
    assert json.loads(answer.out)["outcome"] in {"verified", "partial", "unknown"}
    assert "the rollback is not signed, so it is pending" in answer.err
    kinds = [one["kind"] for one in entries(ours)]
    assert "rollback.triggered" in kinds
    assert "journal.signed" not in kinds
    triggered = next(one for one in entries(ours) if one["kind"] == "rollback.triggered")
    assert triggered["actor"]["name"] == "agent lead"
    key.with_name("away").rename(key)
    shell("note", ours, "after").done()
    last = entries(ours)[-1]
    assert (last["kind"], last["data"]["seq"]) == ("journal.signed", last["seq"] - 1)


def test_a_rollback_is_signed_once_it_is_over(shell: Shell, ours: Path) -> None:
    fire = ("rollback", ours, "--trigger", "owner-judgement", "--fire", "--json")
    assert shell(*fire).err == ""
    last = entries(ours)[-1]
    assert (last["kind"], last["data"]["seq"]) == ("journal.signed", last["seq"] - 1)


def test_a_rollback_that_nobody_signed_stands_first_in_the_status(
    shell: Shell, ours: Path, theirs: tuple[Shell, Path]
) -> None:
    key = shell.place / "home" / "key"
    key.rename(key.with_name("away"))
    shell("rollback", ours, "--trigger", "owner-judgement", "--fire", "--json")
    _send(ours, theirs[1])
    there, directory = theirs
    said = there("status", directory, "--offline").done().splitlines()
    assert said[1].startswith(f"UNSIGNED ROLLBACK of {journal_of(ours).stem} by agent lead (says")
    told = there("status", directory, "--offline", "--json").json()
    assert told["rollback"] is None
    (one,) = told["unsigned_rollbacks"]
    assert (one["who"], one["told"], one["why"]) == ("agent lead", "fired", "")
    assert one["state"] in {"verified", "partial", "unknown"}


def test_turning_members_on_says_what_others_will_not_believe(
    shell: Shell, ours: Path, keys: Keys
) -> None:
    toml = ours / "warroom.toml"
    on = toml.read_text()
    toml.write_text(on.replace("members = true", ""))
    shell("note", ours, "mine").done()
    shell("note", ours, "mine too", who="tech lead").done()
    assert "another state" not in shell("check", ours).out
    toml.write_text(on)
    told = "1 entry of this account names other people or roles than its key's owner"
    assert told in shell("check", ours).out
    answer = shell("config", "accept", ours, "--why", "keys")
    assert answer.code == DONE
    assert told in answer.err
    assert told in shell("check", ours).out
    shutil.copy(keys.folder / "tech", shell.place / "home" / "key")
    shell("note", ours, "signed by both", who="tech lead").done()
    shutil.copy(keys.folder / "lead", shell.place / "home" / "key")
    assert "another state" not in shell("check", ours).out


def test_status_says_where_the_state_is_another_than_elsewhere(shell: Shell, ours: Path) -> None:
    toml = ours / "warroom.toml"
    members = toml.read_text()
    toml.write_text(members.replace("members = true", "members = false"))
    shell("note", ours, "from the same account", who="tech lead").done()
    toml.write_text(members)
    shell("config", "accept", ours, "--why", "members are on")
    said = shell("status", ours, "--offline")
    assert "THE STATE HERE IS NOT THAT OF OTHER MACHINES: 2 entries of this account" in said.out
    assert "other machines keep them apart, so they see another state" in said.out
    told = shell("status", ours, "--offline", "--json").json()["journal"]["disputed"]
    assert told.startswith("2 entries of this account name other people")


def test_status_says_nothing_of_it_where_all_counts(shell: Shell, ours: Path) -> None:
    shell("note", ours, "mine").done()
    said = shell("status", ours, "--offline")
    assert "THE STATE HERE" not in said.out
    assert shell("status", ours, "--offline", "--json").json()["journal"]["disputed"] == ""
