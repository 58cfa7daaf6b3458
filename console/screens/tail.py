"""Keeps a log widget level with the record: appends what is new, never fills it again in vain."""

from console.room import Record
from console.screens import views
from widgets.journal import JournalLog

CHUNK = 300


class Tail:
    """What of the record one widget has been given."""

    def __init__(self, last: int | None = None) -> None:
        """Give all entries, or begin with only the `last` ones."""
        self._last = last
        self._shown = 0
        self._resorted = 0
        self._several = False

    def follow(self, record: Record, log: JournalLog) -> None:
        """Append what is new; start again where entries of others came in between."""
        entries = record.entries
        several = len(record.journal.heads) > 1
        anew = record.resorted != self._resorted or several != self._several
        if len(entries) < self._shown and self._last is None and not anew:
            log.cut(len(entries))  # a replay goes back too
            self._shown = len(entries)
        if anew or len(entries) < self._shown:
            log.clear()
            self._shown = 0
        self._resorted, self._several = record.resorted, several
        if self._shown == 0 and self._last is not None:
            self._shown = max(0, len(entries) - self._last)
        new = entries[self._shown : self._shown + CHUNK]
        self._shown += len(new)
        if new:
            log.append([views.entry_view(entry, several) for entry in new])
