"""The words of the command line for what is around deployments: which, where, in which form."""

import argparse
from pathlib import Path
from typing import Any

from console.cli.parser_rollout import Add

SHELLS = ("bash", "zsh", "fish")


def add_around(add: Add) -> None:
    """The commands that need no deployment."""
    text = "the deployments in a directory: status, phase, alerts, what is owed"
    listed = add("list", "several:listing", text, directory=False)
    _directory(listed, "where they lie (the one you are in)")
    listed.add_argument("--json", action="store_true", help="for programs")

    locate = add("locate", "locate:locate", "where everything of a deployment is", directory=False)
    _directory(locate, "the deployment's directory (the one you are in)")
    locate.add_argument("--json", action="store_true", help="for programs")

    text = "print a shell's completions of commands, options and directories"
    completion = add("completion", "completion:completion", text, directory=False)
    completion.add_argument("shell", choices=SHELLS)

    shown = add("help", "completion:shown", "the help of a command", directory=False)
    shown.add_argument("words", nargs="*", metavar="COMMAND", help="such as rollback")


def add_schema(kinds: Any) -> None:
    """`warroom config schema`. `kinds` are the commands below `config`."""
    text = "print the JSON Schema of warroom.toml, for editors"
    schema: argparse.ArgumentParser = kinds.add_parser(
        "schema", help=text, description=text[0].upper() + text[1:] + "."
    )
    schema.set_defaults(run="schema:schema")
    schema.add_argument("--output", type=Path, metavar="FILE", help="a file; else standard output")


def _directory(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("dir", metavar="DIR", type=Path, nargs="?", help=what)
