"""The recorded minutes: calls folded into minutes, kept in files, written by one process."""

from console.telemetry.fold import Delta, apply_minutes, fold
from console.telemetry.history import History
from console.telemetry.store import Reader, Recorder, WatchLock, load

__all__ = ["Delta", "History", "Reader", "Recorder", "WatchLock", "apply_minutes", "fold", "load"]
