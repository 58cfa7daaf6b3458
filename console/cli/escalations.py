"""The escalation queue from the command line (Guide 5.1)."""

from argparse import Namespace
from typing import Any

from console.clean import clean
from console.cli.deeds import at_rest, do
from console.cli.exits import DONE
from console.cli.say import say, say_json
from console.domain import commands_escalation as ce
from console.domain import queue_words as words
from console.domain.escalations import Group, Queue
from console.domain.events_escalation import FlagVerdict
from console.domain.raising import ROWS
from console.domain.refused import Refused
from console.domain.rota import gaps, reached
from console.domain.state_escalation import Escalation
from console.domain.times import iso, iso_or_none
from console.room import Picture, WarRoom

MOST_SHOWN = 200


def escalations(args: Namespace) -> int:
    """`warroom escalations`: the groups, the single ones of a group, or the rota."""
    room = at_rest(args)
    picture = room.take_picture()
    if args.rota:
        return _rota(room, picture, as_json=args.json)
    if args.group:
        return _single(picture, _group(picture.queue, args.group), as_json=args.json)
    if args.json:
        say_json({**counts_of(picture), "groups": groups_of(picture)})
        return DONE
    if not picture.queue.total:
        say("nothing was ever escalated")
        return DONE
    say(words.counts_text(picture.queue, picture.now))
    for group in picture.queue.groups[:MOST_SHOWN]:
        said = words.group_text(group, picture.reasons)
        stands = words.stands_text(group, picture.now)
        alert = words.alert_text(group, picture.state)
        row = f"{group.id:24} {group.count:>6,}"
        told = f"{words.to_text(group.to)}: {said}{f' ({alert})' if alert else ''}"
        say(f"  {_mark(group, picture.now)} {row}  {stands:22} {told}")
    _more(len(picture.queue.groups))
    return DONE


def _mark(group: Group, now: float) -> str:
    if not group.waiting:
        return "◐"
    return "▲" if group.late(now) else "◆"


def _more(total: int) -> None:
    if total > MOST_SHOWN:
        say(f"  and {total - MOST_SHOWN:,} more")


def _group(queue: Queue, name: str) -> Group:
    found = queue.group(name)
    if found is None:
        known = ", ".join(group.id for group in queue.groups[:10]) or "none is open"
        raise Refused(f'no group of escalations "{clean(name, 80)}" is open ({known})')
    return found


def _single(picture: Picture, group: Group, *, as_json: bool) -> int:
    if as_json:
        say_json([escalation_of(one) for one in group.open])
        return DONE
    say(words.group_text(group, picture.reasons))
    for one in group.open[:MOST_SHOWN]:
        about = f"call {one.call}" if one.call else one.about
        stands = words.state_text(one, picture.now)
        say(f"  {one.id:40} {iso(one.at)}  {stands:22} {words.to_text(one.to)}  {about}")
    _more(len(group.open))
    return DONE


def counts_of(picture: Picture) -> dict[str, Any]:
    """The queue's figures as plain JSON values: seconds, shares 0 to 1."""
    queue, now = picture.queue, picture.now
    return {
        "raised": queue.total,
        "open": queue.open,
        "waiting": queue.waiting,
        "late": queue.late(now),
        "missed": queue.missed,
        "answered": queue.answered,
        "answered_in_time": queue.in_time,
        "in_time_share": queue.share_in_time(now),
        "median_response_s": queue.median_s,
    }


def groups_of(picture: Picture, most: int = MOST_SHOWN) -> list[dict[str, Any]]:
    """The open groups as plain JSON values, the most urgent first."""
    return [
        {
            "id": group.id,
            "row": group.row,
            "reason": picture.reasons.get(group.reason, ""),
            "reason_sha256": group.reason,
            "what": group.what,
            "count": group.count,
            "waiting": len(group.waiting),
            "late": group.late(picture.now),
            "due": iso_or_none(group.due),
            "to": list(group.to),
            "acknowledged": sum(one.acknowledged_at is not None for one in group.open),
        }
        for group in picture.queue.groups[:most]
    ]


def escalation_of(one: Escalation) -> dict[str, Any]:
    """A single one as plain JSON values."""

    return {
        "id": one.id,
        "row": one.row,
        "call": one.call,
        "about": one.about,
        "at": iso(one.at),
        "due": iso(one.due),
        "raised_at": iso(one.raised_at),
        "to": list(one.to),
        "backup": one.backup,
        "acknowledged_at": iso_or_none(one.acknowledged_at),
        "acknowledged_by": one.acknowledged_by,
        "missed_at": iso_or_none(one.missed_at),
    }


def _rota(room: WarRoom, picture: Picture, *, as_json: bool) -> int:
    """Who is told of each row now, and the hours of the next week that no shift covers."""
    deployment, now = room.deployment, picture.now
    who = {name: reached(deployment, row, now) for name, row in ROWS.items()}
    open_ = gaps(deployment, now)
    if as_json:
        say_json(
            {
                "now": {
                    name: {"to": list(them.to), "backup": them.backup} for name, them in who.items()
                },
                "uncovered": [
                    {"role": gap.role, "from": iso(gap.start), "to": iso(gap.end)} for gap in open_
                ],
            }
        )
        return DONE
    for name, them in who.items():
        told = ", ".join(_spoken(room, one) for one in them.to)
        backup = _spoken(room, them.backup) if them.backup else "NOBODY"
        say(f"  {words.ROWS[name]:12} {told}; backup {backup}")
    path = deployment.escalation
    if path is None or not path.rota:
        say("no rota: they answer at all hours")
    elif not open_:
        say("the rota covers every hour of the next 7 days")
    for gap in open_:
        say(f"  ! not covered: {words.gap_text(gap)}")
    return DONE


def _spoken(room: WarRoom, name: str) -> str:
    person = room.deployment.person(name)
    return f"{name} ({person.phone})" if person is not None and person.phone else name


def ack(args: Namespace) -> int:
    """`warroom escalation ack`."""
    return do(args, ce.AcknowledgeEscalations(*_which(args), clean(args.remark, 2000)))


def assign(args: Namespace) -> int:
    """`warroom escalation assign`."""
    return do(args, ce.AssignEscalations(args.to, *_which(args), clean(args.why, 2000)))


def hand(args: Namespace) -> int:
    """`warroom escalation hand`."""
    return do(args, ce.HandEscalations(*_which(args), clean(args.why, 2000)))


def resolve(args: Namespace) -> int:
    """`warroom escalation resolve`."""
    verdict: FlagVerdict = "true-positive" if args.true_positive else ""
    verdict = "false-positive" if args.false_positive else verdict
    outcome, pattern = clean(args.outcome, 2000), clean(args.pattern, 2000)
    return do(args, ce.ResolveEscalations(outcome, pattern, verdict, *_which(args)))


def _which(args: Namespace) -> tuple[tuple[str, ...], str]:
    if args.group and args.ids:
        raise Refused("name single escalations or a group, not both")
    return tuple(clean(one, 200) for one in args.ids), clean(args.group, 200)
