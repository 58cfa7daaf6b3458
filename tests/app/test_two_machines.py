"""Two consoles in tmux, each on a machine of its own, with a real broker between them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.app.keyboard import Keyboard
from tests.app.terminal import MAIN, environment
from tests.sync.broker import Broker

ATTEMPT = "canary-5.1"


@pytest.fixture(autouse=True)
def _tmux() -> None:
    if shutil.which("tmux") is None:
        pytest.skip("there is no tmux: install it, and run this again")


def said(home: Path, *words: str) -> str:
    """What a command says to the account of `home`."""
    done = subprocess.run(
        [sys.executable, "-c", MAIN, *words],
        env=environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def state(home: Path) -> str:
    """The hash of the state on this machine."""
    told = json.loads(said(home, "status", str(home / "demo"), "--json", "--offline"))
    return str(told["state"])


def demo(home: Path, *words: str) -> list[str]:
    return [sys.executable, "-c", MAIN, "demo", "--dir", str(home / "demo"), *words]


@contextmanager
def console(home: Path, argv: list[str]) -> Iterator[Keyboard]:
    held = Keyboard(home, argv)
    held.start()
    try:
        yield held
    finally:
        held.stop()


@contextmanager
def machines(place: Path, broker: Broker) -> Iterator[tuple[Keyboard, Keyboard]]:
    """The agent lead's machine, on which the demo's agent runs, and the tech lead's."""
    office, train = place / "office", place / "train"
    for home in (office, train):
        home.mkdir()
    brief = demo(office, "--stage", "canary", "--headless", "--for", "1s")
    subprocess.run(brief, env=environment(office), check=True, capture_output=True)
    toml = office / "demo" / "warroom.toml"
    toml.write_text(toml.read_text().replace("#[sync]", f'[sync]\nnats = "{broker.url}"\n', 1))
    said(office, "config", "accept", str(toml.parent), "--as", "agent lead", "--why", "we are two")
    shutil.copytree(office / "demo", train / "demo")
    opened = [sys.executable, "-c", MAIN, "open", str(train / "demo"), "--as", "tech lead"]
    with (
        console(office, demo(office, "--speed", "1")) as here,
        console(train, opened) as there,
    ):
        for keyboard in (here, there):
            keyboard.stands_at("⇄ synced")
        yield here, there


def hold(keyboard: Keyboard, why: str) -> None:
    keyboard.again("g", "as of ")
    keyboard.again("h", "HOLD: the reason")
    keyboard.records("gate.decided", why, "Enter")


def test_a_gate_is_seen_the_cable_pulled_both_decide_and_the_conflict_is_shown(
    tmp_path: Path,
) -> None:
    broker = Broker(tmp_path / "broker").start()
    try:
        with machines(tmp_path, broker) as (here, there):
            hold(there, "two complaints")
            here.sees("two complaints")
            broker.kill()
            for keyboard in (here, there):
                keyboard.stands_at("○ alone")
            hold(there, "a third complaint")
            place = str(tmp_path / "office" / "demo")
            fired = ("--trigger", "owner-judgement", "--why", "wrong answers", "--fire")
            said(tmp_path / "office", "rollback", place, *fired, "--as", "agent lead")
            here.stands_at("ROLLED BACK")
            there.stands_at("CANARY 5 %")
            broker.start()
            for keyboard in (here, there):
                keyboard.stands_at("⇄ synced")
                keyboard.stands_at("ROLLED BACK")
                keyboard.sees(f"CONTESTED: {ATTEMPT}: rollback by agent lead stands over hold")
            there.press("3")
            there.again("a", "overruled")
            there.press("we go back", "Enter")
            for keyboard in (here, there):
                keyboard.loses("CONTESTED:")
        for name in ("office", "train", "office"):  # what was written last, each way
            said(tmp_path / name, "sync", str(tmp_path / name / "demo"), "--once")
        assert state(tmp_path / "office") == state(tmp_path / "train")
    finally:
        broker.kill()
