"""What was known when: a recorded file, looked at from any of its moments."""

import random
from pathlib import Path

import pytest

from console.domain.minutes import Minute
from console.domain.series import Series
from console.telemetry import History, Recorder
from console.telemetry import store as stores

BEGIN = 1000
MINUTES = 240


def of(calls: int) -> Minute:
    return Minute(calls=calls, errors=calls // 10, versions={"v2": calls})


def copied(series: Series) -> Series:
    return Series(
        minutes=dict(series.minutes),
        values={metric: dict(points) for metric, points in series.values.items()},
        absent_is_zero=series.absent_is_zero,
        gaps=series.gaps,
        first=series.first,
        last=series.last,
    )


def recorded(directory: Path, late: frozenset[int] = frozenset()) -> dict[float, Series]:
    """Four hours, told each minute; what `late` says comes two hours after. What was known when."""
    recorder = Recorder(directory, "calls")
    known: dict[float, Series] = {}
    for number in range(BEGIN, BEGIN + MINUTES):
        at = number * 60.0 + 65
        touched = {number: of(number % 37 + 1)}
        if number - 120 in late:
            touched[number - 120] = of(5)
        recorder.series.add(touched)
        if number % 3 == 0:
            recorder.series.put_value("latency-p95", number, number / 1000)
        if number == BEGIN + 50:
            recorder.series.lose(number - 2, number - 1)
        recorder.flush(touched, {"next": number}, at)
        known[at] = copied(recorder.series)
    recorder.close()
    return known


def test_any_moment_shows_what_was_known_then(tmp_path: Path) -> None:
    known = recorded(tmp_path, frozenset({BEGIN + 10, BEGIN + 60}))
    history = History(tmp_path, "calls")
    moments = list(known)
    random.Random(1).shuffle(moments)
    for at in moments:
        history.stand_at(at + 1)
        assert history.series == known[at]
        assert history.answered(at + 1) == at
        assert (
            history.series.window(BEGIN + 100, 60).calls == known[at].window(BEGIN + 100, 60).calls
        )
    history.stand_at(BEGIN * 60.0)
    assert history.series.first is None
    assert history.answered(BEGIN * 60.0) is None


def test_a_compacted_file_still_tells_each_minute_from_when_it_was_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "COMPACT_LINES", 100)
    monkeypatch.setattr(stores, "COMPACT_RATIO", 1)
    late = BEGIN + 10
    known = recorded(tmp_path, frozenset({late}))
    history = History(tmp_path, "calls")
    assert history.kept_since is not None
    assert history.kept_since > (BEGIN + 100) * 60  # so the file was compacted
    for at, series in known.items():
        history.stand_at(at)
        mine, theirs = dict(history.series.minutes), dict(series.minutes)
        if late + 10 <= at / 60 - 1 < late + 120:
            # The earlier state of this one is gone: it shows what came later, and that is said.
            assert mine.pop(late) != theirs.pop(late)
            assert history.late(at) == 1
        elif late <= at / 60 - 1 < late + 120:
            assert mine.pop(late, None) is None
            theirs.pop(late)
        else:
            assert history.late(at) == 0
        assert mine == theirs


def test_what_was_compacted_before_times_were_kept_counts_from_each_minutes_end(
    tmp_path: Path,
) -> None:
    recorder = Recorder(tmp_path, "calls")
    touched = {number: of(3) for number in range(BEGIN, BEGIN + 60)}
    recorder.series.add(touched)
    at = (BEGIN + 60) * 60.0 + 5
    recorder.flush(touched, {"next": 1}, at)
    recorder.close()
    history = History(tmp_path, "calls")
    middle = (BEGIN + 30) * 60.0
    assert history.stand_at(middle) == 30
    assert history.answered(middle) is None, "nobody can tell: it may not have been asked"
    assert history.late(middle) == 30
    history.stand_at(at)
    assert history.late(at) == 0
    assert history.span == ((BEGIN + 1) * 60.0, at)


def test_an_answer_is_known_when_it_is_taken_in_and_as_old_as_its_question(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "calls")
    for number in (BEGIN, BEGIN + 1):
        asked = number * 60.0 + 65
        recorder.series.add({number: of(3)})
        recorder.flush({number}, {"next": number}, asked, written=asked + 20)
    recorder.close()
    second = (BEGIN + 1) * 60.0 + 65
    history = History(tmp_path, "calls")
    history.stand_at(second + 19)
    assert set(history.series.minutes) == {BEGIN}
    assert history.answered(second + 19) == second - 60
    history.stand_at(second + 20)
    assert set(history.series.minutes) == {BEGIN, BEGIN + 1}
    assert history.answered(second + 20) == second


def test_a_compacted_file_tells_when_the_feed_was_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "COMPACT_LINES", 40)
    monkeypatch.setattr(stores, "COMPACT_RATIO", 1)
    asked = [
        number * 60.0 + 65 for number in range(BEGIN, BEGIN + 150) if not 20 < number % 100 < 50
    ]
    for part in (asked[:60], asked[60:]):  # another process goes on
        recorder = Recorder(tmp_path, "calls")
        for at in part:
            number = int(at // 60) - 1
            recorder.series.add({number: of(3)})
            recorder.flush({number}, {}, at, written=at + 2)
        recorder.close()
    history = History(tmp_path, "calls")
    assert history.kept_since is not None
    assert history.kept_since > asked[60], "so the file was compacted"
    for at in asked:
        assert history.answered(at + 2) in {at, at + 2}
    silent = (BEGIN + 35) * 60.0
    assert history.answered(silent) == (BEGIN + 20) * 60.0 + 65
    assert history.answered(asked[0] - 1) is None


def test_nothing_recorded_and_a_damaged_file(tmp_path: Path) -> None:
    history = History(tmp_path, "calls")
    assert history.span is None
    assert history.stand_at(1e9) == 0
    assert not history.trouble
    recorded(tmp_path)
    path = stores.path_of(tmp_path, "calls")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:40], b"{nonsense\n", *lines[40:]]))
    history = History(tmp_path, "calls")
    history.stand_at(1e9)
    assert 0 < len(history.series.minutes) < MINUTES
    assert "damaged" in history.trouble
