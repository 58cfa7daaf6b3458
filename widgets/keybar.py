"""The keys that work here, on one row. A click presses the key.

Textual's own footer makes a widget of each key anew at every change of screen or focus, which is
most of what such a change costs; this one draws a line.
"""

from dataclasses import replace
from typing import Protocol, runtime_checkable

from rich.cells import cell_len
from textual import events
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Input

from widgets.canvas import Block
from widgets.line import Line, Span, keep

GAPS = (2, 1)
HELP = "question_mark"


@runtime_checkable
class Counts(Protocol):
    """A screen whose keys may act on several things at once."""

    def count_of(self, action: str) -> int:
        """How many things an action would act on now; 1 where it is not about a number."""
        ...


class KeyBar(Block):
    """The shown bindings of the screen and of what has the focus; where a line is typed, also the
    way out of it.

    Where room is short those go that stand last, but never a key that works before all others, nor
    the one that leads to the rest.
    """

    DEFAULT_CSS = """
    KeyBar {
        dock: bottom;
        height: 1;
        padding: 0 1;
        background: $panel;

        & > .tone--accent { text-style: bold; }
    }
    """

    _keys: tuple[tuple[Binding, bool], ...] = ()

    def on_mount(self) -> None:
        """Follow the screen's bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._take)
        self._take(self.screen)

    def _take(self, screen: Screen[object]) -> None:
        if not self.is_attached or screen is not self.screen:
            return
        found: dict[str, tuple[Binding, bool]] = {}
        typing = isinstance(screen.focused, Input)
        for active in screen.active_bindings.values():
            if active.binding.show or (typing and active.binding.key == "escape"):
                counted = _counted(active.binding, screen)
                found.setdefault(active.binding.action, (counted, active.enabled))
        if tuple(found.values()) != self._keys:
            self._keys = tuple(found.values())
            self.changed()

    def lines(self, width: int) -> list[Line]:
        """See `Block.lines`."""
        spans: list[Span] = []
        gap, shown = self._fitting(width)
        for binding, enabled in shown:
            if spans:
                spans.append(Span(" " * gap))
            spans.append(Span(self.app.get_key_display(binding), "accent" if enabled else "muted"))
            spans.append(Span(f" {binding.description}", "" if enabled else "muted"))
        return [tuple(spans)]

    def _fitting(self, width: int) -> tuple[int, list[tuple[Binding, bool]]]:
        """The gap between keys and the bindings that there is room for."""
        widths = [self._width(binding) for binding, _ in self._keys]
        gap = next((g for g in GAPS if sum(widths) + g * (len(widths) - 1) <= width), GAPS[-1])
        ranks = [
            0 if binding.priority or binding.key == HELP else place
            for place, (binding, _) in enumerate(self._keys, 1)
        ]
        stays = keep(list(zip(ranks, widths, strict=True)), width, gap)
        return gap, [one for one, stay in zip(self._keys, stays, strict=True) if stay]

    def _width(self, binding: Binding) -> int:
        return cell_len(self.app.get_key_display(binding)) + 1 + cell_len(binding.description)

    async def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        gap, shown = self._fitting(self.room)
        left = self.styles.padding.left
        for binding, enabled in shown:
            width = self._width(binding)
            if left <= event.x < left + width:
                if enabled and _by_key_alone(binding, self.screen):
                    key = self.app.get_key_display(binding)
                    told = f"no click does this: press {key}"
                    self.app.notify(told, timeout=3, markup=False)
                elif enabled:
                    self.app.simulate_key(binding.key)
                return
            left += width + gap


def _by_key_alone(binding: Binding, screen: Screen[object]) -> bool:
    """Whether a screen wants a binding's key pressed, for what it does is not done by a slip."""
    name = binding.action.partition("(")[0]
    return name in getattr(screen, "KEYS_ONLY", ())


def _counted(binding: Binding, screen: Screen[object]) -> Binding:
    """The binding with how many things it would act on, where those are several."""
    count = screen.count_of(binding.action) if isinstance(screen, Counts) else 1
    if count < 2:
        return binding
    return replace(binding, description=f"{binding.description} ({count:,})")
