"""The deeds of the 48-hour window from the keyboard (Guide 6)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from console.clean import clean
from console.domain.commands import (
    AssessWindow,
    CheckIn,
    HandOver,
    NoteLimitation,
    TakeOver,
)
from console.domain.refused import LEADS
from console.screens.assess import AssessDialog
from console.screens.checkin import CheckInDialog
from console.screens.dialogs import Choose

if TYPE_CHECKING:
    from console.app import WarRoomApp


def check_in(app: WarRoomApp, text: str = "", refused: str = "") -> None:
    """Show what changed, and record the remark; what was typed is not lost if it is refused."""

    def answered(said: str | None) -> None:
        if said is not None:
            app.carry_out(CheckIn(clean(said, 2000)), partial(check_in, app, said))

    app.push_screen(CheckInDialog(app.room, text, refused), answered)


def watch(app: WarRoomApp) -> None:
    """Hand the watch over to another lead, or take it."""
    shift, me = app.room.state.shift, app.room.actor.name
    if shift is None or shift.who != me:
        app.carry_out(TakeOver())
        return
    others = [
        (person.name, f"{clean(person.name, 40)}  {', '.join(person.roles)}")
        for person in app.room.deployment.people
        if person.name != me and LEADS.intersection(person.roles)
    ]
    if not others:
        app.say("there is no other lead in warroom.toml to hand the watch to", wrong=True)
        return

    def chosen(who: str | None) -> None:
        if who is not None:
            prompt = "What should they know? The summary of your watch is made by itself."
            app.ask(f"Hand over to {clean(who, 40)}", prompt, partial(HandOver, who))

    app.push_screen(Choose("Hand the watch over to", others), chosen)


def assess(app: WarRoomApp, before: AssessWindow | None = None, refused: str = "") -> None:
    """Show what the window amounts to, and decide; `before` is what was refused."""
    if app.room.picture().outlook is None:
        app.say("there is no window to assess: it begins with full deployment", wrong=True)
        return

    def decided(answer: AssessWindow | str | None) -> None:
        if isinstance(answer, AssessWindow):
            app.carry_out(answer, partial(assess, app, answer))
        elif answer == "rollback":
            app.action_arm()

    if not isinstance(app.screen, AssessDialog):  # two keys may come before the first is done
        app.push_screen(AssessDialog(app.room, before, refused), decided)


def limitation(app: WarRoomApp) -> None:
    """Note a known limitation."""
    prompt = "In your own words: on which inputs does it not do what it should?"
    app.ask("Known limitation", prompt, NoteLimitation)


def duty(app: WarRoomApp) -> None:
    """All that is owed; Enter there says that it is done."""
    app.action_duties()
