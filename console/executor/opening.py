"""Opening a deployment: who is at the keys, and a record even where the journal is in trouble."""

import getpass
import os
from pathlib import Path

from config.load import Loaded
from config.model import Deployment
from console.clock import CLOCK_FILE, Clock, SavedClock
from console.domain.entry import Actor
from console.journal import MissingJournal, Unwritable
from console.journal.members import members_of
from console.journal.record import Record
from console.lock import FileLock

NOBODY = "nobody named"
BEING_MADE = ".being-made"


class OpenFailed(Exception):
    """The deployment cannot be opened; the text is one sentence for the operator."""


def unmade(directory: Path) -> str:
    """Why the demo in `directory` cannot be opened yet, or ever; empty for one that is whole.

    What is written to it while its past is made would become a part of that.
    """
    mark = directory / BEING_MADE
    if not mark.exists():
        return ""
    if FileLock(mark).taken():
        return f"the demo in {directory} is still being made: open it once its screen is up"
    return f"the demo in {directory} was broken off while it was made: begin another, elsewhere"


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
                demo=isinstance(clock, SavedClock),
                members=members_of(loaded, asks=False),
            )
        except (Unwritable, OSError, ValueError) as error:
            trouble = trouble or str(error)
        else:
            return record, trouble
    return no_record(name, clock, trouble), trouble


def no_record(deployment: str, clock: Clock, trouble: str) -> Record:
    """A record where there is no journal: it holds nothing and takes nothing, and says why."""
    return Record(MissingJournal(deployment, clock, trouble))


def clock_mismatch(directory: Path, record: Record, demo: bool) -> str:
    """Why the deployment's clock is not the one that its journal was kept on; empty if it is.

    A scaled clock in a real deployment would let a dwell pass in no time.
    """
    held = record.state.clock
    if demo and held != "demo":
        return (
            f"{directory / CLOCK_FILE} would scale the time, but the journal was not begun by a "
            "demo: remove that file"
        )
    if held == "demo" and not demo:
        return (
            f"this is a demo's journal, and {directory / CLOCK_FILE} is gone: begin another with "
            "warroom demo"
        )
    return ""


def actor_for(deployment: Deployment, who: str) -> Actor:
    """The operator called `who`, or who alone has that role; without a name, an observer."""
    if not who:
        try:
            account = getpass.getuser()
        except (KeyError, OSError):
            account = f"account {os.getuid()}"
        return Actor(f"{NOBODY} ({account})", ("observer",))
    role = who.strip().lower().replace(" ", "-")
    holders = [one for one in deployment.people if role in one.roles]
    person = deployment.person(who) or (holders[0] if len(holders) == 1 else None)
    if person is None:
        if holders:
            them = " or ".join(f'"{one.name}"' for one in holders)
            raise OpenFailed(f"{len(holders)} people have the role {role}: say {them}")
        names = ", ".join(p.name for p in deployment.people)
        raise OpenFailed(f'nobody in warroom.toml is called "{who}" (one of: {names})')
    return Actor(person.name, tuple(person.roles))
