"""`warroom report verify`: whatever is changed, in the file or in the record, is named."""

import json
import random
import re
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from console.cli.report_verify import difference, ground_then
from console.reports.golive import go_live_report
from console.reports.ground import Options
from console.reports.seal import seal_for
from console.reports.written import AnyFormat, seal_in
from console.reports.written import written as written_as
from console.room.reported import recorded_ground
from tests.cli.shell import CORRUPT, DONE, REFUSED, USAGE, Shell, entries, flip, journal_of

FORMATS: tuple[AnyFormat, ...] = ("md", "html", "pdf", "json")


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo in its canary, with minutes that were read from its real endpoints."""
    place = tmp_path_factory.mktemp("canary")
    directory = place / "demo"
    shell = Shell(place)
    ran = shell("demo", "--dir", directory, "--stage", "canary", "--headless", "--for", "3s")
    assert ran.code == DONE, ran
    return directory


@pytest.fixture
def demo(shell: Shell, canary: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(canary, shell.place / "demo"))


def written(shell: Shell, demo: Path, form: str) -> Path:
    path = shell.place / f"report.{form}"
    shell("report", demo, "--format", form, "--output", path).done()
    return path


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_is_made_again_and_any_changed_digit_is_found(
    shell: Shell, demo: Path, form: AnyFormat
) -> None:
    path = written(shell, demo, form)
    said = shell("report", "verify", path, "--dir", demo).done()
    assert said.startswith(f"✓ {path}: made again")
    whole = path.read_bytes()
    seal = seal_in(whole, form)
    ground = ground_then(demo, seal)
    assert difference(whole, form, seal, ground) == ("", "")
    draw = random.Random(form)
    digits = [found.start() for found in re.finditer(rb"\d", whole)]
    for place in draw.sample(digits, 3 if form == "pdf" else 8):
        other = str((int(whole[place : place + 1]) + draw.randint(1, 9)) % 10).encode()
        changed = whole[:place] + other + whole[place + 1 :]
        try:
            held = seal_in(changed, form)
        except ValueError:
            continue  # it is refused: there is no seal to go by
        if held != seal:
            path.write_bytes(changed)
            assert shell("report", "verify", path, "--dir", demo).code in {REFUSED, USAGE}, place
        else:
            assert difference(changed, form, seal, ground)[0], place


def test_what_differs_is_named(shell: Shell, demo: Path) -> None:
    path = written(shell, demo, "md")
    text = path.read_text("utf-8")
    path.write_text(text.replace("36 of 36 items", "37 of 36 items"), "utf-8")
    shell("report", "verify", path, "--dir", demo).fails(
        REFUSED, "it says", "37 of 36 items", "the directory gives", "36 of 36 items"
    )
    path = written(shell, demo, "json")
    told = json.loads(path.read_text("utf-8"))
    told["stretch"]["metrics"][1]["value"] = 0.5
    path.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    shell("report", "verify", path, "--dir", demo).fails(
        REFUSED, "stretch.metrics[1].value", 'it says "0.5"'
    )


def test_the_record_goes_on_and_the_report_still_holds(shell: Shell, demo: Path) -> None:
    path = written(shell, demo, "html")
    shell("note", demo, "written after the report", who="agent lead").done()
    shell("report", "verify", path, "--dir", demo).done()


def test_a_record_that_is_another_is_named(shell: Shell, demo: Path) -> None:
    path = written(shell, demo, "html")
    config = demo / "warroom.toml"
    text = config.read_text("utf-8")
    config.write_text(f"{text}\n# a remark\n", "utf-8")
    assert (
        "But warroom.toml is another now" in shell("report", "verify", path, "--dir", demo).done()
    )
    config.write_text(text.replace('platform = "custom"', 'platform = "other"'), "utf-8")
    shell("report", "verify", path, "--dir", demo).fails(
        REFUSED, "other", "besides, warroom.toml is another now"
    )
    config.write_text(text, "utf-8")
    minutes = demo / "telemetry" / "calls.jsonl"
    raw = minutes.read_bytes()
    minutes.write_bytes(re.sub(rb'"calls":\d', b'"calls":9', raw))
    shell("report", "verify", path, "--dir", demo).fails(REFUSED, "feed calls are others now")
    minutes.write_bytes(raw)
    journal = journal_of(demo)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]))
    shell("report", "verify", path, "--dir", demo).fails(USAGE, "the journal holds no entry")


def test_a_report_that_leaves_out_what_was_there_is_refused(shell: Shell, demo: Path) -> None:
    """Its seal is in order, and each figure is what the entries give that it names."""
    held = entries(demo)
    early = held[-8]
    ground = recorded_ground(demo, heads={early["writer"]: early["h"]})
    seal = seal_for(ground, "go-live", Options(), "0.1.0")
    path = shell.place / "early.md"
    path.write_bytes(written_as(ground, seal, "md"))
    shell("report", "verify", path, "--dir", demo).fails(
        REFUSED, "leaves out 7 entries", f"{early['writer']}/{early['seq'] + 1} "
    )


def test_a_seal_that_was_changed_does_not_fit_its_digest(shell: Shell, demo: Path) -> None:
    path = written(shell, demo, "json")
    told = json.loads(path.read_text("utf-8"))
    for key, value in (("program", "9.9"), ("person", "somebody"), ("at", told["seal"]["at"] + 1)):
        changed = {**told, "seal": {**told["seal"], key: value}}
        path.write_text(json.dumps(changed, indent=2) + "\n", "utf-8")
        shell("report", "verify", path, "--dir", demo).fails(USAGE, "its seal was changed")


def test_entries_dated_ahead_are_in_the_report_and_told(demo: Path) -> None:
    """Nothing that is written is left out because a clock is wrong."""
    held = entries(demo)
    early = datetime.fromisoformat(held[-8]["at"]).timestamp()
    ground = recorded_ground(demo, early - 10)
    assert len(ground.entries) == len(held)
    said = [one.text for one in go_live_report(ground).missing]
    assert [one for one in said if "a clock is ahead" in one]


def test_a_damaged_journal_is_damage_also_before_the_head(shell: Shell, demo: Path) -> None:
    path = written(shell, demo, "md")
    flip(demo, 20)
    shell("report", "verify", path, "--dir", demo).fails(CORRUPT, "line 20")


def test_a_config_that_cannot_be_read_is_told(shell: Shell, demo: Path) -> None:
    shell("note", demo, "so that a good config is kept", who="agent lead").done()
    path = written(shell, demo, "md")
    config = demo / "warroom.toml"
    config.write_text(config.read_text("utf-8") + "\nnonsense = \n", "utf-8")
    said = shell("report", "verify", path, "--dir", demo).done()
    assert "But warroom.toml cannot be read, so the last good one was used; none of" in said
    assert said.count("But ") == 1, "that its hash is not known is no difference"


def test_a_file_without_a_seal_is_refused(shell: Shell, demo: Path) -> None:
    for name, text in (
        ("plain.md", "# A report\n"),
        ("plain.html", "<!doctype html><p>no</p>"),
        ("plain.json", '{"kind": "go-live"}'),
        ("broken.json", "{"),
        ("plain.pdf", "%PDF-1.7 no"),
        ("empty.md", ""),
    ):
        path = shell.place / name
        path.write_text(text)
        shell("report", "verify", path, "--dir", demo).fails(USAGE, "cannot be verified")
    shell("report", "verify", shell.place / "no.md", "--dir", demo).fails(USAGE, "cannot be read")
    shell("report", "verify", path).fails(USAGE, "name the deployment's directory")


def test_what_asked_the_feeds_says_that_it_cannot_be_made_again(shell: Shell, demo: Path) -> None:
    path = shell.place / "status.md"
    shell("report", demo, "--kind", "readiness", "--output", path)
    shell("report", "verify", path, "--dir", demo).fails(USAGE, "--offline")
    shell("report", demo, "--kind", "readiness", "--offline", "--output", path).done()
    shell("report", "verify", path, "--dir", demo).done()


def test_a_signed_report_says_by_whom(shell: Shell, demo: Path) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed: it makes and checks the signatures")
    key = shell.place / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = key.with_suffix(".pub").read_text("ascii").split()
    (demo / "allowed_signers").write_text(
        f'lead@example namespaces="warroom" {public[0]} {public[1]}\n'
    )
    config = demo / "warroom.toml"
    config.write_text(
        config.read_text("utf-8")
        + f'\n[signing]\nkey = "{key}"\nallowed_signers = "allowed_signers"\n',
        "utf-8",
    )
    for form in ("md", "pdf"):
        path = written(shell, demo, form)
        said = shell("report", "verify", path, "--dir", demo).done()
        assert "✓ signature over the heads: valid, by lead@example" in said
    path = written(shell, demo, "md")
    text = path.read_text("utf-8")
    assert "-----BEGIN SSH SIGNATURE-----" in text
    other = shell.place / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    (demo / "allowed_signers").write_text(f"x@example {other.with_suffix('.pub').read_text()}")
    assert shell("report", "verify", path, "--dir", demo).code == REFUSED
    config.write_text(config.read_text("utf-8").replace("\nallowed_signers", "\n# none"), "utf-8")
    assert "? signature" in shell("report", "verify", path, "--dir", demo).out
    key.unlink()
    shell("report", demo, "--output", path).fails(USAGE, "cannot be signed")
