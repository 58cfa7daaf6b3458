"""A team's own rules: alerts beside the guide's, which they can neither loosen nor replace."""

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, Strict, ValidationInfo, model_validator

from config.base import Line, Model, refusal, repeated
from config.feed import WITHOUT_METRICS
from config.guide import CountedMetric, MetricId, Role

RuleMetric = Literal[CountedMetric, "tokens-per-call", "feedback-negative-rate"]
# The guide's metric whose feed is read for those that the guide does not know.
_READ_WITH: Mapping[str, MetricId] = {
    "tokens-per-call": "cost-per-call",
    "feedback-negative-rate": "traffic",
}
_RATES = {"escalation-rate", "error-rate", "feedback-negative-rate"}


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,40}", text):
        raise refusal("a rule's id holds only a-z, 0-9 and hyphens, at most 40")
    return text


def _whole_minutes(seconds: int) -> int:
    if seconds % 60:
        raise refusal(f"must be whole minutes: a multiple of 60, such as {seconds // 60 * 60 + 60}")
    return seconds


WholeMinutes = Annotated[int, Field(le=86_400), AfterValidator(_whole_minutes)]


class Rule(Model):
    """An alert on a metric over the last `window_s` seconds, once it lasted `for_s` seconds.

    `over` and `under` are strict and in the metric's unit: fractions, seconds, money in
    `nfr.currency`, calls an hour, flags, tokens. Without `feed` it reads the metric's own.
    """

    id: Annotated[str, AfterValidator(_slug)]
    metric: RuleMetric
    window_s: Annotated[WholeMinutes, Field(ge=60)]
    over: Annotated[float | None, Field(ge=0)] = None
    under: Annotated[float | None, Field(gt=0)] = None
    for_s: Annotated[WholeMinutes, Field(ge=0)] = 0
    severity: Literal["page", "ticket", "info"] = "ticket"
    recipient: Role
    feed: Line | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.over is None) == (self.under is None):
            raise refusal("needs one of `over` and `under`")
        if self.metric in _RATES and self.over is not None and self.over >= 1:
            raise refusal((f"{self.over:g} can never be exceeded; a rate is at most 1", "over"))
        if self.metric in _RATES and self.under is not None and self.under > 1:
            raise refusal((f"{self.under:g} is always undercut; a rate is at most 1", "under"))
        return self

    @property
    def limit(self) -> float:
        """What the metric is held against."""
        return self.over if self.over is not None else self.under or 0.0

    @property
    def reads(self) -> str:
        """The guide's metric whose feed this rule reads, if it names none."""
        return _READ_WITH.get(self.metric, self.metric)

    def broken_by(self, value: float) -> bool:
        """Whether `value` is beyond the limit."""
        return value > self.over if self.over is not None else value < self.limit


def _fit(rules: tuple[Rule, ...], info: ValidationInfo) -> tuple[Rule, ...]:
    """Each has a name of its own, a recipient, and a feed that gives numbers."""
    problems: list[tuple[str | int, ...]] = [
        (f'"{rules[place].id}" is the id of an earlier rule', place, "id")
        for place in repeated(rule.id for rule in rules)
    ]
    feeds: Mapping[str, Any] = info.data.get("feeds", {})
    people: Collection[Any] | None = info.data.get("people")
    for place, rule in enumerate(rules):
        if people is not None and not any(rule.recipient in one.roles for one in people):
            held = ", ".join(sorted({role for one in people for role in one.roles}))
            why = f'nobody in `people` has the role "{rule.recipient}" (one of: {held})'
            problems.append((why, place, "recipient"))
        if feeds and rule.feed is not None:
            if rule.feed not in feeds:
                why = f'there is no feed "{rule.feed}" (one of: {", ".join(feeds)})'
                problems.append((why, place, "feed"))
            elif feeds[rule.feed].kind in WITHOUT_METRICS:
                problems.append((f'feed "{rule.feed}" gives no numbers', place, "feed"))
    if problems:
        raise refusal(*problems)
    return rules


Rules = Annotated[tuple[Rule, ...], Strict(False), AfterValidator(_fit)]
