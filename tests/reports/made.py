"""Grounds for reports: a desk's state at one moment, and people to go with it."""

from typing import Any

from config.load import parse
from config.model import Deployment
from console.domain.checklist import checklist
from console.domain.golive import go_live
from console.domain.standing import standing_of
from console.domain.times import utc
from console.reports.ground import Ground
from tests.domain.build import Desk

PEOPLE = {
    "first lead": ("agent-lead", "+44 1"),
    "second lead": ("tech-lead", "+44 2"),
    "switch owner": ("rollback-owner", "+44 3"),
    "business lead": ("bu-operations-lead", "+44 4"),
    "legal counsel": ("legal", "+44 5"),
    "the sponsor": ("executive-sponsor", "+44 6"),
    "first reviewer": ("reviewer", "+44 7"),
    "second reviewer": ("reviewer", ""),
}
TOML = """\
version = 1
deployment = "9f2c4e5d6b7a8091"
[agent]
name = "claims-triage"
version = "v2"
stable_version = "v1"
go_live = 2026-12-01
[context]
exposure = "{exposure}"
high_criticality = true
[forecast]
cost_per_call = 0.02
calls_per_hour = 1000.0
{people}
[feeds.calls]
kind = "jsonl-http"
url = "https://logs.example/calls"
headers = {{ Authorization = "hunter2-feed" }}
fields = {{ output = "answer.text" }}
[rollback]
owner = "switch owner"
deputy = "second lead"
[[rollback.steps]]
id = "version"
title = "Restore the stable version"
kind = "command"
argv = ["/usr/bin/deploy", "{{stable_version}}"]
after = ["traffic"]
manual = "deploy {{stable_version}}"
prove = {{ argv = ["/usr/bin/version"], contains = "serving v1" }}
[[rollback.steps]]
id = "traffic"
title = "Traffic back"
kind = "http"
method = "PUT"
url = "https://router.example/share"
headers = {{ Authorization = {{ env = "ROUTER_TOKEN" }}, X-Team = "hunter2-step" }}
manual = "curl -X PUT https://router.example/share -d 0"
read_back = {{ url = "https://router.example/share", path = "share", equals = 0 }}
"""


def staffed(exposure: str = "customer-facing", without: str = "") -> Deployment:
    """A deployment of named people and two steps back; `without` leaves a person out."""
    people = "".join(
        f'[[people]]\nname = "{name}"\nroles = ["{role}"]\nphone = "{phone}"\n'
        for name, (role, phone) in PEOPLE.items()
        if name != without
    )
    return parse(TOML.format(exposure=exposure, people=people).encode())


def ground(desk: Desk, **changes: Any) -> Ground:
    """What a report is made from, as the desk stands."""
    facts = desk.facts()
    items = checklist(desk.state, standing_of(facts))
    given: dict[str, Any] = {
        "now": desk.now,
        "deployment": facts.deployment,
        "state": desk.state,
        "items": items,
        "go_live": go_live(items, facts.deployment.agent.go_live, utc(desk.now).date()),
        "gate": desk.gate(),
        "entries": tuple(desk.entries),
        "heads": {"host-00000001": "f" * 64},
        **changes,
    }
    return Ground(**given)
