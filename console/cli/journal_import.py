"""`warroom journal import`: other machines' lines, brought by hand."""

import sys
from argparse import Namespace

from config.load import load
from console.cli.exits import DONE, REFUSED
from console.cli.say import say, warn
from console.journal import Unwritable
from console.journal.disk import must_be_local
from console.journal.home import Home, default_home
from console.room import OpenFailed
from console.sync.bundle import Unusable, writers_in
from console.sync.intake import Intake, Taken


def run(args: Namespace) -> int:
    """0 once all is taken or known, 1 if anything was refused: that is said by name."""
    deployment = load(args.dir).deployment.deployment
    own = Home(default_home(deployment)).find(args.dir)
    try:
        must_be_local(args.dir)
        door = Intake(args.dir, deployment, frozenset({own} - {""}))
        found: list[tuple[str, Taken]] = []
        for place in args.files:
            given = sys.stdin.buffer if str(place) == "-" else None
            pieces = writers_in(None if given is not None else place, given)
            found += [(writer, door.take(writer, piece)) for writer, piece in pieces.items()]
    except (Unusable, Unwritable) as error:
        raise OpenFailed(str(error)) from None
    except OSError as error:
        raise OpenFailed(f"{error.filename or args.dir}: {error.strerror}") from None
    for writer, taken in found:
        mine = " (this account's own)" if writer == own else ""
        say(f"{writer}{mine}: {taken.new} new, {taken.known} known before")
        if taken.gap:
            warn(
                f"{writer}: entry {taken.gap} is missing before what was brought; bring the whole "
                "file, or an earlier export too"
            )
        if taken.refused is not None:
            warn(f"REFUSED, {taken.refused.words}")
    bad = any(taken.gap or taken.refused is not None for _, taken in found)
    return REFUSED if bad else DONE
