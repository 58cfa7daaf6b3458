"""The JSON Schema of `warroom.toml`, asked of a validator as an editor would."""

import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from config.load import ConfigError, validate
from config.schema import schema
from config.write import InitAnswers, initial, render
from console.demo.run import config_values
from console.demo.traffic import Profile

SCHEMA = schema()


def complaints(values: Any) -> list[str]:
    """What a validator says, where dates are text as editors take them."""
    checker = Draft202012Validator(SCHEMA)
    return [error.message for error in checker.iter_errors(_texts(values))]


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(held) for held in value]
    return value.isoformat() if isinstance(value, date) else value


def demo() -> dict[str, Any]:
    return tomllib.loads(render(config_values("http://127.0.0.1:9000", Profile())))


def tables(value: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every shape with keys in the schema."""
    if isinstance(value, dict):
        if "properties" in value:
            yield at, value
        for key, held in value.items():
            yield from tables(held, f"{at}/{key}")
    if isinstance(value, list):
        for held in value:
            yield from tables(held, at)


def test_it_is_a_schema_of_its_dialect() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert '"null"' not in repr(SCHEMA)


@pytest.mark.parametrize("exposure", ["internal", "customer-facing"])
def test_what_init_writes_is_valid(exposure: Any) -> None:
    answers = InitAnswers(name="claims", version="v1", exposure=exposure, logs="calls.jsonl")
    assert complaints(tomllib.loads(initial(answers))) == []


def test_the_demos_config_is_valid() -> None:
    assert complaints(demo()) == []


@pytest.mark.parametrize(
    ("table", "key", "value", "said"),
    [
        ("agent", "nme", "x", "'nme' was unexpected"),
        ("context", "exposure", "secret", "'secret' is not one of"),
        ("nfr", "cost_per_call", -1, "minimum"),
        ("forecast", "calls_per_hour", "many", "'many' is not of type 'number'"),
        ("feeds", "calls", {"kind": "jsonl", "path": "a", "preset": "nativ"}, "'nativ' is not one"),
    ],
)
def test_what_the_models_refuse_is_marked(table: str, key: str, value: Any, said: str) -> None:
    values = demo()
    values[table][key] = value
    with pytest.raises(ConfigError):
        validate(values)
    assert any(said in one for one in complaints(values))


def test_secrets_and_fields_may_be_text_or_a_table() -> None:
    for header in ("Bearer x", {"env": "TOKEN"}, {"file": "token"}):
        values = demo()
        values["feeds"]["calls"]["headers"] = {"Authorization": header}
        values["feeds"]["calls"]["fields"] = {"cost": "a|b", "latency_s": {"path": "d", "as": "ms"}}
        assert complaints(values) == []
    values["feeds"]["calls"]["headers"] = {"Authorization": {"vault": "x"}}
    assert complaints(values)


def test_nearly_every_key_says_what_it_is() -> None:
    """So that the words beside a key in a fresh `warroom.toml` are found by every model."""
    keys = [
        (f"{at}.{name}", shape)
        for at, table in tables(SCHEMA)
        for name, shape in table["properties"].items()
        if not {"$ref", "items", "additionalProperties"} & shape.keys()
    ]
    silent = [name for name, shape in keys if "description" not in shape]
    assert len(silent) < 0.1 * len(keys), silent
