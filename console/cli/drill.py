"""`warroom drill`: the rollback rehearsed where it does no harm, on a stopwatch."""

import asyncio
import sys
from argparse import Namespace

from config.load import load
from config.rollback import Step
from console.actions.steps import Outcome
from console.actions.tools import Word
from console.clean import clean
from console.cli.deeds import who_is
from console.cli.exits import DONE, REFUSED, UNREACHED
from console.cli.probe import code_of, say_result
from console.cli.say import on_terminal, say, say_json, say_now
from console.cli.unsigned import leave
from console.clock import clock_for
from console.domain.refused import Refused
from console.executor.rehearsal import rehearsal
from console.executor.run import Way, way_back
from console.net import Http
from console.probes import Result
from console.room import WarRoom
from console.room.prober import probe

REACHABILITY = (
    "A dry run shows only that production can be read, not how long a rollback takes: it is no "
    "evidence, and nothing is on record."
)
CONFIRM = "rollback-ready --evidence probe:rollback-drill"
MARKS = {"verified": "✓ reads", "failed": "✗ fail", "unknown": "✗ unseen"}


def drill(args: Namespace) -> int:
    """`warroom drill`: 0 verified in time, 1 not, 3 if the target could not be reached."""
    if args.dry_run:
        return _dry_run(args)

    async def carry_out() -> Result:
        room = WarRoom.open(args.dir, who=who_is(args), offline=True)
        try:
            tell = (lambda _: None) if args.json else say_now
            ask = _Terminal(room.actor.name).ask if not args.json and on_terminal() else None
            return await probe(room, "rollback-drill", tell, phase=args.phase, ask=ask)
        finally:
            await leave(room)

    result = asyncio.run(carry_out())
    if args.json:
        rows = [{"name": r.name, "verdict": r.verdict, "detail": r.detail} for r in result.rows]
        say_json({"passed": result.passed, **result.record, "rows": rows})
    else:
        say_result(result)
        if result.passed:
            say(f"Confirm with it: warroom confirm {args.dir} {CONFIRM}")
    return code_of(result)


def _dry_run(args: Namespace) -> int:
    """Read production back: nothing is written, nobody told, nothing put on record."""
    loaded = load(args.dir)
    way = way_back(loaded.deployment, args.phase)
    if not way.steps:
        raise Refused(f"there is no step back from {args.phase}: write [[rollback.steps]]")

    async def read() -> list[Outcome]:
        clock = clock_for(loaded.directory)
        async with Http() as http:
            return await rehearsal(
                way.steps, way.values, loaded.deployment, loaded.directory, http, clock
            )

    seen = asyncio.run(read())
    if args.json:
        say_json(_plain(way, seen))
    else:
        for step, one in zip(way.steps, seen, strict=True):
            say(f"  {MARKS[one.state]:9} {step.title}  {one.detail}")
        say(REACHABILITY)
    if all(one.state == "verified" for one in seen):
        return DONE
    return UNREACHED if all(one.state == "unknown" for one in seen) else REFUSED


def _plain(way: Way, seen: list[Outcome]) -> dict[str, object]:
    return {
        "dry_run": True,
        "passed": False,
        "outcome": "unknown",
        "why": REACHABILITY,
        "phase": way.phase,
        "target": way.target,
        "steps": [
            {"id": step.id, "title": step.title, "readable": one.state, "detail": one.detail}
            for step, one in zip(way.steps, seen, strict=True)
        ],
    }


class _Terminal:
    """Asks the person at the terminal, one question after the other."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._one = asyncio.Lock()

    async def ask(self, step: Step, question: str) -> Word:
        """Ask until the answer is one of three."""
        async with self._one:
            say_now(f"  DRILL, not production. Step {step.id}: {step.title}")
            say_now(f"    {question}")
            while True:
                say_now("    Is it done on the drill target? done, again or not-done:")
                answer = (await _line()).strip().lower()
                if answer in {"done", "again", "not-done"}:
                    return Word(answer, clean(self._who, 200))  # type: ignore[arg-type]  # one of the three


async def _line() -> str:
    """A line of the terminal. It hangs no thread: whoever asks may give up."""
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str] = loop.create_future()

    def take() -> None:
        if not line.done():
            line.set_result(sys.stdin.readline() or "not-done")

    loop.add_reader(sys.stdin.fileno(), take)
    try:
        return await line
    finally:
        loop.remove_reader(sys.stdin.fileno())
