"""Where lines end in bytes that arrive in pieces."""

from collections.abc import Iterator

import msgspec

CHUNK_BYTES = 64 * 1024  # a decoder holds the interpreter this long: keys stay quick meanwhile
SKIM_BYTES = 256 * 1024  # decoded quicker: longer pieces hold it no longer
MOST_LINE_BYTES = 1024 * 1024


class Split(msgspec.Struct, frozen=True):
    """Bytes parted at line ends.

    `skipped` bytes at the start belong to an overlong line; `lines` are whole lines. The rest of
    the input is the start of a line that has not ended. `overlong` counts the overlong lines that
    begin here; `skipping` says that the last of them goes on after all of the input.
    """

    skipped: int
    lines: bytes
    overlong: int
    skipping: bool


def split(data: bytes, skipping: bool = False) -> Split:
    """Part `data`; `skipping` says that it begins inside an overlong line."""
    start = 0
    if skipping:
        start = data.find(b"\n") + 1
        if start == 0:
            return Split(len(data), b"", 0, True)
    end = data.rfind(b"\n") + 1
    if end > start:
        return Split(start, data[start:end], 0, False)
    if len(data) - start > MOST_LINE_BYTES:
        return Split(len(data), b"", 1, True)
    return Split(start, b"", 0, False)


def chunks(data: bytes, size: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Whole lines in pieces of at most `size`; a longer line is a piece of its own."""
    start = 0
    while start < len(data):
        end = data.rfind(b"\n", start, start + size) + 1
        if end == 0 and len(data) - start > size:
            end = data.find(b"\n", start) + 1
        piece = data[start : end or len(data)]
        yield piece
        start += len(piece)
