"""Other systems' alerts: what Alertmanager and Prometheus answer, and what they must not do."""

import json
from pathlib import Path
from typing import Any

import pytest

from config.feed import Feed as FeedSpec
from console.domain.outside import OutsideAlert
from console.feeds import FeedError, make_feed
from console.net import Http
from tests.feeds.records import SALT
from tests.feeds.server import Handler, Server

NOW = 1_796_133_600.0


def am_alert(name: str = "HighLatency", **more: Any) -> dict[str, Any]:
    """An alert as Alertmanager's API v2 gives it."""
    state = more.pop("state", {"state": "active", "silencedBy": [], "inhibitedBy": []})
    return {
        "annotations": {"summary": "p95 over 3 s"},
        "endsAt": "2026-12-01T14:04:00.000Z",
        "fingerprint": "b5d4045c3f466fa9",
        "receivers": [{"name": "team"}],
        "startsAt": "2026-12-01T13:00:00.000+00:00",
        "status": state,
        "updatedAt": "2026-12-01T14:00:00.000Z",
        "generatorURL": "http://prometheus:9090/graph",
        "labels": {"alertname": name, "severity": "page", "service": "agent", **more},
    }


def prom_alert(**more: Any) -> dict[str, Any]:
    """The same alert as Prometheus' own API gives it."""
    return {
        "labels": {"alertname": "HighLatency", "severity": "page", "service": "agent"},
        "annotations": {"summary": "p95 over 3 s"},
        "state": "firing",
        "activeAt": "2026-12-01T13:00:00.123456789Z",
        "value": "3.4e+00",
        **more,
    }


def serve(server: Server, path: str, body: object, status: int = 200) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    def answer(handler: Handler) -> None:
        handler.reply(status, raw, Content_Type="application/json")

    server.answers[path] = answer


async def told(server: Server, http: Http, **more: object) -> tuple[OutsideAlert, ...]:
    """What one poll tells."""
    kind = {"id": "am", "kind": "alertmanager", "url": server.url, **more}
    batch = await make_feed(FeedSpec.model_validate(kind), http, SALT, Path()).poll({}, NOW)
    assert batch.outside is not None
    assert (batch.calls, batch.cursor) == ([], batch.cursor)
    return batch.outside


async def test_states_and_texts(server: Server, http: Http) -> None:
    silenced = {"state": "suppressed", "silencedBy": ["5e3f"], "inhibitedBy": []}
    inhibited = {"state": "suppressed", "silencedBy": [], "inhibitedBy": ["77aa"]}
    alerts = [
        am_alert(),
        am_alert("Quiet", state=silenced),
        am_alert("Lesser", state=inhibited),
    ]
    serve(server, "/api/v2/alerts", alerts)
    found = await told(server, http)
    assert [(a.name, a.state, a.muted_by) for a in found] == [
        ("HighLatency", "firing", ""),
        ("Quiet", "silenced", "5e3f"),
        ("Lesser", "inhibited", "77aa"),
    ]
    first = found[0]
    assert (first.since, first.severity, first.summary) == (NOW - 3600.0, "page", "p95 over 3 s")
    assert first.labels == (("service", "agent"),)


async def test_matchers_are_asked_for_each(server: Server, http: Http) -> None:
    serve(server, "/api/v2/alerts", [])
    assert await told(server, http, match=['service="agent"', 'severity=~"page|ticket"']) == ()
    assert server.seen[0].path == (
        "/api/v2/alerts?filter=service%3D%22agent%22&filter=severity%3D~%22page%7Cticket%22"
    )


async def test_both_systems_know_an_alert_by_its_labels(server: Server, http: Http) -> None:
    serve(server, "/api/v2/alerts", [am_alert()])
    serve(server, "/api/v1/alerts", {"status": "success", "data": {"alerts": [prom_alert()]}})
    (one,) = await told(server, http)
    (other,) = await told(server, http, kind="prometheus", alerts=True)
    assert one.id == other.id
    assert (other.state, int(other.since)) == ("firing", int(NOW) - 3600)


async def test_text_from_outside_is_cleaned(server: Server, http: Http) -> None:
    nasty = am_alert("\x1b[2J[@click=app.quit]x[/]", service="\u202eevil" + "x" * 900)
    nasty["annotations"] = {"description": "a\x07b"}
    del nasty["labels"]["severity"]
    serve(server, "/api/v2/alerts", [nasty])
    (alert,) = await told(server, http)
    assert "\x1b" not in alert.name
    assert alert.name.endswith("[@click=app.quit]x[/]")
    assert len(dict(alert.labels)["service"]) <= 200
    assert "\u202e" not in dict(alert.labels)["service"]
    assert (alert.severity, alert.summary) == ("", "a␇b")


async def test_ten_thousand_alerts_with_many_labels(server: Server, http: Http) -> None:
    many = [am_alert(f"A{n}", **{f"l{k}": "v" for k in range(40)}) for n in range(10_000)]
    serve(server, "/api/v2/alerts", many)
    found = await told(server, http)
    assert len({alert.id for alert in found}) == 10_000
    assert {len(alert.labels) for alert in found} == {30}


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (200, b"<html>Sign in</html>", "answers with a web page instead of data"),
        (200, b'{"status": "success"}', "does not answer as Alertmanager's API v2 does"),
        (200, b'[{"labels": {"alertname": "x"}, "startsAt": "soon"', "does not answer as"),
        (200, b'[{"labels": {"a": 1}, "startsAt": "2026-12-01T00:00:00Z"}]', "does not answer"),
        (400, b'"bad matcher format: service=="', "(bad matcher format: service==)"),
        (401, b"no", "check headers.Authorization of feed am"),
        (503, b"", "the endpoint has a fault"),
    ],
)
async def test_what_is_no_answer(
    server: Server, http: Http, status: int, body: bytes, sentence: str
) -> None:
    serve(server, "/api/v2/alerts", body, status)
    with pytest.raises(FeedError) as caught:
        await told(server, http)
    assert sentence in caught.value.sentence


@pytest.mark.parametrize(
    "body",
    [b"[]", b'{"data": {}}', b'{"data": {"alerts": [{"state": "??", "labels": {}}]}}', b"\xff"],
)
async def test_a_prometheus_that_does_not_answer_as_one(
    server: Server, http: Http, body: bytes
) -> None:
    serve(server, "/api/v1/alerts", body)
    with pytest.raises(FeedError, match="does not answer as Prometheus does"):
        await told(server, http, kind="prometheus", alerts=True)
