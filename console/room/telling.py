"""A refusal tells what another did first, for two may decide the same thing at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from console.domain.commands import Command
from console.domain.meanwhile import as_seen, explained
from console.domain.refused import Refused
from console.journal.record import Record


@contextmanager
def telling(command: Command, record: Record, name: str) -> Iterator[None]:
    """Under the journal's lock: what `name` asked for is decided inside, on all that is on record.

    `Refused` comes with who was first, when and with what.
    """
    try:
        as_seen(command, record.entries, name)
        yield
    except Refused as refused:
        raise Refused(*explained(command, refused.reasons, record.entries, name)) from refused
