"""An entry that does not apply to the state that it meets."""

from typing import Any


class Misfit(Exception):
    """The entry does not apply to this state; the text says why."""


def known(table: dict[str, Any], key: str, what: str) -> Any:
    """`table[key]`, or a misfit that names what is not known."""
    if key not in table:
        raise Misfit(f"no {what} {key} is known")
    return table[key]
