"""What the watcher queues for people: each once, none lost, with its own clock."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from console.domain import events as e
from console.domain.commands import AcknowledgeAlert
from console.domain.commands_escalation import AcknowledgeEscalations
from console.domain.state_escalation import Escalation
from console.domain.times import iso, utc
from console.room import WarRoom
from console.room.escalating import GATHER_S, MOST_REASONS
from tests.room.stand import BAD, NOW, SetClock, Stand, stand, write

MINUTE = 60.0


def begun(claims: Stand, hours: float = 1.0) -> Stand:
    """The dark launch began so many hours ago."""
    clock = claims.clock
    assert isinstance(clock, SetClock)
    room = claims.open()
    clock.moment = NOW - hours * 3600
    write(room, e.GateDecided("readiness.1", "advance", "met", (), "dark-launch", None, BAD))
    clock.moment = NOW
    room.record.journal.close()
    return claims


def call(name: str, ago: float = 30.0, **fields: Any) -> dict[str, Any]:
    return {"id": name, "at": iso(NOW - ago), "version": BAD, "latency_s": 0.9, **fields}


def log(claims: Stand, *calls: dict[str, Any]) -> None:
    with claims.log.open("a") as out:
        out.writelines(json.dumps(one) + "\n" for one in calls)


class Console:
    """A console that watches, a turn at a time."""

    def __init__(self, claims: Stand) -> None:
        self.claims = claims
        assert isinstance(claims.clock, SetClock)
        self.clock = claims.clock
        self.room: WarRoom = claims.open(offline=False)

    def turn(self, pass_s: float = GATHER_S) -> None:
        """Ask the feeds and let the watcher look twice: at what it raised too."""
        self.clock.real += pass_s
        self.room.look()
        asyncio.run(self.room.eyes.poll_once())
        self.room.look()
        self.room.look()
        # That nobody has an address is the notices' matter.
        assert all("could be told" in said for said in self.room.troubles)

    @property
    def queue(self) -> dict[str, Escalation]:
        return self.room.state.escalations

    def close(self) -> None:
        asyncio.run(self.room.close())

    def crash(self) -> None:
        """Go without a word: only what is on the disk stays."""
        self.room._watch.lay_down()
        self.room.record.journal.close()


@contextmanager
def console(claims: Stand) -> Iterator[Console]:
    opened = Console(claims)
    try:
        yield opened
    finally:
        opened.close()


def rows(queue: dict[str, Escalation]) -> list[tuple[str, str]]:
    return sorted((one.row, one.call) for one in queue.values())


def test_each_kind_of_call_becomes_its_row_with_its_own_clock(claims: Stand) -> None:
    log(
        begun(claims),
        call("a", 100, escalation="Policy 17 unclear"),
        call("b", flags=["pii", "pii"], escalation="Policy 18 unclear"),
        call("c", tools=["policy-lookup", {"name": "shell"}]),
        call("d", tools=[{"name": "policy-lookup", "ok": True}]),
        call("e", escalation="x", synthetic=True),
        call("f", flags=["pii"], variant="control"),
    )
    with console(claims) as room:
        room.turn()
        assert rows(room.queue) == [
            ("escalate", "a"),
            ("escalate", "b"),
            ("safety-flag", "b"),
            ("tool-misuse", "c"),
        ]
        a = room.queue["escalate-a"]
        assert (a.at, a.due) == (NOW - 100, NOW - 100 + 900)
        assert (a.to, a.backup, a.until) == (("reviewer",), "agent lead", "resolved")
        assert a.reason == room.queue["escalate-b"].reason
        misuse = room.queue["tool-misuse-c"]
        assert misuse.what == "shell"
        assert misuse.due == NOW + 60
        assert misuse.to == ("agent lead", "tech lead", "rollback owner"), "at once: everybody"
        assert room.queue["safety-flag-b"].what == "pii"
        picture = room.room.take_picture()
        assert picture.reasons[a.reason] == "policy # unclear"


def test_the_agents_words_are_in_no_entry_and_only_the_owner_reads_them(claims: Stand) -> None:
    log(begun(claims), call("a", escalation="Mrs Miller asks for her file"))
    with console(claims) as room:
        room.turn()
    assert "miller" not in claims.journal.read_text().casefold()
    (kept,) = (claims.directory / "evidence").iterdir()
    assert kept.read_text() == "mrs miller asks for her file"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_nothing_is_raised_before_dark_launch_or_twice(claims: Stand) -> None:
    log(claims, call("early", escalation="x"))
    with console(claims) as room:
        room.turn()
        assert room.queue == {}
        write(room.room, e.GateDecided("readiness.1", "advance", "met", (), "dark-launch", None))
        log(claims, call("late", 3600, escalation="x"), call("now", -1, escalation="x"))
        room.clock.moment += 5
        room.turn()
        assert rows(room.queue) == [("escalate", "now")]
        room.turn()
    with console(claims) as room:  # and not after a restart either
        room.turn()
        assert rows(room.queue) == [("escalate", "now")]
    assert len(claims.entries("escalation.raised")) == 1


def test_what_was_read_but_not_yet_written_is_raised_after_a_crash(claims: Stand) -> None:
    log(begun(claims), call("first", escalation="x"))
    room = Console(claims)
    room.turn()
    log(claims, call("second", 20, escalation="x", flags=["pii"]))
    asyncio.run(room.room.eyes.poll_once())  # the cursor is on disk, the entry is not
    room.crash()
    with console(claims) as again:
        again.turn()
        assert rows(again.queue) == [
            ("escalate", "first"),
            ("escalate", "second"),
            ("safety-flag", "second"),
        ]


@pytest.mark.parametrize("compacted", [False, True])
def test_what_is_owed_outlives_the_files_being_rewritten(
    claims: Stand, monkeypatch: pytest.MonkeyPatch, compacted: bool
) -> None:
    if compacted:
        monkeypatch.setattr("console.telemetry.store.COMPACT_LINES", -1000)
    log(begun(claims), call("first", escalation="x"))
    room = Console(claims)
    room.turn()
    log(claims, call("second", 20, escalation="x"))
    asyncio.run(room.room.eyes.poll_once())
    asyncio.run(room.room.eyes.poll_once())
    room.crash()
    held = (claims.directory / "telemetry" / "calls.jsonl").read_text()
    assert ('["first",1' not in held) == compacted, "what the journal has is not kept for ever"
    with console(claims) as again:
        again.turn()
        assert rows(again.queue) == [("escalate", "first"), ("escalate", "second")]


def test_a_backlog_is_queued_too_with_its_true_clocks(tmp_path: Path) -> None:
    claims = begun(stand(tmp_path / "claims"), hours=5)
    room = Console(claims)
    room.clock.moment = NOW - 3 * 3600  # nobody has watched since
    room.turn()
    room.close()
    room.clock.moment = NOW
    many = [
        call(f"c{number}", 4 * 3600 - number / 2, escalation="late" if number % 4 == 0 else None,
             flags=["pii"] if number % 1000 == 1 else [],
             tools=["shell"] if number % 5000 == 2 else ["claims-history"], input="x" * 300)
        for number in range(24_000)
    ]  # fmt: skip
    log(claims, *many)
    with console(claims) as again:
        again.turn()
        calls_read = again.room.eyes.each["calls"].calls_read
        assert calls_read == 24_000
        assert len(again.room.eyes.each["calls"].recent) < 24_000, "it was read in bulk"
        by_row = [one.row for one in again.queue.values()]
        assert (by_row.count("escalate"), by_row.count("safety-flag")) == (6000, 24)
        assert by_row.count("tool-misuse") == 5
        held = again.queue["escalate-c0"]
        assert held.due == NOW - 4 * 3600 + 900
        late = [one for one in again.queue.values() if one.missed_at is not None]
        assert len(late) == sum(one.due < NOW for one in again.queue.values()) > 5000


def test_what_nobody_answers_is_written_as_missed_once_and_told_to_the_backup(
    claims: Stand,
) -> None:
    log(begun(claims), call("a", 0, escalation="x"), call("b", 0, tools=["shell"]))
    with console(claims) as room:
        room.turn()
        room.clock.moment = NOW + 61
        room.turn()
        (at_once,) = claims.entries("escalation.missed")
        assert at_once["escalations"] == ["tool-misuse-b"]
        assert at_once["told"] == ["agent lead", "tech lead", "rollback owner"]
        room.clock.moment = NOW + 900
        room.turn()
        assert len(claims.entries("escalation.missed")) == 1, "the last second counts"
    room = Console(claims)
    room.clock.moment = NOW + 7200
    room.turn()
    _, missed = claims.entries("escalation.missed")
    assert (missed["escalations"], missed["told"]) == (["escalate-a"], ["agent lead"])
    room.turn()
    assert len(claims.entries("escalation.missed")) == 2
    room.close()


def test_an_answer_that_came_too_late_is_a_miss_all_the_same(claims: Stand) -> None:
    log(begun(claims), call("a", 0, flags=["pii"]))
    with console(claims) as room:
        room.turn()
        room.clock.moment = NOW + 901
        asyncio.run(room.room.do(AcknowledgeEscalations(("safety-flag-a",))))
        room.turn()
        assert room.queue["safety-flag-a"].missed_at == NOW + 901


def test_alerts_and_governance_incidents_are_queued_and_taken_in_hand_together(
    claims: Stand,
) -> None:
    with console(begun(claims)) as room:
        room.turn()
        told = ("calls", "1.8 % failed")
        write(room.room, e.AlertFired("error-rate-1", "error-rate", 0.02, 0.01, 900, 3600, *told))
        write(room.room, e.AlertFired("latency-1", "latency-p95", 4.0, 3.0, 900, 3600, *told))
        write(room.room, e.AlertFired("cost-1", "cost-per-call", 4.0, 3.0, 900, 3600, *told))
        write(room.room, e.IncidentOpened("inc-1", 1, "a file went out", "data-breach"))
        write(room.room, e.IncidentOpened("inc-2", 2, "slow"))
        room.turn()
        due = {name: one.due - NOW for name, one in room.queue.items()}
        assert due == {
            "error-rate-error-rate-1": 900.0,
            "latency-latency-1": 1800.0,
            "governance-inc-1": 60.0,
        }
        assert room.queue["governance-inc-1"].to[:3] == ("agent lead", "legal", "tech lead")
        asyncio.run(room.room.do(AcknowledgeAlert("error-rate-1")))
        assert room.queue["error-rate-error-rate-1"].acknowledged_by == "agent lead"
        asyncio.run(room.room.do(AcknowledgeEscalations(("latency-latency-1",))))
        assert room.room.state.alerts["latency-1"].acknowledged_by == "agent lead"
        write(room.room, e.AlertResolved("latency-1", 2.0, "within"))
        room.turn()
        assert room.queue["latency-latency-1"].resolved_at is None, "silence resolves nothing"


@pytest.mark.parametrize("trigger", ["data-breach", "error-rate"])
def test_a_governance_incident_is_queued_also_when_it_comes_of_a_rollback(
    claims: Stand, trigger: str
) -> None:
    """The rollback ends the phase in the same instant in which it opens the incident."""
    with console(begun(claims)) as room:
        write(room.room, e.RollbackTriggered("rb-1", "dark-launch.1", trigger, "", "v1", ()))
        write(room.room, e.IncidentOpened("inc-1", 1, "Rollback", trigger, "rb-1"))
        room.turn()
        assert ("governance-inc-1" in room.queue) == (trigger == "data-breach")
        write(room.room, e.RollbackAttached("rb-1", "data-breach", ""))
        room.turn()
        assert room.queue["governance-inc-1"].to[:3] == ("agent lead", "legal", "tech lead")


def test_in_the_first_readiness_no_incident_is_queued(claims: Stand) -> None:
    with console(claims) as room:
        write(room.room, e.IncidentOpened("inc-1", 1, "a file lay open", "data-breach"))
        room.turn()
        assert not room.queue


def test_reasons_without_end_become_one_group(claims: Stand) -> None:
    words = [f"{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}{'uvw'[n // 100]}"
             for n in range(300)]  # fmt: skip
    log(begun(claims), *(call(f"c{n}", escalation=word) for n, word in enumerate(words)))
    with console(claims) as room:
        room.turn()
        picture = room.room.take_picture()
        assert len(room.queue) == 300
        assert len(picture.queue.groups) == MOST_REASONS + 1
        assert max(len(group.waiting) for group in picture.queue.groups) == 300 - MOST_REASONS
        assert "other reasons" in picture.reasons.values()
    assert len(list((claims.directory / "evidence").iterdir())) == MOST_REASONS + 1


def test_a_flood_is_few_entries(claims: Stand) -> None:
    begun(claims)
    with console(claims) as room:
        room.turn()
        for part in range(6):
            log(claims, *(call(f"c{part}-{n}", escalation="x") for n in range(100)))
            room.turn(pass_s=GATHER_S / 3)
        room.turn()
        assert len(room.queue) == 600
    entries = claims.entries("escalation.raised")
    assert len(entries) <= 4
    assert max(len(entry["items"]) for entry in entries) <= 500


def test_on_a_fast_clock_a_person_has_some_real_seconds(claims: Stand) -> None:
    begun(claims)
    with console(claims) as room:
        room.turn()
        room.clock.speed = 3600.0
        log(claims, call("a", 1800, escalation="x"))
        room.turn()
        assert room.queue["escalate-a"].due == NOW + 8 * 3600.0


def test_what_cannot_be_kept_as_evidence_is_raised_all_the_same(claims: Stand) -> None:
    (claims.directory / "evidence").write_text("no directory")
    log(begun(claims), call("a", escalation="unclear"))
    with console(claims) as room:
        room.turn()
        reason = room.queue["escalate-a"].reason
        assert reason not in room.room.take_picture().reasons
        (claims.directory / "evidence").unlink()
        room.turn()
        assert room.room.take_picture().reasons[reason] == "unclear"


def _untyped(ids: Sequence[str]) -> bool:
    return all(one.isascii() and " " not in one and "/" not in one for one in ids)


def test_ids_can_be_typed_whatever_calls_are_called(claims: Stand) -> None:
    log(begun(claims), *(call(n, escalation="x") for n in ("a b", "a-b", "ü/../x", "y" * 190)))
    with console(claims) as room:
        room.turn()
        assert len(room.queue) == 4
        assert _untyped(list(room.queue))
        assert {one.call for one in room.queue.values()} >= {"a b", "ü/../x"}


def test_the_second_that_a_phase_changes_loses_nothing(claims: Stand) -> None:
    begun(claims)
    with console(claims) as room:
        room.turn()
        log(claims, call("before", 1, escalation="x"))
        write(room.room, e.GateDecided("dark-launch.1", "advance", "met", (), "shadow", None, BAD))
        room.turn()
        write(room.room, e.RollbackTriggered("rb-1", "shadow.1", "owner-judgement", "", "v1", ()))
        log(claims, call("as it went", 0.5, escalation="x"), call("after", -1, escalation="x"))
        room.turn()
        assert rows(room.queue) == [("escalate", "as it went"), ("escalate", "before")]
        assert utc(room.queue["escalate-before"].at) < utc(room.room.state.attempt.entered_at)
