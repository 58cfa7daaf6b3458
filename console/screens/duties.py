"""What is owed: by whom, until when, and Enter to say that it is done (Guide 6.3 to 6.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from console.clean import clean
from console.domain.commands import CompleteDuty
from console.domain.duties import UPDATE, Owed, owed, owners
from console.domain.state_incident import Duty
from console.room import Picture, WarRoom
from console.screens.dialogs import COPY, HELP, Dialog
from console.screens.moments import moment_text, planned
from widgets.duties import DutyList, DutyView
from widgets.filterline import FILTER, Filtering, FilterLine, lets
from widgets.keybar import KeyBar
from widgets.line import dotted
from widgets.words import Words

if TYPE_CHECKING:
    from console.app import WarRoomApp

MOST_DONE = 20


class DutiesDialog(Dialog[None], Filtering):
    """All that is owed, then what was done last; it follows while it is open."""

    CSS_PATH = "duties.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        COPY,
        HELP,
        FILTER,
        Binding("escape", "clear", "Back", id="duties.clear"),
    ]

    list_ = getters.query_one(DutyList)

    def __init__(self, room: WarRoom) -> None:
        """Show the duties of `room`."""
        super().__init__()
        self.room = room
        self._shown: list[DutyView] = []

    def compose(self) -> ComposeResult:
        """The list and what Enter does."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "owed"
            yield DutyList()
            yield Words(id="whole")
            yield Words("Enter on a duty says that it is done.", classes="prompt")
            yield FilterLine("DutyList")
        yield KeyBar()

    def on_mount(self) -> None:
        """Show them."""
        self.refresh_view()
        self.watch(self.list_, "cursor_id", self._show_whole)
        self.list_.focus()

    def refresh_view(self) -> None:
        """Show what is owed now."""
        if self.is_attached:
            views = duty_views(self.room, self.room.picture())
            text = self.line.value
            self._shown = [one for one in views if lets(text, " ".join(hay_of(one)))]
            self.list_.show(self._shown)
            self._show_whole()

    def _show_whole(self) -> None:
        """What rows are too narrow for, of the duty under the cursor."""
        at = next((one for one in self._shown if one.id == self.list_.cursor_id), None)
        said = "" if at is None else dotted(at.title, at.who, at.done)
        self.query_one("#whole", Words).say(Content(said))

    def action_clear(self) -> None:
        """Leave the filter; without one, the dialog."""
        if not self.left_filter():
            self.dismiss()

    def filter_by(self, text: str) -> None:
        """See `Filtering.filter_by`."""
        self.refresh_view()

    @on(DutyList.Chosen)
    def done(self, message: DutyList.Chosen) -> None:
        """Say that it is done: ask for the remark."""
        app = cast("WarRoomApp", self.app)
        name = message.id
        if name.startswith(UPDATE) and name not in self.room.state.duties:
            app.say("a status update is owed: u on the incident writes it")
            return
        duty = self.room.state.duties.get(name)
        if duty is None or duty.done_at is not None:
            app.say("that is done already")
            return
        app.ask(
            f"Done: {clean(duty.title, 70)}",
            "What was done, or where is it to be found? Enter records it.",
            lambda text: CompleteDuty(name, text),
        )


def hay_of(view: DutyView) -> tuple[str, ...]:
    """What a filter looks through."""
    return (view.title, view.clock, view.due, view.who, view.done)


def duty_views(room: WarRoom, picture: Picture) -> list[DutyView]:
    """What is owed, then the latest that were done."""
    state = picture.state
    done = sorted(
        (duty for duty in state.duties.values() if duty.done_at is not None),
        key=lambda duty: -(duty.done_at or 0.0),
    )
    return [
        *(_view(room, one, picture.now) for one in owed(state, picture.now)),
        *(_done(duty, picture.now) for duty in done[:MOST_DONE]),
    ]


def _done(duty: Duty, now: float) -> DutyView:
    when = moment_text(duty.done_at or 0.0, now)
    said = clean(f"{when}, by {duty.done_by}: {duty.remark}", 300)
    return DutyView(duty.id, clean(duty.title, 120), "", planned(duty.due, now), "", done=said)


def _view(room: WarRoom, one: Owed, now: float) -> DutyView:
    who = ", ".join(owners(room.deployment, one)) or "nobody"
    whose = f"{one.owner.replace('-', ' ')}: {who}" if one.owner and not one.person else who
    due = planned(one.due, now)
    return DutyView(one.id, clean(one.title, 120), one.clock, due, clean(whose, 120), one.overdue)
