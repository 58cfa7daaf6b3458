"""Incidents: which are open, and the timeline of the chosen one (Guide 6.3, 6.4)."""

from collections.abc import Callable
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content

from console.clean import clean
from console.domain.incident_log import Moment, TimelineCache
from console.domain.state_incident import Incident
from console.room import Picture
from console.screens import incident_deeds as deeds
from console.screens import incident_views as iv
from console.screens.base import RoomScreen
from console.screens.postmortem import post_mortem
from widgets.filterline import Filtering, FilterLine
from widgets.incidents import IncidentList, MomentList
from widgets.titled import Titled
from widgets.words import Words


class IncidentsScreen(RoomScreen, Filtering):
    """The incidents, and beneath or beside them what happened in the one under the cursor."""

    CSS_PATH = "incidents.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "open", "New", id="incidents.open", tooltip="open an incident"),
        Binding("n", "note", "Note", id="incidents.note",
                tooltip="write a note on it; 14:02 or -10m at the start says when it happened"),
        Binding("u", "update", "Update", id="incidents.update",
                tooltip="write the status update that is owed"),
        Binding("x", "close", "Close", id="incidents.close", tooltip="close it, with how it ended"),
        Binding("m", "post_mortem", "Post-mortem", id="incidents.post-mortem",
                tooltip="its template, and its three outputs"),
        Binding("p", "capture", "Capture", id="incidents.capture",
                tooltip="keep its calls whole, as evidence"),
        Binding("e", "severity", "Severity", id="incidents.severity", show=False,
                tooltip="change how grave it is, with why"),
        Binding("w", "roles", "Roles", id="incidents.roles", show=False,
                tooltip="who leads, who writes, how often an update is owed"),
        Binding("l", "link", "Link", id="incidents.link", show=False,
                tooltip="say what else it is about: alert, escalation, call"),
        Binding("C", "correct", "Correct", id="incidents.correct", show=False,
                tooltip="write a note that corrects the entry under the timeline's cursor"),
        Binding("slash", "filter", "Filter", id="incidents.filter", key_display="/", show=False,
                tooltip="show only incidents that hold a text; !text: that do not"),
        Binding("escape", "clear", "Show all", id="incidents.clear", show=False),
    ]  # fmt: skip

    told = getters.query_one("#told", Words)
    list_ = getters.query_one(IncidentList)
    head = getters.query_one("#head", Words)
    timeline = getters.query_one(MomentList)

    def __init__(self) -> None:
        """Show all of them."""
        super().__init__()
        self._text = ""
        self._cache = TimelineCache()

    def body(self) -> ComposeResult:
        """The count, the list, the timeline of the chosen one, the filter."""
        yield Words(id="told")
        with Container(id="columns"):
            yield IncidentList(id="list", classes="panel")
            with Titled(id="beside", classes="panel"):
                yield Words(id="head")
                yield MomentList(id="timeline")
        yield FilterLine("#list")

    def on_mount(self) -> None:
        """Follow the cursor."""
        self.list_.always_marked = True
        super().on_mount()
        self.watch(self.list_, "cursor_id", self._show_chosen, init=False)
        self.list_.focus()

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        self.told.say(iv.head_words(picture.state, picture.now))
        self.list_.show(iv.incident_views(picture.state, picture.now, self._text))
        self.list_.border_title = Content(
            f"incidents · filter: {self._text}" if self._text else "incidents"
        )
        self._show_chosen()

    def _show_chosen(self) -> None:
        incident = self.chosen()
        beside = self.query_one(Titled)
        self.timeline.display = incident is not None
        if incident is None:
            beside.entitle("timeline")
            self.head.say(Content(self._nothing()))
            self.timeline.show([])
            return
        picture = self.room.picture()
        beside.entitle(f"timeline · {clean(incident.id, 60)}")
        self.head.say(iv.detail_words(picture.state, incident, picture.now))
        self.timeline.show(iv.moment_views(self._moments(incident), picture.now))

    def _nothing(self) -> str:
        if self._text:
            return "nothing matches"
        return "A rollback opens its incident by itself; o opens one for anything else."

    def _moments(self, incident: Incident) -> list[Moment]:
        return self._cache.of(self.room.record.entries, incident)

    def choose(self, incident: str) -> None:
        """Put the cursor on it."""
        self._show_only("")
        self.list_.cursor_id = incident

    def chosen(self) -> Incident | None:
        """The incident under the cursor."""
        return self.room.state.incidents.get(self.list_.cursor_id)

    def _on_chosen(self, deed: Callable[..., object], *, open_only: bool = True) -> None:
        incident = self.chosen()
        if incident is None:
            self.console_app.say("no incident is chosen: o opens one")
        elif open_only and incident.closed_at is not None:
            self.console_app.say(f"{incident.id} is closed: n writes a note on it", wrong=True)
        else:
            deed(self.console_app, incident)

    @on(IncidentList.Chosen)
    def read_timeline(self) -> None:
        """Enter goes into the timeline."""
        self.timeline.focus()

    def action_open(self) -> None:
        """Open an incident."""
        deeds.open_one(self.console_app)

    def action_note(self) -> None:
        """Write a note on the chosen one, or a free one where there is none."""
        if self.chosen() is None:
            self.console_app.action_note()
        else:
            self._on_chosen(deeds.note, open_only=False)

    def action_correct(self) -> None:
        """Write a note that corrects the entry under the timeline's cursor."""
        incident = self.chosen()
        moments = [] if incident is None else self._moments(incident)
        old = next((one for one in moments if one.source == self.timeline.cursor_id), None)
        if incident is None or old is None:
            self.console_app.say("choose the entry in the timeline first (Enter, then the arrows)")
        else:
            deeds.note(self.console_app, incident, old)

    def action_update(self) -> None:
        """Write a status update."""
        self._on_chosen(deeds.update)

    def action_severity(self) -> None:
        """Change how grave it is."""
        self._on_chosen(deeds.severity)

    def action_roles(self) -> None:
        """Say who leads and who writes."""
        self._on_chosen(deeds.roles)

    def action_link(self) -> None:
        """Say what else it is about."""
        self._on_chosen(deeds.link)

    def action_capture(self) -> None:
        """Keep its calls as evidence."""
        self._on_chosen(deeds.capture, open_only=False)

    def action_close(self) -> None:
        """Close it."""
        self._on_chosen(deeds.close)

    def action_post_mortem(self) -> None:
        """Its post-mortem: the template, or the three outputs."""
        self._on_chosen(post_mortem, open_only=False)

    def _show_only(self, text: str) -> None:
        self._text = text
        self.refresh_view()

    def action_clear(self) -> None:
        """Leave the timeline or the filter."""
        self.line.leave()
        self._show_only("")

    def filter_by(self, text: str) -> None:
        """See `Filtering.filter_by`."""
        self._show_only(text)
