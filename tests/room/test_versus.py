"""Candidate against live control in a room: from the simulated agent's log, and from minutes."""

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from config.write import render, write_new
from console.demo.run import config_values
from console.demo.traffic import LOG_FILE, Profile, Routing, backfill
from console.domain import events as e
from console.domain.call import Call
from console.domain.comparison import Compared, cautions
from console.domain.minutes import Minute
from console.domain.seen import Seen
from console.room import WarRoom
from console.telemetry import fold
from tests.room.stand import BAD, GOOD, NOBODYS, NOW, SetClock, Stand, write

HOUR = 3600.0
TO_CANARY: tuple[e.Event, ...] = (
    e.GateDecided("readiness.1", "advance", "met", (), "dark-launch", None, BAD),
    e.GateDecided("dark-launch.1", "advance", "met", (), "shadow", None, BAD),
    e.GateDecided("shadow.1", "advance", "met", (), "canary", 5, BAD),
    e.GateDecided("canary-5.1", "advance", "met", (), "canary", 20, BAD),
)
TO_FULL = (
    *TO_CANARY,
    e.GateDecided("canary-20.1", "advance", "met", (), "canary", 100, BAD),
    e.GateDecided("canary-100.1", "advance", "met", (), "full", None, BAD),
)


@contextmanager
def opened(
    directory: Path, decided: tuple[e.Event, ...] = TO_CANARY, hours: float = 6.0, **options: Any
) -> Iterator[tuple[WarRoom, SetClock]]:
    """A room whose attempt began `hours` ago, and its clock."""
    values: dict[str, Any] = config_values(NOBODYS, Profile())
    values["feeds"] = {"calls": {"kind": "jsonl", "path": str(LOG_FILE), "poll_s": 1.0}}
    directory.mkdir(exist_ok=True)
    write_new(directory, render(values))
    clock = SetClock(NOW - hours * HOUR)
    room = Stand(directory, clock).open(**options)
    for one in decided:
        write(room, one)
    clock.moment = NOW
    try:
        yield room, clock
    finally:
        room.record.journal.close()


async def told(directory: Path, scenario: str) -> tuple[Compared, ...]:
    """What is said of six hours at 20 % whose trouble began two hours ago."""
    profile = Profile(scenario=scenario, onset=NOW - 2 * HOUR, candidate=BAD, stable=GOOD)
    routing = Routing(BAD, 20, "canary")
    backfill(directory, profile, routing, int((NOW - 6 * HOUR) // 60), int(NOW // 60))
    with opened(directory, offline=False) as (room, _):
        await room.poll_once()
        compared = room.take_picture().facts.comparison
        await room.close()
        return compared


def said(compared: Iterable[Compared]) -> dict[str, str]:
    """The answer to each question."""
    return {one.question: one.said for one in compared}


async def test_a_healthy_canary_shows_no_difference(tmp_path: Path) -> None:
    compared = await told(tmp_path / "healthy", "healthy")
    assert said(compared) == dict.fromkeys(
        ("latency", "errors", "escalations", "cost", "flags"), "no difference seen"
    )
    latency = compared[0]
    assert latency.n_candidate > 800
    assert latency.n_control > 3 * latency.n_candidate
    assert latency.missed.startswith("could have missed up to +0.")
    assert cautions(compared) == ()


@pytest.mark.parametrize(
    ("scenario", "question"),
    [("latency", "latency"), ("errors", "errors"), ("cost", "cost")],
)
async def test_a_canary_that_goes_wrong_is_worse_than_its_control(
    tmp_path: Path, scenario: str, question: str
) -> None:
    compared = await told(tmp_path / scenario, scenario)
    assert said(compared)[question] == "worse"
    assert len(cautions(compared)) >= 1


def minutes(
    *sides: tuple[str, str, int], length: int = 120, seed: int = 1, **changes: Any
) -> dict[int, Minute]:
    """The last minutes, with so many calls a minute of each (version, variant)."""
    draw = random.Random(seed)
    first = int(NOW // 60) - length
    calls = [
        Call(
            f"{number}-{version}-{variant}-{i}",
            number * 60.0 + i,
            latency_s=draw.lognormvariate(0, 0.4),
            cost=draw.lognormvariate(-4, 0.4),
            **{"version": version, "variant": variant, **changes},
        )
        for number in range(first, first + length)
        for version, variant, count in sides
        for i in range(count)
    ]
    return fold(calls, Seen(), NOW).minutes


def adopted(room: WarRoom, made: dict[int, Minute]) -> tuple[Compared, ...]:
    """What is said once the feed has told these minutes."""
    room.eyes.each["calls"].adopt(made, NOW)
    return room.take_picture().facts.comparison


@pytest.mark.parametrize(
    "sides",
    [
        ((BAD, "live", 2), (GOOD, "control", 6)),
        ((BAD, "canary", 2), (GOOD, "live", 6)),
        ((BAD, "", 2), (GOOD, "", 3), (GOOD, "control", 3)),
        (("", "", 2), ("", "control", 6)),
        ((BAD, "", 2), ("strange", "", 5), ("", "control", 6)),
    ],
)
def test_the_control_is_what_is_marked_so_and_the_stable_version(
    tmp_path: Path, sides: tuple[tuple[str, str, int], ...]
) -> None:
    with opened(tmp_path / "d") as (room, _):
        compared = adopted(room, minutes(*sides))
    assert {(one.n_candidate, one.n_control) for one in compared} == {(240, 720)}


def test_only_a_canary_with_a_control_is_compared(tmp_path: Path) -> None:
    both = minutes((BAD, "live", 2), (GOOD, "control", 6))
    with opened(tmp_path / "full", TO_FULL) as (room, _):
        assert adopted(room, both) == ()
    with opened(tmp_path / "alone") as (room, _):
        assert adopted(room, minutes((BAD, "live", 2))) == ()
    with opened(tmp_path / "only-control") as (room, _):
        assert said(adopted(room, minutes((GOOD, "control", 2))))["latency"] == "too few"


def test_only_calls_of_the_attempt_count(tmp_path: Path) -> None:
    with opened(tmp_path / "d", hours=1.0) as (room, _):
        compared = adopted(room, minutes((BAD, "live", 2), (GOOD, "control", 6)))
    assert {(one.n_candidate, one.n_control) for one in compared} == {(120, 360)}


def test_what_has_not_changed_is_not_computed_again(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as (room, clock):
        first = adopted(room, minutes((BAD, "live", 2), (GOOD, "control", 6)))
        assert room.take_picture().facts.comparison is first
        clock.moment += 60.0
        # A minute later, without a call in it.
        assert room.take_picture().facts.comparison is first
        late = minutes((BAD, "live", 1), length=1, seed=2)
        assert adopted(room, late)[0].n_candidate == first[0].n_candidate + 1


def test_how_sure_the_mean_cost_is(tmp_path: Path) -> None:
    with opened(tmp_path / "d", TO_FULL) as (room, _):
        adopted(room, minutes((BAD, "live", 5)))
        picture = room.take_picture()
    doubt, mean = picture.facts.cost_doubt, picture.facts.totals["cost-per-call"].cost_per_call
    assert mean is not None
    assert doubt.low is not None
    assert doubt.high is not None
    assert doubt.low < mean < doubt.high < 1.1 * mean
    assert doubt.said.startswith("95 % interval 0.0")
