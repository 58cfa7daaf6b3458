"""The war room: the one object that a screen or a command talks to."""

from console.room.lastgood import load_or_last_good
from console.room.picture import METRICS, Picture
from console.room.record import WRITE_ERRORS, Record
from console.room.rollback import Run, missing_secrets, target_name, what_it_does
from console.room.room import OpenFailed, WarRoom

__all__ = [
    "METRICS",
    "WRITE_ERRORS",
    "OpenFailed",
    "Picture",
    "Record",
    "Run",
    "WarRoom",
    "load_or_last_good",
    "missing_secrets",
    "target_name",
    "what_it_does",
]
