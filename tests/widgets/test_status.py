"""The status line: which parts stay as the room shrinks."""

import dataclasses

import pytest

from tests.widgets.host import STATUS
from widgets.line import text_of, width_of
from widgets.status import Freshness, status_line

LOCKED = dataclasses.replace(STATUS, lock="READ-ONLY", freshness="stale", freshness_text="4 min")


def test_a_wide_screen_shows_everything() -> None:
    text = text_of(status_line(LOCKED, 200))
    for part in (
        "WARROOM",
        "claims-triage",
        "customer-facing",
        "FULL",
        "100 %",
        "window 29h48m of 48h",
        "READ-ONLY",
        "◷ stale 4 min",
        "agent-lead",
        "14:02:31Z",
        "60x",
    ):
        assert part in text


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_what_must_be_seen_stays_at_every_width(width: int) -> None:
    text = text_of(status_line(LOCKED, width))
    assert "FULL" in text
    assert "READ-ONLY" in text
    assert "◷ stale" in text
    assert width < 60 or "◷ stale 4 min" in text
    assert width_of(status_line(LOCKED, width)) <= width


RICH = dataclasses.replace(
    STATUS,
    phase="canary 100 %",
    operator="rollback owner",
    freshness="down",
    freshness_text="12m",
    company="+12 here",
    sync=("⇄ 14 behind", "warn"),
)


@pytest.mark.parametrize("lock", ["", "READ-ONLY", "UNJOURNALED"])
@pytest.mark.parametrize("width", [60, 80])
def test_who_acts_on_what_stays_in_the_richest_state(width: int, lock: str) -> None:
    line = status_line(dataclasses.replace(RICH, lock=lock), width)
    text = text_of(line)
    assert width_of(line) <= width
    for part in ("CANARY 100 %", "✗ down", "+12", "rollback", lock):
        assert part in text
    if width == 80 and not lock:
        assert "rollback owner" in text
        assert "⇄ 14 behind" in text


def test_what_is_shortened_is_so_in_one_order() -> None:
    """As the line grows narrower nothing comes back that a wider one had to leave out."""
    texts = [text_of(status_line(RICH, width)) for width in range(200, 40, -1)]
    for part in ("WARROOM", "customer-facing", "14:02:31Z", "window 29h", "rollback owner"):
        there = [part in text for text in texts]
        assert there == sorted(there, reverse=True), part


def test_the_name_of_the_product_goes_before_the_agents() -> None:
    text = text_of(status_line(STATUS, 80))
    assert "WARROOM" not in text
    assert "claims-triage" in text
    assert "14:02:31Z" in text


def test_the_clock_stands_at_the_right_edge() -> None:
    plain = dataclasses.replace(STATUS, speed="")
    assert text_of(status_line(plain, 120)).endswith("14:02:31Z")
    assert width_of(status_line(plain, 120)) == 119


@pytest.mark.parametrize(
    ("freshness", "tone"), [("live", "good"), ("stale", "warn"), ("down", "bad"), ("off", "warn")]
)
def test_freshness_has_a_word_beside_its_colour(freshness: Freshness, tone: str) -> None:
    view = dataclasses.replace(STATUS, freshness=freshness, freshness_text="")
    spans = [span for span in status_line(view, 120) if span.text.endswith(f" {freshness}")]
    assert [span.tone for span in spans] == [tone]


def test_a_lock_stands_out() -> None:
    tones = {span.text.strip(): span.tone for span in status_line(LOCKED, 120)}
    assert tones["READ-ONLY"] == "alarm"
