"""What somebody may have meant by a name that nobody knows."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None if none is near."""
    names = {each.casefold(): each for each in known}
    found = difflib.get_close_matches(name.casefold(), names, n=1, cutoff=0.6)
    return names[found[0]] if found else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """The end of a refusal: `; did you mean "x"? (one of: x, y)`, in the order given."""
    choices = list(known)
    near = nearest(name, choices)
    meant = f'; did you mean "{near}"?' if near else ""
    return f"{meant} (one of: {', '.join(choices)})"
