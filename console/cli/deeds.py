"""The small deeds: one command each, decided and journalled as from the console."""

import asyncio
import os
from argparse import Namespace
from datetime import UTC, date, datetime
from functools import partial

from console.clean import clean
from console.cli.exits import DONE, REFUSED
from console.cli.say import say, warn
from console.cli.unsigned import leave
from console.domain import commands as c
from console.domain.entry import Entry
from console.evidence import evidence_from
from console.room import OpenFailed, WarRoom


def who_is(args: Namespace) -> str:
    """The operator named by `--as`, or by WARROOM_AS."""
    return str(args.who) or os.environ.get("WARROOM_AS", "")


def at_rest(args: Namespace) -> WarRoom:
    """The room as its journal tells it, to look at: no feed is asked, nothing stays open."""
    room = WarRoom.open(args.dir, read_only=True, offline=True)
    room.record.journal.close()
    return room


def do(args: Namespace, *commands: c.Command, poll: bool = False) -> int:
    """Carry out `commands` one after another and say what was written.

    1 if a decision was to set the traffic, and it is not known to be set.
    """

    async def act() -> tuple[list[Entry], str, bool]:
        room = WarRoom.open(args.dir, who=who_is(args), offline=not poll)
        try:
            if poll:
                await room.poll_once()
            written: list[Entry] = []
            for command in commands:
                written += await room.do(command)
            if any(isinstance(command, c.AcceptConfig) for command in commands):
                told = await asyncio.to_thread(partial(room.members.look_at_own, judge=True))
                warn(*([told] if told else []))
            await room.traffic.settle()
            return written, room.traffic.said, bool(room.traffic.trouble)
        finally:
            await leave(room)

    written, told, trouble = asyncio.run(act())
    for entry in written:
        say(f"{entry.kind}  {entry.writer} {entry.seq}  {entry.h[:12]}")
    if told:
        say(told)
    return REFUSED if told and trouble else DONE


def confirm(args: Namespace) -> int:
    """`warroom confirm`."""
    evidence = evidence_from(args.evidence, args.dir)
    dated = day_of(args.dated) if args.dated else None
    return do(args, c.ConfirmItem(args.item, evidence, args.role, args.on_behalf_of, dated))


def day_of(text: str) -> date:
    """A day such as 2026-12-01."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise OpenFailed(f'"{clean(text, 40)}" is not a day such as 2026-12-01') from None


def note(args: Namespace) -> int:
    """`warroom note`."""
    text = clean(args.text, 4000, lines=True)
    return do(args, c.WriteNote(text, args.incident, _moment(args.occurred_at)))


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise OpenFailed(f'"{clean(text, 40)}" is not a time such as 2026-12-01T14:02Z') from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def ack(args: Namespace) -> int:
    """`warroom ack`."""
    firing = [alert.id for alert in at_rest(args).state.firing if alert.rule == args.alert]
    return do(args, c.AcknowledgeAlert(firing[0] if firing else args.alert, clean(args.remark)))


def duty(args: Namespace) -> int:
    """`warroom duty`."""
    return do(args, c.CompleteDuty(args.duty, clean(args.remark, 2000)))
