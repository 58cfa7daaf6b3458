"""The war room: the one object that a screen or a command talks to."""

from console.executor.lastgood import load_or_last_good
from console.executor.opening import OpenFailed
from console.executor.run import Run, Way, missing_secrets, way_back, what_it_does
from console.journal.record import WRITE_ERRORS, Record
from console.room.back import LookBack, look_back
from console.room.lookedat import LookedAt
from console.room.past import Decided, PastRoom, Spot, open_past
from console.room.picture import METRICS, Picture
from console.room.replay import SPEEDS, Replay
from console.room.room import WarRoom
from console.room.sampling import NotRead, Reading, Sampling
from console.room.served import ServedRoom
from console.room.watch import Recording

__all__ = [
    "METRICS",
    "SPEEDS",
    "WRITE_ERRORS",
    "Decided",
    "LookBack",
    "LookedAt",
    "NotRead",
    "OpenFailed",
    "PastRoom",
    "Picture",
    "Reading",
    "Record",
    "Recording",
    "Replay",
    "Run",
    "Sampling",
    "ServedRoom",
    "Spot",
    "WarRoom",
    "Way",
    "load_or_last_good",
    "look_back",
    "missing_secrets",
    "open_past",
    "way_back",
    "what_it_does",
]
