"""The palette: every screen and deed by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand

from console.screens import rollout_deeds, window_deeds
from console.screens.traffic import traffic

if TYPE_CHECKING:
    from console.app import WarRoomApp


def palette(app: WarRoomApp) -> Iterator[SystemCommand]:
    """What the palette offers: name, what it does with its key, and the deed."""
    for mode in app.MODES:
        yield SystemCommand(mode.capitalize(), f"Go to {mode}", partial(app.action_mode, mode))
    yield SystemCommand("Roll back", "Arm the rollback (F9)", app.action_arm)
    yield SystemCommand("Suspend", "Arm the suspension of a tool or the agent (X)",
                        app.action_suspend)  # fmt: skip
    yield SystemCommand("Gate", "Decide the gate (g)", app.action_gate)
    yield SystemCommand("Contested", "See to a decision that was overruled (3, a)",
                        partial(rollout_deeds.acknowledge, app))  # fmt: skip
    yield SystemCommand("Brief", "Record the BU lead's brief (g, b)", app.action_brief)
    yield SystemCommand("Baseline", "Document the baseline (g, l)", app.action_baseline)
    yield SystemCommand("Traffic", "What the switch reads; set it (3, t)", partial(traffic, app))
    yield SystemCommand("Note", "Write a note (n)", app.action_note)
    yield SystemCommand("Check in", "Say that you have looked (c)", app.action_check_in)
    yield SystemCommand("Early warnings", "What drifts towards its limit (W)",
                        app.action_warnings)  # fmt: skip
    yield SystemCommand("Owed", "All that is owed, and by whom (D)", app.action_duties)
    yield SystemCommand("Troubleshooting", "The troubleshooting table (T)", app.action_troubleshoot)
    yield SystemCommand("Reports", "The Go-Live Report and other documents (R)",
                        app.action_reports)  # fmt: skip
    yield SystemCommand("Watch", "Hand the watch over, or take it (8, h)",
                        partial(window_deeds.watch, app))  # fmt: skip
    yield SystemCommand("Assess", "Say what the window amounts to (8, A)",
                        partial(window_deeds.assess, app))  # fmt: skip
    yield SystemCommand("Limitation", "Note a known limitation (8, l)",
                        partial(window_deeds.limitation, app))  # fmt: skip
    yield SystemCommand("Duty", "Say that something owed is done (8, d)",
                        partial(window_deeds.duty, app))  # fmt: skip
    yield SystemCommand("Big", "The picture for a war room's wall (b)", app.action_big)
    yield SystemCommand("Feeds", "How fresh each feed is, and why (f)", app.action_feeds)
    yield SystemCommand("Room", "Who is here, and the other machines (H)", app.action_room)
    yield SystemCommand("Who", "Say who is at the keys (i)", app.action_identity)
    yield SystemCommand("Walk", "Walk the checklist item by item (w)", app.action_walk)
    yield SystemCommand(
        "Accept config", "Go on with a changed warroom.toml", app.action_accept_config
    )
    yield SystemCommand("Reload", "Read warroom.toml again", app.action_reload)
    yield SystemCommand("Rollback's run", "Show the last rollback", app.show_rollback)
    yield SystemCommand("Suspension's run", "Show the last suspension", app.show_suspension)
    yield SystemCommand("Theme", "Change the colours", app.action_change_theme)
    yield SystemCommand("Help", "Show the keys that work here (?)", app.action_help)
    yield SystemCommand("Quit", "Leave the console (q)", app.action_leave)
