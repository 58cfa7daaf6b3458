"""Writing `warroom.toml`: commented TOML from values, and a first file from a few answers."""

import contextlib
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from config import template, template_feeds, template_traffic
from config.guide import MetricId, Role
from config.load import FILE_NAME, ConfigError, validate
from config.tables import Values, lines, mapping, pairs, table
from config.template import Key
from config.write_rollback import rollback_blocks


def _new_id() -> str:
    return secrets.token_hex(8)


@dataclass(frozen=True, kw_only=True)
class InitAnswers:
    """What `warroom init` knows: everything else stays in the file as a comment.

    `flags` are keys of `[context]` that are true. `logs` is a file's path, as it shall stand in
    the file, or a URL of JSON lines; `prometheus` is a URL. Without either the file names
    `calls.jsonl`, to be changed; `feeds`, tables by name, take the place of both. `metrics` are
    tables by metric. `people` overrides who holds a role, else a person is called like the
    role; `contacts` are further keys of a person, by name.
    """

    name: str
    version: str
    exposure: Literal["customer-facing", "internal"]
    flags: Sequence[str] = ()
    workflow: Literal["saas", "complex-b2b"] = "saas"
    description: str = ""
    platform: str = ""
    stable_version: str = ""
    logs: str = ""
    prometheus: str = ""
    feeds: Mapping[str, Values] = field(default_factory=dict)
    metrics: Mapping[MetricId, Values] = field(default_factory=dict)
    people: Mapping[Role, str] = field(default_factory=dict)
    contacts: Mapping[str, Values] = field(default_factory=dict)
    deployment: str = field(default_factory=_new_id)


_HOLDERS: Mapping[Role, str] = {
    "agent-lead": "agent lead",
    "tech-lead": "tech lead",
    "rollback-owner": "rollback owner",
    "bu-operations-lead": "BU operations lead",
    "legal": "legal",
    "executive-sponsor": "executive sponsor",
    "reviewer": "reviewer",
}


def initial(answers: InitAnswers) -> str:
    """The text of a first `warroom.toml`, which loads. Raises `ConfigError` for bad answers."""
    holders = {**_HOLDERS, **answers.people}
    people: dict[str, list[str]] = {}
    for role, name in holders.items():
        people.setdefault(name, []).append(role)
    texts = ("description", "platform", "stable_version")
    optional = {key: text for key in texts if (text := getattr(answers, key))}
    return render(
        {
            "version": 1,
            "deployment": answers.deployment,
            "agent": {"name": answers.name, "version": answers.version, **optional},
            "context": {
                "exposure": answers.exposure,
                **dict.fromkeys(answers.flags, True),
                "workflow": answers.workflow,
            },
            "people": [
                {"name": name, "roles": roles, **answers.contacts.get(name, {})}
                for name, roles in people.items()
            ],
            "feeds": answers.feeds or _feeds(answers),
            **({"metrics": answers.metrics} if answers.metrics else {}),
            "rollback": {"owner": holders["rollback-owner"]},
        }
    )


def _feeds(answers: InitAnswers) -> dict[str, dict[str, str]]:
    feeds: dict[str, dict[str, str]] = {}
    if answers.logs.startswith(("http://", "https://")):
        feeds["calls"] = {"kind": "jsonl-http", "url": answers.logs, "preset": "native"}
    elif answers.logs or not answers.prometheus:
        path = answers.logs or "calls.jsonl"
        feeds["calls"] = {"kind": "jsonl", "path": path, "preset": "native"}
    if answers.prometheus:
        feeds["prometheus"] = {
            "kind": "prometheus",
            "url": answers.prometheus,
            "preset": "warroom-prometheus",
        }
    return feeds


def write_new(directory: Path, text: str) -> Path:
    """Write `warroom.toml` into `directory` (made if need be), whole or not at all, mode 0600.

    Returns its path. Raises `ConfigError` if there is one already or the disk refuses.
    """
    path = directory / FILE_NAME
    scratch = directory / f".{FILE_NAME}.{secrets.token_hex(4)}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{directory} cannot be made: {error.strerror}") from None
    try:
        _write_synced(scratch, text.encode())
        os.link(scratch, path)
        _sync_directory(directory)
    except FileExistsError:
        raise ConfigError(f"{path} is there already; edit it, or name another directory") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink()
    return path


def _write_synced(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def render(values: Values) -> str:
    """Commented TOML of `values`, which have the shape of `warroom.toml`.

    Keys that have no value stand as commented examples, in a list of tables only in the first, but
    for the phone: everybody should have one.
    Raises `ConfigError` if the values are no deployment.
    """
    validate(values)
    agent, context = values["agent"], values["context"]
    blocks = [
        template.TOP.splitlines(),
        lines(template.DEPLOYMENT, values),
        table("[agent]", template.AGENT, agent),
        table("[context]", template.CONTEXT, context),
        *_people(values["people"]),
        table("[nfr]  # agreed needs (Guide 1)", template.NFR, values.get("nfr", {})),
        table("[forecast]  # at full traffic", template.FORECAST, values.get("forecast", {})),
        *_feed_blocks(values["feeds"]),
        *_named_blocks("prices", "'gpt-5'", template.PRICE, values),
        *_named_blocks("metrics", "escalation-rate", template.METRIC, values),
        *_rule_blocks(values.get("rules", ())),
        table(
            f"{'' if 'watch' in values else '#'}[watch]", template.WATCH, values.get("watch", {})
        ),
        *(
            table(f"{'' if name in values else '#'}[{name}]", keys, values.get(name, {}))
            for name, keys in (
                ("notices", template.NOTICES),
                ("console", template.CONSOLE),
                ("signing", template.SIGNING),
                ("sync", template.SYNC),
            )
        ),
        *_named_blocks("items", "load-test", template.ITEM, values),
        *_traffic_blocks(values.get("traffic", {})),
        *_phase_blocks(values.get("phases", {})),
        table(
            f"{'' if 'gates' in values else '#'}[gates]", template.GATES, values.get("gates", {})
        ),
        *_probe_blocks(values),
        *rollback_blocks(values),
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def table_text(header: str, values: Values) -> str:
    """One table with its keys, each on a line of its own; what lies deeper is written inline."""
    return "\n".join([f"[{header}]", *pairs(values)])


def _people(people: Sequence[Values]) -> list[list[str]]:
    """The first with every key as an example, the last with those of quiet hours."""
    names = {key.name for key in template.QUIET}
    rest = [{k: v for k, v in person.items() if k not in names} for person in people]
    first, *others = rest
    blocks = [
        table("[[people]]", template.PERSON, first),
        *(["[[people]]", *pairs(person), *_phone(person)] for person in others),
    ]
    for place, person in enumerate(people):
        if place == len(people) - 1:
            blocks[place] += lines(template.QUIET, person)
        else:
            blocks[place] += pairs({k: v for k, v in person.items() if k in names})
    return blocks


def _phone(person: Values) -> list[str]:
    """A line for the phone that is missing."""
    missing = {"phone", "notify"}.isdisjoint(person)
    return lines([key for key in template.PERSON if missing and key.name == "phone"], {})


def _feed_blocks(feeds: Mapping[str, Values]) -> list[list[str]]:
    blocks: list[list[str]] = []
    for name, feed in feeds.items():
        blocks += _feed(f"feeds.{name}", feed["kind"], feed, "")
    used = {feed["kind"] for feed in feeds.values()}
    for kind in template_feeds.FEEDS:
        if kind not in used:
            blocks += _feed(f"feeds.{kind}-example", kind, {}, "#")
    return blocks


def _feed(name: str, kind: str, feed: Values, mark: str) -> list[list[str]]:
    tables = (
        mapping(f"[{name}.{key}]", says, feed.get(key), examples)
        for key, says, examples in template_feeds.FEED_TABLES[kind]
    )
    return [table(f"{mark}[{name}]", template_feeds.FEEDS[kind], feed), *tables]


def _named_blocks(name: str, example: str, keys: Sequence[Key], values: Values) -> list[list[str]]:
    """A table for each of the names that have one, else an example."""
    tables = values.get(name, {})
    if not tables:
        return [table(f"#[{name}.{example}]", keys, {})]
    return [[f"[{name}.{key}]", *pairs(override)] for key, override in tables.items()]


def _rule_blocks(rules: Sequence[Values]) -> list[list[str]]:
    """The team's own rules, else two examples."""
    if not rules:
        return [
            table("#[[rules]]", template.RULE, {}),
            table("#[[rules]]", template.RULE_UNDER, {}),
        ]
    return [["[[rules]]", *pairs(rule)] for rule in rules]


def _probe_blocks(values: Values) -> list[list[str]]:
    """What the live checks need; tables that have no value stand as examples."""
    blocks = _with_headers("invoke", template.INVOKE, values.get("invoke"))
    integrations = values.get("integrations", ())
    if not integrations:
        blocks += _with_headers("[integrations]", template.INTEGRATION, None)
    for place, one in enumerate(integrations):
        keys = template.INTEGRATION if place == 0 else ()
        blocks.append(
            table("[[integrations]]", keys, one) if keys else ["[[integrations]]", *pairs(one)]
        )
    for name, named in (
        ("staging", template.STAGING),
        ("escalation", template.ESCALATION),
        ("load", template.LOAD),
    ):
        given = values.get(name)
        blocks.append(table(f"{'' if given else '#'}[{name}]", named, given or {}))
        if name == "escalation":
            blocks += _rota_blocks((given or {}).get("rota", ()))
    return blocks


def _rota_blocks(rota: Sequence[Values]) -> list[list[str]]:
    """The shifts of those who answer escalations, else an example."""
    if not rota:
        return [table("#[[escalation.rota]]", template.ROTA, {})]
    return [["[[escalation.rota]]", *pairs(shift)] for shift in rota]


def _phase_blocks(phases: Mapping[str, Values]) -> list[list[str]]:
    """The phases that a team takes more strictly, else two examples."""
    if not phases:
        return [table(f"#[phases.{name}]", keys, {}) for name, keys in template.PHASES.items()]
    return [[f"[phases.{name}]", *pairs(phase)] for name, phase in phases.items()]


def _traffic_blocks(values: Values) -> list[list[str]]:
    """The increments and the switch; without one an example, and the others as remarks."""
    blocks = [table("[traffic]", template.TRAFFIC, values)]
    header, kinds = "[traffic.switch]", dict(template_traffic.SWITCHES)
    if (given := values.get("switch")) is not None:
        which = "preset" if "preset" in given else given["kind"]
        keys = kinds.pop(which)
        rest = {key: value for key, value in given.items() if key not in {k.name for k in keys}}
        return [*blocks, [*table(header, keys, given), *pairs(rest)]]
    says = "# How a decision sets the traffic; without it that is done by hand. One of:"
    first, *others = (table(f"#{header}", keys, {}) for keys in kinds.values())
    return [*blocks, [says, *first], *([f"#{line}" for line in other] for other in others)]


def _with_headers(name: str, keys: Sequence[Key], values: Values | None) -> list[list[str]]:
    mark = "" if values is not None else "#"
    given = values or {}
    key, says, examples = template.HEADERS
    return [
        table(f"{mark}[{name}]", keys, given),
        mapping(f"[{name.strip('[]')}.{key}]", says, given.get(key), examples),
    ]
