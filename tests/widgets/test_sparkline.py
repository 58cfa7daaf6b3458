"""The sparkline: a fixed scale, honest gaps, no averaged breach."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from widgets import glyphs
from widgets.line import text_of, width_of
from widgets.sparkline import scale_top, sparkline

values = st.none() | st.floats(allow_nan=True, allow_infinity=True)


def test_a_small_wobble_below_the_limit_is_no_cliff() -> None:
    drawn = text_of(sparkline((100.0, 100.02, 100.0), 3, over=200.0, under=None))
    assert len(set(drawn)) == 1


def test_the_scale_reaches_the_limit_or_the_highest_value() -> None:
    assert scale_top((0.2, None, math.nan), over=1.0) == 1.0
    assert scale_top((0.2, 3.0, math.inf), over=1.0) == 3.0
    assert scale_top((), over=None) == 0.0


def test_zero_is_the_lowest_block_and_the_top_the_highest() -> None:
    assert text_of(sparkline((0.0, 0.5, 1.0), 3, over=1.0, under=None)) == "▁▅█"


def test_what_is_unknown_is_a_gap() -> None:
    points = (0.5, None, math.nan, math.inf, 0.5)
    assert text_of(sparkline(points, 5, over=1.0, under=None)) == "▅···▅"


def test_only_breached_points_are_marked() -> None:
    line = sparkline((0.5, 1.5, 0.5), 3, over=1.0, under=None)
    assert [span.tone for span in line] == ["accent", "warn", "accent"]


def test_a_value_equal_to_its_limit_is_within_it() -> None:
    assert [span.tone for span in sparkline((1.0,), 1, over=1.0, under=1.0)] == ["accent"]


def test_a_breach_among_many_points_is_not_averaged_away() -> None:
    points = [0.5] * 600
    points[301] = 9.0
    line = sparkline(points, 60, over=1.0, under=None)
    assert [span.text for span in line if span.tone == "warn"] == ["█"]


def test_a_low_breach_survives_too() -> None:
    points = [0.9] * 600
    points[301] = 0.1
    assert any(span.tone == "warn" for span in sparkline(points, 60, over=None, under=0.85))


@settings(max_examples=80)
@given(st.lists(values, max_size=90), st.integers(0, 40), values, values)
def test_any_points_draw(
    points: list[float | None], width: int, over: float | None, under: float | None
) -> None:
    line = sparkline(points, width, over, under)
    assert width_of(line) == min(width, len(points))
    assert set(text_of(line)) <= set(glyphs.BLOCKS + glyphs.GAP)
