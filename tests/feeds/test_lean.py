"""The quick way through a backlog counts what the careful way counts, or leaves it to it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.feed import FieldPath
from config.presets import preset
from console.domain.minutes import Minute
from console.domain.noted import noted
from console.domain.seen import Seen
from console.feeds.fields import RecordReader
from console.feeds.lean import lean_map
from console.telemetry import fold
from tests.feeds.records import SALT, START, line, lines, native, reader, record

NOW = START + 86_400.0

WORDS = st.sampled_from(["", "v2.4.0", "m-large", "control", "ünklar", "\x1b[2J", "x" * 201])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "id": st.one_of(st.integers(0, 30).map(str), WORDS, st.just(7)),
    "at": st.one_of(
        st.integers(0, 300).map(lambda n: f"2026-12-01T00:{n // 60:02d}:{n % 60:02d}.5Z"),
        st.sampled_from(
            [
                "2026-12-01T01:00:30+01:00",
                "2026-12-01t00:00:59z",
                "2026-12-01T00:00:00",
                "1970-01-01T00:00:00Z",
                "now",
                3,
            ]
        ),
    ),
    "latency_s": st.one_of(st.none(), st.floats(0, 90), st.sampled_from([3, -1, "1.5", "x", True])),
    "cost": st.one_of(st.none(), st.sampled_from([0, 0.02, 1e16, "0.5", [1]])),
    "tokens_in": st.sampled_from([None, 0, 700, 12.0, 12.5, -3]),
    "error": st.sampled_from([None, "", False, True, "time-out", "\x1b[31m", {"code": 3}, 0]),
    "escalation": st.sampled_from([None, "", False, True, "unclear", "policy\nunclear", 5]),
    "flags": st.sampled_from([None, [], ["pii"], ["", "a"], [{"name": "b"}], "c", True]),
    "version": st.one_of(st.none(), WORDS),
    "variant": st.one_of(st.none(), WORDS),
    "model": st.one_of(st.none(), WORDS),
    "feedback": st.sampled_from([None, "", True, False, "up", "negative", 0.5, -1, "great"]),
    "synthetic": st.sampled_from([None, False, True, "yes", "maybe"]),
    "output": st.sampled_from([None, "ok", "ESCALATE: policy\nmore", "no ESCALATE: here", ["x"]]),
}


@given(
    st.lists(
        st.one_of(
            st.fixed_dictionaries(
                {"id": FIELDS["id"], "at": FIELDS["at"]},
                optional={name: kind for name, kind in FIELDS.items() if name not in {"id", "at"}},
            ).map(lambda fields: json.dumps(fields).encode()),
            st.sampled_from([b"no json", b'{"id": "a", "at": ', b"[]", b"", b'{"at": NaN}']),
        ),
        max_size=12,
    )
)
def test_both_ways_count_the_same(records: list[bytes]) -> None:
    """Piece by piece as well as all at once, so that good pieces stand beside bad ones."""
    pieces = [record + b"\n" for record in records]
    minutes, found = [], []
    for whole in (None, 0):
        seen = Seen()
        counted: dict[int, Minute] = {}
        bad = repeated = 0
        for piece in [*pieces, b"".join(pieces)]:
            read = native().read(piece, whole=whole)
            delta = fold(read.calls, seen, NOW, read.tallies)
            bad, repeated = bad + read.bad, repeated + delta.repeated
            for number, minute in delta.minutes.items():
                counted.setdefault(number, Minute()).merge(minute)
        minutes.append({number: rounded(minute) for number, minute in counted.items()})
        found.append((bad, repeated))
    assert minutes[0] == minutes[1]
    assert found[0] == found[1]


def rounded(minute: Minute) -> Minute:
    """Sums of floats depend on their order in the last digit."""
    minute.cost = round(minute.cost, 9)
    minute.cost_by = {name: round(cost, 9) for name, cost in minute.cost_by.items()}
    return minute


def test_the_last_records_are_read_whole() -> None:
    data = lines(0, 5000, input="What is covered?")
    read = native().read(data, whole=2000)
    assert 2000 <= len(read.calls) < 2000 + 64 * 1024 // len(line(0))
    assert read.calls[-1].id == "call-4999"
    assert read.calls[-1].input == "What is covered?"
    assert read.count == 5000
    assert read.used == len(data)


def test_a_limit_counts_both() -> None:
    data = lines(0, 9000)
    read = native().read(data, 1000, 2000)
    assert read.calls == []
    assert 1000 <= read.count < 7000
    assert data[read.used - 1 : read.used] == b"\n"


@pytest.mark.parametrize(
    "fields",
    [
        {"latency_s": ("ms", "ms")},
        {"cost": "usage.cost"},
        {"error": "error|fault"},
        {"version": "at"},
    ],
    ids=str,
)
def test_a_map_that_needs_more_is_read_the_careful_way(fields: dict[str, Any]) -> None:
    named = {"id": "id", "at": "at", **fields}
    paths: dict[Any, FieldPath] = {
        name: FieldPath.model_validate(
            {"path": value[0], "as": value[1]} if isinstance(value, tuple) else value
        )
        for name, value in named.items()
    }
    assert lean_map(paths) is None
    data = json.dumps({**record(1), "ms": 900, "usage": {"cost": 1}}).encode() + b"\n"
    read = reader(**fields).read(data * 3, whole=0)
    assert (len(read.calls), len(read.tallies)) == (3, 0)


TOOLS: list[Any] = [
    None, [], ["lookup"], ["shell", "lookup"], [{"name": "shell", "ok": False}],
    [{"name": ""}, "lookup"], [{"ok": True}], "shell", [3], [{"name": 4}], [None], [["a"]],
]  # fmt: skip


@given(st.lists(st.sampled_from(TOOLS), min_size=1, max_size=12))
def test_what_asks_for_a_person_is_noted_the_same_either_way(tools: list[Any]) -> None:
    """By the quick way a backlog is noted as the careful way would: reasons, flags and tools."""
    fields = preset("native").fields
    data = b"".join(
        line(number, tools=one, escalation="Claim 7" if number % 3 == 0 else None,
             flags=["pii"] if number % 4 == 0 else [], synthetic=number % 5 == 4)
        for number, one in enumerate(tools)
    )  # fmt: skip
    watching = RecordReader(fields, SALT, tools=True)
    skimmed, whole = watching.read(data, whole=0), RecordReader(fields, SALT).read(data)
    rows = [row for tally in skimmed.tallies for row in tally.rows] + skimmed.calls
    scope = frozenset({"lookup"})
    told = {note.call: note for note in noted(rows, scope, 0.0)}
    assert told == {note.call: note for note in noted(whole.calls, scope, 0.0)}
    unwatched = RecordReader(fields, SALT).read(data, whole=0)
    assert unwatched.calls == [], "tools that nobody looks at cost nothing"
