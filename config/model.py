"""What a deployment is: the models behind `warroom.toml`, frozen and closed to unknown keys.

Times are seconds, rates are fractions of 1, money is in `nfr.currency`. Every refusal is one clear
sentence with the key it is about; `config.load` adds the file and the line.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    Strict,
    ValidationInfo,
    field_validator,
    model_validator,
)

from config.base import Fraction, Line, LineOrEmpty, Model, Positive, filled, refusal, repeated
from config.feed import WITHOUT_METRICS, CallField, Feed, FieldPath, MinuteCount
from config.guide import MetricId, PhaseRule, Role, checklist_items, phase_rules
from config.limits import Limit, guide_limit
from config.metric import MetricOverride, Metrics, read_from
from config.nearest import nearest, suggestion
from config.notices import Console, Notices, left_without
from config.person import Person, signed_alike
from config.phases import Gates, Phases, in_force
from config.presets import UnknownPreset, preset
from config.probe import Escalation, Integration, Invoke, Load, Staging
from config.reached import crowds, unanswered
from config.rollback import Prove, ReadBack, Rollback, Step, Suspension
from config.rule import Rules
from config.secret import MissingSecret, Secret
from config.signing import Signing
from config.sync import Sync
from config.traffic import Traffic
from config.watch import Watch
from config.ways import unmet_by, unmet_by_rollback

__all__ = [
    "Agent",
    "CallField",
    "Context",
    "Deployment",
    "Escalation",
    "Feed",
    "FieldPath",
    "Forecast",
    "Integration",
    "Invoke",
    "ItemOverride",
    "Limit",
    "MetricOverride",
    "MinuteCount",
    "MissingSecret",
    "Nfr",
    "Person",
    "Price",
    "Prove",
    "ReadBack",
    "Rollback",
    "Secret",
    "Step",
    "Suspension",
    "Traffic",
]


class Agent(Model):
    """The agent that goes live. An empty `stable_version` means the existing process.

    `feedback` says that users can correct its answers, so that corrections must be logged. A call
    of a tool that is none of `tools` is a misuse (Guide 5.1); None: nobody looks.
    `success_criteria` are those of its specification, against which people judge samples (6.2).
    """

    name: Line
    description: LineOrEmpty = ""
    platform: LineOrEmpty = ""
    version: Line
    stable_version: LineOrEmpty = ""
    go_live: date | None = None
    feedback: bool = False
    tools: Annotated[tuple[Line, ...], Strict(False)] | None = None
    success_criteria: Annotated[tuple[Line, ...], Strict(False)] = ()

    @field_validator("stable_version")
    @classmethod
    def _differs(cls, stable: str, info: ValidationInfo) -> str:
        if stable and stable == info.data.get("version"):
            raise refusal("is the version that goes live; name the one that a rollback restores")
        return stable


class Context(Model):
    """What decides which checklist items are hard (Guide 1, 2.1) and the p95 limit (Guide 3.3)."""

    exposure: Literal["customer-facing", "internal"]
    regulated: bool = False
    compliance_implications: bool = False
    update_of_existing: bool = False
    parent_data: bool = False
    personal_data: bool = False
    tool_using: bool = False
    cross_market: bool = False
    high_criticality: bool = False
    workflow: Literal["saas", "complex-b2b"] = "saas"


def _currency(code: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise refusal("must be a currency's three capital letters, such as USD")
    return code


class Nfr(Model):
    """The agreed needs (Guide 1): what the business may expect.

    Each tightens an alert, but `cost_per_workflow`: no metric of the guide measures it.
    """

    latency_sla_s: Positive | None = None
    availability: Fraction | None = None
    error_budget: Fraction | None = None
    cost_per_call: Positive | None = None
    cost_per_workflow: Positive | None = None
    cost_per_hour: Positive | None = None
    currency: Annotated[str, AfterValidator(_currency)] = "USD"


class Forecast(Model):
    """The baseline for cost and traffic (Guide 3.3), at full traffic."""

    cost_per_call: Positive | None = None
    calls_per_hour: Positive | None = None


def _random_id(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{16}", text):
        raise refusal("must be the 16 hex digits that `warroom init` made")
    return text


def _unfit_preset(feed: Feed) -> str | None:
    try:
        kinds = preset(feed.preset).kinds if feed.preset else (feed.kind,)
    except UnknownPreset as error:
        return str(error)
    if feed.kind in kinds:
        return None
    listed = ", ".join(f'"{kind}"' for kind in kinds)
    return f'"{feed.preset}" is a preset for kind {listed}, not "{feed.kind}"'


def _feed_id(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+", text):
        raise refusal("a feed's name holds only a-z, 0-9 and hyphens")
    return text


class Price(Model):
    """What a model costs, in `nfr.currency` for a million tokens."""

    tokens_in: Annotated[float, Field(ge=0)]
    tokens_out: Annotated[float, Field(ge=0)]


class ItemOverride(Model):
    """A checklist item that this team takes more strictly than the guide does."""

    expires_days: Annotated[int, Field(gt=0)] | None = None
    hard: bool = False


def _roles(info: ValidationInfo) -> dict[str, tuple[Role, ...]] | None:
    """Who holds which roles, by name; None where `people` is refused itself."""
    people: Sequence[Person] | None = info.data.get("people")
    return None if people is None else {person.name: person.roles for person in people}


def _has_switch(info: ValidationInfo) -> bool:
    """Whether there is a traffic switch; so too where `traffic` is refused itself."""
    traffic: Traffic | None = info.data.get("traffic")
    return traffic is None or traffic.switch is not None


def _guide_sla_s(context: Context) -> float:
    return 900.0 if context.exposure == "customer-facing" else 3600.0


class Deployment(Model):
    """One agent's go-live: the whole of `warroom.toml`."""

    version: Literal[1]
    deployment: Annotated[str, AfterValidator(_random_id)]
    agent: Agent
    context: Context
    people: Annotated[tuple[Person, ...], Strict(False), AfterValidator(filled)]
    nfr: Nfr = Nfr()
    forecast: Forecast = Forecast()
    feeds: Annotated[
        Mapping[Annotated[str, AfterValidator(_feed_id)], Feed], AfterValidator(filled)
    ]
    prices: Mapping[Line, Price] = Field(default_factory=dict)
    metrics: Metrics = Field(default_factory=dict)
    rules: Rules = ()
    watch: Watch = Field(default_factory=Watch.default)
    notices: Notices = Notices()
    console: Console = Console()
    items: Mapping[Line, ItemOverride] = Field(default_factory=dict)
    traffic: Traffic = Traffic()
    phases: Phases = Field(default_factory=dict)
    gates: Gates = Gates()
    invoke: Invoke | None = None
    integrations: Annotated[tuple[Integration, ...], Strict(False)] = ()
    staging: Staging = Staging()
    escalation: Escalation | None = None
    load: Load | None = None
    signing: Signing = Signing()
    sync: Sync = Sync()
    rollback: Rollback
    suspensions: Annotated[tuple[Suspension, ...], Strict(False)] = ()

    @field_validator("people")
    @classmethod
    def _one_each(cls, people: tuple[Person, ...]) -> tuple[Person, ...]:
        twice = [
            (f'"{people[place].name}" is the name of an earlier person', place, "name")
            for place in repeated(person.name for person in people)
        ]
        if problems := [*twice, *crowds(people), *(() if twice else signed_alike(people))]:
            raise refusal(*problems)
        return people

    @field_validator("feeds")
    @classmethod
    def _know_their_names(cls, feeds: Mapping[str, Feed]) -> Mapping[str, Feed]:
        wrong: list[tuple[str | int, ...]] = []
        for name, feed in feeds.items():
            if feed.id not in {"", name}:
                wrong.append(("the table's name is the id; remove this key", name, "id"))
            if why := _unfit_preset(feed):
                wrong.append((why, name, "preset"))
        if feeds and all(feed.kind in WITHOUT_METRICS for feed in feeds.values()):
            wrong.append(("at least one feed must give calls or numbers",))
        if wrong:
            raise refusal(*wrong)
        return {name: feed.model_copy(update={"id": name}) for name, feed in feeds.items()}

    @field_validator("items")
    @classmethod
    def _known_and_no_looser(cls, items: Mapping[str, ItemOverride]) -> Mapping[str, ItemOverride]:
        known = {item.id: item for item in checklist_items()}
        problems: list[tuple[str | int, ...]] = []
        for name, override in items.items():
            guide = known[name].expires_days if name in known else None
            if name not in known:
                near = nearest(name, known)
                hint = f'; did you mean "{near}"?' if near else suggestion(name, known)
                problems.append((f'there is no item "{name}"{hint}', name))
            elif guide is not None and (override.expires_days or 0) > guide:
                why = f"is looser than the guide's {guide} days; only fewer are possible"
                problems.append((why, name, "expires_days"))
        if problems:
            raise refusal(*problems)
        return items

    @field_validator("integrations")
    @classmethod
    def _one_id_each(cls, integrations: tuple[Integration, ...]) -> tuple[Integration, ...]:
        twice = [
            (f'"{integrations[place].id}" is the id of an earlier integration', place, "id")
            for place in repeated(one.id for one in integrations)
        ]
        if twice:
            raise refusal(*twice)
        return integrations

    @field_validator("escalation")
    @classmethod
    def _is_answered(cls, path: Escalation | None, info: ValidationInfo) -> Escalation | None:
        people: Sequence[Person] | None = info.data.get("people")
        context: Context | None = info.data.get("context")
        if path is not None and people is not None and context is not None:
            guide = _guide_sla_s(context)
            if problems := unanswered(path, people, guide):
                raise refusal(*problems)
        return path

    @field_validator("rollback")
    @classmethod
    def _can_be_carried_out(cls, back: Rollback, info: ValidationInfo) -> Rollback:
        if (roles := _roles(info)) is None:
            return back
        if problems := unmet_by_rollback(back, roles, has_switch=_has_switch(info)):
            raise refusal(*problems)
        return back

    @field_validator("suspensions")
    @classmethod
    def _can_be_told_apart(
        cls, given: tuple[Suspension, ...], info: ValidationInfo
    ) -> tuple[Suspension, ...]:
        problems: list[tuple[str | int, ...]] = [
            (f'"{given[place].id}" is the id of an earlier suspension', place, "id")
            for place in repeated(one.id for one in given)
        ]
        if (roles := _roles(info)) is not None:
            problems += [
                (why, at, "steps", *place)
                for at, one in enumerate(given)
                for why, *place in unmet_by(one.steps, roles, has_switch=_has_switch(info))
            ]
        if problems:
            raise refusal(*problems)
        return given

    @model_validator(mode="after")
    def _somebody_is_always_told(self) -> Self:
        if problems := list(left_without(self)):
            raise refusal(*problems)
        return self

    def person(self, name: str) -> Person | None:
        """The person of that name, or None."""
        return next((person for person in self.people if person.name == name), None)

    def holders(self, role: Role) -> tuple[Person, ...]:
        """Everybody who holds `role`, in the file's order."""
        return tuple(person for person in self.people if role in person.roles)

    @property
    def escalation_sla_s(self) -> float:
        """The seconds within which a reviewer answers: agreed, or the guide's (5.1)."""
        if self.escalation is not None and self.escalation.sla_s is not None:
            return self.escalation.sla_s
        return _guide_sla_s(self.context)

    def phase_rule(self, name: str) -> PhaseRule | None:
        """A phase as it is in force here (Guide 4); readiness is none."""
        rule = next((rule for rule in phase_rules() if rule.name == name), None)
        return None if rule is None else in_force(rule, self.phases.get(name))

    @property
    def two_people(self) -> bool:
        """Whether an advance needs the agreement of a second lead."""
        if self.gates.two_people is not None:
            return self.gates.two_people
        return self.context.exposure == "customer-facing"

    def feed_of(self, metric: MetricId) -> Feed:
        """The feed that `metric` is read from: the named one, else the first that counts calls."""
        return self.feeds[read_from(metric, self.metrics, self.feeds)]

    def guide_limit(self, metric: MetricId, share: float = 1.0) -> Limit:
        """The guide's own limit (Guide 3.3) for this context and forecast.

        `share` is the fraction of all traffic that the present attempt gets; traffic and spend
        scale with it. A limit that needs a missing forecast is None.
        """
        calls = self.forecast.calls_per_hour
        return guide_limit(
            metric,
            self.context.workflow,
            self.forecast.cost_per_call,
            None if calls is None else calls * share,
        )

    def limit(self, metric: MetricId, share: float = 1.0) -> Limit:
        """The limit in force: the guide's, or the agreed need or override where that is stricter.

        `share` is as in `guide_limit`; agreed ceilings and overrides are absolute. Where the
        guide's limit is not known, neither is this one: a ceiling alone would hide a 3x spike.
        """
        guide = self.guide_limit(metric, share)
        override = self.metrics.get(metric)
        own = override.limit if override else None
        if guide.over is not None:
            stricter = [need for need in (own, *self._needs(metric)) if need is not None]
            return guide.model_copy(update={"over": min([guide.over, *stricter])})
        if guide.under is not None and own is not None:
            return guide.model_copy(update={"under": max(guide.under, own)})
        return guide

    def _needs(self, metric: MetricId) -> tuple[float | None, ...]:
        nfr = self.nfr
        match metric:
            case "latency-p95":
                return (nfr.latency_sla_s,)
            case "error-rate":
                down = None if nfr.availability is None else round(1 - nfr.availability, 12)
                return (nfr.error_budget, down)
            case "cost-per-call":
                return (nfr.cost_per_call,)
            case "spend-rate":
                return (nfr.cost_per_hour,)
            case _:
                return ()
