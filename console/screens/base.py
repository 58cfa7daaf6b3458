"""What all screens of the console have: the status line, what is wrong, the footer."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import getters, on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen

from console.clean import clean
from console.room import Picture
from console.screens import views
from console.screens.danger import banner, called_for, running
from widgets.keybar import KeyBar
from widgets.modes import ModeBar, ModeView
from widgets.status import StatusLine
from widgets.words import Words

if TYPE_CHECKING:
    from console.app import WarRoomApp
    from console.room import WarRoom


SCREENS = tuple(
    ModeView(str(number), name, name.capitalize())
    for number, name in enumerate(
        ("overview", "checklist", "rollout", "metrics", "alerts", "review", "journal"), 1
    )
)


class RoomScreen(Screen[None]):
    """A screen over the room. A subclass gives its body and shows a picture in it."""

    status = getters.query_one("#status", StatusLine)
    trouble = getters.query_one("#trouble", Words)

    @property
    def console_app(self) -> WarRoomApp:
        """The app, typed."""
        return cast("WarRoomApp", self.app)

    @property
    def room(self) -> WarRoom:
        """The room that all screens show."""
        return self.console_app.room

    def compose(self) -> ComposeResult:
        """Status line on top, footer below, the screen's own body between."""
        yield StatusLine(id="status")
        yield ModeBar(id="modes")
        yield Words(id="trouble")
        yield from self.body()
        yield KeyBar()

    def body(self) -> ComposeResult:
        """The screen's own widgets."""
        yield from ()

    def on_mount(self) -> None:
        """Show what is known."""
        self.query_one(ModeBar).show(SCREENS, self.app.current_mode)
        self.refresh_view()

    @on(ModeBar.Chosen)
    def go_to(self, message: ModeBar.Chosen) -> None:
        """A click on a screen's name goes there."""
        self.app.switch_mode(message.id)

    def on_screen_resume(self) -> None:
        """Show what is known by now."""
        self.refresh_view()

    def refresh_view(self) -> None:
        """Show the room's latest picture, if this screen is seen."""
        if not self.is_attached or self not in self.app.screen_stack:
            return
        picture = self.room.picture()
        run = self.room.rollback_run
        known = self.room.state.rollbacks.get(run.id) if run is not None else None
        adopted = known is not None and known.state != "running"
        unjournalled = run is not None and bool(run.unjournalled) and not adopted
        lock = "UNJOURNALED" if unjournalled else ""
        journal = self.room.record.journal
        if not lock and journal.latched:
            lock = "LATCHED"
        if not lock and journal.full:
            lock = "DISK FULL"
        if not lock and (self.room.read_only or not journal.intact):
            lock = "READ-ONLY"
        self.status.show(
            views.status_view(
                picture,
                self.room.deployment,
                clean(self.room.actor.name, 30),
                speed=self.room.clock.speed,
                lock=lock,
                off=self.room.offline,
            )
        )
        self._show_trouble(picture)
        self.show(picture)

    def _show_trouble(self, picture: Picture) -> None:
        """What needs to be known on every screen, the worst first."""
        said = [self.console_app.fault, *self.room.troubles]
        rollback = picture.state.rollback
        if self.room.rollback_interrupted:
            said.insert(0, "ROLLBACK INTERRUPTED, its process is gone: F9 takes it up again")
        elif running(self.room):
            said.insert(0, "ROLLBACK RUNNING: F9 shows it")
        elif rollback is not None and rollback.state != "verified":
            said.insert(
                0, f"ROLLBACK {rollback.state.upper()}: F9 arms it for what is not verified"
            )
        said += [
            f"SUSPENSION RUNNING: {held.title} ({held.suspension})"
            for held in picture.state.suspensions.values()
            if held.state == "running"
        ]
        said += [f"feed {v.id}: {v.fresh.error}" for v in picture.feeds if v.fresh.error]
        said += [view.trouble for view in picture.feeds]
        said += [view.unreadable for view in picture.feeds if view.much_unreadable]
        lines = [Content(clean(line, 300)) for line in said if line]
        if text := banner(called_for(self.room, picture)):
            lines.insert(0, Content.styled(f" {text} ", "reverse"))
        self.trouble.set_class(bool(lines), "-shown")
        self.trouble.say(Content("\n").join(lines))

    def show(self, picture: Picture) -> None:
        """Show `picture` in the body."""
