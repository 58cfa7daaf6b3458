"""`warroom troubleshoot`: the troubleshooting table, all of it or what holds the words. Offline."""

from argparse import Namespace
from pathlib import Path

from config.load import FILE_NAME
from console.cli.exits import DONE, REFUSED
from console.cli.say import say, warn
from console.domain.troubleshooting import search


def troubleshoot(args: Namespace) -> int:
    """0, or 1 if no row holds all of the words. The table is the same for every deployment."""
    words = list(args.words)
    if words and (Path(words[0]) / FILE_NAME).is_file():
        words = words[1:]
    found = search(" ".join(words))
    if not found:
        warn("no row of the troubleshooting table holds all of these words")
        return REFUSED
    for place, row in enumerate(found):
        say(*([""] if place else []), row.symptom, f"  likely: {row.cause}")
        say(*(f"  {number}. {step}" for number, step in enumerate(row.fix, 1)))
    return DONE
