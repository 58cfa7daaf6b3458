"""Every screen, in every state, at every size: it composes, says where it stands and fits."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from console.app import WarRoomApp
from console.domain import events as e
from console.domain.words import entry_words
from console.room import WarRoom
from console.screens.base import SCREENS
from tests.app.rooms import (
    HOUR,
    Stand,
    adopt,
    console,
    done,
    fired,
    looked_on,
    minutes,
    rolled_back,
    rows,
    shown,
    stand,
    until,
)
from widgets.modes import ModeView

SIZES = ((120, 40), (80, 24), (200, 60), (60, 24))


def healthy(standing: Stand) -> WarRoom:
    standing.reach_full()
    return adopt(standing.open(), minutes())


def firing(standing: Stand) -> WarRoom:
    standing.reach_full()
    standing.past((360.0, fired()))
    return adopt(standing.open(), minutes(errors=1))


def triggered(standing: Stand) -> WarRoom:
    standing.reach_full()
    return adopt(standing.open(), minutes(errors=4))


def rolled(standing: Stand) -> WarRoom:
    standing.reach_full()
    standing.past(*((60.0, event) for event in rolled_back()))
    return adopt(standing.open(), minutes())


def partial(standing: Stand) -> WarRoom:
    standing.reach_full()
    standing.past(*((60.0, event) for event in rolled_back("partial")))
    return adopt(standing.open(), minutes())


def read_only(standing: Stand) -> WarRoom:
    standing.reach_full()
    return adopt(standing.open(read_only=True), minutes())


def damaged(standing: Stand) -> WarRoom:
    standing.reach_full()
    journal = next((standing.directory / "journal").glob("*.jsonl"))
    raw = journal.read_bytes()
    journal.write_bytes(raw.replace(b'"shadow"', b'"shadov"', 1))
    return adopt(standing.open(), minutes())


def empty(standing: Stand) -> WarRoom:
    return standing.open(who="")


def preparing(standing: Stand) -> WarRoom:
    standing.past(
        (HOUR, e.ItemConfirmed("security", "tech-lead", e.Evidence("text", "scan of 1 Dec"))),
        (HOUR, e.BaselineDocumented(0.92, 2.1, 0.02, "last quarter's figures")),
    )
    return standing.open()


# Per state: the words on the status line, and those that the Overview must say.
STATES: dict[str, tuple[Callable[[Stand], WarRoom], tuple[str, ...], tuple[str, ...]]] = {
    "empty": (empty, ("READINESS",), ("NO-GO", "checklist 0/")),
    "preparing": (preparing, ("READINESS",), ("NO-GO",)),
    "healthy": (healthy, ("FULL",), ("✓ ok", "no alert", "no trigger")),
    "firing": (firing, ("FULL",), ("FIRING", "error rate", "not acknowledged", "▲ BREACH")),
    "triggered": (triggered, ("FULL",), ("ROLLBACK TRIGGER", "F9 arms", "true: error-rate")),
    "rolled back": (rolled, ("ROLLED BACK",), ("NO-GO",)),
    "partial": (partial, (), ("ROLLBACK PARTIAL", "F9 ")),
    "read-only": (read_only, ("FULL", "READ-ONLY"), ("✓ ok",)),
    "damaged": (damaged, ("READ-ONLY",), ("journal",)),
}  # fmt: skip


def check(app: WarRoomApp, status: tuple[str, ...]) -> None:
    """What holds on every screen at every size."""
    width, height = app.size
    lines = rows(app)
    assert len(lines) == height
    assert all(cell_len(line) <= width for line in lines)
    assert not cut_words(app, lines)
    assert width < 80 or "claims-triage" in lines[0]
    for words in (*status, "off"):
        assert words in lines[0]
    assert all(mode.key in lines[1].split() for mode in SCREENS)
    assert all(child.region.right <= width for child in app.screen.query("*") if child.display)
    assert "F9 Rollback" in lines[-1]


def cut_words(app: WarRoomApp, lines: list[str]) -> list[str]:
    """Words before an ellipsis that no text of the console or of its data holds whole."""
    cut = {word for line in lines for word in re.findall(r"([A-Za-z]{2,})…", line)}
    whole = set(re.findall(r"[A-Za-z]{2,}", vocabulary(app)))
    return sorted(cut - whole)


def vocabulary(app: WarRoomApp) -> str:
    """All texts that a screen may show."""
    picture = app.room.picture()
    texts = [f"{i.item.title} {' '.join(i.item.roles)} {i.item.category}" for i in picture.items]
    texts += [f"{c.id} {c.why}" for c in picture.gate.criteria]
    texts += [f"{a.why} {a.rule} not acknowledged" for a in picture.state.alerts.values()]
    texts += [f"{r.why}" for r in picture.readings.values()]
    texts += [t.why for t in picture.triggers]
    texts += [
        f"{entry.kind} {entry.actor.name} {entry_words(entry)}" for entry in app.room.record.entries
    ]
    return " ".join(texts)


@pytest.mark.parametrize("name", STATES)
async def test_a_state_shows_on_the_overview(name: str, preparing: Stand) -> None:
    make, status, said = STATES[name]
    async with console(make(preparing), SIZES[0]) as (app, pilot):
        if name == "triggered":
            await looked_on(app, pilot)
        for size in SIZES[:2]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            check(app, status)
            text = " ".join(shown(app).split())
            for words in said:
                assert words in text, f"{size}: {words}\n{shown(app)}"


# What each screen must say in the window with an alert that fires, at every size.
BODIES = {
    "overview": ("error rate", "✓ dark"),
    "checklist": ("hard items no longer hold", "HARD", "Why"),
    "rollout": ("gate", "no critical failure", "entered"),
    "metrics": ("error rate", "limit"),
    "alerts": ("1 firing, 1 not acknowledged", "error rate", "Why"),
    "escalations": ("nothing was ever escalated", "nothing waits for a person"),
    "incidents": ("no incident is open", "o opens one", "timeline"),
    "window": ("of 48h", "one due", "nobody has taken the watch"),
    "review": ("No sample is drawn", "Press d", "skip, with the reason"),
    "journal": ("entries · intact · head", "alert.fired"),
}


@pytest.mark.parametrize("mode", SCREENS, ids=lambda mode: mode.id)
async def test_a_screen_fits_at_every_size(mode: ModeView, preparing: Stand) -> None:
    async with console(firing(preparing), SIZES[0]) as (app, pilot):
        await pilot.press(mode.key)
        if mode.id == "metrics":
            app.open_metric("error-rate")
        assert app.current_mode == mode.id
        for size in SIZES:
            await pilot.resize_terminal(*size)
            await done(app, pilot)
            check(app, ("FULL",))
            for words in BODIES[mode.id]:
                assert words in shown(app), f"{size}: {words}\n{shown(app)}"


async def test_the_status_line_tells_live_from_down(preparing: Stand) -> None:
    async with console(preparing.open(offline=False), (80, 24)) as (app, pilot):
        await until(pilot, lambda: "● live" in rows(app)[0])
        preparing.log.unlink()
        await until(pilot, lambda: "there is no file" in shown(app))
        assert "down" not in rows(app)[0], "one failed poll does not make a feed dead"
        preparing.clock.moment += 120
        await until(pilot, lambda: "down 2m" in rows(app)[0])
        preparing.log.touch()
        await until(pilot, lambda: "● live" in rows(app)[0])
        assert "there is no file" not in shown(app)


async def test_the_status_line_tells_stale(tmp_path: Path) -> None:
    standing = stand(tmp_path / "slow", lambda v: v["feeds"]["calls"].update(poll_s=3600.0))
    async with console(standing.open(offline=False), (80, 24)) as (app, pilot):
        await until(pilot, lambda: "● live" in rows(app)[0])
        standing.clock.moment += 4 * HOUR
        await until(pilot, lambda: "stale 4h" in rows(app)[0])
        assert "✓ ok" not in shown(app)


async def test_what_cannot_be_read_is_said_on_every_screen(preparing: Stand) -> None:
    preparing.log.write_text("no json\n")
    async with console(preparing.open(offline=False), (80, 24)) as (app, pilot):
        await until(pilot, lambda: "1 of 1 records unreadable (" in shown(app))
        await pilot.press("0")
        await until(pilot, lambda: "1 of 1 records unreadable (" in shown(app))
