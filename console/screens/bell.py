"""The terminal's bell and a desktop notification, for who looks elsewhere (OSC 9 and OSC 777).

Rung for a new trigger, a new alert, and an escalation to whoever is at the keys. What was there
when the console came up rings nothing: it is on the screen.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from config.model import Deployment
from console.clean import clean
from console.domain.own_silence import silence_of
from console.domain.state import State
from console.domain.words import rule_words

if TYPE_CHECKING:
    from console.app import WarRoomApp

PAUSE_S = 5.0
MOST_TEXT = 160


class Bell:
    """Follows what is new, and rings at most once in `PAUSE_S` (real); the rest waits for that."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """`environment` holds the machine's own wishes, `WARROOM_BELL` and `WARROOM_DESKTOP`."""
        self._environment = os.environ if environment is None else environment
        self._state: State | None = None
        self._who = ""
        self._known: set[str] | None = None
        self._waiting: list[str] = []
        self._rung_at: float | None = None

    def follow(self, app: WarRoomApp) -> None:
        """Look at what is on record now."""
        room = app.room
        if room.actor.name != self._who:
            self._known, self._state, self._who = None, None, room.actor.name
        if room.state is not self._state:
            self._state = room.state
            now = worth_it(room.state, self._who, room.clock.now())
            known, self._known = self._known, set(now)
            if known is not None:
                self._waiting += [said for name, said in now.items() if name not in known]
        clock = room.clock.monotonic()
        early = self._rung_at is not None and clock - self._rung_at < PAUSE_S
        if self._waiting and not early:
            said, self._waiting = self._waiting, []
            self._rung_at = clock
            self._ring(app, said, room.deployment)

    def _ring(self, app: WarRoomApp, said: list[str], deployment: Deployment) -> None:
        if wanted(deployment, self._environment):
            app.bell()
        more = f" and {len(said) - 1} more" if len(said) > 1 else ""
        desktop = self._environment.get("WARROOM_DESKTOP", deployment.console.desktop)
        sequence = notification(desktop, deployment.agent.name, f"{said[0]}{more}")
        if sequence:
            app.to_terminal(through_tmux(sequence, self._environment))


def wanted(deployment: Deployment, environment: Mapping[str, str] | None = None) -> bool:
    """Whether the terminal's bell is wanted: by this machine, else by `warroom.toml`."""
    given = os.environ if environment is None else environment
    return given.get("WARROOM_BELL", "on" if deployment.console.bell else "off") != "off"


def worth_it(state: State, who: str, now: float) -> dict[str, str]:
    """What is worth a bell for `who`, by a name that it keeps, in words."""
    found = {
        f"trigger {name} {held.since}": f"TRIGGER {name}" for name, held in state.triggers.items()
    }
    for alert in state.firing:
        if alert.acknowledged_at is None and silence_of(state, alert.rule, now) is None:
            found[f"alert {alert.id}"] = f"FIRING {rule_words(alert.rule)}"
    newest = 0.0
    for one in state.escalations.values():
        if who in one.to and one.acknowledged_at is None and one.resolved_at is None:
            newest = max(newest, one.raised_at, one.assigned_at or 0.0)
    if newest:
        found[f"escalations {newest}"] = "an escalation waits for you"
    return found


def notification(kind: str, title: str, text: str) -> str:
    """The sequence that has the terminal show a notification; empty for `off` and unknown kinds."""
    head, body = _plain(title, 60), _plain(text, MOST_TEXT)
    if kind == "osc9":
        return f"\x1b]9;{head}: {body}\x07"
    if kind == "osc777":
        return f"\x1b]777;notify;{head};{body}\x07"
    return ""


def _plain(text: str, most: int) -> str:
    """Without what ends a sequence, and without `;`, which parts its fields."""
    return clean(text, most).replace(";", ",")


def through_tmux(sequence: str, environment: Mapping[str, str]) -> str:
    """As tmux passes it on to the terminal outside, if it may: `set -g allow-passthrough on`."""
    if not environment.get("TMUX"):
        return sequence
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
