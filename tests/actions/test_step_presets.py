"""Presets of steps: against servers with the products' own shapes, and by the real kubectl."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from config.presets.steps import step_names, step_preset
from config.rollback import Step
from console.actions.steps import Outcome, Values, carry_out, read_back
from console.net import Http
from tests.actions.hands import tools
from tests.feeds.binaries import needed

VALUES = Values(stable_version="v2.3.1", version="v2.4.0")
KEY = "0123456789abcdef0123456789abcdef"
FILLS = {
    "kubectl-image": {
        "kubectl": "/usr/bin/kubectl",
        "context": "prod",
        "namespace": "agents",
        "deployment": "claims",
        "container": "agent",
        "image": "r.example/claims:{stable_version}",
    },
    "helm": {
        "helm": "/usr/bin/helm",
        "context": "prod",
        "namespace": "agents",
        "release": "claims",
        "revision": "3",
        "chart": "agent-1.4.0",
        "app": "{stable_version}",
    },
    "unleash-off": {
        "url": "http://unleash",
        "project": "default",
        "feature": "agent v2",
        "environment": "production",
    },
    "n8n-off": {"url": "http://n8n/", "id": "7"},
    "http-flag": {"url": "http://flags", "key": "agent_on"},
}
FILLS["kubectl-undo"] = FILLS["kubectl-image"]


def step(preset: str, fill: dict[str, str], **changes: object) -> Step:
    return Step.model_validate({"id": "one", "preset": preset, "fill": fill, **changes})


@pytest.mark.parametrize("name", step_names())
def test_each_makes_a_step(name: str) -> None:
    made = step(name, FILLS[name])
    known = step_preset(name)
    assert set(FILLS[name]) == set(known.needs)
    assert (made.kind, made.title != "", made.manual != "") == (known.step["kind"], True, True)
    assert "<" not in made.model_dump_json()
    assert made == step(f"step-{name}", FILLS[name]).model_copy(update={"preset": name})


def test_a_step_says_more_than_its_preset() -> None:
    made = step("n8n-off", FILLS["n8n-off"], title="Stop the flow", timeout_s=3.0)
    assert (made.title, made.timeout_s) == ("Stop the flow", 3.0)


class TestHeaders:
    def test_they_go_with_the_read_back_of_the_preset(self) -> None:
        made = step("n8n-off", FILLS["n8n-off"], headers={"X-N8N-API-KEY": {"env": "N8N"}})
        assert made.read_back is not None
        assert made.read_back.headers == made.headers
        assert made.read_back.url.startswith("http://n8n/")

    def test_they_do_not_follow_to_an_address_of_ones_own(self) -> None:
        own = {"url": "http://elsewhere", "path": "active", "equals": False}
        headers = {"X-N8N-API-KEY": {"env": "N8N"}}
        made = step("n8n-off", FILLS["n8n-off"], headers=headers, read_back=own)
        assert made.read_back is not None
        assert made.read_back.headers == {}
        made = step("n8n-off", FILLS["n8n-off"], headers=headers, url="http://elsewhere")
        assert made.read_back is not None
        assert made.read_back.headers == {}


class _Product(ThreadingHTTPServer):
    """Documents by path; a POST sets a key of one, as `deeds` say, a PUT replaces keys of it."""

    daemon_threads = True
    documents: dict[str, dict[str, Any]]
    deeds: dict[str, tuple[str, str]]
    token: str


class _Handler(BaseHTTPRequestHandler):
    server: _Product

    def do_GET(self) -> None:
        """Show a document to whom it concerns."""
        held = self.server.documents.get(self.path)
        if self.server.token not in self.headers.values():
            self._reply(401, {})
        else:
            self._reply(404 if held is None else 200, held or {})

    def do_POST(self) -> None:
        """Turn something off."""
        path, key = self.server.deeds[self.path]
        assert self.server.token in self.headers.values()
        self.server.documents[path][key] = False
        self._reply(200, {})

    def do_PUT(self) -> None:
        """Take keys over."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Content-Type"] == "application/json"
        self.server.documents[self.path] |= json.loads(body)
        self._reply(200, {})

    def _reply(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


FLAG = "/api/admin/projects/default/features/agent%20v2/environments/production"
FLOW = "/api/v1/workflows/7"


@contextmanager
def product() -> Iterator[tuple[_Product, str]]:
    server = _Product(("127.0.0.1", 0), _Handler)
    server.token = "t0ken-of-ours"
    server.documents = {
        FLAG: {"name": "production", "enabled": True},
        FLOW: {"id": "7", "active": True},
        "/flags": {"agent_on": True, "other": True},
    }
    server.deeds = {f"{FLAG}/off": (FLAG, "enabled"), f"{FLOW}/deactivate": (FLOW, "active")}
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("name", "place", "header", "shows"),
    [
        ("unleash-off", "", "Authorization", "enabled"),
        ("n8n-off", "", "X-N8N-API-KEY", "active"),
        ("http-flag", "/flags", "Authorization", "agent_on"),
    ],
)
async def test_a_flag_is_turned_off_and_read_back(
    http: Http,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    place: str,
    header: str,
    shows: str,
) -> None:
    with product() as (server, url):
        monkeypatch.setenv("FLAG_TOKEN", server.token)
        headers = {header: {"env": "FLAG_TOKEN"}}
        one = step(name, {**FILLS[name], "url": f"{url}{place}"}, headers=headers)
        outcome = await carry_out(one, VALUES, KEY, tools(http), resumed=False)
        assert outcome == Outcome("verified", f"{url} shows {shows} = false")
        assert server.documents["/flags"]["other"] is True


DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "claims", "namespace": "agents", "generation": 7},
    "spec": {
        "replicas": 3,
        "template": {
            "spec": {
                "containers": [
                    {"name": "proxy", "image": "r.example/proxy:1"},
                    {"name": "agent", "image": "r.example/claims:v2.4.0"},
                ]
            }
        },
    },
}
EVERYWHERE = {"observedGeneration": 7, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}
APIS = {
    "/version": {"major": "1", "minor": "32", "gitVersion": "v1.32.0"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": []},
    "/apis": {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [
            {
                "name": "apps",
                "versions": [{"groupVersion": "apps/v1", "version": "v1"}],
                "preferredVersion": {"groupVersion": "apps/v1", "version": "v1"},
            }
        ],
    },
    "/apis/apps/v1": {
        "kind": "APIResourceList",
        "groupVersion": "apps/v1",
        "resources": [
            {"name": "deployments", "namespaced": True, "kind": "Deployment", "verbs": ["get"]}
        ],
    },
}
CLAIMS = "/apis/apps/v1/namespaces/agents/deployments/claims"


class _Cluster(BaseHTTPRequestHandler):
    """As much of the Kubernetes API as `set image` and `get` ask for."""

    server: _Product

    def do_GET(self) -> None:
        """Show what there is."""
        path = self.path.partition("?")[0]
        self._reply(self.server.documents.get(path))

    def do_PATCH(self) -> None:
        """Take the image over."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        (changed,) = body["spec"]["template"]["spec"]["containers"]
        held = self.server.documents[CLAIMS]
        for container in held["spec"]["template"]["spec"]["containers"]:
            if container["name"] == changed["name"]:
                container["image"] = changed["image"]
        self._reply(held)

    def _reply(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(404 if value is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def cluster(home: Path, status: dict[str, int]) -> Iterator[_Product]:
    server = _Product(("127.0.0.1", 0), _Cluster)
    server.documents = json.loads(json.dumps({**APIS, CLAIMS: {**DEPLOYMENT, "status": status}}))
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


def kubernetes(home: Path, monkeypatch: pytest.MonkeyPatch, image: str) -> Step:
    monkeypatch.setenv("HOME", str(home))
    kubectl = needed("kubectl", "kubernetes-client")
    return step("kubectl-image", {**FILLS["kubectl-image"], "kubectl": kubectl, "image": image})


async def test_the_real_kubectl_sets_the_image_and_proves_it(
    http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = kubernetes(tmp_path, monkeypatch, "r.example/claims:{stable_version}")
    with cluster(tmp_path, EVERYWHERE):
        outcome = await carry_out(one, VALUES, KEY, tools(http, tmp_path), resumed=False)
    said = f'{one.argv[0]} shows "[r.example/claims:v2.3.1] everywhere"' if one.argv else ""
    assert outcome == Outcome("verified", said)


@pytest.mark.parametrize(
    ("status", "image", "shows"),
    [
        (EVERYWHERE, "claims:v2.4", "[r.example/claims:v2.4.0] everywhere"),
        ({**EVERYWHERE, "replicas": 4, "updatedReplicas": 2}, "claims:v2.4.0", "not everywhere"),
        ({**EVERYWHERE, "availableReplicas": 2}, "claims:v2.4.0", "not everywhere"),
        ({**EVERYWHERE, "observedGeneration": 6}, "claims:v2.4.0", "not everywhere"),
        ({}, "claims:v2.4.0", "not everywhere"),
    ],
)
async def test_the_real_kubectl_shows_what_is_not_done(
    http: Http,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    status: dict[str, int],
    image: str,
    shows: str,
) -> None:
    one = kubernetes(tmp_path, monkeypatch, f"r.example/{image}")
    with cluster(tmp_path, status):
        seen = await read_back(one, VALUES, KEY, http, tmp_path, deadline_s=20.0)
    assert seen.state == "failed"
    assert shows in seen.detail


async def test_what_helm_prints_is_understood(http: Http, tmp_path: Path) -> None:
    helm = tmp_path / "helm"
    told = [
        {
            "revision": 5,
            "updated": "2026-01-02T03:04:05.678Z",
            "status": "deployed",
            "chart": "agent-1.4.0",
            "app_version": "v2.3.1",
            "description": "Rollback to 3",
        }
    ]
    (tmp_path / "history").write_text(json.dumps(told, separators=(",", ":")))
    helm.write_text('#!/bin/sh\ncase "$3" in history) cat history;; *) echo "$@" > ran;; esac\n')
    helm.chmod(0o755)
    one = step("helm", {**FILLS["helm"], "helm": str(helm)}, timeout_s=5.0)
    outcome = await carry_out(one, VALUES, KEY, tools(http, tmp_path), resumed=False)
    assert outcome.state == "verified", outcome
    ran = "--kube-context=prod --namespace=agents rollback claims 3 --wait --timeout=4m\n"
    assert (tmp_path / "ran").read_text() == ran
    one = step("helm", {**FILLS["helm"], "helm": str(helm), "revision": "2"}, timeout_s=1.0)
    assert (await carry_out(one, VALUES, KEY, tools(http, tmp_path), resumed=False)).state == (
        "failed"
    )
