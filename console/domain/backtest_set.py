"""Other thresholds for a backtest, as people write them: `error-rate.limit=0.02`.

A value may be looser than the guide allows, for it is a question and no config; that is said.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec

from config.guide import MetricId, metric_rules, trigger_rules
from config.limits import looser
from config.metric import MetricOverride
from config.model import Deployment
from config.nearest import nearest
from console.domain.backtest_plan import Plan, plan_of

MOST_VARIANTS = 50
_DAY_S = 86_400
_RATES = {"error-rate", "escalation-rate", "feedback-negative-rate", "accuracy"}
_AGREED = {
    "nfr": ("latency_sla_s", "availability", "error_budget", "cost_per_call", "cost_per_hour"),
    "forecast": ("cost_per_call", "calls_per_hour"),
    "watch": ("window_s", "unexplained_calls"),
}
_WHOLE = {"n", "window_s", "for_s", "silence_for_s", "unexplained_calls"}


class BadSet(ValueError):
    """A `--set` that means nothing; the text is one sentence."""


class Variant(msgspec.Struct, frozen=True):
    """A plan with other thresholds.

    `changes` are key to value, in the order given; `looser` says in sentences what the guide would
    not allow.
    """

    changes: dict[str, float]
    plan: Plan
    looser: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The changes in one line."""
        return ",".join(f"{key}={value:g}" for key, value in self.changes.items())


Change = Callable[[Plan, float], Plan]
"""Gives the plan with one threshold changed."""


def variants_of(deployment: Deployment, given: Sequence[str], share: float = 1.0) -> list[Variant]:
    """What each of `given` asks for, at `share` (0 to 1) of all traffic. Raises `BadSet`.

    One is `KEY=VALUE`, several changes at once `KEY=VALUE,KEY=VALUE`; `KEY=FIRST..LAST/STEP` gives
    a variant for each value. A fraction may be written as a percentage: `5%`.
    """
    plan = plan_of(deployment, share)
    known, fractions = keys_of(plan), fractions_of(plan)
    found = []
    for text in given:
        for raw in _spread(text):
            keys = {_known(key, known): value for key, value in raw.items()}
            numbers = {key: _number(key, value, key in fractions) for key, value in keys.items()}
            found.append(_variant(deployment, known, numbers, share))
    if len(found) > MOST_VARIANTS:
        raise BadSet(f"{len(found)} variants are too many: ask for at most {MOST_VARIANTS} at once")
    return found


def _spread(text: str) -> Iterator[dict[str, str]]:
    """The changes of each variant that `text` asks for."""
    several: list[dict[str, str]] = [{}]
    for part in text.split(","):
        key, mark, value = (piece.strip() for piece in part.partition("="))
        if not mark or not key or not value:
            raise BadSet(f'--set "{text}": write KEY=VALUE, such as error-rate.limit=0.02')
        if key in several[0]:
            raise BadSet(f'--set "{text}": {key} is there twice')
        values = list(_range(key, value)) if ".." in value else [value]
        several = [{**one, key: each} for one in several for each in values]
        if len(several) > MOST_VARIANTS:
            raise BadSet(f'--set "{text}": over {MOST_VARIANTS} variants; take larger steps')
    yield from several


def _range(key: str, value: str) -> Iterator[str]:
    ends, mark, by = value.partition("/")
    first, _, last = ends.partition("..")
    percent = "%" if all(part.endswith("%") for part in (first, last, by)) else ""
    try:
        low, high, step = (Decimal(part.removesuffix(percent)) for part in (first, last, by))
        steps = int((high - low) / step) if mark and step > 0 else -1
    except (ArithmeticError, ValueError):
        steps = -1
    if steps < 0:
        raise BadSet(f"{key}={value} is no range: write FIRST..LAST/STEP, such as 0.01..0.05/0.01")
    for number in range(min(steps, MOST_VARIANTS) + 1):
        yield f"{low + number * step}{percent}"


def _variant(
    deployment: Deployment, known: Mapping[str, Change], numbers: dict[str, float], share: float
) -> Variant:
    changed = deployment
    for key, value in numbers.items():
        changed = _agreed(changed, key, value)
    plan = plan_of(changed, share)
    for key, value in numbers.items():
        plan = known[key](plan, value)
    return Variant(numbers, plan, tuple(_looser(deployment, plan, numbers)))


def _known(key: str, known: Mapping[str, Change]) -> str:
    """The key as it is known; `metrics.` before a metric's may be there, as in `warroom.toml`."""
    short = key.removeprefix("metrics.")
    if short in known:
        return short
    near = nearest(short, known)
    if near:
        raise BadSet(f'--set: "{key}" is not known; did you mean "{near}"?')
    groups = "error-rate.limit, trigger.error-rate.window_s, rules.ID.over, nfr.error_budget"
    raise BadSet(f'--set: "{key}" is not known; keys are like {groups}')


def _number(key: str, text: str, fraction: bool) -> float:
    percent = text.endswith("%")
    try:
        value = float(Decimal(text.removesuffix("%").rstrip()) / (100 if percent else 1))
    except ArithmeticError:
        raise BadSet(f'--set: {key}: "{text}" is not a number') from None
    if percent and not fraction:
        raise BadSet(f"--set: {key}: {text}: this is no fraction; write it without %")
    _, _, field = key.rpartition(".")
    wrong = ""
    if not isfinite(value) or value < 0:
        wrong = "must be a finite number of at least 0"
    elif field in {"window_s", "for_s", "silence_for_s"}:
        least = 0 if field == "for_s" else 60
        if value % 60 or not least <= value <= _DAY_S:
            wrong = f"must be whole minutes in seconds, {least} to {_DAY_S}"
    elif field in _WHOLE:
        wrong = "" if value % 1 == 0 and value else "must be a whole number of at least 1"
    elif fraction and value > 1:
        wrong = f"is a fraction of 1: write {value / 100:g} for {value:g} %"
    if wrong:
        raise BadSet(f"--set: {key}: {text} {wrong}")
    return value


def _agreed(deployment: Deployment, key: str, value: float) -> Deployment:
    """The deployment with an agreed need, a forecast or a stricter limit changed."""
    table, _, field = key.partition(".")
    if table in _AGREED:
        held: float | int = int(value) if field in _WHOLE else value
        part = getattr(deployment, table).model_copy(update={field: held})
        return deployment.model_copy(update={table: part})
    if field == "limit":
        metric: Any = table
        own = deployment.metrics.get(metric, MetricOverride())
        metrics = {**deployment.metrics, metric: own.model_copy(update={"limit": value})}
        return deployment.model_copy(update={"metrics": metrics})
    return deployment


def fractions_of(plan: Plan) -> set[str]:
    """Those of the keys whose value is a fraction of 1."""
    own = {f"rules.{rule.id}": rule.metric for rule in plan.rules}
    found = {"nfr.availability", "nfr.error_budget"}
    for key in keys_of(plan):
        name, _, field = key.rpartition(".")
        told = own.get(name, name.rpartition(".")[2])
        if field == "below_points" or (field in {"limit", "over", "under"} and told in _RATES):
            found.add(key)
    return found


def keys_of(plan: Plan) -> dict[str, Change]:
    """Every key that may be set, with what it does."""
    keys: dict[str, Change] = {
        f"{table}.{field}": _as_it_is for table, fields in _AGREED.items() for field in fields
    }
    for rule in plan.metrics:
        if not rule.any:
            keys[f"{rule.id}.window_s"] = _window(rule.id)
            keys[f"{rule.id}.limit"] = _limit(rule.id, "over" if rule.under is None else "under")
        if rule.silence_for_s is not None:
            keys[f"{rule.id}.silence_under"] = _limit(rule.id, "silence_under")
            keys[f"{rule.id}.silence_for_s"] = _limit(rule.id, "silence_for_s")
    for trigger in plan.triggers:
        keys[f"trigger.{trigger.id}.window_s"] = _trigger(trigger.id, "window_s")
        if trigger.over_times is None:
            keys[f"trigger.{trigger.id}.limit"] = _trigger(trigger.id, "over")
        else:
            keys[f"trigger.{trigger.id}.over_times"] = _trigger(trigger.id, "over_times")
    for own in plan.rules:
        side = "over" if own.over is not None else "under"
        for field in (side, "window_s", "for_s"):
            keys[f"rules.{own.id}.{field}"] = _rule(own.id, field)
    for phase in plan.phases:
        for criterion in phase.criterion:
            for field in ("over", "under", "n", "below_points", "times"):
                if getattr(criterion, field):
                    name = f"{phase.name}.{criterion.id}.{field}"
                    keys[name] = _criterion(phase.name, criterion.id, field)
    return keys


def _as_it_is(plan: Plan, value: float) -> Plan:
    """What changes the deployment itself is in the plan already."""
    return plan


def _window(metric: str) -> Change:
    def change(plan: Plan, value: float) -> Plan:
        metrics = [
            rule.model_copy(update={"window_s": int(value)}) if rule.id == metric else rule
            for rule in plan.metrics
        ]
        return msgspec.structs.replace(plan, metrics=tuple(metrics))

    return change


def _limit(metric: MetricId, field: str) -> Change:
    def change(plan: Plan, value: float) -> Plan:
        held: Any = int(value) if field in _WHOLE else value
        limit = plan.limits[metric].model_copy(update={field: held})
        return msgspec.structs.replace(plan, limits={**plan.limits, metric: limit})

    return change


def _trigger(name: str, field: str) -> Change:
    def change(plan: Plan, value: float) -> Plan:
        held: Any = int(value) if field in _WHOLE else value
        triggers = [
            rule.model_copy(update={field: held}) if rule.id == name else rule
            for rule in plan.triggers
        ]
        return msgspec.structs.replace(plan, triggers=tuple(triggers))

    return change


def _rule(name: str, field: str) -> Change:
    def change(plan: Plan, value: float) -> Plan:
        held: Any = int(value) if field in _WHOLE else value
        rules = [
            rule.model_copy(update={field: held}) if rule.id == name else rule
            for rule in plan.rules
        ]
        return msgspec.structs.replace(plan, rules=tuple(rules))

    return change


def _criterion(phase: str, name: str, field: str) -> Change:
    def change(plan: Plan, value: float) -> Plan:
        held: Any = int(value) if field in _WHOLE else value
        phases = []
        for rule in plan.phases:
            criteria = tuple(
                one.model_copy(update={field: held}) if one.id == name else one
                for one in rule.criterion
            )
            changed = rule.model_copy(update={"criterion": criteria})
            phases.append(changed if rule.name == phase else rule)
        return msgspec.structs.replace(plan, phases=tuple(phases))

    return change


def _looser(deployment: Deployment, plan: Plan, numbers: Mapping[str, float]) -> Iterator[str]:
    """What the guide would not allow in `warroom.toml`."""
    windows: dict[str, int] = {rule.id: rule.window_s for rule in metric_rules()}
    windows |= {f"trigger.{rule.id}": rule.window_s or 0 for rule in trigger_rules()}
    for key, value in numbers.items():
        name, _, field = key.rpartition(".")
        if field == "window_s" and windows.get(name, value) != value:
            yield f"{key}={value:g} is not the guide's {windows[name]:g}"
        metric = next((rule for rule in plan.metrics if rule.id == name), None)
        if metric is not None and field == "limit":
            guide = deployment.guide_limit(metric.id)
            known = guide.over is not None or guide.under is not None
            if known and looser(metric, guide, value):
                held = guide.over if guide.over is not None else guide.under
                yield f"{key}={value:g} is looser than the guide's {held:g}"
        trigger = next((r for r in trigger_rules() if f"trigger.{r.id}" == name), None)
        guides = None
        if trigger is not None and field in {"limit", "over_times"}:
            guides = trigger.over if field == "limit" else trigger.over_times
        if guides is not None and value > guides:
            yield f"{key}={value:g} is looser than the guide's {guides:g}"
        if field == "under" and (now := _under(deployment, name)) is not None and value > now:
            yield f"{key}={value:g} is looser than the {now:g} in force"


def _under(deployment: Deployment, name: str) -> float | None:
    """The upper limit of a gate's criterion, by `PHASE.CRITERION`, as it is in force."""
    phase, _, criterion = name.partition(".")
    rule = deployment.phase_rule(phase) if criterion and phase != "rules" else None
    held = [one.under for one in rule.criterion if one.id == criterion] if rule else []
    return held[0] if held else None
