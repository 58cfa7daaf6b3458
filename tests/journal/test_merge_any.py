"""Whatever three hosts do, unknown to each other or not, and however lines travel: one state."""

import tempfile
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, Literal

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from console.domain import commands as c
from console.domain import events as e
from console.domain.concurrent import unsettled
from console.domain.entry import Actor
from console.domain.evolve import fold
from console.domain.refused import Refused
from tests.domain.build import LEAD, OWNER, REVIEWER, TECH, fire, frozen
from tests.domain.test_decide import POSTMORTEM
from tests.journal.hosts import Host, hosts, meet

places = st.integers(0, 2)
people = st.sampled_from((LEAD, TECH, OWNER, REVIEWER))
CAUTION = {"advance": 0, "hold": 1, "rollback": 2}
Known = dict[str, int]


class Taken:
    """A decision as the test saw it taken, with all lines that its host then held."""

    def __init__(self, host: Host, before: Known, after: int) -> None:
        """`after`: the entries of its own that were written before it."""
        entry = next(x for x in host.written if x.kind in {"gate.decided", "rollback.triggered"})
        event = e.decode(entry.kind, entry.data)
        assert isinstance(event, e.GateDecided | e.RollbackTriggered)
        self.what = event.decision if isinstance(event, e.GateDecided) else "rollback"
        self.attempt = event.attempt
        self.writer, self.seq, self.order = entry.writer, entry.seq, entry.order
        self.knew = {**before, self.writer: entry.seq - 1}

    def saw(self, other: "Taken") -> bool:
        """Whether the host held the other's line."""
        return other.seq <= self.knew.get(other.writer, 0)


class Merging(RuleBasedStateMachine):
    """Three hosts in three places."""

    def __init__(self) -> None:
        """Nothing is open yet."""
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.taken: list[Taken] = []
        self.count = 0

    @initialize(attempt=st.sampled_from(("dark-launch.1", "canary-20.1")))
    def begin(self, attempt: str) -> None:
        """They have met, and a gate is open."""
        self.hosts = hosts(Path(self.folder.name), "a", "b", "c", attempt=attempt)

    def decides(self, host: Host, command: c.Command, who: Actor) -> bool:
        """Decide, and remember what was known; a refusal is an answer too."""
        before = self.known(host)
        try:
            host.do(command, who)
        except Refused:
            return False
        own = before.get(host.writer, 0)
        if any(x.kind in {"gate.decided", "rollback.triggered"} for x in host.written):
            self.taken.append(Taken(host, before, own))
        return True

    def known(self, host: Host) -> Known:
        """How many lines of each writer lie on this host."""
        return {other.writer: len(host.lines(other.writer)) for other in self.hosts}

    @rule(place=places, who=people)
    def holds(self, place: int, who: Actor) -> None:
        """A hold."""
        self.decides(self.hosts[place], c.DecideGate("hold", "it looks odd"), who)

    @rule(place=places, who=st.sampled_from((LEAD, TECH)))
    def advances(self, place: int, who: Actor) -> None:
        """All that is needed is done, and the gate left, if it opens."""
        host = self.hosts[place]
        if host.state.attempt.phase in {"readiness", "full"}:
            return
        host.ready()
        self.decides(host, c.DecideGate("advance"), who)

    @rule(place=places)
    def returns(self, place: int) -> None:
        """After a rollback everything begins anew."""
        host = self.hosts[place]
        held = host.state.rollback
        if host.state.attempt.phase != "readiness" or held is None:
            return
        for name in list(host.state.contested):
            self.decides(host, c.AcknowledgeContested(name, "seen"), LEAD)
        if held.state != "verified":
            if held.runner != host.writer:
                host.write(e.RollbackResumed(held.id))
            host.finish()
        if not held.postmortem:
            host.do(POSTMORTEM)
        host.ready()
        self.decides(host, c.DecideGate("advance"), LEAD)

    @rule(place=places, who=people, trigger=st.sampled_from(("owner-judgement", "data-breach")))
    def rolls_back(self, place: int, who: Actor, trigger: str) -> None:
        """The kill switch."""
        self.count += 1
        self.decides(self.hosts[place], fire(trigger, f"rb-{self.count}"), who)

    @rule(
        place=places,
        how=st.sampled_from(("verified", "partial", "unknown")),
        goes_on=st.booleans(),
    )
    def a_run_ends(
        self, place: int, how: Literal["verified", "partial", "unknown"], *, goes_on: bool
    ) -> None:
        """What a host tells of the latest rollback that it knows; it may have gone on with it."""
        host = self.hosts[place]
        held = host.state.rollback
        if held is not None and held.state == "running":
            if goes_on and held.runner != host.writer:
                host.write(e.RollbackResumed(held.id))
            for one in held.steps:
                host.write(e.RollbackStep(held.id, one.id, "verified", "k", "read back"))
            host.finish(how)

    @rule(place=places)
    def an_alert_fires(self, place: int) -> None:
        """And is acknowledged."""
        host = self.hosts[place]
        self.count += 1
        name = f"al-{self.count}"
        host.write(e.AlertFired(name, "traffic", 9, 5, 99, 3600, "calls", "busy"))
        host.do(c.AcknowledgeAlert(name))

    @rule(place=places, text=st.text(st.characters(codec="ascii"), min_size=1, max_size=20))
    def a_note_is_written(self, place: int, text: str) -> None:
        """Anything that people write."""
        self.hosts[place].tell(text)

    @rule(place=places, who=people)
    def a_conflict_is_seen_to(self, place: int, who: Actor) -> None:
        """The first that waits."""
        host = self.hosts[place]
        for one in unsettled(host.state)[:1]:
            self.decides(host, c.AcknowledgeContested(one.id, "seen"), who)

    @rule(place=places)
    def restarts(self, place: int) -> None:
        """What was folded on is folded anew."""
        host = self.hosts[place]
        before = frozen(host.state)
        host.restart()
        assert frozen(host.state) == before

    @rule(source=places, to=places, writer=places, most=st.none() | st.integers(1, 400))
    def lines_travel(self, source: int, to: int, writer: int, most: int | None) -> None:
        """Some of the lines of a writer, some of which may be there already."""
        if source == to:
            return
        there = self.hosts[to]
        self.hosts[source].send(there, most, self.hosts[writer].writer)
        assert frozen(there.state) == frozen(fold(there.all))

    @rule(seconds=st.sampled_from((1, 60, 3600, 90_000)))
    def time_passes(self, seconds: int) -> None:
        """For all of them."""
        for host in self.hosts:
            host.now += seconds

    def teardown(self) -> None:
        """They meet at last: one state, in which nothing went past a stricter decision."""
        if hasattr(self, "hosts"):
            try:
                self.they_meet()
            finally:
                for host in self.hosts:
                    host.record.journal.close()
        self.folder.cleanup()

    def they_meet(self) -> None:
        """Compare, and have a fourth one fold what comes to it in pieces."""
        meet(*self.hosts)
        assert len({host.hash for host in self.hosts}) == 1
        state, entries = self.hosts[0].state, self.hosts[0].all
        assert frozen(fold(entries)) == frozen(state)
        note(f"{len(entries)} entries, {[a.id for a in state.attempts]}, {len(state.contested)}")
        late = Host(Path(self.folder.name), "late")
        draw = Random(len(entries))
        left = [(host, host.writer) for host in self.hosts]
        while left:
            host, writer = draw.choice(left)
            host.send(late, len(late.lines(writer)) + draw.randint(1, 60), writer)
            if len(late.lines(writer)) == len(host.lines(writer)):
                left.remove((host, writer))
        met = [x for x in late.all if x.writer != late.writer]
        assert met == entries
        assert frozen(late.state) == frozen(fold(late.all))
        late.record.journal.close()
        self.nothing_stricter_was_passed(state)

    def nothing_stricter_was_passed(self, state: Any) -> None:
        """By what the test itself saw: who held whose lines when each decision was taken."""
        counted = {attempt.begun for attempt in state.attempts}
        by_place = {one.order: one for one in self.taken}
        for left, begun in pairwise(state.attempts):
            opened, leaves = by_place.get(left.begun), by_place.get(begun.begun)
            if opened is not None and leaves is not None and leaves.what == "advance":
                assert leaves.saw(opened), "nobody leaves what they never saw begin"
        for one in self.taken:
            for other in self.taken:
                apart = not one.saw(other) and not other.saw(one)
                if one is other or one.attempt != other.attempt or not apart:
                    continue
                name = f"{one.writer}/{one.seq}"
                if CAUTION[one.what] < CAUTION[other.what]:
                    assert one.what != "advance" or one.order not in counted
                    known = any(a.id == one.attempt for a in state.attempts)
                    odd = any(x.seq == one.seq and x.writer == one.writer for x in state.conflicts)
                    assert name in state.contested or odd or not known
                elif one.what == other.what == "advance":
                    assert {one.order, other.order} - counted


TestMerging = Merging.TestCase
TestMerging.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
