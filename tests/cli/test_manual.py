"""`--help`: every command has its task and its page, and what a page shows can be typed."""

import argparse
import shlex
from collections.abc import Iterator

import pytest

from console.cli.completion import commands
from console.cli.manual import commands_of, grouped, help_of
from console.cli.manual_pages import PAGES
from console.cli.parser import build_parser
from tests.cli.shell import USAGE, Shell

WIDTH = 80
PARSER = build_parser()


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from parsers(below)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def test_no_line_is_too_long_for_a_terminal() -> None:
    for parser in parsers(PARSER):
        long = [line for line in help_of(parser).splitlines() if len(line) > WIDTH]
        assert not long, parser.prog


def test_every_command_has_a_task_and_a_page() -> None:
    told = commands_of(PARSER)
    assert "more" not in dict(grouped(told)), "name it in GROUPS"
    assert set(told) <= set(PAGES), "write its page"
    places = {one.place.strip("/").replace("/", " ") for one in commands(PARSER)}
    assert set(PAGES) <= places


@pytest.mark.parametrize("line", [one for page in PAGES.values() for one in page.examples])
def test_what_a_page_shows_can_be_typed(line: str) -> None:
    words = shlex.split(line.removeprefix("source <(").rstrip(")").partition(" > ")[0])
    assert words[0] == "warroom"
    assert PARSER.parse_args(words[1:]).run


def test_help_of_a_command(shell: Shell) -> None:
    said = shell("help", "config", "schema").done()
    assert said == shell("config", "schema", "--help").done()
    assert "#:schema" in said
    assert "go back:\n  rollback " in shell("help").done()
    shell("help", "rolback").fails(
        USAGE, 'there is no command "rolback" (did you mean "rollback"?)'
    )
