"""The guide's rules of a rollout in words of their own, which never ask `gates`."""

from functools import cache
from typing import Any, NamedTuple

from config.guide import checklist_items, dimensions
from console.domain.minutes import Totals
from console.domain.state_rollout import Baseline
from tests.domain.build import (
    DAY,
    Desk,
    sums,
    totals,
)

DWELL = {
    "readiness": 0.0,
    "dark-launch": DAY,
    "shadow": 2 * DAY,
    "canary": 2 * DAY,
    "full": 2 * DAY,
}
ORDER = [
    ("readiness", None),
    ("dark-launch", None),
    ("shadow", None),
    *(("canary", share) for share in (1, 5, 20, 50, 100)),
    ("full", None),
]
DIMENSIONS = {item.id for item in dimensions()}
HARD = {
    *DIMENSIONS,
    "sprint-report",
    "lead-named",
    "data-access",
    "specification",
    "separate-environment",
    "integrations",
    "logging-provisioned",
    "config-versioned",
    "monitoring",
    "reviewers-available",
    "safety-filter",
    "traffic-switch",
    "test-set",
    "prompt-lock",
    "credentials",
    "logging",
    "load-test",
    "agreed-needs",
    "security",
    "rollback-ready",
    "escalation-protocol",
    "escalation-test",
    "governance-review",
    "rollout-plan",
}
HARD_FOR_UPDATES = HARD | {"regression"}
BOUND = {
    "test-set",
    "regression",
    "prompt-lock",
    "load-test",
    "security",
    "rollback-ready",
    "config-versioned",
}
ROLES = {item.id: set(item.roles) for item in checklist_items()}
ASKED = {"agent-lead", "tech-lead", "bu-operations-lead", "legal", "rollback-owner"}
COMPUTED = ("error-rate", "escalation-rate", "cost-runaway")


class Given(NamedTuple):
    """A confirmation: for which rollout and version, when and by whom."""

    rollout: int
    version: str
    at: float
    who: str


class Asked(NamedTuple):
    """A poll: about which rollout and version, and what each role answered."""

    rollout: int
    version: str
    answers: dict[str, bool]


class World(NamedTuple):
    """The calls of an attempt, and what is true of them."""

    calls: int = 1200
    escalated: float = 0.10
    cost: float = 0.02
    p95: float = 2.0


WORLDS = {
    "good": World(),
    "few": World(calls=19),
    "no traffic": World(calls=0),
    "less than 500": World(calls=499),
    "escalates some": World(escalated=0.22),
    "escalates much": World(escalated=0.30),
    "over the forecast": World(cost=0.021),
    "dear": World(cost=0.03),
    "slow": World(p95=2.6),
}


@cache
def measured(world: World) -> dict[str, Totals]:
    """The sums of such calls."""
    return sums(totals(*world))


class Rules:
    """What is true of a rollout, and whether its gate may open."""

    def __init__(self) -> None:
        """Begin before anything happened, with good facts."""
        super().__init__()
        self.desk = Desk()
        self.world = WORLDS["good"]
        self.trigger: tuple[str, Any] = ("", "true")
        self.verdict: tuple[str, Any] = ("traffic", "ok")
        self.trouble = ""
        self.blind = 0.0
        self.config = "v2"
        self.seen = frozenset({"v2"})
        self.locked = ""
        self.items: dict[tuple[str, str], Given] = {}
        self.signed: tuple[dict[tuple[str, str], Given], str] = ({}, "")
        self.poll: Asked | None = None
        self.briefed: set[str] = set()
        self.probed: tuple[int, str] = (0, "")
        self.proposed: tuple[str, str, float] | None = None
        self.happy: dict[str, str] = {}
        self.judged: dict[str, tuple[int, int]] = {}
        self.critical: set[str] = set()
        self.breached: set[str] = set()
        self.firing: set[str] = set()
        self.owed: list[str] = []
        self.baseline: Baseline | None = None
        self.count = 0

    @property
    def attempt(self) -> Any:
        """The running attempt."""
        return self.desk.state.attempt

    @property
    def over(self) -> bool:
        """Whether the rollout has ended well."""
        return self.desk.state.stable_since is not None

    def gate_is_open(self) -> bool:
        """Whether the running attempt may end, and the next begin."""
        phase, last = self.attempt.phase, self.desk.state.rollback
        if self.over or self.trouble or (last is not None and last.state != "verified"):
            return False
        if max(0.0, self.desk.now - self.attempt.entered_at) < DWELL[phase]:
            return False
        if phase != "full" and self.attempt.id not in self.briefed:
            return False
        if phase == "readiness":
            ready = not self.owed and self.baseline is not None and self.all_confirmed()
            probed = self.probed == (self.attempt.rollout, self.config)
            return ready and probed and self.is_read() and self.all_say_go()
        if self.config != self.locked or self.seen - {self.locked, "v1", ""}:
            return False
        fits = getattr(self, f"may_leave_{phase.replace('-', '_')}")
        return self.blind <= 0.05 and not self.trigger[0] and bool(fits())

    def is_read(self) -> bool:
        """Whether every metric that a feed tells is read; accuracy is people's to judge."""
        return self.verdict[0] == "accuracy" or self.verdict[1] != "stale"

    def all_confirmed(self) -> bool:
        """Guide 1, for customers, nothing else special."""
        hard = HARD_FOR_UPDATES if self.attempt.rollout > 1 else HARD
        return all(self.confirmed(item) for item in hard)

    def confirmed(self, item: str) -> bool:
        """Whether every role's confirmation holds."""
        given = [self.items.get((item, role)) for role in ROLES[item]]
        now = (self.attempt.rollout, self.config)
        if item == "governance-review" and self.signed != (self.on_dimensions(), self.config):
            return False
        return all(g is not None and (item not in BOUND or g[:2] == now) for g in given)

    def on_dimensions(self) -> dict[tuple[str, str], Given]:
        """What a sign-off is given on."""
        return {key: given for key, given in self.items.items() if key[0] in DIMENSIONS}

    def all_say_go(self) -> bool:
        """A poll about what would go live now, answered by all, GO by all."""
        poll = self.poll
        if poll is None or poll[:2] != (self.attempt.rollout, self.config):
            return False
        return set(poll.answers) == ASKED and all(poll.answers.values())

    def share_right(self) -> float:
        """Right outputs of the attempt; under 50 judged ones it is no share at all."""
        right, judged = self.judged.get(self.attempt.id, (0, 0))
        return right / judged if judged >= 50 else 0.0

    def may_leave_dark_launch(self) -> bool:
        """Guide 4, first row."""
        return (
            self.share_right() > 0.90
            and self.world.calls >= 20
            and self.world.escalated < 0.25
            and self.world.cost <= 0.02
            and self.attempt.id not in self.breached
        )

    def may_leave_shadow(self) -> bool:
        """Guide 4, second row."""
        return (
            self.happy.get(self.attempt.id) in {"positive", "neutral"}
            and self.share_right() >= 0.90
            and self.world.cost <= 0.022
            and self.world.escalated < 0.25
            and self.world.calls >= 500
        )

    def may_leave_canary(self) -> bool:
        """Guide 4, third row."""
        return (
            self.attempt.id not in self.critical
            and self.world.calls >= 20
            and self.world.escalated < 0.20
            and self.world.p95 <= 2.2
            and self.world.cost <= 0.022
            and self.happy.get(self.attempt.id) in {"positive", "neutral"}
        )

    def may_leave_full(self) -> bool:
        """Guide 4, fourth row."""
        return (
            self.attempt.id not in self.critical
            and self.world.calls >= 20
            and self.verdict[1] == "ok"
            and not self.firing
            and self.share_right() >= 0.90
            and self.world.p95 <= 2.2
            and self.world.cost <= 0.022
        )
