"""Every deed by name, for the palette and the `:` line: made from the bindings, which say its key,
its name and what it does. Only what has no key of its own is described here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import Screen, SystemModalScreen

from console.screens.assess import AssessDialog
from console.screens.base import SCREENS
from console.screens.bound import held, moves
from console.screens.gate import GateDialog
from console.screens.reports import ReportsScreen
from console.screens.traffic import TrafficDialog
from console.screens.troubleshooting import TroubleshootingDialog
from console.screens.warning import WarningDialog

if TYPE_CHECKING:
    from console.app import WarRoomApp


# What is done at once, on what is under the cursor: from elsewhere nobody has seen that.
UNSEEN = {"alert.acknowledge", "alerts.acknowledge", "escalations.acknowledge", "escalations.hand",
          "escalations.mark", "review.right", "review.wrong", "traffic.set", "traffic.back",
          "traffic.though"}  # fmt: skip


class Over(NamedTuple):
    """A dialog with deeds of its own: what they are named after, and the binding that opens it,
    with the screen that has it (empty: any)."""

    dialog: type[Screen[Any]]
    name: str
    opener: str
    mode: str = ""


OVER = (
    Over(GateDialog, "gate", "gate.decide"),
    Over(WarningDialog, "warning", "warning.show"),
    Over(ReportsScreen, "reports", "reports.show"),
    Over(TroubleshootingDialog, "table", "troubleshooting.show"),
    Over(TrafficDialog, "traffic", "rollout.traffic", "rollout"),
    Over(AssessDialog, "assessment", "window.assess", "window"),
)


class Deed(NamedTuple):
    """What may be done: its binding's id or a name of its own, the screen or dialog it belongs to
    (empty: any), its name, what it does, its keys as pressed from anywhere, and the doing."""

    id: str
    screen: str
    name: str
    says: str
    keys: str
    run: Callable[[], object]

    @property
    def title(self) -> str:
        """Its name, with the screen's before it."""
        return f"{self.screen.capitalize()}: {self.name}" if self.screen else self.name


def where(app: WarRoomApp) -> str:
    """What the deeds at hand are named after: the dialog on top, else the mode."""
    top = next(one for one in reversed(app.screen_stack) if not isinstance(one, SystemModalScreen))
    return next((one.name for one in OVER if isinstance(top, one.dialog)), app.current_mode)


def catalogue(app: WarRoomApp) -> list[Deed]:
    """What can be done: where one is first, then anywhere, then in dialogs and on other screens."""
    here, modes = where(app), {mode.id: mode for mode in SCREENS}
    deeds = [*_anywhere(app)]
    for over in OVER:
        deeds += _in_dialog(app, over, modes[over.mode].key if over.mode else "")
    for name, mode in modes.items():
        deeds += _on_screen(app, name, mode.key)
    near = (here, "", app.current_mode)
    return sorted(deeds, key=lambda one: near.index(one.screen) if one.screen in near else 3)


def _anywhere(app: WarRoomApp) -> Iterator[Deed]:
    for one in held(app):
        if not moves(one) and not one.system:
            says = one.tooltip or f"go to {one.description.lower()}"
            act = partial(app.call_later, app.run_action, one.action)
            yield Deed(one.id or "", "", one.description, says, shown_key(app, one), act)
    for name, title, says, run in (
        ("config.accept", "Accept config", "go on with a changed warroom.toml",
         app.action_accept_config),
        ("config.reload", "Reload", "read warroom.toml again", app.action_reload),
        ("rollback.show", "Rollback's run", "show the last rollback", app.show_rollback),
        ("suspension.show", "Suspension's run", "show the last suspension", app.show_suspension),
        ("app.theme", "Theme", "change the colours", app.action_change_theme),
    ):  # fmt: skip
        yield Deed(name, "", title, says, "", run)


def _in_dialog(app: WarRoomApp, over: Over, key: str) -> Iterator[Deed]:
    """What a dialog asks for."""
    opens = held(kind_of(app, over.mode) if over.mode else app)
    to = next(shown_key(app, one) for one in opens if one.id == over.opener)
    here = where(app) == over.name
    for one in held(over.dialog):
        shared = one.action.startswith("app.") or one.id == "reports.help"
        if not moves(one) and not shared and not one.action.startswith("admit"):
            says = one.tooltip or f"{one.description.lower()}, with a reason"
            pressed = shown_key(app, one)
            before = "" if here else f"{to} " if app.current_mode == over.mode else f"{key} {to} "
            run = partial(_through, app, over, one.id or "")
            yield Deed(
                one.id or "", over.name, one.description, says, f"{before}{pressed}".strip(), run
            )


def _through(app: WarRoomApp, over: Over, name: str) -> None:
    """Do what a dialog's binding `name` does, in the dialog; open it first, if it is not."""

    def act() -> None:
        if isinstance(app.screen, over.dialog):
            one = _bound(app.screen, name)
            if name in UNSEEN:
                app.say(f"{shown_key(app, one)} does it, as it is shown here")
            else:
                _do(app, one)

    if isinstance(app.screen, over.dialog):
        _do(app, _bound(app.screen, name))
    elif over.mode:
        do_there(app, over.mode, over.opener, act)
    else:
        opener = next(one for one in held(app) if one.id == over.opener)
        app.call_later(_run, app, opener.action, None, act)


def _on_screen(app: WarRoomApp, mode: str, key: str) -> Iterator[Deed]:
    kind = kind_of(app, mode)
    here = app.current_mode == mode
    for one in held(kind):
        if not moves(one):
            pressed = shown_key(app, one)
            keys = pressed if here else f"{key} {pressed}"
            run = partial(do_there, app, mode, one.id or "")
            says = one.tooltip or one.description.lower()
            yield Deed(one.id or "", mode, one.description, says, keys, run)


def kind_of(app: WarRoomApp, mode: str) -> type[Screen[Any]]:
    """The class of a mode's screen."""
    return cast("type[Screen[Any]]", app.MODES[mode])


def do_there(app: WarRoomApp, mode: str, name: str, then: Callable[[], None] | None = None) -> None:
    """Go to a screen and do what its binding `name` does there, unless nobody has seen to what;
    `then` go on, once that is shown."""

    def act() -> None:
        screen: Screen[Any] = app.screen
        if isinstance(screen, kind_of(app, mode)):
            one = _bound(screen, name)
            if elsewhere and name in UNSEEN:
                app.say(f"{shown_key(app, one)} does it, to what is under the cursor here")
            else:
                _do(app, one, then)
        else:
            app.say("leave first what lies over the screen: Esc")

    elsewhere = app.current_mode != mode
    app.switch_mode(mode)
    app.call_after_refresh(act)


def _bound(screen: Screen[Any], name: str) -> Binding:
    """A binding of a screen as it is now: a replay binds its deeds to their refusal."""
    return next(one for one in held(screen) if one.id == name)


def _do(app: WarRoomApp, one: Binding, then: Callable[[], None] | None = None) -> None:
    app.call_later(_run, app, one.action, app.screen, then)


async def _run(
    app: WarRoomApp, action: str, on: Screen[Any] | None, then: Callable[[], None] | None
) -> None:
    await app.run_action(action, on)
    if then is not None:
        app.call_after_refresh(then)


def shown_key(app: WarRoomApp, one: Binding) -> str:
    """A binding's first key as it is shown, under the key map."""
    mapped = app.keys_of(one)
    first = mapped.partition(",")[0]
    display = one.key_display if mapped == one.key else None
    return app.get_key_display(one.with_key(first, display))


def palette(app: WarRoomApp, only: frozenset[str] | None = None) -> Iterator[SystemCommand]:
    """What the palette offers: name, what it does with its keys, and the deed.

    `only` are the ids that are offered; all screens are.
    """
    for deed in catalogue(app):
        if only is not None and deed.id not in only and not deed.id.startswith("mode."):
            continue
        says = f"{deed.says[:1].upper()}{deed.says[1:]}"
        keys = f" ({deed.keys})" if deed.keys else ""
        yield SystemCommand(deed.title, f"{says}{keys}", deed.run)
