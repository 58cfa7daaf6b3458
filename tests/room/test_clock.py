"""The clock of a demo: it runs while its keeper lives, and never jumps."""

import threading
from pathlib import Path

import pytest

from console.clock import CLOCK_FILE, JUMP_S, LEASE_S, JumpWatch, SavedClock, SystemClock, clock_for
from tests.room.stand import NOW

SPEED = 60.0


class Watch:
    """The machine's time, under the test's hand."""

    def __init__(self) -> None:
        self.moment = 5_000.0

    def time(self) -> float:
        return self.moment


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr("console.clock.time.time", watch.time)
    return watch


def test_it_stands_until_its_keeper_begins(machine: Watch, tmp_path: Path) -> None:
    clock = SavedClock.create(tmp_path, NOW, SPEED)
    machine.moment += 100
    assert clock.now() == NOW
    clock.renew()
    machine.moment += 2
    assert clock.now() == NOW + 2 * SPEED


def test_it_stands_at_the_end_of_the_lease_when_its_keeper_is_killed(
    machine: Watch, tmp_path: Path
) -> None:
    SavedClock.create(tmp_path, NOW, SPEED).renew()
    machine.moment += LEASE_S + 3600
    for _ in range(2):
        assert SavedClock(tmp_path).now() == NOW + LEASE_S * SPEED
        machine.moment += 10
    clock = SavedClock(tmp_path)
    clock.renew()
    assert clock.now() == NOW + LEASE_S * SPEED
    machine.moment += 1
    assert clock.now() == NOW + (LEASE_S + 1) * SPEED


def test_another_process_sees_the_speed_change_and_no_jump(machine: Watch, tmp_path: Path) -> None:
    keeper = SavedClock.create(tmp_path, NOW, SPEED)
    keeper.renew()
    other = SavedClock(tmp_path)
    machine.moment += 3
    before = other.now()
    keeper.set_speed(1.0)
    assert other.now() == before == NOW + 3 * SPEED
    assert (other.speed, other.base_speed) == (1.0, SPEED)
    machine.moment += 1
    assert other.now() == before + 1
    keeper.set_speed(keeper.base_speed)
    assert other.now() == before + 1
    machine.moment += 1
    assert other.now() == before + 1 + SPEED
    keeper.set_base_speed(10.0)
    assert (other.now(), other.speed, other.base_speed) == (before + 1 + SPEED, 10.0, 10.0)


def test_stopped_it_stands_at_once(machine: Watch, tmp_path: Path) -> None:
    clock = SavedClock.create(tmp_path, NOW, SPEED)
    clock.renew()
    machine.moment += 2
    clock.stop()
    machine.moment += 2
    assert clock.now() == NOW + 2 * SPEED
    clock.stand_at(NOW + 7)
    machine.moment += 2
    assert SavedClock(tmp_path).now() == NOW + 7


def test_it_never_goes_back_when_the_machine_does(machine: Watch, tmp_path: Path) -> None:
    clock = SavedClock.create(tmp_path, NOW, SPEED)
    clock.renew()
    machine.moment -= 50
    assert clock.now() == NOW


def test_many_may_read_it_while_it_is_renewed(tmp_path: Path) -> None:
    """Real time, real files: a reader never sees half a file, nor time going back."""
    keeper = SavedClock.create(tmp_path, NOW, SPEED)
    keeper.renew()
    over = threading.Event()
    seen: list[float] = []
    faults: list[Exception] = []

    def read() -> None:
        try:
            mine = SavedClock(tmp_path)
            last = 0.0
            while not over.is_set():
                moment = mine.now()
                if moment < last - 1e-3:
                    seen.append(moment - last)
                last = moment
        except (OSError, ValueError) as error:
            faults.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(200):
        keeper.renew()
    over.set()
    for reader in readers:
        reader.join()
    assert faults == []
    assert seen == []


def test_only_a_demo_has_a_clock_of_its_own(tmp_path: Path) -> None:
    assert isinstance(clock_for(tmp_path), SystemClock)
    SavedClock.create(tmp_path, NOW, SPEED)
    assert isinstance(clock_for(tmp_path), SavedClock)


def test_a_jump_is_what_the_steady_clock_did_not_see() -> None:
    wall, steady = 1000.0, 50.0
    watch = JumpWatch(lambda: wall, lambda: steady)
    for passed, set_by, told in [
        (10.0, 0.0, 0.0),
        (10.0, JUMP_S - 1, 0.0),  # what time servers correct
        (3600.0, 7200.0, 7200.0),
        (0.5, -40.0, -40.0),
        (7200.0, 0.0, 0.0),
    ]:
        wall += passed + set_by
        steady += passed
        assert watch.look() == pytest.approx(told)


@pytest.mark.parametrize("text", ["[]", "{}", "NaN", "[", "\x00"])
def test_a_file_that_is_no_clock_is_refused_as_such(tmp_path: Path, text: str) -> None:
    SavedClock.create(tmp_path, NOW, SPEED)
    path = tmp_path / CLOCK_FILE
    path.write_text(path.read_text().replace("60.0", "NaN") if text == "NaN" else text)
    with pytest.raises((ValueError, KeyError)):
        clock_for(tmp_path)
