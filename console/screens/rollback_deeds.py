"""The deeds of the kill switch from the keyboard (Guide 3.5). None of them is an action.

A link in a text, a binding or the palette can name an action; what fires is out of their reach.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from console.clean import clean
from console.domain.refused import Refused
from console.screens.danger import running
from console.screens.dialogs import Choose
from console.screens.guard import Fired, Guard, RollbackGuard, SuspensionGuard
from console.screens.rollback import RollbackScreen, RunScreen, SuspensionScreen
from console.screens.trigger import TriggerScreen

if TYPE_CHECKING:
    from console.app import WarRoomApp

UNDECLARED = (
    "no suspension is declared: add [[suspensions]] to warroom.toml, with id, title and steps "
    "(each with its read-back), then reload"
)


def arm(app: WarRoomApp) -> None:
    """Arm the rollback, or show the one that runs. It takes more than this to fire.

    An armed suspension gives way: the rollback is at hand from everywhere.
    """
    if isinstance(app.screen, RollbackGuard):
        return
    if isinstance(app.screen, SuspensionGuard):
        app.screen.dismiss(None)
    if running(app.room):
        show(app, RollbackScreen(app.room))
        return

    def fired(order: Fired | None) -> None:
        if order is not None:
            work(app, "rollback", "ROLLBACK", app.room.roll_back(order.id, calls=order.calls))
            show(app, RollbackScreen(app.room))

    app.push_screen(RollbackGuard(app.room), fired)


def suspend(app: WarRoomApp) -> None:
    """Choose a suspension where there are several, and arm it."""
    declared = app.room.deployment.suspensions
    if isinstance(app.screen, Guard):
        return
    if not declared:
        app.say(UNDECLARED, wrong=True)
    elif len(declared) == 1:
        _arm_suspension(app, declared[0].id)
    else:
        options = [(one.id, f"{clean(one.title, 80)}  ({one.kind})") for one in declared]

        def chosen(suspension: str | None) -> None:
            if suspension is not None:
                _arm_suspension(app, suspension)

        app.push_screen(Choose("Suspend what?", options), chosen)


def _arm_suspension(app: WarRoomApp, suspension: str) -> None:
    def fired(order: Fired | None) -> None:
        if order is not None:
            work(app, "suspension", "SUSPENSION", app.room.suspend(order.id))
            show(app, SuspensionScreen(app.room))

    app.push_screen(SuspensionGuard(app.room, suspension), fired)


def work(app: WarRoomApp, name: str, loud: str, deed: Awaitable[object]) -> None:
    """Carry out what was fired in a worker of its own, and say it loudly where that fails."""

    async def carry_out() -> None:
        try:
            await deed
        except Refused as refused:
            app.say("; ".join(refused.reasons), wrong=True)
        except Exception as error:
            kind = type(error).__name__
            again = ", or F9" if name == "rollback" else ""
            app.fault = f"THE {loud} FAILED by a fault of ours ({kind}): do it by hand{again}"
        app.settled()

    app.run_worker(carry_out(), name=name, group=name, exit_on_error=False)


def at_work(app: WarRoomApp) -> bool:
    """Whether this console carries out what was fired in it."""
    return any(
        worker.group in {"rollback", "suspension"} and not worker.is_finished
        for worker in app.workers
    )


def must_stay(app: WarRoomApp) -> bool:
    """Whether something would be lost that was fired here, if this console ended now."""
    return at_work(app) and not app.room.kill_switch.handed_over


def show(app: WarRoomApp, screen: RunScreen) -> None:
    """Show a run, once; in the place of the trigger's screen, which has been answered."""
    if any(type(shown) is type(screen) for shown in app.screen_stack):
        return
    if isinstance(app.screen, TriggerScreen):
        app.switch_screen(screen)
    else:
        app.push_screen(screen)
