"""What passes the one door is visible, short and safe as literal text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.clean import MOST_MARKS, clean

NASTY = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"]),
        st.characters(categories=["Mn", "Me"]),
        st.sampled_from("\r\n\t\x1b\x9b\u202e\u200d\ufeff\u3164\ufe0f⟨⟩…⏎"),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain text", "plain text"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]52;c;AAAA\x07", "␛]52;c;AAAA␇"),
        ("\x9b31m", "⟨U+009B⟩31m"),
        ("a\x00b\x7fc", "a␀b␡c"),
        ("a\tb", "a b"),
        ("one\ntwo\r\nthree\rfour", "one⏎two⏎three␍four"),
        ("safe\u202etxt.exe", "safe⟨U+202E⟩txt.exe"),
        ("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
        ("\u2066hidden\u2069", "⟨U+2066⟩hidden⟨U+2069⟩"),
        ("\U000e0041tag", "⟨U+E0041⟩tag"),
        ("lone \ud800", "lone ⟨U+D800⟩"),
        ("private \ue000 none \U000e0fff", "private ⟨U+E000⟩ none ⟨U+E0FFF⟩"),
        ("line\u2028end", "line⟨U+2028⟩end"),
        ("nbsp\u00a0wide\u3000", "nbsp wide "),
        ("blank\u3164\u2800", "blank⟨U+3164⟩⟨U+2800⟩"),
        ("[@click=app.quit]x[/]", "[@click=app.quit]x[/]"),
        ("Z\u0301\u0301\u0301\u0301\u0301\u0301!", "Z\u0301\u0301\u0301\u0301⟨…⟩!"),
        ("\u0301starts", "⟨…⟩starts"),
        ("żółć 日本 ไม่ اَلْ", "żółć 日本 ไม่ اَلْ"),
    ],
)
def test_shows_what_is_hidden(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_keeps_lines_when_asked() -> None:
    assert clean("one\r\ntwo\n\x1bthree", lines=True) == "one\ntwo\n␛three"
    assert clean("one\n\u0301two", lines=True) == "one\n⟨…⟩two"


def test_cuts_with_a_mark() -> None:
    assert clean("abcdef", limit=4) == "abc…"
    assert clean("abcd", limit=4) == "abcd"
    assert clean("the brief is missing", limit=12) == "the brief…"
    assert clean("the brief is missing", limit=10) == "the brief…"
    assert clean("see https://tickets.example/browse/CLAIMS-1", limit=32) == (
        "see https://tickets.example/bro…"
    )
    assert clean("\x1b" * 5_000_000, limit=3) == "␛␛…"


@given(NASTY, st.integers(1, 80), st.booleans())
def test_leaves_nothing_invisible(text: str, limit: int, lines: bool) -> None:
    shown = clean(text, limit, lines)
    assert len(shown) <= limit
    for char in shown:
        assert char.isprintable() or (lines and char == "\n")
    shown.encode("utf-8")


@given(NASTY, st.integers(1, 80), st.booleans())
def test_is_idempotent(text: str, limit: int, lines: bool) -> None:
    once = clean(text, limit, lines)
    assert clean(once, limit, lines) == once


@given(NASTY)
def test_stacks_stay_low(text: str) -> None:
    run = 0
    for char in clean(text):
        run = run + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        assert run <= MOST_MARKS


@given(st.text(st.characters(categories=["L", "N"], max_codepoint=0x115E), max_size=40))
def test_letters_of_any_script_stay(text: str) -> None:
    assert clean(text) == text
