"""Going over from one deployment's console to another's, without leaving it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from config.load import ConfigError, load
from console.room import OpenFailed, WarRoom
from console.room.several import beside
from console.screens.danger import running
from console.screens.deployments import DeploymentsDialog
from console.screens.rollback_deeds import at_work

if TYPE_CHECKING:
    from console.app import WarRoomApp


def deployments(app: WarRoomApp) -> None:
    """Show the deployments that lie beside this one, to go over to one of them."""
    here = app.room.directory

    def chosen(directory: Path | None) -> None:
        if directory is not None and _may_go(app):
            work = _go_over(app, directory)
            app.run_worker(work, name="deployment", group="reload", exit_on_error=False)

    if app.is_web:
        app.say("in a browser only this deployment is shown", wrong=True)
    else:
        app.push_screen(DeploymentsDialog(lambda: beside(here), here), chosen)


async def _go_over(app: WarRoomApp, directory: Path) -> None:
    try:
        room = await asyncio.to_thread(_opened, app.room, directory)
    except (ConfigError, OpenFailed) as error:
        app.say(str(error), wrong=True)
        return
    if _may_go(app):
        app.next_room = room
        app.exit(0)
    else:
        await asyncio.to_thread(room.record.journal.close)


def _opened(room: WarRoom, directory: Path) -> WarRoom:
    """Another deployment, opened as `room` is, and by the same person where it knows them."""
    loaded = load(directory)
    who = room.actor.name if loaded.deployment.person(room.actor.name) else ""
    return WarRoom.open(
        directory, who=who, read_only=room.read_only, offline=room.offline, loaded=loaded
    )


def _may_go(app: WarRoomApp) -> bool:
    """Whether nothing is armed or runs here that must be seen to; says so."""
    free = not (app.guarded or running(app.room) or at_work(app))
    if not free:
        app.say("a rollback is armed or runs here: stay until it is over", wrong=True)
    return free
