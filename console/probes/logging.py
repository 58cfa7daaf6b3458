"""Five synthetic inputs, found in the log within 60 s with every field (Guide 3.2)."""

import asyncio
from typing import Any

from console.actions.invoke import NotTaken, new_mark, send
from console.clean import clean
from console.probes.ground import Ground, Say
from console.probes.marked import CannotProbe, LogWatch
from console.probes.result import Result, Row, failed

INPUTS = 5
# What Guide 3.2 wants logged, by the names of a call's fields.
REQUIRED = {
    "input": "input text",
    "format": "format",
    "at": "timestamp",
    "user": "user identifier",
    "output": "output",
    "latency_s": "latency",
    "tokens_in": "tokens in",
    "tokens_out": "tokens out",
    "tools": "tool calls",
    "escalation": "escalation",
    "flags": "safety flags",
}
CORRECTION = {"correction": "user correction"}
# Nothing to tell is also told: a call without tools has an empty list of them.
MAY_BE_EMPTY = {"tools", "escalation", "flags", "correction"}


async def logging(ground: Ground, say: Say) -> Result:
    """Send the five, wait for them, look at every field."""
    invoke = ground.deployment.invoke
    if invoke is None:
        why = "not configured: write [invoke], how a synthetic input is sent to the agent"
        return failed("logging", "invoke", why)
    try:
        log = LogWatch(ground)
        say("reading the log to its end")
        await log.catch_up()
    except CannotProbe as cannot:
        return failed("logging", "log", clean(str(cannot)), reached=False)
    marks = [new_mark() for _ in range(INPUTS)]
    say(f"sending {INPUTS} synthetic inputs")
    waiting = asyncio.create_task(log.wait_for(frozenset(marks), ground.within_s))
    refused = await asyncio.gather(
        *(
            send(ground.http, ground.base, invoke, f"Synthetic input of the logging check, {mark}.")
            for mark in marks
        )
    )
    first = refused[0]
    if first is not None and all(refused):
        waiting.cancel()
        there = any(each.reached for each in refused if each is not None)
        return failed("logging", "invoke", first.why, reached=there)
    say(f"waiting for them in the log, {ground.within_s:g} s at most")
    seen = await waiting
    rows: list[Row] = []
    for number, (mark, no) in enumerate(zip(marks, refused, strict=True), 1):
        rows.append(_arrival(number, mark, no, seen.get(mark), ground.within_s, log.error))
    wanted = {**REQUIRED, **(CORRECTION if ground.deployment.agent.feedback else {})}
    found = [log.found[mark] for mark in marks if mark in log.found]
    if log.bad:  # the reasons hold what stands in the records, so they are for the evidence only
        fields = sorted({why.partition(":")[0] for why in log.bad.values()})
        told = f"{len(log.bad)} of {len(found)} are no calls to the console: {', '.join(fields)}"
        rows.append(Row("records", "fail", told))
    if found:
        rows += [_field(field, title, found, log) for field, title in wanted.items()]
    record = {"marks": marks, "seconds": seen, "records": log.found, "unread": log.bad}
    return Result("logging", tuple(rows), record=record)


def _arrival(
    number: int,
    mark: str,
    refused: NotTaken | None,
    seconds: float | None,
    within_s: float,
    error: str,
) -> Row:
    name = f"input {number} ({mark})"
    if refused is not None:
        return Row(name, "fail", f"the agent did not take it: {refused.why}")
    if seconds is None:
        why = f"not in the log within {within_s:g} s"
        return Row(name, "fail", f"{why}: {error}" if error else why)
    return Row(name, "ok", f"in the log after {seconds:.1f} s")


def _field(field: str, title: str, records: list[dict[str, Any]], log: LogWatch) -> Row:
    told = [log.value(field, record) for record in records]
    missing = sum(not there for there, _ in told)
    if missing:
        return Row(title, "fail", f"missing in {missing} of {len(told)} records")
    empty = sum(value in (None, "", [], {}) for _, value in told)
    if empty and field not in MAY_BE_EMPTY:
        return Row(title, "fail", f"empty in {empty} of {len(told)} records")
    present = len(told) - empty
    if empty:
        return Row(title, "ok", f"present in {present}, empty in {empty} (nothing to tell)")
    return Row(title, "ok", f"present in all {present} records")
