"""Checklist: what must be true before the first real user meets the agent (Guide 1)."""

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content

from console.domain.checklist import ItemStatus
from console.room import Picture
from console.screens import views
from console.screens.items import ItemScreen, probe_words, standing_words
from console.screens.walk import WalkScreen
from widgets.checklist import ChecklistTable
from widgets.filterline import Filtering, FilterLine, lets
from widgets.words import Words


class Shown(msgspec.Struct, frozen=True):
    """Which items are shown: those that hold `text` (`!text`: that do not), by role, by state."""

    text: str = ""
    yours: bool = False
    unconfirmed: bool = False
    by_day: bool = False

    def of(self, items: Sequence[ItemStatus], roles: Sequence[str]) -> list[ItemStatus]:
        """The items to show to somebody with these roles."""
        return [
            status
            for status in items
            if (not self.yours or set(roles) & set(status.missing or status.item.roles))
            and (not self.unconfirmed or status.state not in {"confirmed", "not-applicable"})
            and self._holds(status)
        ]

    def _holds(self, status: ItemStatus) -> bool:
        item, plan = status.item, status.plan
        owner = plan.owner if plan is not None else ""
        hay = (item.id, item.category, item.title, *item.roles, status.state, owner)
        return lets(self.text, " ".join(hay))

    @property
    def words(self) -> str:
        """What the panel's title says of it."""
        said = [self.text and f"filter: {self.text}"]
        said += ["yours" * self.yours, "unconfirmed" * self.unconfirmed, "by day" * self.by_day]
        return " · ".join(["items", *(word for word in said if word)])


class ChecklistScreen(ItemScreen, Filtering):
    """All items with what each asks, and what holds the GO."""

    CSS_PATH = "checklist.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "walk", "Walk", id="checklist.walk",
                tooltip="one item at a time, aloud; this key is this screen's alone"),
        Binding("slash", "filter", "Filter", id="checklist.filter", key_display="/", show=False,
                tooltip="show only items that hold a text; !text: that do not"),
        Binding("m", "only('yours')", "Mine", id="checklist.yours", show=False,
                tooltip="only items that wait for one of your roles"),
        Binding("u", "only('unconfirmed')", "Unconfirmed", id="checklist.unconfirmed",
                show=False, tooltip="only items that are not confirmed"),
        Binding("d", "only('by_day')", "By day", id="checklist.day", show=False,
                tooltip="in the order of the days by which they are resolved"),
        Binding("right_square_bracket", "read(1)", "Read on", id="checklist.down", key_display="]",
                show=False, tooltip="scroll down what is said of the item"),
        Binding("left_square_bracket", "read(-1)", "Read back", id="checklist.up", key_display="[",
                show=False, tooltip="scroll up again"),
        Binding("escape", "clear", "Show all", id="checklist.clear", show=False),
    ]  # fmt: skip

    table = getters.query_one(ChecklistTable)
    verdict = getters.query_one("#verdict", Words)
    detail = getters.query_one("#detail", Words)

    shown = Shown()

    def body(self) -> ComposeResult:
        """The table, the item under the cursor, GO or NO-GO."""
        yield Words(id="verdict")
        with Container(id="columns"):
            yield ChecklistTable(id="items", classes="panel")
            with VerticalScroll(id="beside", classes="panel", can_focus=False):
                yield Words(id="detail")
        yield FilterLine("#items")

    def on_mount(self) -> None:
        """Follow the cursor."""
        super().on_mount()
        self.watch(self.table, "cursor_id", self._show_detail, init=False)
        self.table.focus()

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        found = self.shown.of(picture.items, self.room.actor.roles)
        self.table.show(views.item_views(found, by_day=self.shown.by_day))
        self.table.border_title = Content(self.shown.words)
        self.verdict.say(views.go_words(picture))
        self._show_detail()

    def item(self) -> ItemStatus | None:
        """See `ItemScreen.item`."""
        chosen = self.table.cursor_id
        return next((i for i in self.room.picture().items if i.item.id == chosen), None)

    def _show_detail(self) -> None:
        status = self.item()
        if status is None:
            self.detail.say(Content("no item matches"))
            return
        item = status.item
        parts = [
            Content.styled(item.title, "bold"),
            Content(f"{item.id} · {'hard gate' if status.hard else item.otherwise}"),
            Content(""),
            *standing_words(status, self.room.picture().now),
            Content.styled("Confirm  ", "bold $text-primary") + Content(item.confirm),
            Content.styled("Why  ", "bold $text-primary") + Content(item.why),
            Content.styled("Evidence  ", "bold $text-primary") + Content(item.evidence),
            *self._probe(status),
            Content.styled("Who  ", "bold $text-primary") + Content(" and ".join(item.roles)),
            Content.styled("Guide  ", "bold $text-primary") + Content(item.guide),
        ]
        self.detail.say(Content("\n").join(parts))

    def _probe(self, status: ItemStatus) -> list[Content]:
        picture = self.room.picture()
        told = probe_words(status, picture.state, picture.now)
        return [Content.styled("Probe  ", "bold $text-primary") + Content(told)] if told else []

    @on(ChecklistTable.Chosen)
    def choose(self) -> None:
        """Enter on an item confirms it."""
        self.action_confirm()

    def action_walk(self) -> None:
        """Walk the items one by one, from where the last walk paused."""
        self.app.push_screen(WalkScreen())

    def action_only(self, what: str) -> None:
        """Show fewer items, or all of them again."""
        self._show_only(**{what: not getattr(self.shown, what)})

    def _show_only(self, **what: object) -> None:
        self.shown = msgspec.structs.replace(self.shown, **what)
        self.refresh_view()

    def action_clear(self) -> None:
        """Show all items again."""
        self.line.leave()
        self._show_only(text="", yours=False, unconfirmed=False, by_day=False)

    def filter_by(self, text: str) -> None:
        """See `Filtering.filter_by`."""
        self._show_only(text=text)
