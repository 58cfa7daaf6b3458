"""Incidents as a list, and the timeline of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from widgets import glyphs
from widgets.line import Line, Span, Tone, dotted, fit, width_of, wrap
from widgets.rowlist import GUTTER, Row, RowList

SEVERITIES: dict[int, tuple[str, Tone]] = {
    1: (glyphs.BREACH, "bad"),
    2: (glyphs.ESCALATION, "warn"),
    3: (glyphs.RECOVERING, "accent"),
}
INDENT = 2
BESIDE = 84
AT = 13
KIND = 13
BY = 14
MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident. `severity` is "severity 1 critical", `level` its number; `closed` is muted.

    `due` is what is said of the next status update, `late` whether it is overdue.
    """

    id: str
    level: int
    severity: str
    title: str
    age: str
    due: str = ""
    late: bool = False
    people: str = ""
    closed: bool = False


class IncidentList(RowList[IncidentView]):
    """Incidents under a cursor, in the order given."""

    EMPTY: ClassVar[str] = "no incident: o opens one"

    class Chosen(RowList.Chosen):
        """The operator chose an incident; `id` is the incident's."""

    def rows(self, items: Sequence[IncidentView]) -> list[Row[IncidentView]]:
        """See `RowList.rows`."""
        return [Row(view.id, view, part) for view in items for part in range(2)]

    def draw(self, row: Row[IncidentView], width: int) -> Line:
        """See `RowList.draw`: sign, severity and title, and beneath what it waits for."""
        view = row.item
        glyph, tone = SEVERITIES.get(view.level, (glyphs.UNKNOWN, ""))
        if row.part == 0:
            mark, word = (glyphs.OK, "closed") if view.closed else (glyph, view.severity)
            head = Span(f"{mark} {word}", "muted" if view.closed else tone)
            room = width - width_of((head,)) - 2
            return (head, Span("  "), Span(fit(view.title, room), "muted" if view.closed else ""))
        rest = dotted(view.age, view.people)
        if not view.due:
            return (Span(" " * INDENT), Span(fit(rest, width - INDENT), "muted"))
        due = Span(fit(view.due, width - INDENT), "bad" if view.late else "muted")
        gap = Span(f" {glyphs.DOT} ", "muted")
        room = width - INDENT - width_of((due, gap))
        more = (gap, Span(fit(rest, room), "muted")) if room >= len(view.age) else ()
        return (Span(" " * INDENT), due, *more)


@dataclass(frozen=True, slots=True)
class MomentView:
    """A line of a timeline: "14:02:31Z" or "12-01 14:02Z", "note", "agent lead", what it says.

    `late` says that it was recorded later, and when; `mark` that it corrects or was corrected.
    """

    id: str
    at: str
    kind: str
    by: str
    text: str
    late: str = ""
    mark: str = ""
    tone: Tone = ""


class MomentList(RowList[MomentView]):
    """A timeline under a cursor, its texts wrapped; beside the facts where there is room."""

    EMPTY: ClassVar[str] = "nothing is on record yet"

    class Chosen(RowList.Chosen):
        """The operator chose a moment; `id` is its entry's."""

    def on_resize(self) -> None:
        """Wrap for the new width, with the cursor in sight."""
        items, self._items = self._items, ()
        self.show(items)
        super().on_resize()

    def rows(self, items: Sequence[MomentView]) -> list[Row[MomentView]]:
        """See `RowList.rows`: as many as its text takes."""
        width = max(20, self.room - GUTTER)
        return [
            Row(view.id, view, part) for view in items for part in range(len(_lines(view, width)))
        ]

    def draw(self, row: Row[MomentView], width: int) -> Line:
        """See `RowList.draw`."""
        lines = _lines(row.item, width)
        return lines[row.part] if row.part < len(lines) else ()


def _lines(view: MomentView, width: int) -> list[Line]:
    """All rows of one moment."""
    beside = width >= BESIDE
    facts = (
        Span(f"{fit(view.at, AT - 1):<{AT}}", "muted"),
        Span(f"{fit(view.kind, KIND - 1):<{KIND}}", view.tone or "accent"),
    )
    by = Span(f"{fit(view.by, BY):<{BY}}  ", "muted")
    head = (*facts, by)
    indent = width_of(head) if beside else INDENT
    texts: list[tuple[str, Tone]] = [(view.text, "")]
    texts += [(view.late, "warn")] if view.late else []
    texts += [(view.mark, "accent")] if view.mark else []
    parts = [
        (part, tone) for text, tone in texts if text for part in wrap(text, width - indent)
    ] or [("", "")]
    if len(parts) > MOST_ROWS:
        parts = [*parts[: MOST_ROWS - 1], (glyphs.ELLIPSIS, "muted")]
    rows: list[Line] = [] if beside else [head]
    for place, (part, tone) in enumerate(parts):
        lead = head if beside and place == 0 else (Span(" " * indent),)
        rows.append((*lead, Span(part, tone)))
    return rows
