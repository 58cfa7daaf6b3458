"""A rollback under way: the time used, and what each step came to."""

from dataclasses import dataclass
from typing import Literal

from widgets import format as form
from widgets import glyphs
from widgets.canvas import Block
from widgets.line import Line, Span, Tone, bar, width_of, wrap

Outcome = Literal["running", "verified", "partial", "unknown"]
StepState = Literal["waiting", "running", "asked", "verified", "failed", "unknown", "blocked"]
STATES: dict[StepState, tuple[str, Tone]] = {
    "waiting": (glyphs.NEXT, "muted"),
    "running": (glyphs.CURRENT, "accent"),
    "asked": (glyphs.UNKNOWN, "alarm"),
    "verified": (glyphs.OK, "good"),
    "failed": (glyphs.FAILED, "bad"),
    "unknown": (glyphs.UNKNOWN, "bad"),
    "blocked": (glyphs.BLOCKED, "warn"),
}
OUTCOMES: dict[Outcome, tuple[str, Tone]] = {
    "running": (glyphs.CURRENT, "strong"),
    "verified": (glyphs.OK, "good"),
    "partial": (glyphs.FAILED, "alarm"),
    "unknown": (glyphs.UNKNOWN, "alarm"),
}
BY_HAND = ("asked", "failed", "unknown", "blocked")
ANSWERS = "d it is done   a run it again   x it is not done"
HURRY, LATE = 0.5, 0.8
STATE_WIDTH = 11
MARGIN = 1


@dataclass(frozen=True, slots=True)
class StopwatchView:
    """A rollback's run. `elapsed_s` and `budget_s` are seconds since the trigger.

    `steps` are (title, state, detail, manual): `manual` is the command by hand, shown where the
    step is failed, unknown or blocked; of one that is asked, `detail` is the question. `answering`
    is the place of the step that the keys answer. `what` runs: a rollback, or a suspension.
    """

    elapsed_s: float
    budget_s: float
    outcome: Outcome
    steps: tuple[tuple[str, StepState, str, str], ...]
    answering: int | None = None
    what: str = "ROLLBACK"


def stopwatch(view: StopwatchView, width: int) -> list[Line]:
    """The rows in `width` cells; a command by hand is wrapped, never shortened."""
    room = width - 2 * MARGIN
    rows: list[Line] = [_head(view, room), ()]
    for place, (title, state, detail, manual) in enumerate(view.steps):
        rows += _step(title, state, detail, manual, room)
        if state == "asked":
            rows.append(_answers(view, place))
    return [(Span(" " * MARGIN), *row) for row in rows]


def _head(view: StopwatchView, room: int) -> Line:
    glyph, tone = OUTCOMES[view.outcome]
    word = f"{view.what} {view.outcome}"
    used = view.elapsed_s / view.budget_s if view.budget_s > 0 else 1.0
    over = view.elapsed_s > view.budget_s
    pressed: Tone = "good" if view.outcome == "verified" else _pressure(used)
    rest = abs(view.budget_s - view.elapsed_s)
    left = f"{form.stopwatch(rest)} {'over' if over else 'left'}"
    time = f"{form.stopwatch(view.elapsed_s)} of {form.stopwatch(view.budget_s)}"
    head: Line = (Span(f"{glyph} {word}", tone), Span("  "), Span(time, pressed), Span("  "))
    tail: Line = (Span("  "), Span(left, "alarm" if over and pressed == "bad" else pressed))
    space = min(40, room - width_of(head) - width_of(tail))
    return (*head, *(bar(used, space, pressed) if space >= 4 else ()), *tail)


def _pressure(used: float) -> Tone:
    if used >= LATE:
        return "bad"
    return "warn" if used >= HURRY else "accent"


def _step(title: str, state: StepState, detail: str, manual: str, room: int) -> list[Line]:
    glyph, tone = STATES[state]
    word = state.upper() if state == "asked" else state
    indent = Span(" " * STATE_WIDTH)
    texts: list[tuple[str, Tone]] = [(title, "muted" if state == "waiting" else "strong")]
    if detail:
        texts.append((detail, "warn" if state == "asked" else "muted"))
    parts = [(part, t) for text, t in texts for part in wrap(text, room - STATE_WIDTH)]
    rows: list[Line] = [
        (indent if index else Span(f"{glyph} {word:<{STATE_WIDTH - 2}}", tone), Span(part, t))
        for index, (part, t) in enumerate(parts)
    ]
    if manual and state in BY_HAND:
        rows.append((indent, Span("by hand:", tone)))
        rows += [(Span(part, "strong"),) for part in wrap(manual, room)]
    return rows


def _answers(view: StopwatchView, place: int) -> Line:
    """The keys that answer the step in `place`, or how to get to it."""
    if view.answering == place:
        return (Span(f"{glyphs.CURSOR:<{STATE_WIDTH}}", "accent"), Span(ANSWERS, "accent"))
    told = (
        "up and down go to this question" if view.answering is not None else "it waits for a word"
    )
    return (Span(" " * STATE_WIDTH), Span(told, "muted"))


class Stopwatch(Block):
    """Shows a `StopwatchView`: calm at first, urgent from four fifths of the budget on."""

    _view: StopwatchView | None = None

    def show(self, view: StopwatchView) -> None:
        """Show `view`."""
        if view != self._view:
            self._view = view
            self.changed()

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`."""
        return stopwatch(self._view, width) if self._view else [()]
