"""The deployments that lie side by side: where each stands as recorded, and Enter to go to one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content

from console.bounded import within
from console.room.several import Standing, standings
from console.room.several_words import names_of, phase_words, recorded_words, urgent_words
from console.screens.dialogs import BACK, Dialog
from widgets.deployments import DeploymentList, DeploymentView, State
from widgets.keybar import KeyBar
from widgets.line import dotted
from widgets.words import Words

REREAD_S = 10.0
HANGS_S = 60.0  # real
HANGS = "a disk does not answer: no more is read; Esc goes back"
NONE = "no other deployment lies here"


class DeploymentsDialog(Dialog[Path | None]):
    """Reads the journals while it is open, asks no feed, and gives the directory that is chosen."""

    CSS_PATH = "deployments.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [BACK]

    list_ = getters.query_one(DeploymentList)
    hint = getters.query_one("#hint", Words)

    def __init__(self, find: Callable[[], list[Path]], here: Path | None = None) -> None:
        """Show what `find` gives, off the event loop; `here` is what the console shows already."""
        super().__init__()
        self._find = find
        self._here = here
        self._known: dict[str, Standing] = {}

    def compose(self) -> ComposeResult:
        """The list and what Enter does."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "deployments, internal first"
            yield DeploymentList()
            yield Words("As the journals record it; no feed is asked. Enter opens one.", id="hint")
        yield KeyBar()

    def on_mount(self) -> None:
        """Read, and read again while it is open."""
        self.list_.focus()
        self._read()

    def _read(self) -> None:
        work = self._look()
        self.run_worker(work, name="standings", group="standings", exit_on_error=False)

    async def _look(self) -> None:
        try:
            found = await within(HANGS_S, lambda: standings(self._find()))
        except TimeoutError:
            self.hint.say(Content(HANGS))
            return
        if not self.is_attached:
            return
        self.set_timer(REREAD_S, self._read)
        self._known = {str(one.directory): one for one in found}
        self.list_.show(deployment_views(found, self._here))
        if not found:
            self.hint.say(Content(NONE))

    @on(DeploymentList.Chosen)
    def choose(self, message: DeploymentList.Chosen) -> None:
        """Give it, unless it cannot be read or is shown already."""
        one = self._known.get(message.id)
        if one is None or one.problem:
            self.hint.say(Content(f"It cannot be opened: {one.problem}" if one else NONE))
        elif _same(one.directory, self._here):
            self.dismiss(None)
        else:
            self.dismiss(one.directory)


def deployment_views(found: Sequence[Standing], here: Path | None) -> list[DeploymentView]:
    """What the list shows of each."""
    return [
        _view(one, name, _same(one.directory, here))
        for one, name in zip(found, names_of(found), strict=True)
    ]


def _view(one: Standing, name: str, here: bool) -> DeploymentView:
    place, folder = str(one.directory), one.directory.name
    if one.problem:
        why = f"cannot be read: {one.problem}"
        return DeploymentView(place, name, "", (), (why,), "unreadable", here)
    state: State = "quiet"
    if one.rollback or one.triggers:
        state = "danger"
    elif one.alerts or one.overdue or one.trouble:
        state = "asks"
    told = name == folder or name.endswith(f" in {folder}")
    about = dotted(one.context, "" if told else folder)
    stands = (one.status, phase_words(one), *recorded_words(one))
    return DeploymentView(place, name, about, stands, tuple(urgent_words(one)), state, here)


def _same(directory: Path, here: Path | None) -> bool:
    return here is not None and directory.resolve() == here.resolve()
