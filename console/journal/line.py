"""The form of one journal line, and the hash that seals it.

A line is ASCII JSON with sorted keys and compact separators. Its last 72 bytes are
`,"h":"<64 hex>"}`; `h` is the SHA-256 of `warroom/1`, a line feed, and the line without those 72
bytes. Lines are checked on their raw bytes and never serialised again.
"""

import codecs
import hashlib
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from console.domain.entry import Draft, Entry

VERSION = 1
ZEROS = "0" * 64
SEAL = 72
MAX_LINE = 256 * 1024
HEAD = b'{"actor":'

_PREFIX = hashlib.sha256(b"warroom/1\n")
_SEAL_FORM = b',"h":"' + b"0" * 64 + b'"}'
_CLOSED = re.compile(rb',"h":"[^"]*"[^"]*}')
_SEAL_MARKS = tuple(place for place, byte in enumerate(_SEAL_FORM) if byte != ord("0"))


class _Marked(msgspec.Struct, gc=False):
    redacted: bool = False


_encode = msgspec.json.Encoder(order="sorted").encode
_decode_data = msgspec.json.Decoder().decode
_decode_mark = msgspec.json.Decoder(_Marked).decode
decode = msgspec.json.Decoder(Entry).decode
started = _PREFIX.copy  # a hash that has taken the prefix of every line


def parse(line: bytes) -> Entry:
    """The entry of a sealed line; `ValueError` says what is wrong with it."""
    try:
        entry = decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"the line is not an entry ({error})") from None
    if not is_sealed(line):
        raise ValueError("the line's hash does not match its text")
    return entry


def is_sealed(line: bytes) -> bool:
    """Whether `line` (without its line feed) ends with the hash of what precedes it."""
    return line[-SEAL:] == _seal_of(line[:-SEAL])


def is_redacted(line: bytes) -> bool:
    """Whether `line` says of itself that it was redacted. No sealed line does."""
    try:
        return _decode_mark(line).redacted
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False


def looks_whole(line: bytes) -> bool:
    """Whether `line` ends the way a finished line does, even with a few bytes damaged.

    A line that was cut short neither has the marks of a seal at their places, as one with changed
    bytes mostly does, nor a closed seal anywhere near its end, as one with bytes more or less. Five
    of the eight marks are not enough: any other hash in an entry's data has them, when the line was
    cut right behind it.
    """
    end = line[-SEAL:]
    marks = len(end) == SEAL and sum(end[at] == _SEAL_FORM[at] for at in _SEAL_MARKS)
    return marks > 5 or bool(_CLOSED.search(line[-2 * SEAL :]))


def seal(
    draft: Draft, *, at: float, clock: int, deployment: str, prev: str, seq: int, writer: str
) -> bytes:
    """The line of `draft` at its place in the chain, without its line feed.

    `at` is unix seconds, UTC. `ValueError` says in one sentence why a draft cannot be written.
    """
    try:
        data = _encode(draft.data)
        if msgspec.json.decode(data) != draft.data:
            must_be_json(draft.data, draft.kind)
        body = b'{"actor":%b,"at":"%b","clock":%d,"data":%b,"deployment":"%b","kind":%b,' % (
            _encode(draft.actor),
            moment(at).encode(),
            clock,
            data,
            deployment.encode(),
            _encode(draft.kind),
        )
    except RecursionError:
        raise ValueError(f"{draft.kind}: its data is nested too deeply to be written") from None
    except (TypeError, UnicodeEncodeError):
        must_be_json([draft.actor.name, *draft.actor.roles, draft.kind, draft.data], draft.kind)
        raise
    body += b'"prev":"%b","seq":%d,"v":%d,"writer":"%b"' % (
        prev.encode(),
        seq,
        VERSION,
        writer.encode(),
    )
    if not body.isascii():
        body = body.decode().encode("ascii", "warroom.json")
    if len(body) + SEAL > MAX_LINE:
        raise ValueError(
            f"{draft.kind}: an entry of {len(body) + SEAL} bytes is longer than the {MAX_LINE} "
            "that a journal line may have; attach the text as evidence instead"
        )
    return body + _seal_of(body)


def moment(at: float) -> str:
    """Unix seconds as RFC 3339, UTC, with microseconds."""
    time = datetime.fromtimestamp(at, UTC)
    text = _encode(time)[1:-1].decode()  # a tenth of what `isoformat` takes
    return text if time.microsecond else text[:-1] + ".000000Z"


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """JSON's escapes for what ASCII cannot hold; beyond the basic plane that is a pair."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4)), error.end


codecs.register_error("warroom.json", _escaped)


def _seal_of(body: bytes) -> bytes:
    hashing = started()
    hashing.update(body)
    return b',"h":"%b"}' % hashing.hexdigest().encode()


def must_be_json(value: object, where: str) -> None:
    """Refuse with a `ValueError` what JSON would not give back."""
    match value:
        case None | int():
            return
        case str():
            what = "" if _is_text(value) else "the text holds half a character pair"
        case float():
            what = "" if math.isfinite(value) else f"{value} is no number that can be written"
        case Mapping():
            for key, item in value.items():
                must_be_json(item, f"{where}.{key}")
            keys = [key for key in value if not (isinstance(key, str) and _is_text(key))]
            what = f"the key {keys[0]!r} is not a text" if keys else ""
        case list() | tuple():
            for item in value:
                must_be_json(item, where)
            return
        case _:
            what = f"a {type(value).__name__} cannot be written as JSON"
    if what:
        raise ValueError(f"{where}: {what}")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
