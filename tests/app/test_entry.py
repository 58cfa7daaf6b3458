"""One entry of the journal, opened whole from the list."""

from pathlib import Path

import pytest

from console.domain import events as e
from console.screens.entry import EntryDialog
from console.screens.entry_views import data_lines, vouched
from console.screens.journal import JournalScreen
from console.screens.overview import OverviewScreen
from tests.app.replaying import replaying
from tests.app.rooms import Stand, console, shown, stand, until, words
from tests.journal.members import Two
from widgets.labelled import Labelled
from widgets.scrolling import Scroll

LONG = " ".join(f"word{number}" for number in range(300))
HOSTILE = "first \x1b[31m[@click=app.bell]line[/]\nsecond\u202eline"


@pytest.fixture
def written(tmp_path: Path) -> Stand:
    standing = stand(tmp_path / "claims")
    standing.past(
        (7200, e.NoteWritten("the first")),
        (3600, e.NoteWritten(LONG)),
        (60, e.NoteWritten(HOSTILE)),
    )
    return standing


@pytest.mark.parametrize("size", [(60, 24), (80, 24), (120, 40)])
async def test_enter_opens_an_entry_whole(written: Stand, size: tuple[int, int]) -> None:
    room = written.open()
    async with console(room, size) as (app, pilot):
        await pilot.press("0", "k", "enter")
        assert isinstance(app.screen, EntryDialog)
        entry = room.record.entries[-2]
        said = app.screen.query_one(Labelled).plain
        for part in (
            "note written", LONG, "2026-12-01T13:00:00.000000Z", "13:00:00Z, 1h ago", "agent lead",
            "(agent-lead)", f"{entry.seq} of {entry.writer}", entry.h, entry.prev, "verified",
            "no signature is looked at",
        ):  # fmt: skip
            assert part in said, part
        seen = words(app)
        scroll = app.screen.query_one(Scroll)
        while scroll.scroll_y < scroll.max_scroll_y:
            await pilot.press("j")
            seen += words(app)
        assert [n for n in range(300) if f"word{n}" not in seen] == []
        assert "…" not in seen


async def test_the_arrows_go_on_to_its_neighbours_and_the_list_follows(written: Stand) -> None:
    room = written.open()
    async with console(room) as (app, pilot):
        await pilot.press("0", "slash", *"written", "enter", "enter")
        entries = [one for one in room.record.entries if one.kind == "note.written"]
        for keys, place in (("right", -1), ("left", -2), ("left", -3), ("left", -3)):
            await pilot.press(keys)
            assert entries[place].h in app.screen.query_one(Labelled).plain
        await pilot.press("escape")
        assert isinstance(app.screen, JournalScreen)
        await pilot.press("enter")
        assert entries[0].h in app.screen.query_one(Labelled).plain


async def test_its_texts_are_literal_and_harmless(written: Stand) -> None:
    async with console(written.open()) as (app, pilot):
        await pilot.press("0", "enter")
        said = words(app)
        assert "␛[31m[@click=app.bell]line[/]" in said
        assert "second⟨U+202E⟩line" in said


async def test_y_copies_all_of_it(written: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    room = written.open()
    async with console(room) as (app, pilot):
        monkeypatch.setattr(app, "copy_to_clipboard", taken.append)
        await pilot.press("0", "k", "enter", "y")
        await until(pilot, lambda: "copied" in shown(app))
    assert LONG in taken[0]
    assert room.record.entries[-2].h in taken[0]


async def test_it_opens_from_the_overview_too(written: Stand) -> None:
    async with console(written.open(), (120, 40)) as (app, pilot):
        assert isinstance(app.screen, OverviewScreen)
        app.screen.latest.focus()
        await pilot.press("enter")
        assert isinstance(app.screen, EntryDialog)


async def test_it_opens_in_a_replay(written: Stand) -> None:
    async with replaying(written.directory) as (app, pilot):
        await pilot.press("0", "enter")
        assert isinstance(app.screen, EntryDialog)
        await pilot.press("comma", "comma", "escape")
        assert isinstance(app.screen, JournalScreen)


def test_data_is_a_line_a_value() -> None:
    data = b'{"a":{"b":1.5,"c":[]},"d":[{"e":true},{"e":null}],"f":["x","y"],"g":"one\\ntwo"}'
    assert data_lines(data) == [
        "a.b: 1.5", "a.c: none", "d 1.e: yes", "d 2.e: none", "f: x, y", "g: one", "  two"
    ]  # fmt: skip
    assert data_lines(b"{}") == ["none"]


@pytest.mark.parametrize(
    "data",
    [
        b'{"x":' + b"[" * 1900 + b"1" + b"]" * 1900 + b"}",
        b'{"%b":{%b}}' % (b"k" * 100_000, b",".join(b'"%d":0' % one for one in range(10_000))),
    ],
    ids=["deep", "names over and over"],
)
def test_data_made_to_be_much_is_told_as_it_was_written(data: bytes) -> None:
    assert data_lines(data) == [data.decode()]


def test_it_says_who_signed_and_what_is_kept_apart(tmp_path: Path) -> None:
    two = Two.at(tmp_path)
    note = two.tech.note("mine")
    two.tech.send(two.agent)
    two.agent.look()
    judge = two.agent.journal.judging
    assert "nobody has signed it yet" in vouched(note, judge)[1][0]
    two.tech.sign(two.tech_key)
    two.tech.send(two.agent)
    two.agent.look()
    assert vouched(note, judge)[1] == ("signed by tech lead", "good")
    other = two.tech.note("not mine", two.agent.actor)
    two.tech.sign(two.tech_key)
    two.tech.send(two.agent)
    two.agent.look()
    assert "kept apart" in vouched(other, judge)[1][0]
    two.close()
