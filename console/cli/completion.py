"""`warroom completion`: a shell's completions, written from the parser; and `warroom help`."""

import argparse
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from console.cli.exits import DONE

Value = Literal["none", "any", "directory", "file", "words"]


class Option(NamedTuple):
    """An option: its spellings, what it is for, and what follows it."""

    names: tuple[str, ...]
    text: str
    value: Value
    words: tuple[str, ...]


class Command(NamedTuple):
    """A command at its `place`, such as `/config/schema`; the program itself is at ``.

    `below` are the commands that follow it, with what each is for; `words` are what else may stand
    there, `value` whether paths may.
    """

    place: str
    below: dict[str, str]
    options: list[Option]
    words: list[str]
    value: Value


def completion(args: Namespace) -> int:
    """`warroom completion`: 0."""
    from console.cli import completion_scripts
    from console.cli.parser import build_parser
    from console.cli.say import write

    tree = list(commands(build_parser()))
    write([getattr(completion_scripts, args.shell)(tree)])
    return DONE


def shown(args: Namespace) -> int:
    """`warroom help`: 0, or 2 if there is no such command."""
    from console.cli.parser import build_parser

    build_parser().parse_args([*args.words, "--help"])
    return DONE  # it has ended before


def commands(parser: argparse.ArgumentParser, place: str = "") -> Iterator[Command]:
    """A parser's commands, each before those below it."""
    below: dict[str, str] = {}
    options: list[Option] = []
    words: list[str] = []
    values: set[Value] = set()
    parsers: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            parsers = action.choices
            below = {one.dest: one.help or "" for one in action._choices_actions}
        elif action.option_strings:
            names, text = tuple(action.option_strings), _text(action.help)
            options.append(Option(names, text, _value(action), _words(action)))
        else:
            words += _words(action)
            values.add(_value(action))
    paths: Value = "file" if "file" in values else "directory" if "directory" in values else "none"
    yield Command(place, below, options, words, paths)
    for name, each in parsers.items():
        yield from commands(each, f"{place}/{name}")


def _text(text: str | None) -> str:
    return " ".join((text or "").replace("%%", "%").split())


def _words(action: argparse.Action) -> tuple[str, ...]:
    return tuple(str(choice) for choice in action.choices or ())


def _value(action: argparse.Action) -> Value:
    """What may stand where a value of it goes, by how the parser names it."""
    if action.nargs == 0:
        return "none"
    if action.choices:
        return "words"
    name = str(action.metavar or action.dest).upper()
    if name == "DIR":
        return "directory"
    return "file" if action.type is Path or "FILE" in name else "any"
