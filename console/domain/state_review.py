"""What the journal amounts to, of reviewed samples: a part of `State`."""

from typing import Literal

import msgspec

Verdict = Literal["right", "wrong", "subtle"]


class Opinion(msgspec.Struct, frozen=True):
    """An earlier verdict on an output that was judged again since. `at` is unix seconds."""

    verdict: Verdict
    at: float
    by: str
    note: str = ""


class Judged(msgspec.Struct, frozen=True):
    """One output judged by a person: the latest verdict, and those that it took the place of."""

    call: str
    verdict: Verdict
    at: float
    by: str
    note: str = ""
    earlier: tuple[Opinion, ...] = ()


class Skipped(msgspec.Struct, frozen=True):
    """A call that nobody could judge, and why."""

    call: str
    why: str
    at: float
    by: str


class Sample(msgspec.Struct, frozen=True):
    """Calls drawn at random; times are unix seconds, the rest is as in `SampleDrawn`."""

    id: str
    attempt: str
    seed: str
    n: int
    of: int
    from_at: float
    to_at: float
    feed: str
    calls: tuple[str, ...]
    whole: bool
    at: float
    by: str
