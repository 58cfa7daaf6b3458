"""Bad directories, bad configs, bad words: one sentence each, and never a traceback."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.shell import USAGE, Shell

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("open", "DIR"),
    ("watch", "DIR"),
    ("status", "DIR"),
    ("status", "DIR", "--json"),
    ("checklist", "DIR"),
    ("gate", "DIR"),
    ("gate", "DIR", "--advance"),
    ("confirm", "DIR", "test-set", "--evidence", "seen it myself"),
    ("baseline", "DIR", "--accuracy=1", "--latency-p95=1", "--cost-per-call=1", "--source=x"),
    ("brief", "DIR", "x"),
    ("review", "DIR", "c1=right"),
    ("satisfaction", "DIR", "positive", "x"),
    ("note", "DIR", "x"),
    ("ack", "DIR", "x"),
    ("checkin", "DIR", "x"),
    ("incident", "DIR", "--open", "x"),
    ("duty", "DIR", "x", "y"),
    ("postmortem", "DIR", "--root-cause=x", "--change=x", "--timeline=x", "--cases=1"),
    ("rollback", "DIR", "--fire"),
    ("journal", "show", "DIR"),
    ("journal", "export", "DIR"),
    ("handover", "DIR", "--take"),
    ("assess", "DIR"),
    ("limitation", "DIR", "x"),
)
IDS = ["-".join(words).replace("DIR", "").replace("--", "") for words in COMMANDS]
# As root, nothing is unreadable; without these capabilities it is.
UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")


def on(directory: Path, words: tuple[str, ...]) -> list[object]:
    return [directory if word == "DIR" else word for word in words]


@pytest.mark.parametrize("words", COMMANDS, ids=IDS)
def test_a_missing_directory(shell: Shell, words: tuple[str, ...]) -> None:
    shell(*on(shell.place / "nowhere", words)).fails(USAGE, "nowhere")
    assert not (shell.place / "nowhere").exists()


@pytest.mark.parametrize("words", COMMANDS[::4], ids=IDS[::4])
def test_a_file_in_the_directorys_place(shell: Shell, words: tuple[str, ...]) -> None:
    place = shell.place / "claims"
    place.write_text("not a directory")
    shell(*on(place, words)).fails(USAGE, "claims")


@pytest.mark.parametrize("words", COMMANDS[1::4], ids=IDS[1::4])
def test_a_config_that_does_not_parse(shell: Shell, claims: Path, words: tuple[str, ...]) -> None:
    path = claims / "warroom.toml"
    path.write_text(path.read_text().replace("version = 1", "version = = 1", 1))
    shell(*on(claims, words)).fails(USAGE, "warroom.toml:5: is not TOML")


def test_every_problem_of_a_config_is_told(shell: Shell, claims: Path) -> None:
    path = claims / "warroom.toml"
    text = path.read_text().replace('exposure = "internal"', 'exposure = "secret"')
    path.write_text(text.replace("[agent]", "[agent]\nnme = 1"))
    answer = shell("status", claims)
    assert answer.code == USAGE
    assert len(answer.err.splitlines()) == 2
    assert "did you mean" in answer.err
    assert "secret" in answer.err or "exposure" in answer.err


@pytest.mark.parametrize("words", COMMANDS[2::4], ids=IDS[2::4])
def test_an_unreadable_directory(shell: Shell, claims: Path, words: tuple[str, ...]) -> None:
    claims.chmod(0o000)
    try:
        answer = shell(*on(claims, words), prefix=UNPRIVILEGED)
    finally:
        claims.chmod(0o700)
    answer.fails(USAGE, str(claims))


def test_an_unwritable_directory(shell: Shell, claims: Path) -> None:
    claims.chmod(0o500)
    try:
        shell("note", claims, "x", prefix=UNPRIVILEGED).fails(USAGE, "journal")
        shell("status", claims, prefix=UNPRIVILEGED).done()
        shell("init", claims / "sub", "--name=x", "--context=internal", prefix=UNPRIVILEGED).fails(
            USAGE, "cannot be made"
        )
    finally:
        claims.chmod(0o700)


def test_an_unwritable_state_directory(shell: Shell, claims: Path) -> None:
    (shell.place / "home").chmod(0o500)
    try:
        shell("note", claims, "x", prefix=UNPRIVILEGED).fails(USAGE, str(shell.place / "home"))
    finally:
        (shell.place / "home").chmod(0o700)


@pytest.mark.parametrize(
    "words",
    [
        ("stats", "x"),
        ("status",),
        ("status", "x", "--jso"),
        ("gate", "x", "--advance", "--hold", "y"),
        ("incident", "x", "--open", "y", "--severity", "9"),
        ("satisfaction", "x", "happy", "y"),
        ("journal",),
        ("journal", "export", "x", "--format", "pdf"),
        ("demo", "--for", "30"),
        ("demo", "--for", "-3s"),
        ("demo", "--for", "nans"),
        ("demo", "--scenario", "flood"),
        ("demo", "--speed", "0"),
        ("demo", "--speed", "nan"),
    ],
    ids=" ".join,
)
def test_words_that_make_no_sense(shell: Shell, words: tuple[str, ...]) -> None:
    shell(*words).fails(USAGE)


@pytest.mark.parametrize("words", [*(words[:1] for words in COMMANDS[:-2]), ("journal", "show")])
def test_every_command_has_its_help(shell: Shell, words: tuple[str, ...]) -> None:
    said = shell(*words, "--help").done()
    assert said.startswith(f"usage: warroom {' '.join(words)} ")


@pytest.mark.parametrize("words", [("open",), ("replay",), ("demo", "--dir")])
def test_a_console_without_a_terminal(shell: Shell, claims: Path, words: tuple[str, ...]) -> None:
    shell("note", claims, "something to replay").done()
    place = shell.place / "new" if words[0] == "demo" else claims
    shell(*words, place).fails(USAGE, "a console needs a terminal")
    assert not (shell.place / "new").exists()


def test_version(shell: Shell) -> None:
    assert re.fullmatch(r"warroom \d+\.\d+\.\d+\n", shell("--version").done())


@pytest.mark.parametrize("words", [["status", "--offline"], ["rollback"], ["note", "x"]])
def test_textual_is_loaded_for_a_screen_only(shell: Shell, claims: Path, words: list[str]) -> None:
    program = (
        "import sys; from console.cli import main\n"
        "main(sys.argv[1:])\n"
        "sys.stderr.write(' '.join(n for n in sys.modules if n in ('textual', 'plotext')))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, words[0], str(claims), *words[1:], *_as(words[0])],
        env=shell.env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stderr == ""


def _as(command: str) -> list[str]:
    return ["--as", "agent lead"] if command == "note" else []


def test_a_reader_that_goes_away_is_no_fault(shell: Shell, claims: Path) -> None:
    shell("note", claims, "x").done()
    program = "from console.cli import main; raise SystemExit(main())"
    with subprocess.Popen(
        [sys.executable, "-c", program, "status", str(claims), "--json"],
        env=shell.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert "Traceback" not in said
    assert "Exception" not in said


@pytest.mark.parametrize("command", ["open", "replay"])
def test_a_theme_that_there_is_not(shell: Shell, command: str) -> None:
    shell(command, shell.place, "--theme", "drak").fails(USAGE, 'did you mean "dark"')
