"""What is done with escalations from the keyboard: each asks for what it needs (Guide 5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.clean import clean
from console.domain.commands_escalation import (
    AcknowledgeEscalations,
    AssignEscalations,
    HandEscalations,
    ResolveEscalations,
)
from console.domain.events_escalation import FlagVerdict
from console.domain.state_escalation import Escalation
from console.screens.dialogs import Ask, Choose, in_columns

if TYPE_CHECKING:
    from console.app import WarRoomApp

_VERDICTS: dict[str, FlagVerdict] = {
    "true-positive": "true-positive",
    "false-positive": "false-positive",
}


def _ids(chosen: Sequence[Escalation]) -> tuple[str, ...]:
    """Those that were seen: what came in since is not resolved unread."""
    return tuple(one.id for one in chosen)


def _named(chosen: Sequence[Escalation]) -> str:
    return clean(chosen[0].id, 60) if len(chosen) == 1 else f"{len(chosen):,} escalations"


def show(app: WarRoomApp, group: str) -> None:
    """Go to the queue, to a group of it."""
    from console.screens.escalations import EscalationsScreen  # noqa: PLC0415  # it imports us

    def choose() -> None:
        if isinstance(app.screen, EscalationsScreen):
            app.screen.choose(group)

    app.switch_mode("escalations")
    app.call_after_refresh(choose)


def acknowledge(app: WarRoomApp, chosen: Sequence[Escalation]) -> None:
    """Take them in hand."""
    app.carry_out(AcknowledgeEscalations(_ids(chosen)))


def hand(app: WarRoomApp, chosen: Sequence[Escalation]) -> None:
    """Give each to its backup."""
    app.carry_out(HandEscalations(_ids(chosen)))


def reassign(app: WarRoomApp, chosen: Sequence[Escalation]) -> None:
    """Choose whose they are from now on."""
    able = [one for one in app.room.deployment.people if set(one.roles) - {"observer"}]
    texts = in_columns(
        [(clean(one.name, 40), clean(one.phone, 30), ", ".join(one.roles)) for one in able]
    )
    people = list(zip((one.name for one in able), texts, strict=True))

    def given(to: str | None) -> None:
        if to is not None:
            app.carry_out(AssignEscalations(to, _ids(chosen)))

    app.push_screen(Choose(f"Who takes {_named(chosen)}?", people), given)


def resolve(app: WarRoomApp, chosen: Sequence[Escalation]) -> None:
    """Ask what became of them, and what the guide wants to know of their row."""
    rows = {one.row for one in chosen}
    title = f"Resolve {_named(chosen)}"

    def judged(verdict: FlagVerdict, said: str = "", pattern: str = "", why: str = "") -> None:
        last = "escalate" not in rows
        prompt = f"What was done? Enter {'resolves' if last else 'goes on'}."

        def answered(text: str | None) -> None:
            if text is not None:
                outcome = clean(text, 2000)
                carry_out(verdict, outcome, "") if last else asked(verdict, outcome, pattern)

        app.push_screen(Ask(title, prompt, said, why), answered)

    def asked(verdict: FlagVerdict, outcome: str, pattern: str, why: str = "") -> None:
        prompt = (
            "The pattern of the input, in your own words, for the prompt's review? Enter resolves."
        )

        def answered(text: str | None) -> None:
            if text is None:
                judged(verdict, outcome, pattern)  # what was done is not to be typed again
            else:
                carry_out(verdict, outcome, clean(text, 2000))

        app.push_screen(Ask(title, prompt, pattern, why), answered)

    def carry_out(verdict: FlagVerdict, outcome: str, pattern: str) -> None:
        command = ResolveEscalations(outcome, pattern, verdict, _ids(chosen))
        again = asked if "escalate" in rows else judged
        app.carry_out(command, lambda why: again(verdict, outcome, pattern, why))

    if "safety-flag" not in rows:
        judged("")
        return

    def chose(verdict: str | None) -> None:
        if verdict is not None:
            judged(_VERDICTS[verdict])

    options = [
        ("true-positive", "true positive: rightly flagged, tighten the prompt"),
        ("false-positive", "false positive: wrongly flagged, adjust the filter"),
    ]
    app.push_screen(Choose("Was the flag right?", options), chose)
