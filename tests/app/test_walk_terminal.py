"""The whole walk, from `warroom init` to GO: keys alone, a real terminal, and no network at all."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.guide import Item, checklist_items
from config.load import load
from console.domain.checklist import is_hard
from console.domain.poll import verdict
from console.domain.standing import contexts_of
from console.journal.verify import verify
from console.room import WarRoom
from tests.app.terminal import MAIN, Terminal, environment

ALONE = ("unshare", "-n")  # a network namespace that holds nothing, not even localhost
PEOPLE = ("agent lead", "tech lead", "rollback owner", "BU operations lead", "legal")
ANSWERS = (
    ("The agent's name", "claims-triage"),
    ("Whom it serves", "{exposure}"),
    ("Which hold", ""),
    ("Its calls", ""),
    ("A Prometheus that", ""),
    ("that goes live", "v2.4.0"),
    ("a rollback restores", "v2.3.1"),
    ("[agent lead]", ""),
    ("[tech lead]", ""),
    ("[rollback owner]", ""),
)
ROLE = {who: who.lower().replace(" ", "-") for who in PEOPLE}
BY_MAIL = "personal-data"  # legal confirms it in writing, and the lead records that
COUNTED = "standard 19/1/0, edge 14/0/6, adversarial 10/0/0: run 118"
HALF = 14


@pytest.fixture(scope="module", autouse=True)
def _alone() -> None:
    """Skips where no process may leave the network."""
    try:
        done = subprocess.run([*ALONE, "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if done.returncode:
        pytest.skip(f"no network namespace can be made here: {done.stderr.strip()}")


@contextmanager
def warroom(home: Path, size: tuple[int, int], *words: object) -> Iterator[Terminal]:
    """A command in a terminal of this size, off every network."""
    argv = [*ALONE, sys.executable, "-c", MAIN, *map(str, words)]
    terminal = Terminal(argv, environment(home, TEXTUAL_ANIMATIONS="none"), size)
    try:
        yield terminal
    finally:
        terminal.close()


class Walk:
    """Who walks, by keys."""

    def __init__(self, terminal: Terminal, items: list[Item], hard: set[str], place: int) -> None:
        self.terminal = terminal
        self.items = items
        self.hard = hard
        self.place = place
        self.who = "agent lead"
        self.waits = [
            {"agent-lead"} if item.id == BY_MAIL or item.id not in hard else set(item.roles)
            for item in items
        ]

    @property
    def text(self) -> str:
        """What the screen says, whatever its lines are."""
        return " ".join(self.terminal.text.split())

    def shows(self, *words: str) -> None:
        """Wait for all of `words` on the screen itself, with no dialog over it."""
        self.terminal.until(
            lambda: "Rollback" in self.bottom and all(w in self.text for w in words)
        )

    @property
    def bottom(self) -> str:
        """The row of keys."""
        return str(self.terminal.screen.display[-1])

    def become(self, who: str) -> None:
        """Let somebody else sit down at the keys."""
        if who == self.who:
            return
        self.terminal.send("i")
        self.terminal.shows("Who is at the keys?")
        self.terminal.send("j" * PEOPLE.index(who) + "\r")
        self.terminal.until(lambda: who in self.terminal.screen.display[0])
        self.shows()
        self.who = who

    def answers(self, key: str, asked: str, text: str) -> None:
        """Press a key and answer what is asked then."""
        self.terminal.send(key)
        self.terminal.shows(asked)
        self.terminal.send(f"{text}\r")

    def go_to(self, place: int) -> None:
        """Skip or go back to the item at this place."""
        step = place - self.place
        self.terminal.send("s" * step + "b" * -step)
        self.place = place
        self.shows(f"WALK {place + 1} of {len(self.items)}", self.items[place].title)

    def stretch(self, first: int, last: int) -> None:
        """The items from place `first` up to `last`: each person in turn does what is theirs."""
        for who in PEOPLE:
            for place in range(first, last):
                if ROLE[who] in self.waits[place]:
                    self.go_to(place)
                    self.become(who)
                    self.does(self.items[place], place)

    def does(self, item: Item, place: int) -> None:
        """Confirm the item, or leave it open where it is only recommended."""
        if item.id not in self.hard:
            self.answers("l", "Why may it stay open?", "nobody needs it for a first deployment")
            self.shows("stays open", item.title)
            self.waits[place] = set()
            return
        seen = COUNTED if item.asks == "counts" else "seen by us all, filed in E2"
        if item.id == BY_MAIL:
            self.terminal.send("r")
            self.terminal.shows("Whose written confirmation is it?", "legal: legal")
            self.answers("\r", "Their written confirmation", "mail of 3 December, filed in E2")
            self.waits[place] = set()
        else:
            self.answers("e", "Good evidence:", seen)
            self.waits[place] -= {ROLE[self.who]}
        if self.waits[place] or place + 1 == len(self.items):
            self.shows("partly" if self.waits[place] else "✓ confirmed", item.title)
        else:
            self.place = place + 1
            self.shows(f"WALK {place + 2} of {len(self.items)}", self.items[place + 1].title)


def init(directory: Path, home: Path, size: tuple[int, int], exposure: str) -> None:
    """The questions of `warroom init`, answered."""
    with warroom(home, size, "init", directory) as terminal:
        for asked, answer in ANSWERS:
            terminal.shows(asked)
            terminal.send(answer.format(exposure=exposure) + "\r")
        assert terminal.end() == 0


@pytest.mark.parametrize(
    ("size", "exposure"), [((80, 24), "customer-facing"), ((120, 40), "internal")], ids=str
)
def test_from_init_to_go_by_keys_alone_without_any_network(
    size: tuple[int, int], exposure: str, tmp_path: Path, home: Path
) -> None:
    claims = tmp_path / "claims"
    init(claims, home, size, exposure)
    held = contexts_of(load(claims).deployment)
    hard = {item.id for item in checklist_items() if is_hard(item, held)}
    items = [i for i in checklist_items() if i.id in hard or i.otherwise != "not-applicable"]
    command = ("checklist", claims, "--as", "agent lead")

    with warroom(home, size, *command) as terminal:
        walk = Walk(terminal, items, hard, 0)
        walk.shows(f"WALK 1 of {len(items)}", "○ off")
        assert "feed" not in terminal.text
        walk.stretch(0, HALF)
        walk.go_to(HALF)
        terminal.send("\x1b")
        walk.shows("NO-GO", "items")
        terminal.send("q")
        assert terminal.end() == 0

    with warroom(home, size, *command) as terminal:
        walk = Walk(terminal, items, hard, HALF)
        walk.shows(f"WALK {HALF + 1} of {len(items)}", items[HALF].title)
        walk.stretch(HALF, len(items))
        terminal.send("u")
        walk.shows("every other item is confirmed")
        terminal.send("\x1b")
        walk.shows("GO is possible", "no poll was held")
        walk.become("agent lead")
        terminal.send("v")
        terminal.shows("open a new poll")
        terminal.send("\r")
        asked = [one for one in PEOPLE if one != "legal" or exposure == "customer-facing"]
        walk.shows(f"0 of {len(asked)} have answered")
        for place, who in enumerate(asked, 1):
            walk.become(who)
            terminal.send("v")
            terminal.shows(f"GO as {ROLE[who]}")
            terminal.send("\r")
            terminal.shows("stays sealed until")
            terminal.send(f"as {who} I saw it\r")
            said = f"{place} of {len(asked)} have answered"
            walk.shows(said if place < len(asked) else "says GO")
        terminal.send("q")
        assert terminal.end() == 0

    assert verify(claims).ok
    room = WarRoom.open(claims, offline=True)
    try:
        assert room.state.poll is not None
        assert verdict(room.state.poll) == "go"
        assert room.picture().progress.open_hard == ()
        assert not room.state.conflicts
        recorded = room.state.items.get(BY_MAIL, {}).get("legal")
        if exposure == "customer-facing":
            assert recorded is not None
            assert (recorded.by, recorded.on_behalf_of) == ("agent lead", "legal")
    finally:
        room.record.journal.close()
