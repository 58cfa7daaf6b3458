"""`warroom replay` from the shell: what it refuses, and how."""

from pathlib import Path

import pytest

from tests.app.rooms import Stand, stand
from tests.cli.shell import USAGE, Shell


@pytest.fixture
def lived(tmp_path: Path) -> Stand:
    standing = stand(tmp_path / "claims")
    standing.reach_full()
    return standing


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--at", "noon"), ('"noon" is no place in the record', "14:02")),
        (("--at", "2031-01-01T00:00:00Z"), ("is after the record, which ends at 2026-11-",)),
        (("--at", "2001-01-01T00:00:00Z"), ("is before the record, which begins at 2026-11-",)),
        (("--at", "#4711"), ("there is no entry 4711",)),
        (("--at", "-9999d"), ("is before the record, which begins at 2026-11-",)),
        (("--speed", "0"), ("--speed is a number from 1 to 3600",)),
        (("--speed", "nan"), ("--speed is a number from 1 to 3600",)),
    ],
)
def test_a_place_that_is_none(
    options: tuple[str, ...], words: tuple[str, ...], shell: Shell, lived: Stand
) -> None:
    shell("replay", lived.directory, *options).fails(USAGE, *words)


def test_a_directory_without_a_record(shell: Shell, tmp_path: Path) -> None:
    standing = stand(tmp_path / "claims")
    shell("replay", standing.directory).fails(USAGE, "holds no entry")
    shell("replay", tmp_path / "nowhere").fails(USAGE, "nowhere")
