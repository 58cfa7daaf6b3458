"""What nobody has written yet and the guide asks for later: said once, and how; see `doctor`."""

from collections.abc import Iterator

from config.model import Deployment
from console.domain.state import State
from console.room.finding import Finding

INVOKE = (
    "how a synthetic input is sent: without it the logging and escalation probes send none, and "
    "a rollback without fresh traffic cannot be shown to be done"
)
BASELINE = (
    "what the process of today achieves, which the gates hold the agent against: "
    "warroom baseline DIR --accuracy 0.93 --from LOG, or l in the gate's dialog"
)


def look_at_unset(deployment: Deployment, state: State) -> Iterator[Finding]:
    """`[invoke]` and the baseline. Neither is a fault before its time has come."""
    if deployment.invoke is None:
        yield Finding("config", "[invoke]", "warn", f"not written yet: {INVOKE}")
    if state.baseline is None:
        yield Finding("config", "baseline", "warn", f"not documented yet: {BASELINE}")
