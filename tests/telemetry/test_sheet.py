"""What one machine gives another of its minutes: all that counts, nothing else, nothing hostile."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.domain.minutes import Minute
from console.domain.noted import Note
from console.telemetry import History, Recorder
from console.telemetry.sheet import (
    Bad,
    given_writers,
    keep_sheet,
    recorded_feeds,
    sheet_name,
    sheet_of,
    stretch_of,
    writer_in,
)
from console.telemetry.store import path_of

BEGIN = 1000
NOW = (BEGIN + 10) * 60.0


def recorded(directory: Path) -> None:
    recorder = Recorder(directory, "calls")
    for number in range(BEGIN, BEGIN + 5):
        recorder.series.add({number: Minute(calls=3, errors=1, timed=1, latency=[70, 1])})
        recorder.series.put_value("latency-p95", number, 0.5)
        recorder.seen.take([f"call-{number}"], number * 60.0)
        note = Note(f"call-{number}", number * 60.0, escalated=True, reason="a customer wrote this")
        recorder.flush({number}, {"next": "a-token"}, number * 60.0 + 65, [note])
    recorder.close()


def test_a_sheet_tells_all_moments_and_keeps_calls_and_their_words_at_home(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    recorded(here)
    sheet = sheet_of(here, "calls")
    for word in (b"call-1", b"a customer", b"a-token"):
        assert word in path_of(here, "calls").read_bytes()
        assert word not in sheet
    told = stretch_of(sheet, NOW)
    assert (told.count, told.first, told.last) == (5, BEGIN, BEGIN + 4)
    place = keep_sheet(there, "other-1", "calls", sheet)
    assert place == there / "telemetry" / "others" / "other-1" / "calls.jsonl"
    assert place.stat().st_mode & 0o777 == 0o600
    assert (recorded_feeds(there), given_writers(there)) == ([], ["other-1"])
    own, given = History(here, "calls"), History(there, "calls", "other-1")
    for at in range(BEGIN * 60, int(NOW), 30):
        own.stand_at(at)
        given.stand_at(at)
        assert given.series == own.series
        assert given.answered(at) == own.answered(at)


def test_of_nothing_there_is_an_empty_sheet(tmp_path: Path) -> None:
    assert sheet_of(tmp_path, "calls") == b""
    assert stretch_of(b"", NOW).count == 0


def test_the_name_in_a_document_tells_whose_it_is() -> None:
    assert writer_in(sheet_name("calls", "other-1")) == "other-1"
    assert writer_in(sheet_name("calls", "")) == ""


MINUTE: dict[str, Any] = {"m": BEGIN, "bucket": {"calls": 1.0}}
COMMIT: dict[str, Any] = {"at": NOW}


def lines(*told: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in told)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\xfe", "not what a recorder writes"),
        (lines(MINUTE), "its end is missing"),
        (lines(MINUTE, COMMIT)[:-1], "its end is missing"),
        (lines(MINUTE | {"m": 10**15}, COMMIT), "not there yet"),
        (lines(MINUTE | {"m": -1}, COMMIT), "not there yet"),
        (lines(MINUTE | {"m": 10**400}, COMMIT), "not there yet"),
        (lines(MINUTE, {"at": 1e300}), "not there yet"),
        (lines(MINUTE, COMMIT | {"gaps": [[0, 10**15]]}), "not there yet"),
        (lines(MINUTE, COMMIT | {"gaps": [[0, 10**400]]}), "not there yet"),
        (lines(MINUTE, COMMIT | {"gaps": [[0, 1]] * 10_001}), "no recorder writes"),
        (lines(MINUTE, COMMIT | {"answered": [[0, 1e300]]}), "not there yet"),
        (lines(MINUTE | {"m": 10**7}, MINUTE, {"at": 60.0}), "more than five years"),
        (lines(MINUTE, COMMIT | {"cursor": {"next": 1}}), "holds what no sheet does"),
        (lines(MINUTE, COMMIT | {"ids": ["x"]}), "holds what no sheet does"),
        (lines(MINUTE, COMMIT | {"m": BEGIN}), "holds what no sheet does"),
        (lines(MINUTE | {"bucket": {"calls": -1}}, COMMIT), "no recorder writes"),
        (lines(MINUTE | {"bucket": {"calls": 1e300}}, COMMIT), "no recorder writes"),
        (lines(MINUTE | {"bucket": {"latency": [10**9, 1]}}, COMMIT), "no recorder writes"),
        (lines(MINUTE | {"bucket": {"latency": [5, 1, 4, 1]}}, COMMIT), "no recorder writes"),
        (lines(MINUTE | {"bucket": {"latency": [5]}}, COMMIT), "no recorder writes"),
        (lines(MINUTE | {"bucket": {"latency": [5, 0]}}, COMMIT), "no recorder writes"),
        (lines(MINUTE | {"bucket": {"latency": [5, 10**400]}}, COMMIT), "no recorder writes"),
        (lines(MINUTE | {"values": {"traffic": 1e308}}, COMMIT), "no recorder writes"),
        (lines(MINUTE | {"values": {"traffic": -1e308}}, COMMIT), "no recorder writes"),
        (b'{"at":1}\n' * 1_000_001, "more than 1,000,000 lines"),
        (lines(MINUTE | {"bucket": {"versions": {"\x1b[2J": 1}}}, COMMIT), "no recorder writes"),
        (lines(MINUTE | {"bucket": {"models": {"x" * 201: 1}}}, COMMIT), "no recorder writes"),
        (
            lines(MINUTE | {"bucket": {"arms": {"v2": {"latency": [-1, 1]}}}}, COMMIT),
            "no recorder writes",
        ),
        (
            lines(MINUTE | {"bucket": {"controls": {"v\u202e": {"calls": 1}}}}, COMMIT),
            "no recorder writes",
        ),
        (lines(MINUTE | {"values": {"a\nb": 1}}, COMMIT), "no recorder writes"),
    ],
)
def test_what_no_recorder_can_have_written_is_refused(data: bytes, why: str) -> None:
    now = NOW if "five years" not in why else 10**7 * 60.0
    with pytest.raises(Bad, match=why):
        stretch_of(data, now)
    assert stretch_of(lines(MINUTE, COMMIT), NOW).count == 1
