"""A real Prometheus with an alerting rule and a real Alertmanager, and what they watch."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from config.write import render, write_new
from console.clock import SystemClock
from console.demo.run import config_values
from console.demo.traffic import Profile
from tests.feeds.server import Handler, Server, running
from tests.ports import free_port
from tests.room.stand import NOBODYS

PROMETHEUS = shutil.which("prometheus")
ALERTMANAGER = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
MISSING = "prometheus and prometheus-alertmanager are not installed: apt-get install them"
RULE = """
groups:
  - name: agent
    interval: 1s
    rules:
      - alert: AgentSlow
        expr: agent_slow == 1
        for: 3s
        labels: {severity: page, service: agent}
        annotations: {summary: "answers take too long", runbook_url: "https://wiki.example/slow"}
"""


class AheadClock:
    """The machine's time, and what a test puts before it."""

    speed = 1.0

    def __init__(self) -> None:
        self.ahead = 0.0
        self._real = SystemClock()

    def now(self) -> float:
        return self._real.now() + self.ahead

    def monotonic(self) -> float:
        return self._real.monotonic()


@dataclass
class Systems:
    """What runs: `slow` is what the rule looks at."""

    agent: Server
    prometheus: str
    alertmanager: str
    slow: int = 0

    def ask(self, path: str) -> Any:
        """What the Alertmanager itself says."""
        return httpx.get(self.alertmanager + path, trust_env=False).raise_for_status().json()

    def deployment(self, directory: Path) -> Path:
        """A deployment whose feeds are a log, these alerts, and those of Prometheus itself."""
        values: dict[str, Any] = config_values(NOBODYS, Profile())
        del values["traffic"]["switch"]  # nobody's
        match = ['service="agent"']
        values["feeds"] = {
            "calls": {"kind": "jsonl", "path": "calls.jsonl"},
            "am": {"kind": "alertmanager", "url": self.alertmanager, "match": match},
            "rules": {"kind": "prometheus", "url": self.prometheus, "alerts": True},
        }
        directory.mkdir()
        write_new(directory, render(values))
        (directory / "calls.jsonl").touch()
        return directory


@contextmanager
def systems(place: Path) -> Iterator[Systems]:
    """Start both, each on a free port with its data under `place`; end them after."""
    assert PROMETHEUS is not None
    assert ALERTMANAGER is not None
    prometheus, alertmanager = free_port(), free_port()
    with running() as agent:
        held = Systems(agent, f"http://127.0.0.1:{prometheus}", f"http://127.0.0.1:{alertmanager}")

        def metrics(handler: Handler) -> None:
            handler.reply(200, f"agent_slow {held.slow}\n".encode(), Content_Type="text/plain")

        agent.answers["/metrics"] = metrics
        (place / "rules.yml").write_text(RULE)
        (place / "prometheus.yml").write_text(
            "global: {scrape_interval: 1s}\n"
            f"rule_files: ['{place / 'rules.yml'}']\n"
            "alerting:\n"
            f"  alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{alertmanager}']}}]}}]\n"
            "scrape_configs:\n"
            "  - job_name: agent\n"
            f"    static_configs: [{{targets: ['{agent.url.removeprefix('http://')}']}}]\n"
        )
        (place / "alertmanager.yml").write_text(
            "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
        )
        with (
            _served(place, "prometheus", [
                PROMETHEUS,
                f"--config.file={place / 'prometheus.yml'}",
                f"--storage.tsdb.path={place / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{prometheus}",
            ]),
            _served(place, "alertmanager", [
                ALERTMANAGER,
                f"--config.file={place / 'alertmanager.yml'}",
                f"--storage.path={place / 'am'}",
                f"--web.listen-address=127.0.0.1:{alertmanager}",
                "--cluster.listen-address=",
            ]),
        ):  # fmt: skip
            yield held


@contextmanager
def _served(place: Path, name: str, words: Sequence[str]) -> Iterator[None]:
    with (place / f"{name}.txt").open("wb") as said:
        server = subprocess.Popen(words, stdout=said, stderr=said, cwd=place, env=dict(os.environ))
    try:
        yield
    finally:
        server.terminate()
        server.wait(20)


def ready(url: str) -> bool:
    """Whether a server answers."""
    with suppress(httpx.HTTPError):
        return httpx.get(f"{url}/-/ready", trust_env=False).status_code == 200
    return False
