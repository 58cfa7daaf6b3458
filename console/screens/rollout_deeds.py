"""The deeds of the rollout from the keyboard: gate, brief, baseline (Guide 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.domain.commands import DecideGate, GiveBrief
from console.screens.gate import BASELINE, GateDialog, baseline_from

if TYPE_CHECKING:
    from console.app import WarRoomApp


def gate(app: WarRoomApp) -> None:
    """Show the gate, and carry out what is decided there."""

    def decided(answer: DecideGate | str | None) -> None:
        if isinstance(answer, DecideGate):
            app.carry_out(answer)
        elif answer == "brief":
            brief(app)
        elif answer == "baseline":
            baseline(app)

    app.push_screen(GateDialog(app.room), decided)


def brief(app: WarRoomApp) -> None:
    """Record the brief before a transition (Guide 4.1)."""
    told = "What were they told? The next phase, what users will see, whom to call, the way back."
    app.ask("Brief of the BU Operations Lead", told, GiveBrief)


def baseline(app: WarRoomApp) -> None:
    """Document what the existing process achieves."""
    asked = f"{BASELINE[0].upper()}{BASELINE[1:]}\nna where a number does not apply."
    app.ask("Baseline", asked, baseline_from)
