"""The console in a tmux of its own: keys go in, the screen comes out."""

import contextlib
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.app.terminal import MAIN, environment

PEOPLE = (
    "agent lead",
    "tech lead",
    "rollback owner",
    "BU operations lead",
    "legal",
    "executive sponsor",
    "reviewer",
)
PATIENCE_S = 60.0
DWELL_S = 90.0
STEP_S = 0.1
TRIES = 4


@dataclass
class Keyboard:
    """A tmux of its own with the demo in it, its keys, and what stands on its screen."""

    home: Path
    argv: list[str]
    socket: str = field(default_factory=lambda: f"warroom-{secrets.token_hex(4)}")

    def tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self.socket, *words],
            env=environment(self.home),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    def start(self) -> None:
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", *self.argv)

    def stop(self) -> None:
        self.tmux("kill-server")

    def shown(self) -> str:
        return self.tmux("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def until(self, seen: Callable[[str], bool], seconds: float = PATIENCE_S) -> str:
        """Wait until the screen is as wanted, and give it."""
        end = time.monotonic() + seconds
        while not seen(screen := self.shown()):
            assert time.monotonic() < end, screen
            threading.Event().wait(STEP_S)
        return screen

    def sees(self, text: str, seconds: float = PATIENCE_S) -> str:
        return self.until(lambda screen: text in screen, seconds)

    def loses(self, text: str) -> None:
        self.until(lambda screen: text not in screen)

    def again(self, key: str, text: str, seconds: float = PATIENCE_S) -> str:
        """Press a key, as a person would, until the screen answers with this text."""
        end = time.monotonic() + seconds
        while True:
            self.press(key)
            with contextlib.suppress(AssertionError):
                return self.sees(text, 2.0)
            assert time.monotonic() < end, self.shown()

    def become(self, who: str) -> None:
        self.press("i")
        self.sees("Who is at the keys?")
        self.press(*["j"] * PEOPLE.index(who), "Enter")
        self.loses("Who is at the keys?")
        self.stands_at(f"  {who}  ")

    def gate(self) -> None:
        self.press("g")
        self.sees("as of ")

    def review(self) -> None:
        """Draw 50 calls and judge each."""
        self.become("reviewer")
        self.press("6")
        self.again("d", "Draw a sample")
        self.press("Enter")
        self.sees("REVIEW 0 of 50")
        for number in range(1, 51):
            self.press("r")
            self.sees(f"REVIEW {number} of 50")

    def users_are_content(self) -> None:
        self.become("BU operations lead")
        self.gate()
        self.press("s")
        self.sees("How do the users take it?")
        self.press("Enter")
        self.sees("Why?")
        self.press("asked at the stand-up", "Enter")
        self.sees("satisfaction.judged recorded")

    def brief(self) -> None:
        self.become("agent lead")
        self.gate()
        self.press("b")
        self.sees("How were they told?")
        self.press("by mail", "Enter")
        self.sees("brief.given recorded")

    def advance(self) -> None:
        """Wait for the dwell, propose as one lead, agree as the other.

        Where the night brings a call that shuts the gate in between, they hold, and try again.
        """
        for _ in range(TRIES):
            self.become("agent lead")
            self.gate()
            self.sees("nothing is missing", DWELL_S)
            self.again("v", "PROPOSE to advance")
            self.press("Enter")
            self.sees("gate.proposed recorded")
            self.become("tech lead")
            self.gate()
            if self.agrees():
                return
            self.press("h")
            self.sees("HOLD: the reason")
            self.press("something came in meanwhile", "Enter")
            self.sees("gate.decided recorded")
        raise AssertionError("the gate was shut again each time")

    def agrees(self) -> bool:
        """Whether the second lead can agree: what was read before the clock slowed is old first."""
        self.stands_at("● live")
        self.press("v")
        screen = self.until(lambda screen: "AGREE to" in screen or "not possible" in screen)
        if "AGREE to" not in screen:
            return False
        self.press("Enter")
        self.sees("gate.decided recorded")
        return True

    def stands_at(self, text: str) -> None:
        """Wait until the status line says this."""
        self.until(lambda screen: text in screen.partition("\n")[0])


def hours_in_phase(screen: str) -> int:
    """The whole hours that the status line tells of the phase; 0 in its first."""
    told = re.search(r"  (\d+)h(?:\d\dm)? of ", screen.partition("\n")[0])
    return int(told[1]) if told else 0


@contextmanager
def demo_at(home: Path, stage: str) -> Iterator[Keyboard]:
    """A healthy demo that begins in `stage`, as fast as it goes, with a home of its own."""
    words = ("--dir", str(home / "demo"), "--stage", stage, "--scenario", "healthy")
    held = Keyboard(home, [sys.executable, "-c", MAIN, "demo", *words, "--speed", "3600"])
    held.start()
    try:
        held.sees("1 Overview")
        held.stands_at("live")
        yield held
    finally:
        held.stop()
