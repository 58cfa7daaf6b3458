"""Window: the first 48 hours of full deployment, and what they amount to (Guide 6)."""

from typing import ClassVar

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from console.room import Picture
from console.screens import window_deeds as deeds
from console.screens import window_views as wv
from console.screens.base import RoomScreen
from widgets.labelled import Labelled
from widgets.scrolling import Scroll

BESIDE = 120


class WindowScreen(RoomScreen):
    """The clock, who looked when, who watches, what is owed; beside it the decision framework."""

    CSS_PATH = "window.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "hand_over", "Watch", id="window.hand",
                tooltip="hand the watch over, or take it"),
        Binding("A", "assess", "Assess", id="window.assess",
                tooltip="say what the window amounts to"),
        Binding("l", "limitation", "Limitation", id="window.limitation",
                tooltip="note a known limitation"),
        Binding("d", "duty", "Duty", id="window.duty",
                tooltip="say that something owed is done"),
    ]  # fmt: skip

    head = getters.query_one("#head", Labelled)
    left = getters.query_one("#left", Labelled)
    framework = getters.query_one("#framework", Labelled)

    def body(self) -> ComposeResult:
        """The clock stays; the rest scrolls."""
        yield Labelled(id="head")
        with Scroll(id="window"), Container(id="columns"):
            yield Labelled(id="left")
            yield Labelled(id="framework")

    def on_mount(self) -> None:
        """Begin where the arrows scroll."""
        super().on_mount()
        self.query_one("#window", Scroll).focus()

    def on_resize(self, event: events.Resize) -> None:
        """Side by side where there is room."""
        self.set_class(event.size.width >= BESIDE, "-beside")

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        self.head.show(wv.head_rows(picture))
        self.left.show(wv.left_rows(picture, self.room.recording, self.room.deployment))
        self.framework.show(wv.framework_rows(picture))

    def action_hand_over(self) -> None:
        """Hand the watch over, or take it."""
        deeds.watch(self.console_app)

    def action_assess(self) -> None:
        """Assess the window."""
        deeds.assess(self.console_app)

    def action_limitation(self) -> None:
        """Note a known limitation."""
        deeds.limitation(self.console_app)

    def action_duty(self) -> None:
        """Say that something owed is done."""
        deeds.duty(self.console_app)
