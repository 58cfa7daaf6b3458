"""The deeds of an early warning from the keyboard: the leads' review, and how it ends (6.3)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from console.domain.commands_warning import ReviewWarning, SettleWarning
from console.domain.state_window import Warned
from console.screens.dialogs import Choose
from console.screens.warning import Deed, WarningDialog
from console.screens.warning_views import fix_until

if TYPE_CHECKING:
    from console.app import WarRoomApp

Decision = Literal["fixed", "maintain", "rollback"]
DECISIONS: dict[Decision, tuple[str, str]] = {
    "fixed": ("the fix is applied", "What was changed?"),
    "maintain": (
        "maintain, with increased monitoring: the rollback owner decides",
        "Why, and what is watched more closely?",
    ),
    "rollback": (
        "roll back: the rollback owner decides, F9 carries it out",
        "Why? Enter records the decision; F9 carries it out.",
    ),
}


def warnings(app: WarRoomApp, metric: str = "") -> None:
    """Show the early warnings, that of `metric` first, and take what is said of one."""

    def left(deed: Deed | None) -> None:
        warning = app.room.state.warnings.get(deed.warning) if deed is not None else None
        if deed is not None and warning is not None:
            (_review if deed.kind == "review" else _settle)(app, warning)

    app.push_screen(WarningDialog(app.room, metric), left)


def _review(app: WarRoomApp, warning: Warned) -> None:
    options = [
        ("fix", f"a cause, and a fix that will be applied by {fix_until(warning)}"),
        ("none", "no fix by then: the rollback owner decides"),
    ]

    def chosen(found: str | None) -> None:
        if found is not None:
            prompt = "The specific root cause, as both leads see it. Enter records the review."
            review = partial(ReviewWarning, warning.id, fix=found == "fix")
            app.ask("Review of the early warning", prompt, lambda cause: review(cause=cause))

    app.push_screen(Choose("What did the leads' review find?", options), chosen)


def _settle(app: WarRoomApp, warning: Warned) -> None:
    options = [(decision, told) for decision, (told, _) in DECISIONS.items()]

    def chosen(found: str | None) -> None:
        for decision, (told, prompt) in DECISIONS.items():
            if decision == found:
                settle = partial(SettleWarning, warning.id, decision)
                app.ask(f"Early warning: {told}", prompt, settle)

    app.push_screen(Choose("How does the early warning end?", options), chosen)
