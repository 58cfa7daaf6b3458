"""What `--help` says beyond the arguments: by task, with examples, exit codes and files.

Read only when it is shown, so that it costs no other command anything.
"""

import argparse
import textwrap
from collections.abc import Iterable, Iterator
from copy import copy
from functools import partial
from shutil import get_terminal_size

from console.cli.manual_pages import GROUPS, PAGES, Page

WIDTH = 80
NAME_WIDTH = 14
EXITS = (
    "0 done, 1 refused, not met, partial or unknown, 2 usage or config, 3 could not reach, "
    "4 journal damaged, 5 a fault of ours"
)
INTRODUCTION = """\
A terminal console for the hours in which an AI agent goes live: what it does, what was
decided, what is owed, and the way back."""
ENDING = """\
Start with warroom demo; for your own agent with warroom init DIR, then warroom open DIR.
DIR is a deployment's directory: warroom.toml, its journal, what was recorded.
Without a command, warroom says what to do next where you are.
One command: warroom help COMMAND, or warroom COMMAND --help.
WARROOM_AS says who you are where --as does not."""


def help_of(parser: argparse.ArgumentParser) -> str:
    """The whole help of the program or of one of its commands, in at most 80 columns."""
    words = parser.prog.split()[1:]
    return _command(parser, " ".join(words)) if words else _program(parser)


def _width() -> int:
    return max(40, min(WIDTH, get_terminal_size().columns))


def _program(parser: argparse.ArgumentParser) -> str:
    told = commands_of(parser)
    lines = ["usage: warroom [COMMAND] [DIR] [OPTION ...]", "", *_wrapped(INTRODUCTION)]
    for title, names in grouped(told):
        lines += ["", f"{title}:"]
        for name in names:
            first, *rest = textwrap.wrap(told[name], _width() - NAME_WIDTH - 2) or [""]
            lines.append(f"  {name:{NAME_WIDTH}}{first}")
            lines += [f"  {'':{NAME_WIDTH}}{each}" for each in rest]
    lines += [
        "",
        "options:",
        f"  {'-h, --help':{NAME_WIDTH}}show this",
        f"  {'--version':{NAME_WIDTH}}show it",
    ]
    for paragraph in (ENDING.splitlines(), [f"Exit codes: {EXITS}."]):
        lines += ["", *(each for line in paragraph for each in _hanging(line))]
    return "\n".join(lines) + "\n"


def commands_of(parser: argparse.ArgumentParser) -> dict[str, str]:
    """What each command of the program is for, by its name."""
    return {
        one.dest: one.help or ""
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for one in action._choices_actions
    }


def grouped(names: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Commands by what somebody wants to do; those that no task names come last."""
    left = list(names)
    for title, held in GROUPS:
        if here := [name for name in held if name in left]:
            yield title, here
            left = [name for name in left if name not in here]
    if left:
        yield "more", left


def _command(parser: argparse.ArgumentParser, name: str) -> str:
    page = PAGES.get(name, Page())
    about = " ".join([parser.description or "", page.about]).strip()
    blocks = []
    if page.examples:
        blocks += ["examples:", *(f"  {one}" for one in page.examples), ""]
    blocks += [f"exit codes: {page.exits or EXITS}"]
    if page.files:
        blocks += ["", f"files: {page.files}"]
    shown = copy(parser)
    shown.description = "\n".join(_wrapped(about))
    shown.epilog = "\n".join(line for block in blocks for line in _hanging(block))
    shown.formatter_class = partial(
        argparse.RawDescriptionHelpFormatter, max_help_position=24, width=_width()
    )
    return argparse.ArgumentParser.format_help(shown)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _width(), break_on_hyphens=False)


def _hanging(text: str) -> list[str]:
    """A paragraph whose later lines are indented; an example stays on its line."""
    if text.startswith("  ") or not text:
        return [text]
    return textwrap.wrap(text, _width(), subsequent_indent="  ", break_on_hyphens=False)
