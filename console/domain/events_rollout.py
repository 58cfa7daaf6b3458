"""Entries about the phases and their gates (Guide 4); the table of all kinds is in `events`."""

from typing import Literal

import msgspec

from config.guide import PhaseName
from console.domain.fieldtypes import Count, Moment, Percent


class CriterionRecord(msgspec.Struct, frozen=True):
    """A criterion exactly as it stood on the screen when a gate was decided (Guide 4.2).

    `low` and `high` are the 95 % interval of the value where chance has a part in it, and `doubt`
    says what a sample of this size could have missed.
    """

    id: str
    verdict: Literal["met", "not-met", "unknown", "not-applicable"]
    value: float | None
    limit: float | None
    n: Count
    age_s: float | None
    why: str
    low: float | None = None
    high: float | None = None
    doubt: str = ""


class BaselineDocumented(msgspec.Struct, frozen=True, tag="baseline.documented"):
    """What the existing process achieves.

    A value of null is marked as not applicable; that stands once both leads have marked it alike.
    `n` are the calls that it was measured on, 0 where people state it; `sha256` is of the file that
    was measured, or of the numbers and their source.
    """

    accuracy: float | None
    latency_p95: float | None
    cost_per_call: float | None
    source: str
    n: Count = 0
    sha256: str = ""


class BriefGiven(msgspec.Struct, frozen=True, tag="brief.given"):
    """The BU Operations Lead, `to`, was told before the transition to `into` (Guide 4.1).

    `text` is the brief; `how` says how it was given.
    """

    attempt: str
    to: str
    text: str
    into: str = ""
    how: str = ""


class SatisfactionJudged(msgspec.Struct, frozen=True, tag="satisfaction.judged"):
    """The BU Operations Lead's judgement of how users take it, where no feed measures it.

    A lead who records it names in `on_behalf_of` whose judgement it is.
    """

    attempt: str
    verdict: Literal["positive", "neutral", "negative"]
    why: str
    on_behalf_of: str = ""


class MinutesCited(msgspec.Struct, frozen=True):
    """The minutes of a feed from `first` until before `until` (numbers), by their SHA-256.

    See `console.reports.cites.minutes_digest`.
    """

    first: Count
    until: Count
    sha256: str


class GateDecided(msgspec.Struct, frozen=True, tag="gate.decided"):
    """The decision at an attempt's end, with the numbers it was made on (Guide 4.2).

    An advance names the attempt it opens; the advance from readiness is the GO and locks the
    config tag `version` and the tables of `warroom.toml` that decide, each by its hash in `rules`.
    Where two people decide, the first of them is `proposed_by`. `seen_at` is when the numbers were
    on the screen that it was decided on. `cautions` are what comparing with the live control says.
    `alone_since` is since when the other members could not be reached, where they could not.
    `knew` counts the entries of other writers that were known when it was decided. `minutes` are
    those of the attempt that the decider's machine had then, by feed; the last one is left out.
    """

    attempt: str
    decision: Literal["advance", "hold", "rollback"]
    why: str
    criteria: tuple[CriterionRecord, ...]
    to_phase: PhaseName | Literal["stable", ""] = ""
    to_increment: Percent | None = None
    version: str = ""
    open_alerts: tuple[str, ...] = ()
    record: str = ""
    head: str = ""
    rules: dict[str, str] = {}
    proposed_by: str = ""
    proposed_at: Moment | None = None
    seen_at: Moment | None = None
    cautions: tuple[str, ...] = ()
    alone_since: Moment | None = None
    knew: dict[str, Count] = {}
    minutes: dict[str, MinutesCited] = {}


class ContestedAcknowledged(msgspec.Struct, frozen=True, tag="contested.acknowledged"):
    """A person has seen that two decided without knowing of each other, and what stands.

    `contested` is the entry of the decision that was overruled, as `writer/seq`, and `stands` are
    those that stood over it then: what is known of others later is to be seen to anew.
    """

    contested: str
    remark: str
    stands: tuple[str, ...] = ()


class GateProposed(msgspec.Struct, frozen=True, tag="gate.proposed"):
    """A lead wants to advance; a second one agrees within 15 minutes, or it is void."""

    attempt: str
    into: str
    why: str
    criteria: tuple[CriterionRecord, ...]
    head: str = ""
