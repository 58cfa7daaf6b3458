"""Lines: what is shortened, wrapped, dropped and aligned."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets import line
from widgets.line import (
    Column,
    Span,
    bar,
    compose,
    dotted,
    fit,
    keep,
    layout,
    text_of,
    wrap,
    wrap_hung,
)

texts = st.text(st.sampled_from("abc xyz…漢é·-/[]"), max_size=80)


def test_a_text_that_fits_is_left_alone() -> None:
    assert fit("error rate", 10) == "error rate"


def test_a_text_that_does_not_fit_loses_whole_words() -> None:
    assert fit("not acknowledged by anyone", 20) == "not acknowledged by…"
    assert fit("not acknowledged by anyone", 19) == "not acknowledged…"


def test_a_shortened_text_does_not_end_in_a_dangling_dot() -> None:
    assert fit("6 min · n 1,204 · agent lead", 19) == "6 min · n 1,204…"


def test_a_word_wider_than_the_room_is_cut_where_it_must() -> None:
    assert fit("claims-triage", 8) == "claims-…"


def test_a_word_that_no_row_could_show_is_known_by_its_beginning() -> None:
    address = "https://tickets.example/browse/CLAIMS-1234"
    assert fit(f"see {address}", 20) == "see https://tickets…"
    assert fit("n 1,772", 5) == "n…"  # a number is whole or left out


def test_what_a_sign_a_key_or_a_number_leads_is_wrapped_below_itself() -> None:
    assert wrap_hung("2. Find out which it is", 14) == ["2. Find out", "   which it is"]
    assert wrap_hung("✗ the brief is missing", 13) == ["✗ the brief", "  is missing"]
    assert wrap_hung("s  skip, and say why", 13) == ["s  skip, and", "   say why"]
    assert wrap_hung("A rollback opens it", 13) == ["A rollback", "opens it"]
    assert wrap_hung("10. narrow", 5) == wrap("10. narrow", 5)


@settings(max_examples=80)
@given(texts, st.integers(2, 40))
def test_no_hung_row_is_wider_than_its_room(text: str, width: int) -> None:
    assert all(cell_len(row) <= width for row in wrap_hung(f"3. {text}", width))
    told = "".join("".join(wrap_hung(f"3. {text}", width)).split())
    assert told == "".join(f"3. {text}".split())


def test_line_breaks_never_reach_a_row() -> None:
    assert fit("one\ntwo\tthree", 40) == "one two three"


@settings(max_examples=80)
@given(texts, st.integers(0, 40))
def test_fit_never_exceeds_its_width(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) <= width


@settings(max_examples=80)
@given(texts, st.integers(2, 40))
def test_wrap_loses_nothing_but_spaces(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)


@pytest.mark.parametrize("word", ["x", "\u4e00", "e\u0301"])
def test_wrap_measures_a_word_without_an_end_only_once(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = 0

    def counted(text: str) -> int:
        nonlocal measured
        measured += len(text)
        return cell_len(text)

    monkeypatch.setattr(line, "cell_len", counted)
    text = word * 20_000
    assert "".join(wrap(text, 80)) == text
    assert measured < 20 * len(text)


def test_wrap_keeps_a_commands_inner_spaces() -> None:
    assert wrap("echo 'a  b'", 40) == ["echo 'a  b'"]


def test_the_least_important_part_goes_first() -> None:
    assert keep([(0, 5), (2, 5), (1, 5)], room=11, gap=1) == (True, False, True)


def test_rank_zero_stays_even_where_it_does_not_fit() -> None:
    assert keep([(0, 50), (1, 5)], room=10, gap=1) == (True, False)


def test_an_empty_column_takes_no_room() -> None:
    columns = (Column(4), Column(0), Column(4))
    widths = layout(columns, 20)
    cells = ((Span("a"),), (Span(""),), (Span("b"),))
    assert text_of(compose(columns, widths, cells)) == "a     b   "


def test_room_left_over_goes_to_the_column_that_can_use_it() -> None:
    assert layout((Column(4), Column(4, most=30)), 20, gap=2) == (4, 14)


def test_numbers_are_aligned_right() -> None:
    column = (Column(7, right=True),)
    rows = [text_of(compose(column, (7,), ((Span(text),),))) for text in ("18.2 %", "1.8 %")]
    assert rows == [" 18.2 %", "  1.8 %"]


def test_a_bar_shows_its_fraction_and_stays_in_its_width() -> None:
    assert text_of(bar(0.5, 8, "accent")) == "━━━╸────"
    assert text_of(bar(0.0, 8, "accent")) == "────────"
    assert text_of(bar(7.0, 8, "accent")) == "━━━━━━━━"


def test_what_says_nothing_leaves_no_dot() -> None:
    assert dotted("6 min", "", "agent lead") == "6 min · agent lead"
