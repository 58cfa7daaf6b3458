"""Who else has the deployment open, and whether the watcher sees what this process sees."""

from __future__ import annotations

import socket
from secrets import token_hex
from typing import TYPE_CHECKING

from console.clean import clean
from console.domain.presence import Present, What, differing, saw, together, watcher_of
from console.domain.readings import Reading
from console.presence import Presence, here

if TYPE_CHECKING:
    from console.room.room import WarRoom

DIFFER_S = 60.0  # real: readings of two processes are never taken at the same moment
MOST_NAMED = 3


class Company:
    """Announces this process while it lives, and knows the others on this machine.

    `look` and `leave` block on the disk: call them in a thread. A directory that cannot be written
    to is looked at all the same.
    """

    def __init__(self, room: WarRoom) -> None:
        """Tell nobody yet: `enter` does."""
        self._room = room
        self._presence = Presence(room.directory, make=not room.read_only)
        self._host = clean(socket.gethostname(), 60)
        self._me: Present | None = None
        self._told: Present | None = None
        self._since: dict[str, float] = {}
        self._here: tuple[Present, ...] = ()
        self.trouble = ""

    @property
    def present(self) -> tuple[Present, ...]:
        """Everybody on this machine and on those that are heard of, who came first on top."""
        return together(self._room.machines.status.present, self._here)

    @property
    def local(self) -> tuple[Present, ...]:
        """Those on this machine."""
        return self._here

    @property
    def others(self) -> tuple[Present, ...]:
        """Those besides this process."""
        return tuple(one for one in self.present if one.id != self.mine)

    @property
    def mine(self) -> str:
        """The id of this process among those present; empty while it is not announced."""
        return "" if self._me is None else self._me.id

    def enter(self, what: What) -> None:
        """Be here from now on, as `what`."""
        actor, since = self._room.actor, self._room.clock.now()
        self._me = Present(token_hex(8), actor.name, actor.roles, since, self._host, "", what)

    def look(self) -> None:
        """Say what has changed here, and see who else is."""
        if self._me is not None:
            self._me = self._as_now(self._me)
            if self._me != self._told:
                try:
                    self._presence.announce(self._me)
                    self._told = self._me
                except OSError:  # only to be looked at: then nobody learns who looks
                    pass
        self._here = here(self._room.directory)
        self._compare()

    def _as_now(self, me: Present) -> Present:
        room, actor = self._room, self._room.actor
        since = me.since if actor.name == me.name else room.clock.now()
        recording = room.recording == "here"
        return Present(
            me.id,
            actor.name,
            actor.roles,
            since,
            me.host,
            room.record.journal.writer,
            me.what,
            self._runs(),
            recording,
            saw(self._readings) if recording else {},
        )

    def _runs(self) -> tuple[str, ...]:
        """The rollback that is carried out on this machine, and the suspensions from here."""
        room, held = self._room, self._room.state.rollback
        mine = [*room.kill_switch.suspensions, *([room.rollback_run] if room.rollback_run else [])]
        runs = {one.id for one in mine if one.state == "running"}
        if held is not None and held.state == "running" and room.kill_switch.alive():
            runs.add(held.id)
        return tuple(sorted(runs))[-20:]

    @property
    def _readings(self) -> dict[str, Reading]:
        picture = self._room.latest_picture
        return {} if picture is None else dict(picture.readings)

    def _compare(self) -> None:
        """Say what the watcher and this process see differently, if that lasts."""
        room = self._room
        watcher = watcher_of(self.others)
        mine = saw(self._readings)
        found: tuple[str, ...] = ()
        if watcher is not None and not room.offline and room.recording != "here":
            found = differing(watcher.saw, mine)
        now = room.clock.monotonic()
        self._since = {name: self._since.get(name, now) for name in found}
        lasting = [name for name in found if now - self._since[name] >= DIFFER_S]
        if watcher is None or not lasting:
            self.trouble = ""
            return
        told = [
            f"{name.replace('-', ' ')} {watcher.saw[name].verdict}, this console sees "
            f"{mine[name].verdict}"
            for name in lasting[:MOST_NAMED]
        ]
        more = f" and {len(lasting) - MOST_NAMED} more" if len(lasting) > MOST_NAMED else ""
        feeds = ", ".join(
            f"{view.id} {view.fresh.state}"
            for view in (room.latest_picture.feeds if room.latest_picture else ())
        )
        self.trouble = (
            f"the watcher on {watcher.host} sees {'; '.join(told)}{more} (its feeds: {feeds})"
        )

    def leave(self) -> None:
        """Be here no more."""
        self._presence.leave()
        self._me = self._told = None
