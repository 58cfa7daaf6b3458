"""`warroom replay`: the console on a past moment."""

import os
from argparse import Namespace

from console.domain.refused import Refused
from console.room import OpenFailed, Replay, open_past


def replay(args: Namespace) -> int:
    """`warroom replay`: 2 for a place that the record does not hold."""
    if not 1 <= args.speed <= 3600:
        raise OpenFailed("--speed is a number from 1 to 3600")
    past = Replay(open_past(args.dir))
    try:
        if args.at:
            past.to(args.at)
        else:
            past.begin()
    except Refused as refused:
        raise OpenFailed("; ".join(refused.reasons)) from None
    # Textual reads it once, when it is imported: see `open_console`.
    os.environ.setdefault("TEXTUAL_FPS", "240")
    from console.replay import run_replay

    return run_replay(past, args.speed)
