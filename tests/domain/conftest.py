"""Attempts whose gates have everything, for tests that only look."""

import pytest

from tests.domain.build import Desk, at


@pytest.fixture(scope="session")
def dark() -> Desk:
    """Ready to leave the dark launch."""
    return at("dark-launch.1")


@pytest.fixture(scope="session")
def shadow() -> Desk:
    """Ready to leave shadow mode."""
    return at("shadow.1")


@pytest.fixture(scope="session")
def canary() -> Desk:
    """Ready to leave the 5 % increment."""
    return at("canary-5.1")


@pytest.fixture(scope="session")
def full() -> Desk:
    """Ready to be called stable."""
    return at("full.1")
