"""Who is in the room and how the machines stand to each other, in tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from widgets import glyphs
from widgets.canvas import Block
from widgets.line import Column, Line, Span, Tone, compose, dotted, widest, wrap

INDENT = 2
GAP = 2


@dataclass(frozen=True, slots=True)
class PersonView:
    """A process and whose it is.

    `since` and `what` are as told ("since 13:50:31Z, 12 min"; "console"), `part` is what it does
    besides ("records"), `me` whether it is this one.
    """

    name: str
    roles: str
    since: str
    host: str
    what: str
    part: str = ""
    me: bool = False


@dataclass(frozen=True, slots=True)
class MachineView:
    """A writer: how many entries of it are here, when it was heard, how far it holds our own."""

    writer: str
    entries: str
    heard: str
    holds: str
    me: bool = False


@dataclass(frozen=True, slots=True)
class RoomView:
    """All that the room's dialog shows, as literal text.

    `sync` is the state in words with its tone and what is in the way. `trouble` is what this
    console sees otherwise than the watcher. The rest are sentences: entries that wait for a
    signature, lines kept apart, lines that were refused, contested decisions.
    """

    people: tuple[PersonView, ...]
    machines: tuple[MachineView, ...] = ()
    sync: tuple[tuple[str, Tone], ...] = ()
    trouble: str = ""
    pending: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    contested: tuple[str, ...] = ()


class RoomBoard(Block):
    """Shows a `RoomView`."""

    _view: RoomView | None = None

    def show(self, view: RoomView) -> None:
        """Show this instead."""
        if view != self._view:
            self._view = view
            self.changed()

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`."""
        view = self._view
        if view is None:
            return [()]
        rows = _titled(f"here · {len(view.people)}", _people(view.people, width))
        if view.trouble:
            rows += [(), *_texts(((f"{glyphs.BREACH} {view.trouble}", "warn"),), width)]
        rows += _titled("machines", _machines(view.machines, width))
        rows += _titled("sync", _texts(view.sync, width))
        for title, said in (
            ("contested decisions", view.contested),
            ("waits for a signature", view.pending),
            ("kept apart", view.apart),
            ("refused lines", view.refused),
        ):
            rows += _titled(title, _texts([(text, "warn") for text in said], width))
        return rows[1:]


def _titled(title: str, rows: list[Line]) -> list[Line]:
    return [(), (Span(title, "accent"),), *rows] if rows else []


def _texts(texts: Sequence[tuple[str, Tone]], width: int, indent: int = INDENT) -> list[Line]:
    return [
        (Span(" " * indent), Span(part, tone))
        for text, tone in texts
        for part in (wrap(text, width - indent) if text else ())
    ]


def _people(people: Sequence[PersonView], width: int) -> list[Line]:
    """A row each; where that is too narrow for all, what is left stands below each."""
    cells = [(one.name, one.what, one.part, one.since, one.host, one.roles) for one in people]
    tones: tuple[Tone, ...] = ("strong", "", "accent", "", "muted", "muted")
    below: list[tuple[tuple[str, Tone], ...]] = [
        ((one.part, "accent"), (dotted(one.roles, one.since, one.host), "muted")) for one in people
    ]
    return _table(cells, tones, below, [one.me for one in people], width)


def _machines(machines: Sequence[MachineView], width: int) -> list[Line]:
    """As the people."""
    cells = [(one.writer, one.entries, one.heard, one.holds) for one in machines]
    below: list[tuple[tuple[str, Tone], ...]] = [
        ((dotted(one.heard, one.holds), "muted"),) for one in machines
    ]
    return _table(cells, ("", "", "muted", "muted"), below, [one.me for one in machines], width)


def _table(
    cells: Sequence[tuple[str, ...]],
    tones: Sequence[Tone],
    below: Sequence[tuple[tuple[str, Tone], ...]],
    mine: Sequence[bool],
    width: int,
) -> list[Line]:
    """Rows with a mark before what is this process's own.

    Where not all columns fit, the first two stay, and the texts of `below` follow each row.
    """
    if not cells:
        return []
    room = width - INDENT
    columns = [Column(widest(column)) for column in zip(*cells, strict=True)]
    whole = sum(column.width for column in columns) + GAP * (len(columns) - 1) <= room
    if not whole:
        columns = [Column(min(column.width, (room - GAP) // 2)) for column in columns[:2]]
    widths = [column.width for column in columns]
    rows: list[Line] = []
    for row, texts, me in zip(cells, below, mine, strict=True):
        spans = [(Span(text, tone),) for text, tone in zip(row, tones, strict=True)]
        line = compose(columns, widths, spans[: len(columns)], GAP)
        rows.append((Span(f"{glyphs.CURRENT if me else ' '} "), *line))
        if not whole:
            rows += _texts(texts, width, 2 * INDENT)
    return rows
