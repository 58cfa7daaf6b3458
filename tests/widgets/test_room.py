"""The room's tables at every width: nothing is cut that a person needs."""

import pytest

from widgets.line import text_of, width_of
from widgets.room import MachineView, PersonView, RoomBoard, RoomView

PEOPLE = (
    PersonView(
        "agent lead",
        "agent-lead, tech-lead",
        "since 14:02:16Z, 8 min",
        "ops-1",
        "console, this one",
        "records · carries out rb-20261201T140231",
        me=True,
    ),
    PersonView("rollback owner", "rollback-owner", "since 13:00:00Z, 1h10m", "train", "watch"),
)
MACHINES = (
    MachineView(
        "ops-1-a34d78cd", "1,092 entries", "this account", "4 nobody else has yet", me=True
    ),
    MachineView("train-77aa01bc", "92 entries", "heard 3 min ago", "holds 1,088 of ours"),
)
VIEW = RoomView(
    PEOPLE,
    MACHINES,
    (("○ alone 3 min", "warn"), ("the broker is not reached", "warn")),
    "the watcher on ops-1 sees error rate breach, this console sees ok (its feeds: calls live)",
    ("entry 12 of train-77aa01bc waits for a signature",),
    ("entry 9 of mallory-00000000: its key is unknown",),
    ("forged: entry 3 of train-77aa01bc: its hash does not match its text",),
    ("shadow.1: hold by tech lead stands over advance to canary 1 % by agent lead",),
)


def drawn(width: int, view: RoomView = VIEW) -> list[str]:
    board = RoomBoard()
    board._view = view
    lines = board.lines(width)
    assert all(width_of(line) <= width for line in lines)
    return [text_of(line).rstrip() for line in lines]


@pytest.mark.parametrize("width", [50, 70, 100, 180])
def test_who_in_which_role_and_since_when_is_there_at_every_width(width: int) -> None:
    text = " ".join(" ".join(drawn(width)).split())
    for said in ("agent lead", "rollback-owner", "since 13:00:00Z, 1h10m", "train", "watch"):
        assert said in text
    for said in (
        "alone 3 min",
        "broker is not reached",
        "forged: entry 3",
        "key is unknown",
        "holds 1,088 of ours",
    ):
        assert said in text


def test_a_wide_screen_takes_a_row_each() -> None:
    rows = drawn(180)
    assert rows[1].startswith("▶ agent lead")
    assert rows[1].endswith("agent-lead, tech-lead")
    assert rows[2].startswith("  rollback owner")


def test_nobody_and_nothing_is_drawn_too() -> None:
    assert drawn(60, RoomView(())) == []
