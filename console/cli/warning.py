"""Early warnings from the command line (Guide 6.3): list, review and settle them."""

from argparse import Namespace
from typing import Any

from console.clean import clean
from console.cli.deeds import at_rest, do
from console.cli.exits import DONE
from console.cli.say import say, say_json
from console.domain import commands_warning as c
from console.domain.early_warning import clock_of, due_text, open_warnings
from console.domain.state import State
from console.domain.state_window import Warned
from console.domain.times import clock_text, iso, iso_or_none
from console.room import OpenFailed


def warning(args: Namespace) -> int:
    """`warroom warning`."""
    if args.what == "review":
        return _review(args)
    if args.what == "settle":
        return _settle(args)
    room = at_rest(args)
    state, now = room.state, room.clock.now()
    if args.json:
        say_json({"now": iso(now), "warnings": warnings_of(state, now)})
        return DONE
    say(*(warning_sentences(state, now) or ["No early warning is open."]))
    for held in reversed(state.warnings.values()):
        if held.cleared_at is not None:
            say(f"Over since {iso(held.cleared_at)}: {held.id}, {clean(held.cleared_why, 200)}.")
    return DONE


def _review(args: Namespace) -> int:
    if args.fix == args.no_fix:
        raise OpenFailed("say --fix or --no-fix: whether a fix can be applied within 4 h")
    if args.decision or args.why:
        raise OpenFailed("--decision and --why belong to: warroom warning settle")
    name = args.warning or _only(args)
    return do(args, c.ReviewWarning(clean(name, 200), clean(args.cause, 4000), args.fix))


def _settle(args: Namespace) -> int:
    if not args.decision:
        raise OpenFailed("say --decision fixed, maintain or rollback")
    if args.cause or args.fix or args.no_fix:
        raise OpenFailed("--cause, --fix and --no-fix belong to: warroom warning review")
    name = args.warning or _only(args)
    code = do(args, c.SettleWarning(clean(name, 200), args.decision, clean(args.why, 4000)))
    if args.decision == "rollback":
        say(f"Decided, not done: warroom rollback {args.dir} --fire carries it out (or F9).")
    return code


def _only(args: Namespace) -> str:
    """The only open warning, where none is named."""
    held = open_warnings(at_rest(args).state)
    if len(held) == 1:
        return held[0].id
    known = ", ".join(one.id for one in held) or "none is open"
    raise OpenFailed(f"name the early warning ({known})")


def warnings_of(state: State, now: float) -> list[dict[str, Any]]:
    """The open warnings as plain JSON values: times RFC 3339, `slope` per hour, ratios 0 to 1."""
    return [_plain(held, now) for held in open_warnings(state)]


def _plain(held: Warned, now: float) -> dict[str, Any]:
    clock = clock_of(held, now)

    return {
        "id": held.id,
        "metric": held.metric,
        "raised_at": iso(held.raised_at),
        "why": held.why,
        "value": held.value,
        "limit": held.limit,
        "slope": held.slope,
        "p": held.p,
        "n": held.n,
        "since": iso(held.since),
        "crosses": iso(held.crosses),
        "crosses_from": iso(held.crosses_from),
        "crosses_to": iso_or_none(held.crosses_to),
        "reviewed_at": iso_or_none(held.reviewed_at),
        "cause": held.cause,
        "fix": held.fix,
        "settled_at": iso_or_none(held.settled_at),
        "decision": held.decision,
        "next": clock.step,
        "due": iso_or_none(clock.due),
        "overdue": clock.overdue,
    }


def warning_sentences(state: State, now: float) -> list[str]:
    """Each open warning in a sentence, with what is due for it."""
    found = []
    for held in open_warnings(state):
        due = due_text(clock_of(held, now), now)
        told = f"; {due}" if due else f"; settled: {held.decision}"
        found.append(
            f"Early warning {held.id} since {clock_text(held.raised_at)}: "
            f"{clean(held.why, 300)}{told}."
        )
    return found
