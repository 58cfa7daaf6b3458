"""The receiver's port, and how to knock on it with raw bytes."""

import json
import socket
from typing import Any

from config.presets import preset
from console.feeds.fields import RecordReader
from console.feeds.otlp import Intake
from console.feeds.otlp_answers import JSON
from console.feeds.otlp_http import Receiver
from console.feeds.spans import joined
from console.feeds.traces import Traces
from tests.feeds.records import SALT

TOKEN = "s3cret"
SPAN: dict[str, Any] = {
    "traceId": "0AF7651916CD43DD8448EB211C80319C",
    "spanId": "b7ad6b7169203331",
    "name": "invoke_agent",
    "startTimeUnixNano": "1796083200000000000",
    "endTimeUnixNano": "1796083201000000000",
    "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "invoke_agent"}}],
}


class Door:
    """A receiver, what it took in, and how to knock."""

    def __init__(self, token: str = "") -> None:
        self.intake = Intake(Traces(grace_s=0), lambda: 0.0)
        self.receiver = Receiver("127.0.0.1", 0, token, self.intake.take, self.intake.turned_away)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.receiver.port), timeout=20)

    def send(self, raw: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer to `raw`; status 0 if there is none."""
        with self.connect() as connection:
            connection.sendall(raw)
            return answer_on(connection)

    def post(
        self, body: bytes, kind: str = JSON, path: str = "/v1/traces", **headers: Any
    ) -> tuple[int, dict[str, str], bytes]:
        """The answer to one export; `Content_Encoding="gzip"` becomes that header."""
        return self.send(request(body, kind, path, **headers))

    def calls(self) -> list[Any]:
        """What came as calls."""
        traces, bodies, _, _ = self.intake.hand_out(1000)
        reader = RecordReader(preset("otel-genai").fields, SALT)
        items = joined([span for trace in traces for span in trace])
        return reader.read_items([*items, *bodies]).calls

    def lost(self) -> tuple[int, str]:
        """What was counted as lost."""
        read = self.intake.hand_out(0)[2]
        return read.bad, read.bad_sample


def request(
    body: bytes, kind: str = JSON, path: str = "/v1/traces", length: int | None = None, **more: str
) -> bytes:
    """The bytes of a POST."""
    size = len(body) if length is None else length
    head = {"Host": "x", "Content-Type": kind, "Content-Length": str(size)}
    head |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = [
        f"POST {path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in head.items() if value),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer_on(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """One answer, read to its end."""
    with connection.makefile("rb") as stream:
        line = stream.readline()
        if not line:
            return 0, {}, b""
        headers = {}
        while (header := stream.readline().strip()) != b"":
            name, _, value = header.decode().partition(": ")
            headers[name.lower()] = value
        return int(line.split()[1]), headers, stream.read(int(headers.get("content-length", 0)))


def export(*spans: dict[str, Any], **resource: str) -> bytes:
    """An export in OTLP/JSON."""
    known = [{"key": key, "value": {"stringValue": value}} for key, value in resource.items()]
    group = {"resource": {"attributes": known}, "scopeSpans": [{"spans": list(spans)}]}
    return json.dumps({"resourceSpans": [group]}).encode()
