"""What the bindings of a screen or widget are: the one place where a key is described."""

from textual.binding import Binding
from textual.dom import DOMNode

# What moves a cursor, scrolls or goes back is no deed.
MOVING = {"back", "bar", "clear", "cursor_down", "cursor_up", "edge", "end", "first"}
MOVING |= {"go", "hour", "jump", "last", "move", "page", "page_down", "page_up", "pane"}
MOVING |= {"range", "read", "refuse", "scroll", "scroll_down", "scroll_end", "scroll_home"}
MOVING |= {"scroll_up", "scrub", "speed", "step", "stop", "focus_next", "focus_previous"}


def moves(binding: Binding) -> bool:
    """Whether a binding only moves: what is seen changes, and nothing else."""
    name = binding.action.partition("(")[0].rpartition(".")[2]
    return name in MOVING or binding.action == "dismiss(None)"


def held(node: DOMNode | type[DOMNode]) -> list[Binding]:
    """The bindings of a widget, or of a class, that have an id: each once, with all its keys."""
    bindings = node._merged_bindings if isinstance(node, type) else node._bindings
    found: dict[str, Binding] = {}
    for key, ones in bindings.key_to_bindings.items() if bindings is not None else ():
        for one in ones:
            if one.id:
                keys = [found[one.id].key] if one.id in found else []
                found[one.id] = one.with_key(",".join([*keys, key]), one.key_display)
    return list(found.values())
