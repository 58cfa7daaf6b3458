"""The guard's panel and the stopwatch: nothing is left out, and urgency shows."""

import dataclasses
import string

import pytest

from tests.widgets.host import GUARD, STOPWATCH, WIDTHS, Host
from widgets.guard import GuardPanel, GuardStep, guard
from widgets.letters import SHAPES, large
from widgets.line import Span, text_of, width_of
from widgets.stopwatch import Outcome, StepState, Stopwatch, StopwatchView, stopwatch


def squeezed(lines: list[tuple[Span, ...]]) -> str:
    return " ".join(" ".join(map(text_of, lines)).split())


@pytest.mark.parametrize("width", WIDTHS)
def test_the_guard_shows_all_that_somebody_must_know(width: int) -> None:
    lines = guard(GUARD, width)
    assert all(width_of(line) <= width for line in lines)
    text = squeezed(lines)
    for part in (
        "ROLLBACK ARMED",
        "disarms in 47 s",
        GUARD.target,
        GUARD.owner,
        GUARD.deputies[0],
        "K Q W Z then Enter",
        "typed K Q _ _",
        "step 1 traffic to 0 %",
        *(choice.name for choice in GUARD.choices if width >= 80),
    ):
        assert part in text
    words = text.split()
    for sentence in (GUARD.because, *GUARD.missing, GUARD.steps[0].what):
        assert set(sentence.split()) <= set(words)


def test_the_guard_fits_a_small_terminal() -> None:
    assert len(guard(GUARD, 80)) <= 20


def test_typed_letters_are_told_from_those_to_come() -> None:
    line = next(line for line in guard(GUARD, 80) if "█" in text_of(line))
    assert [span.tone for span in line if span.text.strip()] == ["good", "accent"]


def test_that_there_is_no_step_is_said() -> None:
    assert "none is configured" in squeezed(guard(dataclasses.replace(GUARD, steps=()), 80))


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_chosen_is_marked_and_each_standing_has_a_word(width: int) -> None:
    lines = [text_of(line).strip() for line in guard(GUARD, width)]
    assert [line for line in lines if line.startswith("› ")] == [
        line for line in lines if line.startswith("› 1 ▲ TRUE ")
    ]
    assert len([line for line in lines if line.startswith("› ")]) == 1
    for start in ("2 ✓ not true", "3 ? unknown", "4 ○ declare", "6 ○ declare"):
        assert any(line.startswith(start) for line in lines), lines


def test_a_second_firing_says_what_runs_again() -> None:
    steps = (GuardStep("traffic", "PUT", done=True), GuardStep("restore", "PUT /version"))
    view = dataclasses.replace(GUARD, steps=steps, again="the one step that is not verified")
    text = squeezed(guard(view, 80))
    assert "again the one step that is not verified" in text
    assert "step 1 ✓ verified, left as it is: traffic" in text
    assert "step 2 restore: PUT /version" in text


def test_the_last_seconds_are_urgent() -> None:
    def tone(seconds: int) -> str:
        line = guard(dataclasses.replace(GUARD, seconds_left=seconds), 80)[0]
        return next(span.tone for span in line if "disarms" in span.text)

    assert (tone(11), tone(10)) == ("muted", "bad")


def test_every_letter_has_a_shape_of_its_own() -> None:
    assert set(SHAPES) == set(string.ascii_uppercase)
    drawn = {large(letter) for letter in SHAPES}
    assert len(drawn) == 26
    assert all(len(row) == 5 for rows in drawn for row in rows)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_command_by_hand_is_never_shortened(width: int) -> None:
    command = "curl -X PUT https://flows.example/api/v1/" + "x" * 70 + " --data '@a  b.json'"
    view = StopwatchView(100, 900, "partial", (("restore", "failed", "answered 500", command),))
    lines = stopwatch(view, width)
    assert all(width_of(line) <= width for line in lines)
    joined = "".join("".join(map(text_of, lines)).split())
    assert "".join(command.split()) in joined
    assert "…" not in joined


def test_a_command_is_shown_only_where_a_hand_is_needed() -> None:
    text = squeezed(stopwatch(STOPWATCH, 120))
    assert "curl -X PUT https://flows.example" in text
    assert "by hand one" not in text
    for word in ("verified", "unknown", "running", "waiting"):
        assert word in text


@pytest.mark.parametrize(
    ("elapsed", "text", "tone"),
    [
        (60.0, "14:00 left", "accent"),
        (450.0, "07:30 left", "warn"),
        (720.0, "03:00 left", "bad"),
        (960.0, "01:00 over", "alarm"),
    ],
)
def test_time_presses(elapsed: float, text: str, tone: str) -> None:
    head = stopwatch(dataclasses.replace(STOPWATCH, elapsed_s=elapsed), 120)[0]
    assert head[-1] == (text, tone)


@pytest.mark.parametrize(
    ("outcome", "tone"),
    [("running", "strong"), ("verified", "good"), ("partial", "alarm"), ("unknown", "alarm")],
)
def test_only_verified_looks_good(outcome: Outcome, tone: str) -> None:
    view = StopwatchView(100, 900, outcome, ())
    spans = [span for span in stopwatch(view, 120)[0] if outcome in span.text]
    assert [span.tone for span in spans] == [tone]


def test_a_question_is_loud_and_tells_its_keys() -> None:
    steps: tuple[tuple[str, StepState, str, str], ...] = (
        ("call the desk", "asked", "is the desk staffed?", "phone 117"),
        ("flag", "asked", "is the flag off?", ""),
        ("traffic", "verified", "", ""),
    )
    view = StopwatchView(60, 900, "running", steps, answering=0)
    lines = stopwatch(view, 80)
    text = squeezed(lines)
    assert "? ASKED call the desk is the desk staffed? by hand: phone 117" in text
    assert "› d it is done a run it again x it is not done" in text
    assert "up and down go to this question" in text
    loud = [span for line in lines for span in line if "ASKED" in span.text]
    assert {span.tone for span in loud} == {"alarm"}
    assert "it is done" not in squeezed(stopwatch(dataclasses.replace(STOPWATCH), 80))


async def test_the_panels_take_no_focus_and_no_clicks() -> None:
    for widget in (GuardPanel(), Stopwatch()):
        app = Host(widget)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.click(widget)
            assert not widget.can_focus
            assert app.focused is None
