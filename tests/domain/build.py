"""A small war room without disk or feeds: commands are decided and folded, facts are made up."""

from collections import Counter
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

import msgspec

from config.guide import AssessedStatus, checklist_items, metric_rules, trigger_rules
from config.load import parse
from config.model import Deployment
from console.domain import commands as c
from console.domain import events as e
from console.domain.assessment import assess
from console.domain.decide import decide
from console.domain.entry import Actor, Entry
from console.domain.evolve import evolve
from console.domain.facts import Facts
from console.domain.gates import Gate, evaluate
from console.domain.histogram import places_of
from console.domain.minutes import Totals
from console.domain.readings import Reading
from console.domain.state import State
from console.domain.triggers import Trigger

NOW = 1_796_000_000.0
HOUR = 3600.0
DAY = 24 * HOUR

LEAD = Actor("agent lead", ("agent-lead",))
TECH = Actor("tech lead", ("tech-lead",))
OWNER = Actor("rollback owner", ("rollback-owner",))
BUSINESS = Actor("BU operations lead", ("bu-operations-lead",))
LEGAL = Actor("legal", ("legal",))
SPONSOR = Actor("executive sponsor", ("executive-sponsor",))
REVIEWER = Actor("reviewer", ("reviewer",))
OBSERVER = Actor("observer", ("observer",))
NOBODY = Actor("visitor", ())
WATCHER = Actor("watcher", ())
EVERYBODY = (LEAD, TECH, OWNER, BUSINESS, LEGAL, SPONSOR, REVIEWER, OBSERVER, NOBODY)
HOLDER = {role: who for who in EVERYBODY for role in who.roles}

SEEN = e.Evidence("text", "seen in the test run of 1 December, 47 of 50 right")
COUNTED = e.Evidence("text", "standard 19/1/0, edge 14/0/6, adversarial 10/0/0: run 118")
BASELINE = c.DocumentBaseline(0.92, 2.0, 0.02, "the team's figures of the last quarter")
STEPS = (
    e.FrozenStep("traffic", "Traffic back", "sets the share to 0", "set the share to 0 by hand"),
    e.FrozenStep("restore", "Restore v1", "deploys v1", "deploy v1 by hand"),
)

TOML = """\
version = 1
deployment = "9f2c4e5d6b7a8091"
[agent]
name = "claims-triage"
version = "{version}"
stable_version = "v1"
[context]
exposure = "{exposure}"
{flags}
[forecast]
cost_per_call = 0.02
calls_per_hour = 1000.0
[gates]
two_people = {two}
{extra}
[[people]]
name = "agent lead"
roles = ["agent-lead"]
[[people]]
name = "tech lead"
roles = ["tech-lead"]
[[people]]
name = "legal"
roles = ["legal"]
[[people]]
name = "rollback owner"
roles = ["rollback-owner"]
{business}
[feeds.calls]
kind = "jsonl"
path = "calls.jsonl"
[rollback]
owner = "rollback owner"
"""
NOTES = {"skip": "no output", "subtle": "two questions at once", "wrong": "a foreign date"}
BUSINESS_LEAD = '[[people]]\nname = "BU operations lead"\nroles = ["bu-operations-lead"]'


@cache
def deployment(
    exposure: Literal["customer-facing", "internal"] = "customer-facing",
    flags: frozenset[str] = frozenset(),
    version: str = "v2",
    extra: str = "",
    business: str = BUSINESS_LEAD,
    *,
    two_people: bool = False,
) -> Deployment:
    """A deployment; `flags` are the keys of [context] that are true."""
    held = "\n".join(f"{flag} = true" for flag in sorted(flags))
    text = TOML.format(
        exposure=exposure,
        flags=held,
        version=version,
        extra=extra,
        business=business,
        two=str(two_people).lower(),
    )
    return parse(text.encode())


def totals(
    calls: int = 1200,
    escalated: float = 0.10,
    cost: float = 0.02,
    p95: float = 2.0,
    **changes: Any,
) -> Totals:
    """An attempt's sums: `escalated` of its calls, each of this cost and latency."""
    sums = Totals(
        calls=calls,
        escalations=round(calls * escalated),
        cost=calls * cost,
        costed=calls,
        timed=calls,
        versions={"v2": calls},
        covered=2880,
        places=dict(Counter(places_of([p95] * calls))),
    )
    for name, value in changes.items():
        setattr(sums, name, value)
    return sums


def readings(**verdicts: Literal["ok", "breach", "too-few", "stale", "down"]) -> dict[str, Reading]:
    """All metrics, `ok` where nothing else is said; names with _ for -."""
    return {
        rule.id: Reading(
            rule.id,
            verdicts.get(rule.id.replace("-", "_"), "ok"),
            2.0 if rule.id == "latency-p95" else 0.1,
            rule.unit,
            None,
            rule.window_s,
            1200,
            2.0,
            "calls",
            "",
        )
        for rule in metric_rules()
    }


def triggers(
    which: str = "", state: Literal["true", "possible", "unknown"] = "true"
) -> tuple[Trigger, ...]:
    """The computed triggers, all false but `which`."""
    return tuple(
        Trigger(
            rule.id,
            rule.name,
            state if rule.id == which else "false",
            0.1,
            0.05,
            1200,
            rule.window_s or 0,
            NOW if rule.id == which else None,
            "calls",
            "as the feed says",
        )
        for rule in trigger_rules()
        if rule.metric
    )


def sums(every: Totals) -> dict[str, Totals]:
    """The same sums behind each metric."""
    return {rule.id: every for rule in metric_rules() if rule.id != "accuracy"}


GOOD: dict[str, Any] = {
    "config_sha256": "c" * 64,
    "readings": readings(),
    "limits": {},
    "triggers": triggers(),
    "totals": sums(totals()),
    "age_s": 2.0,
    "blind": 0.0,
    "versions": frozenset({"v2"}),
    "trouble": "",
    "head": "f" * 64,
}


def judgements(right: int, wrong: int = 0, subtle: int = 0, skip: int = 0) -> c.JudgeSample:
    """A sample with so many of each verdict."""
    counts: dict[Literal["right", "wrong", "subtle", "skip"], int] = {
        "right": right,
        "wrong": wrong,
        "subtle": subtle,
        "skip": skip,
    }
    verdicts = [verdict for verdict, count in counts.items() for _ in range(count)]
    return c.JudgeSample(
        tuple(e.Judgement(f"call-{i}", v, NOTES.get(v, "")) for i, v in enumerate(verdicts))
    )


def entry(
    event: e.Event,
    *,
    at: float = NOW,
    clock: int = 1,
    seq: int = 1,
    writer: str = "host-00000001",
    actor: Actor = LEAD,
) -> Entry:
    """The event as one writer's journal would give it back."""
    data = e.draft(actor, event)
    return raw_entry(
        data.kind,
        msgspec.json.encode(data.data),
        at=at,
        clock=clock,
        seq=seq,
        writer=writer,
        actor=actor,
    )


def raw_entry(
    kind: str,
    data: bytes,
    *,
    at: float | datetime = NOW,
    clock: int = 1,
    seq: int = 1,
    writer: str = "host-00000001",
    actor: Actor = LEAD,
) -> Entry:
    """An entry with whatever bytes for its data."""
    moment = at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    return Entry(
        actor,
        moment,
        clock,
        msgspec.Raw(data),
        "9f2c4e5d6b7a8091",
        kind,
        "0" * 64,
        seq,
        1,
        writer,
        "h",
    )


def seen(item: str) -> e.Evidence:
    """Evidence that confirms `item`."""
    return COUNTED if item == "test-set" else SEEN


def nonce(role: str) -> str:
    """A nonce, as random as a test wants it."""
    return f"{role:0>32}"


class Desk:
    """The journal in memory and the state that follows from it. `now` is moved by hand."""

    def __init__(self, **facts: Any) -> None:
        """Start with nothing written; `facts` replace the good ones."""
        self.now = NOW
        self.state = State()
        self.entries: list[Entry] = []
        self.held: dict[str, Any] = {**GOOD, "deployment": deployment(), **facts}

    def facts(self, who: Actor = LEAD, **changes: Any) -> Facts:
        """The picture now; `changes` replace what the desk holds."""
        given = {"attempt": self.state.attempt.id, "now": self.now, **self.held, **changes}
        return Facts(actor=who, **given)

    def gate(self, **changes: Any) -> Gate:
        """The gate now."""
        return evaluate(self.state, self.facts(**changes))

    def criterion(self, name: str, **changes: Any) -> e.CriterionRecord:
        """One criterion of the gate now."""
        return next(one for one in self.gate(**changes).criteria if one.id == name)

    def decide(self, command: c.Command, who: Actor = LEAD, **changes: Any) -> list[e.Event]:
        """What the command amounts to; nothing is written. Raises `Refused`."""
        return decide(self.state, command, self.facts(who, **changes))

    def do(self, command: c.Command, who: Actor = LEAD, **changes: Any) -> list[e.Event]:
        """Decide and write. Raises `Refused`."""
        events = self.decide(command, who, **changes)
        self.write(*events, who=who)
        return events

    def write(self, *events: e.Event, who: Actor = WATCHER) -> None:
        """Write what nobody decides: the watcher's and the executor's events."""
        for event in events:
            place = len(self.entries) + 1
            self.entries.append(entry(event, at=self.now, clock=place, seq=place, actor=who))
            evolve(self.state, self.entries[-1])

    def confirm_all(self, *but: str) -> None:
        """Every item confirmed for all its roles."""
        for item in checklist_items():
            if item.id not in but:
                for role in item.roles:
                    self.do(c.ConfirmItem(item.id, seen(item.id), role), HOLDER[role])

    def poll(self, *against: str) -> None:
        """Open a poll that all answer; the roles in `against` say NO-GO."""
        self.do(c.OpenPoll())
        held = self.state.poll
        assert held is not None
        for role in held.roles:
            self.answer(role, go=role not in against)
        told = [
            c.Sealed(held.id, role, role not in against, "as I see it", nonce(role))
            for role in held.roles
        ]
        self.do(c.RevealPoll(tuple(told)))

    def probed(self, *, passed: bool = True, version: str = "") -> None:
        """The escalation path was tried."""
        of = version or self.held["deployment"].agent.version
        self.write(e.ProbeRan("escalation", passed, "trigger to receipt in 40 s", "a" * 64, of))

    def answer(self, role: str, *, go: bool = True) -> None:
        """One role's sealed answer."""
        self.do(c.AnswerPoll(go, "as I see it", role, nonce(role)), HOLDER[role])

    def ready(self) -> None:
        """Everything that the running attempt's gate needs, its dwell included."""
        if self.state.attempt.phase == "readiness":
            self.confirm_all()
            self.do(BASELINE)
            self.probed()
            self.poll()
        else:
            self.do(judgements(49, subtle=1), REVIEWER)
            self.do(c.JudgeSatisfaction("neutral", "no complaint was heard"), BUSINESS)
            self.now = max(self.now, self.state.attempt.entered_at + 2 * DAY)
        self.do(c.GiveBrief("what comes next, what users see, whom to call, the way back"))

    def advance(self, who: Actor = LEAD) -> None:
        """Through the gate, or out of the window with all that it lacks said. Raises `Refused`."""
        full = self.state.attempt.phase == "full"
        self.do(self.assessment() if full else c.DecideGate("advance"), who)

    def assessment(self, status: AssessedStatus = "stable", **changes: Any) -> c.AssessWindow:
        """The window's assessment, with every caveat admitted that stands now."""
        outlook = assess(self.state, self.facts(**changes))
        assert outlook is not None
        told = tuple(caveat.id for caveat in outlook.caveats)
        return c.AssessWindow(status, "as we see it", told)

    def to(self, attempt: str) -> "Desk":
        """Go on through the gates until `attempt` runs, such as `canary-5.1`."""
        while self.state.attempt.id != attempt:
            self.ready()
            self.advance()
        return self

    def roll_back(self, trigger: str = "owner-judgement", who: Actor = OWNER) -> str:
        """Fire; the rollback's id. Raises `Refused`."""
        name = f"rb-{len(self.state.rollbacks) + 1}"
        self.do(c.TriggerRollback(name, trigger, "users were harmed", "v1", STEPS), who)
        return name

    def finish(self, outcome: Literal["verified", "partial", "unknown"] = "verified") -> None:
        """The executor tells how the rollback ended."""
        assert self.state.rollback is not None
        done = datetime.fromtimestamp(self.now, UTC)
        verified = done if outcome == "verified" else None
        name = self.state.rollback.id
        self.write(e.RollbackFinished(name, outcome, "as read back", done, verified, 90.0))


def at(attempt: str, **facts: Any) -> Desk:
    """A desk whose attempt has everything that its gate needs."""
    desk = Desk(**facts).to(attempt)
    desk.ready()
    return desk


def fire(trigger: str = "owner-judgement", name: str = "rb-1") -> c.TriggerRollback:
    """An order to go back."""
    return c.TriggerRollback(name, trigger, "users were harmed", "v1", STEPS)


def frozen(state: State) -> bytes:
    """A state as bytes, to compare two of them."""
    return msgspec.json.encode(state)
