"""A chart says the same in words, in characters and as a picture; a gap stays a gap."""

import math
import re
from xml.etree import ElementTree

import pytest

from console.reports.chart import GAP, gaps, number, scale_words, sparkline, words
from console.reports.svg import HALF, WHOLE, svg
from tests.domain.build import NOW
from tests.reports.samples import HOSTILE, chart


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1204.0, "1,204"),
        (18.2, "18.2"),
        (0.0213, "0.0213"),
        (0.02, "0.02"),
        (-3.0, "-3"),
        (1e-7, "0.0000001"),
        (math.nan, "no number"),
        (math.inf, "no number"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


def test_gaps_last_from_the_first_missing_point_to_the_next_that_is_there() -> None:
    assert gaps(chart()) == [
        (NOW + 600 * 60, NOW + 900 * 60),
        (NOW + 1500 * 60, NOW + 1501 * 60),
    ]
    open_end = chart(points=((NOW, 1.0), (NOW + 60, None)), end=NOW + 300)
    assert gaps(open_end) == [(NOW + 60, NOW + 300)]


def test_the_words_hold_what_the_eye_would_see() -> None:
    told = words(chart(limit=15.0))
    assert told[0] == "It stayed under its limit"
    assert "Lowest 10 %, median 13 %, highest 16 %" in told
    assert any("Limit 15 %: 368 of 2,579 points lie above it" in said for said in told)
    assert any(said.startswith("2 gaps without data, the longest 5h from") for said in told)
    assert [said[:2] for said in told[-2:]] == ["A:", "B:"]
    assert "check-in" in told[-2]  # the earlier one
    assert "Nothing was measured" in words(chart(points=()))


def test_the_line_of_characters_shows_the_gap() -> None:
    line = sparkline(chart(), 48)
    assert len(line) == 48
    assert [place for place, char in enumerate(line) if char == GAP] == list(range(10, 15))
    assert sparkline(chart(points=())) == ""


def test_a_short_series_has_a_column_for_each_of_its_points() -> None:
    short = tuple((NOW + 60.0 * place, 20.0) for place in range(17))
    held = {"points": short, "end": NOW + 16 * 60, "limit": 25.0}
    assert sparkline(chart(**held)) == "▇" * 17
    late = sparkline(chart(**held, start=NOW - 600))
    assert late.startswith(GAP * 10)
    assert set(late[10:]) == {"▇"}
    assert len(sparkline(chart(points=((NOW, 3.0),)))) == 1


def test_a_flat_series_stands_against_its_limit() -> None:
    low = tuple((NOW + 60.0 * place, 0.019) for place in range(30))
    held = chart(points=low, start=NOW, end=NOW + 1800, limit=0.076, unit="USD")
    assert set(sparkline(held)) == {"▃"}
    assert scale_words(held) == "The line's height runs from 0 to 0.076 USD, the limit"
    over = chart(points=((NOW, 10.0), (NOW + 60, 50.0)), end=NOW + 120, limit=25.0)
    assert scale_words(over) == "The line's height runs from 0 to 50 %"


def test_half_a_width_holds_the_same_chart_with_fewer_times() -> None:
    whole, half = (svg(chart(), "c", "serif", size) for size in (WHOLE, HALF))
    times = [len(re.findall(r">\d\d:\d\d<", picture)) for picture in (whole, half)]
    assert times[0] > times[1] > 1
    assert f'viewBox="0 0 {HALF.width} {HALF.height}"' in half


def paths(picture: str, name: str) -> list[str]:
    """What the paths of a class draw."""
    tree = ElementTree.fromstring(picture)  # noqa: S314 -- it was drawn a line above
    space = "{http://www.w3.org/2000/svg}"
    return [p.attrib["d"] for p in tree.iter(f"{space}path") if p.attrib.get("class") == name]


def test_the_line_breaks_at_each_gap() -> None:
    (line,) = paths(svg(chart(), "c", "serif"), "line")
    assert line.count("M") == 3
    picture = svg(chart(), "c", "serif")
    assert picture.count('class="gap"') == 2
    assert picture.count("no data") == 1  # the other is a minute wide; the words name it


def test_a_point_between_gaps_is_seen() -> None:
    lonely = chart(points=((NOW, None), (NOW + 60, 5.0), (NOW + 120, None)), end=NOW + 180)
    (line,) = paths(svg(lonely, "c", "serif"), "line")
    assert re.fullmatch(r"M[\d.]+ [\d.]+h\.01", line)


def test_the_limit_lies_where_the_axis_says() -> None:
    picture = svg(chart(limit=15.0), "c", "serif")
    (limit,) = paths(picture, "limit")
    at = float(limit.split()[1].partition("H")[0])
    grid = [float(d.split()[1].partition("H")[0]) for d in paths(picture, "grid")]
    labels = [float(x) for x in re.findall(r'text-anchor="end" fill="#24292f">([\d.]+)<', picture)]
    assert labels == sorted(labels)
    scale = (grid[-1] - grid[0]) / (labels[-1] - labels[0])
    assert at == pytest.approx(grid[0] + scale * (15.0 - labels[0]), abs=0.2)
    assert ">limit 15 %</text>" in picture


@pytest.mark.parametrize(
    "changes",
    [
        {"points": ()},
        {"points": ((NOW, 0.0),), "limit": 0.0},
        {"points": ((NOW, math.nan), (NOW + 60, math.inf)), "limit": None},
        {"start": NOW, "end": NOW},
        {"points": ((NOW, -5.0), (NOW + 60, -1.0)), "limit": None},
        {"points": ((NOW, 1e12), (NOW + 60, 1e-12))},
        {"end": NOW + 400 * 86400},
        {"marks": tuple((NOW + place, "m") for place in range(60))},
    ],
)
def test_whatever_is_given_it_is_drawn(changes: dict[str, object]) -> None:
    picture = svg(chart(**changes), "c", "serif")
    ElementTree.fromstring(picture)  # noqa: S314 -- it was drawn a line above
    assert "nan" not in picture
    assert "inf" not in picture


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_an_element(text: str) -> None:
    held = chart(title=text, note=text, unit=text, marks=((NOW, text),))
    plain, hostile = (
        sorted(node.tag for node in ElementTree.fromstring(svg(one, "c", "serif")).iter())  # noqa: S314 -- it was drawn a line above
        for one in (chart(title="t", note="t", unit="t", marks=((NOW, "t"),)), held)
    )
    assert plain == hostile
