"""Any operators, any facts, any clock: an advance succeeds exactly when `Rules` says so."""

from itertools import pairwise
from typing import Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from console.domain import commands as c
from console.domain import events as e
from console.domain.entry import Actor
from console.domain.evolve import fold
from console.domain.refused import Refused
from console.domain.times import utc
from tests.domain.build import (
    BASELINE,
    BUSINESS,
    EVERYBODY,
    HOLDER,
    LEAD,
    OBSERVER,
    REVIEWER,
    STEPS,
    TECH,
    deployment,
    frozen,
    judgements,
    nonce,
    readings,
    seen,
    triggers,
)
from tests.domain.rules import (
    ASKED,
    COMPUTED,
    DIMENSIONS,
    DWELL,
    ORDER,
    ROLES,
    WORLDS,
    Asked,
    Given,
    Rules,
    measured,
)
from tests.domain.test_decide import POSTMORTEM

people = st.sampled_from(EVERYBODY)
NEEDS = (
    "items",
    "baseline",
    "poll",
    "probe",
    "brief",
    "sample",
    "users",
    "post-mortem",
    "time",
)
leads = st.sampled_from((LEAD, LEAD, TECH, REVIEWER, OBSERVER))


HAPPENINGS: tuple[tuple[str, tuple[object, ...]], ...] = (
    *(("traffic_changes", (world,)) for world in WORLDS),
    *(("trigger_changes", (trigger, "possible")) for trigger in COMPUTED),
    ("trigger_changes", ("error-rate", "true")),
    ("trigger_changes", ("cost-runaway", "unknown")),
    *(("reading_changes", ("accuracy", how)) for how in ("breach", "stale", "too-few")),
    ("feeds_change", ("feed calls is down", 0.05)),
    ("feeds_change", ("", 0.06)),
    ("version_drifts", ("v3", "v2")),
    ("version_drifts", ("v2", "v3")),
    *(("judges", (right, 50)) for right in (44, 45, 46)),
    ("users_say", ("negative",)),
    ("incident_opens", (LEAD, 1, "")),
    ("incident_opens", (LEAD, 2, "data-breach")),
    ("incident_opens", (LEAD, 2, "")),
    ("watcher_raises", ("error-rate",)),
    ("alert_fires", ("a",)),
)


class Rollout(Rules, RuleBasedStateMachine):
    """A war room under every hand at once."""

    two = True

    def show(self) -> None:
        """Put the present facts on the desk."""
        metric, verdict = self.verdict
        self.desk.held |= {
            "totals": measured(self.world),
            "triggers": triggers(*self.trigger),
            "readings": readings(**{metric: verdict}),
            "trouble": self.trouble,
            "blind": self.blind,
            "deployment": deployment(version=self.config, two_people=self.two),
            "versions": self.seen,
        }

    def tries(self, who: Actor, command: c.Command) -> bool:
        """Decide and write; a refusal changes nothing, and nothing decided is a conflict."""
        self.show()
        before = frozen(self.desk.state)
        conflicts = len(self.desk.state.conflicts)
        try:
            events = self.desk.do(command, who)
        except Refused as refusal:
            reasons = refusal.reasons
            assert reasons and all(reasons)  # noqa: PT018 -- refusing is one of two right answers
            assert frozen(self.desk.state) == before
            return False
        assert who != OBSERVER or isinstance(command, c.TriggerRollback)
        assert events
        assert len(self.desk.state.conflicts) == conflicts
        return True

    # What can happen

    @initialize(phase=st.sampled_from((0, 0, 1, 2, 3, 5, 7, 8)), two=st.booleans())
    def begins(self, phase: int, two: bool) -> None:
        """Some time into a rollout that went well, decided by one person or by two."""
        self.two = two
        for _ in range(phase):
            self.both_decide(LEAD, 60)

    @rule(seconds=st.sampled_from((-3600, -1, 0, 1, 60, 3600, 86399, 86400, 172799, 172800)))
    def time_jumps(self, seconds: int) -> None:
        """The clock goes on, or was set back."""
        self.desk.now += seconds

    def traffic_changes(self, world: str) -> None:
        """The calls of the attempt are different ones."""
        self.world = WORLDS[world]

    def trigger_changes(self, which: str, how: str) -> None:
        """A trigger is no longer false."""
        self.trigger = (which, how)

    def reading_changes(self, metric: str, how: str) -> None:
        """A reading is no longer ok."""
        self.verdict = (metric, how)

    def feeds_change(self, trouble: str, blind: float) -> None:
        """A feed goes, or was gone."""
        self.trouble, self.blind = trouble, blind

    def version_drifts(self, config: str, seen: str) -> None:
        """Somebody edits the config, or deploys."""
        self.config, self.seen = config, frozenset({"v2", seen})

    @rule(what=st.sampled_from(HAPPENINGS))
    def happens(self, what: tuple[str, tuple[object, ...]]) -> None:
        """Any of the things above."""
        name, how = what
        getattr(self, name)(*how)

    @rule()
    def all_is_well(self) -> None:
        """The facts are good again."""
        self.world, self.trigger, self.verdict = WORLDS["good"], ("", "true"), ("traffic", "ok")
        self.trouble, self.blind = "", 0.0
        self.config = self.locked or self.config
        self.seen = frozenset({self.config})

    @rule(item=st.sampled_from(sorted(ROLES)), who=people)
    def confirms(self, item: str, who: Actor) -> None:
        """An item, for the roles that one holds."""
        held = ROLES[item].intersection(who.roles)
        signs = item == "governance-review"
        fits = not signs or all(self.confirmed(dimension) for dimension in DIMENSIONS)
        assert self.tries(who, c.ConfirmItem(item, seen(item))) == (bool(held) and fits)
        for role in held if fits else ():
            given = Given(self.attempt.rollout, self.config, self.desk.now, who.name)
            self.items[item, role] = given
        if held and fits and signs:
            self.signed = (self.on_dimensions(), self.config)

    @rule(who=leads)
    def opens_a_poll(self, who: Actor) -> None:
        """When nothing hard is open, and no other poll waits for answers."""
        now = (self.attempt.rollout, self.config)
        waits = self.poll is not None and self.poll[:2] == now and set(self.poll.answers) != ASKED
        fits = self.attempt.phase == "readiness" and self.all_confirmed() and not waits
        assert self.tries(who, c.OpenPoll()) == (fits and who in {LEAD, TECH})
        if fits and who in {LEAD, TECH}:
            self.poll = Asked(*now, {})

    @rule(role=st.sampled_from(sorted(ASKED)), who=people, go=st.sampled_from((True, True, False)))
    def answers(self, role: str, who: Actor, go: bool) -> None:
        """A role's own holder, once, while others have not all answered."""
        poll = self.poll
        now = (self.attempt.rollout, self.config)
        fits = (
            poll is not None and poll[:2] == now and role in who.roles and role not in poll.answers
        )
        command = c.AnswerPoll(go, "as I see it", role, nonce(role))
        assert self.tries(who, command) == fits
        if not fits or poll is None:
            return
        poll.answers[role] = go
        if set(poll.answers) == ASKED:
            held = self.desk.state.poll
            assert held is not None
            told = [
                c.Sealed(held.id, one, said, "as I see it", nonce(one))
                for one, said in poll.answers.items()
            ]
            assert self.tries(who, c.RevealPoll(tuple(told)))

    @rule(who=leads, accuracy=st.sampled_from((0.92, 1.0)))
    def documents(self, who: Actor, accuracy: float) -> None:
        """The baseline, which nobody changes later."""
        accuracy = 0.92 if self.attempt.phase == "readiness" else accuracy
        command = c.DocumentBaseline(accuracy, 2.0, 0.02, "last quarter's figures")
        if self.tries(who, command):
            assert who in {LEAD, TECH}
            assert self.attempt.phase == "readiness"
            self.baseline = self.desk.state.baseline

    @rule(who=leads)
    def briefs(self, who: Actor) -> None:
        """The BU Operations Lead is told."""
        if self.tries(who, c.GiveBrief("what comes next and whom to call")):
            self.briefed.add(self.attempt.id)

    @rule()
    def probes(self) -> None:
        """The escalation path is tried on what would go live."""
        self.show()
        self.desk.probed()
        self.probed = (self.attempt.rollout, self.config)

    def judges(self, right: int, judged: int) -> None:
        """The same calls are judged anew."""
        judged = max(judged, self.judged.get(self.attempt.id, (0, 0))[1])
        right = min(right, judged)
        if self.tries(REVIEWER, judgements(right, judged - right)):
            self.judged[self.attempt.id] = (right, judged)

    def users_say(self, verdict: Literal["positive", "neutral", "negative"]) -> None:
        """How the users take it."""
        if self.tries(BUSINESS, c.JudgeSatisfaction(verdict, "asked at the stand-up")):
            self.happy[self.attempt.id] = verdict

    @rule(
        who=people,
        severity=st.sampled_from((1, 2, 3)),
        trigger=st.sampled_from(("", "", "data-breach")),
    )
    def incident_opens(self, who: Actor, severity: Literal[1, 2, 3], trigger: str) -> None:
        """Somebody opens a log."""
        if self.tries(who, c.OpenIncident(severity, "something was seen", trigger)):
            if severity == 1 or trigger:
                self.critical.add(self.attempt.id)
            if trigger == "data-breach":
                self.breached.add(self.attempt.id)

    def watcher_raises(self, which: str) -> None:
        """The watcher saw a trigger."""
        if which not in self.desk.state.triggers:
            self.critical.add(self.attempt.id)
        self.desk.write(e.TriggerRaised(which, 1.0, 0.5, 99, utc(self.desk.now), "it is over"))

    def alert_fires(self, name: str) -> None:
        """The watcher saw a breach."""
        if name not in self.desk.state.alerts:
            self.desk.write(e.AlertFired(name, "traffic", 9, 5, 99, 3600, "calls", "busy"))
            self.firing.add(name)

    @rule(name=st.sampled_from(("a", "b")))
    def alert_resolves(self, name: str) -> None:
        """The breach is over."""
        if name in self.firing:
            self.desk.write(e.AlertResolved(name, 1, "back"))
            self.firing.discard(name)

    @rule(but=st.sampled_from(("", *NEEDS)))
    def prepares(self, but: str = "") -> None:
        """Good people do all that the gate needs, but one thing, and wait."""
        self.all_is_well()
        held = self.desk.state.rollback
        if held is not None and held.state != "verified":
            self.desk.finish("verified")
        for item in ROLES if but != "items" else ():
            for one in sorted(ROLES[item]):
                self.confirms(item, HOLDER[one])
        if but != "poll":
            self.opens_a_poll(LEAD)
            for role in sorted(ASKED):
                self.answers(role, HOLDER[role], True)
        if but != "baseline":
            self.documents(LEAD, 0.92)
        if but != "probe":
            self.probes()
        if but != "brief":
            self.briefs(TECH)
        if but != "sample":
            self.judges(50, 50)
        if but != "users":
            self.users_say("neutral")
        while self.owed[but == "post-mortem" :]:
            self.analyses(LEAD)
        for name in list(self.firing):
            self.alert_resolves(name)
        over = self.attempt.entered_at + DWELL[self.attempt.phase]
        self.desk.now = over - 1 if but == "time" else max(self.desk.now, over)

    @rule(
        who=st.sampled_from((LEAD, TECH)),
        but=st.sampled_from(("", "", *NEEDS)),
        after=st.booleans(),
    )
    def tries_without(self, who: Actor, but: str, after: bool) -> None:
        """All but one thing is there, perhaps in a new rollout."""
        if after:
            self.fires(who, "owner-judgement")
        self.prepares(but)
        self.decides(who, "advance")

    @rule(who=st.sampled_from((LEAD, TECH)), what=st.sampled_from(HAPPENINGS))
    def tries_after(self, who: Actor, what: tuple[str, tuple[object, ...]]) -> None:
        """All is there and then something happens."""
        self.prepares()
        self.happens(what)
        self.decides(who, "advance")

    @rule(who=leads, decision=st.sampled_from(("advance", "advance", "hold")))
    def decides(self, who: Actor, decision: Literal["advance", "hold"]) -> None:
        """At the gate: exactly what the model allows, and exactly one step."""
        before = self.attempt
        opened = self.gate_is_open() and who in {LEAD, TECH}
        agreed = not self.two or self.agreed_by(who)
        repeats = self.two and not agreed and self.proposes_again(who)
        self.show()
        command: c.Command = c.DecideGate(decision, "as agreed")
        if before.phase == "full" and decision == "advance":
            assert not self.tries(who, command)  # no gate leads past the assessment
            command = self.desk.assessment()
        done = self.tries(who, command)
        if decision == "hold":
            assert done == (who != OBSERVER and not self.over)
            assert self.attempt.id == before.id
            self.proposed = None if done else self.proposed
            return
        assert done == (opened and not repeats)
        if not done or not agreed:
            assert self.attempt.id == before.id
            self.proposed = (before.id, who.name, self.desk.now) if done else self.proposed
            return
        assert before.outcome == "advanced"
        if before.phase == "readiness":
            self.locked = self.config
        place = ORDER.index((before.phase, before.increment))
        if place + 1 == len(ORDER):
            assert self.over
        else:
            assert (self.attempt.phase, self.attempt.increment) == ORDER[place + 1]

    def standing_proposal(self) -> str:
        """Who proposed to leave this attempt in the last 15 minutes."""
        if self.proposed is None or self.proposed[0] != self.attempt.id:
            return ""
        return self.proposed[1] if 0 <= self.desk.now - self.proposed[2] <= 900 else ""

    def agreed_by(self, who: Actor) -> bool:
        """Whether the other of the two leads has proposed what this one decides."""
        return {self.standing_proposal(), who.name} == {LEAD.name, TECH.name}

    def proposes_again(self, who: Actor) -> bool:
        """Nobody agrees with themselves."""
        return self.standing_proposal() == who.name

    @rule(who=st.sampled_from((LEAD, TECH)), seconds=st.sampled_from((0, 60, 900, 901)))
    def both_decide(self, who: Actor, seconds: int) -> None:
        """One proposes, the other agrees a little later."""
        self.prepares()
        self.decides(who, "advance")
        self.desk.now += seconds
        self.decides(TECH if who is LEAD else LEAD, "advance")

    @rule(who=people, trigger=st.sampled_from(("owner-judgement", "error-rate")))
    def fires(self, who: Actor, trigger: str) -> None:
        """Anybody may; only a rollback that runs already keeps one from it."""
        last, before = self.desk.state.rollback, self.attempt
        self.count += 1
        command = c.TriggerRollback(f"rb-{self.count}", trigger, "harm", "v1", STEPS)
        running = last is not None and last.state == "running"
        assert self.tries(who, command) != running
        if running:
            return
        now = self.desk.state.rollback
        assert now is not None
        assert now.state == "running"
        if last is not None and last.state != "verified":
            assert now is last
            assert self.attempt.id == before.id
            return
        self.owed.append(now.id)
        if before.phase == "readiness":
            assert self.attempt.id == before.id
            self.critical.add(self.attempt.id)
            return
        assert before.outcome == "rolled-back"
        assert (self.attempt.phase, self.attempt.rollout) == ("readiness", before.rollout + 1)
        assert (self.desk.state.status, self.over) == ("rolled-back", False)
        self.locked = ""

    @precondition(lambda self: self.desk.state.rollback is not None)
    @rule(outcome=st.sampled_from(("verified", "verified", "partial", "unknown")))
    def rollback_ends(self, outcome: Literal["verified", "partial", "unknown"]) -> None:
        """The executor tells."""
        assert self.desk.state.rollback is not None
        if self.desk.state.rollback.state == "running":
            self.desk.finish(outcome)

    @rule(who=leads)
    def analyses(self, who: Actor) -> None:
        """The post-mortem of the earliest rollback that has none."""
        if self.tries(who, POSTMORTEM):
            del self.owed[:1]

    @rule()
    def restarts(self) -> None:
        """The console starts again from what is written."""
        again = fold(self.desk.entries)
        assert frozen(again) == frozen(self.desk.state)
        self.desk.state = again

    # What always holds

    @invariant()
    def one_rollback_runs_at_most(self) -> None:
        """Guide 3.5."""
        running = [r for r in self.desk.state.rollbacks.values() if r.state == "running"]
        assert len(running) <= 1

    @invariant()
    def the_attempts_are_a_path_of_the_guide(self) -> None:
        """Guide 4: in order, from the start after each rollback."""
        for before, after in pairwise(self.desk.state.attempts):
            here = ORDER.index((before.phase, before.increment))
            if before.outcome == "rolled-back":
                assert (after.phase, after.rollout) == ("readiness", before.rollout + 1)
            else:
                assert (after.phase, after.increment) == ORDER[here + 1]
                ran = max(0.0, after.entered_at - before.entered_at)
                assert ran >= DWELL[before.phase]

    @invariant()
    def the_baseline_stands(self) -> None:
        """It is what was documented in readiness."""
        assert self.desk.state.baseline == self.baseline

    @invariant()
    def nothing_is_lost(self) -> None:
        """All that was written is in the state, and none of it is in conflict."""
        assert self.desk.state.entries == len(self.desk.entries)
        assert not self.desk.state.conflicts


Rollout.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestRollout = Rollout.TestCase


def test_the_model_lets_a_good_rollout_through_to_the_end() -> None:
    """So that the machine above is not content with a gate that never opens."""
    good = Rollout()
    for _ in ORDER:
        assert not good.over
        good.both_decide(TECH, 60)
    assert good.over
    assert good.desk.state.status == "stable"
    assert BASELINE.accuracy == 0.92
