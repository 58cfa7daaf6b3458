"""Entries as another version, a damaged copy or an ill-meant writer might hold them."""

import types
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from console.domain import events as e
from console.domain.entry import Actor, Entry
from tests.domain.build import EVERYBODY, raw_entry

# Few names, so that entries meet: an alert resolves that another one fired.
NAMES = (
    "",
    "a",
    "rb-1",
    "rb-2",
    "traffic",
    "test-set",
    "data-breach",
    "readiness.1",
    "dark-launch.1",
    "shadow.1",
    "canary-1.1",
    "canary-5.1",
    "full.1",
    "readiness.2",
    "dark-launch.2",
)
WRITERS = ("host-00000001", "host-00000002", "other-0000000a")
ZONES = (UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=23, minutes=59)))

numbers = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from((0.0, -1.0, 0.9))
texts = st.sampled_from(NAMES) | st.text(max_size=8)
moments = st.datetimes(timezones=st.sampled_from(ZONES))
junk = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
# What no decoder may stumble over: half a surrogate pair, bad UTF-8, no JSON, too deep, too large.
BROKEN = (
    b"",
    b"null",
    b"nonsense",
    b'{"text":"\\ud800"}',
    b'{"text":"\xff"}',
    b'{"text":' + b"[" * 50_000,
    b'{"text":"a","occurred_at":"2026-12-01T00:00:00"}',
    b'{"duty":"a","title":"a","due":"0001-01-01T00:00:00"}',
    b'{"rollback":"rb-1","outcome":"partial","why":"","executed":"2026-12-01T00:00:00Z",'
    b'"verified":null,"seconds":1e999}',
)


SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    float: numbers,
    bool: st.booleans(),
    date: st.dates().map(date.isoformat),
    type(None): st.none(),
    e.Moment: moments.map(datetime.isoformat),
    e.Count: st.integers(0, 2**53),
    e.Share: st.sampled_from((0, 1, 5, 100)),
    e.Percent: st.sampled_from((1, 3, 5, 20, 50, 100)),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """JSON that a field of this type takes."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind in SIMPLE:
        return SIMPLE[kind]
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in {Union, types.UnionType}:
        return st.one_of([values(one) for one in inner])
    if origin is dict:
        return st.dictionaries(texts, values(inner[1]), max_size=3)
    if origin is tuple:
        return st.lists(values(inner[0]), max_size=3)
    return fields(kind)


@cache
def fields(kind: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    """JSON that decodes as `kind`."""
    hints = get_type_hints(kind, include_extras=True)
    given = {name: values(hints[name]) for name in kind.__struct_fields__}
    if "knew" in given:
        given["knew"] = st.dictionaries(st.sampled_from(WRITERS), st.integers(0, 40), max_size=2)
    return st.fixed_dictionaries(given)


@cache
def data_of(kind: str) -> st.SearchStrategy[bytes]:
    """Data of a known kind: whole, with a field gone or wrong, or no JSON at all."""
    whole = fields(e.KINDS[kind])
    spoilt = st.tuples(whole, st.sampled_from(e.KINDS[kind].__struct_fields__), junk)
    return st.one_of(
        whole.map(msgspec.json.encode),
        whole.map(msgspec.json.encode),
        spoilt.map(lambda given: encoded({**given[0], given[1]: given[2]})),
        spoilt.map(lambda given: encoded({k: v for k, v in given[0].items() if k != given[1]})),
        st.sampled_from(BROKEN),
    )


def encoded(data: dict[str, Any]) -> bytes:
    """As JSON; what JSON of 64 bits cannot hold goes as text."""
    try:
        return msgspec.json.encode(data)
    except OverflowError:
        return repr(data).encode()


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """One entry of any writer at any place; its time may lack a zone."""
    kind = draw(st.sampled_from((*e.KINDS, "gate.decided", "gate.decided", "from.tomorrow")))
    data = draw(data_of(kind) if kind in e.KINDS else junk.map(lambda j: encoded({"a": j})))
    return raw_entry(
        kind,
        data,
        at=draw(moments | st.datetimes()),
        clock=draw(st.integers(1, 40)),
        seq=draw(st.integers(1, 40)),
        writer=draw(st.sampled_from(WRITERS)),
        actor=draw(st.sampled_from(EVERYBODY) | st.builds(Actor, texts)),
    )


def in_order(given: Sequence[Entry]) -> list[Entry]:
    """The order in which a journal folds them."""
    return sorted(given, key=lambda one: one.order)


journals = st.lists(entries(), max_size=30, unique_by=lambda one: one.order)
