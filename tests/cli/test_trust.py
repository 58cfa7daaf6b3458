"""`warroom journal sign`, `anchor` and `verify`: who vouches for the record, and up to where."""

import os
import shutil
import subprocess
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.cli.shell import CORRUPT, DONE, REFUSED, USAGE, WARROOM, Shell, entries, flip, journal_of
from tests.journal.desk import write_lines
from tests.journal.keys import Keys


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


@pytest.fixture
def written(shell: Shell, claims: Path) -> Path:
    """A deployment with an opening and two notes."""
    for text in ("first", "second"):
        shell("note", claims, text).done()
    return claims


@pytest.fixture
def signed(shell: Shell, written: Path, keys: Keys) -> Path:
    """The same, with keys in its config, signed, and then with a third note."""
    keys.allow(("agent lead", keys.make("lead")))
    toml = written / "warroom.toml"
    signing = '[signing]\nkey = "../keys/lead"\nallowed_signers = "../keys/allowed_signers"\n'
    toml.write_text(toml.read_text() + signing)
    shell("journal", "sign", written).done()
    shell("note", written, "third").done()
    return written


def _statement(directory: Path) -> Path:
    (file,) = (directory / "reports").glob("heads-*.txt")
    return file


def test_signed_and_verified_up_to_a_place(shell: Shell, signed: Path) -> None:
    said = shell("journal", "verify", signed).done()
    writer = journal_of(signed).stem
    assert "✓ heads-" in said
    assert "valid, by agent lead" in said
    assert f"up to entry 3 of {writer}; unsigned after that: 1 by {writer}" in said
    assert "to rewrite it since takes the signer's key" in said
    told = shell("journal", "verify", signed, "--json").json()
    (one,) = told["signatures"]
    assert (one["state"], one["who"], one["journal"]) == ("trusted", "agent lead", "held")
    assert (one["up_to"], one["unsigned_after"]) == ({writer: 3}, {writer: 1})
    assert told["ok"] is True
    assert told["writers"][0]["entries"] == 4


def test_ssh_keygen_says_the_same(signed: Path, keys: Keys) -> None:
    file = _statement(signed)
    allowed = str(keys.folder / "allowed_signers")
    words = ["ssh-keygen", "-Y", "verify", "-f", allowed, "-I", "agent lead", "-n", "warroom"]
    words += ["-s", f"{file}.sig"]
    with file.open() as text:
        done = subprocess.run(words, stdin=text, check=True, capture_output=True, text=True)
    assert 'Good "warroom" signature for agent lead' in done.stdout
    assert entries(signed)[2]["h"] in file.read_text()
    assert "agent" not in file.read_text()


def test_a_journal_written_anew_is_found_by_the_signature(shell: Shell, signed: Path) -> None:
    """Somebody with all of our code and none of our keys: every line of theirs verifies."""
    path = journal_of(signed)
    deployment = entries(signed)[0]["deployment"]
    shutil.rmtree(shell.place / "home" / "state")  # on a machine that never saw the first one
    write_lines(path, [1, 2, 3, 4], deployment)
    answer = shell("journal", "verify", signed)
    assert f"✓ {path.stem}: 4 entries" in answer.out
    assert answer.code == CORRUPT
    assert "NOT this journal: entry 3 of " in answer.out


def test_bad_signatures_and_strangers_are_no_success(
    shell: Shell, signed: Path, keys: Keys
) -> None:
    file = _statement(signed)
    text = file.read_text()
    file.write_text(text.replace("entries 3", "entries 4"))
    answer = shell("journal", "verify", signed)
    assert answer.code == REFUSED
    assert "NOT a valid signature" in answer.out
    file.write_text(text)
    keys.allow(("somebody", keys.make("other")))
    answer = shell("journal", "verify", signed)
    assert answer.code == REFUSED
    assert "is not one that" in answer.out
    (keys.folder / "allowed_signers").unlink()
    shell("journal", "verify", signed).fails(USAGE, "allowed signers", "No such file")


def test_without_allowed_signers_the_key_is_told_and_nobody_is_believed(
    shell: Shell, written: Path, keys: Keys
) -> None:
    key = keys.make("lead")
    shell("journal", "sign", written, "--key", key).done()
    answer = shell("journal", "verify", written)
    assert answer.code == DONE
    name, mark = _statement(written).name, keys.fingerprint(key)
    assert f"? {name}.sig: valid, by the key {mark}" in answer.out
    assert "takes the signer's key" not in answer.out
    allowed = keys.allow(("lead", key))
    answer = shell("journal", "verify", written, "--allowed-signers", allowed)
    assert "valid, by lead" in answer.done()


def test_a_list_of_signers_within_reach_of_the_journals_writers_is_warned_of(
    shell: Shell, signed: Path, keys: Keys
) -> None:
    listed = keys.folder / "allowed_signers"
    inside = signed / "allowed_signers"
    inside.symlink_to(listed)
    for place in ("link", "file"):
        if place == "file":
            inside.unlink()
            inside.write_bytes(listed.read_bytes())
        answer = shell("journal", "verify", signed, "--allowed-signers", inside)
        assert answer.code == DONE
        assert answer.err.count("\n") == 1
        assert f"{inside} lies in {signed} itself" in answer.err
        assert "valid, by agent lead" in answer.out
        assert "takes the signer's key" not in answer.out
    toml = signed / "warroom.toml"
    toml.write_text(toml.read_text().replace("../keys/allowed_signers", "allowed_signers"))
    told = shell("journal", "verify", signed, "--json")
    assert told.json()["allowed_signers_inside"] is True
    assert "lies in" in told.err
    toml.write_text(toml.read_text().replace('"allowed_signers"', f'"{listed}"'))
    assert "takes the signer's key" in shell("journal", "verify", signed).done()


def test_sign_elsewhere_and_verify_what_is_named(
    shell: Shell, written: Path, keys: Keys, tmp_path: Path
) -> None:
    key, out = keys.make("lead"), tmp_path / "statement"
    shell("journal", "sign", written, "--key", key, "--output", out).done()
    assert not (written / "reports").exists()
    allowed = keys.allow(("lead", key))
    words = ("--signature", f"{out}.sig", "--allowed-signers", allowed)
    assert "valid, by lead" in shell("journal", "verify", written, *words).done()
    again = shell("journal", "sign", written, "--key", key, "--output", out)
    again.fails(USAGE, "nothing is written over it")
    shell("journal", "verify", written, "--signature", out).fails(USAGE, "is no FILE.sig")
    inside = written / "journal" / "x"
    shell("journal", "sign", written, "--key", key, "--output", inside).fails(USAGE, "record")


def test_what_keeps_sign_from_signing(
    shell: Shell, claims: Path, keys: Keys, tmp_path: Path
) -> None:
    key = keys.make("lead")
    shell("journal", "sign", claims, "--key", key).fails(USAGE, "no entry yet")
    shell("note", claims, "x").done()
    shell("journal", "sign", claims).fails(USAGE, "no key to sign with", "[signing]")
    missing = tmp_path / "no"
    shell("journal", "sign", claims, "--key", missing).fails(USAGE, str(missing), "No such file")
    locked = keys.make("locked", passphrase="correct horse")
    shell("journal", "sign", claims, "--key", locked).fails(USAGE, "ssh-add")
    flip(claims, 1)
    shell("journal", "sign", claims, "--key", key).fails(CORRUPT, "line 1 ")
    shell("journal", "anchor", claims).fails(CORRUPT, "line 1 ")


def test_an_anchor_is_one_line_and_is_found_again(
    shell: Shell, written: Path, tmp_path: Path
) -> None:
    line = shell("journal", "anchor", written).done().strip()
    assert "\n" not in line
    assert entries(written)[-1]["h"] in line
    said = shell("journal", "anchor", written, "--check", line).done()
    assert "all still there, unchanged; added since: nothing" in said
    shell("note", written, "later").done()
    mail = tmp_path / "mail"
    mail.write_text(f"Hello,\n\n> > {line[:50]}\n> > {line[50:]}\n\nRegards\n")
    words = [*WARROOM, "journal", "anchor", str(written), "--check", "-"]
    with mail.open() as text:
        quoted = subprocess.run(
            words, stdin=text, env=shell.env, capture_output=True, text=True, check=True
        )
    assert "added since: 1 by " in quoted.stdout
    told = shell("journal", "verify", written, "--anchor", line)
    assert "✓ the 3 entries anchored at" in told.done()
    coded = EmailMessage()
    coded.set_content(f"Grüße\n{line}\n", cte="base64")
    mail.write_bytes(coded.as_bytes())
    for option in (("anchor", "--check"), ("verify", "--anchor")):
        said = shell("journal", option[0], written, option[1], mail).done()
        assert said.count("✓ the 3 entries anchored at") == 1
    shell("journal", "anchor", written, "--check", tmp_path).fails(USAGE, f"{tmp_path} cannot be")


def test_an_anchor_tells_what_was_rewritten(shell: Shell, written: Path, claims: Path) -> None:
    line = shell("journal", "anchor", written).done().strip()
    path = journal_of(written)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    shutil.rmtree(shell.place / "home" / "state")  # as on a machine that never saw it
    assert shell("journal", "verify", written).code == DONE
    answer = shell("journal", "anchor", written, "--check", line)
    assert answer.code == CORRUPT
    assert "held 3 entries then, and has 2 now" in answer.out
    shell("note", written, "another third").done()
    path.unlink()
    assert shell("journal", "anchor", written, "--check", line).code in {REFUSED, CORRUPT}


def test_an_anchor_of_another_deployment_or_none(shell: Shell, written: Path) -> None:
    line = shell("journal", "anchor", written).done().strip()
    other = shell.place / "other"
    shell("init", other, "--name", "other", "--context", "internal").done()
    shell("note", other, "x").done()
    answer = shell("journal", "anchor", other, "--check", line)
    assert answer.code == REFUSED
    assert "NO: the 3 entries" in answer.out
    assert "of the deployment" in answer.out
    changed = line.replace(";3;", ";4;")
    shell("journal", "anchor", written, "--check", changed).fails(USAGE, "changed on its way")
    shell("journal", "anchor", written, "--check", "hello").fails(
        USAGE, '"hello" is no file', "no anchor in it"
    )
    (written / "empty.eml").write_text("")
    empty = written / "empty.eml"
    shell("journal", "anchor", written, "--check", empty).fails(USAGE, "no anchor in it")


def test_several_writers_are_anchored_in_one_line(shell: Shell, written: Path) -> None:
    """A second account of the same directory writes a file of its own."""
    env = {**shell.env, "XDG_STATE_HOME": str(shell.place / "second"), "WARROOM_AS": "tech lead"}
    subprocess.run([*WARROOM, "note", str(written), "x"], env=env, check=True)
    files = sorted((written / "journal").glob("*.jsonl"))
    assert len(files) == 2
    line = shell("journal", "anchor", written).done().strip()
    assert all(f"{file.stem}:" in line for file in files)
    subprocess.run([*WARROOM, "note", str(written), "y"], env=env, check=True)
    said = shell("journal", "anchor", written, "--check", line).done()
    assert "added since: 1 by " in said
    kept = files[0].read_bytes()
    os.truncate(files[0], 0)
    assert shell("journal", "anchor", written, "--check", line).code == CORRUPT
    files[0].unlink()
    assert shell("journal", "anchor", written, "--check", line).code in {REFUSED, CORRUPT}
    files[0].write_bytes(kept)
