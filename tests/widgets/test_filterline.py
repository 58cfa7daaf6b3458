"""The line that filters a list."""

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Input, OptionList

from widgets.filterline import FilterLine, lets


@pytest.mark.parametrize(
    ("text", "hay", "through"),
    [
        ("", "anything", True),
        ("!", "anything", True),
        ("Slow", "a slow index", True),
        ("slow", "A SLOW INDEX", True),
        ("slow", "a fast one", False),
        ("!slow", "a slow index", False),
        ("!slow", "a fast one", True),
    ],
)
def test_what_it_lets_through(text: str, hay: str, through: bool) -> None:
    assert lets(text, hay) is through


def seen(line: FilterLine) -> bool:
    """Whether it is shown."""
    return bool(line.display)


class Host(App[None]):
    """A list and its filter."""

    def compose(self) -> ComposeResult:
        yield OptionList("one", "two", id="list")
        yield FilterLine("#list")


async def test_it_is_hidden_until_wanted_and_goes_back_to_the_list() -> None:
    app = Host()
    async with app.run_test() as pilot:
        line, rows = app.query_one(FilterLine), app.query_one(OptionList)
        assert seen(line) is False
        line.open()
        await pilot.press(*"tw")
        assert (line.value, line.has_focus) == ("tw", True)
        await pilot.press("enter")
        assert rows.has_focus
        assert seen(line), "the text that filters stays in view"
        line.leave()
        await pilot.pause()
        assert (line.value, seen(line), rows.has_focus) == ("", False, True)


async def test_what_is_typed_is_told_as_by_any_input() -> None:
    heard: list[str] = []

    class Listening(Host):
        def on_input_changed(self, event: Input.Changed) -> None:
            heard.append(event.value)

    app = Listening()
    async with app.run_test() as pilot:
        app.query_one(FilterLine).open()
        await pilot.press("o", "n")
        await pilot.pause()
        assert heard == ["o", "on"]
