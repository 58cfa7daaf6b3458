"""Silences from the command line: of our own notices, or of another system's alert there."""

import asyncio
from argparse import Namespace
from secrets import token_hex

from console.clean import clean
from console.cli.deeds import who_is
from console.cli.exits import DONE, REFUSED
from console.cli.live import seconds
from console.cli.say import say
from console.cli.unsigned import leave
from console.domain.commands_notices import LiftSilence, SilenceNotices
from console.domain.own_silence import never_silenced, rule_named, silence_of
from console.domain.times import iso
from console.room import OpenFailed, WarRoom
from console.room.silencer import silence as carry_out


def silence(args: Namespace) -> int:
    """`warroom silence`: 0 if it holds, or was lifted; of another system's, if read back there."""
    how_long = seconds(args.how_long)
    if how_long is None and not args.lift:
        raise OpenFailed("say for how long: --for 2h; or --lift to end a silence of ours")
    if how_long is not None and not args.why.strip():
        raise OpenFailed("say why, for those who look at it meanwhile: --why ...")
    if how_long is not None and args.lift:
        raise OpenFailed("either --for sets a silence, or --lift ends one")

    async def act() -> tuple[bool, str]:
        room = WarRoom.open(args.dir, who=who_is(args), offline=True)
        try:
            return await _act(room, args, how_long)
        finally:
            await leave(room)

    done, told = asyncio.run(act())
    say(told)
    return DONE if done else REFUSED


async def _act(room: WarRoom, args: Namespace, how_long: float | None) -> tuple[bool, str]:
    name, why = clean(args.alert.strip(), 300), clean(args.why, 1000)
    if how_long is None:
        await room.do(LiftSilence(name, why))
        return True, f"people are told of {rule_named(room.state, name) or name} again"
    rule = rule_named(room.state, name)
    if not rule and not never_silenced(name, room.deployment):
        theirs, told = await carry_out(room, name, how_long, why, feed=args.feed)
        return theirs.outcome == "set", told
    await room.do(SilenceNotices(f"silence-{token_hex(4)}", name, how_long, why))
    held = silence_of(room.state, rule, room.clock.now())
    until = "" if held is None else f" until {iso(held.until)}"
    return True, f"nobody is notified of {rule}{until}; it fires and shows all the same"
