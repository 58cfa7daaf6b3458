"""What stays open: the console, the watcher, the demo."""

import asyncio
import gc
import os
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from console.clean import clean
from console.cli.deeds import who_is
from console.cli.exits import DONE
from console.cli.keys import read
from console.cli.running import told_to_stop
from console.cli.say import on_terminal, patience, say, say_now, warn
from console.room import OpenFailed, WarRoom
from console.room.several import deployments_in, is_deployment, standing

if TYPE_CHECKING:
    from console.screens.dress import Look

READING = "the journal is read and verified"
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str) -> float | None:
    """A length of time such as `30s`, `10m` or `2h` in seconds; None for an empty text."""
    if not text:
        return None
    try:
        length = float(text[:-1]) * UNITS[text[-1]]
    except (KeyError, ValueError):
        raise OpenFailed(f'"{clean(text, 20)}" is not a time such as 30s, 10m or 2h') from None
    if not 0 < length < float("inf"):
        raise OpenFailed(f'"{clean(text, 20)}" is not a time such as 30s, 10m or 2h')
    return length


def open_console(args: Namespace) -> int:
    """`warroom open`."""
    gc.disable()  # until the first screen stands; see `WarRoomApp`
    keymap, look = read(args.keys), look_for_screen(args)
    directory = _chosen(args.dir, look)
    if directory is None:
        return DONE
    who = who_is(args)
    read_only, offline = args.read_only, args.offline
    code = _on_screen(
        directory,
        lambda at: WarRoom.open(at, who=who, read_only=read_only, offline=offline),
        keymap,
        look,
    )
    say(*_unwatched(directory))
    return code


def _unwatched(directory: Path) -> list[str]:
    """What whoever leaves has to know: an agent on its way is now watched by nobody."""
    left = standing(directory)
    if left.problem or left.watched or left.status not in {"rolling-out", "in-window"}:
        return []
    watch_it = f"warroom watch {quote(str(directory))}"
    return [f"Nobody watches {clean(left.agent)} now. Without a screen: {watch_it}"]


def _chosen(directory: Path, look: "Look") -> Path | None:
    """The deployment at `directory`, or the one in it, or the one chosen; None if none was."""
    if is_deployment(directory) or not (found := deployments_in(directory)):
        return directory
    if len(found) == 1:
        return found[0]
    if not on_terminal():
        raise OpenFailed(
            f"{directory} holds several deployments: name one of them; "
            f"see: warroom list {quote(str(directory))}"
        )
    from console.screens.chooser import choose

    return choose(directory, look)


def walk(args: Namespace) -> int:
    """`warroom checklist` on a terminal: the walk, offline."""
    gc.disable()
    who, keymap, look = who_is(args), read(None), look_for_screen(args)
    return _on_screen(
        args.dir, lambda at: WarRoom.open(at, who=who, offline=True), keymap, look, walk=True
    )


def open_review(args: Namespace) -> int:
    """`warroom review` on a terminal: the console on its review screen."""
    gc.disable()
    who, keymap, look = who_is(args), read(None), look_for_screen(args)
    return _on_screen(args.dir, lambda at: WarRoom.open(at, who=who), keymap, look, mode="review")


def need_terminal() -> None:
    """Raise `OpenFailed` where there is nothing to show a console on."""
    if not on_terminal():
        raise OpenFailed(
            "a console needs a terminal for its input and its output (over ssh: ssh -t); "
            "without one: warroom status, warroom watch, warroom demo --headless"
        )


def look_for_screen(args: Namespace) -> "Look":
    """How the console shall look; asked after `read`, for it loads Textual. Raises `OpenFailed`."""
    from console.screens.dress import UnknownLook, chosen_theme, look_of

    try:
        return look_of(args.theme, args.glyphs, os.environ, chosen=chosen_theme())
    except UnknownLook as error:
        raise OpenFailed(str(error)) from None


def _on_screen(
    directory: Path,
    open_room: Callable[[Path], WarRoom],
    keymap: dict[str, str],
    look: "Look",
    *,
    walk: bool = False,
    mode: str = "",
) -> int:
    """Show the room until the operator leaves; the exit code.

    A reload opens it anew; who goes over to another deployment goes on there.
    """
    with patience(READING):
        room = open_room(directory)
        need_terminal()
        from console.app import RELOAD, run_console

    while True:
        end, look = run_console(room, keymap, look, walk=walk, mode=mode)
        if isinstance(end, WarRoom):
            room = end
        elif end == RELOAD:
            with patience(READING):
                room = open_room(room.directory)
        else:
            return end


def watch(args: Namespace) -> int:
    """`warroom watch`."""
    how_long = seconds(args.how_long)
    room = WarRoom.open(args.dir)
    told = f"watching {clean(room.deployment.agent.name)}; stop with ctrl+c"
    asyncio.run(run_until(room, how_long, told))
    return DONE


async def run_until(room: WarRoom, how_long: float | None, told: str) -> None:
    """Run `room` for `how_long` real seconds, or until it is told to stop.

    `told` is printed when it can be stopped in order; what goes wrong, each time it begins.
    """
    wrong: set[str] = set()

    def tell_what_is_wrong() -> None:
        views = room.picture().feeds
        errors = [view.fresh.error for view in views]
        errors += [f"feed {v.id}, unreadable: {v.bad_sample}" for v in views if v.bad]
        now = {sentence for sentence in (*room.troubles, *errors) if sentence}
        warn(*sorted(now - wrong))
        wrong.clear()
        wrong.update(now)

    room.subscribe(tell_what_is_wrong)
    stop = told_to_stop()
    say_now(told)
    living = asyncio.create_task(room.run("watch"), name="room")
    waiting = asyncio.create_task(stop.wait(), name="stop")
    await asyncio.wait({living, waiting}, timeout=how_long, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if living.done():
        living.result()
    living.cancel()
    with suppress(asyncio.CancelledError):
        await living


def demo(args: Namespace) -> int:
    """`warroom demo`."""
    from console.demo.agent_state import AgentError
    from console.demo.reviewers import Reviewers
    from console.demo.run import Demo, NotADemo
    from console.demo.scenarios import SCENARIOS

    how_long = seconds(args.how_long)
    if args.scenario is not None and args.scenario not in SCENARIOS:
        raise OpenFailed(f"there is no scenario {args.scenario} (one of: {', '.join(SCENARIOS)})")
    if args.speed is not None and not 1 <= args.speed <= 3600:
        raise OpenFailed("--speed is a number from 1 to 3600")
    keymap = {} if args.headless else read(args.keys)
    look = None if args.headless else look_for_screen(args)
    if not args.headless:
        need_terminal()
    try:
        with patience("making a simulated agent and its past"):
            running = Demo.start(
                args.dir, scenario=args.scenario, stage=args.stage, seed=args.seed, speed=args.speed
            )
    except (AgentError, NotADemo) as error:
        raise OpenFailed(str(error)) from None
    directory = running.directory
    try:
        with Reviewers(directory):
            if look is None:
                room = WarRoom.open(directory, who="agent lead")
                told = f"demo in {running.directory}, agent at {running.url}"
                asyncio.run(run_until(room, how_long, told))
                code = DONE
            else:
                code = _on_screen(
                    directory, lambda at: WarRoom.open(at, who="agent lead"), keymap, look
                )
    finally:
        running.stop()
    say(f"The demo is kept in {running.directory}")
    say(f"Look at it: warroom open {running.directory}")
    say(f"Go on with it: warroom demo --dir {running.directory}")
    return code
