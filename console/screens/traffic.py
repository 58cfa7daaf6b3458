"""The traffic's dialog: what was decided, what the switch reads, and the three things to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from console.actions.switch import Shown
from console.clean import clean
from console.domain.refused import Refused
from console.domain.share import target_before, target_of
from console.room import WRITE_ERRORS, WarRoom
from console.screens import views
from console.screens.dialogs import BACK, HELP, Dialog
from console.screens.traffic_views import traffic_content
from widgets import glyphs
from widgets.keybar import KeyBar
from widgets.waiting import Waiting
from widgets.words import Words

if TYPE_CHECKING:
    from console.app import WarRoomApp

Deed = Literal["set", "back", "though"]


class TrafficDialog(Dialog[Deed | None]):
    """Reads the switch and shows it beside the target; a key sets it, no click and no Enter."""

    KEYS_ONLY = ("deed",)

    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        HELP,
        Binding("s", "deed('set')", "Set", id="traffic.set",
                tooltip="read the switch, and set what was decided unless it stands already"),
        Binding("b", "deed('back')", "Back", id="traffic.back",
                tooltip="back to the share of the attempt before; the gate holds then"),
        Binding("o", "deed('though')", "Overwrite", id="traffic.though",
                tooltip="set it whatever the switch reads, also what somebody else has set"),
    ]  # fmt: skip

    def __init__(self, room: WarRoom) -> None:
        """Show the traffic of the attempt that runs in `room`."""
        super().__init__()
        self._room = room

    def compose(self) -> ComposeResult:
        """What is known, what the switch reads, what each key does."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "traffic"
            yield Words(id="known")
            yield Words(id="reads")
            yield Waiting()
            yield Words(id="choices")
        yield KeyBar()

    def on_mount(self) -> None:
        """Show what is on record, and ask the switch."""
        room, picture = self._room, self._room.picture()
        attempt = picture.state.attempt
        self.query_one(".dialog", Vertical).border_title = f"traffic · {views.phase_label(attempt)}"
        said = traffic_content(picture, room.deployment, busy=room.traffic.busy)
        lines = [said if said.plain else Content("Nothing is live yet.")]
        if room.traffic.said:
            lines.append(Content.styled(clean(room.traffic.said, 500), "$text-muted"))
        self.query_one("#known", Words).say(Content("\n").join(lines))
        if room.traffic.switch is None:
            told = "no [traffic.switch] is in warroom.toml: the traffic is switched by hand"
            self.query_one("#reads", Words).say(Content.styled(f"\n{told}", "$text-warning"))
            return
        self.query_one(Waiting).begin("the switch is being read; Esc leaves it")
        self.query_one("#choices", Words).say(self._choices())
        self.run_worker(self._read(), name="switch", group="switch", exit_on_error=False)

    def _choices(self) -> Content:
        state = self._room.state
        now, before = target_of(state.attempt), target_before(state)
        rows = [
            ("s", f"set {now.share} %, as decided for {views.phase_label(state.attempt)}"),
            ("b", f"back to {before.share} %, as it was before; the gate holds then"),
            ("o", f"set {now.share} % whatever the switch reads"),
        ]
        lines = [Content.styled(f"  {key}  ", "bold $text-primary") + Content(t) for key, t in rows]
        return Content("\n") + Content("\n").join(lines)

    async def _read(self) -> None:
        shown = await self._room.traffic.look()
        if isinstance(shown, Shown):
            said = Content("\nThe switch reads ") + Content.styled(shown.words, "bold")
            if unlike := self._room.traffic.unlike(shown):
                wrong = f"\n{glyphs.BREACH} The switch reads {shown.words}, not {unlike}"
                said = Content.styled(wrong, "bold $text-error")
        else:
            said = Content.styled(f"\n? {clean(shown, 300)}", "$text-warning")
        if self.is_attached:
            self.query_one(Waiting).end()
            self.query_one("#reads", Words).say(said)

    def action_deed(self, deed: Deed) -> None:
        """Leave with what is to be done."""
        if self._room.traffic.switch is not None:
            self.dismiss(deed)


def traffic(app: WarRoomApp) -> None:
    """Show the traffic, and carry out what is chosen there."""

    def chosen(deed: Deed | None) -> None:
        if deed is not None:
            work = _carry_out(app, deed)
            app.run_worker(work, name="traffic", group="traffic", exit_on_error=False)

    app.push_screen(TrafficDialog(app.room), chosen)


async def _carry_out(app: WarRoomApp, deed: Deed) -> None:
    desk = app.room.traffic
    app.say("the switch is being asked; what it reads then is told here, and on Rollout")
    try:
        told = await desk.set(back=deed == "back", though=deed == "though")
    except Refused as refused:
        app.say("\n".join(refused.reasons), wrong=True)
    except WRITE_ERRORS as error:
        app.say(f"NOT RECORDED, so the traffic was not set: {error}", wrong=True)
    except Exception as error:
        app.say(f"the traffic was not set by a fault of ours ({type(error).__name__})", wrong=True)
    else:
        held = app.room.state.traffic.get(app.room.state.attempt.id)
        app.say(told, wrong=held is None or held.outcome != "verified")
