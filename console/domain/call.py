"""One invocation of the agent, as read from a log."""

from typing import Literal

import msgspec


class Call(msgspec.Struct, frozen=True, gc=False):
    """A call record. Only `id` and `at` are certain; the rest is what the log gives.

    `at` is the event time in unix seconds, UTC. Costs are in the deployment's currency. `error` and
    `escalation` are empty when the call neither failed nor escalated; else they say why.
    A `variant` of "control" marks the live control arm of a comparison; `synthetic` marks probes.
    Neither counts in any metric. `tools_failed` are those of `tools` that did not succeed.
    """

    id: str
    at: float
    latency_s: float | None = None
    cost: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    error: str = ""
    escalation: str = ""
    flags: tuple[str, ...] = ()
    version: str = ""
    variant: str = ""
    model: str = ""
    tools: tuple[str, ...] = ()
    tools_failed: tuple[str, ...] = ()
    conversation: str = ""
    feedback: Literal["", "positive", "neutral", "negative"] = ""
    user: str = ""
    input: str = ""
    output: str = ""
    format: str = ""
    correction: str = ""
    synthetic: bool = False
