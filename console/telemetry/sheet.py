"""What one machine recorded of a feed, as it is given to another and kept there, apart.

A sheet is a file as a recorder writes it, without what is of no use elsewhere: where the feed was
read to, the ids of calls, and the notes of what the agent said. It lies in
`telemetry/others/<writer>/`, where nothing looks that makes readings.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from console.clean import clean
from console.domain.arms import Arm
from console.domain.histogram import fits
from console.domain.minutes import Minute
from console.domain.series import Series
from console.telemetry.store import DIRECTORY, OTHERS, Line, Reader, path_of

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MOST_BYTES = 64 * 1024 * 1024
MOST_LINES = 1_000_000  # a line takes half a kilobyte of memory, however short it is written
MOST_GAPS = 10_000  # each minute is looked for in each of them
MOST_NAME = 200
MOST_NUMBER = 1e15
AHEAD_S = 86_400.0
MOST_MINUTES = 5 * 366 * 1440  # what is reckoned minute by minute ends some day

_decode_lines = msgspec.json.Decoder(Line).decode_lines
_decode_minute = msgspec.json.Decoder(Minute).decode
_encode_lines = msgspec.json.Encoder().encode_lines


class Bad(ValueError):
    """What came is no sheet; the text says why."""


class Stretch(msgspec.Struct, frozen=True):
    """Which minutes a sheet tells of: how many, the first and the last (numbers), None of none."""

    count: int
    first: int | None
    last: int | None


class _Told(Reader):
    """What a file tells, with what stays here left out."""

    def __init__(self, directory: Path, feed: str) -> None:
        self.told_lines: list[Line] = []
        super().__init__(directory, feed)

    def apply(self, batch: list[Line]) -> None:
        self.told_lines += map(_plain, batch)


def sheet_of(directory: Path, feed: str) -> bytes:
    """What is recorded here of `feed`; empty if nothing is. `OSError` if it cannot be read."""
    told = _Told(directory, feed)
    told.read_new()
    return _encode_lines(told.told_lines)


def as_recorded(series: Series, first: int, until: int) -> Series:
    """The minutes from `first` until before `until` as a file would give them: 5 calls are 5.0."""
    return Series(
        minutes={
            number: _decode_minute(msgspec.json.encode(series.minutes[number]))
            for number in range(first, until)
            if number in series.minutes
        },
        values=series.values,
    )


def recorded_feeds(directory: Path) -> list[str]:
    """The feeds of which anything is recorded here."""
    return sorted(
        path.stem for path in (directory / DIRECTORY).glob("*.jsonl") if NAME.fullmatch(path.stem)
    )


def given_writers(directory: Path) -> list[str]:
    """The other machines whose sheets are here."""
    folder = directory / DIRECTORY / OTHERS
    return sorted(path.name for path in folder.glob("*") if NAME.fullmatch(path.name))


def sheet_name(feed: str, writer: str) -> str:
    """How documents name what `writer` recorded of `feed`; without a writer, the own minutes."""
    return f"{OTHERS}/{writer}/{feed}" if writer else feed


def writer_in(name: str) -> str:
    """The writer that such a name tells, "" of the own minutes."""
    found = re.fullmatch(rf"{OTHERS}/([^/]+)/[^/]+", name)
    return found[1] if found is not None else ""


def stretch_of(data: bytes, now: float) -> Stretch:
    """Which minutes the sheet `data` tells of. Raises `Bad` for what no recorder can have written.

    Whoever sent it may wish us ill: every number and name that anything reckons with is looked at.
    `now` is in unix seconds.
    """
    if len(data) > MOST_BYTES:
        raise Bad(f"it is larger than {MOST_BYTES >> 20} MiB")
    if data.count(b"\n") > MOST_LINES:
        raise Bad(f"it has more than {MOST_LINES:,} lines")
    try:
        lines = _decode_lines(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Bad("it is not what a recorder writes") from None
    if lines and (lines[-1].at is None or not data.endswith(b"\n")):
        raise Bad("its end is missing")
    latest = now + AHEAD_S
    numbers = set[int]()
    for line in lines:
        if line != _plain(line) or (line.m is None) == (line.at is None):
            raise Bad("it holds what no sheet does")
        if line.m is not None:
            numbers.add(line.m)
        if not all(0 <= at <= latest for at in _times(line)):
            raise Bad("it tells of times that are not there yet")
        if not all(_sound(line)):
            raise Bad("it holds numbers or names that no recorder writes")
    first, last = min(numbers, default=None), max(numbers, default=None)
    if first is not None and last is not None and last - first > MOST_MINUTES:
        raise Bad("it tells of more than five years")
    return Stretch(len(numbers), first, last)


def keep_sheet(directory: Path, writer: str, feed: str, data: bytes) -> Path:
    """Put what `writer` recorded of `feed` in its place, whole or not at all. `OSError`, blocks."""
    place = path_of(directory, feed, writer)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = place.with_suffix(".new")
    scratch.unlink(missing_ok=True)
    try:
        fd = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(fd)
        scratch.replace(place)
    finally:
        scratch.unlink(missing_ok=True)
    return place


def _plain(line: Line) -> Line:
    """The line without what stays where it was recorded."""
    if line.m is not None:
        return Line(m=line.m, bucket=line.bucket, values=line.values, told=line.told)
    return Line(
        at=line.at,
        written=line.written,
        answered=line.answered,
        absent_is_zero=line.absent_is_zero,
        gaps=line.gaps,
    )


def _times(line: Line) -> Iterator[float]:
    """All times that it names, in unix seconds."""
    told = (None if line.m is None else line.m * 60, line.told, line.at, line.written)
    yield from (at for at in told if at is not None)
    for span in line.answered:
        yield from span
    for gap in line.gaps:
        yield from (number * 60 for number in gap)


def _sound(line: Line) -> Iterator[bool]:
    yield _named(line.values)
    yield all(abs(value) <= MOST_NUMBER for value in line.values.values())
    yield len(line.gaps) <= MOST_GAPS
    if line.bucket is not None:
        yield from _sound_part(line.bucket)
        for arms in (line.bucket.arms, line.bucket.controls):
            yield _named(arms)
            for arm in arms.values():
                yield from _sound_part(arm)


def _sound_part(part: Minute | Arm) -> Iterator[bool]:
    yield fits(part.latency) and all(count <= MOST_NUMBER for count in part.latency[1::2])
    for name in part.__struct_fields__:
        value = getattr(part, name)
        if isinstance(value, int | float):
            yield 0 <= value <= MOST_NUMBER
        elif isinstance(value, dict) and name not in {"arms", "controls"}:
            yield _named(value)
            yield all(0 <= count <= MOST_NUMBER for count in value.values())


def _named(held: Iterable[str]) -> bool:
    return all(name == clean(name, MOST_NAME) for name in held)
