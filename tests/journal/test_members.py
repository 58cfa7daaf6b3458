"""Who may write: other people's entries count once signed, with real keys and real files."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.domain.entry import Actor
from console.journal import signing
from console.journal.claimed import claimed_in_short, claimed_words
from console.journal.disputed import disputed_words
from tests.journal.members import TECH, Two, members_at, names

GATE = "gate.decided"


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Two]:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    made = Two.at(tmp_path)
    yield made
    made.close()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of ssh-keygen, one by one; it is asked all the same."""
    asked: list[str] = []
    real = signing._run

    def run(*words: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        asked.append(words[1])
        return real(*words, given=given)

    monkeypatch.setattr(signing, "_run", run)
    return asked


def test_what_is_not_signed_is_pending_and_counts_once_it_is(two: Two) -> None:
    two.agent.note("one")
    two.agent.note("two")
    two.agent.send(two.tech)
    assert two.tech.look() == []
    writer = two.agent.journal.writer
    (pending,) = two.tech.journal.pending
    assert (pending.writer, pending.count) == (writer, 3)
    assert pending.since == two.agent.clock.now()
    two.agent.sign(two.agent_key)
    two.agent.note("three")
    two.agent.send(two.tech)
    assert names(two.tech.look(), writer) == [
        (1, "journal.opened"),
        (2, "note.written"),
        (3, "note.written"),
        (4, "journal.signed"),
    ]
    (pending,) = two.tech.journal.pending
    assert pending.count == 1
    assert two.tech.journal.apart == ()
    assert two.tech.journal.count == 5


def test_the_own_entries_count_at_once(two: Two) -> None:
    entry = two.tech.note("mine")
    assert entry.seq == 2
    assert two.tech.journal.pending == ()
    assert [one.seq for one in two.tech.open().read_new()] == [1, 2]


def test_an_unknown_key_a_wrong_name_and_a_wrong_role_are_apart_each_by_its_rule(two: Two) -> None:
    stranger = two.keys.make("stranger")
    two.agent.note("of a stranger")
    two.agent.sign(stranger)
    two.agent.send(two.tech)
    assert two.tech.look() == []
    assert "is not one that" in two.tech.journal.apart[0].why
    two.agent.note("as somebody else", TECH, GATE)
    two.agent.note("with another's role", Actor("agent lead", ("agent-lead", "tech-lead")))
    two.agent.note("as a machine", Actor("watcher"), "shift.taken")
    two.agent.note("as nobody", Actor("the board", ("executive-sponsor",)))
    two.agent.note("by the watcher", Actor("watcher"), "alert.fired")
    two.agent.note("the kill switch", Actor("tech lead", ("tech-lead",)), "rollback.triggered")
    two.agent.sign(two.agent_key)
    two.agent.send(two.tech)
    given = [seq for seq, _ in names(two.tech.look(), two.agent.journal.writer)]
    assert given == [1, 2, 3, 8, 9, 10]
    assert [(one.seq, one.why) for one in two.tech.journal.apart] == [
        (4, "says it is by tech lead, signed by agent lead"),
        (5, "says that agent lead is tech-lead, which warroom.toml does not"),
        (6, "shift.taken takes a lead, and watcher is none"),
        (7, "says it is by the board, whom warroom.toml does not list"),
    ]
    assert two.tech.journal.pending == ()


def test_a_key_that_is_revoked_and_restored(two: Two) -> None:
    two.agent.note("before")
    two.agent.sign(two.agent_key)
    two.agent.send(two.tech)
    writer = two.agent.journal.writer
    assert len(two.tech.look()) == 3
    two.keys.allow(("tech lead", two.tech_key))
    assert two.tech.look() == []
    assert two.tech.journal.no_more() == {(writer, seq) for seq in (1, 2, 3)}
    assert two.tech.journal.no_more() == frozenset()
    assert {one.seq for one in two.tech.journal.apart} == {1, 2, 3}
    two.keys.allow(("agent lead", two.agent_key), ("tech lead", two.tech_key))
    assert [entry.seq for entry in two.tech.look()] == [1, 2, 3]
    assert two.tech.journal.apart == ()


def test_a_key_counts_until_its_time_is_over_and_nothing_is_dated_back(two: Two) -> None:
    clock = two.agent.clock
    clock.at = 1_767_139_200.0  # 2025-12-31T00:00:00Z
    two.agent.note("in time")
    two.agent.sign(two.agent_key)
    clock.at += 2 * 86_400
    two.agent.note("too late")
    two.agent.sign(two.agent_key)
    two.agent.sign(two.agent_key, at=clock.at - 86_400)
    two.agent.send(two.tech)
    two.keys.allow(("agent lead", two.agent_key), options='valid-before="20260101"')
    assert [entry.seq for entry in two.tech.look()] == [1, 2, 3]
    (late, signed, dated_back) = two.tech.journal.apart
    assert late.seq == 4
    assert "is dated back to 2026-01-01T00:00:00Z" in late.why
    assert "does not count" in signed.why
    assert "entry 6 is dated back" in dated_back.why


def test_ten_thousand_entries_take_one_verification(two: Two, runs: list[str]) -> None:
    for _ in range(5):
        for number in range(20):
            two.agent.note(str(number))
        two.agent.sign(two.agent_key)
    two.agent.send(two.tech)
    two.tech.open(read_only=True)
    runs.clear()
    journal = two.tech.open()
    assert len(journal.read_new()) == 106
    assert runs == ["check-novalidate", "find-principals", "verify"]
    runs.clear()
    assert len(two.tech.open().read_new()) == 106
    assert runs == []  # the account remembers


def test_without_asking_only_what_is_remembered_is_believed(two: Two, runs: list[str]) -> None:
    two.agent.note("one")
    two.agent.sign(two.agent_key)
    two.agent.send(two.tech)
    quiet = members_at(two.keys.folder / "allowed_signers", asks=False)
    runs.clear()
    assert two.tech.open(quiet).read_new() == []
    assert runs == []
    assert len(two.tech.open().read_new()) == 3
    two.keys.allow(("tech lead", two.tech_key))
    runs.clear()
    assert len(two.tech.open(quiet).read_new()) == 3
    assert runs == []


def test_where_nobody_can_be_asked_what_was_believed_stays(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.agent.note("one")
    two.agent.sign(two.agent_key)
    two.agent.send(two.tech)
    assert len(two.tech.look()) == 3
    two.agent.note("two")
    two.agent.sign(two.agent_key)
    two.agent.send(two.tech)
    allowed = two.keys.folder / "allowed_signers"
    allowed.rename(allowed.with_name("away"))
    judging = two.tech.journal.judging
    assert judging is not None
    assert two.tech.look() == []
    assert two.tech.journal.no_more() == frozenset()
    assert "allowed signers" in judging.trouble
    assert [one.count for one in two.tech.journal.pending] == [1]
    assert len(two.tech.open().read_new()) == 3  # of another process too
    allowed.with_name("away").rename(allowed)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(two.keys.folder))
        two.tech.look()
        assert two.tech.journal.judging is not None
        assert "ssh-keygen is not installed" in two.tech.journal.judging.trouble
    assert [entry.seq for entry in two.tech.look()] == [4, 5]
    assert two.tech.journal.judging.trouble == ""


def test_what_is_believed_no_more_does_not_come_back_where_nobody_can_be_asked(two: Two) -> None:
    for text in ("one", "two"):
        two.agent.note(text)
        two.agent.sign(two.agent_key)
        two.agent.send(two.tech)
        two.tech.look()
    two.keys.allow(("tech lead", two.tech_key))
    two.tech.look()
    assert len(two.tech.journal.apart) == 5
    (two.keys.folder / "allowed_signers").unlink()
    assert two.tech.look() == []
    assert len(two.tech.journal.apart) == 5
    assert two.tech.open().read_new() == []


def test_two_people_of_one_account_each_vouch_for_their_own(two: Two) -> None:
    two.agent.note("by the agent lead")
    two.agent.sign(two.agent_key)
    two.agent.note("by the tech lead", TECH)
    two.agent.sign(two.tech_key)
    two.agent.note("by the agent lead again")
    two.agent.sign(two.tech_key)
    two.agent.send(two.tech)
    assert [entry.seq for entry in two.tech.look()] == [1, 2, 3, 4, 5, 7]
    assert [one.why for one in two.tech.journal.apart] == [
        "says it is by agent lead, signed by tech lead"
    ]
    two.agent.sign(two.agent_key)
    two.agent.send(two.tech)
    assert [entry.seq for entry in two.tech.look()] == [6, 8]


@pytest.mark.parametrize("harm", ["forged", "forked", "cut", "redacted"])
def test_a_peers_damaged_copy_stops_nobody_here(two: Two, harm: str) -> None:
    two.agent.note("one")
    two.agent.note("two")
    two.tech.note("mine")
    two.agent.send(two.tech)
    two.tech.look()
    two.tech.note("so that it is remembered")
    copy = two.tech.place / two.tech.name / "journal" / two.agent.file.name
    lines = copy.read_bytes().splitlines(keepends=True)
    match harm:
        case "forged":
            lines[1] = lines[1].replace(b"one", b"0ne")
        case "forked":
            lines.append(lines[-1])
        case "cut":
            lines = lines[:1]
        case "redacted":
            lines[1] = lines[1].replace(b',"seq"', b',"redacted":true,"seq"')
    copy.write_bytes(b"".join(lines))
    journal = two.tech.open()
    assert two.agent.journal.writer in journal.trouble
    assert (journal.intact, journal.sound) == (False, True)
    assert two.tech.note("still written").seq == 4


def test_a_rollback_that_nobody_signed_is_told_and_changes_nothing(two: Two) -> None:
    two.agent.note("before")
    two.agent.sign(two.agent_key)
    two.agent.rollback("rollback.triggered")
    two.agent.send(two.tech)
    assert len(two.tech.look()) == 3
    (claimed,) = two.tech.journal.claimed
    assert (claimed.rollback, claimed.who, claimed.state) == ("canary-5.1/r1", TECH.name, "running")
    assert (claimed.told, claimed.at, claimed.why) == ("fired", two.agent.clock.now(), "")
    two.agent.rollback("rollback.finished", outcome="verified")
    two.agent.send(two.tech)
    assert two.tech.look() == []
    (claimed,) = two.tech.journal.claimed
    assert (claimed.state, claimed.told) == ("verified", "fired")
    (said,) = claimed_words(two.tech.journal.claimed)
    assert said == (
        f"UNSIGNED ROLLBACK of {two.agent.journal.writer} by tech lead (says so itself): verified, "
        "fired 22:13:20Z; it changes nothing here until it is signed"
    )
    two.agent.sign(two.agent_key)
    two.agent.send(two.tech)
    assert len(two.tech.look()) == 3
    assert two.tech.journal.claimed == ()


def test_a_rollback_that_is_kept_apart_is_told_with_why(two: Two) -> None:
    two.agent.rollback("rollback.triggered", who="[b]\x1b[2Jx")
    two.agent.sign(two.keys.make("stranger"))
    two.agent.send(two.tech)
    assert two.tech.look() == []
    (said,) = claimed_words(two.tech.journal.claimed)
    assert "by [b]" in said
    assert "\x1b" not in said
    assert "it is kept apart and changes nothing here: its signature does not count" in said


def test_of_many_unsigned_rollbacks_the_latest_are_told(two: Two) -> None:
    for number in range(1, 6):
        two.agent.clock.at += 60
        two.agent.rollback("rollback.triggered", f"canary-5.{number}/r1")
    two.agent.rollback("rollback.retried", "canary-5.1/r1")
    two.agent.note("garbled", kind="rollback.triggered")
    two.agent.send(two.tech)
    two.tech.look()
    said = claimed_words(two.tech.journal.claimed)
    assert len(said) == 4
    assert "fired again 22:18:20Z" in "".join(said)
    assert said[-1] == "UNSIGNED ROLLBACKS: 2 earlier ones"
    assert claimed_in_short(two.tech.journal.claimed).endswith(", and 4 earlier")
    assert claimed_in_short(()) == ""


def test_an_account_is_told_what_of_its_own_others_keep_apart(two: Two) -> None:
    judging = two.agent.journal.judging
    assert judging is not None
    two.agent.note("mine")
    two.agent.note("by another", TECH)
    assert disputed_words(judging.disputed("agent lead")) == (
        "1 entry of this account names other people or roles than its key's owner: other machines "
        "keep it apart, so they see another state; it says it is by tech lead, signed by agent lead"
    )
    two.agent.note("by another again", TECH)
    two.agent.sign(two.agent_key)
    judging.judge(own=True)
    found = judging.disputed("agent lead")
    assert [one.seq for one in found] == [3, 4]
    assert "2 entries of this account name other people" in disputed_words(found)
    two.agent.send(two.tech)
    two.tech.look()
    assert two.tech.journal.apart == found
    two.agent.sign(two.tech_key)
    judging.judge(own=True)
    assert judging.disputed("agent lead") == ()
    assert judging.disputed("") == ()
