"""The switch and the client that the tests of the hands share."""

from collections.abc import AsyncIterator, Iterator

import pytest

from console.net import Http
from tests.actions.switch import Switch, running_switch


@pytest.fixture
def switch() -> Iterator[Switch]:
    with running_switch() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as client:
        yield client
