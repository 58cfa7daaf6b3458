"""What GO asks before the dark launch (Guide 1, 3.3, 4, 5.2): unknown is never met."""

from collections.abc import Iterator

from config.guide import metric_rules
from console.domain.checklist import checklist, progress
from console.domain.criteria import record
from console.domain.events import CriterionRecord
from console.domain.facts import Facts
from console.domain.poll import verdict, waiting
from console.domain.standing import standing_of
from console.domain.state import State


def readiness_criteria(state: State, facts: Facts) -> tuple[CriterionRecord, ...]:
    """No hard item open, monitoring and escalation path verified, a baseline, and GO by all."""
    return (
        _items(state, facts),
        _escalation_probe(state, facts),
        _monitoring(facts),
        _baseline(state),
        _poll(state, facts),
    )


def _items(state: State, facts: Facts) -> CriterionRecord:
    got = progress(checklist(state, standing_of(facts)))
    if got.open_hard:
        names = ", ".join(got.open_hard)
        why = f"{len(got.open_hard)} hard items are open: {names}"
        return record("hard-items", "not-met", why, len(got.open_hard), 0, got.total)
    return record("hard-items", "met", "no hard item is open", 0, 0, got.total)


def _escalation_probe(state: State, facts: Facts) -> CriterionRecord:
    """Guide 5.2: the live path from trigger to receipt, tried on what goes live."""
    name, how = "escalation-probe", "warroom probe escalation DIR"
    run = state.probes.get("escalation")
    if run is None:
        return record(name, "unknown", f"the escalation probe was never run: {how}")
    age = facts.now - run.at
    if not run.passed:
        return record(name, "not-met", f"{run.summary}: {how}", age_s=age)
    if run.version != facts.deployment.agent.version:
        why = f"the escalation probe was run on {run.version}: {how}"
        return record(name, "unknown", why, age_s=age)
    if run.rollout != state.rollout:
        return record(name, "unknown", f"it was run before the rollback: {how}", age_s=age)
    return record(name, "met", run.summary, age_s=age)


def _monitoring(facts: Facts) -> CriterionRecord:
    """Guide 3.3: each metric has a feed that is read, a threshold, and somebody who is told."""
    lacking = list(_unmonitored(facts))
    n = len(metric_rules())
    if lacking:
        return record("monitoring", "unknown", "; ".join(lacking), n - len(lacking), n, n)
    why = f"all {n} metrics have a feed that is read, a threshold and a named recipient"
    return record("monitoring", "met", why, n, n, n, facts.age_s)


def _unmonitored(facts: Facts) -> Iterator[str]:
    """One sentence for each metric that is not watched as Guide 3.3 wants it."""
    deployment = facts.deployment
    for rule in metric_rules():
        reading = facts.readings.get(rule.id)
        limit = deployment.limit(rule.id)
        absent = [role for role in rule.recipients if not deployment.holders(role)]
        if reading is None or (rule.id != "accuracy" and reading.verdict in {"stale", "down"}):
            told = "not read" if reading is None else f"{reading.verdict}, {reading.why}"
            yield f"{rule.id} is {told}".rstrip(", ")
        elif limit.over is limit.under is None and not rule.any:
            yield f"{rule.id} has no threshold: write its [forecast]"
        elif absent:
            yield f"nobody is told of {rule.id}: no {' and no '.join(absent)} in warroom.toml"


def _baseline(state: State) -> CriterionRecord:
    if state.baseline is None and state.baseline_by:
        given = "; ".join(
            f"the {role} marks {', '.join(n for n, v in one.numbers.items() if v is None)}"
            for role, one in sorted(state.baseline_by.items())
        )
        why = f"not applicable needs both leads to document the same: {given}"
        return record("baseline", "unknown", why)
    if state.baseline is None:
        return record("baseline", "unknown", "the baseline is not documented")
    told = f" ({state.baseline.sha256[:12]})" if state.baseline.sha256 else ""
    why = f"documented from {state.baseline.source}{told}"
    return record("baseline", "met", why, n=state.baseline.n)


def _poll(state: State, facts: Facts) -> CriterionRecord:
    """GO by every role that is asked, about what would go live now."""
    poll = state.poll
    if poll is None:
        return record("go-poll", "unknown", "the GO/NO-GO poll was not held")
    n, asked = len(poll.answers), len(poll.roles)
    about = (facts.deployment.agent.version, facts.config_sha256)
    if (poll.version, poll.config) != about:
        why = f"{poll.id} was about another version or warroom.toml"
        return record("go-poll", "unknown", why, n, asked, n)
    against = [f"{role}: {a.reason}" for role, a in poll.answers.items() if a.go is False]
    if against:
        return record("go-poll", "not-met", f"NO-GO by {'; '.join(against)}", n, asked, n)
    if verdict(poll) == "open":
        absent = ", ".join(waiting(poll)) or "not yet revealed"
        return record("go-poll", "unknown", f"{n} of {asked} have answered: {absent}", n, asked, n)
    return record("go-poll", "met", f"GO by all {asked} roles", n, asked, n)
