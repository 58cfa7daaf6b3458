"""A preset and the config's own words make a feed, or one sentence about what cannot be."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.feed import Feed as FeedSpec
from config.feed import FeedKind
from config.presets import Preset, UnknownPreset, preset, preset_names
from console.domain.call import Call
from console.feeds import FeedError, make_feed
from console.feeds.web import extended
from console.net import Http
from tests.feeds.records import SALT


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name in preset_names() for kind in preset(name).kinds]
)
def test_every_preset_makes_a_feed(name: str, kind: FeedKind) -> None:
    known = preset(name)
    place = {"jsonl": {"path": "calls.jsonl"}, "otlp": {"listen": "127.0.0.1:0"}}.get(
        kind, {"url": "http://127.0.0.1:9090"}
    )
    if kind == "loki":
        place["query"] = '{app="agent"}'
    spec = FeedSpec.model_validate({"id": "x", "kind": kind, "preset": name, **place})
    assert make_feed(spec, Http(), SALT, Path()).id == "x"
    assert known.title


def test_native_reads_every_field_of_a_call() -> None:
    assert set(preset("native").fields) == set(Call.__struct_fields__)
    odd = {name: path.path for name, path in preset("native").fields.items() if name != path.path}
    assert odd == {"tools_failed": "tools"}


def test_an_unknown_preset() -> None:
    with pytest.raises(UnknownPreset) as caught:
        preset("warroom-promotheus")
    assert str(caught.value) == (
        'there is no preset "warroom-promotheus"; did you mean "warroom-prometheus"? '
        f"(one of: {', '.join(preset_names())})"
    )


def test_a_preset_is_closed_and_frozen() -> None:
    with pytest.raises(ValidationError):
        Preset.model_validate({"kinds": ["jsonl"], "title": "x", "feilds": {}})
    with pytest.raises(ValidationError):
        preset("native").title = "other"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"preset": "natve"}, 'feeds.calls.preset: there is no preset "natve"; did you mean "nat'),
        ({"preset": "warroom-prometheus"}, 'feeds.calls.preset: "warroom-prometheus" is for kind'),
        ({"preset": ""}, "feeds.calls.fields: the field map lacks `at`"),
        (
            {"preset": "native", "fields": {"latency_s": {"path": "ms", "as": "millis"}}},
            'feeds.calls.fields: latency_s: there is no as = "millis"',
        ),
    ],
)
def test_what_cannot_be_made(more: dict[str, object], sentence: str) -> None:
    url = "http://127.0.0.1:9090"
    spec = FeedSpec.model_validate({"id": "calls", "kind": "jsonl-http", "url": url, **more})
    with pytest.raises(FeedError) as caught:
        make_feed(spec, Http(), SALT, Path())
    assert caught.value.sentence.startswith(sentence)


@pytest.mark.parametrize(
    ("url", "path", "params", "whole"),
    [
        ("http://h", "/api/v1/query", {"q": "a b"}, "http://h/api/v1/query?q=a+b"),
        ("http://h/p/?k=1", "/api", {"q": "x"}, "http://h/p/api?k=1&q=x"),
        ("http://h/p?k=1&q=old", "", {"q": "new"}, "http://h/p?k=1&q=new"),
        ("http://h/p?k=%20&x", "", {}, "http://h/p?k=%20&x"),
    ],
)
def test_extended(url: str, path: str, params: dict[str, str], whole: str) -> None:
    assert extended(url, path, params) == whole
