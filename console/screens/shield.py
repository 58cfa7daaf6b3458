"""An app in which nothing covers the armed guard, and nothing moves F9."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from textual.await_complete import AwaitComplete
from textual.binding import Keymap
from textual.screen import Screen

from console.screens.dress import Dressed
from console.screens.guard import Guard
from console.screens.rollback import RunScreen

F9 = "f9"
ARM = "rollback.arm"
# With Ctrl these are Backspace, Tab, Enter and Enter in most terminals; with [ it is Escape.
ALIASES = {"ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m", "ctrl+left_square_bracket"}


class Shield(Dressed):
    """The ground of the console's app."""

    def __init__(self) -> None:
        """Nothing waits."""
        super().__init__()
        self._waiting: list[partial[Any]] = []

    @property
    def guarded(self) -> bool:
        """Whether an armed guard is on the screen."""
        screens = self.screen_stack
        return bool(screens) and isinstance(screens[-1], Guard)

    def push_screen(self, screen: Screen[Any] | str, *args: Any, **more: Any) -> Any:
        """As the toolkit's. What comes too late, after F9, waits until nothing is armed or runs.

        A key before F9 may open a dialog only after it, and what was refused is asked for again.
        """
        if self.guarded and not isinstance(screen, Guard | RunScreen):
            self._waiting.append(partial(self.push_screen, screen, *args, **more))
            return AwaitComplete()
        return super().push_screen(screen, *args, **more)

    def switch_mode(self, mode: str) -> Any:
        """As the toolkit's, but not away from the guard."""
        return AwaitComplete() if self.guarded else super().switch_mode(mode)

    def push_waiting(self) -> None:
        """Show what had to wait for the guard, unless a rollback runs on the screen."""
        screens = self.screen_stack
        if screens and not isinstance(screens[-1], Guard | RunScreen):
            waiting, self._waiting = self._waiting, []
            for push in waiting:
                push()

    def action_command_palette(self) -> None:
        """The palette, but never over the armed guard."""
        if not self.guarded:
            super().action_command_palette()

    def pop_screen(self) -> AwaitComplete:
        """Take the uppermost screen away, never the last: a key too many must not end the app."""
        if len(self.screen_stack) <= 1:
            return AwaitComplete()
        popped = super().pop_screen()
        if self._waiting:
            self.call_later(self.push_waiting)
        return popped

    def set_keymap(self, keymap: Keymap) -> None:
        """No key map takes F9 away, or puts it elsewhere."""
        super().set_keymap(safe_keys(keymap))

    def update_keymap(self, keymap: Keymap) -> None:
        """See `set_keymap`."""
        super().update_keymap(safe_keys(keymap))


def safe_keys(keymap: Mapping[str, str]) -> dict[str, str]:
    """A key map that leaves F9 what it is: a key may be added to it, but none taken.

    What is added works before all others, and so may be none that somebody types or leaves with.
    """
    safe: dict[str, str] = {}
    for name, keys in keymap.items():
        each = [key.strip() for key in keys.split(",")]
        if name == ARM:
            safe[name] = ",".join([F9, *(key for key in each if key != F9 and apart(key))])
        elif others := [key for key in each if key.casefold() != F9]:
            safe[name] = ",".join(others)
    return safe


def apart(key: str) -> bool:
    """Whether a key is one that no text and no dialog needs."""
    function = key.startswith("f") and key[1:].isdigit()
    return function or (key.startswith("ctrl+") and key not in ALIASES)
