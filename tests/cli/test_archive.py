"""The archive as its reader has it: tar, sha256sum, a bare Python and ssh-keygen, none of ours."""

import csv
import gzip
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.cli.shell import CORRUPT, DONE, USAGE, WARROOM, Shell, flip, journal_of
from tests.journal.keys import Keys


@pytest.fixture
def written(shell: Shell, claims: Path) -> Path:
    """A deployment of named people, with evidence, a secret in its config, and a report."""
    toml = claims / "warroom.toml"
    text = toml.read_text().replace('"tech lead"', '"Kim Olsen"')
    toml.write_text(text)
    shell("note", claims, "Kim Olsen looks at it, kim@example.org").done()
    (shell.place / "proof.txt").write_text("five inputs, five lines")
    shell(
        "plan", claims, "security", "--owner", "Kim Olsen", "--due", "2027-01-05", "--note", "x"
    ).done()
    proof = shell.place / "proof.txt"
    shell("confirm", claims, "rollout-plan", "--evidence", proof).done()
    (claims / "reports").mkdir()
    (claims / "reports" / "status.md").write_text("# Status by Kim Olsen\n")
    return claims


def _unpacked(archive: Path, place: Path) -> Path:
    place.mkdir()
    subprocess.run(["tar", "-xzf", archive, "-C", place], check=True)
    (folder,) = place.iterdir()
    return folder


def _sums(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def _archive(shell: Shell, directory: Path, *words: object) -> Path:
    out = shell.place / f"out-{len(list(shell.place.glob('out-*')))}.tar.gz"
    answer = shell("journal", "export", directory, "--format", "archive", "--output", out, *words)
    assert (answer.code, answer.err) == (DONE, ""), answer
    return out


def test_sha256sum_alone_verifies_it_and_any_changed_byte_is_found(
    shell: Shell, written: Path
) -> None:
    folder = _unpacked(_archive(shell, written, "--with-evidence"), shell.place / "u")
    assert _sums(folder).returncode == 0
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix() for path in files}
    listed = {line[66:] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    assert listed == names - {"SHA256SUMS"}
    assert {"README.txt", "evidence.csv", "verify_journal.py", "warroom.toml"} < names
    assert {f"journal/{journal_of(written).name}", "reports/status.md"} < names
    assert (folder / "journal" / journal_of(written).name).read_bytes() == (
        journal_of(written).read_bytes()
    )
    for path in files:
        whole = path.read_bytes()
        for at in {0, len(whole) // 2, len(whole) - 1}:
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            assert _sums(folder).returncode != 0, (path, at)
        path.write_bytes(whole)
    assert _sums(folder).returncode == 0


@pytest.mark.parametrize("words", [(), ("--with-evidence",)])
def test_the_go_live_report_in_it_verifies_against_it(
    shell: Shell, written: Path, words: tuple[str, ...]
) -> None:
    folder = _unpacked(_archive(shell, written, *words), shell.place / "whole")
    for form in ("html", "json"):
        report = folder / "reports" / f"go-live.{form}"
        assert shell("report", "verify", report, "--dir", folder).done().startswith("✓")
        assert shell("report", "verify", report, "--dir", written).done().startswith("✓")
        assert str(shell.place) not in report.read_text("utf-8")


def test_the_same_state_gives_the_same_bytes(shell: Shell, written: Path) -> None:
    first = _archive(shell, written).read_bytes()
    for path in written.rglob("*"):
        os.utime(path, (1, 1))
    assert _archive(shell, written).read_bytes() == first
    piped = subprocess.run(
        [*WARROOM, "journal", "export", str(written), "--format", "archive"],
        env=shell.env,
        capture_output=True,
        check=True,
    )
    assert piped.stdout == first
    with tarfile.open(fileobj=gzip.open(_archive(shell, written))) as tar:
        members = tar.getmembers()
    assert {(one.uid, one.gid, one.uname, one.mode) for one in members} == {(0, 0, "", 0o600)}


def test_evidence_is_listed_and_goes_along_only_if_asked(shell: Shell, written: Path) -> None:
    (kept,) = (path for path in (written / "evidence").iterdir() if len(path.name) == 64)
    folder = _unpacked(_archive(shell, written), shell.place / "u")
    (row,) = csv.DictReader((folder / "evidence.csv").read_text().splitlines())
    assert (row["sha256"], row["size"], row["state"]) == (kept.name, "23", "whole")
    assert row["named_by"].startswith(journal_of(written).stem)
    assert not (folder / "evidence").exists()
    kept.chmod(0o600)
    kept.write_text("another")
    folder = _unpacked(_archive(shell, written, "--with-evidence"), shell.place / "v")
    (row,) = csv.DictReader((folder / "evidence.csv").read_text().splitlines())
    assert row["state"] == "changed"
    assert (folder / "evidence" / kept.name).read_text() == "another"


def test_no_secret_and_nothing_behind_a_link_goes_along(shell: Shell, written: Path) -> None:
    toml = written / "warroom.toml"
    secret = "tok-5f2a-never-shown"
    toml.write_text(
        toml.read_text().replace("[[people]]", f'[[people]]\nnotify = ["json://x/{secret}"]', 1)
    )
    outside = shell.place / "outside"
    outside.mkdir()
    (outside / "private.md").write_text("not yours")
    (written / "reports" / "link.md").symlink_to(outside / "private.md")
    (written / "reports" / "folder").symlink_to(outside)
    (written / "telemetry").symlink_to(outside)
    archive = _archive(shell, written)
    everything = gzip.decompress(archive.read_bytes())
    assert secret.encode() not in everything
    assert b"not yours" not in everything
    folder = _unpacked(archive, shell.place / "u")
    assert 'notify = ["left out"]' in (folder / "warroom.toml").read_text()
    told = (folder / "README.txt").read_text()
    assert "1 secrets that stood in warroom.toml" in told
    assert "reports/link.md, which is link" in told
    assert "telemetry, which is no directory of its own" in told


def test_a_damaged_journal_goes_along_as_it_is_and_says_so(shell: Shell, written: Path) -> None:
    flip(written, 2)
    out = shell.place / "damaged.tar.gz"
    answer = shell("journal", "export", written, "--format", "archive", "--output", out)
    answer.fails(CORRUPT, "line 2: ", "holds the file as it is")
    folder = _unpacked(out, shell.place / "u")
    assert _sums(folder).returncode == 0
    name = journal_of(written).name
    assert (folder / "journal" / name).read_bytes() == journal_of(written).read_bytes()
    assert "THE JOURNAL IS DAMAGED" in (folder / "README.txt").read_text()
    assert shell("journal", "verify", folder).code == CORRUPT


def test_a_redacted_archive_names_nobody_and_verifies_as_far_as_it_can(
    shell: Shell, written: Path, tmp_path: Path
) -> None:
    keys = Keys(tmp_path / "keys")
    key = keys.make("lead")
    shell("journal", "sign", written, "--key", key).done()
    archive = _archive(shell, written, "--redact", "names,evidence")
    everything = gzip.decompress(archive.read_bytes())
    for word in (b"Kim", b"Olsen", b"example.org", b"proof.txt"):
        assert word not in everything
    folder = _unpacked(archive, shell.place / "u")
    assert _sums(folder).returncode == 0
    allowed = keys.allow(("Kim Olsen", key))
    said = shell("journal", "verify", folder, "--allowed-signers", allowed).done()
    assert "redacted copy: links hold, 1 entries are unchanged and verified, 3 are redacted" in said
    assert "valid, by Kim Olsen" in said
    assert "What redacted entries held" in said
    assert "list of likely names" in said
    script = _script(folder)
    assert script.returncode == 0
    assert "0 bytes not verified, 3 redacted and not verifiable" in script.stdout
    for command in ("open", "status", "check"):
        shell(command, folder).fails(USAGE, f"{folder} is a redacted copy", "journal verify")
    (folder / "warroom.toml").write_bytes((written / "warroom.toml").read_bytes())
    for words in (("status",), ("note",), ("journal", "show")):
        shell(*words, folder, *(["x"] if words == ("note",) else [])).fails(USAGE, "redacted")
    both = ("--format", "archive", "--redact", "names", "--with-evidence")
    shell("journal", "export", written, *both).fails(USAGE, "exclude each other")
    shell("journal", "export", written, "--redact", "name").fails(USAGE, 'no redaction of "name"')


def test_its_reader_signs_off_by_its_own_words(shell: Shell, written: Path, tmp_path: Path) -> None:
    """The commands of its README, as they stand there; the signer's name has a blank."""
    keys = Keys(tmp_path / "keys")
    key = keys.make("lead")
    shell("journal", "sign", written, "--key", key).done()
    for number, words in enumerate((("--with-evidence",), ("--redact", "names"))):
        folder = _unpacked(_archive(shell, written, *words), shell.place / f"u{number}")
        told = (folder / "README.txt").read_text().replace("NAME", "agent lead")
        (line,) = (line.strip() for line in told.splitlines() if "ssh-ed25519" in line)
        public = key.with_suffix(".pub").read_text()
        allowed = folder.parent / "allowed_signers"
        allowed.write_text(line.replace("ssh-ed25519 AAAA...", public))
        loop = told[told.index("for s in") :].partition("done\n")[0] + "done\n"
        said = subprocess.run(
            ["sh", "-euc", loop], cwd=folder, check=True, capture_output=True, text=True
        )
        assert 'Good "warroom" signature for agent lead' in said.stdout
        for command in (line.split("#")[0].split() for line in told.splitlines()):
            if command[:1] == ["warroom"]:
                placed = (
                    folder / word if word == "." or "/" in word else word for word in command[1:]
                )
                assert "✓" in shell(*placed).done()


def test_its_readme_names_nothing_that_is_not_in_it(shell: Shell, written: Path) -> None:
    whole = _unpacked(_archive(shell, written), shell.place / "u")
    redacted = _unpacked(_archive(shell, written, "--redact", "names"), shell.place / "v")
    assert "reports/go-live.html" in (whole / "README.txt").read_text()
    told = (redacted / "README.txt").read_text()
    assert "reports/" not in told.replace("all of reports/ but signed heads", "")
    assert "nobody signed it" in told
    assert "list of likely names" in told


def _script(folder: Path) -> "subprocess.CompletedProcess[str]":
    (file,) = (folder / "journal").iterdir()
    return subprocess.run(
        ["python3", "-I", "-S", "verify_journal.py", str(file)],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
