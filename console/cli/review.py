"""`warroom review`: draw calls at random, see them, judge them (Guide 4, 6.2)."""

import asyncio
import re
import sys
from argparse import Namespace
from typing import Any, get_args

from console.clean import clean
from console.cli.deeds import do, who_is
from console.cli.exits import DONE, UNREACHED
from console.cli.say import say, say_json, warn
from console.cli.unsigned import leave
from console.domain import commands as c
from console.domain.call import Call
from console.domain.events import Judgement
from console.domain.percent import percent
from console.domain.refused import Refused
from console.domain.sampling import MOST, Progress, present
from console.domain.times import iso
from console.room import NotRead, OpenFailed, WarRoom

VERDICTS: tuple[Any, ...] = get_args(Judgement.__annotations__["verdict"])
_JUDGEMENT = re.compile(rf"(.+?)=({'|'.join(VERDICTS)})(?::(.*))?", re.DOTALL)
NOTE = 500


def review(args: Namespace) -> int:
    """`warroom review`: the screen, where nothing else is asked for and there is a terminal."""
    if args.draw is not None and args.judgements:
        raise OpenFailed("--draw and judgements do not go together: draw first, then judge")
    if args.judgements:
        return do(args, c.JudgeSample(tuple(map(judgement, args.judgements))))
    if args.draw is not None and not 1 <= args.draw <= MOST:
        raise OpenFailed(f"--draw is a number from 1 to {MOST:,}")
    terminal = sys.stdout.isatty()
    if args.draw is None and not args.show and not args.json and terminal:
        from console.cli.live import open_review

        return open_review(args)
    if args.show and not args.json and not terminal:
        raise OpenFailed("--show prints users' texts on a terminal only; for programs add --json")
    try:
        return asyncio.run(_look(args))
    except NotRead as why:
        warn(str(why))
        return UNREACHED


def judgement(text: str) -> Judgement:
    """The judgement that `CALL=VERDICT` or `CALL=VERDICT:NOTE` means."""
    found = _JUDGEMENT.fullmatch(text)
    if found is None:
        raise OpenFailed(f'"{clean(text, 80)}" is not CALL={"|".join(VERDICTS)}[:NOTE]')
    verdict: Any = found[2]
    return Judgement(clean(found[1], 200), verdict, clean((found[3] or "").strip(), NOTE))


async def _look(args: Namespace) -> int:
    """Draw if that is asked for, then print the sample."""
    read_only = args.draw is None
    room = WarRoom.open(args.dir, who=who_is(args), read_only=read_only)
    try:
        if args.draw is not None:
            await room.sampling.draw(args.draw, room.state, room.do)
        progress = present(room.state)
        if progress is None:
            raise Refused("no sample is drawn in this attempt: warroom review DIR --draw 50")
        if args.show:
            await room.sampling.find(progress.sample)
        if args.json:
            say_json(_plain(room, progress, texts=args.show))
        else:
            _print(room, progress, texts=args.show, ids=args.draw is not None)
        return DONE
    finally:
        await leave(room)


def _print(room: WarRoom, progress: Progress, *, texts: bool, ids: bool) -> None:
    sample = progress.sample
    if ids:
        say(*progress.queue)
        return
    for call_id in progress.left if texts else ():
        call = room.sampling.texts.get(call_id)
        say(f"── {call_id}")
        if call is None:
            say("the log no longer holds it: it can only be skipped")
            continue
        for name, text in (("input", call.input), ("output", call.output), ("error", call.error)):
            if text:
                say(f"{name}:", *clean(text, 20_000, lines=True).split("\n"))
    share = progress.accuracy
    right = "" if share is None else f", {percent(share, 1)} right"
    part = "" if sample.whole else " (only of what was at hand)"
    say(
        f"{sample.id}: {progress.judged} of {sample.n} judged{right}, {progress.skipped} skipped, "
        f"{len(progress.left)} undecided",
        f"drawn from {sample.of:,} calls, {iso(sample.from_at)} to {iso(sample.to_at)}{part}, "
        f"seed {sample.seed}",
    )


def _plain(room: WarRoom, progress: Progress, *, texts: bool) -> dict[str, object]:
    """The sample as plain JSON values; with texts only where they were asked for."""
    sample, state = progress.sample, room.state
    judged = state.judged.get(sample.attempt, {})
    skipped = state.skipped.get(sample.attempt, {})

    def plain(call_id: str) -> dict[str, object]:
        verdict: str | None = judged[call_id].verdict if call_id in judged else None
        if verdict is None and call_id in skipped:
            verdict = "skip"
        return {"id": call_id, "verdict": verdict, **(_texts(call_id) if texts else {})}

    def _texts(call_id: str) -> dict[str, object]:
        call: Call | None = room.sampling.texts.get(call_id)
        if call is None:
            return {"held": False}
        return {
            "held": True,
            "at": iso(call.at),
            "version": call.version,
            "error": call.error,
            "escalation": call.escalation,
            "input": call.input,
            "output": call.output,
        }

    return {
        "sample": sample.id,
        "attempt": sample.attempt,
        "seed": sample.seed,
        "n": sample.n,
        "of": sample.of,
        "from": iso(sample.from_at),
        "to": iso(sample.to_at),
        "whole": sample.whole,
        "feed": sample.feed,
        "judged": progress.judged,
        "right": progress.right,
        "wrong": progress.wrong,
        "subtle": progress.subtle,
        "skipped": progress.skipped,
        "short": progress.short,
        "accuracy": progress.accuracy,
        "undecided": list(progress.left),
        "calls": [plain(call_id) for call_id in progress.queue],
    }
