"""`warroom journal verify`: what was checked, who vouches for it, and what nobody can know."""

import os
import stat
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.clean import clean
from console.cli.exits import CORRUPT, DONE, REFUSED
from console.cli.say import say, say_json, warn
from console.cli.standing import standing_sentences, standing_values, standings_of
from console.cli.trust import (
    CODES,
    REPORTS,
    allowed_signers,
    anchors_of,
    sentence,
    verified,
)
from console.journal.heads import Anchor, Heads, parse_statement
from console.journal.held import Held, held
from console.journal.signing import Signed, SigningError, check
from console.journal.verify import Report, WriterReport, verify_copy
from console.room import OpenFailed

MOST_STATEMENT = 1 << 20
MOST_SIGNATURE = 1 << 14


@dataclass(frozen=True)
class Vouched:
    """A signature that was looked at: `heads` and `answer` are None where there is no statement.

    `asked` says whether there were allowed signers to ask about the key.
    """

    file: Path
    signed: Signed
    asked: bool
    heads: Heads | None = None
    answer: Held | None = None

    @property
    def code(self) -> int:
        """What it means for the exit code. A key that nobody was asked about is no failure."""
        if self.signed.state == "bad" or self.answer is None:
            return REFUSED
        stranger = self.asked and self.signed.state != "trusted"
        return max(CODES.get(self.answer.state, REFUSED), REFUSED if stranger else DONE)


def verify(args: Namespace) -> int:
    """`warroom journal verify`.

    0 if every line verifies and every signature and anchor holds; 4 if a line does not, or what
    was signed or anchored is no longer there; 1 if a signature is bad or of an unknown key, or
    entries are kept apart.
    """
    allowed = args.allowed_signers
    if args.dir.is_dir():
        report = verified(args.dir)
        allowed = allowed or allowed_signers(args.dir)
        files = [*_beside(args.dir / REPORTS), *args.signature]
        standings, trouble = standings_of(args.dir)
    else:
        report, files = _of_file(args.dir), args.signature
        standings, trouble = [], ""
    anchors = [(one, held(report, one)) for one in anchors_of(args.anchors)]
    vouched = [_look(file, report, allowed) for file in files]
    inside = allowed is not None and bool(vouched) and _lies_in(allowed, args.dir)
    if inside:
        warn(
            f"{allowed} lies in {args.dir} itself: whoever rewrites the journal can put a key of "
            "theirs into it; keep it where others cannot write"
        )
    codes = [DONE if report.ok else CORRUPT]
    codes += [CODES.get(answer.state, REFUSED) for _, answer in anchors]
    codes += [one.code for one in vouched]
    codes += [REFUSED] if trouble or any(one.apart for one in standings) else []
    if args.json:
        told = {"members": standing_values(standings, trouble)} if standings or trouble else {}
        say_json(_values(report, anchors, vouched, inside) | told)
    else:
        say(*standing_sentences(standings, trouble))
        say(*_sentences(report, anchors, vouched, inside))
    return max(codes)


def _lies_in(file: Path, directory: Path) -> bool:
    """Whether the file, or a link that leads to it, is in the directory."""
    place = directory.resolve()
    return any(place in one.parents for one in (file.resolve(), Path(os.path.abspath(file))))  # noqa: PTH100 -- resolve() would follow the link


def _of_file(file: Path) -> Report:
    try:
        return verify_copy(file)
    except OSError as error:
        raise OpenFailed(f"{file} cannot be read: {error.strerror}") from None


def _beside(folder: Path) -> list[Path]:
    """The signatures of statements that lie in `folder`."""
    found = sorted(folder.glob("*.sig")) if folder.is_dir() else []
    return [file for file in found if _is_statement(file)]


def _is_statement(file: Path) -> bool:
    try:
        return _read(file.with_suffix(""), 64).startswith("warroom journal heads ")
    except OSError:
        return True  # a signature whose text is gone is worth a word


def _look(file: Path, report: Report, allowed: Path | None) -> Vouched:
    text = file.with_suffix("")
    if file.suffix != ".sig":
        raise OpenFailed(f"{file} is no FILE.sig; the statement it signs lies beside it as FILE")
    try:
        given, signature = _read(text, MOST_STATEMENT), _read(file, MOST_SIGNATURE)
    except OSError as error:
        why = f"{error.filename}: {error.strerror}"
        return Vouched(file, Signed("bad", "", "", why), allowed is not None)
    try:
        heads = parse_statement(given)
    except ValueError as error:
        return Vouched(file, Signed("bad", "", "", f"{text.name}: {error}"), allowed is not None)
    try:
        signed = check(given.encode(), signature, allowed, heads.at)
    except SigningError as error:
        raise OpenFailed(str(error)) from None
    return Vouched(file, signed, allowed is not None, heads, held(report, heads))


def _read(path: Path, most: int) -> str:
    """The beginning of a regular file, in Latin-1: it refuses no byte, and the parsers do."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(0, "it is not a regular file", str(path))
        return stream.read(most).decode("latin-1")


def _sentences(
    report: Report, anchors: list[tuple[Anchor, Held]], vouched: list[Vouched], inside: bool
) -> Iterable[str]:
    for writer in report.writers:
        yield _of_writer(writer)
    if not report.writers:
        yield "no journal has been written yet"
    if report.redacted:
        kept = report.entries - report.redacted
        links = "links hold" if report.ok else "links do NOT hold"
        yield (
            f"This is a redacted copy: {links}, {kept} entries are unchanged and verified, "
            f"{report.redacted} are redacted and not verifiable."
        )
    for one in vouched:
        yield _of_signature(one)
    if report.writers and not vouched:
        yield "No signature was found or given (warroom journal sign)."
    for known, answer in anchors:
        yield sentence(known, answer)
    yield f"Checked: {report.checked}"
    yield f"Not known: {_unknown(report, anchors, vouched, inside)}"


def _of_writer(writer: WriterReport) -> str:
    if not writer.ok:
        return (
            f"✗ {writer.writer}: line {writer.line}, byte {writer.offset}: {writer.problem} "
            f"({writer.entries} entries before it verify)"
        )
    told = f"✓ {writer.writer}: {writer.entries} entries, head {writer.head}"
    if writer.recovered:
        told += f", {writer.recovered} torn and healed"
    if writer.torn:
        told += f", {writer.torn} bytes at the end whose append never ended"
    if writer.loose:
        told += f"; its last {writer.loose} are redacted, and nothing in the file holds their hash"
    return told


def _of_signature(one: Vouched) -> str:
    heads, answer, signed = one.heads, one.answer, one.signed
    name = one.file.name
    if heads is None or answer is None or signed.state == "bad":
        return f"✗ {name}: NOT a valid signature: {clean(signed.why, 400)}"
    mark = "✓" if signed.state == "trusted" and answer.state == "held" else "✗"
    if not one.asked and answer.state == "held":
        mark = "?"
    told = f"{mark} {name}: {clean(signed.why, 400)}, said at {heads.at}"
    if answer.state != "held":
        return f"{told}: NOT this journal: {clean(answer.why, 400)}"
    ends = ", ".join(f"entry {seq} of {name}" for name, seq in sorted(heads.seqs.items()))
    after = ", ".join(f"{count} by {name}" for name, count in sorted(answer.added.items()))
    return f"{told}, up to {ends}; unsigned after that: {after or 'nothing'}"


def _unknown(
    report: Report, anchors: list[tuple[Anchor, Held]], vouched: list[Vouched], inside: bool
) -> str:
    """What stays unknown; what somebody else holds on to limits who could have rewritten it.

    Signers limit nobody where the list of whose keys count lies `inside` what could be rewritten.
    """
    holds = [f"anchored at {one.at}" for one, answer in anchors if answer.state == "held"]
    holds += [
        f"signed by {clean(one.signed.who, 100)} at {one.heads.at}"
        for one in vouched
        if not inside and one.signed.state == "trusted"
        if one.answer and one.heads and one.answer.state == "held"
    ]
    if not holds:
        return report.unknown
    return (
        f"{report.unknown} But what was {', '.join(holds)} was so when that was made: to rewrite "
        "it since takes the signer's key, or the place where the anchor is kept."
    )


def _values(
    report: Report, anchors: list[tuple[Anchor, Held]], vouched: list[Vouched], inside: bool
) -> dict[str, Any]:
    """The same as plain JSON values."""
    return {
        "ok": report.ok,
        "deployment": report.deployment,
        "entries": report.entries,
        "redacted": report.redacted,
        "writers": [
            {
                "writer": one.writer,
                "ok": one.ok,
                "entries": one.entries,
                "head": one.head,
                "redacted": one.redacted,
                "redacted_at_end": one.loose,
                "recovered": one.recovered,
                "torn_bytes": one.torn,
                "remembered": one.remembered,
                "problem": None
                if one.ok
                else {"line": one.line, "byte": one.offset, "why": one.problem},
            }
            for one in report.writers
        ],
        "signatures": [
            {
                "file": str(one.file),
                "state": one.signed.state,
                "who": one.signed.who,
                "key": one.signed.key,
                "why": one.signed.why,
                "at": one.heads and one.heads.at,
                "up_to": one.heads and dict(one.heads.seqs),
                "journal": one.answer and one.answer.state,
                "unsigned_after": one.answer and dict(one.answer.added),
            }
            for one in vouched
        ],
        "anchors": [
            {"at": one.at, "entries": one.entries, "journal": answer.state, "why": answer.why}
            | {"added": dict(answer.added)}
            for one, answer in anchors
        ],
        "checked": report.checked,
        "allowed_signers_inside": inside,
        "unknown": _unknown(report, anchors, vouched, inside),
    }
