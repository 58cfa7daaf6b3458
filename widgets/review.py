"""A sample under review: how far it is judged, and a long text that scrolls."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from widgets import glyphs
from widgets.canvas import Block
from widgets.line import Line, Span, Tone, bar, dotted, fit, width_of
from widgets.words import Words

BAR = 16


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A sample of `n` calls. `accuracy` and `drawn` are ready texts, such as `92 % of 12`."""

    n: int
    right: int
    wrong: int
    subtle: int
    skipped: int
    writing: int = 0
    short: int = 0
    accuracy: str = ""
    drawn: str = ""

    @property
    def judged(self) -> int:
        """How many have a verdict."""
        return self.right + self.wrong + self.subtle


class ReviewBar(Block):
    """Two rows: how far the sample is judged and what came of it; what it was drawn from."""

    DEFAULT_CSS = "ReviewBar { padding: 0 1; }"

    _view: ReviewView | None = None
    _said = ""

    def show(self, view: ReviewView | None, said: str = "") -> None:
        """Show the sample, or without one what is `said` instead."""
        if (view, said) != (self._view, self._said):
            self._view, self._said = view, said
            self.changed()

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`. Where room is short the bar goes, then what comes last."""
        view = self._view
        if view is None:
            return [(Span("REVIEW", "strong"), Span(f"  {fit(self._said, width - 8)}", "muted"))]
        place = f"REVIEW {view.judged} of {view.n}"
        cells: list[tuple[str, Tone]] = [
            (f"{glyphs.OK} {view.right} right", "good" if view.right else "muted"),
            (f"{glyphs.FAILED} {view.wrong} wrong", "warn" if view.wrong else "muted"),
            (f"{glyphs.PARTLY} {view.subtle} subtly off", "warn" if view.subtle else "muted"),
            (f"{glyphs.BLOCKED} {view.skipped} skipped", "muted"),
        ]
        told: Line = tuple(Span(f"  {text}", tone) for text, tone in cells)
        if view.accuracy:
            told = (*told, Span(f"  {view.accuracy}", "strong"))
        if view.writing:
            told = (*told, Span(f"  {view.writing} being written", "accent"))
        if view.short:
            told = (*told, Span(f"  {view.short} too few", "warn"))
        first: Line = (Span(place, "strong"),)
        if width_of((*first, *told)) + BAR + 2 <= width:
            done = view.judged / view.n if view.n else 0.0
            first = (*first, Span("  "), *bar(done, BAR, "accent"))
        for span in told:
            if width_of((*first, span)) <= width:
                first = (*first, span)
        second = view.drawn
        if view.accuracy and not any(view.accuracy in span.text for span in first):
            second = dotted(view.accuracy, second)
        return [first, (Span(fit(second, width), "muted"),)]


class TextPane(VerticalScroll, can_focus=True, inherit_bindings=False):
    """A text as it is written, literal, that the keys scroll; left and right are its screen's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", "Up", show=False, id="text.up"),
        Binding("down", "scroll_down", "Down", show=False, id="text.down"),
        Binding("pageup", "page_up", "Page up", show=False, id="text.page-up"),
        Binding("pagedown,space", "page_down", "Page down", show=False, id="text.page-down"),
        Binding("home", "scroll_home", "Start", show=False, id="text.start"),
        Binding("end", "scroll_end", "End", show=False, id="text.end"),
    ]

    def compose(self) -> ComposeResult:
        """The text."""
        yield Words()

    def show(self, title: str, text: Content) -> None:
        """Show `text` under `title`, from its start if it is another than before."""
        words = self.query_one(Words)
        if str(self.border_title or "") != title:
            self.border_title = Content(title)
            self.scroll_home(animate=False)
        words.say(text)


def verdict_span(verdict: str) -> tuple[str, Tone]:
    """Sign and word of a verdict, and its tone."""
    said: dict[str, tuple[str, Tone]] = {
        "right": (f"{glyphs.OK} right", "good"),
        "wrong": (f"{glyphs.FAILED} wrong", "warn"),
        "subtle": (f"{glyphs.PARTLY} subtly off", "warn"),
        "skip": (f"{glyphs.BLOCKED} skipped", "muted"),
    }
    return said.get(verdict, (dotted(verdict), ""))
