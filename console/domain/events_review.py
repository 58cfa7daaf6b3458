"""Entries about reviewing samples (Guide 4, 6.2); the table of all kinds is in `events`."""

from typing import Literal

import msgspec

from console.domain.fieldtypes import Count, Moment


class SampleDrawn(msgspec.Struct, frozen=True, tag="sample.drawn"):
    """Calls of the running attempt, drawn at random to be judged by a person.

    Drawn from `of` calls of the `feed` whose times lie from `from_at` to `to_at`. `calls` are those
    with the smallest SHA-256 of `seed`, a NUL and their id, smallest first: who has the log can
    draw them again. The first `n` are the sample; each that is skipped is replaced by the next.
    `whole` is false where not all of the attempt was at hand, only what `from_at` and `to_at` say.
    """

    sample: str
    attempt: str
    seed: str
    n: Count
    of: Count
    from_at: Moment
    to_at: Moment
    feed: str
    calls: tuple[str, ...]
    whole: bool = True


class Judgement(msgspec.Struct, frozen=True, omit_defaults=True):
    """One reviewed output, by call id: `subtle` counts as right and is listed as a limitation.

    `note` is why it was skipped, or the pattern of an issue: a person's own words, never the text
    of the call.
    """

    call: str
    verdict: Literal["right", "wrong", "subtle", "skip"]
    note: str = ""


class SampleJudged(msgspec.Struct, frozen=True, tag="sample.judged"):
    """Outputs judged by a person; `sample` is the one they were drawn in, empty if in none."""

    attempt: str
    judgements: tuple[Judgement, ...]
    sample: str = ""
