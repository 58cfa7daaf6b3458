"""Every deed by name, for the palette and the `:` line: made from the bindings, which say its key,
its name and what it does. Only what has no key of its own is described here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from console.screens.base import SCREENS
from console.screens.bound import held, moves
from console.screens.gate import GateDialog

if TYPE_CHECKING:
    from console.app import WarRoomApp


# What is done at once, on what is under the cursor: from elsewhere nobody has seen that.
UNSEEN = {"alert.acknowledge", "alerts.acknowledge", "escalations.acknowledge", "escalations.hand",
          "escalations.mark", "review.right", "review.wrong"}  # fmt: skip


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


def catalogue(app: WarRoomApp) -> list[Deed]:
    """What can be done: on this screen first, then anywhere, then on the other screens."""
    modes = {mode.id: mode for mode in SCREENS}
    own = sorted(modes, key=lambda name: name != app.current_mode)
    deeds = [one for name in own[:1] for one in _on_screen(app, name, modes[name].key)]
    deeds += _anywhere(app)
    deeds += [one for name in own[1:] for one in _on_screen(app, name, modes[name].key)]
    return deeds


def _anywhere(app: WarRoomApp) -> Iterator[Deed]:
    for one in held(app):
        if not moves(one) and not one.system:
            says = one.tooltip or f"go to {one.description.lower()}"
            act = partial(app.call_later, app.run_action, one.action)
            yield Deed(one.id or "", "", one.description, says, shown_key(app, one), act)
    yield from _at_gate(app)
    for name, title, says, run in (
        ("config.accept", "Accept config", "go on with a changed warroom.toml",
         app.action_accept_config),
        ("config.reload", "Reload", "read warroom.toml again", app.action_reload),
        ("rollback.show", "Rollback's run", "show the last rollback", app.show_rollback),
        ("suspension.show", "Suspension's run", "show the last suspension", app.show_suspension),
        ("app.theme", "Theme", "change the colours", app.action_change_theme),
    ):  # fmt: skip
        yield Deed(name, "", title, says, "", run)


def _at_gate(app: WarRoomApp) -> Iterator[Deed]:
    """What the gate's dialog asks for; each wants a reason, and Enter."""
    to_gate = next(shown_key(app, one) for one in held(app) if one.id == "gate.decide")
    for one in held(GateDialog):
        if not moves(one) and not one.action.startswith("app."):
            says = one.tooltip or f"{one.description.lower()}, with a reason"
            keys = f"{to_gate} {shown_key(app, one)}"
            run = partial(_through_gate, app, one.id or "")
            yield Deed(one.id or "", "gate", one.description, says, keys, run)


def _through_gate(app: WarRoomApp, name: str) -> None:
    def act() -> None:
        if isinstance(app.screen, GateDialog):
            _do(app, _bound(app.screen, name))

    app.action_gate()
    app.call_after_refresh(act)


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


def do_there(app: WarRoomApp, mode: str, name: str) -> None:
    """Go to a screen and do what its binding `name` does there, unless nobody has seen to what."""

    def act() -> None:
        screen: Screen[Any] = app.screen
        if isinstance(screen, kind_of(app, mode)):
            one = _bound(screen, name)
            if elsewhere and name in UNSEEN:
                app.say(f"{shown_key(app, one)} does it, to what is under the cursor here")
            else:
                _do(app, one)

    elsewhere = app.current_mode != mode
    app.switch_mode(mode)
    app.call_after_refresh(act)


def _bound(screen: Screen[Any], name: str) -> Binding:
    """A binding of a screen as it is now: a replay binds its deeds to their refusal."""
    return next(one for one in held(screen) if one.id == name)


def _do(app: WarRoomApp, one: Binding) -> None:
    app.call_later(app.run_action, one.action, app.screen)


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
