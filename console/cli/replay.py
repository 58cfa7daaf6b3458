"""`warroom replay`: the console on a past moment."""

from argparse import Namespace

from console.cli.keys import read
from console.cli.live import look_for_screen, need_terminal
from console.cli.say import patience
from console.domain.refused import Refused
from console.room import OpenFailed, Replay, open_past


def replay(args: Namespace) -> int:
    """`warroom replay`: 2 for a place that the record does not hold."""
    if not 1 <= args.speed <= 3600:
        raise OpenFailed("--speed is a number from 1 to 3600")
    keymap, look = read(args.keys), look_for_screen(args)
    with patience("the journal and the recorded minutes are read"):
        past = Replay(open_past(args.dir, minutes_of=args.minutes))
    try:
        if args.at:
            past.to(args.at)
        else:
            past.begin()
    except Refused as refused:
        raise OpenFailed("; ".join(refused.reasons)) from None
    need_terminal()
    from console.replay import run_replay

    return run_replay(past, args.speed, keymap, look)
