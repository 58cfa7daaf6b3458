"""The review screen: draw, read, judge by key; nothing is lost, nothing is obeyed, all is shown."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.app import WarRoomApp
from console.domain import events as e
from console.domain.sampling import Progress, present
from console.domain.times import iso
from console.room import WarRoom
from console.screens.dialogs import Ask
from console.screens.review import ReviewScreen
from tests.app.hostile import ATTACK, FORBIDDEN, MARKUP
from tests.app.rooms import (
    HOUR,
    LEAD,
    NOW,
    Stand,
    burst,
    console,
    done,
    kinds,
    rows,
    shown,
    stand,
    until,
)


@pytest.fixture
def reviewed(tmp_path: Path) -> Stand:
    """A deployment in its dark launch whose log holds 300 calls with texts."""
    standing = stand(tmp_path / "claims")
    begun = e.GateDecided("readiness.1", "advance", "met", (), "dark-launch", None, "v2.4.0")
    standing.past((30 * HOUR, begun))
    return written(standing)


def written(standing: Stand) -> Stand:
    """The reviewer is at its keys, and its log has calls."""
    standing.who = "reviewer"
    standing.write_log(*(call(number) for number in range(300)))
    return standing


def call(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"c{number:03d}",
        "at": iso(NOW - 7200 + number),
        "version": "v2.4.0",
        "latency_s": 0.91,
        "cost": 0.02,
        "tools": ["policy-lookup"],
        "user": "u-1",
        "input": f"question {number}\nin two lines",
        "output": f"answer {number}",
        **more,
    }


def flat(app: WarRoomApp) -> str:
    """The screen as running text: what is wrapped, in a box or in a toast, is found in it."""
    return " ".join(shown(app).translate(dict.fromkeys(map(ord, "│▌╮╯╭╰─"), " ")).split())


async def begin(app: WarRoomApp, pilot: Pilot[int], n: str = "") -> Progress:
    """Go to the screen and draw."""
    await pilot.press("9", "d")
    await until(pilot, lambda: isinstance(app.screen, Ask))
    if n:
        await pilot.press("backspace", "backspace", *n)
    await pilot.press("enter")
    await done(app, pilot)
    await until(pilot, lambda: present(app.room.state) is not None)
    return held(app.room)


def held(room: WarRoom) -> Progress:
    progress = present(room.state)
    assert progress is not None
    return progress


def judged(room: WarRoom) -> list[tuple[str, str, str]]:
    """What the journal's own lines say, in their order."""
    found = []
    for entry in room.record.entries:
        if entry.kind == "sample.judged":
            one = json.loads(bytes(entry.data))["judgements"][0]
            found.append((one["call"], one["verdict"], one.get("note", "")))
    return found


async def answer(pilot: Pilot[int], app: WarRoomApp, key: str, words: str) -> None:
    await pilot.press(key)
    await pilot.pause()
    burst(app, *words, "enter")
    await done(app, pilot)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_a_sample_is_drawn_read_and_judged_by_key(
    size: tuple[int, int], reviewed: Stand
) -> None:
    room = reviewed.open(offline=False)
    async with console(room, size) as (app, pilot):
        await pilot.press("9")
        assert "Press d to draw" in shown(app)
        progress = await begin(app, pilot)
        first, second, third, fourth, *_ = progress.queue
        text = shown(app)
        number = int(first[1:])
        for words in (
            "REVIEW 0 of 50", "50 of 300 calls at random", f"1 of 50  {first}", "v2.4.0",
            "0.91 s", "policy-lookup", f"question {number}", "in two lines", f"answer {number}",
        ):  # fmt: skip
            assert words in text, text
        await pilot.press("r")
        await done(app, pilot)
        assert f"2 of 50  {second}" in shown(app)
        await pilot.press("w")
        await done(app, pilot)
        await answer(pilot, app, "o", "it greets twice")
        await answer(pilot, app, "s", "no")
        assert judged(room) == [
            (first, "right", ""),
            (second, "wrong", ""),
            (third, "subtle", "it greets twice"),
            (fourth, "skip", "no"),
        ]
        text = flat(app)
        for words in ("REVIEW 3 of 50", "✓ 1 right", "✗ 1 wrong", "◐ 1 subtly off", "⊘ 1 skipped"):
            assert words in text, text
        assert "67 % right of 3" in text
        assert (
            "one wrong answer is not yet a declaration: F9 then 4 declares incorrect outputs"
            in text
        )
        await until(pilot, lambda: not app._notifications)
        assert len(held(room).queue) == 51
        assert rows(app)[-1].strip().startswith("r Right")


async def test_input_and_output_stand_beside_each_other_where_there_is_room(
    reviewed: Stand,
) -> None:
    async with console(reviewed.open(offline=False), (120, 40)) as (app, pilot):
        await begin(app, pilot)
        assert any("input ·" in row and "output ·" in row for row in rows(app))
        await pilot.resize_terminal(119, 40)
        await pilot.pause()
        assert not any("input ·" in row and "output ·" in row for row in rows(app))
        assert "input ·" in shown(app)
        assert "output ·" in shown(app)


async def test_keys_that_come_at_once_are_taken_in_their_order(reviewed: Stand) -> None:
    room = reviewed.open(offline=False)
    async with console(room) as (app, pilot):
        progress = await begin(app, pilot)
        keys = "rwrrwrrrwr"
        burst(app, *keys)
        await done(app, pilot)
        verdicts = {"r": "right", "w": "wrong"}
        expected = [
            (name, verdicts[key], "") for name, key in zip(progress.queue, keys, strict=False)
        ]
        assert judged(room) == expected
        assert "REVIEW 10 of 50" in shown(app)


async def test_back_changes_what_was_judged_and_next_goes_on(reviewed: Stand) -> None:
    room = reviewed.open(offline=False)
    async with console(room) as (app, pilot):
        progress = await begin(app, pilot)
        first, second, *_ = progress.queue
        await pilot.press("r")
        await done(app, pilot)
        await pilot.press("u")
        assert f"1 of 50  {first}   ✓ right by reviewer" in shown(app)
        await pilot.press("w")
        await done(app, pilot)
        assert judged(room) == [(first, "right", ""), (first, "wrong", "")]
        assert f"2 of 50  {second}" in shown(app)
        await pilot.press("left")
        assert "✗ wrong by reviewer" in shown(app)
        assert "✓ right before, by reviewer" in shown(app)
        await answer(pilot, app, "s", "not a fair question")
        assert "is judged: a verdict may change" in flat(app)
        await pilot.press("right", "j", "j")
        assert "4 of 50" in shown(app)
        await pilot.press("escape")
        assert f"2 of 50  {second}" in shown(app)


async def test_a_skip_needs_a_reason_and_an_issue_needs_none(reviewed: Stand) -> None:
    room = reviewed.open(offline=False)
    async with console(room) as (app, pilot):
        await begin(app, pilot)
        await pilot.press("s", "enter", "enter")
        await pilot.pause()
        assert not isinstance(app.screen, ReviewScreen)
        await pilot.press("escape", "o", "enter")
        await done(app, pilot)
        assert [verdict for _, verdict, _ in judged(room)] == ["subtle"]


async def test_what_quotes_the_call_is_not_taken(window: Stand) -> None:
    window.who = "reviewer"
    long = "the kitchen is under water since noon and nobody comes"
    window.write_log(call(1, output=long))
    room = window.open(offline=False)
    async with console(room) as (app, pilot):
        await begin(app, pilot)
        await answer(pilot, app, "o", f"it says: {long}")
        assert "this quotes the call" in flat(app)
        assert judged(room) == []
        assert (
            long.encode() not in next((window.directory / "journal").glob("*.jsonl")).read_bytes()
        )


async def test_another_draw_waits_until_this_one_is_judged(reviewed: Stand) -> None:
    room = reviewed.open(offline=False)
    async with console(room, (120, 40)) as (app, pilot):
        await begin(app, pilot, "2")
        await pilot.press("d")
        await pilot.pause()
        assert "2 of 2 calls of sample-" in shown(app)
        burst(app, "r", "r")
        await done(app, pilot)
        await until(pilot, lambda: "every call of this sample is decided" in shown(app))
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("enter")
        await done(app, pilot)
        assert kinds(room).count("sample.drawn") == 2


@pytest.mark.parametrize("typed", ["0", "x", "1001", "99999999"])
async def test_a_number_that_is_none_is_asked_for_again(typed: str, reviewed: Stand) -> None:
    room = reviewed.open(offline=False)
    async with console(room) as (app, pilot):
        await pilot.press("9", "d")
        await pilot.pause()
        await pilot.press("backspace", "backspace", *typed, "enter")
        await pilot.pause()
        assert "a sample has from 1 to 1,000 calls" in shown(app)
        assert "sample.drawn" not in kinds(room)


async def test_a_restart_shows_the_same_sample_and_finds_its_texts(reviewed: Stand) -> None:
    async with console(reviewed.open(offline=False)) as (app, pilot):
        progress = await begin(app, pilot)
        await pilot.press("r")
        await done(app, pilot)
    reviewed.who = "tech lead"
    room = reviewed.open(offline=False)
    async with console(room) as (app, pilot):
        await pilot.press("9")
        second = progress.queue[1]
        await until(pilot, lambda: f"answer {int(second[1:])}" in shown(app))
        assert f"2 of 50  {second}" in shown(app)
        await pilot.press("w")
        await done(app, pilot)
        assert [(name, verdict) for name, verdict, _ in judged(room)] == [
            (progress.queue[0], "right"),
            (second, "wrong"),
        ]


async def test_a_call_that_is_gone_can_only_be_skipped(reviewed: Stand) -> None:
    async with console(reviewed.open(offline=False)) as (app, pilot):
        progress = await begin(app, pilot)
    first = progress.queue[0]
    kept = [line for line in reviewed.log.read_text().splitlines() if f'"{first}"' not in line]
    reviewed.log.write_text("\n".join(kept) + "\n")
    room = reviewed.open(offline=False)
    async with console(room, (120, 40)) as (app, pilot):
        await pilot.press("9")
        await until(pilot, lambda: "The log no longer holds this call" in shown(app))
        await pilot.press("r")
        await done(app, pilot)
        assert judged(room) == []
        assert "nobody judges what they have not read" in flat(app)
        whole = reviewed.log.read_text()
        reviewed.log.write_text(f"{json.dumps(call(int(first[1:])))}\n{whole}")
        await pilot.press("t")
        await until(pilot, lambda: f"answer {int(first[1:])}" in shown(app))
        reviewed.log.write_text(whole)
        await answer(pilot, app, "s", "rotated away")
        assert judged(room) == [(first, "skip", "rotated away")]


async def test_a_log_that_cannot_be_read_is_said_and_tried_again(reviewed: Stand) -> None:
    async with console(reviewed.open(offline=False)) as (app, pilot):
        progress = await begin(app, pilot)
    held_back = reviewed.log.rename(reviewed.log.with_name("aside"))
    async with console(reviewed.open(offline=False), (120, 40)) as (app, pilot):
        await pilot.press("9")
        await until(pilot, lambda: "t tries again" in flat(app))
        held_back.rename(reviewed.log)
        await pilot.press("t")
        await until(pilot, lambda: f"answer {int(progress.queue[0][1:])}" in shown(app))


async def test_an_offline_console_reads_a_file(reviewed: Stand) -> None:
    async with console(reviewed.open(offline=False)) as (app, pilot):
        progress = await begin(app, pilot)
    async with console(reviewed.open(), (120, 40)) as (app, pilot):
        await pilot.press("9")
        await until(pilot, lambda: f"answer {int(progress.queue[0][1:])}" in shown(app))


async def test_a_read_only_console_judges_nothing(reviewed: Stand) -> None:
    async with console(reviewed.open(offline=False)) as (app, pilot):
        await begin(app, pilot)
    room = reviewed.open(offline=False, read_only=True)
    async with console(room, (120, 40)) as (app, pilot):
        await pilot.press("9")
        await until(pilot, lambda: "answer" in shown(app))
        burst(app, "r", "r", "w")
        await done(app, pilot)
        text = flat(app)
        assert "NOT RECORDED: this console was opened read-only" in text
        assert "REVIEW 0 of 50" in text
        assert f"1 of 50 {held(room).queue[0]}" in text


async def test_hostile_texts_are_shown_as_text(window: Stand) -> None:
    window.who = "reviewer"
    window.write_log(
        *(
            call(number, input=f"in {ATTACK}", output=f"out {ATTACK}", error=ATTACK,
                 escalation=ATTACK, flags=[ATTACK], tools=[ATTACK], format=ATTACK,
                 correction=ATTACK, version="")
            for number in range(15)  # so few make no trigger true, which would take the screen
        )
    )  # fmt: skip
    room = window.open(offline=False)
    for size in ((80, 24), (200, 60)):
        async with console(room, size) as (app, pilot):
            await pilot.press("9")
            if "sample.drawn" not in kinds(room):
                await begin(app, pilot, "10")
            await until(pilot, lambda app=app: "out " in shown(app))  # type: ignore[misc]  # a lambda's default has no type
            text = shown(app)
            assert not FORBIDDEN & set(text)
            assert MARKUP in text
            assert "␛]52" in text
            await answer(pilot, app, "o", "[/x][b]bold[/b]")
            await pilot.press("u")
            assert "[/x][b]bold[/b]" in shown(app) or size[0] == 80
            assert app.is_running
        room = window.open(offline=False)


async def test_while_the_log_is_read_it_is_shown_and_can_be_left(
    reviewed: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    going, stopped = asyncio.Event(), asyncio.Event()
    room = reviewed.open(offline=False)

    async def slow(*_: object) -> bool:
        going.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return True

    real = type(room.sampling)._read_log
    async with console(room, (120, 40)) as (app, pilot):
        monkeypatch.setattr(type(room.sampling), "_read_log", slow)
        await pilot.press("9", "d")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, going.is_set)
        await until(pilot, lambda: "drawing from the log: 0 calls read; Esc stops it" in shown(app))
        await pilot.press("1")
        assert room.sampling.reading is not None
        await pilot.press("9", "escape")
        await until(pilot, stopped.is_set)
        await until(pilot, lambda: "you stopped it" in shown(app))
        assert "sample.drawn" not in kinds(room)
        monkeypatch.setattr(type(room.sampling), "_read_log", real)
        await begin(app, pilot)
        assert "REVIEW 0 of 50" in shown(app)


async def test_before_the_dark_launch_there_is_nothing_to_review(preparing: Stand) -> None:
    async with console(preparing.open()) as (app, pilot):
        await pilot.press("9")
        assert "nothing to review before the dark launch" in shown(app)
        await pilot.press("d")
        await pilot.pause()
        assert isinstance(app.screen, ReviewScreen)
        await pilot.press("r")
        await done(app, pilot)
        assert app.is_running


async def test_two_reviewers_at_once_are_both_shown(reviewed: Stand) -> None:
    room = reviewed.open(offline=False)
    async with console(room, (120, 40)) as (app, pilot):
        progress = await begin(app, pilot)
        first = progress.queue[0]
        room.record.transact(
            LEAD,
            lambda _: [
                e.SampleJudged("dark-launch.1", (e.Judgement(first, "wrong", "not covered"),))
            ],
        )
        await pilot.press("r")
        await done(app, pilot)
        await pilot.press("u")
        text = flat(app)
        assert "✓ right by reviewer" in text
        assert "✗ wrong before, by agent lead: not covered" in text
        assert held(room).judged == 1


async def test_after_full_deployment_a_bad_verdict_names_the_pattern(window: Stand) -> None:
    room = written(window).open(offline=False)
    async with console(room, (120, 40)) as (app, pilot):
        progress = await begin(app, pilot)
        assert "judge by files the claim under the kind of damage" in flat(app)
        await pilot.press("w")
        await until(pilot, lambda: "What is wrong with" in shown(app))
        await pilot.press("enter")
        assert isinstance(app.screen, Ask), "it asks for words"
        await pilot.press(*"foreign dates", "enter")
        await done(app, pilot)
        await pilot.press("o")
        await until(pilot, lambda: "it becomes a known limitation" in flat(app))
        await pilot.press(*"two questions", "enter")
        await done(app, pilot)
        first, second = progress.queue[:2]
        assert judged(room) == [
            (first, "wrong", "foreign dates"),
            (second, "subtle", "two questions"),
        ]
        assert [one.text for one in room.state.limitations] == ["two questions"]
        assert "prompt-revision-full.1" in room.state.duties
