"""What the tests of other machines share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.sync import Sync
from tests.journal.conftest import desk
from tests.sync.broker import Broker
from tests.sync.member import Member

__all__ = ["desk"]

Join = Callable[..., Member]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that runs."""
    made = Broker(tmp_path / "broker").start()
    yield made
    made.kill()


@pytest.fixture
def join(tmp_path: Path) -> Iterator[Join]:
    """Makes a machine of a name, of the given `[sync]`."""
    members: list[Member] = []

    def made(name: str, sync: Sync) -> Member:
        members.append(Member(tmp_path / name, sync))
        return members[-1]

    yield made
    for member in members:
        member.journal.close()
