"""Every key that works on the screen below, from the bindings themselves."""

from collections.abc import Iterable
from typing import ClassVar

from textual import getters
from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from console.screens.bound import moves
from console.screens.dialogs import Dialog
from widgets.filterline import Filtering, FilterLine, lets
from widgets.keybar import KeyBar
from widgets.scrolling import Scroll
from widgets.words import Words

KEYS = 12
# What the toolkit binds, in our words; what is not here is of no use to anybody.
TOOLKITS = {
    "app.focus_next": "Next part of the screen",
    "app.focus_previous": "Part of the screen before",
    "screen.copy_text": "Copy what is marked with the mouse",
}
MARGIN = 1
HERE, EVERYWHERE, MOVING = "here", "everywhere", "moving"


class Help(Dialog[None], Filtering):
    """The keys, those of the screen first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="help.leave"),
        Binding("question_mark", "dismiss(None)", "Back", show=False, id="help.back"),
        Binding("slash", "filter", "Filter", id="help.filter", key_display="/",
                tooltip="show only keys that hold a text; !text: that do not"),
    ]  # fmt: skip

    keys = getters.query_one("#keys", Words)

    def __init__(self, bindings: Iterable[ActiveBinding], about: str = "") -> None:
        """`bindings` are the screen's active ones, `about` says what the screen is for."""
        super().__init__()
        self._active = list(bindings)
        self._about = about

    def compose(self) -> ComposeResult:
        """The groups, one line a key, and the filter."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "keys"
            with Scroll(id="groups"):
                yield Words(id="keys")
            yield FilterLine("#groups")
        yield KeyBar()

    def on_mount(self) -> None:
        """The arrows scroll."""
        self.query_one("#groups").focus()

    def on_resize(self) -> None:
        """Lay the lines out for the new width."""
        self.call_after_refresh(self._fill, self.line.value)

    def _fill(self, text: str) -> None:
        groups = [Content(self._about)] if self._about and not text else []
        for name, lines in self._groups().items():
            if found := [line for line in lines if lets(text, line.plain)]:
                groups.append(Content("\n").join([Content.styled(name, "$text-muted"), *found]))
        self.keys.say(Content("\n\n").join(groups) or Content("nothing matches"))

    def _groups(self) -> dict[str, list[Content]]:
        """The lines of each group. Ours first: what has no id is one of the toolkit's own."""
        room = self.query_one("#groups", Scroll).scrollable_content_region.width - MARGIN
        width = max(20, room - KEYS - 2)
        keys: dict[tuple[str, str, str], list[str]] = {}
        for active in sorted(self._active, key=lambda one: not one.binding.id):
            binding = active.binding
            what = binding.description if binding.id else TOOLKITS.get(binding.action, "")
            if what and not binding.system and not binding.key.startswith("super+"):
                group = EVERYWHERE if isinstance(active.node, App) else HERE
                said = (MOVING if moves(binding) else group, what, binding.tooltip)
                keys.setdefault(said, []).append(self.app.get_key_display(binding))
        groups: dict[str, list[Content]] = {HERE: [], EVERYWHERE: [], MOVING: []}
        for (group, what, more), shown in keys.items():
            name = f"{' '.join(dict.fromkeys(shown)):>{KEYS}}  "
            said_of = Content(what) + Content.styled(f"  {more}" if more else "", "$text-muted")
            first, *rest = said_of.wrap(width)
            lines = [Content.styled(name, "bold $text-primary") + first]
            lines += [Content(" " * len(name)) + line for line in rest]
            groups[group].append(Content("\n").join(lines))
        return groups

    def action_back(self) -> None:
        """Leave the filter; without one, the help."""
        if not self.left_filter():
            self.dismiss()

    def filter_by(self, text: str) -> None:
        """See `Filtering.filter_by`."""
        self._fill(text)
