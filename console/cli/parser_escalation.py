"""The words of the command line for escalations (Guide 5)."""

import argparse
from pathlib import Path
from typing import Any

from console.cli.parser_rollout import Add, add_who


def add_escalations(add: Add, commands: Any) -> None:
    """The queue, and what is done with what waits in it. `commands` are the top-level ones."""
    queue = add("escalations", "escalations:escalations", "what waits for a person, and how long")
    queue.add_argument("--group", default="", metavar="ID", help="the single ones of this group")
    queue.add_argument("--rota", action="store_true", help="who answers, and uncovered hours")
    queue.add_argument("--json", action="store_true", help="for programs")

    text = "take escalations in hand, hand them on, resolve them"
    escalation = commands.add_parser("escalation", help=text, description=text.capitalize() + ".")
    kinds = escalation.add_subparsers(title="commands", metavar="COMMAND", required=True)

    confirm = _kind(kinds, "confirm", "probe:confirm_escalation", "a test's notice arrived")
    confirm.add_argument("code", help="the code in the notice")
    add_who(confirm)

    ack = _deed(kinds, "ack", "take them in hand")
    ack.add_argument("--remark", default="", help="a remark")

    assign = _deed(kinds, "assign", "give them to somebody else")
    assign.add_argument("--to", required=True, metavar="NAME", help="one of people")
    assign.add_argument("--why", default="", help="why")

    hand = _deed(kinds, "hand", "give each to its backup")
    hand.add_argument("--why", default="", help="why")

    resolve = _deed(kinds, "resolve", "say what became of them")
    resolve.add_argument("--outcome", required=True, help="what was done, in your own words")
    resolve.add_argument(
        "--pattern", default="", help="the pattern of the input, for the prompt's review"
    )
    verdict = resolve.add_mutually_exclusive_group()
    verdict.add_argument("--true-positive", action="store_true", help="of a flag: it was right")
    verdict.add_argument("--false-positive", action="store_true", help="of a flag: it was wrong")


def _deed(kinds: Any, name: str, text: str) -> argparse.ArgumentParser:
    """A deed on single ones or on a group."""
    command = _kind(kinds, name, f"escalations:{name}", text)
    command.set_defaults(mixed=True)
    command.add_argument("ids", nargs="*", metavar="ID", help="their ids, or those of their calls")
    command.add_argument("--group", default="", metavar="ID", help="all open ones of this group")
    add_who(command)
    return command


def _kind(kinds: Any, name: str, run: str, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = kinds.add_parser(
        name, help=text, description=text[0].upper() + text[1:] + "."
    )
    command.set_defaults(run=run)
    command.add_argument("dir", metavar="DIR", type=Path, help="the deployment's directory")
    return command
