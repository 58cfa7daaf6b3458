"""What a document was made from, in one line that it carries: enough to make it again.

`verify` in the command line does just that, from the directory, and compares.
"""

import json
from collections.abc import Mapping
from hashlib import sha256

import msgspec

from console.domain.times import iso
from console.journal.chain import Mark
from console.journal.heads import Heads, statement
from console.reports.cites import minutes_digest
from console.reports.document import Block, Code, Document, Heading, Listing, Paragraph
from console.reports.ground import Ground, Options

UNSIGNED = "Not signed: [signing] in warroom.toml names no key."


class Seal(msgspec.Struct, frozen=True):
    """`at` is unix seconds, `heads` the last entry's `h` by writer, `minutes` a digest by feed.

    `directory` is how commands in the document name the deployment. `unasked`: no feed was asked.
    `evidence` says whether the files of evidence were looked at, `broken` which of them were gone
    or not what was hashed. `statement` is the text of the heads that `signature` was made over,
    both "" where there is no entry, or no key. `digest` is the SHA-256 of all the rest.
    """

    kind: str
    at: float
    directory: str
    program: str
    config: str
    heads: Mapping[str, str] = {}
    minutes: Mapping[str, str] = {}
    unasked: bool = True
    person: str = ""
    incident: str = ""
    rollout: int | None = None
    evidence: bool = True
    broken: tuple[str, ...] = ()
    statement: str = ""
    signature: str = ""
    digest: str = ""

    @property
    def options(self) -> Options:
        """What was asked for."""
        return Options(self.person, self.incident, self.rollout)

    @property
    def text(self) -> str:
        """The line, in ASCII."""
        return json.dumps(msgspec.to_builtins(self), sort_keys=True, separators=(",", ":"))

    def closed(self) -> "Seal":
        """The same with its digest."""
        blank = msgspec.structs.replace(self, digest="")
        return msgspec.structs.replace(self, digest=sha256(blank.text.encode()).hexdigest())


def seal_for(ground: Ground, kind: str, options: Options, program: str) -> Seal:
    """The seal of a document of that kind, not signed yet."""
    by_feed = {feed: ground.minutes[metric] for metric, feed in ground.feeds.items()}
    digests = {
        feed: minutes_digest(series.first, series.last + 1, series)
        for feed, series in sorted(by_feed.items())
        if series.first is not None and series.last is not None
    }
    return Seal(
        kind,
        ground.now,
        ground.directory,
        program,
        ground.config_sha256,
        ground.heads,
        digests,
        ground.unasked,
        options.person,
        options.incident,
        options.rollout,
        ground.evidence,
        tuple(sorted(ground.broken)),
        _statement(ground),
    ).closed()


def _statement(ground: Ground) -> str:
    seqs = {entry.h: entry.seq for entry in ground.entries}
    marks = {writer: Mark(seqs[h], h) for writer, h in ground.heads.items() if h in seqs}
    if not marks:
        return ""
    try:
        return statement(Heads(ground.deployment.deployment, iso(ground.now), marks))
    except ValueError:
        return ""


def read_seal(text: str) -> Seal:
    """The seal in its line. Raises `ValueError` for what is none."""
    try:
        seal = msgspec.json.decode(text, type=Seal)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise ValueError(f"its seal cannot be read: {error}") from None
    if seal.closed() != seal:
        raise ValueError("its seal was changed: it does not fit its own digest")
    return seal


def sealed(document: Document, seal: Seal) -> Document:
    """The document with what it was made from at its end, and the seal in its file.

    One that is dense has room for a sentence: heads and signature are in its seal all the same.
    """
    if document.dense:
        blocks = (*document.blocks, Paragraph(_brief(seal)))
        return msgspec.structs.replace(document, blocks=blocks, seal=seal.text)
    lines = [
        f"Written {iso(seal.at)} by warroom {seal.program}",
        f"warroom.toml: SHA-256 {seal.config}",
        *(f"telemetry/{feed}.jsonl: minutes {digest}" for feed, digest in seal.minutes.items()),
    ]
    ending: list[Block] = [
        Heading("Seal"),
        Paragraph(
            "Every figure can be computed again: warroom report verify FILE --dir DIR, "
            "where FILE is this document and DIR the deployment's directory, or a copy of it."
            if seal.unasked
            else "The feeds were asked for this document, so that it cannot be made again."
        ),
        Listing(tuple(lines)),
    ]
    if seal.statement:
        ending.append(Paragraph("The journal's heads:"))
        ending.append(Code(seal.statement.rstrip("\n")))
        if seal.signature:
            ending.append(Paragraph("Signed over exactly these lines (ssh-keygen -Y verify):"))
            ending.append(Code(seal.signature.rstrip("\n")))
        else:
            ending.append(Paragraph(UNSIGNED))
    return msgspec.structs.replace(document, blocks=(*document.blocks, *ending), seal=seal.text)


def _brief(seal: Seal) -> str:
    signed = "signed" if seal.signature else "not signed"
    how = (
        "warroom report verify FILE --dir DIR makes it again"
        if seal.unasked
        else "the feeds were asked for it, so that it cannot be made again"
    )
    return (
        f"Sealed {iso(seal.at)} by warroom {seal.program}, {signed}: {how}. "
        "The journal's heads are in the seal that this file carries."
    )
