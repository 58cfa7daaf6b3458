"""The alerts: those that need somebody first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from widgets import glyphs
from widgets.line import Column, Line, Span, Tone, compose, dotted, fit, layout
from widgets.rowlist import Row, RowList

AlertState = Literal[
    "rollback",
    "trigger",
    "firing",
    "recovering",
    "late",
    "escalation",
    "down",
    "stale",
    "pending",
    "info",
    "muted",
    "resolved",
]
STATES: dict[AlertState, tuple[str, str, Tone]] = {
    "rollback": (glyphs.CURRENT, "ROLLBACK", "bad"),
    "trigger": (glyphs.FIRING, "TRIGGER", "bad"),
    "firing": (glyphs.FIRING, "FIRING", "bad"),
    "recovering": (glyphs.RECOVERING, "recovering", "warn"),
    "late": (glyphs.ESCALATION, "ESCALATION", "bad"),
    "escalation": (glyphs.ESCALATION, "ESCALATION", "warn"),
    "down": (glyphs.DOWN, "DOWN", "bad"),
    "stale": (glyphs.STALE, "stale", "warn"),
    "pending": (glyphs.TOO_FEW, "pending", "warn"),
    "info": (glyphs.ESCALATION, "info", "accent"),
    "muted": (glyphs.BLOCKED, "muted", "muted"),
    "resolved": (glyphs.OK, "resolved", "muted"),
}
ANSWERABLE = ("firing", "recovering")
QUIET = ("muted", "resolved")
ORDER = {state: place for place, state in enumerate(STATES)}
COLUMNS = (Column(2 + max(len(word) for _, word, _ in STATES.values())), Column(12, most=500))
INDENT = 2


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert. `age` is how long in its state ("6 min"), `who` who was told or took it.

    `acknowledged` is None for what nobody can acknowledge away, such as a rollback trigger.
    """

    id: str
    state: AlertState
    title: str
    detail: str = ""
    age: str = ""
    acknowledged: bool | None = False
    who: str = ""


def has_second_row(view: AlertView) -> bool:
    """Whether there is more to say than the title."""
    return bool(view.age or view.detail or view.who) or view.state in ANSWERABLE


def second_row(view: AlertView) -> str:
    """What stands under the title, what matters most first."""
    answered = ""
    if view.state in ANSWERABLE and view.acknowledged is not None:
        answered = "acknowledged" if view.acknowledged else "not acknowledged"
    return dotted(view.age, answered, view.detail, view.who)


def state_span(view: AlertView) -> Span:
    """Sign and word. What is acknowledged is calm: somebody has it in hand."""
    glyph, word, tone = STATES[view.state]
    if view.acknowledged and view.state == "firing":
        tone = "warn"
    return Span(f"{glyph} {word}", tone)


class AlertFeed(RowList[AlertView]):
    """Alerts under a cursor, in the order of `STATES`; within each state as given."""

    EMPTY: ClassVar[str] = "no alert"

    class Chosen(RowList.Chosen):
        """The operator chose an alert; `id` is the alert's."""

    def rows(self, items: Sequence[AlertView]) -> list[Row[AlertView]]:
        """See `RowList.rows`."""
        return [
            Row(view.id, view, part)
            for view in sorted(items, key=lambda view: ORDER[view.state])
            for part in range(2 if has_second_row(view) else 1)
        ]

    def draw(self, row: Row[AlertView], width: int) -> Line:
        """See `RowList.draw`."""
        view = row.item
        if row.part:
            text = fit(second_row(view), width - INDENT)
            return (Span(" " * INDENT), Span(text, "muted"))
        state = state_span(view)
        cells: tuple[Line, ...] = (
            (state,),
            (Span(view.title, "muted" if view.state in QUIET else ""),),
        )
        return compose(COLUMNS, layout(COLUMNS, width), cells)
