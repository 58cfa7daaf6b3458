"""The table of kinds: each can be written, read back, folded and said in words."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.domain import events as e
from console.domain.evolve import fold
from console.domain.refused import Refused
from console.domain.words import entry_words
from tests.domain.arbitrary import fields
from tests.domain.build import LEAD, raw_entry

KINDS = {
    "journal.opened",
    "journal.recovered",
    "journal.signed",
    "item.confirmed",
    "baseline.documented",
    "brief.given",
    "sample.drawn",
    "sample.judged",
    "satisfaction.judged",
    "gate.decided",
    "note.written",
    "alert.fired",
    "alert.resolved",
    "alert.acknowledged",
    "trigger.raised",
    "trigger.cleared",
    "checkin.made",
    "incident.opened",
    "incident.closed",
    "duty.started",
    "duty.done",
    "rollback.triggered",
    "rollback.retried",
    "rollback.step",
    "rollback.finished",
    "postmortem.recorded",
}


def test_a_journal_of_today_stays_readable() -> None:
    """Kinds are on disk: one may be added, none renamed or removed."""
    assert set(e.KINDS) >= KINDS


@pytest.mark.parametrize("kind", sorted(e.KINDS))
@given(data=st.data())
@settings(max_examples=20)
def test_what_is_written_is_read_back(kind: str, data: st.DataObject) -> None:
    event = msgspec.convert({"type": kind, **data.draw(fields(e.KINDS[kind]))}, e.KINDS[kind])
    draft = e.draft(LEAD, event)
    assert (draft.actor, draft.kind) == (LEAD, kind)
    assert "type" not in draft.data
    line = msgspec.json.encode(draft.data)
    assert e.decode(kind, line) == event


@pytest.mark.parametrize("kind", sorted(e.KINDS))
@given(data=st.data())
@settings(max_examples=20)
def test_every_kind_is_folded_and_said(kind: str, data: st.DataObject) -> None:
    line = msgspec.json.encode(data.draw(fields(e.KINDS[kind])))
    state = fold([raw_entry(kind, line)])
    assert not any("does not know" in conflict.why for conflict in state.conflicts)
    assert entry_words(raw_entry(kind, line)).encode() != line


@pytest.mark.parametrize(
    "line",
    [
        b'{"text":"a","incident":7}',
        b'{"text":"a","occurred_at":"yesterday"}',
        b'{"text":"a","occurred_at":"2026-12-01T00:00:00"}',
        b'{"incident":"i"}',
        b"[]",
    ],
)
def test_fields_that_do_not_fit_are_not_guessed_at(line: bytes) -> None:
    assert e.decode("note.written", line) is None


@pytest.mark.parametrize("increment", [0, 101, -5, 2.5])
def test_an_increment_is_a_whole_percentage(increment: float) -> None:
    data = {"attempt": "a", "decision": "advance", "why": "", "criteria": []}
    line = msgspec.json.encode({**data, "to_increment": increment})
    assert e.decode("gate.decided", line) is None


def test_a_count_that_no_store_could_keep_is_not_read() -> None:
    data = {"alert": "a", "rule": "r", "value": 1, "limit": 1, "window_s": 1, "feed": "", "why": ""}
    assert e.decode("alert.fired", msgspec.json.encode({**data, "n": 2**53})) is not None
    assert e.decode("alert.fired", msgspec.json.encode({**data, "n": 2**53 + 1})) is None
    assert e.decode("alert.fired", msgspec.json.encode({**data, "n": -1})) is None


def test_a_refusal_reads_as_its_reasons() -> None:
    refused = Refused("the dwell is not over", "nobody is briefed")
    assert str(refused) == "the dwell is not over; nobody is briefed"
    assert refused.reasons == ("the dwell is not over", "nobody is briefed")
