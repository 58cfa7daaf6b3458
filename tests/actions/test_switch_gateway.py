"""The switch on an HTTPRoute by the real kubectl, against as much of the API as it asks for."""

import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from config.switch import Switch
from console.actions.switch import Result, Shown, carry_out, hands_of, look
from console.actions.switch_values import SwitchValues
from console.clock import SystemClock
from console.net import Http
from tests.feeds.binaries import needed

GROUP = "gateway.networking.k8s.io"
VERSION = {"groupVersion": f"{GROUP}/v1", "version": "v1"}
ROUTE = f"/apis/{GROUP}/v1/namespaces/agents/httproutes/claims"
APIS: dict[str, Any] = {
    "/version": {"major": "1", "minor": "32", "gitVersion": "v1.32.0"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": []},
    "/apis": {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [{"name": GROUP, "versions": [VERSION], "preferredVersion": VERSION}],
    },
    f"/apis/{GROUP}/v1": {
        "kind": "APIResourceList",
        "groupVersion": f"{GROUP}/v1",
        "resources": [
            {"name": "httproutes", "namespaced": True, "kind": "HTTPRoute", "verbs": ["get"]}
        ],
    },
}


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http() as held:
        yield held


class _Api(ThreadingHTTPServer):
    daemon_threads = True
    documents: dict[str, Any]

    @property
    def weights(self) -> list[int]:
        (rule,) = self.documents[ROUTE]["spec"]["rules"]
        return [backend["weight"] for backend in rule["backendRefs"]]


class _Handler(BaseHTTPRequestHandler):
    server: _Api

    def do_GET(self) -> None:
        """Show what there is."""
        found = self.server.documents.get(self.path.partition("?")[0])
        self._reply(404 if found is None else 200, found)

    def do_PATCH(self) -> None:
        """A JSON Patch of tests and replacements, as RFC 6902 has them: all or nothing."""
        assert self.headers["Content-Type"] == "application/json-patch+json"
        patch = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        made = json.loads(json.dumps(self.server.documents[ROUTE]))
        for deed in patch:
            *way, last = [int(key) if key.isdigit() else key for key in deed["path"].split("/")[1:]]
            held: Any = made
            for key in way:
                held = held[key]
            if deed["op"] == "test" and held[last] != deed["value"]:
                self._reply(422, {"kind": "Status", "status": "Failure", "message": "test failed"})
                return
            held[last] = deed["value"]
        self.server.documents[ROUTE] = made
        self._reply(200, made)

    def _reply(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def api(home: Path, *services: str) -> Iterator[_Api]:
    """A cluster with a route to `services`, the first of which gets nothing."""
    server = _Api(("127.0.0.1", 0), _Handler)
    backends = [
        {"name": name, "port": 80, "weight": 100 * place} for place, name in enumerate(services)
    ]
    kind = {"apiVersion": f"{GROUP}/v1", "kind": "HTTPRoute"}
    meta = {"name": "claims", "namespace": "agents"}
    route = {**kind, "metadata": meta, "spec": {"rules": [{"backendRefs": backends}]}}
    server.documents = {**APIS, ROUTE: route}
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    (home / ".kube").mkdir()
    url = f"http://127.0.0.1:{server.server_port}"
    config = {
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "contexts": [{"name": "prod", "context": {"cluster": "c", "user": ""}}],
    }
    (home / ".kube" / "config").write_text(json.dumps(config))
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


async def set_to(http: Http, share: int) -> Result:
    """Read and write, as the room does."""
    fill = {
        "kubectl": needed("kubectl", "kubernetes-client"),
        "context": "prod",
        "namespace": "agents",
        "route": "claims",
        "candidate": "claims-v2",
        "stable": "claims-v1",
    }
    switch = Switch.model_validate({"preset": "gateway-api", "fill": fill})
    hands = hands_of(switch, http, Path("/"))
    values = SwitchValues(share, "canary", "v2.4.0", "v2.3.1", f"key-{share}")
    before = await look(hands, values, 20.0)
    assert isinstance(before, Shown), before
    return await carry_out(hands, values, before, SystemClock(), 20.0)


async def test_the_real_kubectl_sets_the_weights(
    http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with api(tmp_path, "claims-v2", "claims-v1") as cluster:
        result = await set_to(http, 5)
        assert result.outcome == "verified", result.detail
        assert result.seen == pytest.approx(5)
        assert cluster.weights == [5, 95]


async def test_a_route_of_another_order_is_not_written(
    http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with api(tmp_path, "claims-v1", "claims-v2") as cluster:
        result = await set_to(http, 5)
        assert result.outcome == "failed", result.detail
        assert cluster.weights == [0, 100]
