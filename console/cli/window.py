"""The first 48 hours: check-ins, the watch, the assessment, limitations (Guide 6)."""

import asyncio
from argparse import Namespace

from console.clean import clean
from console.cli.deeds import do, who_is
from console.cli.exits import DONE, REFUSED, UNREACHED
from console.cli.look import look_at, unreached
from console.cli.say import say, say_json
from console.cli.window_values import assessment_of, outlook_of
from console.domain import commands as c
from console.domain.assessment import Outlook
from console.domain.refused import Refused
from console.domain.times import clock_text, iso, span
from console.room import LookBack, WarRoom, look_back
from widgets.format import value_text

SIGNS = {"holds": "▶", "does-not-hold": "–", "unknown": "?"}


def checkin(args: Namespace) -> int:
    """`warroom checkin`; with `--since` what changed since the operator's last one."""
    if args.since:
        return asyncio.run(_since(args))
    return do(args, c.CheckIn(clean(args.remark, 2000)))


async def _since(args: Namespace) -> int:
    room = WarRoom.open(args.dir, who=who_is(args), read_only=True)
    try:
        await room.poll_once()
        back = await asyncio.to_thread(look_back, room)
        say(*since_lines(back))
        return UNREACHED if unreached(back.picture) else DONE
    finally:
        await room.close()


def since_lines(back: LookBack) -> list[str]:
    """What changed, in lines."""
    found = back.changes
    currency = back.picture.facts.deployment.nfr.currency
    lines = [f"Since {back.began} at {iso(found.since)}, {span(found.now - found.since)} ago:"]
    for name, now in back.picture.readings.items():
        then = back.then.get(name)
        before = value_text(now.unit, None if then is None else then.value, currency)
        after = value_text(now.unit, now.value, currency)
        limit = "" if now.limit is None else f"  limit {value_text(now.unit, now.limit, currency)}"
        lines.append(f"  {now.verdict:8} {name:16} {before} -> {after}{limit}")
    lines.append(
        f"Alerts: {len(found.fired)} fired, {len(found.resolved)} resolved, "
        f"{len(found.waiting)} not acknowledged."
    )
    lines += [f"  not acknowledged: {clean(one.id)}" for one in found.waiting]
    lines.append(
        f"Escalations: {found.raised:,} raised, {found.answered:,} answered, {found.late:,} late, "
        f"{found.open:,} open."
    )
    lines.append(
        f"Incidents: {len(found.opened)} opened, {len(found.closed)} closed, "
        f"{len(found.incidents)} open. Early warnings: {len(found.warned)} raised, "
        f"{len(found.warnings)} open."
    )
    lines.append(
        f"Check-ins missed: {found.missed}. Unwatched {span(found.unwatched_s)}, blind "
        f"{span(back.blind_s)}. Notices that failed: {len(found.failed)}."
    )
    lines += [f"  {clean(x.person)}, {clean(x.about)}: {clean(x.detail)}" for x in found.failed]
    lines += [f"Not read: {clean(back.unread)}."] if back.unread else []
    for name, said in (("Decisions", found.decisions), ("Notes", found.notes)):
        lines.append(f"{name} of others: {len(said)}.")
        lines += [f"  {clock_text(x.at)} {clean(x.by)}: {clean(x.text, 400)}" for x in said]
    due = back.picture.rounds.next_due
    if due is not None:
        lines.append(f"The next check-in is due by {iso(due)}.")
    return lines


def handover(args: Namespace) -> int:
    """`warroom handover`."""
    if args.take:
        return do(args, c.TakeOver())
    return do(args, c.HandOver(clean(args.to, 200), clean(args.remark, 2000)))


def limitation(args: Namespace) -> int:
    """`warroom limitation`."""
    calls = tuple(clean(call, 200) for call in args.call)
    return do(args, c.NoteLimitation(clean(args.text, 2000), calls))


def assess(args: Namespace) -> int:
    """`warroom assess`: 0 if it may be assessed, or is; 1 not yet; 3 if no feed answered."""
    if args.status is not None:
        limits = tuple(clean(text, 2000) for text in args.limitation)
        admitted = tuple(clean(name, 40) for name in args.admit)
        why = clean(args.why, 2000)
        return do(args, c.AssessWindow(args.status, why, admitted, limits), poll=True)
    if args.admit or args.limitation or args.why:
        raise Refused("say what the window amounts to: --status stable or --status monitored")
    _, picture = look_at(args, offline=False)
    outlook = picture.outlook
    if outlook is None:
        raise Refused("there is no window to assess: it begins with full deployment")
    held = picture.state.assessment
    if args.json:
        say_json({**outlook_of(outlook), "assessment": assessment_of(picture.state)})
    elif held is not None and picture.state.status == "stable":
        though = f", though {'; '.join(held.caveats)}" if held.caveats else ""
        say(clean(f"assessed as stable by {held.by} at {iso(held.at)}{though}: {held.why}", 2000))
        return DONE
    else:
        say(*outlook_lines(outlook))
    if unreached(picture):
        return UNREACHED
    return REFUSED if outlook.missing else DONE


def outlook_lines(outlook: Outlook) -> list[str]:
    """The decision framework with its evidence, in lines."""
    lines = []
    for signal in outlook.signals:
        row = outlook.row(signal.id)
        lines.append(f"{SIGNS[signal.verdict]} {row.name}: {signal.verdict.replace('-', ' ')}")
        lines += [f"    for: {clean(text, 400)}" for text in signal.evidence]
        lines += [f"    against: {clean(text, 400)}" for text in signal.against]
    if outlook.holds:
        row = outlook.row(outlook.holds)
        lines.append(f"{row.assessment} Then: {'; '.join(row.action)}.")
    lines += [f"to be admitted: {one.id}: {clean(one.text, 400)}" for one in outlook.caveats]
    lines += [f"missing: {clean(why, 400)}" for why in outlook.missing]
    if outlook.gate.waits_for and not outlook.missing:
        lines.append(clean(outlook.gate.waits_for, 400))
    lines.append(f"proposed: {outlook.proposed}")
    return lines
