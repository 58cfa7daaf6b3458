"""Whether members can sign, and are known; see `doctor`."""

from collections.abc import Iterator

from config.load import Loaded
from console.journal.disputed import disputed_words
from console.journal.judging import Judge
from console.journal.members import members_of
from console.journal.signing import SigningError
from console.journal.vouching import key_file, whose
from console.room.finding import Finding


def look_at_members(loaded: Loaded, now: float) -> Iterator[Finding]:
    """Whose the key of this account is; nothing where entries count without signatures."""
    members = members_of(loaded)
    if members is None:
        return
    try:
        name, _ = whose(key_file(loaded), members, now)
    except SigningError as error:
        yield Finding("members", "key", "fail", str(error))
    else:
        yield Finding("members", "key", "ok", f"it signs for {name}")


def look_at_own_entries(loaded: Loaded, judging: Judge | None, now: float) -> Iterator[Finding]:
    """Whether other machines believe what this account wrote. Asks `ssh-keygen`."""
    members = members_of(loaded)
    if members is None or judging is None:
        return
    judging.judge(own=True, keep=False)
    try:
        who, _ = whose(key_file(loaded), members, now)
    except SigningError:
        who = ""
    if told := disputed_words(judging.disputed(who)):
        yield Finding("members", "entries", "warn", told)
