"""Any log's records become calls; what cannot be one is counted, with its reason."""

import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.domain.call import Call
from console.feeds.lines import CHUNK_BYTES, MOST_LINE_BYTES, chunks
from console.feeds.paths import FieldMapError
from tests.feeds.records import START, line, lines, native, reader, record


def one(value: object, **field: object) -> Call:
    """The call that a record with `v` = `value` gives when `field` is read from it."""
    data = json.dumps({"id": "a", "at": "2026-12-01T00:00:00Z", "v": value}).encode()
    read = reader(**field).read(data)
    assert read.bad == 0, read.bad_sample
    return read.calls[0]


def why_bad(value: object, **field: object) -> str:
    """The reason that such a record is refused with."""
    data = json.dumps({"id": "a", "at": "2026-12-01T00:00:00Z", "v": value}).encode()
    read = reader(**field).read(data)
    assert (read.calls, read.bad) == ([], 1)
    return read.bad_sample.rpartition(", ")[0]


def test_reads_our_own_shape() -> None:
    full = record(
        61,
        cost=0.021,
        tokens_in=800,
        tokens_out=120,
        error=None,
        escalation="policy unclear",
        flags=["pii"],
        version="v2.4.0",
        variant="live",
        model="m-large",
        tools=[{"name": "lookup", "ok": True}],
        user="anna@example.org",
        input="What is\ncovered?",
        output="ESCALATE: policy unclear\x1b[2J",
        synthetic=False,
        format="text",
    )
    read = native().read(json.dumps(full).encode())
    assert read.calls == [
        Call(
            id="call-61",
            at=START + 61.0,
            latency_s=0.9,
            cost=0.021,
            tokens_in=800,
            tokens_out=120,
            escalation="policy unclear",
            flags=("pii",),
            version="v2.4.0",
            variant="live",
            model="m-large",
            tools=("lookup",),
            user=read.calls[0].user,
            input="What is\ncovered?",
            output="ESCALATE: policy unclear␛[2J",
            format="text",
        )
    ]
    assert len(read.calls[0].user) == 12
    assert "anna" not in repr(read)


def test_users_differ_by_salt_only() -> None:
    first, again = (one("anna", user="v").user for _ in range(2))
    assert first == again != one("bob", user="v").user
    assert one("", user="v").user == ""


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("usage.cost", {"usage": {"cost": 2}}),
        ("choices[1].cost", {"choices": [{}, {"cost": 2}]}),
        ("a|b.c", {"a": None, "b": {"c": 2}}),
        ("a|b", {"a": 2, "b": 3}),
        ('["gen_ai.cost"]', {"gen_ai.cost": 2}),
        ('attributes["gen_ai.cost"].value', {"attributes": {"gen_ai.cost": {"value": 2}}}),
        ("größe-eur", {"größe-eur": 2}),
    ],
)
def test_paths(path: str, data: dict[str, object]) -> None:
    read = reader(cost=path).read(json.dumps(record(1, **data)).encode())
    assert [call.cost for call in read.calls] == [2]


@pytest.mark.parametrize("data", [{"a": [1]}, {"a": "b"}, {"a": {"b": None}}, {"a": [{}, 1]}, {}])
def test_paths_that_lead_nowhere_are_absent(data: dict[str, object]) -> None:
    read = reader(cost="a.b", latency_s="a[1].b").read(json.dumps(record(1, **data)).encode())
    assert [(call.cost, call.latency_s) for call in read.calls] == [(None, None)]


@pytest.mark.parametrize(
    ("value", "transform", "at"),
    [
        ("2026-12-01T00:00:00Z", None, START),
        ("2026-12-01T02:00:00.5+02:00", None, START + 0.5),
        ("2026-12-01 00:00:00.123456789+00:00", "rfc3339", START + 0.123456),
        (START, "unix", START),
        (f"{START}.25", "unix", START + 0.25),
        (START * 1000 + 250, "unix-ms", START + 0.25),
        (str(START * 10**9), "unix-ns", START),
    ],
)
def test_times(value: object, transform: str | None, at: float) -> None:
    data = json.dumps({"id": "a", "t": value}).encode()
    assert reader(at=("t", transform)).read(data).calls[0].at == pytest.approx(at, abs=1e-6)


@pytest.mark.parametrize(
    ("value", "transform", "why"),
    [
        (None, None, "at: there is none"),
        (None, "unix", "at: there is none"),
        ("yesterday", None, 'at: "yesterday" is not RFC 3339'),
        ("2026-12-01", None, 'at: "2026-12-01" has no offset (Z or +00'),
        (START, None, f'at: {START} is not text; set as = "unix" or "unix-ms"'),
        (START * 1000, "unix", "at: 1796083200000 is not within 2000 to 2100; check its `as`"),
        (START, "unix-ms", "at: 1796083.2 is not within 2000 to 2100; check its `as`"),
        (-5, "unix", "at: -5 is not a number of at least 0"),
        (True, "unix", "at: True is not a number of at least 0"),
    ],
)
def test_times_nobody_can_place_are_bad(value: object, transform: str | None, why: str) -> None:
    data = json.dumps({"id": "a", "t": value}).encode()
    read = reader(at=("t", transform)).read(data)
    assert (read.calls, read.bad) == ([], 1)
    assert read.bad_sample.startswith(why)


@pytest.mark.parametrize(
    ("value", "transform", "seconds"),
    [
        (1.5, None, 1.5),
        ("1.5", None, 1.5),
        (0, None, 0.0),
        (None, "ms", None),
        (1500, "ms", 1.5),
        ("1500", "ms", 1.5),
        (1_500_000, "us", 1.5),
        (1_500_000_000, "ns", 1.5),
    ],
)
def test_durations(value: object, transform: str | None, seconds: float | None) -> None:
    assert one(value, latency_s=("v", transform)).latency_s == seconds


@pytest.mark.parametrize("value", [-0.1, True, "fast", [1], {"s": 1}, 10**400, "nan", "inf"])
@pytest.mark.parametrize("transform", [None, "ms"])
def test_numbers_must_be_finite_and_not_negative(value: object, transform: str | None) -> None:
    assert "is not a number" in why_bad(value, latency_s=("v", transform))


def test_a_number_beyond_all_reason_is_bad() -> None:
    assert why_bad(1e16, cost="v") == "cost: 1e+16 is not a number from 0 to 1e15"


def test_tokens_are_whole() -> None:
    assert one(12.0, tokens_in="v").tokens_in == 12
    assert why_bad(12.5, tokens_in="v") == "tokens_in: 12.5 is not a whole number"


@pytest.mark.parametrize(
    ("value", "transform", "error"),
    [
        (None, None, ""),
        (False, None, ""),
        ("", None, ""),
        (0, None, ""),
        ({}, None, ""),
        (True, None, "error"),
        ("time-out", None, "time-out"),
        (500, None, "500"),
        ({"code": 7}, None, '{"code":7}'),
        ("false", "bool", ""),
        ("yes", "bool", "error"),
        ("refused", "present", "refused"),
        (None, "present", ""),
        ("ERR: boom ", "prefix:ERR:", "boom"),
        ("fine", "prefix:ERR:", ""),
    ],
)
def test_errors(value: object, transform: str | None, error: str) -> None:
    assert one(value, error=("v", transform)).error == error


@pytest.mark.parametrize(
    ("value", "escalation"),
    [
        ("ESCALATE: amount over limit", "amount over limit"),
        ("  ESCALATE:", "ESCALATE:"),
        ("We do not ESCALATE: ever", ""),
        (None, ""),
        (["ESCALATE: x"], ""),
    ],
)
def test_escalations_from_the_output(value: object, escalation: str) -> None:
    assert one(value, escalation=("v", "prefix:ESCALATE:")).escalation == escalation


@pytest.mark.parametrize("one_is_bad", [False, True])
@pytest.mark.parametrize("whole", [None, 0])
def test_an_output_that_hands_over_does_so_whatever_else_is_said(
    whole: int | None, one_is_bad: bool
) -> None:
    outputs = [
        "ESCALATE: amount over limit\nI cannot",
        " ESCALATE:",
        "We do not ESCALATE: it",
        "ok",
    ]
    rows = [line(n, output=told, escalation=None) for n, told in enumerate(outputs)]
    rows.append(line(9, output="ESCALATE: x", escalation="said by the log"))
    rows += [b"no json\n"] * one_is_bad
    read = native().read(b"".join(rows), whole=whole)
    said = ["amount over limit", "ESCALATE:", "", "", "said by the log"]
    assert [call.escalation for call in read.calls] == said
    deep = [{**json.loads(row), "said": {"text": json.loads(row)["output"]}} for row in rows[:5]]
    data = b"".join(json.dumps(one).encode() + b"\n" for one in deep)
    nested = reader(output="said.text", escalation="escalation").read(data, whole=whole)
    assert [call.escalation for call in nested.calls] == said
    page = [json.loads(row) for row in rows[:5]]
    assert [call.escalation for call in native().read_items(page).calls] == said


def test_an_escalation_may_be_a_mere_yes() -> None:
    assert one(True, escalation="v").escalation == "escalated"


@pytest.mark.parametrize(
    ("value", "transform", "flags"),
    [
        (None, None, ()),
        ([], None, ()),
        (False, None, ()),
        (True, None, ("flagged",)),
        ("pii", None, ("pii",)),
        (["pii", None, "hate\u202e"], None, ("pii", "hate⟨U+202E⟩")),
        ([{"name": "pii"}, {"kind": 1}], None, ("pii", '{"kind":1}')),
        ("pii, hate,", "list", ("pii", "hate")),
        (["x"] * 1000, None, ("x",) * 50),
        ([{"type": "pii", "action": "none"}], None, ('{"type":"pii","action":"none"}',)),
    ],
)
def test_lists(value: object, transform: str | None, flags: tuple[str, ...]) -> None:
    assert one(value, flags=("v", transform)).flags == flags


@pytest.mark.parametrize(
    ("tool", "named"),
    [
        ({"name": "search"}, ("search",)),
        ({"name": 17}, ("17",)),
        ({"function": {"name": "search"}}, ("search",)),
        ({"tool": "search", "args": {"q": "x"}}, ("search",)),
        ({"name": None, "tool": "search"}, ()),
        ({"name": "", "args": {"iban": "DE12"}}, ()),
    ],
)
def test_a_tool_without_a_name_is_no_other_tool(tool: object, named: tuple[str, ...]) -> None:
    assert one([tool], tools="v").tools == named


@pytest.mark.parametrize(
    ("value", "yes"), [(True, True), (False, False), (None, False), (1, True), ("TRUE", True)]
)
def test_synthetic(value: object, yes: bool) -> None:
    assert one(value, synthetic="v").synthetic is yes


def test_synthetic_must_be_clear() -> None:
    assert why_bad("perhaps", synthetic="v") == 'synthetic: "perhaps" is neither yes nor no'


def test_texts_are_clean_and_short() -> None:
    assert one("v\x1b" + "1" * 500, version="v").version == "v␛" + "1" * 197 + "…"
    assert one("a\r\nb" * 9000, input="v").input.startswith("a\nba\nb")
    assert len(one("x" * 50_000, output="v").output) == 20_000
    assert one([{"role": "user"}], input="v").input == '[{"role":"user"}]'


def test_long_ids_stay_apart() -> None:
    ids = {one("x" * 300 + end, id="v").id for end in "ab"}
    assert len(ids) == 2
    assert one(17, id="v").id == "17"


def test_a_record_without_an_id_gets_a_lasting_one() -> None:
    data = b'{"at":"2026-12-01T00:00:00Z","n":1}\n{"at":"2026-12-01T00:00:00Z","n":2}\n'
    first, again = (native().read(data).calls for _ in range(2))
    assert [call.id for call in first] == [call.id for call in again]
    assert len({call.id for call in first}) == 2
    mapless = reader(id="nowhere").read(data)
    assert [call.id for call in mapless.calls] == [call.id for call in first]


HOSTILE = {
    "no json": b"Traceback (most recent call last):",
    "half": b'{"id":"x","at":',
    "array": b"[1,2]",
    "number": b"42",
    "null": b"null",
    "bad utf-8": b'{"id":"\xff","at":"2026-12-01T00:00:00Z"}',
    "utf-16": '{"id":"x"}'.encode("utf-16"),
    "nul bytes": b"\0" * 50,
    "deep": b'{"id":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "nan": b'{"id":"x","at":"2026-12-01T00:00:00Z","cost":NaN}',
    "infinite": b'{"id":"x","at":"2026-12-01T00:00:00Z","cost":1e999}',
    "minus infinity": b'{"id":"x","at":"2026-12-01T00:00:00Z","cost":-Infinity}',
    "huge": b'{"id":"x","at":"2026-12-01T00:00:00Z","cost":' + b"9" * 5000 + b"}",
    "negative": b'{"id":"x","at":"2026-12-01T00:00:00Z","cost":-1}',
    "no time": b'{"id":"x"}',
    "html": b"<html><body>502 Bad Gateway</body></html>",
    "20 MB": b'{"id":"' + b"x" * 20_000_000 + b'"}',
}


@pytest.mark.parametrize("bad", HOSTILE.values(), ids=HOSTILE)
def test_one_bad_line_costs_only_itself(bad: bytes) -> None:
    read = native().read(lines(0, 3) + bad + b"\n\r\n" + lines(3, 3))
    assert [call.id for call in read.calls] == [f"call-{n}" for n in range(6)]
    assert read.bad == 1
    assert read.bad_sample.isprintable()
    assert 0 < len(read.bad_sample) < 300


@pytest.mark.parametrize(
    ("odd", "text"),
    [
        (b'{"id":"x","at":"2026-12-01T00:00:00Z","input":"\\ud800"}', "⟨U+D800⟩"),
        (b'{"id":"x","at":"2026-12-01T00:00:00Z","input":["\\ud800"]}', None),
        (b'{"id":"x","at":"2026-12-01T00:00:00Z","other":NaN}', ""),
        (b'{"id":"x","at":"2026-12-01T00:00:00Z","other":1e999}', ""),
        (b'\xef\xbb\xbf{"id":"x","at":"2026-12-01T00:00:00Z"}', ""),
    ],
)
def test_what_only_looks_hopeless_is_read(odd: bytes, text: str | None) -> None:
    read = native().read(odd + b"\n")
    if text is None:
        assert (read.bad, read.calls) == (1, [])
    else:
        assert [(call.id, call.input) for call in read.calls] == [("x", text)]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"cost": ""}, "cost: "),
        ({"cost": "a..b"}, 'cost: "a..b" is no path; write usage.total,'),
        ({"cost": "[0].a"}, 'cost: "[0].a" is no path'),
        ({"cost": "a[x]"}, 'cost: "a[x]" is no path'),
        ({"cost": "a|"}, 'cost: "a|" is no path'),
        ({"cost": 'a"b'}, 'cost: "a"b" is no path'),
        ({"latency_s": ("d", "msec")}, 'latency_s: there is no as = "msec"; did you mean "ms"?'),
        ({"cost": ("c", "ms")}, 'cost cannot be read as "ms"; that is for latency_s'),
        ({"version": ("v", "prefix:x")}, 'version cannot be read as "prefix"; that is for error,'),
        ({"error": ("v", "prefix:")}, 'error: there is no as = "prefix:"'),
        ({"latency_s": ("d", "rfc3339")}, "latency_s: there is no as"),
    ],
)
def test_a_field_map_that_cannot_work(fields: dict[str, Any], sentence: str) -> None:
    if fields == {"cost": ""}:
        with pytest.raises(ValueError, match="at least 1 character"):
            reader(**fields)
        return
    with pytest.raises(FieldMapError) as caught:
        reader(**fields)
    assert str(caught.value).startswith(sentence)


def test_stops_at_the_chunk_that_is_enough() -> None:
    data = lines(0, 3000)
    read = native().read(data, most_calls=10)
    assert 10 <= len(read.calls) < 3000
    rest = native().read(data[read.used :])
    assert len(read.calls) + len(rest.calls) == 3000


@given(st.lists(st.integers(0, 3 * CHUNK_BYTES), max_size=8), st.booleans())
@settings(max_examples=40)
def test_chunks_are_whole_lines(sizes: list[int], ended: bool) -> None:
    data = b"\n".join(b"x" * size for size in sizes) + (b"\n" if ended else b"")
    pieces = list(chunks(data))
    assert b"".join(pieces) == data
    for piece in pieces[:-1]:
        assert piece.endswith(b"\n")
    for piece in pieces:
        assert len(piece) <= CHUNK_BYTES or piece.count(b"\n") <= 1
    assert MOST_LINE_BYTES > CHUNK_BYTES


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
FIELDS = [field.name for field in msgspec.structs.fields(Call)]


@given(st.lists(st.dictionaries(st.sampled_from([*FIELDS, "x"]), VALUES), max_size=6))
@settings(max_examples=150)
def test_any_json_is_a_call_or_bad(records: list[dict[str, object]]) -> None:
    timed = [{**each, "at": "2026-12-01T00:00:00Z"} for each in records]
    read = native().read(b"".join(json.dumps(each).encode() + b"\n" for each in timed))
    assert len(read.calls) + read.bad == len(records)
    for call in read.calls:
        assert call.id
        numbers = (call.latency_s, call.cost, call.tokens_in, call.tokens_out)
        assert all(n is None or (math.isfinite(n) and n >= 0) for n in numbers)
        for text in (call.error, call.escalation, call.version, call.user, *call.flags):
            assert text.isprintable()


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(noise: bytes) -> None:
    read = native().read(line(1) + noise + b"\n" + line(2))
    assert {"call-1", "call-2"} <= {call.id for call in read.calls}
