"""Live checks from the command line, and a reviewer's receipt of a test."""

import asyncio
from argparse import Namespace

import msgspec

from console.clean import clean
from console.cli.deeds import do, who_is
from console.cli.exits import DONE, REFUSED, UNREACHED
from console.cli.say import say, say_json, say_now
from console.cli.unsigned import leave
from console.domain.commands import ConfirmEscalationTest
from console.probes import Result
from console.room import OpenFailed, WarRoom
from console.room.prober import probe as run

MARKS = {"ok": "✓", "warn": "!", "fail": "✗"}


def probe(args: Namespace) -> int:
    """`warroom probe`: 0 passed, 1 failed, 3 if nothing could be reached."""
    if args.name == "load" and args.file is None:
        raise OpenFailed("say which result to read: --file FILE, of k6, Locust or hey")

    async def carry_out() -> Result:
        room = WarRoom.open(args.dir, who=who_is(args), offline=True)
        try:
            tell = (lambda _: None) if args.json else say_now
            return await run(room, args.name, tell, file=args.file)
        finally:
            await leave(room)

    result = asyncio.run(carry_out())
    if args.json:
        rows = [msgspec.to_builtins(row) for row in result.rows]
        say_json({"probe": result.probe, "passed": result.passed, "rows": rows})
    else:
        say_result(result)
    return code_of(result)


def say_result(result: Result) -> None:
    """What a live check found, row by row, and its verdict."""
    for row in result.rows:
        say(f"  {MARKS[row.verdict]} {row.verdict:4} {row.name}: {row.detail}")
    told = f", {result.told}" if result.passed and result.told else ""
    say(f"{result.probe}: {'PASSED' if result.passed else 'FAILED'}{told}")


def code_of(result: Result) -> int:
    """The exit code of a live check."""
    if result.passed:
        return DONE
    return REFUSED if result.reached else UNREACHED


def confirm_escalation(args: Namespace) -> int:
    """`warroom escalation confirm`."""
    return do(args, ConfirmEscalationTest(clean(args.code, 40).strip()))
