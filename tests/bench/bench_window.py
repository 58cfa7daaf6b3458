"""The 48-hour window by keyboard, in tmux, with a restart of the console in its middle.

Run it from the repository: python -m tests.bench.bench_window --scenario healthy|drift|safety|
escalations [--speed N]. It takes three minutes, of 48 hours, and says what the journal holds then.
At the highest speed, 3600, an hour passes while somebody presses a few keys: much comes too late.

To widen it: a `Deed` is what somebody does when a text stands on the screen, a `Plan` is which of
them belong to a scenario, and how it ends.
"""

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.app.keyboard import Keyboard, demo_at, hours_in_phase, relaunched
from tests.cli.shell import Shell, entries

CHECK_IN_H = 2
MIDDLE_H = 24
REVIEW_H = 25
WINDOW_H = 48
LETTERS = re.compile(r"type\s+((?:[A-Z] ){4}) ?then Enter")


@dataclass(frozen=True)
class Deed:
    """What is done, once, when `text` stands on the screen of the Overview."""

    text: str
    do: Callable[["Watch"], None]


@dataclass(frozen=True)
class Plan:
    """A scenario: what is done when, how it ends, and what the journal must hold then.

    Kinds of entries: at least so many each; `never` are those that may not be there.
    """

    ends: Callable[["Watch"], None]
    deeds: tuple[Deed, ...] = ()
    holds: dict[str, int] = field(default_factory=dict)
    never: tuple[str, ...] = ()


@dataclass
class Watch:
    """Who keeps the watch, and what they did so far."""

    keyboard: Keyboard
    plan: Plan
    began: float = field(default_factory=time.monotonic)
    next_check_in: int = CHECK_IN_H
    done: set[str] = field(default_factory=set)
    ended: bool = False

    def say(self, text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - self.began:6.1f} s  {text}\n")
        sys.stdout.flush()

    def hours(self) -> int:
        return hours_in_phase(self.keyboard.shown())

    def until(self, hours: int) -> None:
        """Watch, check in and answer what comes, until the window is so old."""
        while not self.ended and self.hours() < hours:
            self.answer()
            if not self.ended and self.hours() >= self.next_check_in:
                self.check_in()
        if not self.ended:
            self.say(f"{hours} h")

    def answer(self) -> None:
        """Do what the screen calls for."""
        screen = self.keyboard.shown()
        for deed in self.plan.deeds:
            if deed.text in screen and deed.text not in self.done:
                self.done.add(deed.text)
                self.say(f'"{deed.text}" stands on the screen')
                deed.do(self)
                return

    def check_in(self) -> None:
        self.enter("c", "What did you see?", "looked at all of it", "checkin.made recorded")
        self.next_check_in = self.hours() // CHECK_IN_H * CHECK_IN_H + CHECK_IN_H

    def enter(self, key: str, asks: str, text: str, said: str) -> None:
        """Press a key, answer the line that it asks for."""
        self.keyboard.again(key, asks)
        self.keyboard.press("-l", text)
        self.keyboard.press("Enter")
        self.keyboard.sees(said)

    def restart(self) -> None:
        """End the console and begin it anew: the demo's time stands still meanwhile."""
        relaunched(self.keyboard)
        self.say("the console was ended and begun again")


def review_sample(watch: Watch) -> None:
    """Fifty outputs at the 24-hour mark (Guide 6.2)."""
    watch.keyboard.review()
    watch.keyboard.press("1")
    watch.keyboard.become("agent lead")
    watch.say("50 outputs reviewed")


def warned(watch: Watch) -> None:
    """Review an early warning without a fix, then decide as the rollback owner (Guide 6.3)."""
    keyboard = watch.keyboard
    keyboard.become("tech lead")
    keyboard.again("W", "early warnings")
    keyboard.sees("WARNED")
    keyboard.press("r")
    keyboard.sees("What did the leads' review find?")
    keyboard.press("j", "Enter")
    keyboard.sees("The specific root cause")
    keyboard.press("-l", "the winter tariff is not in the prompt")
    keyboard.press("Enter")
    keyboard.sees("warning.reviewed")
    keyboard.become("rollback owner")
    keyboard.again("W", "early warnings")
    keyboard.press("x")
    keyboard.sees("How does the early warning end?")
    keyboard.press("j", "Enter")
    keyboard.sees("what is watched more closely?")
    keyboard.press("-l", "check-ins every hour until the tariff is in")
    keyboard.press("Enter")
    keyboard.sees("warning.settled")
    keyboard.become("agent lead")
    watch.say("reviewed by the leads, maintained by the owner")


def acknowledge(watch: Watch) -> None:
    """Take the alert in hand."""
    watch.keyboard.press("a")
    watch.keyboard.sees("alert.acknowledged recorded")


def roll_back(watch: Watch) -> None:
    """F9, the four letters, Enter; then wait until it is verified."""
    keyboard = watch.keyboard
    keyboard.again("F9", "then Enter")
    found = LETTERS.search(keyboard.shown())
    assert found is not None, keyboard.shown()
    keyboard.press(*found[1].split(), "Enter")
    keyboard.sees("ROLLBACK verified", 120.0)  # its steps are so before
    keyboard.press("Escape")
    keyboard.stands_at("ROLLED BACK")
    keyboard.loses("ROLLBACK verified")
    watch.ended = True
    watch.say("rolled back, verified")


def restart_and_roll_back(watch: Watch) -> None:
    """The trigger is true still when the console has been ended and begun again."""
    watch.keyboard.again("Escape", "1 Overview")
    watch.restart()
    watch.keyboard.sees("ROLLBACK TRIGGER")
    roll_back(watch)


def judge_flags(watch: Watch) -> None:
    """Take the alert and the flagged calls in hand, then say that the flags were wrong."""
    keyboard = watch.keyboard
    acknowledge(watch)
    keyboard.press("6")
    keyboard.again("/", "filter: ")
    keyboard.press("-l", "flag")
    keyboard.press("Enter")
    keyboard.sees("filter: flag")
    keyboard.press("x")
    keyboard.sees("Was the flag right?")
    keyboard.press("j", "Enter")
    keyboard.sees("What was done?")
    keyboard.press("-l", "the filter's threshold is raised")
    keyboard.press("Enter")
    keyboard.sees("escalation.resolved recorded")
    keyboard.press("1")
    watch.say("the first flags were judged")


def stable(watch: Watch) -> None:
    """Called stable by both leads."""
    watch.keyboard.assess("stable")
    watch.keyboard.stands_at("STABLE")


def monitored(watch: Watch) -> None:
    """Called monitored by both leads."""
    watch.keyboard.assess("monitored")
    watch.keyboard.stands_at("MONITORED")


def as_it_is(watch: Watch) -> None:
    """Nothing more to do."""


PLANS = {
    "healthy": Plan(
        stable,
        holds={"checkin.made": 8, "sample.judged": 1, "window.assessed": 1},
        never=("alert.fired", "warning.raised", "trigger.raised"),
    ),
    "drift": Plan(
        monitored,
        (Deed("↗", warned),),
        holds={
            "warning.raised": 1,
            "warning.reviewed": 1,
            "warning.settled": 1,
            "window.assessed": 1,
        },
        never=("trigger.raised",),
    ),
    "safety": Plan(
        monitored,
        (Deed("FIRING", judge_flags),),
        holds={
            "alert.fired": 1,
            "alert.resolved": 1,
            "checkin.made": 8,
            "escalation.raised": 1,
            "escalation.resolved": 1,
            "window.assessed": 1,
        },
        never=("trigger.raised",),
    ),
    "escalations": Plan(
        as_it_is,
        (Deed("escalation rate over 50 %", restart_and_roll_back),),
        holds={"trigger.raised": 1, "rollback.triggered": 1, "rollback.finished": 1},
    ),
}


def main() -> None:
    """Go through the window; an `AssertionError` with the screen if it cannot be gone."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_window")
    parser.add_argument("--scenario", choices=sorted(PLANS), default="healthy")
    parser.add_argument("--speed", type=int, default=1200, help="how fast its time runs")
    options = parser.parse_args()
    scenario = options.scenario
    plan = PLANS[scenario]
    home = Path(tempfile.mkdtemp(prefix="warroom-window-"))
    with demo_at(home, "full", scenario, options.speed) as keyboard:
        watch = Watch(keyboard, plan)
        watch.until(MIDDLE_H)
        watch.restart()
        if not watch.ended:
            watch.until(REVIEW_H)
        if not watch.ended:
            review_sample(watch)
            watch.until(WINDOW_H)
        if not watch.ended:
            plan.ends(watch)
    sys.stdout.write(Shell(home)("journal", "verify", home / "demo").done())
    # What the demo's past holds is not of the window.
    held = entries(home / "demo")
    gates = [place for place, one in enumerate(held) if one["kind"] == "gate.decided"]
    entered = next(place for place in gates if held[place]["data"]["to_phase"] == "full")
    kinds = Counter(one["kind"] for one in held[entered + 1 :])
    for kind, number in sorted(kinds.items()):
        sys.stdout.write(f"{number:5}  {kind}\n")
    lacking = {kind: least for kind, least in plan.holds.items() if kinds[kind] < least}
    wrong = [kind for kind in plan.never if kinds[kind]]
    assert not lacking, f"too few of {lacking}"
    assert not wrong, f"there should be no {wrong}"


if __name__ == "__main__":
    main()
