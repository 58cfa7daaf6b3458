"""Calls: those of a minute or of a kind, and one of them with its texts."""

from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from console.clean import clean
from console.domain.call import Call
from console.room import METRICS, Picture, WarRoom
from console.screens import call_views as cv
from console.screens import metric_parts as parts
from console.screens.base import RoomScreen
from widgets.calls import CallList
from widgets.filterline import FILTER, Filtering, FilterLine, lets
from widgets.scrolling import Scroll
from widgets.words import Words

BACK = Binding("escape", "back", "Back", id="calls.back")


def held_of(room: WarRoom) -> list[parts.Held]:
    """What the room's feeds hold of their calls, as it is now: for a thread to look through."""
    return [parts.Held(list(eye.recent), eye.notable.of) for eye in room.eyes.each.values()]


class UnderScreen(RoomScreen):
    """A screen that lies over another one of its mode."""

    BINDINGS: ClassVar[list[BindingType]] = [BACK]

    def action_back(self) -> None:
        """Go back to the screen below."""
        if self.is_current:
            self.app.pop_screen()


class CallsScreen(UnderScreen, Filtering):
    """The calls of `minutes` that are held, or those of them of one kind."""

    CSS_PATH = "calls.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        FILTER,
        Binding("escape", "clear", "Back", id="calls.clear"),
    ]

    title_ = getters.query_one("#what", Words)
    list_ = getters.query_one(CallList)

    def __init__(self, minutes: range, kind: parts.Kind = "", name: str = "") -> None:
        """`name` is the error, the reason or the model that `kind` names."""
        super().__init__()
        self._minutes = minutes
        self._kind: parts.Kind = kind
        self._of = name
        self._calls: dict[str, Call] = {}

    def body(self) -> ComposeResult:
        """What is shown, and the calls."""
        yield Words(id="what")
        yield CallList(id="calls")
        yield FilterLine("#calls")

    def on_mount(self) -> None:
        """Begin with the worst."""
        super().on_mount()
        self.list_.focus()

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        calls = parts.held_calls(held_of(self.room), self._minutes, self._kind, self._of)
        self._calls = {call.id: call for call in cv.shown_calls(calls)}
        currency = self.room.deployment.nfr.currency
        views = [cv.call_view(call, currency) for call in self._calls.values()]
        text = self.line.value
        self.list_.show([one for one in views if lets(text, " ".join(cv.hay_of(one)))])
        title = cv.calls_title(self._minutes, self._kind, self._of)
        self.title_.say(Content.styled(title, "bold") + Content(f"\n{self._said(calls)}"))

    def _said(self, calls: list[Call]) -> str:
        """How many of those on record these are."""
        metric = {
            "error": METRICS.index("error-rate"),
            "escalation": METRICS.index("escalation-rate"),
        }
        place = metric.get(self._kind, METRICS.index("traffic"))
        feed = self.room.deployment.feed_of(METRICS[place])
        eye = self.room.eyes.each[feed.id]
        if self._kind == "model":
            counted = float(len(calls))
        elif self._kind:
            counted = parts.kinds_of(eye.series, f"{self._kind}s_by", self._minutes)[self._of]
        else:
            counted = parts.sum_of(eye.series, "calls", self._minutes)
        known = any(eye.series.covers(number) for number in self._minutes)
        main = sum(not call.synthetic and call.variant != "control" for call in calls)
        said = cv.held_words(main, counted, self._minutes, eye.recorded_to, known)
        if aside := len(calls) - main:
            said += f"; {aside:,} beside, synthetic or control, in no sum"
        if len(calls) > cv.MOST_SHOWN:
            said += f"; the worst {cv.MOST_SHOWN} are shown"
        return said

    def action_clear(self) -> None:
        """Leave the filter; without one, the calls."""
        if not self.left_filter():
            self.action_back()

    def filter_by(self, text: str) -> None:
        """See `Filtering.filter_by`."""
        self.refresh_view()

    @on(CallList.Chosen)
    def open_call(self, message: CallList.Chosen) -> None:
        """Show the call."""
        if message.id in self._calls:
            self.app.push_screen(CallScreen(self._calls[message.id]))


class CallScreen(UnderScreen):
    """One call: its facts, and its texts as literal text. They are shown and kept nowhere."""

    CSS_PATH = "calls.tcss"

    facts = getters.query_one("#facts", Words)
    texts = getters.query_one("#texts", Words)

    def __init__(self, call: Call) -> None:
        """Show `call`."""
        super().__init__()
        self._call = call

    def body(self) -> ComposeResult:
        """Facts and texts, as long as they are."""
        yield Words(id="what")
        with Scroll(id="call"):
            yield Words(id="facts")
            yield Words(id="texts")

    def on_mount(self) -> None:
        """Show it; the arrows scroll."""
        super().on_mount()
        title = f"Call {clean(self._call.id, 200)}"
        self.query_one("#what", Words).say(Content.styled(title, "bold"))
        self.texts.say(cv.call_texts(self._call))
        self.query_one("#call").focus()

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        currency = self.room.deployment.nfr.currency
        self.facts.say(cv.call_facts(self._call, currency, picture.now))
