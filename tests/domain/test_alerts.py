"""Alerts: fire at once, resolve after five minutes within the limit, never because of quiet."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from console.domain.alerts import CALM_S, AlertMemory, Transition, step
from console.domain.readings import Reading, Verdict


def reading(
    verdict: Verdict,
    value: float | None = 0.1,
    limit: float | None = 0.25,
    pending: bool = False,
) -> Reading:
    """An escalation rate."""
    return Reading(
        "escalation-rate", verdict, value, "ratio", limit, 3600, 9, 0.0, "calls", "", pending
    )


OK = reading("ok")
BREACH = reading("breach", 0.3)
QUIET = [
    reading("stale"),
    reading("down"),
    reading("too-few", None),
    reading("too-few", limit=None),
]


def life(*looks: tuple[float, Reading]) -> tuple[AlertMemory, list[tuple[str, float]]]:
    """What is remembered and what was told after these looks."""
    memory = AlertMemory()
    told: list[tuple[str, float]] = []
    for now, seen in looks:
        memory, transitions = step(memory, seen, now)
        told += [(transition.kind, transition.at) for transition in transitions]
    return memory, told


def test_it_fires_at_once_and_tells_the_reading() -> None:
    memory, told = step(AlertMemory(), BREACH, 100.0)
    assert told == [Transition("fired", 100.0, BREACH)]
    assert (memory.state, memory.since, memory.active) == ("firing", 100.0, True)


def test_it_resolves_after_five_minutes_within_the_limit() -> None:
    memory, told = life((0, BREACH), (60, OK), (359, OK))
    assert (memory.state, told) == ("recovering", [("fired", 0)])
    memory, told = life((0, BREACH), (60, OK), (359, OK), (360, OK))
    assert (memory.state, told) == ("resolved", [("fired", 0), ("resolved", 360)])
    assert not memory.active


def test_few_calls_within_the_limit_resolve_too() -> None:
    few = reading("too-few", 0.0)
    assert life((0, BREACH), (60, few), (360, few))[1] == [("fired", 0), ("resolved", 360)]


def test_flapping_within_five_minutes_is_one_alert() -> None:
    memory, told = life((0, BREACH), (60, OK), (200, BREACH), (260, OK), (500, OK))
    assert (memory.state, memory.since, told) == ("recovering", 0, [("fired", 0)])


def test_quiet_stops_the_clock_and_does_not_count() -> None:
    for quiet in QUIET:
        memory, told = life((0, BREACH), (60, OK), (180, OK), (200, quiet), (9000, quiet))
        assert (memory.state, memory.calm_s, told) == ("recovering", 120, [("fired", 0)])
        looks = [(0, BREACH), (60, OK), (180, OK), (200, quiet), (9000, OK), (9179, OK)]
        assert life(*looks)[0].state == "recovering"
        assert life(*looks, (9180, OK))[0].state == "resolved"


def test_quiet_never_fires() -> None:
    for quiet in QUIET:
        assert life((0, quiet), (600, quiet)) == (AlertMemory(), [])


def test_it_may_fire_again_after_it_resolved() -> None:
    told = life((0, BREACH), (60, OK), (360, OK), (420, BREACH))[1]
    assert [kind for kind, _ in told] == ["fired", "resolved", "fired"]


def test_pending_shows_before_it_fires_and_goes_when_it_does_not_last() -> None:
    soon = reading("ok", pending=True)
    assert life((0, soon))[0].state == "pending"
    assert life((0, soon), (60, OK))[0].state == "ok"
    assert life((0, soon), (60, reading("stale")))[0].state == "pending"
    assert life((0, soon), (60, BREACH))[1] == [("fired", 60)]
    assert life((0, BREACH), (60, OK), (120, soon), (900, soon))[0].state == "recovering"


def test_memory_rebuilt_from_the_journal_goes_on() -> None:
    memory, told = step(AlertMemory.firing(100.0), BREACH, 5000.0)
    assert (memory.since, told) == (100.0, [])
    memory, _ = step(AlertMemory.firing(100.0), OK, 5000.0)
    assert step(memory, OK, 5300.0)[1][0].kind == "resolved"


class Life(RuleBasedStateMachine):
    """Any readings at any pace."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = AlertMemory()
        self.now = 0.0
        self.told: list[str] = []
        self.calm = 0.0
        self.was_calm = False

    def look(self, seen: Reading, wait: float) -> list[Transition]:
        self.now += wait
        calm = seen in {OK, reading("too-few", 0.0)}
        if seen == BREACH:
            self.calm = 0.0
        elif calm and self.was_calm:
            self.calm += wait
        self.was_calm = calm
        self.memory, transitions = step(self.memory, seen, self.now)
        self.told += [transition.kind for transition in transitions]
        return transitions

    @rule(wait=st.floats(1, 900))
    def breach(self, wait: float) -> None:
        self.look(BREACH, wait)
        assert self.memory.state == "firing"

    @rule(wait=st.floats(1, 400), few=st.booleans())
    def within(self, wait: float, few: bool) -> None:
        for transition in self.look(reading("too-few", 0.0) if few else OK, wait):
            assert transition.kind == "resolved"
            assert self.calm >= CALM_S - 1e-6

    @rule(wait=st.floats(1, 9000), quiet=st.sampled_from(QUIET))
    def goes_quiet(self, wait: float, quiet: Reading) -> None:
        before = self.memory.active
        assert self.look(quiet, wait) == []
        assert self.memory.active == before

    @invariant()
    def fired_and_resolved_take_turns(self) -> None:
        turns = ["fired", "resolved"] * (len(self.told) // 2 + 1)
        assert self.told == turns[: len(self.told)]
        assert self.memory.active == (len(self.told) % 2 == 1)


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestLife = Life.TestCase
