"""The troubleshooting table at hand: the rows that look like what is seen. Pure, offline."""

import re

from config.guide import TroubleRow, trouble_rows
from console.domain.crosscheck import PREFIX as CHECK

_WORD = re.compile(r"\w+")


def rows_for(kind: str, name: str) -> tuple[TroubleRow, ...]:
    """The rows that match, in the guide's order.

    `kind` is "alert" (then `name` is its rule), "trigger", "row" (of the escalation protocol; also
    "missed", for an SLA that was), or "feed" (then it is its freshness).
    """
    looked_for = f"{kind}:{name.removeprefix(CHECK) if kind == 'alert' else name}"
    return tuple(row for row in trouble_rows() if looked_for in row.matches)


def search(text: str) -> tuple[TroubleRow, ...]:
    """The rows that hold every word of `text`, in any case and also as parts of longer words."""
    wanted = [word.casefold() for word in _WORD.findall(text)]
    return tuple(row for row in trouble_rows() if all(word in _hay(row) for word in wanted))


def _hay(row: TroubleRow) -> str:
    return " ".join((row.id, row.symptom, row.cause, *row.fix, *row.matches)).casefold()
