"""The gate at an attempt's end (Guide 4): criteria, dwell, and all that an advance still needs.

Unknown holds. There is no way past a gate but to meet it.
"""

from typing import Literal

import msgspec

from config.guide import PhaseName
from console.domain.checklist import checklist, hard_stop
from console.domain.comparison import cautions
from console.domain.concurrent import contested_words, unsettled
from console.domain.criteria import (
    Verdict,
    evaluate_criterion,
    trigger_trouble,
)
from console.domain.criteria_readiness import readiness_criteria
from console.domain.events import CriterionRecord
from console.domain.facts import Facts
from console.domain.percent import percent
from console.domain.refused import LEADS
from console.domain.standing import standing_of
from console.domain.state import State
from console.domain.state_rollout import Attempt, Proposal
from console.domain.times import iso, span
from console.domain.traffic import traffic_trouble

BLIND_LIMIT = 0.05
AGREE_S = 15 * 60.0


class Next(msgspec.Struct, frozen=True):
    """Where an advance leads; `phase` is "stable" at the end of the window."""

    phase: PhaseName | Literal["stable"]
    increment: int | None = None

    @property
    def label(self) -> str:
        """The name that people read, e.g. `canary 5 %`."""
        return self.phase if self.increment is None else f"{self.phase} {self.increment} %"


class Gate(msgspec.Struct, frozen=True):
    """A gate as it stands: `missing` lists, in sentences, all that keeps it shut.

    `cautions` are what comparing with the live control says, and that an advance would be made
    alone; they open and shut nothing.
    `waits_for` says, in a sentence, whose agreement an open gate still needs; empty if nobody's.
    """

    verdict: Verdict
    criteria: tuple[CriterionRecord, ...]
    missing: tuple[str, ...]
    to: Next | None
    elapsed_s: float
    dwell_s: float
    cautions: tuple[str, ...] = ()
    waits_for: str = ""

    @property
    def left_s(self) -> float:
        """The seconds of the dwell that are still to come."""
        return max(0.0, self.dwell_s - self.elapsed_s)


def next_of(attempt: Attempt, shares: tuple[int, ...]) -> Next:
    """The phase and increment that follow `attempt` (Guide 4)."""
    match attempt.phase:
        case "readiness":
            return Next("dark-launch")
        case "dark-launch":
            return Next("shadow")
        case "shadow":
            return Next("canary", shares[0])
        case "canary":
            later = [share for share in shares if share > (attempt.increment or 0)]
            return Next("canary", later[0]) if later else Next("full")
        case "full":
            return Next("stable")


def evaluate(state: State, facts: Facts) -> Gate:
    """The gate of the running attempt, on the numbers of this moment."""
    attempt = state.attempt
    # Before the first entry readiness has not begun.
    passed = facts.now - attempt.entered_at - attempt.jumped_s
    elapsed = max(0.0, passed) if state.attempts else 0.0
    if state.stable_since is not None:
        over = f"the rollout is over: the agent is {state.status}"
        return Gate("met", (), (over,), None, elapsed, 0)
    rule = facts.deployment.phase_rule(attempt.phase)
    dwell = float(rule.min_s) if rule else 0.0
    following = next_of(attempt, facts.deployment.traffic.shares)
    criteria: tuple[CriterionRecord, ...]
    if rule is None:
        criteria = readiness_criteria(state, facts)
    else:
        criteria = tuple(evaluate_criterion(c, state, facts) for c in rule.criterion)
    missing = [
        f"{c.id} is {'not met' if c.verdict == 'not-met' else 'unknown'}: {c.why}"
        for c in criteria
        if c.verdict in {"not-met", "unknown"}
    ]
    if elapsed < dwell:
        missing.append(f"the dwell of {span(dwell)} is not over: {_left(dwell - elapsed)} left")
    missing += _unbriefed(state, following)
    missing += _locked(state, facts)
    missing += _config(state, facts)
    if facts.trouble:
        missing.append(f"not all feeds are live: {facts.trouble}")
    if rule is not None:
        missing += _blind(facts)
        missing += trigger_trouble(facts)
    else:
        missing += [stop] if (stop := hard_stop(checklist(state, standing_of(facts)))) else []
        missing += [
            f"the three outputs of {r.id}'s post-mortem are not recorded (Guide 6.4)"
            for r in state.rollbacks.values()
            if not r.postmortem
        ]
    missing += traffic_trouble(state, facts)
    if state.rollback is not None and state.rollback.state != "verified":
        missing.append(f"rollback {state.rollback.id} is {state.rollback.state}")
    missing += [
        f"a contested decision is not acknowledged: {contested_words(one)} (a on the Rollout "
        "screen, or warroom contested DIR)"
        for one in unsettled(state)
    ]
    verdicts = {c.verdict for c in criteria}
    verdict: Verdict = "met"
    if missing:
        verdict = "not-met"
    if "unknown" in verdicts and "not-met" not in verdicts:
        verdict = "unknown"
    return Gate(
        verdict,
        criteria,
        tuple(missing),
        following,
        elapsed,
        dwell,
        cautions=(*cautions(facts.comparison, facts.deployment.nfr.currency), *_alone(facts)),
        waits_for=_waits_for(state, facts),
    )


def _alone(facts: Facts) -> list[str]:
    """What a person should know who advances while nobody else can be heard."""
    if facts.alone_since is None:
        return []
    return [
        f"the other members cannot be reached since {iso(facts.alone_since)}: an advance is made "
        "alone, and a hold or rollback of theirs overrules it"
    ]


def _unbriefed(state: State, following: Next) -> list[str]:
    """Guide 4.1: the BU Operations Lead knows of this very transition."""
    if following.phase == "stable":
        return []
    brief = state.briefs.get(state.attempt.id)
    if brief is None:
        return [f"the BU Operations Lead is not briefed on {following.label} (Guide 4.1)"]
    if brief.into not in {"", following.label}:
        return [f"the BU Operations Lead was briefed on {brief.into}, not on {following.label}"]
    return []


def proposal_of(state: State, now: float) -> Proposal | None:
    """The wish to advance that may still be agreed to; it is void after 15 minutes."""
    held = state.proposals.get(state.attempt.id)
    return held if held is not None and 0 <= now - held.at <= AGREE_S else None


def _waits_for(state: State, facts: Facts) -> str:
    """Whose agreement is still needed, where two people decide."""
    if not facts.deployment.two_people:
        return ""
    held = proposal_of(state, facts.now)
    if held is None:
        return "two people decide here: one lead proposes, the other agrees within 15 min"
    other = sorted(LEADS - set(held.roles)) or ["other lead"]
    left = span(AGREE_S - (facts.now - held.at))
    return f"{held.by} proposes it: the {other[0]} agrees within {left}"


def _config(state: State, facts: Facts) -> list[str]:
    """A gate is decided on one text of `warroom.toml`, which the journal knows."""
    if facts.config_trouble:  # what is in use here says nothing of what the journal lacks
        return [f"gates are decided on the config as it stands: {facts.config_trouble}"]
    if state.config_sha256 not in {"", facts.config_sha256}:
        return [
            "warroom.toml is not the one that the journal knows: a lead accepts it "
            "(warroom config accept DIR), or it is restored"
        ]
    return []


def _left(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else span(seconds)


def _locked(state: State, facts: Facts) -> list[str]:
    """From GO on the config tag and the rules are locked; others hold every gate."""
    locked = state.locked_version
    if not locked:
        return []
    missing = []
    if facts.deployment.agent.version != locked:
        missing.append(
            f"GO was given for {locked}, the config says {facts.deployment.agent.version}"
        )
    changed = [n for n, told in state.locked_rules.items() if facts.rules.get(n) != told]
    if changed:
        names = ", ".join(f"[{name}]" for name in changed)
        missing.append(f"GO was given for another {names} in warroom.toml: restore what it said")
    strange = facts.versions - {locked, facts.deployment.agent.stable_version, ""}
    if strange:
        missing.append(
            f"calls carry a version that no decision explains: {', '.join(sorted(strange))}"
        )
    return missing


def _blind(facts: Facts) -> list[str]:
    if facts.blind <= BLIND_LIMIT:
        return []
    return [f"{percent(facts.blind, 1)} of the attempt was blind, more than {percent(BLIND_LIMIT)}"]
