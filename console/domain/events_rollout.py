"""Entries about the phases and their gates (Guide 4); the table of all kinds is in `events`."""

from typing import Literal

import msgspec

from config.guide import PhaseName
from console.domain.fieldtypes import Count, Percent


class CriterionRecord(msgspec.Struct, frozen=True):
    """A criterion exactly as it stood on the screen when a gate was decided (Guide 4.2)."""

    id: str
    verdict: Literal["met", "not-met", "unknown", "not-applicable"]
    value: float | None
    limit: float | None
    n: Count
    age_s: float | None
    why: str


class BaselineDocumented(msgspec.Struct, frozen=True, tag="baseline.documented"):
    """What the existing process achieves.

    A value of null is marked as not applicable; that stands once both leads have marked it alike.
    """

    accuracy: float | None
    latency_p95: float | None
    cost_per_call: float | None
    source: str


class BriefGiven(msgspec.Struct, frozen=True, tag="brief.given"):
    """The BU Operations Lead was told before a transition (Guide 4.1)."""

    attempt: str
    to: str
    text: str


class SatisfactionJudged(msgspec.Struct, frozen=True, tag="satisfaction.judged"):
    """The BU Operations Lead's judgement of how users take it, where no feed measures it.

    A lead who records it names in `on_behalf_of` whose judgement it is.
    """

    attempt: str
    verdict: Literal["positive", "neutral", "negative"]
    why: str
    on_behalf_of: str = ""


class GateDecided(msgspec.Struct, frozen=True, tag="gate.decided"):
    """The decision at an attempt's end, with the numbers it was made on (Guide 4.2).

    An advance names the attempt it opens; the advance from readiness is the GO and locks the
    config tag `version` and the tables of `warroom.toml` that decide, each by its hash in `rules`.
    """

    attempt: str
    decision: Literal["advance", "hold"]
    why: str
    criteria: tuple[CriterionRecord, ...]
    to_phase: PhaseName | Literal["stable", ""] = ""
    to_increment: Percent | None = None
    version: str = ""
    open_alerts: tuple[str, ...] = ()
    record: str = ""
    head: str = ""
    rules: dict[str, str] = {}
