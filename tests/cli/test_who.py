"""Who is here, from the command line: people's sentences, programs' values."""

import json
from pathlib import Path

from console.domain.presence import Present
from console.presence import Presence
from console.sync.intake import Refused
from console.sync.status import Peer, SyncStatus
from tests.cli.shell import USAGE, Shell

SINCE = 1_700_000_000.0
LEAD = Present(
    "00000000000000aa",
    "tech lead",
    ("tech-lead",),
    SINCE,
    "ops-1",
    "ops-1-77aa01bc",
    "console",
    ("rb-1",),
    recording=True,
)


def test_nobody_is_here(shell: Shell, claims: Path) -> None:
    assert shell("who", claims).done() == "Nobody has it open.\n"
    assert json.loads(shell("who", claims, "--json").done()) == []
    assert shell("who", claims / "nowhere").code == USAGE


def test_who_is_here_is_told_with_role_and_place(shell: Shell, claims: Path) -> None:
    presence = Presence(claims)
    presence.announce(LEAD)
    said = shell("who", claims).done()
    assert said.startswith("tech lead (tech-lead) is here for ")
    assert said.endswith(", in a console on ops-1, and records, and carries out rb-1.\n")
    assert said in shell("status", claims, "--offline").done()
    (one,) = json.loads(shell("who", claims, "--json").done())
    assert one == {
        "name": "tech lead",
        "roles": ["tech-lead"],
        "since": "2023-11-14T22:13:20Z",
        "host": "ops-1",
        "writer": "ops-1-77aa01bc",
        "what": "console",
        "recording": True,
        "runs": ["rb-1"],
    }
    status = json.loads(shell("status", claims, "--offline", "--json").done())
    assert status["present"] == [one]
    assert status["sync"] == {
        "state": "off",
        "since": None,
        "why": "",
        "waiting": 0,
        "missing": 0,
        "peers": [],
        "refused": [],
    }
    presence.leave()


def test_how_it_stands_with_other_machines_is_told() -> None:
    from console.cli.company import sync_of, sync_sentences  # noqa: PLC0415 -- as the commands do

    refused = Refused("mallory-1", 3, "forged", "its hash does not match its text")
    peers = (Peer("train-1", 92, SINCE, 88), Peer("far-1", 4))
    status = SyncStatus("alone", SINCE, "no broker", 4, 1200, peers, refused=(refused,))
    assert sync_sentences(status, SINCE + 180) == [
        "This machine has reached none of the others for 3 min: no broker.",
        "4 entries wait to be sent, 1,200 to be received.",
        "Refused: forged: entry 3 of mallory-1: its hash does not match its text.",
    ]
    told = sync_of(status)
    assert told["since"] == "2023-11-14T22:13:20Z"
    assert told["peers"][0] == {
        "writer": "train-1",
        "entries": 92,
        "heard_at": "2023-11-14T22:13:20Z",
        "acked": 88,
    }
    assert told["peers"][1]["heard_at"] is None
    assert told["refused"][0]["why"] == "forged"
    json.dumps(told)
