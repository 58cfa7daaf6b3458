"""A Loki at the edge of HTTP: lines by time, limit and direction, as its documentation has it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.feeds.server import Handler

NS = 1_000_000_000
APP = {"app": "agent"}


@dataclass
class Loki:
    """Serves `query_range` of its entries; `most` is max_entries_limit_per_query."""

    entries: list[tuple[int, str, Mapping[str, str]]] = field(default_factory=list)
    most: int = 5000
    asked: list[dict[str, str]] = field(default_factory=list)
    metadata: Mapping[str, Any] | None = None

    def push(self, at_ns: int, line: bytes | str, **labels: str) -> None:
        """Take a line in; a stream of its own for other labels."""
        text = line if isinstance(line, str) else line.decode().rstrip("\n")
        self.entries.append((at_ns, text, {**APP, **labels}))

    def __call__(self, handler: Handler) -> None:
        """Answer as Loki does; what is wrong is told as plain text."""
        query = {k: v[0] for k, v in parse_qs(urlsplit(handler.path).query).items()}
        self.asked.append(query)
        start, end, limit = int(query["start"]), int(query["end"]), int(query["limit"])
        if end <= start:
            refuse(handler, "end timestamp must not be before or equal to start time")
            return
        if limit > self.most:
            refuse(
                handler,
                "max entries limit per query exceeded, limit > max_entries_limit_per_query "
                f"({limit} > {self.most})",
            )
            return
        newest_first = query.get("direction", "backward") == "backward"
        found = sorted(
            (entry for entry in self.entries if start <= entry[0] < end),
            key=lambda entry: entry[0],
            reverse=newest_first,
        )[:limit]
        streams: dict[str, dict[str, Any]] = {}
        for at, line, labels in found:
            stream = streams.setdefault(
                json.dumps(labels, sort_keys=True), {"stream": labels, "values": []}
            )
            stream["values"].append(
                [str(at), line, *([] if self.metadata is None else [self.metadata])]
            )
        data = {"resultType": "streams", "result": list(streams.values()), "stats": {}}
        body = json.dumps({"status": "success", "data": data}).encode()
        handler.reply(200, body, Content_Type="application/json; charset=UTF-8")


def refuse(handler: Handler, why: str, status: int = 400) -> None:
    """An error in Loki's words."""
    handler.reply(status, f"{why}\n".encode(), Content_Type="text/plain; charset=utf-8")
