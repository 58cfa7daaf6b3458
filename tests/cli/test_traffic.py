"""`warroom traffic`, and the traffic in `status`, `check` and after `gate --advance`."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.clock import SystemClock
from console.domain import events as e
from tests.actions.products import Products, serving
from tests.cli.shell import REFUSED, UNREACHED, Shell
from tests.room.stand import BAD, stand, write


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


def test_it_is_shown_set_and_put_back(shell: Shell, canary: Path, products: Products) -> None:
    told = shell("traffic", canary)
    assert told.code == REFUSED
    assert told.out.splitlines() == [
        "canary-1.1 means 1 % of the traffic.",
        "The switch reads 0 %.",
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
