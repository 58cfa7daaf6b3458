"""All that the command line prints passes here, cleaned: the terminal obeys no data."""

import json
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from console.clean import clean

LIMIT = 4000
WIDE, NARROW = 79, 40


def say(*lines: str) -> None:
    """Print lines, each cleaned."""
    for line in lines:
        print(clean(line, LIMIT))


def width() -> int:
    """How long a line may be: that of a usual terminal, or less where this one is narrow."""
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return WIDE
    return min(WIDE, max(NARROW, columns - 1))


def wrapped(text: str, more: str = "  ") -> list[str]:
    """A sentence in lines that fit, two characters in, the later ones `more`."""
    from textwrap import wrap

    later = f"  {more}"
    return wrap(text, width(), initial_indent="  ", subsequent_indent=later, break_on_hyphens=False)


def on_terminal() -> bool:
    """Whether somebody sits there who can be asked and shown something."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def say_now(line: str) -> None:
    """Print a line that somebody waits for."""
    print(clean(line, LIMIT), flush=True)


def say_json(value: object) -> None:
    """Print plain JSON values. ASCII: what is not, JSON escapes, control characters too."""
    print(json.dumps(value, indent=2, allow_nan=False))


def warn(*lines: str) -> None:
    """Say on the error output what is wrong, after the program's name."""
    for line in lines:
        print(f"warroom: {clean(line, 1000)}", file=sys.stderr, flush=True)


def write(pieces: Iterable[str]) -> None:
    """Write what an exporter has cleaned in its own way."""
    sys.stdout.writelines(pieces)


def write_bytes(data: bytes) -> None:
    """Write what is no text, for a file or a pipe."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def forgive() -> None:
    """Let a terminal that lacks a character show its escape instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def patience(what: str) -> Iterator[None]:
    """Say on a terminal that `what` goes on, if it takes longer than a moment."""
    told = threading.Timer(1.0, warn, (f"{what} ...; ctrl+c leaves",))
    told.daemon = True
    if sys.stderr.isatty():
        told.start()
    try:
        yield
    finally:
        told.cancel()
