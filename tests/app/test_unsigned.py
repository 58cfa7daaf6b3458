"""A rollback that another machine fired without a key: on every screen, and on the guard."""

from pathlib import Path

import pytest

from console.domain import events as e
from console.domain.entry import Actor
from console.journal.members import Apart
from console.room import WarRoom
from console.screens.room_views import apart_words
from tests.app.rooms import NOW, Stand, adopt, console, done, minutes, shown, stand
from tests.app.rooms import words as said
from tests.journal.foreign import foreign
from tests.journal.keys import Keys

TECH = Actor("tech [b]lead", ("tech-lead",))
OTHER = "other-00000001"
ROLLBACK = "canary-5.1/r1"


def unsigned(place: Path) -> WarRoom:
    """A console whose neighbour fired, and has no key."""
    keys = Keys(place / "keys")
    standing: Stand = stand(place / "claims")
    config = standing.directory / "warroom.toml"
    allowed = keys.allow(("agent lead", keys.make("lead")))
    config.write_text(
        f'{config.read_text()}\n[signing]\nkey = "{keys.folder / "lead"}"\n'
        f'allowed_signers = "{allowed}"\nmembers = true\n'
    )
    standing.past((60, e.NoteWritten("before")))
    room = standing.open()
    fired = e.RollbackTriggered(ROLLBACK, "canary-5.1", "cost-runaway", "", "v1", ())
    foreign(room.directory, room.deployment.deployment, OTHER, (20, NOW - 60, TECH, fired))
    room.record.journal.close()
    return adopt(standing.open(), minutes(calls=10, escalations=1))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_it_is_shouted_on_every_screen_and_on_the_guard(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    room = unsigned(tmp_path)
    assert room.state.rollback is None
    async with console(room, size) as (app, pilot):
        for key in "1234567890":
            await pilot.press(key)
            await done(app, pilot)
            flat = " ".join(shown(app).split())
            assert "UNSIGNED ROLLBACK of other-00000001 by tech [b]lead" in flat, key
            assert flat.count("UNSIGNED ROLLBACK") == 1
        await pilot.press("f9")
        await done(app, pilot)
        assert "ROLLBACK of other-00000001 by tech [b]lead (says so itself): running" in said(app)


def test_the_room_tells_entries_of_one_writer_and_reason_in_a_row() -> None:
    theirs = [Apart(OTHER, seq, "tech lead", "signed by agent lead") for seq in range(2, 63)]
    lone = Apart(OTHER, 70, "x", "dated back")
    assert apart_words([*theirs, lone, Apart("third-1", 2, "y", "signed by agent lead")]) == (
        f"61 entries, 2 to 62, of {OTHER}: signed by agent lead",
        f"entry 70 of {OTHER}: dated back",
        "entry 2 of third-1: signed by agent lead",
    )
