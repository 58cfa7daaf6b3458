"""Nothing fires by chance: random keys, pastes and clicks, and the raw bytes of a terminal."""

import random
import re
import signal
from pathlib import Path

import pytest

from tests.actions.switch import Switch, running_switch
from tests.app.chance import HEIGHT, WIDTH, by_chance
from tests.app.rooms import Stand, adopt, console, declare, kinds, minutes, suspension
from tests.app.terminal import F9, Terminal, opened
from tests.app.test_kill_switch import switched

SEED = 20261201
ARMED = "ROLLBACK ARMED"


@pytest.mark.parametrize("errors", [0, 4], ids=["calm", "with a true trigger"])
async def test_random_keys_pastes_and_clicks_never_fire(errors: int, window: Stand) -> None:
    declare(window, suspension("lookup", "policy lookup"))
    room = adopt(window.open(), minutes(errors=errors))
    async with console(room, (WIDTH, HEIGHT)) as (app, pilot):
        seen = await by_chance(app, pilot, 300, SEED + errors)
        assert app.is_running
        assert seen.armed > 100, seen
        assert seen.close > 25, f"it was often close: {seen}"
        assert seen.whole > 3, f"all four letters often stood there: {seen}"
        assert room.rollback_run is None
        assert not room.kill_switch.suspensions
        assert not {"rollback.triggered", "suspension.triggered"} & set(kinds(room))


def armed(terminal: Terminal) -> str:
    """Arm, and give the letters that the guard shows."""
    terminal.send(F9)
    terminal.shows(ARMED, "then Enter")
    found: list[re.Match[str] | None] = []

    def seen() -> bool:
        found[:] = [re.search(r"((?:[A-Z] ){4}) *then Enter", terminal.text)]
        return found[0] is not None

    terminal.until(seen)
    terminal.until(lambda: "F9 Rollback" not in terminal.text)  # the last row is drawn too
    assert found[0] is not None
    return found[0][1].replace(" ", "")


def raw(chance: random.Random, letters: str) -> str:
    """Bytes that fire nothing: pastes, clicks, held keys, letters in a wrong order, noise."""
    x, y = chance.randint(1, 100), chance.randint(3, 28)  # not on a key's name: that arms
    wrong = "".join(chance.sample(letters, 4))
    return chance.choice(
        [
            f"\x1b[200~{letters}\r\x1b[201~",
            f"\x1b[200~{letters}\x1b[201~",
            f"\x1b[200~{F9}{letters}\r",  # a paste that is never closed, and then it is
            f"\x1b[200~\x1b{letters}\r\x1b[201~",
            f"\x1b[200~{letters[0]}\x1b[99;99{letters}\r{'x' * 40}\x1b[201~",
            "\x1b[201~",
            f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m",
            f"\x1b[<2;{x};{y}M\x1b[<2;{x};{y}m",
            letters[0] * 40,
            letters[:3],
            f"{letters[:3]}\x7f{letters[3]}",
            "\r" * 10 if chance.random() < 0.5 else "\n" * 10,
            f"{wrong if wrong != letters else wrong[::-1]}\r",
            "\x1b[A\x1b[B\x1b[5~\x1b[6~",
            "14",
            "\x1b[O\x1b[I",  # the window loses the focus, and has it again
        ]
    )


def taken_in(terminal: Terminal, letters: str) -> None:
    """Wait until all that was sent is dealt with: the guard takes a letter, or is gone."""
    terminal.send(f"\x7f{letters[0]}")
    one = f"typed {letters[0]} _ _ _"
    terminal.until(lambda: one in terminal.text or ARMED not in terminal.text)


def left(switch: Switch, terminal: Terminal) -> None:
    assert not switch.keys, "nothing was sent"
    assert not switch.effects
    assert "ROLLBACK running" not in terminal.text


def test_raw_bytes_of_a_terminal_never_fire(tmp_path: Path, home: Path) -> None:
    chance = random.Random(SEED)
    with running_switch() as switch:
        standing = switched(tmp_path / "claims", switch)
        with opened(standing.directory, home, "--as", "agent lead") as terminal:
            terminal.shows("claims-triage", "F9 Rollback")
            for _ in range(12):
                letters = armed(terminal)
                for _ in range(6):
                    terminal.send(raw(chance, letters))
                terminal.send("\x1b[201~")  # a paste that was left open ends
                taken_in(terminal, letters)
                left(switch, terminal)
                if ARMED in terminal.text:
                    terminal.send("\x1b")
                    terminal.until(lambda: ARMED not in terminal.text)
            letters = armed(terminal)
            terminal.send(f"\x7f{letters.lower()}\r")
            terminal.shows("ROLLBACK verified")
            assert len(switch.effects) == 1, "typed one by one they do"


@pytest.mark.parametrize("before", [F9, "\x1b", "\x1b[99;99", "\x1b\x1b", "x\x1b[", "\x1bO"])
@pytest.mark.parametrize("after", ["", "x" * 40])
def test_a_paste_with_escapes_in_it_does_not_fire(
    before: str, after: str, tmp_path: Path, home: Path
) -> None:
    """Textual gives what follows an unknown escape as keys, also within a paste."""
    with running_switch() as switch:
        standing = switched(tmp_path / "claims", switch)
        with opened(standing.directory, home, "--as", "agent lead") as terminal:
            terminal.shows("claims-triage", "F9 Rollback")
            letters = armed(terminal)
            terminal.send(f"\x1b[200~{before}{letters}\r{after}\x1b[201~")
            taken_in(terminal, letters)
            terminal.kill(signal.SIGTERM)  # the paste's other letters may have opened anything
            assert terminal.end() == 0
            left(switch, terminal)
    assert "rollback.triggered" not in kinds(standing.open())


def test_pasted_bytes_where_the_terminal_brackets_nothing_need_the_letters_of_now(
    tmp_path: Path, home: Path
) -> None:
    """What was copied from an earlier guard, line end and all, fires nothing in this one."""
    with running_switch() as switch:
        standing = switched(tmp_path / "claims", switch)
        with opened(standing.directory, home, "--as", "agent lead") as terminal:
            terminal.shows("claims-triage", "F9 Rollback")
            old = armed(terminal)
            terminal.escape()
            new = armed(terminal)
            assert new != old, "new each time"
            terminal.send(f"{old}\r{old}\r")
            taken_in(terminal, new)
            left(switch, terminal)
