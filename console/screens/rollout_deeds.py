"""The deeds of the rollout from the keyboard: gate, brief, baseline (Guide 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.clean import clean
from console.domain.brief import brief_text
from console.domain.commands import DecideGate, GiveBrief
from console.domain.gates import next_of
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
        elif answer == "rollback":
            app.action_arm()

    app.push_screen(GateDialog(app.room), decided)


def brief(app: WarRoomApp) -> None:
    """Record the brief before a transition (Guide 4.1)."""
    to = next_of(app.room.state.attempt, app.room.deployment.traffic.shares)
    text = clean(brief_text(app.room.deployment, to), 2000, lines=True)
    told = f"{text}\n\nHow were they told? (mail, call, meeting) Enter records the brief."
    app.ask(f"Brief of the BU Operations Lead on {to.label}", told, lambda how: GiveBrief(how=how))


def baseline(app: WarRoomApp) -> None:
    """Document what the existing process achieves."""
    asked = f"{BASELINE[0].upper()}{BASELINE[1:]}\nna where a number does not apply."
    app.ask("Baseline", asked, baseline_from)
