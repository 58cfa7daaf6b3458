"""What the tests of the feeds share."""

from collections.abc import AsyncIterator, Iterator

import pytest

from console.net import Http
from tests.feeds.door import Door
from tests.feeds.server import Server, running


@pytest.fixture
def server() -> Iterator[Server]:
    """A server with no answers yet."""
    with running() as started:
        yield started


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    """A client that is closed at the end."""
    async with Http() as client:
        yield client


@pytest.fixture
def door() -> Iterator[Door]:
    """A receiver that asks for no token."""
    made = Door()
    yield made
    made.receiver.close()
