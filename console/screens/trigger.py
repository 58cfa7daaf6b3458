"""A true trigger takes the screen (Guide 3.5, 6.3). The console proposes; a person fires."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, TextArea

from config.guide import TroubleRow, trigger_rules
from console.clean import clean
from console.domain.triggers import Trigger
from console.domain.troubleshooting import rows_for
from console.room import Picture, WarRoom
from console.screens import danger
from console.screens import guard_views as gv
from console.screens.base import RoomScreen
from console.screens.bell import wanted
from console.screens.big import BigScreen
from console.screens.danger import called_for, running
from console.screens.dialogs import COPY, HELP, Dialog
from console.screens.guard import Guard
from console.screens.moments import moment_text
from console.screens.rollback import RunScreen
from console.screens.troubleshooting import TroubleshootingDialog
from widgets import glyphs
from widgets.format import duration
from widgets.keybar import KeyBar
from widgets.labelled import Labelled, Told
from widgets.line import Tone, dotted
from widgets.words import Words

if TYPE_CHECKING:
    from console.app import WarRoomApp

# A key that was meant for the screen below must not take this one away unread.
UNREAD_S = 1.0
# With fewer rows than this the troubleshooting table's would push the numbers out of sight.
ROOMY = 40


class TriggerBanner(Words):
    """One loud row over a dialog, while a trigger is true."""


class TriggerScreen(Dialog[None]):
    """What is true, since when, by which numbers, who decides, and the key."""

    CSS_PATH = "trigger.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "look_on", "Look on", id="trigger.look",
                tooltip="leave; it comes back when a trigger becomes true anew"),
        Binding("T", "table", "Table", id="trigger.table",
                tooltip="what the troubleshooting table says of it"),
        COPY,
        HELP,
        Binding("up,k", "scroll(-1)", "Up", show=False, id="trigger.up"),
        Binding("down,j", "scroll(1)", "Down", show=False, id="trigger.down"),
    ]  # fmt: skip

    told = getters.query_one("#told", Labelled)
    seen = getters.query_one("#seen", Labelled)

    def __init__(self, room: WarRoom) -> None:
        """Show what is true in `room`."""
        super().__init__()
        self.room = room
        self._was: dict[str, Trigger] = {}
        self._since = room.clock.monotonic()
        self._rollbacks = len(room.state.rollbacks)

    def compose(self) -> ComposeResult:
        """The triggers, who decides, the key."""
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = f"{glyphs.BREACH} ROLLBACK TRIGGER"
            yield Labelled(id="told")
            yield Words(id="fire")
            yield Labelled(id="seen")
        yield KeyBar()

    def on_mount(self) -> None:
        """Say what fires."""
        key = Content.styled(" F9 arms the rollback ", "bold reverse $text-error")
        self.query_one("#fire", Words).say(key + Content("  four letters and Enter fire it."))
        self.refresh_view()

    def refresh_view(self) -> None:
        """Show the numbers as they are now, also of what is no longer true."""
        if not self.is_attached:
            return
        picture = self.room.picture()
        true = {trigger.id: trigger for trigger in called_for(self.room, picture)}
        rolled_back = len(self.room.state.rollbacks) > self._rollbacks
        if running(self.room) or (not true and (rolled_back or not self._was)):
            self.dismiss()
            return
        self._was.update(true)
        now = {trigger.id: trigger for trigger in picture.triggers}
        rows: list[Told] = []
        for name, was in self._was.items():
            rows += _rows(now.get(name, was), was, picture, self.room.deployment.nfr.currency)
        self.told.show((*rows, *self._people()))
        self.seen.display = self.size.height >= ROOMY
        self.seen.show(tuple(_told(row) for row in _looks_like(self._was)))

    def _people(self) -> list[Told]:
        back = self.room.deployment.rollback
        owner, *deputies = (
            gv.person_text(self.room.deployment, name) for name in (back.owner, *back.deputy)
        )
        deputy: tuple[tuple[str, Tone], ...] = tuple((text, "") for text in deputies)
        free = "decides alone, without approval; anybody may fire in the owner's name"
        return [("owner", ((owner, "strong"), (free, "muted"))), ("deputy", deputy)]

    def action_look_on(self) -> None:
        """Leave, but not by a key that was pressed before anybody could read this."""
        if self.room.clock.monotonic() - self._since >= UNREAD_S:
            self.dismiss()

    def action_table(self) -> None:
        """Show what the troubleshooting table says of it."""
        self.app.push_screen(TroubleshootingDialog(rows=_looks_like(self._was)))

    def action_scroll(self, way: int) -> None:
        """Scroll what does not fit."""
        self.query_one(VerticalScroll).scroll_relative(y=way, animate=False)


def _rows(trigger: Trigger, was: Trigger, picture: Picture, currency: str) -> list[Told]:
    """A trigger as it is; `was` is how it was when it was true last."""
    rule = next(rule for rule in trigger_rules() if rule.id == was.id)
    head: tuple[str, Tone] = (f"{glyphs.BREACH} TRUE  {rule.name}", "alarm")
    if trigger.state != "true":
        said = clean(trigger.why, 200)
        head = (
            f"{glyphs.RECOVERING} {trigger.state} now, it was true  {rule.name}: {said}",
            "warn",
        )
    value = gv.trigger_value(was, was.value, currency)
    limit = gv.trigger_value(was, was.limit, currency).replace(".0 %", " %").replace(".00 %", " %")
    over = duration(was.window_s)
    feed = next((view for view in picture.feeds if view.id == was.feed), None)
    seen = f"feed {was.feed} is {feed.fresh.state}" if feed is not None else ""
    since = "unknown"
    if was.since is not None:
        since = moment_text(was.since, picture.now)
    return [
        ("trigger", (head, (rule.means, ""))),
        ("value", ((f"{value}, over the limit of {limit}", "bad"),)),
        ("of", ((dotted(f"n {was.n:,}", f"the last {over}", clean(seen, 100)), ""),)),
        ("since", ((since, "strong"),)),
    ]


def _looks_like(names: Iterable[str]) -> list[TroubleRow]:
    """The rows of the troubleshooting table that look like what is true."""
    return list({row.id: row for name in names for row in rows_for("trigger", name)}.values())


def _told(row: TroubleRow) -> Told:
    steps = ((f"{place}. {step}", "") for place, step in enumerate(row.fix, 1))
    return ("may apply", ((row.symptom, "strong"), (f"likely: {row.cause}", ""), *steps))  # type: ignore[arg-type]  # a tone as plain text


class TriggerWatch:
    """Follows the triggers, and takes the screen once for each time that one becomes true."""

    def __init__(self) -> None:
        """Nothing has been shown yet."""
        self._shown: dict[str, int] = {}

    def follow(self, app: WarRoomApp) -> None:
        """Look at the latest picture. A trigger is new again once it was false, or rolled back.

        A feed that went quiet, or too few calls, end nothing: nobody knows that it is over.
        """
        room, screens = app.room, app.screen_stack
        if not screens:
            return
        picture = room.picture()
        verified = sum(held.state == "verified" for held in room.state.rollbacks.values())
        over = {trigger.id for trigger in picture.triggers if trigger.state == "false"}
        self._shown = {
            name: then
            for name, then in self._shown.items()
            if name not in over and then == verified
        }
        true = called_for(room, picture)
        show_banner(app.screen, true)
        if all(trigger.id in self._shown for trigger in true):
            return
        if not any(isinstance(screen, TriggerScreen) for screen in screens):
            # The wall's screen is filled with it already, unless something lies over that.
            on_wall = isinstance(screens[-1], BigScreen)
            if on_wall or any(isinstance(screen, Guard | RunScreen) for screen in screens):
                return
            if unsaved(app.screen):
                return
            if wanted(room.deployment):
                app.bell()
            app.push_screen(TriggerScreen(room))
        self._shown.update((trigger.id, verified) for trigger in true)


def unsaved(screen: Screen[object]) -> bool:
    """Whether somebody is writing something there: it is not taken away from under their hands."""
    if not isinstance(screen, ModalScreen):
        return False
    lines = any(line.value for line in screen.query(Input) if line.display)
    return lines or any(area.text for area in screen.query(TextArea) if area.display)


def show_banner(screen: Screen[object], true: list[Trigger]) -> None:
    """Say it over a dialog too. The other screens have a place of their own for it."""
    if isinstance(screen, RoomScreen | Guard | TriggerScreen) or not screen.is_attached:
        return
    banner = next(iter(screen.query(TriggerBanner)), None)
    if not true:
        if banner is not None:
            banner.remove()
        return
    if banner is None:
        banner = TriggerBanner()
        screen.mount(banner)
    banner.say(Content(danger.banner(true)))
