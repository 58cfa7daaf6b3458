"""What a member's key is worth: roles belong to keys, and a stranger's signatures cost nothing."""

import base64
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.domain import events as e
from console.domain.entry import Actor, Entry
from console.domain.events import draft
from console.domain.evolve import fold
from console.domain.times import utc
from console.journal import signing
from console.journal.belief import Book, weigh
from console.journal.members import Members
from console.journal.statements import Statement
from tests.domain.build import NOW, entry
from tests.journal.members import AGENT, ROLES, Host, Two, names

OLAF = "olaf"
SIGNED = "journal.signed"
MET = (e.CriterionRecord("accuracy", "met", 0.9, 0.85, 50, 2.0, "judged"),)


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Two]:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    made = Two.at(tmp_path)
    yield made
    made.close()


def says(host: Host, key: Path, actor: Actor, *events: e.Event) -> None:
    """Write it as `actor`, and sign it."""
    host.journal.transact(lambda _: [draft(actor, one) for one in events])
    host.sign(key)


def go(criteria: tuple[e.CriterionRecord, ...] = MET) -> e.GateDecided:
    """GO."""
    return e.GateDecided("readiness.1", "advance", "I say so", criteria, to_phase="dark-launch")


@pytest.mark.parametrize(
    "actor", [Actor(OLAF, ("observer",)), Actor(OLAF), Actor("watcher"), Actor("")]
)
def test_an_observers_key_moves_no_gate(two: Two, tmp_path: Path, actor: Actor) -> None:
    key = two.keys.make(OLAF)
    keys = {"agent lead": two.agent_key, "tech lead": two.tech_key, OLAF: key}
    allowed = two.keys.allow(*keys.items())
    roles = {**ROLES, OLAF: frozenset({"observer"})}
    members = Members(allowed, {name: name for name in roles}, roles)
    olaf = Host(tmp_path, OLAF, actor, members)
    seen = e.ContestedAcknowledged("a/1", "seen")
    says(olaf, key, actor, go(), seen, e.RollbackAttached("rb-1", "owner-judgement", ""))
    two.tech.open(members)
    olaf.send(two.tech)
    entries = two.tech.look()
    assert names(entries, olaf.journal.writer)[1:] == [(4, "rollback.attached"), (5, SIGNED)]
    shown = actor.name or "nobody"
    assert [one.why for one in two.tech.journal.apart] == [
        f"gate.decided takes a lead, and {shown} is none",
        f"contested.acknowledged takes a person with a role, and {shown} is none",
    ]
    assert fold(sorted(entries, key=lambda one: one.order)).attempt.phase == "readiness"
    olaf.journal.close()


def test_a_lead_passes_no_gate_on_criteria_that_are_not_met(two: Two) -> None:
    unknown = e.CriterionRecord("accuracy", "unknown", None, None, 0, None, "unseen")
    says(two.agent, two.agent_key, AGENT, go(()), go((unknown,)), go())
    two.agent.send(two.tech)
    given = names(two.tech.look(), two.agent.journal.writer)
    assert given[1:] == [(4, "gate.decided"), (5, SIGNED)]
    assert [one.why for one in two.tech.journal.apart] == [
        "it goes through a gate without a word on the criteria",
        "its criteria are not met: accuracy",
    ]


def test_strangers_signatures_are_not_asked_about(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = two.keys.make("stranger")
    asked: list[str] = []
    real = signing._run

    def run(*words: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        asked.append(words[1])
        return real(*words, given=given)

    for number in range(60):  # more than are asked about at a time
        two.agent.note(str(number))
        two.agent.sign(stranger)
    two.agent.send(two.tech)
    monkeypatch.setattr(signing, "_run", run)
    assert two.tech.look() == []
    assert asked == []
    assert two.tech.journal.pending == ()
    assert two.keys.fingerprint(stranger) in two.tech.journal.apart[0].why


def signature(number: int) -> str:
    """In the form of one, by a key of nobody's."""

    def packed(part: bytes) -> bytes:
        return struct.pack(">I", len(part)) + part

    key = packed(b"ssh-ed25519") + packed(number.to_bytes(32, "big"))
    said = packed(b"ssh-ed25519") + packed(bytes(64))
    parts = (key, b"warroom", b"", b"sha512", said)
    body = base64.b64encode(b"SSHSIG" + struct.pack(">I", 1) + b"".join(map(packed, parts)))
    armor = "-----{} SSH SIGNATURE-----\n"
    return f"{armor.format('BEGIN')}{body.decode()}\n{armor.format('END')}"


def test_a_flood_of_signatures_takes_a_step_each() -> None:
    def entries(count: int) -> list[Entry]:
        made = [entry(e.NoteWritten("one"))]
        for seq in range(2, count + 2):
            event = e.JournalSigned(1, made[0].h, utc(NOW), signature(seq))
            made.append(entry(event, seq=seq, clock=seq))
        return made

    def seconds(count: int) -> float:
        book, flood, before = Book("a"), entries(count), time.process_time()
        book.take(flood)
        assert not any(one.wrong for one in book.statements)
        return time.process_time() - before

    few, many = (min(seconds(count) for _ in range(3)) for count in (1000, 8000))
    assert many < 24 * few  # eight times as many; one by one through all before it were 64 times


def test_what_waits_under_a_flood_is_told_why_in_a_step_each() -> None:
    statements = [Statement(seq, 1, NOW, b"k%d" % seq, b"", "") for seq in range(2, 500)]
    stranger = signing.Signed("untrusted", "", "k", "unknown")
    weighed = weigh(statements, {}, lambda _: stranger, timeless=True)
    assert len(weighed.refused) == len(statements)
    assert [upto for upto, _ in weighed.covered] == [1]
