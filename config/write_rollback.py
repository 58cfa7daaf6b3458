"""The kill switch in a written `warroom.toml`: what is configured, and examples of the rest."""

from collections.abc import Mapping, Sequence
from typing import Any

from config import template, template_rollback
from config.tables import Values, mapping, pairs, table

_Blocks = list[list[str]]


def rollback_blocks(values: Values) -> _Blocks:
    """`[rollback]` with its steps, procedures and drill, and `[[suspensions]]`."""
    back: Mapping[str, Any] = values["rollback"]
    key, says, examples = template_rollback.REPLACE
    drill: Mapping[str, Any] = back.get("drill", {})
    mark = "" if drill else "#"
    return [
        table("[rollback]  # Guide 3.5", template_rollback.ROLLBACK, back),
        *_steps(back.get("steps", ())),
        *_procedures(back.get("procedures", {})),
        table(
            f"{mark}[rollback.drill]  # where warroom drill acts instead of in production",
            template_rollback.DRILL,
            drill,
        ),
        mapping(f"[rollback.drill.{key}]", says, drill.get(key), examples),
        *_suspensions(values.get("suspensions", ())),
    ]


def _steps(steps: Sequence[Values]) -> _Blocks:
    if not steps:
        says = [
            "# Each step is proven by reading the system back: a 200 proves nothing. All that need",
            "# not wait for another (`after`) run at once.",
        ]
        examples = [block for kind in template_rollback.STEPS for block in _step(kind, {}, "#")]
        return [[*says, *examples[0]], *examples[1:]]
    first, *others = steps
    kind = "preset" if "preset" in first else first["kind"]
    return [*_step(kind, first, ""), *_plain("rollback.steps", others)]


def _step(kind: str, step: Values, mark: str) -> _Blocks:
    keys = template_rollback.STEPS[kind]
    blocks = [table(f"{mark}[[rollback.steps]]", keys, step)]
    if kind == "preset":
        named = {key.name for key in keys}
        own = {key: value for key, value in step.items() if key not in named}
        return [[*blocks[0], *pairs(own)]]
    if kind == "http":
        key, says, examples = template.HEADERS
        blocks.append(mapping(f"[rollback.steps.{key}]", says, step.get(key), examples))
    if kind == "http" or "read_back" in step:
        blocks.append(_proof("read_back", step, mark))
    elif kind == "command" or "prove" in step:
        blocks.append(_proof("prove", step, mark))
    return blocks


def _proof(name: str, step: Values, mark: str) -> list[str]:
    keys = template_rollback.PROOFS[name]
    return table(f"{mark}[rollback.steps.{name}]", keys, step.get(name, {}))


def _plain(header: str, steps: Sequence[Values]) -> _Blocks:
    return [[f"[[{header}]]", *pairs(step)] for step in steps]


def _procedures(given: Mapping[str, Values]) -> _Blocks:
    """The ways back of phases that have their own, else an example."""
    if not given:
        says = "  # where the way back differs: dark-launch, shadow, canary or full"
        header = "#[rollback.procedures.shadow]"
        step = "#[[rollback.procedures.shadow.steps]]"
        return [
            table(header + says, template_rollback.PROCEDURE, {}),
            table(step, template_rollback.PROCEDURE_STEP, {}),
        ]
    blocks: _Blocks = []
    for phase, one in given.items():
        own = {key: value for key, value in one.items() if key != "steps"}
        blocks.append([f"[rollback.procedures.{phase}]", *pairs(own)])
        blocks += _plain(f"rollback.procedures.{phase}.steps", one["steps"])
    return blocks


def _suspensions(given: Sequence[Values]) -> _Blocks:
    """The small procedures that take a tool or the agent out of use, else an example."""
    if not given:
        return [
            table("#[[suspensions]]", template_rollback.SUSPENSION, {}),
            table("#[[suspensions.steps]]", template_rollback.SUSPENSION_STEP, {}),
        ]
    blocks: _Blocks = []
    for one in given:
        own = {key: value for key, value in one.items() if key != "steps"}
        blocks += [["[[suspensions]]", *pairs(own)], *_plain("suspensions.steps", one["steps"])]
    return blocks
