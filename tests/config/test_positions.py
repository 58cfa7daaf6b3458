"""Lines of keys: a table of awkward texts, and a property over written ones."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from config.positions import Place, lines_of

AWKWARD: dict[str, dict[Place, int]] = {
    "": {(): 1},
    "# only\n\n# this": {(): 1},
    "\n\na = 1": {("a",): 3},
    'a.b."c.d"  .  e = 1\na.f = 2': {("a",): 1, ("a", "b", "c.d", "e"): 1, ("a", "f"): 2},
    "[a]\n\n[ a . b ] # c\nd = 1": {("a",): 1, ("a", "b"): 3, ("a", "b", "d"): 4},
    "[[p]]\nn = 1\n[[p]]\n[p.q]\nn = 2\n[[p.r]]\n[[p.r]]\nn = 3": {
        ("p",): 1,
        ("p", 0): 1,
        ("p", 0, "n"): 2,
        ("p", 1): 3,
        ("p", 1, "q"): 4,
        ("p", 1, "q", "n"): 5,
        ("p", 1, "r", 0): 6,
        ("p", 1, "r", 1): 7,
        ("p", 1, "r", 1, "n"): 8,
    },
    "a = [ # one ]\n  1,\n\n  [2, 3], # ,\n  { b = [\n 4] },\n]\nc = 1": {
        ("a",): 1,
        ("a", 0): 2,
        ("a", 1): 4,
        ("a", 1, 1): 4,
        ("a", 2): 5,
        ("a", 2, "b"): 5,
        ("a", 2, "b", 0): 6,
        ("c",): 8,
    },
    'a = """\n[x]\ny = \\"""\n"""""\nb = 1': {("a",): 1, ("b",): 5},
    "a = '''\n\\'''''\nb = '\\'\nc = 1": {("a",): 1, ("b",): 3, ("c",): 4},
    'a = "x # \\" ]"\nb = 1': {("a",): 1, ("b",): 2},
    "a = 2026-12-01 10:00:00Z # at ten\r\nb = 07:32:00\r\nc = -inf": {
        ("a",): 1,
        ("b",): 2,
        ("c",): 3,
    },
    '"a\\u0062" = {}\n[x]\n"" = [[], {}]\nz = 1': {
        ("ab",): 1,
        ("x", ""): 3,
        ("x", "", 1): 3,
        ("x", "z"): 4,
    },
}


@pytest.mark.parametrize(("text", "lines"), AWKWARD.items())
def test_awkward_texts(text: str, lines: dict[Place, int]) -> None:
    tomllib.loads(text)
    found = lines_of(text)
    assert {place: found.get(place) for place in lines} == lines


def places(data: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    yield place, data
    entries: Any = ()
    if isinstance(data, dict | list):
        entries = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in entries:
        yield from places(value, (*place, key))


TEXTS = st.text(st.sampled_from("ab#=[]{}.,'\"\\\n 7"), max_size=6)
DATA = st.dictionaries(
    TEXTS,
    st.recursive(
        TEXTS | st.just(0) | st.booleans(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def numbered(data: Any, numbers: Iterator[int]) -> Any:
    """The same data with a number of its own in place of each 0."""
    if isinstance(data, dict):
        return {key: numbered(value, numbers) for key, value in data.items()}
    if isinstance(data, list):
        return [numbered(value, numbers) for value in data]
    return next(numbers) if data == 0 and data is not False else data


@given(DATA, st.booleans())
@settings(max_examples=200)
def test_every_place_has_a_line_and_numbers_stand_on_theirs(data: Any, many_lines: bool) -> None:
    data = numbered(data, iter(range(888_000, 889_000)))
    text = tomli_w.dumps(data, multiline_strings=many_lines)
    written = text.split("\n")
    lines = lines_of(text)
    for place, value in places(tomllib.loads(text)):
        assert place in lines
        if isinstance(value, int) and not isinstance(value, bool):
            assert str(value) in written[lines[place] - 1]
