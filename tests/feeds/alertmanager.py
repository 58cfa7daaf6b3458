"""An Alertmanager that does what a test wants of it."""

import json
from typing import Any

from tests.feeds.server import Handler, Server


class Alertmanager:
    """Answers as Alertmanager does, but for what a test has it do instead."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.posted: list[dict[str, Any]] = []
        self.held: list[dict[str, Any]] = []
        self.post_status = 200
        self.post_body = b'{"silenceID": "5e3f"}'
        self.keeps = True
        self.alerts: list[object] = [{}, {}]
        server.answers["/api/v2/alerts"] = self._alerts
        server.answers["/api/v2/silences"] = self._silences

    def _alerts(self, handler: Handler) -> None:
        handler.reply(200, json.dumps(self.alerts).encode())

    def _silences(self, handler: Handler) -> None:
        if handler.command == "GET":
            handler.reply(200, json.dumps(self.held).encode())
            return
        asked = json.loads(handler.body)
        self.posted.append(asked)
        if self.keeps:
            self.held.append({**asked, "id": "5e3f", "status": {"state": "active"}})
        handler.reply(self.post_status, self.post_body)
