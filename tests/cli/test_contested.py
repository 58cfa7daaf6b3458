"""`warroom contested` on two hosts: what it shows, who may see to it, what the gate then says."""

import json
import shutil
from pathlib import Path

from tests.app.rooms import stand
from tests.cli.inside import Inside
from tests.cli.shell import REFUSED, USAGE, Shell


class Two:
    """Two accounts, each with the deployment in a directory of its own."""

    def __init__(self, place: Path) -> None:
        stand(place / "claims")
        self.homes = [Inside(self._home(place, name)) for name in ("one", "two")]
        one, two = self.homes
        shutil.move(place / "claims", one.place / "claims")
        one("note", self.at(one), "we begin").done()
        shutil.copytree(one.place / "claims", two.place / "claims")

    @staticmethod
    def _home(place: Path, name: str) -> Path:
        (place / name).mkdir()
        return place / name

    @staticmethod
    def at(shell: Shell) -> Path:
        """Where this account has the deployment."""
        return shell.place / "claims"

    def meet(self) -> None:
        """Carry the files both ways; the longer one of a writer is the newer."""
        one, two = (self.at(shell) / "journal" for shell in self.homes)
        for name in {file.name for place in (one, two) for file in place.glob("*.jsonl")}:
            held = [
                (place / name).read_bytes() if (place / name).exists() else b""
                for place in (one, two)
            ]
            for place in (one, two):
                (place / name).write_bytes(max(held, key=len))


def test_two_decide_unknown_to_each_other(tmp_path: Path) -> None:
    two = Two(tmp_path)
    lead, tech = two.homes
    place, there = two.at(lead), two.at(tech)
    assert lead("contested", place).done() == "No decision is contested.\n"
    lead("contested", place, "--acknowledge", "--remark", "x").fails(
        USAGE, "no contested decision waits"
    )
    lead("contested", place, "--remark", "x").fails(USAGE, "it goes with --acknowledge")
    lead("gate", place, "--hold", "two complaints").done()
    tech(
        "rollback",
        there,
        "--trigger",
        "owner-judgement",
        "--why",
        "harm",
        "--fire",
        who="tech lead",
        prefix=("env",),  # a run is carried out by a fork of its own process
    )
    two.meet()
    states = [
        json.loads(shell("status", two.at(shell), "--json", "--offline").out) for shell in two.homes
    ]
    assert states[0]["state"] == states[1]["state"]
    (one,) = states[0]["contested"]
    assert ([side["decision"] for side in one["stands"]], one["overruled"]["decision"]) == (
        ["rollback"],
        "hold",
    )
    shown = lead("contested", place)
    assert shown.code == REFUSED
    assert "stands      rollback by tech lead" in shown.out
    assert "overruled   hold by agent lead" in shown.out
    assert "CONTESTED" in lead("status", place, "--offline").out
    assert json.loads(lead("contested", place, "--json").out)["contested"] == states[0]["contested"]
    lead("contested", place, "--acknowledge", "nobody/7", "--remark", "x").fails(
        REFUSED, "there is no contested decision nobody/7"
    )
    lead("contested", place, "--acknowledge").fails(REFUSED, "what was agreed is empty")
    lead("contested", place, "--acknowledge", one["id"], "--remark", "seen", who="reviewer").fails(
        REFUSED, "cannot acknowledge it"
    )
    lead("contested", place, "--acknowledge", "--remark", "it is back on v2.3.1").done()
    two.meet()
    assert "acknowledged by agent lead" in tech("contested", there).done()
    held = json.loads(tech("status", there, "--json", "--offline").out)
    assert not [why for why in held["gate"]["missing"] if "contested" in why]
