"""What only a person can do, or can tell: a step by hand, and a command that nobody saw end."""

import asyncio
from typing import Literal

from config.rollback import Step
from console.actions.look import Outcome
from console.actions.tools import Tools, Word
from console.actions.values import Values
from console.actions.watching import watch
from console.clean import clean

# How long it is looked for at first, and after a person's word: what they did may show late.
LOOK_S = 2.0
SHOWS_S = 10.0
MOST_TEXT = 500


async def by_hand(step: Step, values: Values, key: str, tools: Tools, *, resumed: bool) -> Outcome:
    """Have a person do `step`, within its `timeout_s`, and look whether it shows if it can.

    `resumed`: it may be done already, so look first.
    """
    can_be_seen = step.read_back is not None or step.prove is not None
    if resumed and can_be_seen:
        seen = await watch(step, values, key, tools, LOOK_S, ("verified", "failed"))
        if seen.state == "verified":
            return seen
    question = clean(values.fill(step.manual, key), MOST_TEXT)
    try:
        async with asyncio.timeout(step.timeout_s):
            word = await tools.ask(step, question)
            while word.answer == "again":
                word = await tools.ask(step, question)
    except TimeoutError:
        return Outcome("unknown", f"nobody said within {step.timeout_s:g} s whether it is done")
    if word.answer == "not-done":
        return Outcome("failed", _said(word, "it is not done"))
    if not can_be_seen:
        by = clean(f"confirmed by {word.by}{_remark(word)}", MOST_TEXT)
        return Outcome("verified", by)
    seen = await _checked(step, values, key, tools)
    if seen.state == "verified":
        return seen
    return Outcome("unknown", _said(word, f"it is done, but {seen.detail}"))


async def asked_about(
    step: Step, values: Values, key: str, tools: Tools, seen: Outcome
) -> Outcome | Literal["again"]:
    """Ask a person about a command that may have run, and was not `seen` done.

    "again": they want it run once more.
    """
    question = f"{step.title}: it may have run before, and {seen.detail}. Has it run?"
    word = await tools.ask(step, clean(question, MOST_TEXT))
    if word.answer == "again":
        return "again"
    if word.answer == "not-done":
        return Outcome("failed", _said(word, f"it is not done; {seen.detail}"))
    seen = await _checked(step, values, key, tools)
    if seen.state == "verified":
        return seen
    return Outcome(seen.state, _said(word, f"it is done, but {seen.detail}"))


async def _checked(step: Step, values: Values, key: str, tools: Tools) -> Outcome:
    return await watch(step, values, key, tools, min(SHOWS_S, step.timeout_s))


def _said(word: Word, what: str) -> str:
    return clean(f"{word.by}{_remark(word)} says that {what}", MOST_TEXT)


def _remark(word: Word) -> str:
    return f' ("{word.remark}")' if word.remark else ""
