"""The walk to GO from the command line: the checklist, plans, the poll, another config."""

from argparse import Namespace
from datetime import date
from typing import Any

from console.clean import clean
from console.cli.deeds import at_rest, day_of, do
from console.cli.exits import DONE, REFUSED
from console.cli.say import on_terminal, say, say_json
from console.domain import commands as c
from console.domain.checklist import ItemStatus
from console.domain.golive import GoLive, go_now, golive_text
from console.domain.lines import line_statuses
from console.domain.poll import poll_text, verdict
from console.domain.state import Poll
from console.domain.times import iso
from console.room import Picture

ITEM_MARKS = {
    "confirmed": "✓",
    "partly": "◐",
    "in-progress": "◐",
    "expired": "◷",
    "accepted": "–",
    "open": "○",
    "not-applicable": "–",
}
LINE_MARKS = {"done": "✓", "open": "○", "later": "·", "not-applicable": "–"}


def picture_of(args: Namespace) -> Picture:
    """The picture without asking any feed."""
    return at_rest(args).take_picture()


def checklist(args: Namespace) -> int:
    """`warroom checklist`: the list, its lines in the guide, or (on a terminal) the walk."""
    if not args.json and not args.list and not args.lines and on_terminal():
        from console.cli.live import walk

        return walk(args)
    picture = picture_of(args)
    if args.lines:
        return _lines(picture, as_json=args.json)
    if args.json:
        say_json([item_of(status) for status in picture.items])
        return DONE
    category = ""
    for status in picture.items:
        if status.item.category != category:
            category = status.item.category
            say(category.upper())
        kind = "hard" if status.hard else status.item.otherwise
        mark = ITEM_MARKS[status.state]
        say(f"  {mark} {status.item.id:20} {status.item.title}  ({kind}) {_left(status)}".rstrip())
    got = picture.progress
    verdict_, why = go_now(got.open_hard, picture.gate.criteria)
    go = {"no-go": "NO-GO", "possible": "GO is possible", "go": "GO"}[verdict_]
    say(f"{got.confirmed} of {got.total} confirmed, {len(got.open_hard)} hard open: {go}")
    if not got.open_hard:
        say(f"{go}: {clean(why, 400)}.")
    say(f"{golive_text(picture.go_live)}.")
    if picture.state.poll is not None:
        say(poll_text(picture.state.poll))
    return DONE


def _left(status: ItemStatus) -> str:
    """What an item still needs, in a few words."""
    if status.state == "not-applicable":
        return ""
    if status.state == "confirmed":
        return "confirmed"
    if status.accepted is not None:
        return f"stays open: {clean(status.accepted.reason, 200)}"
    needs = f"needs {' and '.join(status.missing)}"
    lapsed = "".join(f"; {lapse.confirmation.role}: {lapse.why}" for lapse in status.lapses)
    plan = status.plan
    planned = f"; {clean(plan.owner, 80)} by {plan.due}" if plan is not None else ""
    return needs + lapsed + planned


def item_of(status: ItemStatus) -> dict[str, Any]:
    """An item as plain JSON values."""
    plan = status.plan
    return {
        "id": status.item.id,
        "category": status.item.category,
        "title": status.item.title,
        "hard": status.hard,
        "state": status.state,
        "roles": list(status.item.roles),
        "missing": list(status.missing),
        "lapsed": {lapse.confirmation.role: lapse.why for lapse in status.lapses},
        "plan": None if plan is None else {"owner": plan.owner, "due": plan.due.isoformat()},
        "accepted": None if status.accepted is None else status.accepted.reason,
        "confirmations": [
            {
                "role": one.role,
                "by": one.by,
                "on_behalf_of": one.on_behalf_of,
                "at": iso(one.at),
                "evidence": one.evidence.text,
                "sha256": one.evidence.sha256,
            }
            for one in status.confirmations
        ],
    }


def _lines(picture: Picture, *, as_json: bool) -> int:
    """The guide's own lists, each line with what it is the same fact as."""
    found = line_statuses(picture.state, picture.items)
    if as_json:
        rows = [(one.line.id, one.line.text, one.state, one.line.links) for one in found]
        say_json([dict(zip(("id", "text", "state", "links"), row, strict=True)) for row in rows])
        return DONE
    for one in found:
        links = ", ".join(one.line.links)
        say(f"  {LINE_MARKS[one.state]} {one.state:14} {one.line.id:4} {one.line.text}  ({links})")
    return DONE


def golive_of(clock: GoLive) -> dict[str, Any]:
    """The deployment clock as plain JSON values."""

    def day(value: date | None) -> str | None:
        return None if value is None else value.isoformat()

    return {
        "planned": day(clock.planned),
        "expected": day(clock.expected),
        "stopped": list(clock.stopped),
        "waits_for": [status.item.id for status in clock.waits_for],
    }


def poll_of(poll: Poll) -> dict[str, Any]:
    """A poll as plain JSON values; what is sealed stays so."""
    return {
        "id": poll.id,
        "verdict": verdict(poll),
        "roles": list(poll.roles),
        "answered": list(poll.answers),
        "answers": {
            role: {"go": answer.go, "reason": answer.reason}
            for role, answer in poll.answers.items()
            if answer.go is not None
        },
    }


def plan(args: Namespace) -> int:
    """`warroom plan`."""
    note = clean(args.note, 2000)
    return do(args, c.PlanItem(args.item, clean(args.owner, 200), day_of(args.due), note))


def accept(args: Namespace) -> int:
    """`warroom accept`."""
    return do(args, c.AcceptItem(args.item, clean(args.reason, 2000)))


def poll(args: Namespace) -> int:
    """`warroom poll`: 0 for GO or a deed that was done, 1 while it is open or NO-GO."""
    if args.open:
        return do(args, c.OpenPoll())
    if args.withdraw:
        return do(args, c.WithdrawAnswer(args.role))
    reason = args.go or args.no_go
    if reason is not None:
        return do(args, c.AnswerPoll(args.go is not None, clean(reason, 2000), args.role))
    picture = picture_of(args)
    held = picture.state.poll
    if args.json:
        say_json(None if held is None else poll_of(held))
    else:
        say("no poll was held" if held is None else poll_text(held))
    return DONE if held is not None and verdict(held) == "go" else REFUSED


def config_accept(args: Namespace) -> int:
    """`warroom config accept`."""
    return do(args, c.AcceptConfig(clean(args.why, 2000)))
