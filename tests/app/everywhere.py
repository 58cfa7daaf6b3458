"""Every screen and dialog that the console has, and how to get there; found, not listed."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.screen import Screen

import console.screens
from console.app import WarRoomApp
from console.domain.call import Call
from console.domain.state_incident import Incident
from console.screens.alerts import AlertsScreen
from console.screens.assess import AssessDialog
from console.screens.base import SCREENS
from console.screens.big import BigScreen
from console.screens.calls import CallScreen, CallsScreen
from console.screens.checkin import CheckInDialog
from console.screens.checklist import ChecklistScreen
from console.screens.command_line import CommandLine
from console.screens.compare import CompareScreen
from console.screens.deployments import DeploymentsDialog
from console.screens.dialogs import Ask, Choose
from console.screens.duties import DutiesDialog
from console.screens.entry import EntryDialog
from console.screens.escalations import EscalationsScreen, GroupScreen
from console.screens.feeds import FeedsDialog
from console.screens.gate import GateDialog
from console.screens.guard import RollbackGuard, SuspensionGuard
from console.screens.help import Help
from console.screens.incidents import IncidentsScreen
from console.screens.journal import JournalScreen
from console.screens.jump import JumpScreen
from console.screens.metrics import MetricsScreen
from console.screens.overview import OverviewScreen
from console.screens.postmortem import PostMortemDialog
from console.screens.probe import ProbeDialog
from console.screens.replay import NotLive
from console.screens.reports import ReportsScreen
from console.screens.review import ReviewScreen
from console.screens.rollback import RollbackScreen, SuspensionScreen
from console.screens.rollout import RolloutScreen
from console.screens.room import RoomDialog
from console.screens.served import NotArmed
from console.screens.traffic import TrafficDialog
from console.screens.trigger import TriggerScreen
from console.screens.troubleshooting import TroubleshootingDialog
from console.screens.walk import WalkScreen
from console.screens.warning import WarningDialog
from console.screens.window import WindowScreen
from tests.app.rooms import NOW

Open = Callable[[WarRoomApp, Pilot[int]], Awaitable[object]]
AnyScreen = type[Screen[Any]]
MINUTES = range(int(NOW // 60) - 60, int(NOW // 60))


def by(*keys: str) -> Open:
    """Get there by these keys."""

    async def press(app: WarRoomApp, pilot: Pilot[int]) -> None:
        await pilot.press(*keys)

    return press


def over(make: Callable[[WarRoomApp], Screen[Any]]) -> Open:
    """Get there as the console does, by a screen put over the others."""

    async def push(app: WarRoomApp, pilot: Pilot[int]) -> None:
        app.push_screen(make(app))
        await pilot.pause()

    return push


MODES: dict[str, AnyScreen] = {
    "overview": OverviewScreen,
    "checklist": ChecklistScreen,
    "rollout": RolloutScreen,
    "metrics": MetricsScreen,
    "alerts": AlertsScreen,
    "incidents": IncidentsScreen,
    "escalations": EscalationsScreen,
    "window": WindowScreen,
    "review": ReviewScreen,
    "journal": JournalScreen,
}
WAYS: dict[AnyScreen, Open] = {
    **{MODES[mode.id]: by(mode.key) for mode in SCREENS},
    Ask: by("n"),
    AssessDialog: over(lambda app: AssessDialog(app.room)),
    BigScreen: by("b"),
    CheckInDialog: by("c"),
    CallScreen: over(lambda app: CallScreen(Call("c-1", NOW, input="in", output="out"))),
    CallsScreen: over(lambda app: CallsScreen(MINUTES)),
    Choose: by("i"),
    CommandLine: by("colon"),
    CommandPalette: by("ctrl+p"),
    CompareScreen: over(lambda app: CompareScreen(MINUTES, "of the hour")),
    DeploymentsDialog: by("O"),
    DutiesDialog: by("7", "D"),
    EntryDialog: by("0", "enter"),
    FeedsDialog: by("f"),
    GateDialog: by("g"),
    GroupScreen: over(lambda app: GroupScreen("escalate")),
    Help: by("question_mark"),
    JumpScreen: by("ctrl+o"),
    NotArmed: over(lambda app: NotArmed(app.room)),
    NotLive: over(lambda app: NotLive(NOW, "claims")),
    PostMortemDialog: over(
        lambda app: PostMortemDialog(app.room, Incident("inc-1", 2, "slow", NOW, "agent lead"))
    ),
    ProbeDialog: over(lambda app: ProbeDialog(app.room, "connections", None)),
    ReportsScreen: by("R"),
    RollbackGuard: by("f9"),
    RoomDialog: by("H"),
    RollbackScreen: over(lambda app: RollbackScreen(app.room)),
    SuspensionGuard: by("X"),
    SuspensionScreen: over(lambda app: SuspensionScreen(app.room)),
    TrafficDialog: by("3", "t"),
    TriggerScreen: over(lambda app: TriggerScreen(app.room)),
    TroubleshootingDialog: by("7", "T"),
    WalkScreen: by("2", "w"),
    WarningDialog: by("W"),
}


def all_screens() -> list[AnyScreen]:
    """What `console.screens` holds, and the palette. A class that others refine is only a base."""
    for module in pkgutil.iter_modules(console.screens.__path__, "console.screens."):
        importlib.import_module(module.name)
    ours = [kind for kind in _below(Screen) if kind.__module__.startswith("console.")]
    leaves = [kind for kind in ours if not any(issubclass(k, kind) and k != kind for k in ours)]
    return sorted({*leaves, CommandPalette}, key=lambda kind: kind.__name__)


def _below(kind: AnyScreen) -> Iterator[AnyScreen]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)
