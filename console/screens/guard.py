"""The armed guard of the rollback. Firing takes four letters, new each time, and Enter.

Firing is no action: no binding, link, palette entry or markup can reach it. Nothing pasted,
clicked or repeated types the letters by chance.
"""

import secrets
from typing import ClassVar

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from config.model import Deployment
from console.clean import clean
from console.room import WarRoom, missing_secrets, way_back, what_it_does
from console.screens.dialogs import Dialog
from widgets.guard import GuardPanel, GuardView

# Letters that are not mistaken for one another, nor for a word.
LETTERS = "BDFGHKLMNPRTVX"
LENGTH = 4
DISARM_S = 60.0
JUDGEMENT = "owner-judgement"


def new_code() -> str:
    """Four different letters, so that a held key can never type them."""
    return "".join(secrets.SystemRandom().sample(LETTERS, LENGTH))


class Guard(Dialog[str | None]):
    """Gives the trigger's id when fired, None when disarmed."""

    CSS_PATH = "guard.tcss"
    BINDINGS: ClassVar[list[BindingType]] = []

    panel = getters.query_one(GuardPanel)

    def __init__(self, room: WarRoom) -> None:
        """Arm for `room`; the demo's clock runs in real time meanwhile."""
        super().__init__()
        self._room = room
        self._way = way_back(room.deployment, room.state.attempt.phase)
        self._code = new_code()
        self._typed = ""
        self._real_time = room.real_time()
        self._missing: tuple[str, ...] = ()
        self._until = 0.0

    def compose(self) -> ComposeResult:
        """The guard's panel and how to leave it."""
        with VerticalScroll(classes="dialog", can_focus=False):
            yield GuardPanel()
        yield Static("type the four letters, then Enter: fires   Esc: disarms", id="how")

    def on_mount(self) -> None:
        """Start the time-out."""
        self._real_time.__enter__()
        self._until = self._room.clock.monotonic() + DISARM_S
        self._missing = tuple(
            clean(text)
            for text in missing_secrets(
                self._room.deployment, self._way.steps, self._room.directory
            )
        )
        self._show()
        self.set_interval(0.5, self._show)

    def on_unmount(self) -> None:
        """Give the demo its speed back."""
        self._real_time.__exit__()

    async def action_dismiss(self, result: str | None = None) -> None:
        """Every screen has this action, and a link could name it: here it only disarms."""
        self.dismiss(None)

    @property
    def _left(self) -> float:
        return self._until - self._room.clock.monotonic()

    def _show(self) -> None:
        left = self._left
        if left <= 0:
            self.dismiss(None)
            return
        deployment = self._room.deployment
        picture = self._room.picture()
        self.panel.show(
            GuardView(
                target=clean(self._way.target),
                steps=tuple(
                    (clean(step.title), clean(what_it_does(step))) for step in self._way.steps
                ),
                triggers=tuple(f"{t.name}: {t.why}" for t in picture.triggers if t.state == "true"),
                owner=person_text(deployment, deployment.rollback.owner),
                deputy="; ".join(
                    person_text(deployment, name) for name in deployment.rollback.deputy
                ),
                missing=self._missing,
                code=self._code,
                typed=self._typed,
                seconds_left=int(left + 1),
            )
        )

    def on_key(self, event: events.Key) -> None:
        """Take the letters. A wrong one clears them; Enter fires only when all four are right."""
        event.stop()
        event.prevent_default()
        if event.key == "escape" or self._left <= 0:
            self.dismiss(None)
        elif event.key == "enter":
            if self._typed == self._code:
                self.dismiss(self._trigger())
            self._typed = ""
        elif event.character is not None and event.is_printable:
            letter = event.character.upper()
            expected = self._code[len(self._typed) : len(self._typed) + 1]
            self._typed = self._typed + letter if letter == expected else ""
        self._show()

    def on_paste(self, event: events.Paste) -> None:
        """Nothing pasted counts, and what was typed before it does not either."""
        event.stop()
        event.prevent_default()
        self._typed = ""

    def _trigger(self) -> str:
        """The trigger that is true, else the owner's judgement."""
        true = [t.id for t in self._room.picture().triggers if t.state == "true"]
        return true[0] if true else JUDGEMENT


def person_text(deployment: Deployment, name: str) -> str:
    """A person's name and phone."""
    person = deployment.person(name)
    if person is None:
        return ""
    return clean(f"{person.name}, {person.phone or 'no phone in warroom.toml'}", 100)
