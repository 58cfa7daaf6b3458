"""The switch and the client that the tests of the procedure share."""

from tests.actions.conftest import http, switch

__all__ = ["http", "switch"]
