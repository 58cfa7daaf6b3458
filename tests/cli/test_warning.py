"""`warroom warning`: list, review, settle; who may, and what is a misuse."""

from pathlib import Path

import pytest

from console.domain import events as e
from console.domain.times import iso, utc
from tests.app.rooms import HOUR, NOW, Stand, stand
from tests.cli.shell import REFUSED, USAGE, Shell

WHY = "escalation rate rises by 0.12 points an hour: crosses 25 % in about 6 h (3 to 14 h)"


@pytest.fixture
def warned(tmp_path: Path) -> Stand:
    """In the window, with an early warning; on the machine's time, as a command sees it."""
    standing = stand(tmp_path / "warned")
    standing.reach_full()
    standing.past(
        (
            720.0,
            e.WarningRaised(
                "w-1", "escalation-rate", 0.191, 0.25, 0.0012, 0.0005, 60, utc(NOW - 30 * HOUR),
                utc(NOW + 6 * HOUR), utc(NOW + 3 * HOUR), None, WHY,
            ),
        )
    )  # fmt: skip
    return standing


def test_what_is_open_is_listed(shell: Shell, warned: Stand) -> None:
    said = shell("warning", warned.directory).done()
    assert said.startswith(f"Early warning w-1 since 13:48:00Z: {WHY}; ")
    (held,) = shell("warning", warned.directory, "--json").json()["warnings"]
    assert (held["id"], held["metric"], held["crosses_to"]) == ("w-1", "escalation-rate", None)
    assert held["crosses"] == iso(NOW + 6 * HOUR)
    assert (held["decision"], held["reviewed_at"]) == ("", None)
    status = shell("status", warned.directory, "--json", "--offline").json()
    assert [one["id"] for one in status["warnings"]] == ["w-1"]
    assert "Early warning w-1" in shell("status", warned.directory, "--offline").out


def test_without_any_that_is_said(shell: Shell, claims: Path) -> None:
    assert shell("warning", claims).done() == "No early warning is open.\n"
    shell("warning", "review", claims, "--cause", "x", "--no-fix").fails(USAGE, "none is open")


def test_a_lead_reviews_and_the_owner_decides(shell: Shell, warned: Stand) -> None:
    place = warned.directory
    review = ("warning", "review", place, "--cause", "the winter tariff is missing")
    shell(*review, "--no-fix", who="reviewer").fails(REFUSED, "takes an agent-lead or a tech-lead")
    said = shell(*review, "--no-fix", who="tech lead").done()
    assert "warning.reviewed  " in said
    settle = ("warning", "settle", place, "w-1", "--decision", "rollback", "--why", "too risky")
    shell(*settle, who="tech lead").fails(REFUSED, "takes the rollback-owner")
    done = shell(*settle, who="rollback owner").done()
    assert "warning.settled  " in done
    assert done.splitlines()[-1].startswith("Decided, not done: warroom rollback ")
    assert "settled: rollback" in shell("warning", place).out
    shell(*settle, who="rollback owner").fails(REFUSED, "was settled by rollback owner")


def test_misuse_is_one_sentence(shell: Shell, warned: Stand) -> None:
    place = warned.directory
    shell("warning", "review", place, "--cause", "x").fails(USAGE, "--fix or --no-fix")
    shell("warning", "settle", place, "--why", "x").fails(USAGE, "fixed, maintain or rollback")
    shell("warning", "review", place, "--fix", "--no-fix").fails(USAGE, "not allowed with")
    shell("warning", "review", place, "--fix", "--why", "x").fails(USAGE, "warning settle")
    mixed = ("settle", place, "--decision", "fixed", "--cause", "x")
    shell("warning", *mixed).fails(USAGE, "warning review")
    shell("warning", "settel", place).fails(USAGE, "settel")
    unknown = ("settle", place, "w-9", "--decision", "fixed", "--why", "x")
    shell("warning", *unknown).fails(REFUSED, "there is no early warning w-9 (w-1)")
