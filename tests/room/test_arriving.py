"""Who served the calls since the switch: counted from the minutes, in the last hour or since."""

from typing import Any

import msgspec
import pytest

from console.domain.minutes import Minute
from console.domain.series import Series
from console.room.arriving import split

OLD, NEW = "v1", "v2"
START = 29_000_000


class Armed(Minute, kw_only=True):
    """A minute that tells of control calls beside the ones that count."""

    controls: dict[str, Any] = msgspec.field(default_factory=dict)


def served(candidate: int, stable: int = 0, control: int = 0, **others: int) -> Armed:
    versions = {NEW: candidate, OLD: stable, **others}
    named = {name: count for name, count in versions.items() if count}
    controls = {OLD: Minute(calls=control)} if control else {}
    return Armed(calls=sum(named.values()), versions=named, aside=control, controls=controls)


def series(*minutes: Minute, first: int = START) -> Series:
    held = Series()
    held.minutes = dict(enumerate(minutes, first))
    return held


def test_control_calls_are_the_stable_side() -> None:
    held = series(*[served(1, control=19)] * 60)
    seen = split(held, range(START, START + 60), NEW, "", 5)
    assert (seen.candidate, seen.stable, seen.both) == (60, 1140, True)
    assert seen.stable_at == (START + 59) * 60.0


def test_calls_before_the_switch_do_not_count_but_tell_that_both_are_logged() -> None:
    held = series(*[served(0, 20)] * 30, *[served(20)] * 30)
    seen = split(held, range(START + 30, START + 60), NEW, OLD, 50)
    assert (seen.candidate, seen.stable, seen.both) == (600, 0, True)
    assert seen.stable_at is None
    alone = split(series(*[served(20)] * 60), range(START, START + 60), NEW, OLD, 50)
    assert not alone.both


@pytest.mark.parametrize(
    ("late", "share", "candidate"),
    [
        (served(0, 5), 5, 0),  # 300 calls without one: that tells enough
        (served(0, 1), 5, 600),  # 60 calls tell too little: all since the switch are looked at
        (served(1, 4), 5, 60),
    ],
)
def test_the_last_hour_counts_unless_it_tells_too_little(
    late: Minute, share: int, candidate: int
) -> None:
    held = series(*[served(5, 95)] * 120, *[late] * 60)
    seen = split(held, range(START, START + 180), NEW, OLD, share)
    assert seen.candidate == candidate


def test_versions_that_nobody_decided_and_calls_that_name_none() -> None:
    odd = served(2, 30, v9=4)
    odd.calls += 7
    seen = split(series(odd), range(START, START + 1), NEW, OLD, 5)
    assert seen.others == {"v9": 4}
    assert seen.unnamed == 7


def test_an_empty_stable_version_is_no_version_of_calls() -> None:
    seen = split(series(served(30, 5)), range(START, START + 1), NEW, "", 100)
    assert seen.stable == 0
    assert seen.others == {OLD: 5}
