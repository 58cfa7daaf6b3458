"""Escalations: what waits for a person, in groups or one by one, the most urgent first."""

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content

from console.domain.call import Call
from console.domain.escalations import Group
from console.domain.state_escalation import Escalation
from console.room import Picture
from console.screens import escalation_deeds as deeds
from console.screens import escalation_views as ev
from console.screens.base import RoomScreen
from console.screens.calls import CallScreen, UnderScreen
from widgets.escalations import EscalationList, EscalationView
from widgets.filterline import Filtering, FilterLine, lets
from widgets.words import Words

T = TypeVar("T", Group, Escalation)
ON_CHOSEN = {"acknowledge", "resolve", "hand", "reassign"}

EMPTY = (
    "A call that the agent hands over, a flag on one, and an alert that fires wait here for a "
    "person, with who it is and by when."
)


class QueueScreen(RoomScreen, Filtering):
    """A list of escalations with its filter and marks, and what is known beside it."""

    CSS_PATH = "escalations.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "acknowledge", "Ack", id="escalations.acknowledge",
                tooltip="take it in hand: what is marked, or what is under the cursor"),
        Binding("x", "resolve", "Resolve", id="escalations.resolve",
                tooltip="say what became of it, and the pattern of its input"),
        Binding("h", "hand", "To backup", id="escalations.hand",
                tooltip="give it to its backup"),
        Binding("p", "reassign", "Reassign", id="escalations.reassign",
                tooltip="give it to somebody else"),
        Binding("space", "mark", "Mark", id="escalations.mark",
                tooltip="the next deed is done on all that is marked"),
        Binding("slash", "filter", "Filter", id="escalations.filter", key_display="/",
                tooltip="show only what holds a text"),
        Binding("right_square_bracket", "read(1)", "Read on", id="escalations.down",
                key_display="]", show=False, tooltip="scroll down what is said of it"),
        Binding("left_square_bracket", "read(-1)", "Read back", id="escalations.up",
                key_display="[", show=False, tooltip="scroll up again"),
        Binding("escape", "clear", "Show all", id="escalations.clear", show=False),
    ]  # fmt: skip

    list_ = getters.query_one(EscalationList)
    told = getters.query_one("#told", Words)
    uncovered = getters.query_one("#uncovered", Words)
    detail = getters.query_one("#detail", Words)

    def __init__(self) -> None:
        """Nothing is marked or filtered."""
        super().__init__()
        self.marked: set[str] = set()
        self.text = ""
        self.found = 0
        self._counted = 0

    def body(self) -> ComposeResult:
        """The figures, the list beside or above what is said of one, the filter."""
        yield Words(id="told")
        yield Words(id="uncovered")
        with Container(id="columns"):
            yield EscalationList(id="list", classes="panel")
            with VerticalScroll(id="beside", classes="panel", can_focus=False):
                yield Words(id="detail")
        yield FilterLine("#list")

    def on_mount(self) -> None:
        """Follow the cursor."""
        super().on_mount()
        self.watch(self.list_, "cursor_id", self._show_detail, init=False)
        self.list_.focus()

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        self.list_.show(self.views(picture))
        self.list_.border_title = Content(f"{self.title_of(picture)}{self._drawn()}")
        self.told.say(ev.counts_line(picture.queue, picture.now, len(self.marked)))
        lacking = ev.rota_line(self.room.deployment, picture.now)
        self.uncovered.set_class(bool(lacking), "-shown")
        self.uncovered.say(Content.styled(lacking, "$text-warning"))
        self._show_detail()

    def _drawn(self) -> str:
        """The filter, and that not all are drawn."""
        said = f" · filter: {self.text}" if self.text else ""
        if self.found > ev.MOST_ROWS:
            said += f" · the first {ev.MOST_ROWS} of {self.found:,}"
        return said

    def views(self, picture: Picture) -> list[EscalationView]:
        """What the list shows."""
        raise NotImplementedError

    def title_of(self, picture: Picture) -> str:
        """What stands over the list."""
        raise NotImplementedError

    def words(self, picture: Picture) -> Content:
        """What is known of what is under the cursor."""
        raise NotImplementedError

    def chosen(self) -> Sequence[Escalation]:
        """What is marked, or else what is under the cursor; all of it open."""
        raise NotImplementedError

    def _show_detail(self) -> None:
        self.detail.say(self.words(self.room.picture()))
        self._count()

    def _count(self) -> None:
        """Say in the footer how many the next deed is about."""
        if (count := len(self.chosen())) != self._counted:
            self._counted = count
            self.refresh_bindings()

    def count_of(self, action: str) -> int:
        """See `widgets.keybar.Counts`."""
        return self._counted if action in ON_CHOSEN else 1

    def filtered(
        self, all_: Sequence[T], view: Callable[[T], EscalationView]
    ) -> list[EscalationView]:
        """The rows of those that hold the filter's text: as many as are drawn."""
        self.found = len(all_)
        if not self.text:
            return ev.bounded([view(one) for one in all_[: ev.MOST_ROWS]], len(all_))
        found = [made for made in map(view, all_) if lets(self.text, ev.hay_of(made))]
        self.found = len(found)
        return ev.bounded(found, len(found))

    def _with_chosen(self, deed: Callable[[Sequence[Escalation]], None]) -> None:
        chosen = self.chosen()
        if not chosen:
            self.console_app.say("nothing is open here")
            return
        deed(chosen)

    def action_acknowledge(self) -> None:
        """Take what is chosen in hand."""
        self._with_chosen(lambda chosen: deeds.acknowledge(self.console_app, chosen))
        self.marked.clear()

    def action_resolve(self) -> None:
        """Say what became of what is chosen."""
        self._with_chosen(lambda chosen: deeds.resolve(self.console_app, chosen))

    def action_hand(self) -> None:
        """Give what is chosen to its backup."""
        self._with_chosen(lambda chosen: deeds.hand(self.console_app, chosen))
        self.marked.clear()

    def action_reassign(self) -> None:
        """Give what is chosen to somebody else."""
        self._with_chosen(lambda chosen: deeds.reassign(self.console_app, chosen))

    def action_mark(self) -> None:
        """Mark what is under the cursor, or take its mark away; go on to the next."""
        if self.list_.cursor_id:
            self.marked ^= {self.list_.cursor_id}
            self.list_.action_move(1)
            self.refresh_view()

    def action_clear(self) -> None:
        """Leave the filter, and let go of the marks."""
        self.text = ""
        self.line.leave()
        self.marked.clear()
        self.refresh_view()

    def filter_by(self, text: str) -> None:
        """See `Filtering.filter_by`."""
        self.text = text
        self.refresh_view()


class EscalationsScreen(QueueScreen):
    """The groups."""

    def views(self, picture: Picture) -> list[EscalationView]:
        """See `QueueScreen.views`."""
        groups = picture.queue.groups
        self.marked &= {group.id for group in groups}
        return self.filtered(groups, lambda group: ev.group_view(group, picture, self.marked))

    def title_of(self, picture: Picture) -> str:
        """See `QueueScreen.title_of`."""
        count = len(picture.queue.groups)
        return f"escalations · {count:,} group{'' if count == 1 else 's'}"

    def words(self, picture: Picture) -> Content:
        """See `QueueScreen.words`."""
        group = picture.queue.group(self.list_.cursor_id)
        if group is None:
            return Content.styled("nothing matches" if self.text else EMPTY, "$text-muted")
        return ev.group_words(group, picture, self.room.deployment)

    def chosen(self) -> Sequence[Escalation]:
        """See `QueueScreen.chosen`."""
        queue = self.room.picture().queue
        names = self.marked or {self.list_.cursor_id}
        return [one for group in queue.groups if group.id in names for one in group.open]

    def choose(self, group: str) -> None:
        """Put the cursor on a group, or on the first."""
        self.action_clear()
        if group:
            self.list_.cursor_id = group

    @on(EscalationList.Chosen)
    def open_group(self, message: EscalationList.Chosen) -> None:
        """Show a group's single ones."""
        self.app.push_screen(GroupScreen(message.id))


class GroupScreen(QueueScreen, UnderScreen):
    """The single ones of a group."""

    def __init__(self, group: str) -> None:
        """`group` is its id."""
        super().__init__()
        self._group = group

    def views(self, picture: Picture) -> list[EscalationView]:
        """See `QueueScreen.views`."""
        all_ = self._open(picture)
        self.marked &= {one.id for one in all_} if self.marked else set()
        now = picture.now
        return self.filtered(all_, lambda one: ev.single_view(one, now, self.marked))

    def _open(self, picture: Picture) -> tuple[Escalation, ...]:
        group = picture.queue.group(self._group)
        return () if group is None else group.open

    def title_of(self, picture: Picture) -> str:
        """See `QueueScreen.title_of`."""
        group = picture.queue.group(self._group)
        return "all resolved" if group is None else ev.group_view(group, picture, ()).title

    def _under_cursor(self, picture: Picture) -> Escalation | None:
        one = picture.state.escalations.get(self.list_.cursor_id)
        return one if one is not None and one.resolved_at is None else None

    def words(self, picture: Picture) -> Content:
        """See `QueueScreen.words`."""
        one = self._under_cursor(picture)
        if one is None:
            return Content("nothing matches" if self.text else "nothing of it is open")
        return ev.single_words(one, picture, self.room.deployment)

    def chosen(self) -> Sequence[Escalation]:
        """See `QueueScreen.chosen`."""
        picture = self.room.picture()
        if self.marked:
            return [one for one in self._open(picture) if one.id in self.marked]
        one = self._under_cursor(picture)
        return [] if one is None else [one]

    @on(EscalationList.Chosen)
    def open_call(self) -> None:
        """Show the call, if it is held in memory."""
        one = self._under_cursor(self.room.picture())
        if one is None or not one.call:
            self.console_app.say("no single call is behind this")
        elif (call := self._held(one)) is None:
            told = f"call {one.call} is not held here: look for its id in the agent's log"
            self.console_app.say(told)
        else:
            self.app.push_screen(CallScreen(call))

    def _held(self, one: Escalation) -> Call | None:
        for eye in self.room.eyes.each.values():
            held = (*eye.notable.of((int(one.at // 60),)), *reversed(tuple(eye.recent)))
            for call in held:
                if call.id == one.call:
                    return call
        return None

    def action_clear(self) -> None:
        """Leave the filter and the marks; without either, the group."""
        if self.text or self.marked or self.line.display:
            super().action_clear()
        else:
            self.action_back()
