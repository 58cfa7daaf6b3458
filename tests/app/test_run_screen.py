"""A run on its screen: five times, proof, questions, notices, duties, what is left by hand."""

import asyncio
import base64
from pathlib import Path

import pytest

from console.domain import events as e
from console.domain.refused import Refused
from console.domain.state_rollback import FiredToo, Step
from console.domain.times import utc
from console.executor.danger import rate_proof
from console.executor.sight import Sight
from console.room import Run, WarRoom
from console.screens import guard as guard_module
from console.screens import run_views as rv
from console.screens.dialogs import Ask
from console.screens.guard import SuspensionGuard
from console.screens.rollback import RollbackScreen, SuspensionScreen, write_private
from tests.app.rooms import (
    FRAMES,
    NOW,
    Stand,
    adopt,
    console,
    declare,
    done,
    minutes,
    rolled_back,
    shown,
    suspension,
    until,
    words,
)
from tests.app.terminal import opened

CODE = "BDFG"
TWO = (
    e.FrozenStep("a", "Turn the flag off", "PUT a", "curl -X PUT https://flags.example/a"),
    e.FrozenStep("b", "Restore v2.3.1", "PUT b", "curl -X PUT https://flows.example/b && echo ok"),
)


@pytest.fixture(autouse=True)
def code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard's letters, the same every time."""
    monkeypatch.setattr(guard_module, "new_code", lambda: CODE)


def on_record(
    standing: Stand,
    outcome: str = "verified",
    metric: str = "left",
    told: str = "0.4 % of 120 calls",
) -> WarRoom:
    """A rollback of a computed trigger, carried out by another console, with all that followed."""
    fine = outcome == "verified"
    standing.past(
        (
            120.0,
            e.RollbackTriggered(
                "rb-9", "full.1", "error-rate", "", "v2.3.1", TWO,
                on_behalf_of="rollback owner", first_true=utc(NOW - 420),
                detected=utc(NOW - 400), calls=("c-1", "c-2"),
            ),
        ),
        (120.0, e.DutyStarted("sponsor-rb-9", "confirm the rollback to the executive sponsor",
                              utc(NOW + 3480))),
        (120.0, e.DutyStarted("review-rb-9", "hold the post-rollback review", utc(NOW - 60))),
        (110.0, e.RollbackStep("rb-9", "a", "verified", "k", "shows off")),
        (105.0, e.RollbackAttached("rb-9", "data-breach", "")),
        (100.0, e.RollbackStep("rb-9", "b", "verified" if fine else "failed", "k", "answered 500")),
        (95.0, e.NoticeSent("rb-9", "agent lead", "delivered", "by mail")),
        (94.0, e.NoticeSent("rb-9", "tech lead", "failed", "no address", 2)),
        (
            90.0,
            e.RollbackFinished(
                "rb-9", outcome, "what is to be said of it", utc(NOW - 100),  # type: ignore[arg-type]  # one of its words
                utc(NOW - 90) if fine else None, 30.0, metric, told,  # type: ignore[arg-type]  # one of its words
            ),
        ),
    )  # fmt: skip
    return adopt(standing.open(), minutes())


async def test_the_five_times_are_told_with_their_distance(window: Stand) -> None:
    async with console(on_record(window), (80, 24)) as (app, pilot):
        app.show_rollback()
        await pilot.pause()
        for said in (
            "ROLLBACK verified 00:30 of 15:00",
            "back to v2.3.1",
            "because error-rate · ordered by agent lead on behalf of rollback owner",
            "calls c-1, c-2",
            "attached data-breach, fired too by agent lead",
            "true from 2026-12-01 13:53:00Z 5 min before the order",
            "detected 2026-12-01 13:53:20Z 4 min before the order",
            "ordered 2026-12-01 13:58:00Z the stopwatch starts",
            "executed 2026-12-01 13:58:20Z +00:20",
            "verified 2026-12-01 13:58:30Z +00:30",
            "metric ✓ left the danger zone: 0.4 % of 120 calls",
        ):
            assert said in words(app), f"{said}\n{shown(app)}"
        assert "y Copy" not in shown(app), "nothing is left"
        await pilot.press("pagedown", "pagedown")
        for said in (
            "proof what is to be said of it",
            "✓ agent lead delivered: by mail",
            "✗ tech lead failed: no address, try 2",
            "executive sponsor: due 14:58:00Z, in 58 min",
            "hold the post-rollback review: due 13:59:00Z, OVERDUE by 1 min",
        ):
            assert said in words(app), f"{said}\n{shown(app)}"


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("left", "✓ left the danger zone"),
        ("not-yet", "◌ not yet out of the danger zone"),
        ("unknown", "? unknown: 0.4 % of 120 calls"),
        ("none", "— not looked at"),
    ],
)
async def test_the_metric_is_told_honestly(metric: str, said: str, window: Stand) -> None:
    async with console(on_record(window, metric=metric), (120, 40)) as (app, pilot):
        app.show_rollback()
        await pilot.pause()
        assert f"metric {said}" in words(app)


@pytest.mark.parametrize(("failed", "calls"), [(0, 40), (9, 40), (0, 3), (0, 0)])
async def test_what_came_of_the_metric_is_told_once(failed: int, calls: int, window: Stand) -> None:
    seen = [Sight(NOW, "v2.3.1", number < failed, False, None, True) for number in range(calls)]
    metric, told = rate_proof("error-rate", 0.05, seen)
    async with console(on_record(window, metric=metric, told=told), (120, 40)) as (app, pilot):
        app.show_rollback()
        await pilot.pause()
        said = words(app).partition(" metric ")[2].partition(" proof ")[0]
        assert said[2:] == told
        for conclusion in ("danger zone", "not yet", "known"):
            assert said.count(conclusion) <= 1


async def test_what_was_declared_has_no_time_in_the_data(window: Stand) -> None:
    window.past(*((60.0, event) for event in rolled_back("partial")))
    async with console(adopt(window.open(), minutes()), (120, 40)) as (app, pilot):
        app.show_rollback()
        await pilot.pause()
        assert "true from — declared by a person" in words(app)
        assert "detected — declared by a person" in words(app)
        assert "verified — partial: the read-back decides" in words(app)
        assert "metric — a person declared the trigger" in words(app)


async def test_a_fallback_is_named_or_its_absence_is(window: Stand) -> None:
    async with console(on_record(window, "partial"), (120, 40)) as (app, pilot):
        app.show_rollback()
        await pilot.pause()
        assert "fallback — none is named" in words(app)


async def test_y_copies_every_command_that_is_left_and_writes_them(window: Stand) -> None:
    room = on_record(window, "partial")
    async with console(room, (120, 40)) as (app, pilot):
        app.show_rollback()
        await pilot.pause()
        assert "1 step is not verified: y copies every command" in words(app)
        await pilot.press("y")
        await done(app, pilot)
        path = window.directory / "reports" / "residual-rb-9.txt"
        text = path.read_text()
        assert app.clipboard == text
        lines = text.splitlines()
        assert "curl -X PUT https://flows.example/b && echo ok" in lines
        assert not any("flags.example" in line for line in lines), "what is verified is not left"
        assert all(line.startswith("#") for line in lines if line and "flows.example" not in line)
        assert path.stat().st_mode & 0o777 == 0o600
        assert "".join(str(path).split()) in "".join(words(app).split()), "it says where"


async def test_where_nothing_can_be_written_it_is_copied_all_the_same(window: Stand) -> None:
    (window.directory / "reports").write_text("a file in the way")
    async with console(on_record(window, "partial"), (120, 40)) as (app, pilot):
        app.show_rollback()
        await pilot.pause()
        await pilot.press("y")
        await done(app, pilot)
        assert "flows.example" in app.clipboard
        assert "is not written" in words(app)


def test_a_file_of_before_is_replaced_and_stays_private(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "residual-x.txt"
    for text in (b"one", b"two"):
        write_private(path, text)
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("two", 0o600)
    assert list(path.parent.iterdir()) == [path]


def seen(**changes: object) -> rv.Seen:
    """A partial run with one step left."""
    step = Step("b", "Restore", "PUT", "curl x", "failed", "answered 500")
    values: dict[str, object] = {
        "id": "rb-1", "title": "", "target": "v1", "by": "", "state": "partial", "why": "",
        "elapsed": 1.0, "budget": 900.0, "steps": [step], "ordered": NOW, "trigger": "error-rate",
    }  # fmt: skip
    return rv.Seen(**(values | changes))  # type: ignore[arg-type]  # a test's keywords


@pytest.mark.parametrize("text", ["a\nrm -rf ~", "a\r\nrm -rf ~", "a\x1b[2Jb", "a\u2028rm"])
def test_what_others_wrote_never_becomes_a_command(text: str) -> None:
    """A comment stays a comment, and no terminal obeys what is pasted."""
    step = Step("b", f"title {text}", "PUT", "curl x", "failed", f"detail {text}")
    lines = rv.residual_text(seen(why=text, target=text, fallback=text, steps=[step])).split("\n")
    assert [line for line in lines if line and not line.startswith("#")] == ["curl x"]
    assert not any("\x1b" in line or "\r" in line for line in lines)


def test_a_command_is_never_cut() -> None:
    long = "curl -d '" + "x" * 9000 + "'"
    step = Step("b", "Restore", "PUT", long, "failed", "")
    assert long in rv.residual_text(seen(steps=[step])).splitlines()


@pytest.mark.parametrize("name", ["../../x", "a/b", "rb-1\n", "é", ""])
def test_the_file_stays_among_the_reports(name: str) -> None:
    assert "/" not in rv.file_name(seen(id=name))
    assert rv.file_name(seen(id=name)).isascii()


def live(*states: str, **changes: object) -> Run:
    """A run that this process carries out; `states` are those of its steps."""
    steps = [
        Step(f"s{n}", f"Step {n}", "PUT", f"by hand {n}", state, f"is {n} done?")  # type: ignore[arg-type]  # one of its words
        for n, state in enumerate(states)
    ]
    run = Run("rb-1", "full.1", "error-rate", "v2.3.1", 900.0, 1000.0, steps)
    for name, value in changes.items():
        setattr(run, name, value)
    return run


def running(room: WarRoom, monkeypatch: pytest.MonkeyPatch, run: Run) -> list[tuple[str, ...]]:
    """Let `room` carry out `run`, and keep what is answered."""
    answers: list[tuple[str, ...]] = []

    async def answer(step: str, word: str, remark: str = "", run: str = "") -> None:
        assert run == "rollback"
        if remark == "no":
            raise Refused("somebody else has answered already")
        answers.append((step, word, remark))

    monkeypatch.setattr(type(room), "rollback_run", property(lambda _: run))
    monkeypatch.setattr(room, "answer", answer)
    return answers


@pytest.mark.parametrize(("key", "word"), [("d", "done"), ("r", "again"), ("x", "not-done")])
async def test_a_question_is_answered_by_a_key_and_enter(
    key: str, word: str, window: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = window.open()
    answers = running(room, monkeypatch, live("verified", "asked"))
    async with console(room, (80, 24)) as (app, pilot):
        app.show_rollback()
        await pilot.pause()
        assert "? ASKED Step 1 is 1 done?" in words(app)
        assert "d Done r Again x Not done" in " ".join(shown(app).splitlines()[-1].split())
        await pilot.press(key)
        assert isinstance(app.screen, Ask)
        assert "is 1 done?" in words(app)
        await pilot.press("escape")
        assert not answers, "a key alone is nobody's word"
        await pilot.press(key, *"ok", "enter")
        await done(app, pilot)
        assert answers == [("s1", word, "ok")]
        await pilot.press(key, *"no", "enter")
        await done(app, pilot)
        assert "somebody else has answered already" in words(app)


async def test_of_several_questions_the_arrows_choose_one(
    window: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = window.open()
    answers = running(room, monkeypatch, live("asked", "running", "asked"))
    async with console(room) as (app, pilot):
        app.show_rollback()
        await pilot.pause()
        await pilot.press("down", "down", "d", "enter")
        await done(app, pilot)
        await pilot.press("up", "x", "enter")
        await done(app, pilot)
        assert answers == [("s2", "done", ""), ("s0", "not-done", "")]


@pytest.mark.parametrize("state", ["running", "verified", "failed"])
async def test_without_a_question_there_is_nothing_to_answer(
    state: str, window: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = window.open()
    answers = running(room, monkeypatch, live(state))
    async with console(room) as (app, pilot):
        app.show_rollback()
        await pilot.pause()
        assert "d Done" not in shown(app)
        await pilot.press("d", "r", "x", "y", "enter")
        await done(app, pilot)
        assert isinstance(app.screen, RollbackScreen)
        assert not answers
        assert not (window.directory / "reports").exists()


async def test_a_live_run_is_shown_as_it_goes(
    window: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one of another process: it is told as this one's is."""
    room = window.open()
    run = live("running", "waiting")
    running(room, monkeypatch, run)
    async with console(room, (120, 40)) as (app, pilot):
        await pilot.press("f9")
        assert isinstance(app.screen, RollbackScreen), "F9 shows what runs"
        assert "ROLLBACK running 00:00 of 15:00" in words(app)
        assert "executed — the steps are not over" in words(app)
        assert "told — nobody yet" in words(app)
        window.clock.real += 720
        await until(pilot, lambda: "12:00 of 15:00" in words(app))
        run.unjournalled = "the disk is full [/x]"
        run.notices = {"agent lead": "delivered by mail", "tech lead": "failed: no route"}
        run.attached = [FiredToo("data-breach", "tech lead", ("c-7",))]
        run.fallback = "the claims team answers by hand"
        run.times.executed = room.clock.now() - room.clock.monotonic() + run.started + 12.0
        await until(pilot, lambda: "UNJOURNALED: the disk is full [/x]" in words(app))
        for said in ("✓ agent lead delivered by mail", "✗ tech lead failed: no route",
                     "attached data-breach, fired too by tech lead (calls c-7)",
                     "fallback the claims team answers by hand",
                     "+00:12"):  # fmt: skip
            await until(pilot, lambda said=said: said in words(app))  # type: ignore[misc]  # a lambda's default has no type


async def test_a_suspension_is_armed_and_fired_as_the_rollback_is(
    window: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(window, suspension("lookup", "policy lookup"), suspension("mail", "sending mail"))
    room = adopt(window.open(), minutes())
    suspended: list[str] = []
    runs: list[Run] = []
    over = asyncio.Event()

    async def suspend(name: str, why: str = "") -> Run:
        suspended.append(name)
        run = live("verified", kind="suspension", title="sending mail", id="su-1", trigger="")
        runs.append(run)
        await over.wait()
        run.state, run.ended = "verified", run.started + 4
        return run

    monkeypatch.setattr(room, "suspend", suspend)
    monkeypatch.setattr(type(room.kill_switch), "suspensions", property(lambda _: runs))
    async with console(room, (80, 24)) as (app, pilot):
        await pilot.press("X")
        assert "Suspend what?" in shown(app)
        await pilot.press("j", "enter")
        assert "SUSPEND sending mail ARMED" in words(app)
        assert "effect a tool is taken out of use" in words(app)
        assert "users they are told to wait" in words(app)
        assert "step 1 Take sending mail away" in words(app)
        assert "› " not in words(app), "no trigger is chosen for it"
        await pilot.press("1", *CODE[:3], "enter")
        assert not suspended, "three letters are not four"
        await pilot.press(*CODE, "enter")
        await until(pilot, lambda: isinstance(app.screen, SuspensionScreen))
        await until(pilot, lambda: "SUSPENSION running" in words(app))
        assert suspended == ["mail"]
        await pilot.press("escape", "q")
        assert app.is_running, "it is not left by chance"
        over.set()
        await done(app, pilot)
        app.show_suspension()
        await until(pilot, lambda: "SUSPENSION verified 00:04 of 15:00" in words(app))
        assert room.rollback_run is None


async def test_the_palette_arms_a_suspension(window: Stand) -> None:
    declare(window, suspension("lookup", "policy lookup"))
    async with console(adopt(window.open(), minutes())) as (app, pilot):
        await pilot.press("ctrl+p", *"suspend")
        await until(pilot, lambda: "Arm the suspension" in shown(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, SuspensionGuard))


async def test_where_none_is_declared_it_says_how(window: Stand) -> None:
    async with console(adopt(window.open(), minutes())) as (app, pilot):
        await pilot.press("X")
        await until(pilot, lambda: "[[suspensions]]" in shown(app))
        assert len(app.screen_stack) == 1
        app.show_suspension()
        await until(pilot, lambda: "Nothing has been suspended." in words(app))


async def test_a_suspension_on_record_is_shown(window: Stand) -> None:
    window.past(
        (60.0, e.SuspensionTriggered("su-1", "mail", "sending mail", "", TWO, "they wait")),
        (59.0, e.SuspensionStep("su-1", "a", "verified", "k", "off")),
        (58.0, e.SuspensionStep("su-1", "b", "unknown", "k", "no answer")),
        (57.0, e.SuspensionFinished("su-1", "unknown", "nobody can say", 3.0)),
    )
    async with console(adopt(window.open(), minutes()), (120, 40)) as (app, pilot):
        app.show_suspension()
        await pilot.pause()
        for said in ("SUSPENSION unknown 00:03", "suspends sending mail", "users they wait",
                     "proof nobody can say", "by hand: curl -X PUT https://flows.example/b",
                     "1 step is not verified: y copies"):  # fmt: skip
            assert said in words(app), f"{said}\n{shown(app)}"


def test_y_reaches_the_terminals_clipboard(window: Stand, home: Path) -> None:
    on_record(window, "partial").record.journal.close()
    with opened(window.directory, home, "--offline", "--as", "agent lead") as terminal:
        terminal.shows("ROLLBACK PARTIAL")
        terminal.send("\x10")
        terminal.shows("Search for commands", "What fires, who was told")
        terminal.send("Rollback's run")
        terminal.shows("Show the last rollback")
        terminal.send("\r\r")
        terminal.shows("ROLLBACK partial")
        assert b"\x1b]52;c;" not in terminal.raw
        terminal.send("y")
        terminal.until(lambda: b"\x1b]52;c;" in terminal.raw)
        terminal.until(lambda: "writtento" in "".join(terminal.text.translate(FRAMES).split()))
        sent = terminal.raw.split(b"\x1b]52;c;")[1].split(b"\x07")[0]
        assert b"flows.example/b && echo ok" in base64.b64decode(sent)
