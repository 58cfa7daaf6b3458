"""The armed guard of the kill switch. Firing takes four letters, new each time, and Enter.

Firing is no action: no binding, link, palette entry or markup can reach it. Nothing pasted,
clicked or repeated types the letters by chance. The guard has no bindings, so that no key map
reaches its keys.
"""

import dataclasses
import math
import secrets
from abc import abstractmethod
from typing import ClassVar

import msgspec
from textual import events, getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from config.rollback import Step
from console.clean import clean
from console.journal.claimed import claimed_in_short
from console.room import WarRoom, missing_secrets
from console.screens import guard_views as gv
from console.screens.dialogs import Dialog
from widgets.guard import GuardPanel, GuardView

# Letters that are not mistaken for one another, nor for a word.
LETTERS = "BDFGHKLMNPRTVX"
LENGTH = 4
DISARM_S = 60.0
LOOK_S = 0.5
SCROLLS = {"up": -1, "down": 1, "pageup": -8, "pagedown": 8}


def new_code() -> str:
    """Four different letters, so that a held key can never type them."""
    return "".join(secrets.SystemRandom().sample(LETTERS, LENGTH))


class Fired(msgspec.Struct, frozen=True):
    """What was fired: a trigger with the calls that it is about, or a suspension, by its id."""

    id: str
    calls: tuple[str, ...] = ()


class Guard(Dialog[Fired | None], inherit_bindings=False):
    """Gives what is fired, None when disarmed. A subclass says what that is."""

    CSS_PATH = "guard.tcss"
    BINDINGS: ClassVar[list[BindingType]] = []

    panel = getters.query_one(GuardPanel)

    HOW = "four letters, Enter: fires   Esc: disarms"

    def __init__(self, room: WarRoom) -> None:
        """Arm for `room`; the demo's clock runs in real time meanwhile."""
        super().__init__()
        self.room = room
        self._code = new_code()
        self._typed = ""
        self._slipped = False
        self._real_time = room.real_time()
        self._standby = room.stand_by()
        self._missing: tuple[str, ...] = ()
        self._until = math.inf

    @abstractmethod
    def steps(self) -> tuple[Step, ...]:
        """The steps that firing carries out."""

    @abstractmethod
    def view(self) -> GuardView:
        """What is shown, but for what all guards share."""

    @abstractmethod
    def fired(self) -> Fired:
        """What Enter fires now, as it is shown."""

    def chosen(self, digit: int) -> bool:
        """Choose by a digit; whether there is such a choice."""
        return False

    def compose(self) -> ComposeResult:
        """The guard's panel and how to leave it."""
        with VerticalScroll(classes="dialog", can_focus=False):
            yield GuardPanel()
        yield Static(self.HOW, id="how", markup=False)

    def on_mount(self) -> None:
        """Start the time-out."""
        self._real_time.__enter__()
        self._standby.__enter__()
        self._until = self.room.clock.monotonic() + DISARM_S
        self._missing = tuple(
            clean(text)
            for text in missing_secrets(self.room.deployment, self.steps(), self.room.directory)
        )
        self._show()
        self.set_interval(LOOK_S, self._show)

    def on_screen_suspend(self) -> None:
        """What is covered, however that came, is not armed any more."""
        self._until = -math.inf

    def on_screen_resume(self) -> None:
        """Leave, if it was covered meanwhile."""
        if self._left <= 0:
            self.dismiss(None)

    def on_unmount(self) -> None:
        """Give the demo its speed back, and let go of what stood by."""
        self._standby.__exit__(None, None, None)
        self._real_time.__exit__()

    async def action_dismiss(self, result: Fired | None = None) -> None:
        """Every screen has this action, and a link could name it: here it only disarms."""
        self.dismiss(None)

    @property
    def _left(self) -> float:
        return self._until - self.room.clock.monotonic()

    def _show(self) -> None:
        left = self._left
        if left <= 0:
            self.dismiss(None)
            return
        back = self.room.deployment.rollback
        trouble = self._standby.trouble
        standby = (f"standby: {clean(trouble, 300)}",) if trouble else ()
        self.panel.show(
            gv.with_people(
                self.view(),
                self.room.deployment,
                (back.owner, *back.deputy),
                missing=(*standby, *self._missing),
                code=self._code,
                typed=self._typed,
                slipped=self._slipped,
                seconds_left=math.ceil(left),
            )
        )

    def on_key(self, event: events.Key) -> None:
        """Take the letters. Any other key clears them; Enter fires only when all are right."""
        event.stop()
        event.prevent_default()
        if not self.on_top:
            return
        if event.key == "escape" or self._left <= 0 or _garbled(event):
            self.dismiss(None)
        elif event.key == "enter":
            if self._typed == self._code:
                self.dismiss(self.fired())
            self._typed, self._slipped = "", True
        elif event.key in SCROLLS:
            page = self.query_one(VerticalScroll)
            page.scroll_relative(y=SCROLLS[event.key], animate=False)
        else:
            self._take((event.character or "").upper())
        self._show()

    def _take(self, letter: str) -> None:
        """The next letter; whatever else is pressed clears those typed so far."""
        expected = self._code[len(self._typed) : len(self._typed) + 1]
        right = bool(letter) and letter == expected
        self._typed = self._typed + letter if right else ""
        digit = bool(letter) and letter in gv.DIGITS
        self._slipped = not right and not (digit and self.chosen(int(letter)))

    def on_paste(self, event: events.Paste) -> None:
        """Nothing pasted counts, and what was typed before it does not either."""
        event.stop()
        event.prevent_default()
        self._typed = ""


def _garbled(event: events.Key) -> bool:
    """Whether this is the ESC of a sequence that is no key.

    Textual gives such a sequence as the keys of its characters, also where it is part of a paste:
    what follows may be pasted letters and a line end.
    """
    return event.key == "circumflex_accent" or event.key.startswith("alt+")


class RollbackGuard(Guard):
    """The guard of the rollback. The true trigger is chosen, else the owner's judgement."""

    HOW = "1-6: trigger   four letters, Enter: fires   Esc: disarms"

    def __init__(self, room: WarRoom) -> None:
        """Arm the way back from the phase that runs."""
        super().__init__(room)
        self._way = room.way
        self._chosen = ""
        self._shown = gv.JUDGEMENT

    def steps(self) -> tuple[Step, ...]:
        """See `Guard.steps`."""
        return self._way.steps

    def chosen(self, digit: int) -> bool:
        """See `Guard.chosen`."""
        trigger = gv.trigger_at(digit)
        self._chosen = trigger or self._chosen
        return bool(trigger)

    def view(self) -> GuardView:
        """See `Guard.view`."""
        picture = self.room.picture()
        self._shown = self._chosen or gv.proposed(picture, self.room.state)
        currency = self.room.deployment.nfr.currency
        state, claims = self.room.state, self.room.record.journal.claimed
        silent = self.room.machines.silent(state)
        view = gv.rollback_view(picture, state, self._way, self._shown, currency, silent)
        return dataclasses.replace(view, claimed=claimed_in_short(claims))

    def fired(self) -> Fired:
        """See `Guard.fired`."""
        wrong = gv.judged_wrong(self.room.state) if self._shown == gv.INCORRECT else ()
        return Fired(self._shown, wrong)


class SuspensionGuard(Guard):
    """The guard of a suspension: of a tool, or of the whole agent."""

    def __init__(self, room: WarRoom, suspension: str) -> None:
        """Arm the suspension with this id."""
        super().__init__(room)
        self._what = next(one for one in room.deployment.suspensions if one.id == suspension)

    def steps(self) -> tuple[Step, ...]:
        """See `Guard.steps`."""
        return self._what.steps

    def view(self) -> GuardView:
        """See `Guard.view`."""
        return gv.suspension_view(self._what, self.room.state)

    def fired(self) -> Fired:
        """See `Guard.fired`."""
        return Fired(self._what.id)
