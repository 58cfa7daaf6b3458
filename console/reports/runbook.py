"""The operations runbook that Guide 3 asks for, as facts produced from the config."""

import shlex
from collections.abc import Sequence

import msgspec

from config.feed import FEED_KEYS, CallField, Feed
from config.guide import MetricRule, metric_rules, trigger_rules
from config.model import Deployment, Integration, Limit
from config.presets import UnknownPreset, preset
from config.rollback import Step
from config.secret import Secret
from console.domain.times import span
from console.reports.ground import About, Ground, about, named, spoken, unheld

LOG_WITHIN_S = 60
FIRE_WITHIN_S = 60


class Check(msgspec.Struct, frozen=True):
    """The test of one connection: what to type, and what shows that it works."""

    id: str
    title: str
    command: str
    expect: str


class SyntheticInput(msgspec.Struct, frozen=True):
    """One of the five inputs of Guide 3.2; `mark` is how it is found in the log."""

    mark: str
    send: str
    look_for: str


class LogField(msgspec.Struct, frozen=True):
    """A field that must be complete; `read_as` is its place in a record, empty if not known."""

    name: str
    read_as: str


class Watched(msgspec.Struct, frozen=True):
    """A metric with all that Guide 3.3 asks to be set up for it."""

    id: str
    means: str
    feed: str
    limit: str
    window: str
    check: str
    recipients: tuple[str, ...]
    unheld: tuple[str, ...]


class RollbackStep(msgspec.Struct, frozen=True):
    """A step of the way back; `within_s` is its own time target in real seconds."""

    id: str
    title: str
    does: str
    shown_by: str
    after: tuple[str, ...]
    within_s: float
    manual: str


class Trigger(msgspec.Struct, frozen=True):
    """What is enough for a rollback, and who sees it."""

    id: str
    name: str
    seen_by: str
    fire: str


class Rollback(msgspec.Struct, frozen=True):
    """Guide 3.5 for this agent. `budget_s` runs from trigger to proof.

    `fire` is the owner's command but for the trigger; `fire_now` are the owner's and the deputies'.
    """

    owner: str
    deputies: tuple[str, ...]
    target: str
    budget_s: int
    fire: str
    fire_now: tuple[str, ...]
    triggers: tuple[Trigger, ...]
    steps: tuple[RollbackStep, ...]
    notify: tuple[str, ...]


class Runbook(msgspec.Struct, frozen=True, tag_field="kind", tag="runbook"):
    """The whole of it; `gaps` are what is missing for it to be carried out."""

    about: About
    gaps: tuple[str, ...]
    checks: tuple[Check, ...]
    feeds: tuple[Check, ...]
    inputs: tuple[SyntheticInput, ...]
    fields: tuple[LogField, ...]
    log_feed: str
    log_within_s: int
    log_record: str
    metrics: tuple[Watched, ...]
    metrics_check: str
    rollback: Rollback


# Guide 3.2, with the field of a call that holds it.
_FIELDS: tuple[tuple[str, CallField], ...] = (
    ("input text", "input"),
    ("input format", "format"),
    ("timestamp", "at"),
    ("user identifier", "user"),
    ("output", "output"),
    ("latency", "latency_s"),
    ("tokens in", "tokens_in"),
    ("tokens out", "tokens_out"),
    ("tool calls: which, with what, did they succeed", "tools"),
    ("escalation", "escalation"),
    ("safety or policy flags", "flags"),
    ("user correction, where there is a way to give one", "correction"),
)
_INPUTS = (
    (
        "an ordinary request of the most frequent kind",
        "output, latency, tokens and user filled; no escalation, no flag",
    ),
    (
        "an ordinary request in another format (long, or with an attachment)",
        "the input whole, not cut short, with its format",
    ),
    (
        "a request that makes the agent call a tool or look something up",
        "each tool by name with its inputs and whether it succeeded",
    ),
    (
        "a request outside what the agent may decide, so that it escalates",
        "the escalation with its reason; the reviewer notified",
    ),
    (
        "a harmless text that the safety filter must stop; then a correction as a user",
        "the flag by name, and the correction beside the call",
    ),
)


def runbook(ground: Ground) -> Runbook:
    """The runbook of this deployment."""
    deployment, where = ground.deployment, ground.directory
    metrics = tuple(_watched(rule, deployment) for rule in metric_rules())
    back = _rollback(deployment, where)
    log = deployment.feed_of("traffic")
    return Runbook(
        about=about(ground),
        gaps=_gaps(deployment, metrics),
        checks=tuple(_check(one) for one in deployment.integrations),
        feeds=tuple(_feed(feed, where) for feed in deployment.feeds.values()),
        inputs=tuple(
            SyntheticInput(f"{deployment.deployment[:6]}-log-{n}", send, look)
            for n, (send, look) in enumerate(_INPUTS, 1)
        ),
        fields=tuple(LogField(name, _place(log, field)) for name, field in _FIELDS),
        log_feed=f"{log.id} ({_source(log)})",
        log_within_s=LOG_WITHIN_S,
        log_record=_recorded(deployment, where),
        metrics=metrics,
        metrics_check=f"warroom status {where}",
        rollback=back,
    )


def _recorded(deployment: Deployment, where: str) -> str:
    """How the logging check is put on record: by the probe, or by what was seen by hand."""
    holders = deployment.holders("tech-lead")
    who = shlex.quote(holders[0].name if holders else "tech lead")
    confirm = f"warroom confirm {where} logging --as {who} --evidence"
    if deployment.invoke is not None:
        return f"warroom probe logging {where} --as {who} && {confirm} probe:logging"
    return f"{confirm} '5 of 5 found within … s, every field filled; marks …'"


def _gaps(deployment: Deployment, metrics: Sequence[Watched]) -> tuple[str, ...]:
    """What keeps the runbook from being carried out, in sentences without their full stop."""
    back = deployment.rollback
    gaps = []
    if not back.steps:
        gaps.append("no rollback step is written: the kill switch has nothing to carry out")
    longest = sum(step.timeout_s for step in back.steps)
    if longest > back.budget_s:
        gaps.append(f"the steps may take {span(longest)}, more than {span(back.budget_s)} in all")
    if not deployment.agent.stable_version:
        gaps.append("no stable version is named: a rollback restores the existing process")
    for role, name in (("owner", back.owner), *(("deputy", name) for name in back.deputy or ("",))):
        person = deployment.person(name) if name else None
        if person is None:
            gaps.append(f"the rollback has no {role}")
        elif not person.phone:
            gaps.append(f"the rollback's {role} {person.name} has no phone number")
    if not deployment.integrations:
        gaps.append("no integration is described, so their tests are not in section 1")
    if deployment.invoke is None:
        gaps.append("[invoke] is not written: the logging check is done by hand")
    for metric in metrics:
        gaps += [f"nobody holds {role}, who is told of {metric.id}" for role in metric.unheld]
        if not metric.limit:
            gaps.append(f"{metric.id} has no limit: write the numbers under [forecast]")
    return tuple(dict.fromkeys(gaps))


def _check(one: Integration) -> Check:
    request = f"-X {shlex.quote(one.method)} {shlex.quote(one.url)}"
    codes = " or ".join(map(str, one.expect_status))
    return Check(
        one.id,
        one.title,
        f"curl -sS -m 10 -o /dev/null -w '%{{http_code}}\\n' {request}",
        f"{codes}, from a production host with the production credentials; anything else fails",
    )


def _feed(feed: Feed, where: str) -> Check:
    return Check(
        feed.id,
        _source(feed),
        f"warroom status {where}",
        f"Feed {feed.id} is live",
    )


def _source(feed: Feed) -> str:
    return f"{feed.kind} at {feed.url or feed.path or feed.listen}"


def _place(feed: Feed, field: CallField) -> str:
    """Where a record of the log holds the field."""
    if "fields" not in FEED_KEYS[feed.kind]:
        return ""
    if field in feed.fields:
        return feed.fields[field].path
    try:
        known = preset(feed.preset).fields if feed.preset else {}
    except UnknownPreset:
        known = {}
    return known[field].path if field in known else ""


def _watched(rule: MetricRule, deployment: Deployment) -> Watched:
    return Watched(
        rule.id,
        rule.means,
        deployment.feed_of(rule.id).id if rule.id != "accuracy" else "judged by people",
        limit_text(rule, deployment.limit(rule.id), deployment.nfr.currency),
        "last 50 judged" if rule.id == "accuracy" else f"last {span(rule.window_s)}",
        rule.check,
        tuple(spoken(person) for person in named(deployment, rule.recipients)),
        tuple(unheld(deployment, rule.recipients)),
    )


def limit_text(rule: MetricRule, limit: Limit, currency: str) -> str:
    """When the alert fires, e.g. `above 3 s`; empty where no limit is known."""
    if rule.any:
        return "any at all"

    def shown(value: float) -> str:
        units = {"s": " s", "money": f" {currency}", "money/h": f" {currency}/h"}
        if rule.unit == "ratio":
            return f"{value * 100:.4g} %"
        return f"{value:,.4g}{units.get(rule.unit, ' calls/h')}"

    told = []
    if limit.over is not None:
        told.append(f"above {shown(limit.over)}")
    if limit.under is not None:
        told.append(f"below {shown(limit.under)}")
    if limit.silence_under is not None and limit.silence_for_s is not None:
        told.append(f"below {shown(limit.silence_under)} for {span(limit.silence_for_s)}")
    return ", or ".join(told)


def _rollback(deployment: Deployment, where: str) -> Rollback:
    back = deployment.rollback
    owner = deployment.person(back.owner)
    deputies = [person for name in back.deputy if (person := deployment.person(name))]
    fire = f"warroom rollback {where} --as {shlex.quote(back.owner)} --trigger"
    return Rollback(
        owner=spoken(owner) if owner else back.owner,
        deputies=tuple(spoken(person) for person in deputies),
        target=deployment.agent.stable_version or "the existing process",
        budget_s=back.budget_s,
        fire=fire,
        fire_now=tuple(
            f"warroom rollback {where} --as {shlex.quote(name)} --trigger owner-judgement --fire"
            for name in (back.owner, *back.deputy)
        ),
        triggers=tuple(
            Trigger(
                rule.id,
                f"{rule.name}: {rule.means}",
                "the console computes it" if rule.metric else "a person declares it",
                f"{fire} {rule.id} --fire",
            )
            for rule in trigger_rules()
        ),
        steps=tuple(_step(step, deployment) for step in ordered(back.steps)),
        notify=tuple(spoken(p) for p in named(deployment, ("agent-lead", "tech-lead"))),
    )


def _origin(secret: Secret) -> str:
    """Where a header's value comes from; never the value."""
    if secret.env is not None:
        return f"from the environment variable {secret.env}"
    return f"from the file {secret.file}" if secret.file else "as written in warroom.toml"


def ordered(steps: Sequence[Step]) -> list[Step]:
    """The steps in the order in which they can be done; the config holds no circle."""
    left, done = list(steps), list[Step]()
    while left:
        ids = {step.id for step in done}
        ready = next((step for step in left if ids.issuperset(step.after)), left[0])
        left.remove(ready)
        done.append(ready)
    return done


def _step(step: Step, deployment: Deployment) -> RollbackStep:
    def filled(text: str) -> str:
        stable = deployment.agent.stable_version
        return text.replace("{stable_version}", stable).replace(
            "{version}", deployment.agent.version
        )

    if step.kind == "http":
        headers = "".join(f", {name} {_origin(told)}" for name, told in step.headers.items())
        does = f"{step.method} {filled(step.url or '')}{headers}"
    else:
        does = f"runs {filled(shlex.join(step.argv or ()))}"
    if step.read_back is not None:
        look = step.read_back
        equals = filled(look.equals) if isinstance(look.equals, str) else look.equals
        shown = f"GET {filled(look.url)} says {look.path} = {equals}"
    elif step.prove is not None:
        shown = (
            f"{filled(shlex.join(step.prove.argv))} exits with 0 and prints {step.prove.contains}"
        )
    else:
        shown = "nothing: it cannot be proven"
    return RollbackStep(
        step.id, step.title, does, shown, step.after, step.timeout_s, filled(step.manual)
    )
