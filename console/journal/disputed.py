"""What is said where an account's own entries do not count elsewhere."""

from console.clean import clean
from console.journal.members import Apart


def disputed_words(apart: tuple[Apart, ...]) -> str:
    """How many they are, and of the last one why; empty where there are none."""
    if not apart:
        return ""
    last, count = apart[-1], len(apart)
    entries, them = ("1 entry", "it") if count == 1 else (f"{count:,} entries", "them")
    verb, which = ("names", "it") if count == 1 else ("name", f"the last, entry {last.seq},")
    return (
        f"{entries} of this account {verb} other people or roles than its key's owner: other "
        f"machines keep {them} apart, so they see another state; {which} {clean(last.why, 200)}"
    )
