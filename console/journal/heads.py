"""Where a journal stands, in a text to sign and in one line to paste into a mail.

Both name the deployment and, of each writer, how many entries there are and the hash of the last.
Since each entry holds the hash of the one before, that fixes all entries up to there. Neither
holds the name of a person: who signed is told by the key.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from console.journal.chain import Mark

TITLE = "warroom journal heads 1"
ANCHOR = "warroom-anchor/1"

_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_SEQ = r"[1-9][0-9]{0,15}"
_STATEMENT = re.compile(
    rf"{TITLE}\ndeployment ({_ID})\nat ({_TIME})\nentries ({_SEQ})\n"
    rf"((?:writer {_ID} {_SEQ} [0-9a-f]{{64}}\n)+)"
)
_WRITER = re.compile(rf"writer ({_ID}) ({_SEQ}) ([0-9a-f]{{64}})\n")
_LINE = re.compile(
    rf"({ANCHOR};({_ID});({_TIME});({_SEQ});({_ID}:{_SEQ}(?:,{_ID}:{_SEQ})*);([0-9a-f]{{64}}));"
    r"([0-9a-f]{8})"
)
# What mail does to a line: quotes it, breaks it, and puts invisible characters at the break.
_QUOTED_PRINTABLE = re.compile(r"=[ \t]*\r?\n")
_QUOTE = re.compile(r"^(?:[ \t]*[>|])+", re.MULTILINE)
_BLANK = re.compile("[\\s\u200b-\u200d\u2060\ufeff\u00ad]+")


@dataclass(frozen=True, slots=True)
class Heads:
    """The last entry of each writer, by name, at the time `at` (RFC 3339 in UTC, seconds)."""

    deployment: str
    at: str
    marks: Mapping[str, Mark]

    @property
    def seqs(self) -> Mapping[str, int]:
        """How many entries of each writer."""
        return {name: mark.seq for name, mark in self.marks.items()}

    @property
    def entries(self) -> int:
        """How many entries they stand for."""
        return sum(mark.seq for mark in self.marks.values())


@dataclass(frozen=True, slots=True)
class Anchor:
    """What an anchor's line says: how many entries of each writer, and one digest over all."""

    deployment: str
    at: str
    seqs: Mapping[str, int]
    digest: str

    @property
    def entries(self) -> int:
        """How many entries it stands for."""
        return sum(self.seqs.values())


def statement(heads: Heads) -> str:
    """The text that is signed: ASCII lines, each ended by a line feed, writers sorted.

    `ValueError` for a journal without entries, or a writer whose name would not be read back.
    """
    _must_be_plain(heads)
    writers = (f"writer {name} {mark.seq} {mark.h}\n" for name, mark in _sorted(heads.marks))
    head = f"{TITLE}\ndeployment {heads.deployment}\nat {heads.at}\nentries {heads.entries}\n"
    return head + "".join(writers)


def parse_statement(text: str) -> Heads:
    """The heads that `statement` wrote; `ValueError` for a text that is not exactly such a one."""
    found = _STATEMENT.fullmatch(text)
    if found is None:
        raise ValueError("the text is not a statement of a journal's heads")
    marks = {name: Mark(int(seq), h) for name, seq, h in _WRITER.findall(found[4])}
    heads = Heads(found[1], found[2], marks)
    if statement(heads) != text:
        raise ValueError("the statement's writers are out of order, repeated or miscounted")
    return heads


def anchor(heads: Heads) -> str:
    """The line, without a line feed: fields parted by `;`, no blanks, its own checksum last.

    The digest is the head itself where there is one writer, else `digest` over all. `ValueError`
    as in `statement`.
    """
    _must_be_plain(heads)
    seqs = ",".join(f"{name}:{mark.seq}" for name, mark in _sorted(heads.marks))
    fields = (ANCHOR, heads.deployment, heads.at, str(heads.entries), seqs, digest(heads.marks))
    line = ";".join(fields)
    return f"{line};{_checksum(line)}"


def parse_anchors(text: str) -> list[Anchor]:
    """The anchors in a text, which may be a whole mail: quoted, wrapped, with words around them.

    `ValueError` if there is none, or one of them was not copied exactly.
    """
    joined = _BLANK.sub("", _QUOTE.sub("", _QUOTED_PRINTABLE.sub("", text)))
    found = list(_LINE.finditer(joined))
    if joined.count(ANCHOR) > len(found):
        raise ValueError("the anchor is not whole: copy it from its first to its last character")
    if not found:
        raise ValueError(f"there is no anchor in it: a line that begins with {ANCHOR};")
    anchors = []
    for line in found:
        pairs = [pair.rpartition(":") for pair in line[5].split(",")]
        one = Anchor(line[2], line[3], {name: int(seq) for name, _, seq in pairs}, line[6])
        if line[7] != _checksum(line[1]) or int(line[4]) != one.entries:
            raise ValueError(
                "the anchor was changed on its way (its last eight characters do not fit the "
                "rest): copy it again from where it was kept"
            )
        anchors.append(one)
    return anchors


def digest(marks: Mapping[str, Mark]) -> str:
    """One writer's head as it is; of several the SHA-256 of lines `writer seq head`, sorted."""
    if len(marks) == 1:
        return next(iter(marks.values())).h
    lines = "".join(f"{name} {mark.seq} {mark.h}\n" for name, mark in _sorted(marks))
    return hashlib.sha256(lines.encode()).hexdigest()


def _sorted(marks: Mapping[str, Mark]) -> Iterable[tuple[str, Mark]]:
    return sorted(marks.items())


def _must_be_plain(heads: Heads) -> None:
    if not heads.marks:
        raise ValueError("the journal holds no entry yet, so there is no head")
    for name in (heads.deployment, *heads.marks):
        if not re.fullmatch(_ID, name):
            raise ValueError(f"{name!r} is no name that a writer of this product has")


def _checksum(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:8]
