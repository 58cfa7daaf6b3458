"""The bar of time: phases, marks, the place, and where a click leads."""

import pytest

from widgets.line import text_of
from widgets.timebar import Band, TimeBarView, band_line, mark_line

BANDS = (Band(0, 40, "dark launch"), Band(40, 41, "hardly"), Band(41, 100, "shadow"))
MARKS = ((10.0, "decision"), (50.0, "alert"), (50.2, "decision"), (90.0, "incident"))


def view(at: float = 70.0) -> TimeBarView:
    return TimeBarView(0, 100, at, BANDS, MARKS)  # type: ignore[arg-type]  # marks as plain text


@pytest.mark.parametrize("width", [20, 80, 200])
def test_rows_are_as_wide_as_the_bar(width: int) -> None:
    assert len(text_of(mark_line(view(), width))) == width
    assert len(text_of(band_line(view(), width))) <= width


def test_marks_stand_where_things_happened_the_worst_over_the_others() -> None:
    bar = text_of(mark_line(view(), 100))
    assert (bar[10], bar[50], bar[90], bar[70]) == ("◆", "▲", "■", "┃")
    assert text_of(mark_line(view(10.0), 100))[10] == "┃"
    assert text_of(mark_line(view(100.0), 100))[99] == "┃"


def test_phases_are_named_where_they_begin_if_there_is_room() -> None:
    line = text_of(band_line(view(), 100))
    assert line.index("│dark launch") == 0
    assert line.index("│shadow") == 41
    assert "hardly" not in line
    (strong,) = [span.text for span in band_line(view(), 100) if span.tone == "strong"]
    assert strong == "│shadow"


def test_a_cell_stands_for_a_time() -> None:
    assert view().time(0, 80) == 0
    assert view().time(79, 80) == 100
    assert view().column(view().time(40, 80), 80) == 40


def test_a_record_of_one_moment_is_drawn_too() -> None:
    one = TimeBarView(5, 5, 5, (Band(5, 5, "readiness"),), ((5, "alert"),))
    assert text_of(mark_line(one, 30))[0] == "┃"
    assert text_of(band_line(one, 30)) == ""
