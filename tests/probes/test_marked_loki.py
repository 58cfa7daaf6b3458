"""The marked calls are looked for in Loki too, where it is read by lines."""

from pathlib import Path

import pytest

from config.load import parse
from config.model import Deployment
from console.net import Http
from console.probes import Ground, logging
from console.probes.marked import log_feed
from tests.domain.build import TOML
from tests.feeds.loki_server import NS, Loki
from tests.feeds.server import Handler, running
from tests.probes.test_marked import Agent, agent

__all__ = ["agent"]
NOW = 1_796_000_000.0
FILE = 'kind = "jsonl"\npath = "calls.jsonl"\n'


class Shipped(Loki):
    """A Loki into which the agent's log is shipped, at the moment of the question."""

    log: Path

    def __call__(self, handler: Handler) -> None:
        """Answer with what is logged by now."""
        self.entries.clear()
        for line in self.log.read_text().splitlines():
            self.push(int(NOW) * NS, line)
        super().__call__(handler)


def deployment(url: str, port: int, feed: str) -> Deployment:
    """One whose log is in Loki."""
    invoke = f'[invoke]\nurl = "http://127.0.0.1:{port}/invoke"\n'
    text = TOML.format(
        exposure="internal", flags="", version="v2", extra="", business=invoke, two="false"
    )
    assert FILE in text
    return parse(text.replace(FILE, f'kind = "loki"\nurl = "{url}"\n{feed}\n').encode())


async def test_marks_are_found_in_loki(agent: Agent, tmp_path: Path) -> None:
    loki = Shipped()
    loki.log = agent.log
    with running() as server:
        server.answers["/loki/api/v1/query_range"] = loki
        feed = 'query = \'{app="agent"}\'\npreset = "native"'
        made = deployment(server.url, agent.server_port, feed)
        async with Http() as http:
            ground = Ground(made, tmp_path, http, lambda: NOW, within_s=10.0)
            result = await logging(ground, lambda _: None)
    assert result.passed, result.rows


@pytest.mark.parametrize(
    ("feed", "lines"),
    [
        ('query = \'{a="b"}\'\npreset = "native"', True),
        ('query = \'{a="b"}\'\npreset = "native-loki"', False),
        ("query = '{a=\"b\"}'\nminutes = { calls = 'sum($query)' }", False),
    ],
)
def test_a_loki_that_counts_shows_no_single_call(feed: str, lines: bool) -> None:
    found = log_feed(deployment("http://127.0.0.1:3100", 80, feed))
    assert (found is not None) is lines
