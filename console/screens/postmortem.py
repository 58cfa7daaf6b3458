"""The post-mortem at the keys: its template, and the record of its three outputs (Guide 6.4)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from console.clean import clean
from console.domain import postmortem as pm
from console.domain.commands import RecordPostMortem
from console.domain.incidents import captured_of
from console.domain.refused import Refused
from console.domain.state_incident import Incident
from console.domain.times import stamp
from console.reports.markdown import render
from console.reports.postmortem import postmortem, postmortem_document
from console.room import WRITE_ERRORS, WarRoom
from console.room.reported import report_ground
from console.screens.dialogs import BACK, Choose, Dialog
from console.screens.rollback import write_private
from widgets.keybar import KeyBar
from widgets.oneline import OneLine
from widgets.words import Words

if TYPE_CHECKING:
    from console.app import WarRoomApp

FIELDS = (
    ("cause", "1. Root cause: the input, configuration or infrastructure condition"),
    ("change", "2. The specific change that addresses it"),
    ("where", "   made to: test-set, prompt, infrastructure (several with spaces)"),
    ("timeline", "3. Revised timeline: a day (2026-12-01), or no re-deployment: why"),
    ("cases", "How many failing inputs became test cases"),
)


def post_mortem(app: WarRoomApp, incident: Incident) -> None:
    """Choose between the template and the record."""

    def chosen(what: str | None) -> None:
        if what == "record":
            app.push_screen(PostMortemDialog(app.room, incident))
        elif what == "template":
            deed = _template(app, incident)
            app.run_worker(deed, name="deed", group="deeds", exit_on_error=False)

    app.push_screen(
        Choose(
            "Post-mortem",
            [
                ("record", "record its three outputs"),
                ("template", "write the template, filled from the timeline, to reports/"),
            ],
        ),
        chosen,
    )


async def _template(app: WarRoomApp, incident: Incident) -> None:
    try:
        path = await asyncio.to_thread(write_template, app.room, incident)
    except OSError as error:
        app.say(f"the template is not written: {error.strerror}", wrong=True)
    except Exception as error:
        app.say(f"the template is not written, by a fault of ours ({type(error).__name__})",
                wrong=True)  # fmt: skip
    else:
        app.say(f"written to {path}")


def write_template(room: WarRoom, incident: Incident) -> str:
    """Write the template beside the reports, never over one that somebody may have filled in."""
    ground = report_ground(room)
    text = render(postmortem_document(postmortem(ground, incident)))
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in incident.id)[:60]
    path = room.directory / "reports" / f"post-mortem-{name}.md"
    if path.exists():
        path = path.with_name(f"post-mortem-{name}-{stamp(ground.now)}.md")
    write_private(path, text.encode())
    return str(path)


class PostMortemDialog(Dialog[None]):
    """The three outputs, each on a line; what is not specific enough is said while it is typed."""

    CSS_PATH = "postmortem.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [BACK]

    said = getters.query_one("#said", Words)

    def __init__(self, room: WarRoom, incident: Incident) -> None:
        """Ask for the outputs of `incident`, or of the rollback that it is of."""
        super().__init__()
        self.room = room
        self._incident = incident

    def compose(self) -> ComposeResult:
        """One line a field; Enter goes on, and records on the last."""
        kept = captured_of(self.room.state, self._incident)
        count = f"{sum(map(bool, kept.values()))} captured"
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = Content(f"post-mortem of {clean(self._incident.id, 60)}")
            yield Words(id="said")
            for name, asks in FIELDS:
                with Vertical(classes="field"):
                    yield Static(Content(asks), classes="asks")
                    shown = count if name == "cases" else ""
                    yield OneLine(
                        placeholder=shown, id=name, max_length=4000, select_on_focus=False
                    )
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin with the cause."""
        self.query_one("#cause", Input).focus()
        self.told()

    @on(Input.Changed)
    def told(self) -> None:
        """Say what is still missing."""
        missing = self._missing()
        text = missing[0] if missing else "complete: Enter on the last line records it"
        style = "$text-warning" if missing else "bold $text-success"
        self.said.say(Content.styled(clean(text, 400), style))

    def _value(self, name: str) -> str:
        return clean(self.query_one(f"#{name}", Input).value.strip(), 4000)

    def _where(self) -> tuple[Any, ...]:
        wanted = self._value("where").replace(",", " ").split()
        unknown = [one for one in wanted if one not in pm.WHERE]
        if unknown:
            raise Refused(f"{unknown[0]} is none of {', '.join(pm.WHERE)}")
        return tuple(wanted)

    def _missing(self) -> list[str]:
        now = self.room.clock.now()
        checks = (
            lambda: pm.root_cause(self._value("cause")),
            lambda: pm.change(self._value("change"), self._where()),
            lambda: pm.revised_timeline(self._value("timeline"), now),
            self._cases,
        )
        said: list[str] = []
        for check in checks:
            try:
                check()
            except Refused as refused:
                said += refused.reasons
        return said

    def _cases(self) -> int:
        text = self._value("cases")
        if not (text.isascii() and text.isdigit() and len(text) < 7):
            raise Refused("say how many failing inputs became test cases: a number, 0 for none")
        return int(text)

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Go on to the next line; on the last record it."""
        if event.input.id != FIELDS[-1][0]:
            self.focus_next(Input)
        elif not self._missing():
            command = RecordPostMortem(
                self._value("cause"),
                self._value("change"),
                self._value("timeline"),
                self._cases(),
                incident=self._incident.id,
                where=self._where(),
            )
            self.run_worker(self._record(command), name="deed", group="deeds", exit_on_error=False)

    async def _record(self, command: RecordPostMortem) -> None:
        try:
            await self.room.do(command)
        except Refused as refused:
            self._wrong("; ".join(refused.reasons))
        except WRITE_ERRORS as error:
            self._wrong(f"NOT RECORDED: {error}")
        except Exception as error:
            self._wrong(f"NOT RECORDED: a fault of ours ({type(error).__name__})")
        else:
            cast("WarRoomApp", self.app).say("the post-mortem is on record")
            self.dismiss()

    def _wrong(self, why: str) -> None:
        if self.is_attached:
            self.said.say(Content.styled(clean(why, 1000), "bold $text-error"))
