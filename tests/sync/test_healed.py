"""What is told when machines that were apart meet again."""

from console.sync.healed import Healed
from console.sync.status import OFF, Peer, SyncState, SyncStatus

T = 1_000_000.0


def status(state: SyncState, *, since: float, waiting: int = 0, theirs: int = 0) -> SyncStatus:
    return SyncStatus(state, since, waiting=waiting, peers=(Peer("a", theirs), Peer("b", 10)))


def test_it_says_once_how_many_came_and_went() -> None:
    healed = Healed()
    assert not healed.look(status("synced", since=T - 50, theirs=5), T)
    assert not healed.look(status("alone", since=T, theirs=5), T + 1)
    assert not healed.look(status("alone", since=T, theirs=5, waiting=2), T + 100)
    assert not healed.look(status("catching-up", since=T + 110, theirs=7, waiting=3), T + 110)
    assert not healed.look(status("alone", since=T + 111, theirs=7), T + 111)
    assert not healed.look(status("synced", since=T + 120, theirs=7), T + 120)
    # The others come a little later than this machine.
    assert not healed.look(status("synced", since=T + 120, theirs=8), T + 122)
    assert healed.look(status("synced", since=T + 120, theirs=9), T + 126) == (
        "together again after 2 min: 4 entries of others came, 3 entries of this machine went out"
    )
    assert not healed.look(status("synced", since=T + 120, theirs=12), T + 127)
    assert not healed.look(status("alone", since=T + 200, theirs=12), T + 200)
    assert not healed.look(status("synced", since=T + 300, theirs=13), T + 300)
    told = healed.look(status("synced", since=T + 300, theirs=13), T + 310)
    assert "1 entry of others came, 0 entries of this machine" in told


def test_a_start_and_a_moment_are_no_news() -> None:
    healed = Healed()
    assert not healed.look(SyncStatus("alone", T, "not started yet"), T)
    for later in (1, 20):
        assert not healed.look(status("synced", since=T + 1, theirs=900), T + later)
    assert not healed.look(status("alone", since=T + 30, theirs=900), T + 30)
    for later in (32, 60):
        assert not healed.look(status("synced", since=T + 32, theirs=901), T + later)
    assert not healed.look(OFF, T + 70)
