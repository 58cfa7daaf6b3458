"""The escalation path from trigger to the reviewer's receipt (Guide 5.2)."""

import asyncio
from collections.abc import Awaitable, Callable
from secrets import token_hex
from shlex import quote

from console.actions.invoke import new_mark, send
from console.actions.notify import notify
from console.clean import clean
from console.probes.ground import Ground, Say
from console.probes.marked import CannotProbe, LogWatch
from console.probes.result import Result, Row, failed

Sent = Callable[[str, str], Awaitable[None]]
"""Told the code and the reviewer when the notice goes out, so that it can be journalled."""
Received = Callable[[str, float], Awaitable[tuple[str, float] | None]]
"""Waits so many seconds for the receipt of a code; who gave it after how long, or None."""


async def escalation(ground: Ground, say: Say, sent: Sent, received: Received) -> Result:
    """Fire the trigger, see ESCALATE in the log, notify the reviewer, wait for the receipt."""
    path, invoke = ground.deployment.escalation, ground.deployment.invoke
    if path is None or invoke is None:
        lacking = "[escalation]" if path is None else "[invoke]"
        return failed("escalation", "config", f"not configured: write {lacking}")
    try:
        log = LogWatch(ground)
        await log.catch_up()
    except CannotProbe as cannot:
        return failed("escalation", "log", clean(str(cannot)), reached=False)
    mark = new_mark()
    say("sending the input that must escalate")
    waiting = asyncio.create_task(log.wait_for(frozenset({mark}), ground.within_s))
    refused = await send(ground.http, ground.base, invoke, f"{path.input} ({mark})")
    if refused:
        waiting.cancel()
        return failed("escalation", "trigger", refused.why, reached=refused.reached)
    seen = await waiting
    if mark not in seen:
        why = f"the call is not in the log within {ground.within_s:g} s"
        return failed("escalation", "trigger", f"{why}{': ' * bool(log.error)}{log.error}")
    told = log.calls[mark].escalation if mark in log.calls else ""
    if not told:
        field = log.bad.get(mark, "").partition(":")[0]
        why = f"its record is no call to the console: {field}" if field else "it did not escalate"
        return failed("escalation", "trigger", f"the agent answered, but {why}")
    rows = [Row("trigger", "ok", f"ESCALATE in the log after {seen[mark]:.1f} s: {told}")]
    code = token_hex(3)
    say(f"notifying {clean(path.reviewer, 80)}, code {code}")
    await sent(code, path.reviewer)
    rows.append(await _notice(ground, path.reviewer, code))
    sla = ground.deployment.escalation_sla_s
    if rows[-1].verdict != "fail":
        say(f"waiting for the receipt of code {code}, {sla / 60:g} min at most")
        rows.append(_receipt(await received(code, sla), sla))
    return Result("escalation", tuple(rows), record={"code": code, "call": log.found[mark]})


async def _notice(ground: Ground, reviewer: str, code: str) -> Row:
    person = ground.deployment.person(reviewer)
    addresses = person.notify if person is not None else ()
    agent = clean(ground.deployment.agent.name, 80)
    text = (
        f"This is a test of the live escalation path of {agent}. Confirm that it reached you: "
        f"warroom escalation confirm {quote(str(ground.base.absolute()))} {code} "
        f"--as {quote(reviewer)}"
    )
    why = await notify(addresses, ground.base, f"Escalation test of {agent}: {code}", text)
    name = f"notice to {clean(reviewer, 80)}"
    return Row(name, "fail", why) if why else Row(name, "ok", "delivered")


def _receipt(found: tuple[str, float] | None, sla_s: float) -> Row:
    limit = f"{sla_s / 60:g} min"
    if found is None:
        return Row("receipt", "fail", f"nobody confirmed it within {limit}")
    who, seconds = found
    took = f"confirmed by {clean(who, 80)} after {seconds:.0f} s, the SLA is {limit}"
    return Row("receipt", "ok" if seconds <= sla_s else "fail", took)
