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

    def count(self, kind: str) -> int:
        """How many entries of this kind are on record."""
        files = (self.home / "demo" / "journal").rglob("*.jsonl")
        return sum(one.read_bytes().count(f'"kind":"{kind}"'.encode()) for one in files)

    def records(self, kind: str, *keys: str) -> None:
        """Press these, and wait for the entry: what the screen says of it soon goes."""
        before = self.count(kind)
        self.press(*keys)
        self.until(lambda _: self.count(kind) > before)

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
        self.press("9")
        self.again("d", "Draw a sample")
        self.press("Enter")
        self.sees("REVIEW 0 of 50")
        for number in range(1, 51):
            self.press("r")
            self.sees(f"REVIEW {number} of 50")

    def users_are_content(self) -> None:
        self.become("BU operations lead")
        self.gate()
        self.press("u")
        self.sees("How do the users take it?")
        self.press("Enter")
        self.sees("Why?")
        self.records("satisfaction.judged", "asked at the stand-up", "Enter")

    def brief(self) -> None:
        self.become("agent lead")
        self.gate()
        self.press("b")
        self.sees("How were they told?")
        self.records("brief.given", "by mail", "Enter")

    def advance(self) -> None:
        """Wait for the dwell, propose as one lead, agree as the other.

        Where the night brings a call that shuts the gate in between, they hold, and try again.
        """
        for _ in range(TRIES):
            self.become("agent lead")
            self.gate()
            self.sees("nothing is missing", DWELL_S)
            self.again("v", "PROPOSE to advance")
            self.records("gate.proposed", "Enter")
            self.become("tech lead")
            self.gate()
            if self.agrees():
                return
            self.press("h")
            self.sees("HOLD: the reason")
            self.records("gate.decided", "something came in meanwhile", "Enter")
        raise AssertionError("the gate was shut again each time")

    def agrees(self) -> bool:
        """Whether the second lead can agree: what was read before the clock slowed is old first."""
        self.stands_at("● live")
        self.press("v")
        screen = self.until(lambda screen: "AGREE to" in screen or "not possible" in screen)
        if "AGREE to" not in screen:
            return False
        self.records("gate.decided", "Enter")
        return True

    def stands(self) -> None:
        """Wait until the console stands and reads its feed, or a trigger has taken the screen."""
        self.until(
            lambda screen: "live" in screen.partition("\n")[0] or "ROLLBACK TRIGGER" in screen
        )

    def assess(self, status: str = "stable") -> None:
        """After the window's end one lead proposes to call it so, the other agrees.

        Each says first what the window lacks. Where something comes in between, or the review is
        older than a day by then, they judge and look again.
        """
        for number in range(TRIES):
            if number:
                self.review()
            self.become("agent lead")
            if not self.calls_it(status, "PROPOSE", "gate.proposed"):
                continue
            self.become("tech lead")
            self.stands_at("● live")
            if self.calls_it(status, "AGREE", "window.assessed"):
                return
        raise AssertionError("the window could not be assessed each time")

    def calls_it(self, status: str, word: str, recorded: str) -> bool:
        """Admit each caveat by its number, then say the status; the clock stands meanwhile."""
        self.press("8")
        stale = "(stale)"
        screen = self.until(
            lambda s: "A assesses it" in s and ("not to be assessed" not in s or stale in s)
        )
        if stale in screen:
            return False
        self.again("A", "─ assessment ─")
        # What was read before the clock slowed is old first.
        self.until(
            lambda s: (
                re.search(r"● live \d+s", s.partition("\n")[0]) is not None
                and "not to be assessed" not in s
            )
        )
        while open_ := re.search(r"○ (\d)\)", self.shown()):
            self.press(open_[1])
            self.loses(open_[0])
        self.press(status[0])
        said = (f"{status.upper()}: ", "without saying", "Not to")
        screen = self.until(lambda s: any(text in s for text in said))
        if f"{word} " not in screen:
            self.press("Escape")
            self.loses("─ assessment ─")
            return False
        before = self.count(recorded)
        self.press("as we see it", "Enter")
        # What came to be owed while this was typed is told, and has to be admitted too. What the
        # one lead proposed before still stands.
        said = ("Refused", "cannot be called", "has proposed it")
        screen = self.until(
            lambda s: self.count(recorded) > before or any(text in s for text in said)
        )
        kept = self.count(recorded) > before or said[-1] in screen
        if "─ assessment ─" in self.shown():
            self.press("Escape")
            self.loses("─ assessment ─")
        return kept

    def stands_at(self, text: str) -> None:
        """Wait until the status line says this."""
        self.until(lambda screen: text in screen.partition("\n")[0])


def hours_in_phase(screen: str) -> int:
    """The whole hours that the status line tells of the phase; 0 in its first."""
    told = re.search(r"  (\d+)h(?:\d\dm)? of ", screen.partition("\n")[0])
    return int(told[1]) if told else 0


def relaunched(keyboard: Keyboard) -> None:
    """End the console by its key and begin it anew: the demo goes on where it was."""
    keyboard.press("q")
    keyboard.until(lambda screen: not screen.strip())
    words = ("--dir", str(keyboard.home / "demo"))
    keyboard.argv = [sys.executable, "-c", MAIN, "demo", *words, *keyboard.argv[-2:]]
    keyboard.start()
    keyboard.stands()


@contextmanager
def demo_at(
    home: Path, stage: str, scenario: str = "healthy", speed: int = 3600
) -> Iterator[Keyboard]:
    """A demo that begins in `stage`, as fast as it goes, with a home of its own."""
    words = ("--dir", str(home / "demo"), "--stage", stage, "--scenario", scenario)
    argv = [sys.executable, "-c", MAIN, "demo", *words, "--speed", str(speed)]
    held = Keyboard(home, argv)
    held.start()
    try:
        held.stands()
        yield held
    finally:
        held.stop()
