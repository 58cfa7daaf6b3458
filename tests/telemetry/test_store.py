"""The recorded minutes: real files, torn, damaged, shortened, full and compacted."""

import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.domain.call import Call
from console.domain.series import Series
from console.telemetry import History, Recorder, apply_minutes, fold, load
from console.telemetry.store import path_of

NOW = 1e9


def log(n: int, step_s: float = 7.0) -> list[Call]:
    """An endpoint's log of `n` calls."""
    draw = random.Random(n)
    return [
        Call(f"call-{i}", i * step_s, latency_s=draw.lognormvariate(0, 1), cost=1.0, version="v2")
        for i in range(n)
    ]


def poll(recorder: Recorder, calls: list[Call], size: int, overlap: int = 0) -> bool:
    """Read the next `size` calls of a log, some of them again, and record them."""
    place = recorder.cursor.get("next", 0)
    assert isinstance(place, int)
    batch = calls[max(0, place - overlap) : place + size]
    delta = fold(batch, recorder.seen, NOW)
    recorder.series.add(delta.minutes)
    recorder.flush(delta.minutes, {"next": min(place + size, len(calls))}, NOW)
    return place + size < len(calls)


def whole(calls: list[Call], directory: Path) -> Series:
    """The series of a log recorded in one go."""
    recorder = Recorder(directory, "reference")
    poll(recorder, calls, len(calls))
    recorder.close()
    return recorder.series


def test_what_is_recorded_is_loaded(tmp_path: Path) -> None:
    calls = log(200)
    recorder = Recorder(tmp_path, "calls")
    while poll(recorder, calls, 30, overlap=5):
        pass
    recorder.close()
    held = load(tmp_path, "calls")
    assert held.series == recorder.series == whole(calls, tmp_path)
    assert held.cursor == {"next": 200}
    assert held.read_at == NOW
    assert fold(calls, held.seen, NOW).repeated == 200
    assert not held.damaged


@pytest.mark.parametrize("block", [1, 100, 1000])
def test_what_is_read_block_by_block_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    calls = log(200)
    recorder = Recorder(tmp_path, "calls")
    while poll(recorder, calls, 30, overlap=5):
        pass
    recorder.close()
    with path_of(tmp_path, "calls").open("ab") as file:
        file.write(b'{"m":1,"bucket":{"calls":9}}\n{"m":2')  # not committed
    monkeypatch.setattr("console.telemetry.store.BLOCK", block)
    held = load(tmp_path, "calls")
    assert held.series == recorder.series
    assert held.lines == recorder._lines
    with path_of(tmp_path, "calls").open("ab") as file:
        file.write(b'}\n{"at":1.0}\n')
    assert held.read_new()
    assert held.series.minutes[1].calls == 9
    assert not held.read_new()


def test_direct_values_and_gaps_are_loaded(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "prom")
    touched = apply_minutes(recorder.series, {5: {"calls": 2.5}}, {"latency-p95": {5: 1.5, 6: 1.6}})
    recorder.flush(touched, {"to": 7}, NOW)
    recorder.close()
    assert load(tmp_path, "prom").series == recorder.series
    assert load(tmp_path, "prom").series.absent_is_zero is False


def test_nothing_recorded_is_empty_and_writes_nothing(tmp_path: Path) -> None:
    held = load(tmp_path, "calls")
    assert (held.series, held.cursor, held.read_at) == (Series(), {}, None)
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(0, 20))
def test_a_crash_anywhere_leaves_no_gap_and_counts_nothing_twice(
    tmp_path_factory: pytest.TempPathFactory, cut: int, size: int, overlap: int
) -> None:
    directory = tmp_path_factory.mktemp("deployment")
    calls = log(120)
    recorder = Recorder(directory, "calls")
    while poll(recorder, calls, size, overlap):
        pass
    recorder.close()
    path = path_of(directory, "calls")
    os.truncate(path, cut % (path.stat().st_size + 1))
    before = path.read_bytes()
    held = load(directory, "calls")
    assert path.read_bytes() == before
    assert not held.damaged
    again = Recorder(directory, "calls")
    assert again.cursor == held.cursor
    while poll(again, calls, size, overlap):
        pass
    again.close()
    assert load(directory, "calls").series == whole(calls, directory)


def test_a_crash_between_fold_and_flush_reads_again(tmp_path: Path) -> None:
    calls = log(90)
    first = Recorder(tmp_path, "calls")
    poll(first, calls, 40)
    first.series.add(fold(calls[40:80], first.seen, NOW).minutes)
    first.close()
    second = Recorder(tmp_path, "calls")
    while poll(second, calls, 40, overlap=10):
        pass
    assert second.series == whole(calls, tmp_path)


def test_a_damaged_line_is_left_behind_and_read_anew(tmp_path: Path) -> None:
    calls = log(90)
    recorder = Recorder(tmp_path, "calls")
    while poll(recorder, calls, 30):
        pass
    recorder.close()
    path = path_of(tmp_path, "calls")
    good = path.read_bytes()
    second = good.index(b"\n", good.index(b'"at"')) + 1
    path.write_bytes(good[: second + 5] + b"\xff\x00" + good[second + 7 :])
    held = load(tmp_path, "calls")
    assert held.damaged
    assert held.cursor == {"next": 30}
    again = Recorder(tmp_path, "calls")
    assert path.with_suffix(".damaged").stat().st_size == len(good) - second
    while poll(again, calls, 30):
        pass
    assert load(tmp_path, "calls").series == whole(calls, tmp_path)
    assert not load(tmp_path, "calls").damaged


def test_a_reader_follows_a_recorder_through_compaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.telemetry.store.COMPACT_LINES", 20)
    calls = log(400)
    recorder = Recorder(tmp_path, "calls")
    reader = load(tmp_path, "calls")
    inode, compacted = path_of(tmp_path, "calls").stat().st_ino, 0
    more = True
    while more:
        more = poll(recorder, calls, 2)
        assert reader.read_new()
        assert not reader.read_new()
        assert reader.series == recorder.series
        assert reader.cursor == recorder.cursor
        lines = path_of(tmp_path, "calls").read_bytes().count(b"\n")
        assert lines <= 20 + 4 * (len(recorder.series.minutes) + 1)
        if path_of(tmp_path, "calls").stat().st_ino != inode:
            inode, compacted = path_of(tmp_path, "calls").stat().st_ino, compacted + 1
    assert compacted > 0
    held = load(tmp_path, "calls")
    assert held.series == whole(calls, tmp_path)
    assert fold(calls, held.seen, NOW).repeated == 400
    assert [path.suffix for path in (tmp_path / "telemetry").iterdir()] == [".jsonl", ".jsonl"]


def test_ids_too_old_to_matter_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.telemetry.store.COMPACT_LINES", 0)
    monkeypatch.setattr("console.telemetry.store.COMPACT_RATIO", 0)
    calls = log(300, step_s=120.0)
    recorder = Recorder(tmp_path, "calls")
    while poll(recorder, calls, 1):
        pass
    kept = path_of(tmp_path, "calls").read_text().count('"call-')
    assert 60 <= kept <= 121


def test_a_full_disk_is_told_and_the_next_flush_carries_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = log(60)
    recorder = Recorder(tmp_path, "calls")
    poll(recorder, calls, 20)
    real = os.write
    room = [100]

    def full(fd: int, data: memoryview) -> int:
        if not room[0]:
            raise OSError(28, "No space left on device")
        taken, room[0] = room[0], 0
        return real(fd, data[:taken])

    monkeypatch.setattr("console.telemetry.store.os.write", full)
    delta = fold(calls[20:40], recorder.seen, NOW)
    recorder.series.add(delta.minutes)
    with pytest.raises(OSError, match="No space left"):
        recorder.flush(delta.minutes, {"next": 40}, NOW)
    assert load(tmp_path, "calls").cursor == {"next": 20}
    monkeypatch.setattr("console.telemetry.store.os.write", real)
    delta = fold(calls[40:], recorder.seen, NOW)
    recorder.series.add(delta.minutes)
    recorder.flush(delta.minutes, {"next": 60}, NOW)
    held = load(tmp_path, "calls")
    assert held.series == whole(calls, tmp_path)
    assert fold(calls, held.seen, NOW).repeated == 60


def test_a_file_in_the_directorys_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "telemetry").write_text("")
    with pytest.raises(OSError, match="telemetry"):
        Recorder(tmp_path, "calls")


def test_a_pipe_in_a_files_place_is_an_error_and_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "telemetry").mkdir()
    os.mkfifo(tmp_path / "telemetry" / "calls.jsonl")
    with pytest.raises(OSError, match="no regular file"):
        load(tmp_path, "calls")
    assert "it is no regular file" in History(tmp_path, "calls").trouble


def test_the_file_is_the_owners_alone(tmp_path: Path) -> None:
    Recorder(tmp_path, "calls").close()
    assert path_of(tmp_path, "calls").stat().st_mode & 0o777 == 0o600
