"""Two machines and a broker: what one recorded is had on the other, and reports are made of it."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.shell import DONE, REFUSED, USAGE, Shell, journal_of
from tests.sync.broker import Broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path / "broker").start()
    yield made
    made.kill()


def machine(place: Path, name: str) -> Shell:
    (place / name).mkdir()
    return Shell(place / name)


@contextmanager
def gives(shell: Shell) -> Iterator[None]:
    """The machine syncs, and has reached the broker."""
    with shell.started("sync", "demo", "--as", "agent lead") as process:
        assert process.stdout is not None
        while "in step" not in process.stdout.readline():
            assert process.poll() is None
        yield


@pytest.fixture
def two(tmp_path: Path, broker: Broker) -> tuple[Shell, Shell]:
    """Machines with the same record: the first has read the feeds, the second never did."""
    here, there = machine(tmp_path, "here"), machine(tmp_path, "there")
    here("demo", "--dir", "demo", "--stage", "canary", "--headless", "--for", "3s").done()
    toml = here.place / "demo" / "warroom.toml"
    toml.write_text(toml.read_text().replace("#[sync]", f'[sync]\nnats = "{broker.url}"\n', 1))
    here("config", "accept", "demo", "--why", "two machines").done()
    left = shutil.ignore_patterns("telemetry", ".sync.json")
    shutil.copytree(here.place / "demo", there.place / "demo", ignore=left)
    return here, there


def test_a_report_is_verified_and_made_from_what_another_machine_recorded(
    two: tuple[Shell, Shell], broker: Broker
) -> None:
    here, there = two
    writer = journal_of(here.place / "demo").stem
    report = here.place / "report.html"
    here("report", "demo", "--format", "html", "--output", report).done()
    there("report", "verify", report, "--dir", "demo").fails(
        REFUSED,
        "the minutes recorded of the feed calls are others",
        "warroom sync demo --telemetry",
    )
    there("report", "demo", "--minutes", writer).fails(USAGE, f"what {writer} recorded is not here")
    nobody = there("sync", "demo", "--telemetry", who="tech lead")
    assert nobody.code == REFUSED
    assert "no other machine that is connected tells of any minutes" in nobody.err
    with gives(here):
        for _ in range(2):  # the second time nothing is new, and nothing is wrong
            said = there("sync", "demo", "--telemetry", who="tech lead").done()
            assert re.search(
                rf"{writer}, calls: [\d,]+ minutes, .*, SHA-256 [0-9a-f]{{12}}: ", said
            )
            assert f"✓ {writer}: the same minutes, by hash, as its 3 gate decisions name" in said
    assert not list((there.place / "demo" / "telemetry").glob("*.jsonl"))
    said = there("report", "verify", report, "--dir", "demo").done()
    assert f"Its minutes are those that {writer} recorded, the same by hash" in said
    made = there.place / "made.md"
    there("report", "demo", "--minutes", writer, "--output", made).done()
    text = made.read_text("utf-8")
    assert f"The figures are from minutes that {writer} recorded and gave" in text
    assert f"telemetry/others/{writer}/calls.jsonl" in text
    for shell in two:
        shell("report", "verify", made, "--dir", "demo").done()
    own = there("report", "demo").done()
    assert "recorded and gave" not in own


def test_minutes_that_are_not_those_of_the_gates_are_told(
    two: tuple[Shell, Shell], broker: Broker
) -> None:
    here, there = two
    writer = journal_of(here.place / "demo").stem
    minutes = here.place / "demo" / "telemetry" / "calls.jsonl"
    minutes.write_bytes(re.sub(rb'"calls":\d', b'"calls":9', minutes.read_bytes()))
    with gives(here):
        told = there("sync", "demo", "--telemetry", who="tech lead")
    assert told.code == REFUSED
    assert f"✗ {writer}: " in told.err
    assert "of its 3 gate decisions name other minutes than it gave" in told.err
    assert there("status", "demo", "--offline", "--json").code in {DONE, REFUSED}
