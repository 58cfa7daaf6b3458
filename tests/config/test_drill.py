"""A drill goes nowhere near production: what is replaced, and what is refused."""

from typing import Any

import pytest

from config.drill import at_drill_target, still_in_production
from config.load import ConfigError
from config.rollback import Step
from config.switch import Switch
from tests.actions.hands import deployment

PROD, DRILL = "https://agent.prod", "https://agent.drill"
HTTP: dict[str, Any] = {
    "id": "config",
    "title": "Restore it, on https://agent.prod",
    "kind": "http",
    "method": "PUT",
    "url": f"{PROD}/versions/{{stable_version}}",
    "body": f'{{"to": "{PROD}"}}',
    "headers": {"Authorization": {"env": "PROD_TOKEN"}, "X-Team": "prod claims"},
    "manual": f"curl -X PUT {PROD}/versions",
    "read_back": {"url": f"{PROD}/state", "path": "version", "equals": "{stable_version}"},
}
COMMAND: dict[str, Any] = {
    "id": "workers",
    "title": "Undo",
    "kind": "command",
    "argv": ["/usr/bin/kubectl", "--context", "prod", "undo"],
    "cwd": "/srv/prod",
    "manual": "kubectl undo",
    "prove": {"argv": ["/usr/bin/kubectl", "--context", "prod", "get"], "contains": "v2"},
}
TRAFFIC = {"id": "traffic", "title": "Off", "kind": "traffic", "manual": "curl"}
MANUAL = {"id": "desk", "title": "Staff the desk", "kind": "manual", "manual": "call the desk"}
WEIGHTS = {"kind": "http", "url": f"{PROD}/share", "body": "{share}", "path": "share"}
HAPROXY = {
    "kind": "haproxy",
    "socket": "/run/prod.sock",
    "backend": "agents",
    "candidate": "new",
    "stable": "old",
}


def drilled(
    replace: dict[str, str], *steps: dict[str, Any], switch: dict[str, Any] | None = None
) -> tuple[list[str], tuple[Step, ...], Switch | None]:
    """Why it is refused, and what would be carried out."""
    back = {"owner": "owner", "steps": list(steps), "drill": {"replace": replace}}
    given = deployment(rollback=back, traffic={"switch": switch} if switch else {})
    turned = at_drill_target(given)
    refused = still_in_production(given, turned, "full")
    return refused, turned.rollback.steps_in("full"), turned.traffic.switch


def test_everything_that_leads_somewhere_is_turned() -> None:
    why, (http, command), _ = drilled({PROD: DRILL, "prod": "drill"}, HTTP, COMMAND)
    assert why == []
    assert http.url == f"{DRILL}/versions/{{stable_version}}"
    assert http.body == f'{{"to": "{DRILL}"}}'
    assert http.manual == f"curl -X PUT {DRILL}/versions"
    assert http.read_back is not None
    assert http.read_back.url == f"{DRILL}/state"
    assert command.argv == ("/usr/bin/kubectl", "--context", "drill", "undo")
    assert command.cwd == "/srv/drill"
    assert command.prove is not None
    assert command.prove.argv == ("/usr/bin/kubectl", "--context", "drill", "get")
    # What names a step stays, and so does everything else that was given.
    assert (http.id, http.title, http.method) == ("config", HTTP["title"], "PUT")


def test_a_secret_may_have_a_name_of_its_own_and_a_value_is_never_touched() -> None:
    _, (step,), _ = drilled({PROD: DRILL, "PROD_TOKEN": "DRILL_TOKEN", "prod": "drill"}, HTTP)
    assert step.headers["Authorization"].env == "DRILL_TOKEN"
    text = step.headers["X-Team"].text
    assert text is not None
    assert text.get_secret_value() == "prod claims"


def test_the_longest_is_replaced_and_each_once() -> None:
    _, (step,), _ = drilled({"agent": "a", PROD: "https://agent.drill", "drill": "x"}, HTTP)
    assert step.url == f"{DRILL}/versions/{{stable_version}}"


def test_a_step_from_a_preset_is_turned_whole() -> None:
    fill = {"url": "https://n8n.prod", "id": "7"}
    step = {"id": "off", "preset": "n8n-off", "fill": fill}
    why, (turned,), _ = drilled({"n8n.prod": "n8n.drill"}, step)
    assert why == []
    assert turned.url is not None
    assert turned.url.startswith("https://n8n.drill/")
    assert turned.read_back is not None
    assert turned.read_back.url.startswith("https://n8n.drill/")


def test_a_procedure_of_its_own_is_turned_too() -> None:
    back = {
        "owner": "owner",
        "procedures": {"shadow": {"steps": [HTTP], "target": "v1"}},
        "drill": {"replace": {PROD: DRILL}},
    }
    given = deployment(rollback=back)
    turned = at_drill_target(given)
    assert turned.rollback.steps_in("shadow")[0].url == f"{DRILL}/versions/{{stable_version}}"
    assert turned.rollback.target_in("shadow", "v2") == "v1"
    assert still_in_production(given, turned, "shadow") == []


def at(url: str) -> dict[str, Any]:
    return {**HTTP, "url": url}


ACTS = "would still act in production"
REFUSED: dict[str, tuple[tuple[dict[str, Any], ...], dict[str, str], str]] = {
    "nothing of it is replaced": (
        (HTTP,),
        {"elsewhere": "x"},
        f"step config {ACTS} (https://agent",
    ),
    "only its body": ((HTTP,), {'"to"': '"at"'}, ACTS),
    "only its read-back": ((HTTP,), {"/state": "/drill/state"}, ACTS),
    "only its query": ((at(f"{PROD}/off?env=prod"),), {"env=prod": "env=drill"}, ACTS),
    "its host in another spelling": (
        (at(f"{PROD}/off"),),
        {"agent.prod": "AGENT.prod."},
        ACTS,
    ),
    "only its usual port": ((at(f"{PROD}/off"),), {"agent.prod": "agent.prod:443"}, ACTS),
    "only a way round to the same path": ((at(f"{PROD}/off"),), {"/off": "/x/../off/"}, ACTS),
    "only an escape in its path": ((at(f"{PROD}/off"),), {"/off": "/%6fff"}, ACTS),
    "only the version in its path": ((HTTP,), {"{stable_version}": "{version}"}, ACTS),
    "a command's directory alone": (
        (COMMAND,),
        {"/srv/prod": "/srv/drill"},
        f"step workers {ACTS} (/usr/bin/kubectl --context prod undo)",
    ),
    "what it is read back by": (
        (HTTP,),
        {"/versions": "/drill/versions"},
        "step config would still be looked for in production (https://agent.prod/state",
    ),
    "what it is proven by": (
        ({**COMMAND, "prove": {"argv": ["/bin/cat", "version"], "contains": "v2"}},),
        {"prod": "drill"},
        "step workers would still be looked for in production (/bin/cat version)",
    ),
    "what shows a person's work": (
        ({**MANUAL, "read_back": HTTP["read_back"]},),
        {"call": "ring"},
        "step desk would still be looked for in production",
    ),
    "where another step acts": (
        (HTTP, {**at(f"{PROD}/off"), "id": "off"}),
        {"/versions/{stable_version}": "/off", "/off": "/drill/off", "/state": "/drill/state"},
        "step config would act where step off does in production (https://agent.prod:443/off)",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_step_that_would_reach_production_is_refused(name: str) -> None:
    steps, replace, sentence = REFUSED[name]
    why, _, _ = drilled(replace, *steps)
    assert len(why) == 1
    assert sentence in why[0]
    assert "[rollback.drill] replace" in why[0]


@pytest.mark.parametrize(
    ("switch", "replace", "refused"),
    [
        (WEIGHTS, {PROD: DRILL}, False),
        (WEIGHTS, {"elsewhere": "x"}, True),
        ({**WEIGHTS, "read_url": f"{PROD}/read"}, {"/share": "/drill/share"}, True),
        ({**WEIGHTS, "read_url": f"{PROD}/read"}, {PROD: DRILL}, False),
        (HAPROXY, {"agents": "drills"}, False),
        (HAPROXY, {"prod.sock": "drill.sock"}, False),
        (HAPROXY, {"new": "newer"}, True),
        ({"kind": "file", "file": "share.json", "path": "s"}, {"share": "drill"}, False),
        ({"kind": "file", "file": "share.json", "path": "s"}, {"share.json": "./share.json"}, True),
        ({"kind": "command", "read": ["/r"], "write": ["/w"]}, {"/w": "/drill-w"}, True),
        ({"kind": "command", "read": ["/r"], "write": ["/w"]}, {"/w": "/a", "/r": "/b"}, False),
    ],
)
def test_a_switch(switch: dict[str, Any], replace: dict[str, str], refused: bool) -> None:
    why, _, turned = drilled(replace, TRAFFIC, switch=switch)
    assert bool(why) == refused
    assert all(one.startswith("step traffic would") for one in why)
    assert turned is not None


def test_a_switch_that_no_step_uses_does_not_matter() -> None:
    assert drilled({"elsewhere": "x"}, MANUAL, switch=WEIGHTS)[0] == []


def test_what_only_people_do_acts_nowhere() -> None:
    tell = {"id": "t", "title": "Tell", "kind": "notify", "to": ["owner"], "manual": "call"}
    assert drilled({"elsewhere": "x"}, MANUAL, tell)[0] == []


def test_what_makes_no_address_is_a_sentence() -> None:
    with pytest.raises(ConfigError, match=r"\[rollback.drill\] spoils step config: url: must be a"):
        drilled({"https://": "ftp://"}, HTTP)
    with pytest.raises(ConfigError, match=r"there is no \[rollback.drill\]"):
        at_drill_target(deployment())
