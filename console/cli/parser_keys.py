"""The words of the command line for keys."""

import argparse
from pathlib import Path

from console.cli.parser_rollout import Add


def add_keys_file(command: argparse.ArgumentParser) -> None:
    """`--keys FILE`."""
    command.add_argument(
        "--keys", type=Path, metavar="FILE", help="a key map (or WARROOM_KEYS); see: warroom keys"
    )


def add_keys(add: Add) -> None:
    """The list of keys."""
    text = "every key of the console, its id and where it works"
    keys = add("keys", "keys:keys", text, directory=False)
    keys.add_argument("--toml", action="store_true", help="as a key map to begin with")
    add_keys_file(keys)
