"""The simulated agent's counters, and how a Prometheus server sees them."""

from bisect import bisect_left
from collections.abc import Iterator

import msgspec

from console.demo.traffic import AgentCall, Profile

BOUNDS = (0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10, 15, 30)
Labels = tuple[str, str, bool]


class Counts(msgspec.Struct):
    """What was counted for one set of labels; `latency` has a slot for each bound and one over."""

    calls: int = 0
    errors: int = 0
    escalations: int = 0
    flags: int = 0
    cost: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0
    latency_sum: float = 0.0
    latency: list[int] = msgspec.field(default_factory=lambda: [0] * (len(BOUNDS) + 1))


class Counters:
    """All counts since the agent's start, by (version, variant, synthetic)."""

    def __init__(self, profile: Profile) -> None:
        """Start at zero: a series that exists before its first call loses no increase."""
        self._counts: dict[Labels, Counts] = {
            (profile.candidate, "live", False): Counts(),
            (profile.stable, "live", False): Counts(),
            (profile.stable, "control", False): Counts(),
        }

    def add(self, call: AgentCall) -> None:
        """Count one call."""
        counts = self._counts.setdefault((call.version, call.variant, call.synthetic), Counts())
        counts.calls += 1
        counts.errors += bool(call.error)
        counts.escalations += bool(call.escalation)
        counts.flags += len(call.flags)
        counts.cost += call.cost
        counts.tokens_in += call.tokens_in
        counts.tokens_out += call.tokens_out
        counts.latency_sum += call.latency_s
        counts.latency[bisect_left(BOUNDS, call.latency_s)] += 1

    def exposition(self) -> str:
        """The counters in the Prometheus text format 0.0.4."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        series = [(_labels(labels), counts) for labels, counts in self._counts.items()]
        for name, told, field in (
            ("calls", "Calls answered or failed.", "calls"),
            ("errors", "Calls that failed or timed out.", "errors"),
            ("escalations", "Calls handed to a person.", "escalations"),
            ("safety_flags", "Safety or policy flags raised.", "flags"),
            ("cost", "Money spent.", "cost"),
        ):
            yield from _head(f"agent_{name}_total", told, "counter")
            for labels, counts in series:
                yield f"agent_{name}_total{{{labels}}} {getattr(counts, field)}"
        yield from _head("agent_tokens_total", "Tokens read and written.", "counter")
        for labels, counts in series:
            yield f'agent_tokens_total{{{labels},direction="in"}} {counts.tokens_in}'
            yield f'agent_tokens_total{{{labels},direction="out"}} {counts.tokens_out}'
        yield from _head("agent_latency_seconds", "Time to answer.", "histogram")
        for labels, counts in series:
            total = 0
            for bound, number in zip((*BOUNDS, "+Inf"), counts.latency, strict=True):
                total += number
                yield f'agent_latency_seconds_bucket{{{labels},le="{bound}"}} {total}'
            yield f"agent_latency_seconds_sum{{{labels}}} {counts.latency_sum}"
            yield f"agent_latency_seconds_count{{{labels}}} {counts.calls}"


def _head(name: str, told: str, kind: str) -> tuple[str, str]:
    return f"# HELP {name} {told}", f"# TYPE {name} {kind}"


def _labels(labels: Labels) -> str:
    version, variant, synthetic = labels
    return f'version="{version}",variant="{variant}",synthetic="{str(synthetic).lower()}"'
