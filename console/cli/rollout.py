"""The deeds of the rollout: baseline, brief, satisfaction, gate (Guide 4)."""

from argparse import Namespace

from console.clean import clean
from console.cli.deeds import do
from console.cli.look import CRITERION_MARKS, gate_of, look_at, unreached
from console.cli.say import say, say_json
from console.domain import commands as c
from console.room import OpenFailed


def baseline(args: Namespace) -> int:
    """`warroom baseline`."""
    accuracy, p95 = _number(args.accuracy), _number(args.latency_p95)
    cost = _number(args.cost_per_call)
    return do(args, c.DocumentBaseline(accuracy, p95, cost, clean(args.source)))


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
    """`warroom brief`."""
    return do(args, c.GiveBrief(clean(args.text, 4000, lines=True)))


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
        say_json(gate_of(found))
    else:
        for criterion in found.criteria:
            mark = CRITERION_MARKS[criterion.verdict]
            say(f"  {mark} {criterion.verdict:14} {criterion.id:24} {criterion.why}")
        for reason in found.missing:
            say(f"  missing: {reason}")
        to = "" if found.to is None else f" (to {found.to.label})"
        say(f"gate{to}: {found.verdict}")
    if found.verdict == "met":
        return 0
    return 3 if unreached(picture) else 1
