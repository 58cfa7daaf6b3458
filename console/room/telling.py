"""A refusal tells what another did first, for two may decide the same thing at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.domain.commands import Command
from console.domain.hints import all_pasted
from console.domain.meanwhile import as_seen, explained
from console.domain.refused import Refused
from console.journal.record import Record


@contextmanager
def telling(command: Command, record: Record, name: str, directory: Path) -> Iterator[None]:
    """Under the journal's lock: what `name` asked for is decided inside, on all that is on record.

    `Refused` comes with who was first, when and with what; its commands name `directory`.
    """
    try:
        as_seen(command, record.entries, name)
        yield
    except Refused as refused:
        reasons = explained(command, refused.reasons, record.entries, name)
        raise Refused(*all_pasted(reasons, directory)) from refused
