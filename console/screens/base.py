"""What all screens of the console have: the status line, what is wrong, the footer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from textual import getters, on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen

from console.clean import clean
from console.domain.concurrent import contested_words, unsettled
from console.journal.claimed import claimed_words
from console.room import LookedAt, PastRoom, Picture
from console.room.stopped import stopped_demo
from console.screens import views
from console.screens.danger import banner, called_for, rollback_words
from widgets.keybar import KeyBar
from widgets.modes import ModeBar, ModeView
from widgets.status import StatusLine
from widgets.words import Words

if TYPE_CHECKING:
    from console.app import WarRoomApp
    from console.room import WarRoom


SCREENS = tuple(
    ModeView(*one)
    for one in (
        ("1", "overview", "Overview", "what matters now: phase, metrics, alerts, what is owed"),
        ("2", "checklist", "Checklist", "what a go-live needs, who confirmed it and by what"),
        ("3", "rollout", "Rollout", "the phases, the gate ahead and what holds it, the traffic"),
        ("4", "metrics", "Metrics", "a metric over time, and what a range of it is made of"),
        ("5", "alerts", "Alerts", "what fires, who was told, and what is the likely cause"),
        ("6", "escalations", "Escalations", "calls handed to people: to whom, and the time left"),
        ("7", "incidents", "Incidents", "what went wrong, moment by moment, and its post-mortem"),
        ("8", "window", "Window", "the first 48 hours: check-ins, what changed, the assessment"),
        ("9", "review", "Review", "samples of outputs, judged one by one"),
        ("0", "journal", "Journal", "the record: every entry in its order, as it was written"),
    )
)


@runtime_checkable
class Follows(Protocol):
    """A screen that shows what is new while it is open."""

    def refresh_view(self) -> None:
        """Show what is known by now."""
        ...


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
        known = self.room.state.rollback_of(run.id) if run is not None else None
        adopted = known is not None and known.state != "running"
        unjournalled = run is not None and bool(run.unjournalled) and not adopted
        lock = "UNJOURNALED" if unjournalled else ""
        journal = self.room.record.journal
        if not lock and journal.latched:
            lock = "LATCHED"
        if not lock and journal.full:
            lock = "DISK FULL"
        if not lock and (self.room.read_only or not journal.sound):
            lock = self.room.LOOKED_AT
        self.status.show(
            views.status_view(
                picture,
                self.room.deployment,
                clean(self.room.actor.name, 30),
                speed=self.room.clock.speed,
                lock=lock,
                off=self.room.offline,
                past=isinstance(self.room, PastRoom),
                others=len(self.room.company.others),
                sync=self.room.machines.status,
            )
        )
        self._show_trouble(picture)
        self.show(picture)

    @property
    def _acts(self) -> bool:
        """Whether a key of this console does anything."""
        return not isinstance(self.room, LookedAt)

    def _key(self, words: str) -> str:
        """What is said of a key that does something: nothing where none does."""
        return words if self._acts else ""

    def _show_trouble(self, picture: Picture) -> None:
        """What needs to be known on every screen, the worst first."""
        shouted = claimed_words(self.room.record.journal.claimed)
        said = [one for one in (self.console_app.fault, *self.room.troubles) if one not in shouted]
        how = self._key("; a on the Rollout screen (3) acknowledges it")
        waits = unsettled(picture.state)
        said[:0] = [f"CONTESTED: {contested_words(one)}{how}" for one in waits]
        said.insert(0, rollback_words(self.room, picture.state, keyed=self._acts))
        said += [
            f"SUSPENSION RUNNING: {held.title} ({held.suspension})"
            for held in picture.state.suspensions.values()
            if held.state == "running"
        ]
        said.append(stopped_demo(self.room, picture))
        lines = [Content(clean(line, 300)) for line in said if line]
        lines += [Content.styled(clean(line, 300), "$text-warning") for line in _of_feeds(picture)]
        lines[:0] = [Content.styled(f" {clean(line, 400)} ", "reverse") for line in shouted]
        if text := banner(called_for(self.room, picture), arms=self._acts):
            lines.insert(0, Content.styled(f" {text} ", "reverse"))
        self.trouble.set_class(bool(lines), "-shown")
        self.trouble.say(Content("\n").join(lines))

    def action_read(self, way: int) -> None:
        """Scroll what is said beside a list, where it is longer than its panel."""
        beside = self.query_one("#beside")
        if way > 0:
            beside.scroll_page_down(animate=False)
        else:
            beside.scroll_page_up(animate=False)

    def show(self, picture: Picture) -> None:
        """Show `picture` in the body."""


def _of_feeds(picture: Picture) -> list[str]:
    """What is wrong with the feeds. How old the picture is says the status line, in its tone."""
    said = [f"feed {v.id}: {v.fresh.error}" for v in picture.feeds if v.fresh.error]
    said += [view.waited_for for view in picture.feeds if view.waited_for and not view.fresh.error]
    said += [view.trouble for view in picture.feeds if view.trouble]
    return said + [view.unreadable for view in picture.feeds if view.much_unreadable]
