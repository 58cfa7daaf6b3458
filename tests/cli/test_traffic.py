"""`warroom traffic`, and the traffic in `status`, `check` and after `gate --advance`."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.clock import SystemClock
from console.domain import events as e
from console.domain.entry import Actor
from tests.actions.products import Products, serving
from tests.cli.shell import REFUSED, UNREACHED, Shell
from tests.journal.foreign import foreign
from tests.room.stand import BAD, stand, write

TECH = Actor("tech lead", ("tech-lead",))


def until(condition: Callable[[], object]) -> None:
    """Wait for another process."""
    for _ in range(1000):
        if condition():
            return
        threading.Event().wait(0.02)
    pytest.fail("it did not come to that")


def traffic_of(directory: Path) -> list[tuple[str, str]]:
    """The kind and the key of each entry about the traffic, whoever wrote it, in their order."""
    files = (directory / "journal").glob("*.jsonl")
    lines = [json.loads(line) for file in files for line in file.read_bytes().splitlines()]
    held = [line for line in lines if line["kind"].startswith("traffic.")]
    return [(line["kind"], line["data"]["key"]) for line in sorted(held, key=lambda a: a["clock"])]


@pytest.fixture
def products() -> Iterator[Products]:
    with serving() as held:
        held.document = {"candidate_share": 0}
        yield held


@pytest.fixture
def canary(tmp_path: Path, products: Products, shell: Shell) -> Path:
    """A deployment in the canary at 1 %, whose switch was not asked yet."""
    fill = {"url": f"{products.url}/share", "key": "candidate_share"}
    switch = {"preset": "http", "fill": fill, "timeout_s": 2.0}
    standing = stand(tmp_path / "canary", clock=SystemClock(), switch=switch)
    for of, to, share in (
        ("readiness.1", "dark-launch", None),
        ("dark-launch.1", "shadow", None),
        ("shadow.1", "canary", 1),
    ):
        room = standing.open()
        write(room, e.GateDecided(of, "advance", "", (), to, share, version=BAD))  # type: ignore[arg-type]  # a phase's name
        room.record.journal.close()
    return standing.directory


def known(directory: Path) -> dict[str, int]:
    """How many entries of each writer there are."""
    files = (directory / "journal").glob("*.jsonl")
    return {file.stem: len(file.read_bytes().splitlines()) for file in files}


def overruled_advance(directory: Path, knew: dict[str, int]) -> None:
    """What another machine, apart, has made of it: an advance to 5 %, and the switch set."""
    file = next((directory / "journal").glob("*.jsonl"))
    deployment = json.loads(file.read_bytes().splitlines()[-1])["deployment"]
    advance = e.GateDecided("canary-1.1", "advance", "", (), "canary", 5, version=BAD, knew=knew)
    events: tuple[e.Event, ...] = (
        advance,
        e.TrafficAsked("canary-5.1", 5, 1.0, BAD, "k", "", "canary"),
        e.TrafficSet("canary-5.1", 5, "verified", 5.0, "it reads 5 %", "k"),
    )
    came = ((50 + n, time.time(), TECH, event) for n, event in enumerate(events))
    foreign(directory, deployment, "other-00000001", *came)


def test_it_is_shown_set_and_put_back(shell: Shell, canary: Path, products: Products) -> None:
    told = shell("traffic", canary)
    assert told.code == REFUSED
    assert told.out.splitlines() == [
        "canary-1.1 means 1 % of the traffic.",
        "The switch reads 0 %, NOT 1 %.",
        "The calls: waiting, 0 calls since the switch, at least 20 needed.",
        "HOLDS THE GATE: the traffic is not switched: nobody asked the switch for 1 %",
        "HOLDS THE GATE: the traffic is on its way: 0 calls since the switch, at least 20 needed",
        "--set sets 1 %, --back sets 0 % again.",
    ]
    said = shell("traffic", canary, "--set", who="tech lead").done()
    assert said == "1 % of the traffic is set: it reads 1 %\n"
    assert products.document == {"candidate_share": 1}
    plain = shell("traffic", canary, "--json").json()
    assert plain["reads"] == {"share": 1.0, "phase": None}
    assert plain["asked"]["by"] == "tech lead"
    assert plain["asked"]["outcome"] == "verified"
    shell("traffic", canary, "--back", "--why", "users complain", who="tech lead").done()
    assert products.document == {"candidate_share": 0}
    status = shell("status", canary, "--json").json()["traffic"]
    assert status["asked"]["why"] == "users complain"
    assert status["trouble"][0] == "the traffic was put back to 0 %, not 1 %"


def test_what_somebody_else_set_needs_a_word_of_its_own(
    shell: Shell, canary: Path, products: Products
) -> None:
    products.document = {"candidate_share": 40}
    told = shell("traffic", canary, "--set", "--json", who="tech lead")
    assert told.code == REFUSED
    assert told.json()["asked"]["outcome"] == "failed"
    assert products.effects == 0
    shell("traffic", canary, "--though", who="tech lead").done()
    assert products.document == {"candidate_share": 1}


def test_what_is_read_and_not_meant_is_never_well(
    shell: Shell, canary: Path, products: Products
) -> None:
    shell("traffic", canary, "--set", who="tech lead").done()
    assert shell("traffic", canary, "--json").json()["as_meant"] is True
    products.document = {"candidate_share": 40}
    told = shell("traffic", canary)
    assert told.code == REFUSED
    assert "The switch reads 40 %, NOT 1 %." in told.out
    assert shell("traffic", canary, "--json").json()["as_meant"] is False


def test_before_a_rollout_nobody_is_to_be_served(
    tmp_path: Path, products: Products, shell: Shell
) -> None:
    fill = {"url": f"{products.url}/share", "key": "candidate_share"}
    switch = {"preset": "http", "fill": fill, "timeout_s": 2.0}
    place = stand(tmp_path / "ready", clock=SystemClock(), switch=switch).directory
    assert "The switch reads 0 %.\n" in shell("traffic", place).done()
    products.document = {"candidate_share": 40}
    told = shell("traffic", place)
    assert (told.code, "The switch reads 40 %, NOT 0 %." in told.out) == (REFUSED, True)


def test_what_an_overruled_advance_has_set_is_told_and_set_again(
    shell: Shell, canary: Path, products: Products
) -> None:
    shell("traffic", canary, "--set", who="tech lead").done()
    knew = known(canary)
    shell("gate", canary, "--hold", "two complaints", who="agent lead").done()
    products.document = {"candidate_share": 5}
    overruled_advance(canary, knew)
    told = shell("traffic", canary)
    assert told.code == REFUSED
    assert "The switch reads 5 %, NOT 1 %." in told.out
    again = f"t, s on Rollout, or warroom traffic {canary} --set, sets 1 % again"
    assert f"HOLDS THE GATE: the overruled advance set the switch to 5 %; {again}" in told.out
    contested = shell("contested", canary)
    assert "  traffic     the overruled advance set the switch to 5 %" in contested.out
    plain = shell("contested", canary, "--json").json()["contested"]
    assert plain[0]["traffic"] == "the overruled advance set the switch to 5 %"
    said = shell("traffic", canary, "--set", who="tech lead").done()
    assert said == "1 % of the traffic is set: it reads 1 %\n"
    assert products.document == {"candidate_share": 1}
    assert "overruled" not in shell("traffic", canary).out
    assert "  traffic" not in shell("contested", canary).out


def test_who_may_not(shell: Shell, canary: Path, products: Products) -> None:
    shell("traffic", canary, "--set", who="reviewer").fails(REFUSED, "reviewer cannot set")
    assert products.effects == 0


def test_a_switch_that_cannot_be_read(shell: Shell, canary: Path, products: Products) -> None:
    products.unreadable = True
    told = shell("traffic", canary)
    assert told.code == UNREACHED
    assert "The switch does not tell: it cannot be read: 404" in told.out
    found = shell("check", canary)
    assert "unreached traffic switch: it cannot be read: 404" in found.out


def test_check_reads_the_switch_and_sets_nothing(
    shell: Shell, canary: Path, products: Products
) -> None:
    assert "traffic switch: can be read; it reads 0 %" in shell("check", canary).out
    assert products.effects == 0


def test_a_process_that_is_killed_while_it_writes_leaves_what_it_asked_for(
    shell: Shell, canary: Path, products: Products
) -> None:
    products.deeds = ["hang"]
    with shell.started("traffic", canary, "--set", "--as", "tech lead") as process:
        until(lambda: "idempotency-key" in (products.seen or [{}])[-1])
        process.kill()
        process.wait()
    assert [kind for kind, _ in traffic_of(canary)] == ["traffic.asked"]
    told = shell("traffic", canary)
    assert told.code == REFUSED
    assert "asked for it, and nobody knows what came of that" in told.out
    products.deeds = ["do"]
    products.released.set()
    said = shell("traffic", canary, "--set", who="agent lead").done()
    assert said.startswith("1 % of the traffic is set")
    kinds, keys = zip(*traffic_of(canary), strict=True)
    assert kinds == ("traffic.asked", "traffic.asked", "traffic.set")
    assert len(set(keys)) == 1, "the same write, so the same key"
