"""What each screen says, word for word, at two sizes. Colours are in `screenshots/`.

    WARROOM_SNAPSHOTS=write pytest tests/app/test_snapshots.py

writes anew what is stored under `snapshots/`; the difference is then read like any other.
"""

import os
import re
from pathlib import Path

import pytest

from console.screens.base import SCREENS
from tests.app.rooms import Stand, console, done, shown
from tests.app.test_screens import firing

STORED = Path(__file__).parent / "snapshots"
SETTLES = 20
# What no two runs share.
HASH = re.compile(r"\b[0-9a-f]{12,}\b")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_screens_say_what_they_said(size: tuple[int, int], preparing: Stand) -> None:
    stored = STORED / f"{size[0]}x{size[1]}.txt"
    write = os.environ.get("WARROOM_SNAPSHOTS") == "write"
    known = "" if write else stored.read_text()
    said = []
    async with console(firing(preparing), size) as (app, pilot):

        def says(name: str) -> str:
            return f"==== {name}\n{HASH.sub('0' * 12, shown(app))}\n"

        for key, name in (*((mode.key, mode.id) for mode in SCREENS), ("b", "big")):
            await pilot.press(key)
            await done(app, pilot)
            for _ in range(SETTLES):  # a chart is studied first, then drawn
                if says(name) in known:
                    break
                await done(app, pilot)
            said.append(says(name))
    if write:
        stored.write_text("".join(said))
    assert "".join(said).splitlines() == stored.read_text().splitlines()
