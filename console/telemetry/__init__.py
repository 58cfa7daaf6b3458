"""The recorded minutes: calls folded into minutes, kept in files, written by one process."""

from console.telemetry.fold import Delta, apply_minutes, fold
from console.telemetry.store import Reader, Recorder, WatchLock, load

__all__ = ["Delta", "Reader", "Recorder", "WatchLock", "apply_minutes", "fold", "load"]
