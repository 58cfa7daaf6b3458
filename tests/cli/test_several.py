"""`warroom` alone, `warroom list` and `warroom locate`: which deployments are here, and where."""

import os
import sys
from pathlib import Path

import pytest

from tests.app.terminal import MAIN, Terminal, environment
from tests.cli.shell import USAGE, Shell, entries


def make(shell: Shell, name: str, context: str, agent: str = "") -> Path:
    directory = shell.place / "all" / name
    shell("init", directory, "--name", agent or name, "--context", context).done()
    (directory / "calls.jsonl").touch()
    return directory


@pytest.fixture
def several(shell: Shell) -> Path:
    """A customer-facing one, an internal one whose name sorts last, and one that does not parse."""
    make(shell, "claims", "customer-facing")
    make(shell, "router", "internal", "ticket-router")
    broken = make(shell, "broken", "internal") / "warroom.toml"
    broken.write_text(broken.read_text().replace("[agent]", "[agent", 1))
    return shell.place / "all"


def test_where_there_is_none_it_says_how_to_begin(shell: Shell) -> None:
    said = shell().done()
    for words in ("No deployment is here", "warroom demo", "warroom init DIR", "warroom --help"):
        assert words in said


def test_among_several_the_internal_ones_come_first(shell: Shell, several: Path) -> None:
    shell.place = several
    lines = shell().done().splitlines()
    first = [line.partition(" ")[0] for line in lines if line[:1] not in {" ", ""}]
    assert first == ["ticket-router", "claims", "broken", "Next:"]
    assert "ticket-router (internal) is preparing: readiness" in lines[0]
    assert "Nothing recorded yet; nobody watches." in lines[1]
    assert "warroom.toml:" in lines[5]
    assert "is not TOML" in lines[5]
    assert not list(several.rglob("journal")), "looking makes nothing"


def test_alone_on_a_terminal_it_lets_one_be_chosen(shell: Shell, several: Path) -> None:
    chooses = f"import os; os.chdir({str(several)!r})\n{MAIN}"
    env = environment(shell.place / "home")
    terminal = Terminal([sys.executable, "-c", chooses], env, (80, 24))
    try:
        terminal.shows("deployments, internal first", "ticket-router", "claims")
        terminal.send("\x1b")
        assert terminal.end() == 0
    finally:
        terminal.close()


def test_those_of_one_name_are_told_apart(shell: Shell) -> None:
    for name in ("eu", "us", "router"):
        make(shell, name, "internal", "router" if name == "router" else "claims")
    shell.place /= "all"
    lines = shell().done().splitlines()
    first = [line.partition(" (")[0] for line in lines if "(internal)" in line]
    assert first == ["claims in eu", "claims in us", "router"]


def test_one_that_is_made_to_harm_does_not_hide_the_others(shell: Shell, several: Path) -> None:
    piped = make(shell, "piped", "internal")
    shell("note", piped, "begun").done()
    (journal,) = (piped / "journal").glob("*.jsonl")
    journal.unlink()
    for path in (journal, piped / "telemetry" / "calls.jsonl"):
        path.parent.mkdir(exist_ok=True)
        os.mkfifo(path)
    odd = make(shell, "odd", "internal")
    (odd / "clock.json").write_text("[]")
    said = shell("list", several).done()
    assert "claims (customer-facing) is preparing" in said
    assert f"{odd}/clock.json is no clock of a demo" in said
    assert f"Journal: {journal}, line 1 (byte 0): the file cannot be read" in said


def test_in_a_deployment_it_says_what_helps_on(shell: Shell, several: Path) -> None:
    shell.place = several / "router"
    said = shell().done()
    assert said.splitlines()[-1] == "Next: warroom check ., then warroom open ."
    shell("note", ".", "begun").done()
    said = shell().done()
    assert "As recorded at " in said
    assert said.splitlines()[-1] == "Next: warroom open ."
    shell.place = several / "broken"
    assert shell().done().splitlines()[-1] == "Next: mend that, then: warroom check ."


def test_where_nobody_can_choose_one_must_be_named(shell: Shell, several: Path) -> None:
    shell("open", several).fails(USAGE, "name one of them; see: warroom list")


@pytest.mark.parametrize("words", [("open",), ()])
def test_the_only_one_is_opened_from_where_it_lies(shell: Shell, words: tuple[str, ...]) -> None:
    """`warroom open` where one lies in the directory, and `warroom` alone."""
    make(shell, "claims", "internal")
    place = str(shell.place / "all")
    opens = f"import os, sys; os.chdir({place!r}); sys.argv[1:] = {list(words)!r}\n{MAIN}"
    terminal = Terminal([sys.executable, "-c", opens], environment(shell.place / "home"), (100, 30))
    try:
        terminal.shows("claims", "READINESS")
        terminal.send("q")
        assert terminal.end() == 0
    finally:
        terminal.close()


def test_without_a_terminal_it_is_said_what_opens_the_only_one(shell: Shell) -> None:
    make(shell, "claims", "internal")
    shell.place /= "all"
    assert shell().done().splitlines()[-1] == "Next: warroom check claims, then warroom open claims"
    shell("open").fails(USAGE, "a console needs a terminal")


def test_open_where_none_is_says_how_to_make_one(shell: Shell) -> None:
    shell("open").fails(USAGE, "warroom.toml does not exist; make one with: warroom init .")


def test_the_list_for_programs(shell: Shell, several: Path) -> None:
    shell("incident", several / "claims", "--open", "wrong amounts", "--severity", "2").done()
    told = shell("list", several, "--json").json()["deployments"]
    assert [Path(one["directory"]).name for one in told] == ["router", "claims", "broken"]
    claims = told[1]
    assert (claims["context"], claims["status"], claims["alerts"]) == (
        *("customer-facing", "preparing"),
        [],
    )
    assert (claims["owed"], claims["overdue"]) == (2, 0), "the sponsor, and a status update"
    assert claims["recorded_at"].endswith("Z")
    assert claims["age_s"] < 60
    assert set(told[2]) == {"directory", "problem"}
    assert len(shell("list", several / "claims", "--json").json()["deployments"]) == 1
    assert "No deployment lies in" in shell("list", several / "claims" / "journal").done()
    shell("list", several / "nowhere").fails(USAGE, "is not a directory")


def test_locate_says_where_and_whether(shell: Shell, claims: Path) -> None:
    shell("note", claims, "hello").done()
    places = {one["id"]: one for one in shell("locate", claims, "--json").json()}
    assert places["config"] == {
        "id": "config",
        "what": "what the deployment is",
        "path": str(claims / "warroom.toml"),
        "exists": True,
    }
    assert places["own-journal"]["path"].endswith(f"{entries(claims)[0]['writer']}.jsonl")
    there = {name for name, one in places.items() if one["exists"]}
    assert {"journal", "own-journal", "state", "last-good", "product"} <= there
    assert "clock" not in places, "only a demo has one"
    assert not {"fallback", "reports", "order", "socket", "log"} & there
    assert places["state"]["path"].startswith(shell.env["XDG_STATE_HOME"])
    shell.place = claims
    assert "exists   " + str(claims / "journal") in shell("locate").done()
    (claims / "warroom.toml").write_text("version = [")
    assert "the last good config" in shell("locate").done(), "it is known by the last good one"


def test_locate_without_a_config_tells_what_it_can(shell: Shell) -> None:
    answer = shell("locate", shell.place)
    assert answer.code == 0
    assert "warroom.toml does not exist" in answer.err
    assert "missing  " in answer.out
    shell("locate", shell.place / "nowhere").fails(USAGE, "is not a directory")
