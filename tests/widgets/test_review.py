"""How far a sample is judged, at every width; and a text whose keys leave left and right alone."""

import pytest

from widgets.line import text_of, width_of
from widgets.review import ReviewBar, ReviewView, TextPane, verdict_span

VIEW = ReviewView(50, 10, 1, 2, 3, accuracy="92 % right of 13", drawn="50 of 1,204 calls at random")


def rows(view: ReviewView | None, width: int, said: str = "") -> list[str]:
    bar = ReviewBar()
    bar.show(view, said)
    lines = bar.lines(width)
    assert all(width_of(line) <= width for line in lines)
    return [text_of(line).rstrip() for line in lines]


@pytest.mark.parametrize("width", [20, 40, 78, 100, 198])
def test_what_matters_most_stays(width: int) -> None:
    first, second = rows(VIEW, width)
    assert first.startswith("REVIEW 13 of 50")
    assert "right" in first + second
    assert ("92 % right of 13" in first + second) or width < 30


def test_where_there_is_room_all_is_said() -> None:
    first, second = rows(VIEW, 120)
    for words in ("✓ 10 right", "✗ 1 wrong", "◐ 2 subtly off", "⊘ 3 skipped", "━"):
        assert words in first
    assert second == "50 of 1,204 calls at random"


def test_what_is_not_written_yet_or_lacking_is_said() -> None:
    view = ReviewView(50, 1, 0, 0, 0, writing=2, short=7)
    (first, _) = rows(view, 120)
    assert "2 being written" in first
    assert "7 too few" in first


def test_without_a_sample_it_says_what_is_wrong() -> None:
    assert rows(None, 60, "the log is gone") == ["REVIEW  the log is gone"]


def test_every_verdict_has_a_sign_and_a_word() -> None:
    words = [verdict_span(verdict)[0] for verdict in ("right", "wrong", "subtle", "skip")]
    assert words == ["✓ right", "✗ wrong", "◐ subtly off", "⊘ skipped"]
    assert verdict_span("[/x]")[0] == "[/x]"


def test_a_text_leaves_left_and_right_to_its_screen() -> None:
    merged = TextPane._merged_bindings
    assert merged is not None
    keys = set(merged.key_to_bindings)
    assert {"up", "down", "pageup", "pagedown"} <= keys
    assert not {"left", "right"} & keys
