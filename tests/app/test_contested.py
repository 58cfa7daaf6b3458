"""Decisions that two took unknown to each other: on every screen, and seen to from the Rollout."""

from pathlib import Path

import pytest

from console.domain import events as e
from console.domain.entry import Actor
from console.room import WarRoom
from tests.app.rooms import (
    HOUR,
    NOW,
    TO_FULL,
    Stand,
    adopt,
    console,
    done,
    minutes,
    shown,
    stand,
    until,
)
from tests.app.rooms import words as said
from tests.journal.foreign import foreign
from widgets.letters import banner

TECH = Actor("tech lead", ("tech-lead",))
OTHER = "other-00000001"


def contested(place: Path, who: str = "agent lead") -> WarRoom:
    """A canary that one advanced to 100 % and another held, each without a word of the other."""
    standing: Stand = stand(place / "claims")
    for number, (of, to, share) in enumerate(TO_FULL[:4]):
        met = e.GateDecided(of, "advance", "all is well", (), to, share, "v2.4.0")  # type: ignore[arg-type]  # phases as plain text
        standing.past(((8 - 2 * number) * HOUR, met))
    room = standing.open()
    (writer,) = room.record.journal.heads
    knew = {writer: 4}
    why = "[b]two complaints[/b] since noon"
    hold = e.GateDecided("canary-5.1", "hold", why, (), knew=knew)
    again = e.GateDecided("canary-5.1", "hold", "and a third", (), knew=knew)
    told = ((20 + n, NOW - 60, TECH, x) for n, x in enumerate((hold, again)))
    foreign(room.directory, room.deployment.deployment, OTHER, *told)
    room.record.journal.close()
    standing.who = who
    return adopt(standing.open(), minutes(calls=10, escalations=1))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_both_sides_are_shown_and_a_acknowledges(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    room = contested(tmp_path)
    async with console(room, size) as (app, pilot):
        await done(app, pilot)
        flat = " ".join(shown(app).split())
        assert "CONTESTED: canary-5.1: hold by tech lead" in flat
        assert "over advance to canary 100 % by agent lead" in flat
        await pilot.press("b")
        row = banner("CONTESTED", 1 if size[0] == 80 else 2)[0].rstrip()
        await until(pilot, lambda: row in shown(app))
        await pilot.press("escape", "3")
        await done(app, pilot)
        assert "CONTESTED canary-5.1" in shown(app)
        assert any("a contested decision is not" in one for one in room.picture().gate.missing)
        await pilot.press("a")
        await done(app, pilot)
        assert "overruled advance to canary 100 % by agent lead" in said(app)
        assert "[b]two complaints[/b] since noon" in said(app)
        await pilot.press(*"we hold", "enter")
        await done(app, pilot)
        assert room.record.entries[-1].kind == "contested.acknowledged"
        await until(pilot, lambda: "CONTESTED:" not in shown(app))
        assert not any("contested" in one for one in room.picture().gate.missing)
        await pilot.press("a")
        await done(app, pilot)
        assert len(room.state.contested) == 1


async def test_whoever_may_not_keeps_what_was_typed(tmp_path: Path) -> None:
    async with console(contested(tmp_path, "reviewer"), (120, 40)) as (app, pilot):
        await pilot.press("3", "a", *"seen", "enter")
        await done(app, pilot)
        assert "cannot acknowledge it" in said(app)
        assert "seen" in said(app)
