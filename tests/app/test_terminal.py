"""The console in a real terminal: bytes, colours, sizes, signals, and how it leaves."""

import re
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.journal.verify import verify
from tests.actions.switch import running_switch
from tests.app.rooms import Stand, stand
from tests.app.terminal import F9, Terminal, colours, opened
from tests.executor.processes import wait

READY = ("claims-triage", "F9 Rollback", "latest entries")
RESTORED = (
    b"\x1b[?1049l",
    b"\x1b[?1000l",
    b"\x1b[?1003l",
    b"\x1b[?1006l",
    b"\x1b[?2004l",
    b"\x1b[?25h",
)
LIVE = ("--as", "agent lead")


def restored(terminal: Terminal) -> None:
    """What was switched on for the console is switched off again."""
    for sequence in RESTORED:
        on = sequence.replace(b"l", b"h") if sequence.endswith(b"l") else b"\x1b[?25l"
        assert terminal.raw.rindex(sequence) > terminal.raw.rindex(on), sequence
    last = terminal.raw.rindex(b"\x1b[?1049l")
    assert b"Traceback" not in terminal.raw[last:]


def intact(directory: Path) -> None:
    """Every file of the journal verifies to its end."""
    report = verify(directory)
    assert report.ok
    assert all(writer.torn == 0 and writer.recovered == 0 for writer in report.writers)


def test_without_colour_the_words_still_tell(window: Stand, home: Path) -> None:
    with opened(window.directory, home, "--offline", NO_COLOR="1") as terminal:
        terminal.shows("stale", "too few", "NO-GO")
        asked = set(colours(terminal.raw))
        assert asked
        assert all(len(set(colour)) == 1 and len(colour) == 3 for colour in asked), asked


def test_with_colour_there_are_colours(window: Stand, home: Path) -> None:
    """So that the test above can tell the difference."""
    with opened(window.directory, home, "--offline") as terminal:
        terminal.shows(*READY)
        assert any(len(set(colour)) > 1 for colour in colours(terminal.raw))


def test_a_plain_xterm_will_do(window: Stand, home: Path) -> None:
    with opened(window.directory, home, "--offline", TERM="xterm", COLORTERM="") as terminal:
        terminal.shows(*READY)
        terminal.send("2")
        terminal.shows("hard items no longer hold")
        terminal.send("q")
        assert terminal.end() == 0


def test_a_tiny_terminal_says_something(window: Stand, home: Path) -> None:
    with opened(window.directory, home, "--offline", size=(20, 5)) as terminal:
        terminal.until(lambda: "FULL" in terminal.text)
        terminal.send(F9)
        terminal.until(lambda: "ROLLBACK" in terminal.text)
        terminal.send("\x1b")
        terminal.until(lambda: "FULL" in terminal.text)
        terminal.send("q")
        assert terminal.end() == 0


def test_it_follows_the_size_of_its_window(window: Stand, home: Path) -> None:
    with opened(window.directory, home, "--offline") as terminal:
        terminal.shows(*READY, "customer-facing")
        for width, height in ((60, 20), (20, 5), (160, 50)):
            terminal.resize(width, height)
            terminal.until(lambda w=width: "FULL" in terminal.screen.display[0][:w])  # type: ignore[misc]  # a lambda's default has no type
        terminal.shows(*READY, "customer-facing")
        assert "Quit" in terminal.screen.display[-1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_gives_the_terminal_back(
    number: signal.Signals, window: Stand, home: Path
) -> None:
    with opened(window.directory, home, *LIVE) as terminal:
        terminal.shows(*READY, "live")
        terminal.send("n")
        terminal.shows("What happened?")
        terminal.send("before the end\r")
        terminal.shows("note.written recorded")
        terminal.kill(number)
        assert terminal.end() == 0
        restored(terminal)
    assert window.open().record.entries[-1].kind == "note.written"
    intact(window.directory)


def test_a_closed_terminal_ends_it(window: Stand, home: Path) -> None:
    with opened(window.directory, home, *LIVE) as terminal:
        terminal.shows(*READY, "live")
        terminal.hang_up()
        terminal.end()
    intact(window.directory)


def test_q_leaves_the_terminal_as_it_was(window: Stand, home: Path) -> None:
    with opened(window.directory, home, *LIVE) as terminal:
        terminal.shows(*READY)
        terminal.send("q")
        assert terminal.end() == 0
        restored(terminal)
        assert "Nobody watches claims-triage now." in terminal.text
        assert f"warroom watch {window.directory}" in terminal.text.replace("\n", "")


FAULT = """
from console.screens.overview import OverviewScreen
def show(self, picture):
    token = "-".join(["hidden", "marker", "77"])
    raise RuntimeError(token)
OverviewScreen.show = show
"""


def test_a_fault_of_ours_says_what_to_do_and_tells_no_secret(window: Stand, home: Path) -> None:
    with opened(window.directory, home, "--offline", before=FAULT) as terminal:
        assert terminal.end() == 5
        restored(terminal)
        told = terminal.raw[terminal.raw.rindex(b"\x1b[?1049l") :].decode()
        assert "a fault of ours (RuntimeError)" in told
        by_hand = f"roll back with: warroom rollback {window.directory} --fire"
        assert by_hand.replace(" ", "") in "".join(told.split()), "it may be wrapped"
        assert "show" in told
        assert "hidden-marker-77" not in terminal.raw.decode()
        assert "Traceback" not in terminal.raw.decode()
    intact(window.directory)


def test_the_rollback_is_fired_from_the_keys_of_a_terminal(tmp_path: Path, home: Path) -> None:
    with running_switch() as switch:

        def change(values: dict[str, Any]) -> None:
            step = values["rollback"]["steps"][0]
            step["url"] = f"{switch.url}/control/traffic"
            step["body"] = '{"candidate": 0}'
            step["read_back"] = {"url": f"{switch.url}/control", "path": "candidate", "equals": 0}
            values["rollback"]["steps"] = [step]

        standing = stand(tmp_path / "claims", change)
        later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
        standing.write_log(*({"id": f"c{n}", "at": later, "version": "v2.3.1"} for n in range(5)))
        with opened(standing.directory, home, *LIVE) as terminal:
            terminal.shows(*READY)
            terminal.send(F9)
            terminal.shows("ROLLBACK ARMED", "then Enter")
            code = re.search(r"((?:[A-Z] ){4}) *then Enter", terminal.text)
            assert code is not None, terminal.text
            letters = code[1].replace(" ", "")
            terminal.send(f"\x1b[200~{letters}\r\x1b[201~")
            terminal.send("\r")
            terminal.until(lambda: re.search("typed +_ _ _ _", terminal.text))
            assert not switch.keys, "a bracketed paste fires nothing"
            terminal.send(letters.lower())
            terminal.send("\r")
            terminal.shows("ROLLBACK verified")
            assert len(switch.effects) == 1
            terminal.escape()
            terminal.shows("ROLLED BACK")
            terminal.send("q")
            assert terminal.end() == 0


def test_a_terminal_that_takes_nothing_holds_up_nothing_else(window: Stand, home: Path) -> None:
    def present() -> str:
        folder = window.directory / "journal" / ".present"
        return "".join(one.read_text() for one in folder.glob("*.json"))

    with opened(window.directory, home, *LIVE, size=(200, 60)) as terminal:
        terminal.shows(*READY)
        full = 0
        for turn in range(400):  # until a terminal that nobody reads takes no more, and beyond
            full += not terminal.answers("12345"[turn % 5])
            if full == 60:
                break
        for key in ("1", "i", "j", "\r"):
            terminal.send(key)
        wait(lambda: '"name":"tech lead"' in present())
        terminal.shows("tech lead", *READY)
