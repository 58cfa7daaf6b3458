"""A step without its write: its read-back in the place of it, so that nothing is changed."""

from config.rollback import Step
from console.actions.look import Outcome, read_back
from console.actions.step_notify import told_by, unreachable
from console.actions.step_traffic import look_at_traffic, stands_at_zero
from console.actions.tools import Tools
from console.actions.values import Values
from console.actions.watching import watch
from console.clean import clean

MOST_TEXT = 500


async def rehearse(step: Step, values: Values, key: str, tools: Tools) -> Outcome:
    """Read `step` back. "verified" says that its proof can be read, whatever that shows now."""
    match step.kind:
        case "traffic":
            return await look_at_traffic(step, values, key, tools)
        case "notify":
            return _whom(step, tools)
        case "manual" if step.read_back is None and step.prove is None:
            return Outcome("verified", "a person would be asked")
        case _:
            return await _readable(step, values, key, tools)


async def stands(step: Step, values: Values, key: str, tools: Tools) -> Outcome | None:
    """Whether `step` need not be done: "verified" if it shows already, "failed" if it does not.

    None where nothing could show it.
    """
    if step.kind == "traffic":
        return await stands_at_zero(step, values, key, tools)
    if step.read_back is None and step.prove is None:
        return None
    return await _seen(step, values, key, tools)


def _whom(step: Step, tools: Tools) -> Outcome:
    people = told_by(step, tools.deployment)
    told = f"it would tell {', '.join(person.name for person in people) or 'nobody'}"
    lacking = [f"{one.name}: {why}" for one in people if (why := unreachable(one, tools.base))]
    fine = people and not lacking
    return Outcome("verified" if fine else "failed", clean("; ".join([told, *lacking]), MOST_TEXT))


async def _readable(step: Step, values: Values, key: str, tools: Tools) -> Outcome:
    seen = await _seen(step, values, key, tools)
    if seen.state == "unknown":
        return seen
    asked = "a person would be asked; " if step.kind == "manual" else ""
    return Outcome("verified", clean(f"{asked}it can be read back: {seen.detail}", MOST_TEXT))


async def _seen(step: Step, values: Values, key: str, tools: Tools) -> Outcome:
    if step.prove is not None:
        # One look: a command that finds nothing yet may well fail, and would as often as it is run.
        return await read_back(step, values, key, tools.http, tools.base)
    return await watch(step, values, key, tools, step.timeout_s, ("verified", "failed"))
