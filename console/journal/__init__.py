"""The record: one append-only, hash-chained file a writer, and the order over all of them."""

from console.journal.errors import Corrupt, DiskFull, Latched, Unwritable
from console.journal.journal import Journal

__all__ = ["Corrupt", "DiskFull", "Journal", "Latched", "Unwritable"]
