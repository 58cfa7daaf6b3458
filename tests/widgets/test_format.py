"""Numbers as people read them."""

import math

import pytest

from widgets import format as form


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (12.9, "12 s"),
        (59.99, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1h"),
        (29 * 3600 + 48 * 60, "29h48m"),
        (48 * 3600, "48h"),
        (3660, "1h01m"),
        (-90, "-1 min"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert form.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2, "2s"), (360, "6m"), (18_000, "5h"), (172_799, "47h"), (172_800, "2d"), (None, "–")],
)
def test_age(seconds: float | None, text: str) -> None:
    assert form.age(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "now"), (12, "12 s ago"), (360, "6 min ago"), (None, "–")]
)
def test_ago(seconds: float | None, text: str) -> None:
    assert form.ago(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00"), (192, "03:12"), (4265, "71:05"), (math.inf, "–")]
)
def test_stopwatch(seconds: float, text: str) -> None:
    assert form.stopwatch(seconds) == text


def test_number_has_commas_and_its_unit() -> None:
    assert form.number(1204) == "1,204"
    assert form.number(2.314, 2, "s") == "2.31 s"
    assert form.number(math.nan, 2, "s") == "–"


def test_percent_takes_a_ratio() -> None:
    assert form.percent(0.182) == "18.2 %"
    assert form.percent(0.94, 0) == "94 %"
    assert form.percent(None) == "–"


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (0.021, "USD", "$0.021"),
        (0.00071, "USD", "$0.00071"),
        (1.2, "USD", "$1.20"),
        (1204.4, "EUR", "€1,204"),
        (0.5, "CHF", "0.50 CHF"),
        (-3, "USD", "-$3.00"),
        (0, "USD", "$0.00"),
        (None, "USD", "–"),
        (math.inf, "USD", "–"),
    ],
)
def test_money(value: float | None, currency: str, text: str) -> None:
    assert form.money(value, currency) == text
