"""The deeds of the rollout from the keyboard: gate, brief, baseline (Guide 4)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from console.clean import clean
from console.domain.brief import brief_text
from console.domain.commands import AcknowledgeContested, DecideGate, GiveBrief, JudgeSatisfaction
from console.domain.concurrent import contested_words, unsettled
from console.domain.gates import next_of
from console.screens import window_deeds
from console.screens.contested_views import contested_content
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


def gate(app: WarRoomApp, text: str = "", refused: str = "") -> None:
    """Show the gate, and carry out what is decided there; what was typed is not lost."""

    def decided(answer: DecideGate | str | None) -> None:
        if isinstance(answer, DecideGate):
            app.carry_out(answer, partial(gate, app, answer.why))
        elif answer == "brief":
            brief(app)
        elif answer == "baseline":
            baseline(app)
        elif answer == "satisfaction":
            satisfaction(app)
        elif answer == "rollback":
            app.action_arm()
        elif answer == "assess":
            window_deeds.assess(app)

    app.push_screen(GateDialog(app.room, text, refused), decided)


def brief(app: WarRoomApp) -> None:
    """Record the brief before a transition (Guide 4.1)."""
    attempt = app.room.state.attempt
    to = next_of(attempt, app.room.deployment.traffic.shares)
    text = clean(brief_text(app.room.deployment, to), 2000, lines=True)
    told = f"{text}\n\nHow were they told? (mail, call, meeting) Enter records the brief."
    title = f"Brief of the BU Operations Lead on {to.label}"
    app.ask(title, told, lambda how: GiveBrief(how=how, attempt=attempt.id))


def acknowledge(app: WarRoomApp) -> None:
    """See to a decision that was overruled by one that its author did not know of."""
    waiting = unsettled(app.room.state)

    def ask(name: str | None) -> None:
        one = next((one for one in waiting if one.id == name), None)
        if one is not None:
            said = contested_content(app.room.picture(), one.id).plain
            app.ask(
                "Contested decision",
                f"{said}\nWhat was agreed? Enter acknowledges it.",
                partial(AcknowledgeContested, one.id),
            )

    if not waiting:
        app.say("no contested decision waits to be acknowledged")
    elif len(waiting) == 1:
        ask(waiting[0].id)
    else:
        options = [(one.id, clean(contested_words(one), 200)) for one in waiting]
        app.push_screen(Choose("Which contested decision?", options), ask)


def baseline(app: WarRoomApp) -> None:
    """Document what the existing process achieves."""
    asked = f"{BASELINE[0].upper()}{BASELINE[1:]}\nna where a number does not apply."
    app.ask("Baseline", asked, baseline_from)


def satisfaction(app: WarRoomApp) -> None:
    """Record how the users take it: the BU Operations Lead's word, or a lead's record of it."""
    options = [(verdict, verdict) for verdict in VERDICTS]
    attempt = app.room.state.attempt.id

    def chosen(verdict: str | None) -> None:
        if verdict is not None:
            why = "Why? What was asked, of whom?"
            app.ask("How the users take it", why, partial(_judged, app, attempt, VERDICTS[verdict]))

    app.push_screen(Choose("How do the users take it?", options), chosen)


def _judged(app: WarRoomApp, attempt: str, verdict: Verdict, why: str) -> JudgeSatisfaction:
    behalf = ""
    if "bu-operations-lead" not in app.room.actor.roles:
        theirs = app.room.deployment.holders("bu-operations-lead")
        behalf = theirs[0].name if theirs else ""
    return JudgeSatisfaction(verdict, why, behalf, attempt)
