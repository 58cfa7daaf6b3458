"""Signatures by the real `ssh-keygen`, with keys in files and in a real agent."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.journal.signing import SigningError, check, sign
from tests.journal.keys import Keys, running_agent

TEXT = b"warroom journal heads 1\nsome text\n"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An agent of this test alone."""
    socket = tmp_path / "agent"
    with running_agent(socket):
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        yield


@pytest.fixture(autouse=True)
def _no_agent_of_mine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


def test_a_file_signs_and_the_allowed_signer_is_named(keys: Keys) -> None:
    key = keys.make("lead")
    allowed = keys.allow(("agent lead", key))
    signature = sign(TEXT, key)
    found = check(TEXT, signature, allowed)
    assert (found.state, found.who) == ("trusted", "agent lead")
    assert found.key == keys.fingerprint(key)
    by_hand = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-f",
        str(allowed),
        "-I",
        "agent lead",
        "-n",
        "warroom",
    ]
    file = keys.folder / "sig"
    file.write_text(signature)
    subprocess.run([*by_hand, "-s", str(file)], input=TEXT, check=True, capture_output=True)


@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize("passphrase", ["", "correct horse"])
def test_a_key_in_an_agent_signs_by_its_public_half(keys: Keys, passphrase: str) -> None:
    key = keys.make("lead", passphrase=passphrase)
    keys.add_to_agent(key, passphrase)
    if not passphrase:
        key.unlink()
    signature = sign(TEXT, key.with_suffix(".pub"))
    assert check(TEXT, signature, keys.allow(("lead@example.com", key))).who == "lead@example.com"
    if passphrase:  # the private file names the key too; the agent has it open
        assert check(TEXT, sign(TEXT, key), None).key == keys.fingerprint(key)


@pytest.mark.parametrize("place", [0, 10, len(TEXT) - 1])
def test_another_text_does_not_fit(keys: Keys, place: int) -> None:
    key = keys.make("lead")
    other = bytearray(TEXT)
    other[place] ^= 1
    found = check(bytes(other), sign(TEXT, key), keys.allow(("lead", key)))
    assert (found.state, found.who, found.key) == ("bad", "", "")
    assert "does not fit the text" in found.why


def test_no_changed_signature_is_good(keys: Keys) -> None:
    key = keys.make("lead")
    allowed = keys.allow(("lead", key))
    signature = sign(TEXT, key)
    for place in range(40, len(signature) - 40, 17):
        changed = signature[:place] + ("A" if signature[place] != "A" else "B")
        changed += signature[place + 1 :]
        assert check(TEXT, changed, allowed).state != "trusted", place
    assert check(TEXT, "no signature", allowed).why == "it is no SSH signature"


def test_a_stranger_is_told_by_the_key_alone(keys: Keys) -> None:
    key, other = keys.make("lead"), keys.make("other")
    found = check(TEXT, sign(TEXT, other), keys.allow(("lead", key)))
    assert (found.state, found.who, found.key) == ("untrusted", "", keys.fingerprint(other))
    assert "is not one that" in found.why
    alone = check(TEXT, sign(TEXT, key), None)
    assert alone.state == "untrusted"
    assert "no allowed_signers" in alone.why


def test_a_key_counts_in_its_time_and_namespace(keys: Keys) -> None:
    key = keys.make("lead")
    signature = sign(TEXT, key)
    until = keys.allow(("lead", key), options='valid-before="20260101"')
    assert check(TEXT, signature, until, "2025-12-31T23:59:59Z").state == "trusted"
    assert check(TEXT, signature, until, "2026-01-02T00:00:00Z").state == "untrusted"
    elsewhere = keys.allow(("lead", key), options='namespaces="git"')
    assert check(TEXT, signature, elsewhere).state == "untrusted"


def test_a_signature_for_another_purpose_is_none_here(keys: Keys) -> None:
    key = keys.make("lead")
    words = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", "git"]
    done = subprocess.run(words, input=TEXT, check=True, capture_output=True)
    found = check(TEXT, done.stdout.decode(), keys.allow(("lead", key)))
    assert found.state == "bad"
    assert 'namespace "git"' in found.why


def test_what_cannot_sign_is_said_in_a_sentence(keys: Keys) -> None:
    locked = keys.make("locked", passphrase="correct horse")
    alone = keys.make("alone")
    away = alone.with_suffix(".pub").rename(keys.folder / "away.pub")
    rsa = keys.make("old", kind="rsa")
    seen = keys.make("seen")
    seen.chmod(0o644)
    text = keys.folder / "text"
    text.write_text("not a key")
    for path, words in (
        (keys.folder / "nothing", "No such file"),
        (locked, "needs a passphrase.*ssh-add"),
        (away, "not in an agent"),
        (rsa, "type RSA.*Ed25519"),
        (seen, "chmod 600"),
        (text, "is no SSH key"),
        (keys.folder, "Is a directory"),
    ):
        with pytest.raises(SigningError) as caught:
            sign(TEXT, path)
        said = str(caught.value)
        assert re.search(words, said), said
        assert str(path) in said
        assert "\n" not in said
        assert "PRIVATE KEY" not in said


def test_without_ssh_keygen_it_says_what_to_install(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keys.make("lead")
    monkeypatch.setenv("PATH", str(keys.folder))
    with pytest.raises(SigningError, match="ssh-keygen is not installed"):
        sign(TEXT, key)


def test_an_agent_that_hangs_is_not_waited_for(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    key = keys.make("lead")
    pipe = keys.folder / "hung.pub"
    os.mkfifo(pipe)
    monkeypatch.setattr("console.journal.signing.DEADLINE_S", 0.3)
    hung = keys.folder / "bin"
    hung.mkdir()
    (hung / "ssh-keygen").write_text(f"#!/bin/sh\nexec cat {pipe}\n")
    (hung / "ssh-keygen").chmod(0o755)
    monkeypatch.setenv("PATH", f"{hung}:{os.environ['PATH']}")
    with pytest.raises(SigningError, match="did not answer within"):
        sign(TEXT, key)


def test_allowed_signers_that_are_not_there(keys: Keys) -> None:
    signature = sign(TEXT, keys.make("lead"))
    with pytest.raises(SigningError, match=r"allowed signers.*No such file"):
        check(TEXT, signature, keys.folder / "nothing")
