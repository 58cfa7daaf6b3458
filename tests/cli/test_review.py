"""`warroom review`: draw, show, judge, on a real log, in real processes."""

import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from console.domain import events as e
from tests.app.hostile import ATTACK
from tests.app.rooms import HOUR, LEAD, TO_FULL, Stand, call_lines, stand
from tests.app.terminal import MAIN, Terminal, environment
from tests.cli.shell import REFUSED, UNREACHED, USAGE, Shell, entries

TEXT = "the-words-of-a-user-41c7"


@pytest.fixture
def claims(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """A deployment in its window, on the machine's own clock, whose log holds 120 calls."""
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, shell.env[name])
    standing = stand(shell.place / "claims")
    now = time.time()
    room = standing.open()
    for was, to, share in TO_FULL:
        standing.clock.moment = now - 2 * HOUR
        event = e.GateDecided(was, "advance", "met", (), to, share, "v2.4.0")  # type: ignore[arg-type]  # phases as plain text
        room.record.transact(LEAD, lambda _, event=event: [event])  # type: ignore[misc]  # a lambda's default has no type
    room.record.journal.close()
    standing.log.write_bytes(call_lines(120, since=now - HOUR, text=TEXT))
    return standing


def told(shell: Shell, claims: Stand, *words: object) -> dict[str, Any]:
    answer = shell("review", claims.directory, *words, "--json", who="reviewer")
    value: dict[str, Any] = json.loads(answer.done())
    return value


def test_a_sample_is_drawn_shown_and_judged(shell: Shell, claims: Stand) -> None:
    drawn = shell("review", claims.directory, "--draw", 20, who="reviewer").done().split()
    assert len(drawn) == len(set(drawn)) == 20
    said = told(shell, claims)
    assert [one["id"] for one in said["calls"]] == drawn
    ids = [f"c{number:03d}" for number in range(120)]
    seed = said["seed"]
    ids.sort(key=lambda one: hashlib.sha256(f"{seed}\0{one}".encode()).digest())
    assert ids[:20] == drawn
    first, second, third, *_ = drawn
    marks = (f"{first}=right", f"{second}=subtle:it greets twice", f"{third}=skip:in Dutch")
    shell("review", claims.directory, *marks, who="reviewer").done()
    said = told(shell, claims)
    assert (said["judged"], said["subtle"], said["skipped"]) == (2, 1, 1)
    assert (len(said["undecided"]), said["accuracy"], said["of"]) == (18, 1.0, 120)
    assert [one["verdict"] for one in said["calls"]][:3] == ["right", "subtle", "skip"]
    kinds = [one for one in entries(claims.directory) if one["kind"] == "sample.judged"]
    written = kinds[-1]["data"]
    assert written["sample"] == said["sample"]
    assert written["judgements"][1] == {
        "call": second, "verdict": "subtle", "note": "it greets twice",
    }  # fmt: skip


def test_texts_are_shown_only_where_they_are_asked_for(shell: Shell, claims: Stand) -> None:
    shell("review", claims.directory, "--draw", 5, who="reviewer").done()
    assert TEXT not in shell("review", claims.directory, "--json").done()
    shown = told(shell, claims, "--show")
    assert all(TEXT in one["input"] for one in shown["calls"])
    shell("review", claims.directory, "--show").fails(USAGE, "on a terminal only")
    for path in claims.directory.rglob("*"):
        if path.is_file() and path != claims.log:
            assert TEXT.encode() not in path.read_bytes(), path


def test_what_is_refused(shell: Shell, claims: Stand) -> None:
    review = ("review", claims.directory)
    shell(*review).fails(REFUSED, "no sample is drawn in this attempt")
    shell(*review, "c1=maybe").fails(USAGE, "is not CALL=right|wrong|subtle|skip[:NOTE]")
    shell(*review, "c1=skip").fails(REFUSED, "a skip needs a reason")
    shell(*review, "--draw", 0).fails(USAGE, "from 1 to 1,000")
    shell(*review, "--draw", 5, "c1=right").fails(USAGE, "do not go together")
    shell(*review, "--draw", 5, who="nobody").fails(USAGE, "nobody")
    shell(*review, "--draw", 5, who="reviewer").done()
    shell(*review, "--draw", 5, who="reviewer").fails(REFUSED, "5 of 5 calls of sample-")
    claims.log.unlink()
    shell(*review, "--show", "--json").fails(UNREACHED, "there is no file")


def test_calls_may_be_judged_by_hand_behind_options_too(shell: Shell, claims: Stand) -> None:
    drawn = shell("review", claims.directory, "--draw", 1, who="reviewer").done().strip()
    by_hand = [f"x{number}=right" for number in range(3)]
    shell("review", claims.directory, "--as", "reviewer", f"{drawn}=right", *by_hand).done()
    assert entries(claims.directory)[-1]["data"]["sample"] == ""
    assert told(shell, claims)["judged"] == 1


def test_on_a_terminal_it_opens_the_review_screen(shell: Shell, claims: Stand) -> None:
    hostile = f"{TEXT}{ATTACK}"
    claims.log.write_bytes(call_lines(120, since=time.time() - HOUR, text=hostile))
    argv = [sys.executable, "-c", MAIN, "review", str(claims.directory)]
    env = environment(Path(shell.env["HOME"]), WARROOM_AS="reviewer")
    env["XDG_STATE_HOME"] = shell.env["XDG_STATE_HOME"]
    terminal = Terminal(argv, env, (100, 30))
    try:
        terminal.shows("Press d to draw", "9 Review")
        terminal.send("d")
        terminal.shows("How many calls of this attempt?")
        terminal.send("\r")
        terminal.shows("REVIEW 0 of 50", "1 of 50", TEXT)
        terminal.send("rw")
        terminal.shows("What is wrong with", "The pattern of input")
        terminal.send("two claims in one\r")
        terminal.shows("REVIEW 2 of 50")
        terminal.send("r")
        terminal.shows("REVIEW 3 of 50", "2 right", "1 wrong")
        terminal.send("o")
        terminal.shows("What is subtly off in")
        terminal.send("too long\r")
        terminal.shows("1 subtly off")
        terminal.send("s")
        terminal.shows("Why can it not be judged?")
        terminal.send("in Dutch\r")
        terminal.shows("1 skipped", "6 of 51")
        terminal.send("u")
        terminal.shows("skipped by reviewer", "in Dutch")
        terminal.send("q")
        assert terminal.end() == 0
        for forbidden in ("\x1b]52", "\x1b]0;PWNED", "\u202e", "\u200b", "\x9b", "\x1bc"):
            assert forbidden.encode() not in terminal.raw
        assert TEXT.encode() in terminal.raw
    finally:
        terminal.close()
    kinds = [entry["kind"] for entry in entries(claims.directory)]
    assert (kinds.count("sample.drawn"), kinds.count("sample.judged")) == (1, 5)
