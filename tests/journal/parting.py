"""Three hosts that part and meet: what they hold then."""

from pathlib import Path

from console.domain import commands as c
from console.domain.evolve import fold
from tests.domain.build import frozen
from tests.journal.hosts import Host, hosts, meet

AT = "canary-5.1"
HOLD = c.DecideGate("hold", "the queue looks odd")


def three(root: Path, attempt: str = AT) -> tuple[Host, Host, Host]:
    """Three hosts that hold the same, and whose gate is open."""
    one, two, other = hosts(root, "a", "b", "c", attempt=attempt)
    return one, two, other


def agree(*every: Host) -> None:
    """Let them meet; all hold the same state, and so does who folds it anew."""
    meet(*every)
    assert len({host.hash for host in every}) == 1
    assert len({len(host.all) for host in every}) == 1
    for host in every:
        assert frozen(fold(host.all)) == frozen(host.state)


def sides(host: Host) -> list[tuple[list[str], str]]:
    """What stands and what is overruled, of each contested decision."""
    return [
        ([side.what for side in one.stands], one.overruled.what)
        for one in host.state.contested.values()
    ]
