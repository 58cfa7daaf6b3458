"""Opening a deployment: who is at the keys, and a record even where the journal is in trouble."""

import getpass
import os

from config.load import Loaded
from config.model import Deployment
from console.clock import Clock
from console.domain.entry import Actor
from console.journal import MissingJournal, Unwritable
from console.room.record import Record

NOBODY = "nobody named"


class OpenFailed(Exception):
    """The deployment cannot be opened; the text is one sentence for the operator."""


def record_for_rollback(loaded: Loaded, clock: Clock, actor: Actor) -> tuple[Record, str]:
    """The journal to write to, else to read, else none; and why it cannot be written."""
    name = loaded.deployment.deployment
    trouble = ""
    for read_only in (False, True):
        try:
            record = Record.open(
                loaded.directory,
                name,
                clock=clock,
                config_hash=loaded.sha256,
                actor=actor,
                read_only=read_only,
            )
        except (Unwritable, OSError, ValueError) as error:
            trouble = trouble or str(error)
        else:
            return record, trouble
    return Record(MissingJournal(name, clock, trouble)), trouble


def actor_for(deployment: Deployment, who: str) -> Actor:
    """The operator called `who`; without a name, somebody who only observes."""
    if not who:
        try:
            account = getpass.getuser()
        except (KeyError, OSError):
            account = f"account {os.getuid()}"
        return Actor(f"{NOBODY} ({account})", ("observer",))
    person = deployment.person(who)
    if person is None:
        names = ", ".join(p.name for p in deployment.people)
        raise OpenFailed(f'nobody in warroom.toml is called "{who}" (one of: {names})')
    return Actor(person.name, tuple(person.roles))
