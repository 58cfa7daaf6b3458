"""Another system's alert silenced there, from the command line."""

import asyncio
from argparse import Namespace

from console.cli.deeds import who_is
from console.cli.live import seconds
from console.cli.say import say
from console.domain.state import Silence
from console.room import OpenFailed, WarRoom
from console.room.silencer import silence as carry_out


def silence(args: Namespace) -> int:
    """`warroom silence`: 0 if it was read back there, else 1."""
    how_long = seconds(args.how_long)
    if how_long is None:
        raise OpenFailed("say for how long: --for 2h")
    for_s = how_long

    async def act() -> tuple[Silence, str]:
        room = WarRoom.open(args.dir, who=who_is(args), offline=True)
        try:
            return await carry_out(room, args.alert, for_s, args.why, feed=args.feed)
        finally:
            await room.close()

    done, told = asyncio.run(act())
    say(told)
    return 0 if done.outcome == "set" else 1
