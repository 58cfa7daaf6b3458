"""Phases and gates that a team takes more strictly than the guide does (Guide 4)."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from config.base import Line, Model, Positive, refusal
from config.guide import CriterionRule, PhaseRule, phase_rules
from config.nearest import suggestion

HOUR_S = 3600


class CriterionOverride(Model):
    """A criterion's stricter limit, as in `CriterionRule`; a greater `n` is a larger sample."""

    over: Positive | None = None
    under: Positive | None = None
    n: Annotated[int, Field(gt=0)] | None = None
    below_points: Annotated[float, Field(ge=0)] | None = None
    times: Positive | None = None


class PhaseOverride(Model):
    """A longer dwell in hours, and criteria that are stricter than the guide's."""

    dwell_h: Positive | None = None
    criteria: Mapping[Line, CriterionOverride] = Field(default_factory=dict)


class Gates(Model):
    """How a gate is passed. `two_people`: an advance needs the agreement of a second lead.

    Without it, that is so for customer-facing agents.
    """

    two_people: bool | None = None


# Which way a limit gets stricter: over and n upward, the others downward.
_STRICTER_UP = {"over", "n"}


def _looser(rule: CriterionRule, override: CriterionOverride) -> list[tuple[str, str]]:
    """The keys that this criterion does not have, or that are looser than the guide."""
    problems = []
    for key, own in override.model_dump(exclude_none=True).items():
        guide = getattr(rule, key)
        if guide is None or (key == "n" and guide == 0):
            problems.append((f"{rule.id} has no `{key}` in this phase", key))
        elif own < guide if key in _STRICTER_UP else own > guide:
            way = "more" if key in _STRICTER_UP else "less"
            problems.append((f"is looser than the guide's {guide:g}; only {way} is possible", key))
        elif key == "over" and own >= 1:
            problems.append(("must be a fraction below 1: nothing could pass it", key))
    return problems


def _no_looser(phases: Mapping[str, PhaseOverride]) -> Mapping[str, PhaseOverride]:
    """Known phases and criteria, and nothing looser than the guide."""
    known = {rule.name: rule for rule in phase_rules()}
    problems: list[tuple[str | int, ...]] = []
    for name, override in phases.items():
        rule = {str(phase): one for phase, one in known.items()}.get(name)
        if rule is None:
            problems.append((f'there is no phase "{name}"{suggestion(name, known)}', name))
            continue
        if override.dwell_h is not None and override.dwell_h * HOUR_S < rule.min_s:
            least = (
                f"is shorter than the guide's {rule.min_s / HOUR_S:g} h; only longer is possible"
            )
            problems.append((least, name, "dwell_h"))
        criteria = {str(one.id): one for one in rule.criterion}
        for criterion, own in override.criteria.items():
            if criterion not in criteria:
                why = f'{name} has no criterion "{criterion}"{suggestion(criterion, criteria)}'
                problems.append((why, name, "criteria", criterion))
                continue
            problems += [
                (why, name, "criteria", criterion, key)
                for why, key in _looser(criteria[criterion], own)
            ]
    if problems:
        raise refusal(*problems)
    return phases


Phases = Annotated[Mapping[Line, PhaseOverride], AfterValidator(_no_looser)]


def in_force(rule: PhaseRule, override: PhaseOverride | None) -> PhaseRule:
    """The guide's phase with what a team made stricter."""
    if override is None:
        return rule
    dwell = rule.min_s if override.dwell_h is None else round(override.dwell_h * HOUR_S)
    criteria = tuple(
        one.model_copy(update=override.criteria[one.id].model_dump(exclude_none=True))
        if one.id in override.criteria
        else one
        for one in rule.criterion
    )
    update = {"min_s": dwell, "max_s": max(dwell, rule.max_s), "criterion": criteria}
    return rule.model_copy(update=update)
