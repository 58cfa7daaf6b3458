"""Check in: what changed since you looked last, a remark, Enter (Guide 6.1)."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input

from console.clean import clean
from console.domain.since import Changes, Said
from console.domain.state import Alert
from console.domain.times import clock_text
from console.domain.words import rule_words
from console.room import METRICS, LookBack, WarRoom, look_back
from console.screens.dialogs import BACK, Dialog
from console.screens.summary import checkin_item
from console.screens.views import limit_text
from widgets import glyphs
from widgets.format import ago, duration, value_text
from widgets.keybar import KeyBar
from widgets.labelled import Labelled, Told, text_room
from widgets.line import Tone, dotted, widest
from widgets.oneline import OneLine
from widgets.titled import Titled
from widgets.words import Words

MARKS = {"ok": glyphs.OK, "breach": glyphs.BREACH, "too-few": glyphs.TOO_FEW,
         "stale": glyphs.STALE, "down": glyphs.DOWN}  # fmt: skip
MOST_NAMED = 3
MOST_SAID = 6
GAP = 2

Texts = tuple[tuple[str, Tone], ...]


class CheckInDialog(Dialog[str | None]):
    """Follows the room while it is open; Enter records the remark."""

    CSS_PATH = "window.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        Binding("pageup", "scroll(-1)", "Up", id="checkin.up", show=False),
        Binding("pagedown", "scroll(1)", "Down", id="checkin.down"),
    ]

    def __init__(self, room: WarRoom, text: str = "", refused: str = "") -> None:
        """Check in to `room`; `text` was typed before and `refused` says why it was not taken."""
        super().__init__()
        self._room = room
        self._text = text
        self._refused = refused
        self._looking = False

    def compose(self) -> ComposeResult:
        """What changed above, the remark below."""
        with Titled(classes="dialog") as dialog:
            dialog.entitle("check in")
            with VerticalScroll(id="changes", can_focus=False):
                yield Labelled(id="told")
            refused = Words(id="refused")
            refused.display = bool(self._refused)
            yield refused
            yield OneLine(
                self._text,
                max_length=2000,
                select_on_focus=False,
                placeholder="What did you see? Enter records it.",
            )
        yield KeyBar()

    def on_mount(self) -> None:
        """Look back at once."""
        said = clean(self._refused, 1000, lines=True)
        self.query_one("#refused", Words).say(Content.styled(said, "bold $text-warning"))
        self.query_one(Input).focus()
        self.refresh_view()

    def refresh_view(self) -> None:
        """Look back anew, off the event loop; one look at a time."""
        if not self._looking and self.is_attached:
            self._looking = True
            self.run_worker(self._look(), name="look-back", group="look-back", exit_on_error=False)

    async def _look(self) -> None:
        try:
            back = await asyncio.to_thread(look_back, self._room)
        finally:
            self._looking = False
        if self.is_attached:
            dialog = self.query_one(".dialog", Titled)
            dialog.entitle(f"check in · {title_text(back)}")
            due, _ = checkin_item(back.picture)
            dialog.border_subtitle = Content(dotted(due, f"as of {clock_text(back.changes.now)}"))
            currency = self._room.deployment.nfr.currency
            told = self.query_one(Labelled)
            told.show(back_rows(back, currency, text_room(told.room)))

    def action_scroll(self, step: int) -> None:
        """Show what there is no room for."""
        self.query_one(VerticalScroll).scroll_relative(y=step * 5, animate=False)

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """An empty line is no remark."""
        if event.value.strip():
            self.dismiss(event.value)


def title_text(back: LookBack) -> str:
    """Since when it is told."""
    if not back.changes.since:
        return "nothing is on record yet"
    passed = ago(back.changes.now - back.changes.since)
    return f"since {back.began} {passed} ({clock_text(back.changes.since)})"


def back_rows(back: LookBack, currency: str, room: int) -> tuple[Told, ...]:
    """All that changed, in the order in which it matters; `room` are a text's cells."""
    found = back.changes
    return (
        ("metrics", _metrics(back, currency, room)),
        ("alerts", _alerts(found)),
        ("escalated", _escalations(found)),
        ("incidents", _incidents(found)),
        ("warnings", _warnings(found)),
        ("watch", _watch(back)),
        ("decisions", _said(found.decisions, found.now)),
        ("notes", _said(found.notes, found.now)),
    )


def _metrics(back: LookBack, currency: str, room: int) -> Texts:
    """Each metric then and now, with its limit and its verdict where there is room for them: the
    sign says the verdict too."""
    rows = []
    for metric in METRICS:
        now, then = back.picture.readings[metric], back.then.get(metric)
        before = "–" if then is None else value_text(then.unit, then.value, currency)
        rows.append(
            (
                f"{MARKS[now.verdict]} {metric.replace('-', ' ')}",
                before,
                value_text(now.unit, now.value, currency),
                limit_text(now, currency),
                now.verdict,
            )
        )
    name, old, new, limit, last = (widest(row[place] for row in rows) for place in range(5))
    limited = name + old + new + limit + len("  → ") + GAP <= room
    worded = limited and name + old + new + limit + last + len("  → ") + 2 * GAP <= room
    texts: list[tuple[str, Tone]] = []
    for what, before, value, asked, verdict in rows:
        said = f"{what:<{name}} {before:>{old}} → {value:>{new}}"
        said += f"{'':{GAP}}{asked:<{limit}}" if limited else ""
        said += f"{'':{GAP}}{verdict.replace('-', ' ')}" if worded else ""
        texts.append((said, "" if verdict == "ok" else "warn"))
    return tuple(texts)


def _alerts(found: Changes) -> Texts:
    texts: list[tuple[str, Tone]] = []
    if found.fired or found.resolved:
        told = f"{len(found.fired)} fired{_named(found.fired)}, {len(found.resolved)} resolved"
        texts.append((told, ""))
    if found.waiting:
        told = f"{len(found.waiting)} not acknowledged{_named(found.waiting)}"
        texts.append((f"{glyphs.BREACH} {told}", "warn"))
    elif found.firing:
        texts.append((f"{len(found.firing)} fire still{_named(found.firing)}", ""))
    return tuple(texts) or (("none fired, none resolved, none waits", "muted"),)


def _named(alerts: Sequence[Alert]) -> str:
    names = list(dict.fromkeys(clean(rule_words(one.rule), 40) for one in alerts))
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f" ({', '.join(names[:MOST_NAMED])}{more})" if names else ""


def _escalations(found: Changes) -> Texts:
    if not (found.raised or found.answered or found.late or found.open):
        return (("none", "muted"),)
    told = f"{found.raised:,} raised, {found.answered:,} answered, {found.late:,} late"
    return ((f"{told}; {found.open:,} open", "warn" if found.late else ""),)


def _incidents(found: Changes) -> Texts:
    if not (found.opened or found.closed or found.incidents):
        return (("none", "muted"),)
    texts: list[tuple[str, Tone]] = [
        (f"{len(found.opened)} opened, {len(found.closed)} closed", "")
    ]
    texts += [
        (f"{glyphs.BREACH} open: {one.id} severity {one.severity}, {clean(one.title, 80)}", "warn")
        for one in found.incidents[:MOST_NAMED]
    ]
    return tuple(texts)


def _warnings(found: Changes) -> Texts:
    if not (found.warned or found.warnings):
        return (("none", "muted"),)
    texts: list[tuple[str, Tone]] = [(f"{len(found.warned)} raised", "")] if found.warned else []
    texts += [(f"{glyphs.BREACH} {clean(one.why, 200)}", "warn") for one in found.warnings]
    return tuple(texts)


def _watch(back: LookBack) -> Texts:
    found = back.changes
    missed = f"{found.missed} check-ins missed" if found.missed else ""
    told = dotted(
        f"unwatched {duration(found.unwatched_s)}", f"blind {duration(back.blind_s)}", missed
    )
    bad = found.unwatched_s >= 60 or back.blind_s >= 60 or found.missed
    texts: list[tuple[str, Tone]] = [(told, "warn" if bad else "muted")]
    if back.unread:
        texts.append((f"{glyphs.DOWN} {clean(back.unread, 200)}", "warn"))
    texts += [
        (f"{glyphs.DOWN} notice to {clean(one.person, 40)} failed ({clean(one.about, 40)}): "
         f"{clean(one.detail, 120)}", "warn")
        for one in found.failed[-MOST_NAMED:]
    ]  # fmt: skip
    return tuple(texts)


def _said(said: Sequence[Said], now: float) -> Texts:
    if not said:
        return (("none of others", "muted"),)
    texts: list[tuple[str, Tone]] = [
        (f"{clean(one.by, 30)} {ago(now - one.at)}: {clean(one.text, 200)}", "")
        for one in reversed(said[-MOST_SAID:])
    ]
    if len(said) > MOST_SAID:
        texts.append((f"and {len(said) - MOST_SAID} earlier ones (0)", "muted"))
    return tuple(texts)
