"""`warroom.toml` as JSON Schema (draft 2020-12), for editors that complete and check as one types.

Made from the models and from the words that `warroom init` writes beside each key. It is looser
than the models: what takes more than one key, or a look at the guide, only `config.load` knows.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from config import template, template_feeds, template_rollback, template_traffic
from config.load import FILE_NAME
from config.model import Deployment
from config.presets import preset, preset_names
from config.template import Key

DIALECT = GenerateJsonSchema.schema_dialect

# What a model's keys mean, where people read it first.
_SAYS: Mapping[str, Iterable[Key]] = {
    "Deployment": template.DEPLOYMENT,
    "Agent": template.AGENT,
    "Context": template.CONTEXT,
    "Person": (*template.PERSON, *template.QUIET),
    "Nfr": template.NFR,
    "Forecast": template.FORECAST,
    "Feed": [key for keys in template_feeds.FEEDS.values() for key in keys],
    "Price": template.PRICE,
    "MetricOverride": template.METRIC,
    "Rule": (*template.RULE, *template.RULE_UNDER),
    "Watch": template.WATCH,
    "Notices": template.NOTICES,
    "Console": template.CONSOLE,
    "ItemOverride": template.ITEM,
    "Traffic": template.TRAFFIC,
    "Switch": [key for keys in template_traffic.SWITCHES.values() for key in keys],
    "PhaseOverride": [key for keys in template.PHASES.values() for key in keys],
    "Gates": template.GATES,
    "Invoke": template.INVOKE,
    "Integration": template.INTEGRATION,
    "Staging": template.STAGING,
    "Escalation": template.ESCALATION,
    "Shift": template.ROTA,
    "Load": template.LOAD,
    "Signing": template.SIGNING,
    "Sync": template.SYNC,
    "Rollback": template_rollback.ROLLBACK,
    "Step": [key for keys in template_rollback.STEPS.values() for key in keys],
    "ReadBack": template_rollback.PROOFS["read_back"],
    "Prove": template_rollback.PROOFS["prove"],
    "Procedure": template_rollback.PROCEDURE,
    "Drill": template_rollback.DRILL,
    "Suspension": template_rollback.SUSPENSION,
}
# A key whose meaning hangs on the kind of thing it belongs to: no single example says it.
_BY_KIND = {("Feed", "kind"), ("Feed", "url"), ("Step", "kind"), ("Switch", "kind")}

# Lists of texts of which one may be written without its list.
_ONE_OR_MORE = (("Rollback", "deputy"), ("Sync", "nats"))


def schema() -> dict[str, Any]:
    """The schema as plain JSON values."""
    whole = Deployment.model_json_schema()
    models: dict[str, Any] = whole["$defs"]
    for name, model in {"Deployment": whole, **models}.items():
        _explain(model, _SAYS.get(name, ()), {key for kind, key in _BY_KIND if kind == name})
    models["Secret"] = _or_text(models["Secret"], ("env", "file"))
    models["FieldPath"] = _or_text(models["FieldPath"], ("path", "as"))
    models["Watch"].pop("required", None)  # what is not said is the guide's
    feed = models["Feed"]["properties"]
    del feed["id"]  # it is the table's name
    kinds = set(feed["kind"]["enum"])
    feed["preset"]["enum"] = [
        "",
        *(one for one in preset_names() if kinds & set(preset(one).kinds)),
    ]
    for name in ("Step", "Switch"):  # a preset gives what else must be there
        needed = [key for key in models[name].pop("required") if key != "id"]
        models[name]["anyOf"] = [{"required": ["preset"]}, {"required": needed}]
    mended: dict[str, Any] = _mended(whole)
    for name, key in _ONE_OR_MORE:
        shape = mended["$defs"][name]["properties"][key]
        listed = {"type": shape.pop("type"), "items": shape.pop("items")}
        shape["anyOf"] = [{"type": "string"}, listed]
    return {"$schema": DIALECT, "title": FILE_NAME, **mended}


def _explain(model: dict[str, Any], says: Iterable[Key], by_kind: set[str]) -> None:
    """Say of each key what it means; the first word on it counts."""
    words: dict[str, str] = {}
    for key in says:
        words.setdefault(key.name, key.says)
    model.pop("title", None)
    for name, shape in model["properties"].items():
        shape.pop("title", None)
        if name in words and name not in by_kind:
            shape["description"] = words[name]


def _or_text(model: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """A table that may be written as a text instead."""
    table = {**model, "properties": {key: model["properties"][key] for key in keys}}
    said = table.pop("description")
    return {"description": said, "anyOf": [{"type": "string"}, table]}


def _mended(value: Any) -> Any:
    """Without null, which TOML does not have, and with the bounds in the schema's own words.

    A table's default goes too: its keys say theirs.
    """
    if isinstance(value, list):
        return [_mended(one) for one in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("anyOf"), list):
        kept = [one for one in value["anyOf"] if one != {"type": "null"}]
        rest = {key: held for key, held in value.items() if key != "anyOf"}
        value = {**rest, **kept[0]} if len(kept) == 1 else {**rest, "anyOf": kept}
    bounds = {"ge": "minimum", "le": "maximum"}
    return {
        bounds.get(key, key): _mended(held)
        for key, held in value.items()
        if key != "default" or not (held is None or isinstance(held, dict))
    }
