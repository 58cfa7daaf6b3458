"""What goes wrong in a demonstration: a table of scenarios, and how calls fare by it.

A scenario acts on the candidate version's calls alone, from its onset on, so that a rollback to the
stable version heals it. To widen the table, add a row, or a field with its use in `traffic`.
"""

from itertools import pairwise

import msgspec

MINUTE = 60.0
HOUR = 3600.0
HEALTHY_ERRORS = 0.003
HEALTHY_ESCALATIONS = 0.155
Track = tuple[tuple[float, float], ...]


class Scenario(msgspec.Struct, frozen=True):
    """One course of trouble.

    A track is a row of (seconds since the onset, value) points, rising in time, joined by straight
    lines; its last value lasts. An empty track leaves the healthy value alone. Shares are 0 to 1,
    times multiply what a healthy call has. Above 1 `traffic_times` is the work of one client.
    """

    name: str
    title: str
    error_share: Track = ()
    escalation_share: Track = ()
    latency_times: Track = ()
    tokens_times: Track = ()
    traffic_times: Track = ()
    flag_share: Track = ()
    misuse_share: Track = ()
    """Calls that a filter flags, and calls that use a tool outside the agent's scope."""
    model: str = ""
    """The model that answers from the onset on, if it is another."""
    dark_s: float = 0.0
    """Seconds from the onset in which the log and metric endpoints do not answer."""
    slow: bool = False
    """It takes most of the window to be seen: where the demo begins within it, it goes on."""


def value_at(track: Track, since_s: float, healthy: float) -> float:
    """The track's value `since_s` seconds after the onset; `healthy` before it or without one."""
    if not track or since_s < track[0][0]:
        return healthy
    for (start, low), (end, high) in pairwise(track):
        if since_s < end:
            return low + (high - low) * (since_s - start) / (end - start)
    return track[-1][1]


class Fate(msgspec.Struct, frozen=True):
    """How a version's calls fare at a moment: shares 0 to 1, and times the healthy.

    `model` is empty where it is the usual one.
    """

    errors: float = HEALTHY_ERRORS
    escalations: float = HEALTHY_ESCALATIONS
    latency: float = 1.0
    tokens: float = 1.0
    traffic: float = 1.0
    flags: float = 0.0
    misuse: float = 0.0
    model: str = ""


def fate_of(scenario: Scenario, since: float) -> Fate:
    """How calls fare `since` seconds after the onset."""
    return Fate(
        errors=value_at(scenario.error_share, since, HEALTHY_ERRORS),
        escalations=value_at(scenario.escalation_share, since, HEALTHY_ESCALATIONS),
        latency=value_at(scenario.latency_times, since, 1.0),
        tokens=value_at(scenario.tokens_times, since, 1.0),
        traffic=value_at(scenario.traffic_times, since, 1.0),
        flags=value_at(scenario.flag_share, since, 0.0),
        misuse=value_at(scenario.misuse_share, since, 0.0),
        model=scenario.model,
    )


_ALL = (
    Scenario(name="healthy", title="nothing goes wrong"),
    Scenario(
        name="errors",
        title="the candidate's calls begin to fail, up to 12 % within 25 minutes",
        error_share=((0, 0.003), (25 * MINUTE, 0.12)),
    ),
    Scenario(
        name="escalations",
        title="the candidate hands more and more calls to people, up to 65 % within 20 minutes",
        escalation_share=((0, 0.155), (20 * MINUTE, 0.65)),
    ),
    Scenario(
        name="outage",
        title="no logs and no metrics for 20 minutes, then a burst of errors that ebbs away",
        error_share=(
            (0, 1.0),
            (20 * MINUTE, 1.0),
            (20 * MINUTE + 1, 0.15),
            (40 * MINUTE, 0.15),
            (60 * MINUTE, 0.003),
        ),
        dark_s=20 * MINUTE,
    ),
    Scenario(
        name="latency",
        title="the candidate answers more and more slowly, p95 over 3 s within 20 minutes",
        latency_times=((0, 1), (20 * MINUTE, 4)),
    ),
    Scenario(
        name="cost",
        title="the provider swaps the candidate's model: a call costs five times as much",
        tokens_times=((0, 5), (HOUR, 5)),
        model="triage-large-3-preview",
    ),
    Scenario(
        name="traffic",
        title="a client of the candidate calls in a loop, up to 16 times the traffic",
        traffic_times=((0, 1), (10 * MINUTE, 16)),
    ),
    Scenario(
        name="silence",
        title="hardly a call reaches the candidate any more",
        traffic_times=((0, 1), (5 * MINUTE, 0.02)),
    ),
    Scenario(
        name="safety",
        title="for two hours 1 % of the answers are flagged and a tool is used that it may not use",
        flag_share=((0, 0.01), (2 * HOUR, 0.01), (3 * HOUR, 0.0)),
        misuse_share=((0, 0.002), (2 * HOUR, 0.002), (2.5 * HOUR, 0.0)),
    ),
    Scenario(
        name="drift",
        title="escalations creep up so slowly that no limit is crossed within 48 h; latency too",
        escalation_share=((0, 0.155), (48 * HOUR, 0.212), (80 * HOUR, 0.252)),
        latency_times=((0, 1), (48 * HOUR, 1.12), (80 * HOUR, 1.2)),
        slow=True,
    ),
)
SCENARIOS = {scenario.name: scenario for scenario in _ALL}
