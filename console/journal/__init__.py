"""The record: one append-only, hash-chained file a writer, and the order over all of them."""

from console.journal.errors import Corrupt, DiskFull, Latched, Unwritable
from console.journal.journal import Journal
from console.journal.missing import MissingJournal

__all__ = ["Corrupt", "DiskFull", "Journal", "Latched", "MissingJournal", "Unwritable"]
