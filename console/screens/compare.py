"""Compare: versions and variants side by side, from the calls that are held.

In a canary the candidate stands against the live control above, over the whole attempt.
"""

from collections import Counter

from textual import getters
from textual.app import ComposeResult

from console.domain.call import Call
from console.room import Picture
from console.screens import metric_parts as parts
from console.screens.calls import UnderScreen
from console.screens.comparison_views import comparison_views
from widgets.compare import CompareTable
from widgets.versus import Versus


class CompareScreen(UnderScreen):
    """The versions and variants among the latest calls of `minutes`."""

    CSS_PATH = "compare.tcss"

    versus = getters.query_one(Versus)
    table = getters.query_one(CompareTable)

    def __init__(self, minutes: range, said: str) -> None:
        """Compare the calls of `minutes`, which are called `said`."""
        super().__init__()
        self._said = said
        self._minutes = minutes

    def body(self) -> ComposeResult:
        """What is said of the whole attempt, and the table."""
        yield Versus(id="versus")
        yield CompareTable(id="compare")

    def on_mount(self) -> None:
        """The arrows scroll."""
        super().on_mount()
        self.table.focus()

    def show(self, picture: Picture) -> None:
        """See `RoomScreen.show`."""
        self.versus.show(comparison_views(picture))
        calls: list[Call] = [call for eye in self.room.eyes.each.values() for call in eye.recent]
        traffic = self.room.looker.series("traffic")
        on_record: Counter[str] = parts.kinds_of(traffic, "versions", self._minutes)
        currency = self.room.deployment.nfr.currency
        controls = parts.controls_of(traffic, self._minutes)
        self.table.show(
            parts.compare_view(calls, self._minutes, on_record, self._said, currency, controls)
        )
