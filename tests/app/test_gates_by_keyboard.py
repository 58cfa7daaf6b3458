"""Gates by keyboard alone, in tmux: out of the dark launch, on in the canary, out of the window.

The whole way at one go takes six minutes: `python -m tests.bench.bench_rollout`.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.app.keyboard import Keyboard, demo_at, hours_in_phase
from tests.cli.shell import entries


@pytest.fixture(autouse=True)
def _tmux() -> None:
    if shutil.which("tmux") is None:
        pytest.skip("there is no tmux: install it, and run this again")


def last_gate(keyboard: Keyboard) -> dict[str, Any]:
    """What the last decision left on record."""
    gates = [one for one in entries(keyboard.home / "demo") if one["kind"] == "gate.decided"]
    data: dict[str, Any] = gates[-1]["data"]
    return data


def test_the_dark_launch_is_reviewed_briefed_and_left_by_two(tmp_path: Path) -> None:
    with demo_at(tmp_path, "dark-launch") as keyboard:
        keyboard.review()
        keyboard.brief()
        keyboard.advance()
        keyboard.stands_at("SHADOW")
        decided = last_gate(keyboard)
    assert (decided["to_phase"], decided["proposed_by"]) == ("shadow", "agent lead")
    assert decided["seen_at"]
    accuracy = next(one for one in decided["criteria"] if one["id"] == "accuracy")
    assert (accuracy["value"], accuracy["n"]) == (1.0, 50)


def test_the_canary_goes_on_and_the_traffic_follows(tmp_path: Path) -> None:
    with demo_at(tmp_path, "canary") as keyboard:
        keyboard.users_are_content()
        keyboard.brief()
        keyboard.advance()
        keyboard.stands_at("CANARY 20 %")
        keyboard.press("3")
        keyboard.sees("Traffic 20 %  ✓ set")
        decided = last_gate(keyboard)
    assert (decided["to_phase"], decided["to_increment"]) == ("canary", 20)


def test_the_window_ends_in_stable(tmp_path: Path) -> None:
    with demo_at(tmp_path, "window") as keyboard:
        # What was judged is stale after a day: the review of the 24-hour mark is too old by then.
        keyboard.until(lambda screen: hours_in_phase(screen) >= 40)
        keyboard.review()
        keyboard.assess()
        keyboard.stands_at("STABLE")
        decided = last_gate(keyboard)
        (assessed,) = [
            one for one in entries(keyboard.home / "demo") if one["kind"] == "window.assessed"
        ]
    assert decided["to_phase"] == "stable"
    assert decided["proposed_by"] == "agent lead"
    assert assessed["data"]["proposed"] == "stable"
    assert "missed" in " ".join(assessed["data"]["caveats"])
