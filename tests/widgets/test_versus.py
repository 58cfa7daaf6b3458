"""Candidate against control: glyph and word, what fits, and what stays where it does not."""

from typing import Any

import pytest

from tests.widgets.host import MARKUP, Host, shown
from widgets.line import text_of, width_of
from widgets.versus import SAID, Versus, VersusRow, VersusView

VIEW = VersusView(
    "v2.4.0 against v2.3.1 live · whole attempt; looked at any time: safe",
    (
        VersusRow(
            "median latency", "worse", "1.42 s", "1.02 s", "+0.40 s (+0.20 to +0.60)",
            "612, 4,031", "may be worse by up to 0.60 s; p95 3.10 s against 2.40 s",
        ),
        VersusRow(
            "error rate", "no difference seen", "0.3 %", "0.4 %", "−0.1 points (−1.2 to +1.0)",
            "612, 4,031", "could have missed a rate up to 1.0 points higher",
        ),
        VersusRow("cost per call", "better", "$0.010", "$0.020", "−0.01 (−0.02 to −0.005)", "9, 9"),
        VersusRow("negative feedback", "too few", "none", "12.0 %", "", "0, 70", "at least 50"),
    ),
)  # fmt: skip


def texts(width: int, view: VersusView = VIEW, **options: Any) -> list[str]:
    """What stands in the widget at this width."""
    widget = Versus(**options)
    widget._view = view
    lines = widget.lines(width)
    assert max(map(width_of, lines), default=0) <= width
    return [text_of(line) for line in lines]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_every_answer_has_its_glyph_and_its_word(width: int) -> None:
    text = "\n".join(texts(width))
    for row in VIEW.rows:
        assert f"{SAID[row.said][0]} {row.said}" in text
        assert row.name in text
    assert len({glyph for glyph, _ in SAID.values()}) == len(SAID)


def test_at_80_columns_both_values_and_the_bounds_are_seen() -> None:
    text = "\n".join(texts(78))
    assert "1.42 s" in text
    assert "1.02 s" in text
    assert "+0.40 s (+0.20 to +0.60); may be worse" in text
    assert "could have missed a rate up to 1.0 points higher" in text


def test_at_200_columns_all_of_a_question_is_one_row() -> None:
    lines = texts(200)
    assert len(lines) == 2 + len(VIEW.rows)
    row = next(line for line in lines if "error rate" in line)
    for part in ("0.3 %", "0.4 %", "(−1.2 to +1.0)", "612, 4,031", "up to 1.0 points higher"):
        assert part in row


def test_a_compact_one_tells_below_only_what_is_worse() -> None:
    lines = texts(100, compact=True)
    assert len(lines) == 2 + len(VIEW.rows) + 1
    assert "may be worse by up to 0.60 s" in "\n".join(lines)


def test_with_nothing_to_say_it_takes_no_room() -> None:
    assert texts(80, VersusView()) == []
    assert texts(80, VersusView("no live control")) == ["no live control"]


async def test_it_appears_and_goes_as_there_is_something_to_say() -> None:
    widget = Versus()
    async with Host(widget).run_test(size=(100, 30)) as pilot:
        assert widget.size.height == 0
        widget.show(VIEW)
        await pilot.pause()
        assert "▲ worse" in "\n".join(shown(widget))
        widget.show(VersusView())
        await pilot.pause()
        assert widget.size.height == 0


async def test_texts_are_literal() -> None:
    widget = Versus()
    widget.show(VersusView(MARKUP, (VersusRow("x", "worse", missed=MARKUP),)))
    async with Host(widget).run_test(size=(120, 20)):
        assert sum(MARKUP in row for row in shown(widget)) == 2
