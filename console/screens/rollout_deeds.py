"""The deeds of the rollout from the keyboard: gate, brief, baseline (Guide 4)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from console.clean import clean
from console.domain.brief import brief_text
from console.domain.commands import DecideGate, GiveBrief, JudgeSatisfaction
from console.domain.gates import next_of
from console.screens.dialogs import Choose
from console.screens.gate import BASELINE, GateDialog, baseline_from

Verdict = Literal["positive", "neutral", "negative"]
VERDICTS: dict[str, Verdict] = {
    "positive": "positive",
    "neutral": "neutral",
    "negative": "negative",
}

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
        elif answer == "satisfaction":
            satisfaction(app)
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


def satisfaction(app: WarRoomApp) -> None:
    """Record how the users take it: the BU Operations Lead's word, or a lead's record of it."""
    options = [(verdict, verdict) for verdict in VERDICTS]

    def chosen(verdict: str | None) -> None:
        if verdict is not None:
            why = "Why? What was asked, of whom?"
            app.ask("How the users take it", why, partial(_judged, app, VERDICTS[verdict]))

    app.push_screen(Choose("How do the users take it?", options), chosen)


def _judged(app: WarRoomApp, verdict: Verdict, why: str) -> JudgeSatisfaction:
    behalf = ""
    if "bu-operations-lead" not in app.room.actor.roles:
        theirs = app.room.deployment.holders("bu-operations-lead")
        behalf = theirs[0].name if theirs else ""
    return JudgeSatisfaction(verdict, why, behalf)
