"""What a replay adds to every screen: the mark, the place in the record, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from console.clean import clean
from console.domain.refused import Refused
from console.domain.state import State
from console.domain.times import iso, utc
from console.domain.words import entry_words
from console.room import PastRoom, Replay
from console.screens.dialogs import BACK, Dialog
from console.screens.views import phase_label
from widgets import glyphs
from widgets.canvas import Block
from widgets.keybar import KeyBar
from widgets.line import Line, Span, dotted, fit, keep, width_of
from widgets.timebar import MARKS, Band, TimeBar, TimeBarView


def mark_text(at: float, speed: float | None) -> tuple[str, str]:
    """What stands on top of everything: that this is the past, and whether time passes in it."""
    left = f"{glyphs.REPLAY} REPLAY {utc(at):%Y-%m-%d %H:%M:%SZ}"
    left += f" {glyphs.DOT} read-only {glyphs.DOT} not live"
    right = f"{glyphs.PAUSED} paused" if speed is None else f"{glyphs.CURRENT} {speed:g}x"
    return left, right


class ReplayMark(Block):
    """One row across the whole screen."""

    DEFAULT_CSS = """
    ReplayMark {
        dock: top;
        width: 100%;
        height: 1;
        background: $warning;
        color: $background;
        & > .tone--strong { color: $background; background: $warning; text-style: bold; }
    }
    """

    def __init__(self, at: float, speed: float | None) -> None:
        """See `show`."""
        super().__init__()
        self._told = mark_text(at, speed)

    def show(self, at: float, speed: float | None) -> None:
        """The moment that is shown (unix seconds), and how fast it moves; None while it stands."""
        told = mark_text(at, speed)
        if told != self._told:
            self._told = told
            self.changed()

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`."""
        left, right = self._told
        left = f" {left}"
        room = width - len(left) - len(right) - 1
        if room < 1:
            return [(Span(fit(left, width).ljust(width), "strong"),)]
        return [(Span(f"{left}{' ' * room}{right} ", "strong"),)]


class PlaceLine(Block):
    """The entry that the replay stands at: which, when, by whom, what."""

    DEFAULT_CSS = "PlaceLine { height: 1; }"

    _line: Line = ()

    def show(self, line: Line) -> None:
        """Show `line`."""
        if line != self._line:
            self._line = line
            self.changed()

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`."""
        *before, last = self._line or (Span(""),)
        return [(*before, Span(fit(last.text, max(0, width - width_of(before))), last.tone))]


class Legend(Block):
    """The keys that move, and what the signs on the bar mean; the last go where room is short."""

    DEFAULT_CSS = "Legend { height: 1; }"

    def __init__(self, groups: Sequence[Line]) -> None:
        """Show `groups`."""
        super().__init__()
        self._groups = groups

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`."""
        widths = [width_of(group) for group in self._groups]
        gap = 2 if sum(widths) + 2 * len(widths) <= width else 1
        stays = keep([(place + 1, wide) for place, wide in enumerate(widths)], width, gap)
        shown = [group for group, stay in zip(self._groups, stays, strict=True) if stay]
        return [tuple(span for group in shown for span in (*group, Span(" " * gap)))]


class ReplayPanel(Vertical):
    """At the foot of each screen: the entry, the time bar, the keys."""

    DEFAULT_CSS = """
    ReplayPanel {
        dock: bottom;
        height: 4;
        margin-bottom: 1;
        padding: 0 1;
        background: $panel;
    }
    """

    def __init__(self, replay: Replay, keys: Sequence[Line]) -> None:
        """Show where `replay` stands; `keys` says what moves it."""
        super().__init__()
        self._replay = replay
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Entry, bar, keys."""
        yield PlaceLine(id="place")
        yield TimeBar()
        yield Legend(self._keys)

    def on_mount(self) -> None:
        """Show where it stands."""
        self._show()

    def refresh_view(self) -> None:
        """Show where it stands now."""
        if self.is_mounted:
            self._show()

    def _show(self) -> None:
        replay = self._replay
        self.query_one("#place", PlaceLine).show(place_line(replay.room))
        self.query_one(TimeBar).show(
            TimeBarView(
                replay.start,
                replay.end,
                replay.room.spot.at,
                bands(replay.last, replay.end),
                tuple((at, kind) for _, at, kind in replay.marks),
            )
        )


def place_line(room: PastRoom) -> Line:
    """The entry that the replay stands at, and how many there are."""
    spot, entry, count = room.spot, room.shown, len(room.timeline)
    if entry is None:
        return (Span(f"0 of {count} entries "), Span("nothing is recorded yet", "muted"))
    pending = spot.shown is not None and spot.shown >= spot.count
    if len(room.timeline.writers) > 1:
        number = f"{clean(entry.writer, 60)[-4:]}/{entry.seq}, {(spot.shown or 0) + 1}"
    else:
        number = f"#{entry.seq}"
    said = dotted(clean(entry.actor.name, 40), clean(entry_words(entry), 1000))
    state = "about to be recorded: " if pending else ""
    return (
        Span(f"{number} of {count} ", "muted"),
        Span(f"{clean(entry.kind, 40)} ", "accent"),
        Span(state, "warn"),
        Span(said),
    )


def bands(state: State, end: float) -> tuple[Band, ...]:
    """The attempts of the record, from readiness on."""
    starts = [attempt.entered_at for attempt in state.attempts]
    return tuple(
        Band(attempt.entered_at, until, phase_label(attempt))
        for attempt, until in zip(state.attempts, [*starts[1:], end], strict=True)
    )


class NotLive(Dialog[None]):
    """What F9 shows in a replay: that nothing is armed here, and where it is."""

    BINDINGS: ClassVar[list[BindingType]] = [BACK]

    def __init__(self, at: float, directory: str) -> None:
        """`at` is the replayed moment (unix seconds), `directory` the deployment's."""
        super().__init__()
        self._at = at
        self._directory = clean(directory, 300)

    def compose(self) -> ComposeResult:
        """What to do instead."""
        told = (
            f"This is a replay of {iso(self._at)}. Nothing is armed here, and nothing can fire.\n\n"
            "The kill switch is in the live console, in another terminal:\n"
            f"  warroom open {self._directory}      then F9\n\n"
            "or without a console:\n"
            f"  warroom rollback {self._directory} --trigger owner-judgement --fire"
        )
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = f"{glyphs.REPLAY} not live"
            yield Static(Content(told))
        yield KeyBar()


def hint_of(replay: Replay, text: str, refused: str = "") -> str:
    """How a place is understood while it is typed; `refused` is said already, beside the forms."""
    if not text.strip():
        return ""
    try:
        spot = replay.meant(text)
    except Refused as wrong:
        return "" if wrong.reasons[0] == refused else wrong.reasons[0]
    return (
        f"understood as {iso(spot.at)}, after {spot.count} of {len(replay.room.timeline)} entries"
    )


def add_to(
    screen: Widget, replay: Replay, keys: Sequence[Line], speed: float | None, *, panel: bool
) -> None:
    """Put the mark, and on a whole screen the panel, where they are not yet."""
    if not screen.is_attached:
        return
    if not screen.query(ReplayMark):
        screen.mount(ReplayMark(replay.room.spot.at, speed))
    if panel and not screen.query(ReplayPanel):
        screen.mount(ReplayPanel(replay, keys))


def legend(key_of: Callable[[str], str]) -> list[Line]:
    """The keys that move, with the signs on the bar; `key_of` gives a binding's key by its id."""
    groups: list[Line] = []
    for kind, (glyph, tone) in MARKS.items():
        both = key_of(f"replay.previous-{kind}") + key_of(f"replay.next-{kind}")
        groups.append((Span(f"{both} ", "accent"), Span(glyph, tone), Span(f" {kind}")))
    for first, second, word in (
        ("previous-entry", "next-entry", "entry"),
        ("play", "", "play"),
        ("slower", "faster", "speed"),
        ("go-to", "", "go to"),
        ("bar", "", "time bar"),
    ):
        both = key_of(f"replay.{first}") + (key_of(f"replay.{second}") if second else "")
        groups.append((Span(f"{both} ", "accent"), Span(word)))
    return groups
