"""What goes wrong in a demonstration: a table of scenarios.

A scenario acts on the candidate version's calls alone, from its onset on, so that a rollback to the
stable version heals it. To widen the table, add a row, or a field with its use in `traffic`.
"""

from itertools import pairwise

import msgspec

MINUTE = 60.0
Track = tuple[tuple[float, float], ...]


class Scenario(msgspec.Struct, frozen=True):
    """One course of trouble.

    A track is a row of (seconds since the onset, value) points, rising in time, joined by straight
    lines; its last value lasts. An empty track leaves the healthy value alone. Shares are 0 to 1.
    """

    name: str
    title: str
    error_share: Track = ()
    escalation_share: Track = ()
    dark_s: float = 0.0
    """Seconds from the onset in which the log and metric endpoints do not answer."""


def value_at(track: Track, since_s: float, healthy: float) -> float:
    """The track's value `since_s` seconds after the onset; `healthy` before it or without one."""
    if not track or since_s < track[0][0]:
        return healthy
    for (start, low), (end, high) in pairwise(track):
        if since_s < end:
            return low + (high - low) * (since_s - start) / (end - start)
    return track[-1][1]


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
)
SCENARIOS = {scenario.name: scenario for scenario in _ALL}
