"""Checklist: what must be true before the first real user meets the agent (Guide 1)."""

from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content

from console.clean import clean
from console.domain.checklist import ItemStatus
from console.domain.commands import ConfirmItem
from console.evidence import evidence_from
from console.room import Picture
from console.screens import views
from console.screens.base import RoomScreen
from widgets.checklist import ChecklistTable
from widgets.words import Words


class ChecklistScreen(RoomScreen):
    """The readiness checklist with what each item asks."""

    CSS_PATH = "checklist.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "confirm", "Confirm", id="item.confirm", tooltip="confirm it with evidence")
    ]

    table = getters.query_one(ChecklistTable)
    verdict = getters.query_one("#verdict", Words)
    detail = getters.query_one("#detail", Words)

    def body(self) -> ComposeResult:
        """The table, the item under the cursor, GO or NO-GO."""
        yield Words(id="verdict")
        with Container(id="columns"):
            yield ChecklistTable(id="items", classes="panel")
            with VerticalScroll(id="beside", classes="panel", can_focus=False):
                yield Words(id="detail")

    def on_mount(self) -> None:
        """Follow the cursor."""
        super().on_mount()
        self.watch(self.table, "cursor_id", self._show_detail, init=False)
        self.table.focus()

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        self.table.show(views.item_views(picture.items))
        got = picture.progress
        if got.open_hard:
            names = ", ".join(got.open_hard)
            text = Content.styled(
                f"NO-GO  {len(got.open_hard)} hard open: {names}", "bold $text-warning"
            )
        else:
            text = Content.styled("✓ GO is possible: no hard item is open", "bold $text-success")
        count = Content.styled(f"   {got.confirmed} of {got.total} confirmed", "$text-muted")
        self.verdict.say(text + count)
        self._show_detail()

    def _item(self) -> ItemStatus | None:
        chosen = self.table.cursor_id
        return next((i for i in self.room.picture().items if i.item.id == chosen), None)

    def _show_detail(self) -> None:
        status = self._item()
        if status is None:
            return
        item = status.item
        parts = [
            Content.styled(item.title, "bold"),
            Content(f"{item.id} · {'hard gate' if status.hard else item.otherwise}"),
            Content(""),
            Content.styled("Confirm  ", "$text-primary") + Content(item.confirm),
            Content.styled("Why  ", "$text-primary") + Content(item.why),
            Content.styled("Evidence  ", "$text-primary") + Content(item.evidence),
            Content.styled("Who  ", "$text-primary") + Content(" and ".join(item.roles)),
        ]
        now = self.room.picture().now
        for one in (*status.confirmations, *status.lapsed):
            mark = "✓" if one in status.confirmations else "○ before the rollback"
            when = views.moment_text(one.at, now)
            parts.append(Content(f"{mark} {one.role}: {clean(one.by)}, {when}"))
            parts.append(Content(f"  {clean(one.evidence.text, 300)}"))
        self.detail.say(Content("\n").join(parts))

    @on(ChecklistTable.Chosen)
    def choose(self) -> None:
        """Enter on an item confirms it."""
        self.action_confirm()

    def action_confirm(self) -> None:
        """Ask for the evidence and confirm the item for the operator's own roles."""
        status = self._item()
        if status is None:
            return
        item = status.item.id
        app, room = self.console_app, self.room

        def confirm(text: str) -> ConfirmItem:
            return ConfirmItem(item, evidence_from(text, room.directory))

        app.ask(
            f"Confirm: {status.item.title}",
            f"{status.item.confirm}\n\nEvidence: words of substance, a URL, or a file's path.",
            confirm,
        )
