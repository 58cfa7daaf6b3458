"""What a decision is made on besides the state: the picture at one moment."""

import msgspec

from config.model import Deployment, Limit
from console.domain.arrival import Arrival
from console.domain.comparison import Compared
from console.domain.doubt import Doubt
from console.domain.entry import Actor
from console.domain.minutes import Totals
from console.domain.readings import Reading
from console.domain.triggers import Trigger


class Facts(msgspec.Struct, frozen=True):
    """The picture at `now` (unix seconds) of the running `attempt`.

    `totals` sums the attempt to date, metric by metric from the feed that the metric reads; `age_s`
    is the age of the oldest feed that criteria and triggers read. `blind` is the fraction of the
    attempt without data. `versions` are those seen in the attempt's calls. `trouble` says which
    feed is not live, and is empty when all are.
    `rules` are the tables that GO locks, each by its hash, `way_back` is that of the ways back;
    `config_trouble` says that the file on
    disk is not what was loaded. `broken` are evidence files, by SHA-256, that are gone or not what
    was hashed. `p95_range` is the least and the greatest 95th percentile, in
    seconds, that a metric store gave for a window within the attempt.
    `comparison` is the candidate against the live control, in a canary; `cost_doubt` is how sure
    the attempt's mean cost of a call is. Neither decides anything.
    `rollback_alive` is false where the process that ran an unfinished rollback is known to be gone.
    `alone_since` (unix seconds) is since when the other members cannot be reached; None where they
    can, or where there are none. `arrival` is what the calls show of the attempt's share, None
    where nothing was looked at.
    """

    now: float
    attempt: str
    actor: Actor
    deployment: Deployment
    config_sha256: str
    readings: dict[str, Reading]
    limits: dict[str, Limit]
    triggers: tuple[Trigger, ...]
    totals: dict[str, Totals]
    age_s: float | None
    blind: float
    versions: frozenset[str]
    trouble: str
    head: str
    rules: dict[str, str] = {}
    config_trouble: str = ""
    broken: frozenset[str] = frozenset()
    p95_range: tuple[float, float] | None = None
    rollback_alive: bool = True
    way_back: str = ""
    arrival: Arrival | None = None
    comparison: tuple[Compared, ...] = ()
    cost_doubt: Doubt = Doubt()
    alone_since: float | None = None
