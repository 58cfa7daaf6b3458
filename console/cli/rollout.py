"""The deeds of the rollout: baseline, brief, satisfaction, gate (Guide 4)."""

import asyncio
from argparse import Namespace

from console.clean import clean
from console.cli.deeds import at_rest, do
from console.cli.exits import DONE, REFUSED, UNREACHED
from console.cli.look import CRITERION_MARKS, gate_of, look_at, unreached
from console.cli.say import say, say_json
from console.domain import commands as c
from console.domain.brief import brief_text
from console.domain.gates import next_of
from console.room import OpenFailed, WarRoom
from console.room.baseline import Measured, measure


def baseline(args: Namespace) -> int:
    """`warroom baseline`: numbers that people state, or that `--from` measures."""
    found = _measure(args) if args.measured else None
    told = clean(args.source) or (found.source if found else "")
    if not told:
        raise OpenFailed("say where the numbers come from: --source TEXT, or --from FILE|FEED")
    p95 = _given(args.latency_p95, "latency-p95", None if found is None else found.latency_p95)
    cost = _given(
        args.cost_per_call, "cost-per-call", None if found is None else found.cost_per_call
    )
    n, sha256 = (found.n, found.sha256) if found else (0, "")
    return do(args, c.DocumentBaseline(_number(args.accuracy), p95, cost, told, n, sha256))


def _measure(args: Namespace) -> Measured:
    async def look() -> Measured:
        room = WarRoom.open(args.dir, read_only=True)
        try:
            return await measure(room, args.measured, args.preset)
        finally:
            await room.close()

    return asyncio.run(look())


def _given(text: str, name: str, measured: float | None) -> float | None:
    """The number as stated, else as measured."""
    if text:
        return _number(text)
    if measured is None:
        raise OpenFailed(f"--{name} is missing: a number, or na where it does not apply")
    return measured


def _number(text: str) -> float | None:
    if text.strip().lower() in {"na", "n/a"}:
        return None
    try:
        number = float(text)
    except ValueError:
        raise OpenFailed(f'"{clean(text, 40)}" is neither a number nor na') from None
    if not 0 <= number < float("inf"):
        raise OpenFailed(f"{text} cannot be: give a number from 0 up, or na")
    return number


def brief(args: Namespace) -> int:
    """`warroom brief`: the brief that the console makes, or one's own text."""
    if args.show:
        room = at_rest(args)
        to = next_of(room.state.attempt, room.deployment.traffic.shares)
        say(brief_text(room.deployment, to))
        return DONE
    text, how = clean(args.text or "", 4000, lines=True), clean(args.how, 200)
    return do(args, c.GiveBrief(text, how))


def satisfaction(args: Namespace) -> int:
    """`warroom satisfaction`."""
    why = clean(args.why, 2000)
    return do(args, c.JudgeSatisfaction(args.verdict, why, args.on_behalf_of))


def gate(args: Namespace) -> int:
    """`warroom gate`: 0 if met or decided, 1 if not met or unknown, 3 if no feed answered."""
    if args.advance or args.hold is not None:
        decision = (
            c.DecideGate("advance") if args.advance else c.DecideGate("hold", clean(args.hold))
        )
        return do(args, decision, poll=True)
    _, picture = look_at(args, offline=False)
    found = picture.gate
    if args.json:
        say_json(gate_of(picture))
    else:
        for criterion in found.criteria:
            mark = CRITERION_MARKS[criterion.verdict]
            say(f"  {mark} {criterion.verdict:14} {criterion.id:24} {criterion.why}")
            if criterion.doubt:
                say(f"{'':44}{criterion.doubt}")
        for reason in found.missing:
            say(f"  missing: {reason}")
        for caution in found.cautions:
            say(f"  caution: {caution}")
        if found.verdict == "met" and found.waits_for:
            say(f"  {found.waits_for}")
        if found.verdict == "not-met" and (rule := picture.phase_rule) is not None:
            say(f"  if it fails: {rule.on_fail}")
        to = "" if found.to is None else f" (to {found.to.label})"
        say(f"gate{to}: {found.verdict}")
    if found.verdict == "met":
        return DONE
    return UNREACHED if unreached(picture) else REFUSED


def agree(args: Namespace) -> int:
    """`warroom agree`: the second lead's word, decided again on fresh numbers."""
    return do(args, c.DecideGate("advance", clean(args.why, 2000), agrees=True), poll=True)
