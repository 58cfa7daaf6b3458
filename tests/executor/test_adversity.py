"""Whatever else is broken: the first request is out within two seconds, and the record is whole."""

import re
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from config.load import FILE_NAME
from console.clock import SavedClock
from console.domain.events import NoteWritten
from console.domain.events_rollback import RollbackFinished
from console.domain.times import utc
from console.journal.record import Record
from tests.app.terminal import F9, Terminal
from tests.executor.chaos_console import FIRES
from tests.executor.processes import WARROOM, kill, wait
from tests.executor.scene import Scene, now, scene
from tests.room.stand import LEAD, small_disk, use_up

SPEED = 2.0
FLOOD = """
import json, sys, threading, time
from datetime import UTC, datetime
path, count = sys.argv[1], 0
began = time.monotonic()
with open(path, "a") as log:
    while True:
        at = datetime.now(UTC).isoformat()
        due = int((time.monotonic() - began) * 5000) - count
        log.writelines(json.dumps({"id": f"f{count + n}", "at": at, "version": sys.argv[2],
            "variant": "live", "latency_s": 0.5, "cost": 0.01}) + "\\n" for n in range(due))
        log.flush()
        count += due
        threading.Event().wait(0.05)
"""


@pytest.fixture
def claims(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path) as held:
        yield held


def written(held: Scene) -> None:
    """Somebody has used it before: there is a journal, and a config that was good."""
    code, said = held.processes.said("note", held.directory, "all is well")
    assert code == 0, said


@contextmanager
def demo_clock(directory: Path) -> Iterator[SavedClock]:
    """A demo's clock, kept going."""
    clock = SavedClock.create(directory, time.time(), SPEED)
    over = threading.Event()

    def renew() -> None:
        while not over.wait(0.5):
            clock.renew()

    clock.renew()
    keeper = threading.Thread(target=renew)
    keeper.start()
    try:
        yield clock
    finally:
        over.set()
        keeper.join()


def record(held: Scene, clock: SavedClock) -> Record:
    """The journal of a demo."""
    return Record.open(
        held.directory,
        held.deployment,
        clock=clock,
        config_hash="",
        actor=LEAD,
        state_home=held.home,
        demo=True,
    )


def finish(held: Scene, clock: SavedClock) -> None:
    """Nothing is left to go on with when the process is killed."""
    (name,) = held.state().rollbacks
    at = utc(clock.now())
    over = RollbackFinished(name, "unknown", "killed at its very end", at, None, 1.0)
    record(held, clock).transact(LEAD, lambda _: [over])


def ended(process: Any) -> int:
    wait(lambda: process.poll() is not None, 60.0, "the command does not end")
    code: int = process.returncode
    return code


def adopted(held: Scene) -> None:
    """A watch that is started now takes up what was kept aside."""
    held.processes.warroom("watch", held.directory)
    held.over()
    wait(lambda: not held.set_aside(), 20.0, "something is still kept aside")


@pytest.mark.parametrize("reserved", [False, True])
def test_the_disk_of_the_journal_is_full(tmp_path: Path, reserved: bool) -> None:
    with scene(tmp_path) as held:
        folder = held.directory / "journal"
        with small_disk(folder):
            written(held)
            reserve = (folder / ".reserve").read_bytes()
            filler = use_up(folder)
            if reserved:
                filler.write_bytes(filler.read_bytes()[: -len(reserve)])
                (folder / ".reserve").write_bytes(reserve)
            began = now()
            assert ended(held.fire()) == 0
            held.soon(began)
            if not reserved:
                aside = held.set_aside()
                assert aside[0] == "rollback.triggered"
                assert aside.index("rollback.finished") > aside.index("rollback.step")
            filler.unlink()
            adopted(held)
            held.processes.end()


@pytest.mark.parametrize("what", ["file", "directory"])
def test_the_journal_is_removed(what: str, claims: Scene, tmp_path: Path) -> None:
    written(claims)
    journal, copy = claims.standing.journal, tmp_path / "copy.jsonl"
    shutil.copy(journal, copy)
    if what == "file":
        journal.unlink()
    else:
        shutil.rmtree(journal.parent)
    began = now()
    assert ended(claims.fire()) == 0
    claims.soon(began)
    aside = claims.set_aside()
    assert aside[0] == "rollback.triggered"
    assert "rollback.finished" in aside
    shutil.copy(copy, journal)
    adopted(claims)


def test_the_journal_is_removed_in_the_middle(claims: Scene, tmp_path: Path) -> None:
    written(claims)
    claims.switch.deeds = ["hang-before", "do"]
    fired = claims.fire()
    wait(lambda: claims.switch.times)
    kept = tmp_path / "kept.jsonl"
    journal = claims.standing.journal
    journal.rename(kept)
    claims.switch.released.set()
    assert ended(fired) == 0
    assert claims.switch.effects == claims.switch.keys[:1] + claims.switch.keys[-1:]
    kept.rename(journal)
    adopted(claims)


def test_it_is_broken_off_while_nothing_can_be_written(claims: Scene, tmp_path: Path) -> None:
    """The journal is gone and the executor killed: whoever goes on knows of it all the same."""
    written(claims)
    journal, copy = claims.standing.journal, tmp_path / "copy.jsonl"
    journal.rename(copy)
    claims.switch.deeds = ["hang-after", "do"]
    claims.fire()
    wait(lambda: claims.switch.times)
    for pid in claims.processes.executors():
        kill(pid)
    claims.switch.released.set()
    assert ended(claims.processes.warroom("rollback", claims.directory, "--resume")) == 0
    assert claims.switch.keys == claims.switch.effects, "what shows is not sent again"
    copy.rename(journal)
    adopted(claims)


FEEDS = {
    "down": "http://127.0.0.1:9",
    "hanging": "http://{silent}",
}


@pytest.mark.parametrize("kind", FEEDS)
def test_a_feed_is(kind: str, tmp_path: Path) -> None:
    """Another one still shows who answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = f"127.0.0.1:{silent.getsockname()[1]}"
        url = FEEDS[kind].replace("{silent}", where)
        calls = {"kind": "jsonl", "path": "calls.jsonl", "poll_s": 1.0}
        feeds = {"calls": calls, "rules": {"kind": "prometheus", "url": url, "alerts": True}}
        with scene(tmp_path, feeds=feeds) as held:
            watch = held.processes.warroom("watch", held.directory)
            written(held)
            began = now()
            assert ended(held.fire()) == 0
            held.soon(began)
            held.over()
            assert watch.poll() is None


def test_no_feed_answers_until_it_is_fired(claims: Scene) -> None:
    claims.standing.log.unlink()
    began = now()
    fired = claims.fire()
    claims.soon(began)
    wait(lambda: len(claims.switch.effects) == 2)
    claims.standing.log.touch()
    assert ended(fired) == 0
    claims.over()


@pytest.mark.parametrize("who", ["shell", "console"])
def test_a_flood_of_calls(who: str, claims: Scene) -> None:
    log = claims.standing.log
    flood = claims.processes.start(sys.executable, "-c", FLOOD, log, "v2.3.1")
    watch = claims.processes.warroom("watch", claims.directory)
    wait(lambda: log.stat().st_size > 2_000_000, 30.0, "the flood does not come")
    if who == "shell":
        began = now()
        claims.fire()
    else:
        module = "tests.executor.chaos_console"
        claims.processes.start(sys.executable, "-m", module, claims.directory)
        said = claims.processes.place / "said"
        wait(lambda: FIRES in said.read_text(), 30.0, "the console does not come up")
        began = now()
    claims.soon(began)
    claims.over()
    assert flood.poll() is None
    assert watch.poll() is None


def armed(held: Scene) -> Iterator[Terminal]:
    """A console in a terminal whose guard is armed and whose letters are typed."""
    words = ("open", str(held.directory), "--as", "rollback owner")
    env = {**held.processes.env, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    terminal = Terminal([*WARROOM, *words], env, (100, 30))
    try:
        terminal.shows("claims-triage", "F9 Rollback", "live")
        terminal.send(F9)
        terminal.shows("ROLLBACK ARMED", "then Enter")
        code = re.search(r"((?:[A-Z] ){4}) *then Enter", terminal.text)
        assert code is not None, terminal.text
        terminal.send(code[1].replace(" ", "").lower())
        typed = " ".join(code[1].split())
        terminal.until(lambda: f"typed {typed}" in " ".join(terminal.text.split()))
        yield terminal
    finally:
        terminal.close()


@pytest.fixture
def terminal(claims: Scene) -> Iterator[Terminal]:
    written(claims)
    yield from armed(claims)


@pytest.mark.parametrize("how", ["close", "kill"])
def test_the_terminal_is_gone_right_after_firing(
    how: str, claims: Scene, terminal: Terminal
) -> None:
    claims.switch.deeds = ["hang-after", "do"]
    began = now()
    terminal.send("\r")
    if how == "close":
        terminal.until(lambda: "ROLLBACK ARMED" not in terminal.text)
        terminal.hang_up()
    else:
        terminal.shows("ROLLBACK running")
        terminal.kill(signal.SIGKILL)
    claims.soon(began)
    wait(lambda: terminal.pid not in {p.pid for p in claims.processes.living()}, 20.0, "it stays")
    claims.switch.released.set()
    claims.over()
    assert len(claims.switch.effects) == 2


def test_the_console_stands_still_during_the_run(claims: Scene) -> None:
    claims.switch.deeds = ["hang-after", "do"]
    console = claims.processes.start(
        sys.executable, "-m", "tests.executor.chaos_console", claims.directory
    )
    wait(lambda: claims.switch.times)
    kill(console.pid, signal.SIGSTOP)
    claims.switch.released.set()
    claims.over()
    kill(console.pid, signal.SIGCONT)
    said = claims.processes.place / "said"
    wait(lambda: said.read_text().endswith("verified\n"), 20.0, "the console never heard of it")


@pytest.mark.parametrize("deed", ["hang-after", "hang-before"])
@pytest.mark.parametrize("who", ["watch", "--resume"])
def test_the_executor_is_killed_in_the_middle(who: str, deed: Any, claims: Scene) -> None:
    switch = claims.switch
    switch.deeds = [deed, "do"]
    fired = claims.fire()
    wait(lambda: switch.times)
    looked = switch.looked
    for pid in claims.processes.executors():
        kill(pid)
    if who == "watch":
        claims.processes.warroom("watch", claims.directory)
        assert ended(fired) == 0, "whoever fired hears how it goes on"
    else:
        assert ended(claims.processes.warroom("rollback", claims.directory, who)) == 0
    claims.over()
    assert switch.looked > looked, "it is looked at first"
    sent = 2 if deed == "hang-after" else 3
    assert len(switch.keys) == sent, "what shows is not sent again"
    assert len(set(switch.keys)) == 2, "the same key at each try"
    assert len(switch.effects) == 2


@pytest.mark.parametrize("finished", [False, True])
def test_a_demo_runs_at_its_own_speed_again(finished: bool, tmp_path: Path) -> None:
    """Real time is a running rollback's; whoever is killed in it cannot give it back."""
    with scene(tmp_path) as held, demo_clock(held.directory) as clock:
        held.standing.clock = clock
        held.switch.deeds = ["hang-after", "do"]
        record(held, clock).transact(LEAD, lambda _: [NoteWritten("it begins")])
        held.processes.warroom("watch", held.directory)
        held.fire()
        wait(lambda: held.switch.times)
        assert clock.speed == 1
        wait(held.told, 20.0, "no intent is on record")
        if finished:
            finish(held, clock)
        for pid in held.processes.executors():
            kill(pid)
        if not finished:
            held.over()
        wait(lambda: clock.speed == SPEED, 20.0, "it stays at real time")


@pytest.mark.parametrize("kept", [True, False])
def test_the_machine_is_started_again(kept: bool, claims: Scene) -> None:
    claims.switch.deeds = ["hang-after", "do"]
    claims.processes.warroom("watch", claims.directory)
    claims.fire()
    wait(lambda: claims.switch.times)
    wait((claims.home / "rollback-order").exists)
    claims.processes.end()
    if not kept:
        (claims.home / "rollback-order").unlink()
    claims.processes.warroom("watch", claims.directory)
    claims.over()
    assert len(claims.switch.effects) == 2
    wait(lambda: not (claims.home / "rollback-order").exists(), 20.0, "it is not forgotten")


@pytest.mark.parametrize("broken", ["version = [", None])
def test_the_config_is_broken_or_gone(broken: str | None, claims: Scene) -> None:
    written(claims)
    path = claims.directory / FILE_NAME
    if broken is None:
        path.unlink()
    else:
        path.write_text(broken)
    began = now()
    assert ended(claims.fire()) == 0
    claims.soon(began)
    claims.over()


def test_two_fire_at_once(claims: Scene) -> None:
    claims.switch.deeds = ["hang-after", "do"]
    began = now()
    both = [claims.fire(), claims.fire("--trigger", "data-breach")]
    claims.soon(began)
    wait(lambda: claims.entries("rollback.attached"), 20.0, "the second is not attached")
    claims.switch.released.set()
    assert [ended(one) for one in both] == [0, 0]
    claims.over()
    assert len(claims.switch.effects) == 2
