"""Whether the kill switch would work here: every step read back, a process started (Guide 3.5)."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec

from config.load import Loaded
from config.model import Deployment
from config.rollback import LivePhase, Step
from console.actions.step_notify import unreachable
from console.actions.steps import Outcome, Values
from console.bounded import within
from console.clean import clean
from console.clock import SystemClock
from console.domain.order import GOVERNANCE
from console.executor.handover import Prepared
from console.executor.launch import NotLaunched, Standby
from console.executor.lock import RunLock
from console.executor.notices import recipients
from console.executor.rehearsal import rehearsal
from console.executor.run import missing_secrets, values_of, way_back
from console.journal.home import default_home
from console.lock import FileLock
from console.net import Http
from console.room.finding import Finding
from console.room.finding import Outcome as Verdict
from console.room.logout import this_process

LAUNCH_S = 10.0
SLOW_S = 3.0


class _Procedure(msgspec.Struct, frozen=True):
    """What can be fired: `name` is empty for the one way back that all phases share."""

    name: str
    steps: tuple[Step, ...]
    values: Values


async def look_at_rollback(loaded: Loaded) -> list[Finding]:
    """Read back every step, and try all that a rollback needs of this machine. Writes nothing."""
    deployment, directory = loaded.deployment, loaded.directory
    stepwise = asyncio.gather(*(_read(one, loaded) for one in _procedures(deployment)))
    read, executor = await asyncio.gather(stepwise, _executor(loaded))
    return [
        *(one for procedure in read for one in procedure),
        *_told(deployment, directory),
        executor,
        _lock(directory),
        *_logout(),
        _apart(deployment, directory),
    ]


def _procedures(deployment: Deployment) -> list[_Procedure]:
    """Each way back once, with the phases it is for, and each suspension."""
    ways: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for phase in get_args(LivePhase):
        way = way_back(deployment, phase)
        same = (tuple(step.model_dump_json() for step in way.steps), way.version)
        ways.setdefault(same, []).append(phase)
    found = []
    for phases in ways.values():
        way = way_back(deployment, phases[0])
        name = "" if len(ways) == 1 else f"{', '.join(phases)}: "
        found.append(_Procedure(name, way.steps, way.values))
    values = values_of(deployment)
    return found + [
        _Procedure(f"suspend {s.id}: ", s.steps, values) for s in deployment.suspensions
    ]


async def _read(procedure: _Procedure, loaded: Loaded) -> list[Finding]:
    """Whether each step could be shown to be done."""
    deployment, directory, name = loaded.deployment, loaded.directory, procedure.name
    if not procedure.steps:
        why = "no step is configured, so that it would be by hand: write [[rollback.steps]]"
        return [Finding("rollback", f"{name}steps", "fail", why)]
    async with Http() as http:
        seen = await rehearsal(
            procedure.steps, procedure.values, deployment, directory, http, SystemClock()
        )
    return [
        Finding("rollback", f"{name}{step.id}", *_judged(step, one, deployment, directory))
        for step, one in zip(procedure.steps, seen, strict=True)
    ]


def _judged(
    step: Step, seen: Outcome, deployment: Deployment, directory: Path
) -> tuple[Verdict, str]:
    if missing := missing_secrets(deployment, [step], directory):
        return "fail", clean("; ".join(missing), 500)
    programs = [argv[0] for argv in (step.argv, step.prove and step.prove.argv) if argv]
    if lacking := [one for one in programs if not os.access(one, os.X_OK)]:
        return "fail", clean(f"{lacking[0]} is no program that can be run here", 500)
    match seen.state:
        case "verified":
            return "ok", seen.detail
        case "failed":
            return "fail", seen.detail
        case "unknown" if step.prove is not None:
            return "warn", f"nothing is shown yet, as may be before it ran: {seen.detail}"
        case "unknown":
            return "unreached", seen.detail


def _told(deployment: Deployment, directory: Path) -> Iterator[Finding]:
    """Whether everybody who must know of a rollback would be told."""
    people = recipients(deployment, GOVERNANCE, "")
    for person in people:
        if why := unreachable(person, directory):
            yield Finding("rollback", f"notice to {person.name}", "warn", clean(why, 500))
    if not people:
        yield Finding("rollback", "notices", "fail", "nobody would be told: no lead is named")


async def _executor(loaded: Loaded) -> Finding:
    """Whether a process of its own would stand by while the guard is armed."""

    clock = SystemClock()

    def start() -> float:
        began = clock.monotonic()
        standby = Standby(loaded.deployment.deployment)
        standby.prepare(
            Prepared(str(loaded.directory.absolute()), loaded.raw, loaded.sha256, trial=True)
        )
        took = clock.monotonic() - began
        standby.leave()
        return took

    otherwise = "the console would have to carry a rollback out itself"
    try:
        took = await within(LAUNCH_S, start)
    except TimeoutError:
        why = f"no process stood by within {LAUNCH_S:g} s: {otherwise}"
        return Finding("executor", "process", "fail", why)
    except (NotLaunched, OSError) as error:
        return Finding("executor", "process", "fail", f"{clean(str(error), 300)}: {otherwise}")
    told = f"stands by after {took:.1f} s"
    if took > SLOW_S:
        return Finding("executor", "process", "fail", f"{told}, which is too late: {otherwise}")
    return Finding("executor", "process", "ok", told)


def _lock(directory: Path) -> Finding:
    """Whether two processes of this machine would know of each other."""
    if RunLock(directory).taken():
        return Finding("executor", "lock", "ok", "held: a rollback is carried out now")
    held = directory / "journal"
    try:
        with tempfile.TemporaryDirectory(dir=held if held.is_dir() else directory) as scratch:
            path = Path(scratch) / "lock"
            with FileLock(path) as mine:
                works = mine.held and FileLock(path).taken()
    except OSError as error:
        why = f"no lock can be taken ({error.strerror}): two rollbacks at once would not know it"
        return Finding("executor", "lock", "fail", why)
    if not works:
        why = "this file system keeps no locks: two rollbacks at once would not know it"
        return Finding("executor", "lock", "fail", why)
    return Finding("executor", "lock", "ok", "can be taken")


def _logout() -> Iterator[Finding]:
    """Whether what is fired from here would outlive a logout."""
    if why := this_process().ends_at_logout():
        yield Finding("executor", "logout", "warn", why)


def _apart(deployment: Deployment, directory: Path) -> Finding:
    """Whether a full disk would leave the fallback journal its place."""
    home = default_home(deployment.deployment)
    while not home.exists():
        home = home.parent
    journal = directory / "journal"
    held = journal if journal.is_dir() else directory
    if held.stat().st_dev != home.stat().st_dev:
        return Finding("disk", "fallback", "ok", "not on the journal's disk")
    why = (
        "the journal and the fallback for it are on one disk, and a full one takes both: let "
        "XDG_STATE_HOME name a place on another"
    )
    return Finding("disk", "fallback", "warn", why)
