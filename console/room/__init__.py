"""The war room: the one object that a screen or a command talks to."""

from console.executor.lastgood import load_or_last_good
from console.executor.opening import OpenFailed
from console.executor.run import Run, Way, missing_secrets, way_back, what_it_does
from console.journal.record import WRITE_ERRORS, Record
from console.room.picture import METRICS, Picture
from console.room.room import WarRoom
from console.room.sampling import NotRead, Reading, Sampling
from console.room.watch import Recording

__all__ = [
    "METRICS",
    "WRITE_ERRORS",
    "NotRead",
    "OpenFailed",
    "Picture",
    "Reading",
    "Record",
    "Recording",
    "Run",
    "Sampling",
    "WarRoom",
    "Way",
    "load_or_last_good",
    "missing_secrets",
    "way_back",
    "what_it_does",
]
