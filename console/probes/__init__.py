"""The live checks, which yield evidence by doing (Guide 1, 3.1, 3.2, 5.2)."""

from typing import Literal

from console.probes.connections import connections
from console.probes.escalation import escalation
from console.probes.ground import Ground, Say
from console.probes.load import load
from console.probes.logging import logging
from console.probes.result import Result, Row

LiveProbe = Literal["connections", "logging", "escalation", "load"]
# A drill is carried out as a rollback is, not from here.
ProbeName = LiveProbe | Literal["rollback-drill"]

__all__ = [
    "Ground",
    "LiveProbe",
    "ProbeName",
    "Result",
    "Row",
    "Say",
    "connections",
    "escalation",
    "load",
    "logging",
]
