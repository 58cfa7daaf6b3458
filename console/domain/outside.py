"""Alerts that other systems raise: Alertmanager's, or those of a metric store's own rules."""

from typing import Literal

import msgspec


class OutsideAlert(msgspec.Struct, frozen=True):
    """One alert as another system tells it, all text clean.

    `id` stays the same from its start to its end, and differs between feeds. `since` is unix
    seconds. `muted_by` says by what it is silenced or inhibited. `severity` is the label of that
    name, empty without one. `labels` are the rest.
    """

    id: str
    feed: str
    name: str
    state: Literal["pending", "firing", "silenced", "inhibited"]
    since: float
    severity: str = ""
    summary: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    muted_by: str = ""
