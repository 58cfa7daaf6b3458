"""The key map: checked before a console starts on it, and then obeyed."""

import os
from pathlib import Path

import pytest

from config.load import ConfigError
from console.app import WarRoomApp
from console.cli import main
from console.screens.bound import held
from console.screens.dialogs import Ask
from console.screens.gate import GateDialog
from console.screens.keymap import places, read_keymap
from console.screens.overview import OverviewScreen
from tests.app.everywhere import all_screens
from tests.app.rooms import Stand


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "keys.toml"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('gate.hodl = "x"', 'no binding is called "gate.hodl"; did you mean "gate.hold"?'),
        ('note.write = "entr"', 'note.write: there is no key "entr"; did you mean "enter"?'),
        ("note.write = 3", "note.write: its value is a text with at least one key"),
        ('note.write = ""', "note.write: its value is a text with at least one key"),
        ('feeds.show = "ctrl+h"', "feeds.show: ctrl+h is Backspace, Tab, Enter or Escape"),
        ('note.write = "f9"', "note.write: f9 is the kill switch and nothing else"),
        ('note.write = "escape"', "note.write: escape is the way back and nothing else"),
        ('rollback.arm = "f12"', "rollback.arm: f9 must stay one of its keys"),
        ('rollback.arm = "f9,z"', "rollback.arm: z may be typed"),
        ('dialog.back = "b"', "dialog.back: escape must stay one of its keys"),
        ('note.write = "\\u001b"', 'note.write: there is no key "␛"'),
        ('note.write = "shift+n"', "note.write: shift+n never comes: write N"),
        ('gate.hold = "v"', "gate.hold: v would be gate.advance too (gate)"),
        ('note.write = "q"', "note.write: q would be app.quit too (anywhere)"),
        ('alerts.silence = "?"', "alerts.silence: question_mark would be help.show too (alerts)"),
        ('alerts.silence = "j"', "alerts.silence: j would be list.down too (alerts)"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(line: str, why: str, tmp_path: Path) -> None:
    file = written(tmp_path, f'# mine\n"checkin.make" = "K"\n{line}\n')
    with pytest.raises(ConfigError) as raised:
        read_keymap(file)
    (problem,) = raised.value.problems[:1]
    assert problem.startswith(f"{file}:3: {why}")


def test_a_file_that_is_no_key_map_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is nested too deeply"):
        read_keymap(written(tmp_path, f"a = {'[' * 5000}"))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="is no regular file"):
        read_keymap(tmp_path / "pipe")


def test_the_template_is_a_key_map_that_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["keys", "--toml"]) == 0
    lines = capsys.readouterr().out.splitlines()
    own = [line.removeprefix("# ") if line.startswith('# "') else line for line in lines]
    keymap = read_keymap(written(tmp_path, "\n".join(own)))
    assert keymap == {one.id: one.key for place in places() for one in place.own}
    assert {one.id for kind in all_screens() for one in held(kind) if not one.system} <= {
        *keymap, None
    }  # fmt: skip


def test_no_console_starts_on_a_bad_one(
    tmp_path: Path, window: Stand, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    home = tmp_path / "config"
    (home / "warroom").mkdir(parents=True)
    bad = home / "warroom" / "keys.toml"
    bad.write_text('gate.decide = "f9"\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    assert main(["open", str(window.directory)]) == 2
    assert f"{bad}:1: gate.decide: f9 is the kill switch" in capsys.readouterr().err
    good = written(tmp_path, 'gate.decide = "ctrl+g"\n')
    assert main(["keys", "--keys", str(good)]) == 0
    assert "gate.decide                 ctrl+g" in capsys.readouterr().out
    monkeypatch.setenv("WARROOM_KEYS", str(tmp_path / "none.toml"))
    assert main(["open", str(window.directory)]) == 2
    assert "none.toml: No such file" in capsys.readouterr().err


async def test_a_good_one_is_obeyed_and_shown(tmp_path: Path, window: Stand) -> None:
    file = written(tmp_path, 'gate.decide = "ctrl+g"\nnote.write = "N"\nincidents.note = "N"\n')
    app = WarRoomApp(window.open(), keymap=read_keymap(file))
    async with app.run_test(size=(120, 40)) as pilot:
        seen = []
        for key in ("g", "ctrl+g", "escape", "n", "N"):
            await pilot.press(key)
            seen.append(type(app.screen))
        assert seen == [OverviewScreen, GateDialog, OverviewScreen, OverviewScreen, Ask]


# What is learned once: on whatever screen, these keys mean this and nothing else.
LEARNED = {
    "a": {"Ack", "Acknowledge"},
    "y": {"Copy", "Copy commands"},
    "slash": {"Filter", "Search"},
    "question_mark": {"Help", "Back"},
    "G": {"Last", "End"},
    "ctrl+d": {"Page down"},
    "ctrl+u": {"Page up"},
    "ctrl+o": {"Jump"},
    "escape": {"Back", "Show all", "Clear filter", "Stop", "Look on", "Pause"},
    "j": {"Down", "Next", "Next metric", "Metric", "Skip"},
    "k": {"Up", "Back", "Previous metric", "Metric"},
}


# On the walk b goes back an item, and on the wall's screen it leaves that.
SHADOWED = {"b": {"Back"}}


def test_the_same_key_means_the_same_everywhere() -> None:
    anywhere = {key: one for one in places()[0].own for key in one.key.split(",")}
    for place in places()[2:]:
        for one in place.own:
            for key in one.key.split(","):
                if key in LEARNED:
                    assert one.description in LEARNED[key], f"{key} on {place.name}"
                elif key in anywhere and anywhere[key] in place.reached:
                    means = {anywhere[key].description, *SHADOWED.get(key, ())}
                    assert one.description in means, f"{key} on {place.name}"
