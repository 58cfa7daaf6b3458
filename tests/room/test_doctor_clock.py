"""The clocks of endpoints against ours, by what their answers are dated."""

import time
from collections.abc import Iterator
from email.utils import formatdate

import pytest

from console.room.doctor_clock import look_at_skew
from tests.feeds.server import Handler, Server, running


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as started:
        yield started


def dated(offset_s: float, **more: str) -> type[Handler]:
    """Answers whose clock is so far ahead of ours."""

    class Dated(Handler):
        def do_HEAD(self) -> None:  # noqa: N802 - the name that the server calls
            self.do_GET()

        def do_GET(self) -> None:  # noqa: N802 - the name that the server calls
            self.send_response_only(404)
            self.send_header("Date", formatdate(time.time() + offset_s, usegmt=True))
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Dated


@pytest.mark.parametrize(
    ("handler", "verdict", "said"),
    [
        (dated(0), "ok", "within 2 s of ours"),
        (dated(90), "warn", "ahead of ours: let both follow a time server"),
        (dated(-90), "warn", "behind ours"),
        (dated(-90, Age="90"), "ok", "within 2 s of ours"),
    ],
)
async def test_what_an_answer_is_dated(
    server: Server, handler: type[Handler], verdict: str, said: str
) -> None:
    server.RequestHandlerClass = handler
    (found,) = await look_at_skew([f"{server.url}/calls?secret=1", f"{server.url}/other"])
    assert (found.area, found.verdict) == ("clock", verdict)
    assert said in found.detail
    assert "secret" not in found.name + found.detail


async def test_nobody_to_ask() -> None:
    assert await look_at_skew([]) == []
    assert await look_at_skew(["http://127.0.0.1:9/x"]) == []


@pytest.mark.parametrize("age", ["inf", "nan", "9" * 400])
async def test_an_age_that_is_none_is_no_fault(server: Server, age: str) -> None:
    server.RequestHandlerClass = dated(0, Age=age)
    assert await look_at_skew([f"{server.url}/calls"]) == []
