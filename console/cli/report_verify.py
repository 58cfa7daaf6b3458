"""`warroom report verify`: the document is made again from the directory and compared."""

import logging
from argparse import Namespace
from pathlib import Path

import msgspec

from config.load import ConfigError, load
from console.cli.exits import CORRUPT, DONE, REFUSED
from console.cli.journal import entries_of
from console.cli.say import say, warn
from console.cli.trust import allowed_signers, verified
from console.domain.entry import Entry
from console.domain.refused import Refused
from console.domain.times import iso
from console.executor.lastgood import LAST_GOOD
from console.journal.signing import SigningError, check
from console.reports.differing import first_difference, seal_difference
from console.reports.ground import Ground, evidenced
from console.reports.kinds import KINDS
from console.reports.seal import Seal, seal_for
from console.reports.written import AnyFormat, format_of, seal_in, written
from console.room import OpenFailed
from console.room.given import sealed_with
from console.room.reported import program, recorded_ground

MOST_BYTES = 256 * 1024 * 1024
MOST_NAMED = 3
LAST_S = 1.0


def verify(args: Namespace) -> int:
    """0 if every figure is what the directory gives, 1 if one differs, 4 on a damaged journal."""
    # What is wrong with a file is said here, once.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    data = _read(args.file)
    form = format_of(data)
    seal = _seal(args.file, data, form)
    try:
        named, whose = sealed_with(args.dir, seal)
        ground = ground_then(args.dir, seal, named, whose)
    except OpenFailed as error:
        if damage := _damage(args.dir):
            warn(f"{args.file} cannot be verified: {damage}")
            return CORRUPT
        raise OpenFailed(f"{args.file} cannot be verified: {error}") from None
    told, changed = difference(data, form, seal, ground)
    if told:
        why = f"; besides, {changed}" if changed else ""
        if ground.deployment.sync.on and "minutes recorded" in changed:
            why += f". If another machine made it: warroom sync {args.dir} --telemetry"
        warn(f"✗ {args.file} is NOT what {args.dir} gives: {told}{why}")
        return REFUSED
    before, since = _besides(args.dir, seal)
    if before:
        warn(f"✗ {args.file} leaves out {_named(before)}, written before its moment {iso(seal.at)}")
        return REFUSED
    say(
        f"✓ {args.file}: made again from {args.dir} as of {iso(seal.at)}, every figure and all "
        f"else in it is the same ({len(data):,} bytes)",
        f"Of the journal: {len(ground.entries):,} entries, all that were there then; "
        f"{len(since):,} more since",
        *([f"Its minutes are those that {whose} recorded, the same by hash"] if whose else []),
        *(f"But {one}; none of the figures is another for it" for one in filter(None, [changed])),
        *_config_trouble(args.dir),
    )
    signed = _signature(seal, args.dir)
    if ground.trouble:
        warn(f"what follows those entries is damaged: {ground.trouble}")
        return CORRUPT
    return signed


def _seal(path: Path, data: bytes, form: AnyFormat) -> Seal:
    try:
        seal = seal_in(data, form)
    except ValueError as error:
        raise OpenFailed(f"{path} cannot be verified: {error}") from None
    if seal.kind not in KINDS:
        raise OpenFailed(f"{path} is of a kind that is not known here: {seal.kind[:40]!r}")
    if not seal.unasked:
        raise OpenFailed(
            f"{path} cannot be verified: the feeds were asked for it, and what they said then "
            "is not on record; write it with --offline"
        )
    if not seal.heads:
        raise OpenFailed(
            f"{path} was written before the journal had an entry: there is nothing to verify"
        )
    return seal


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise OpenFailed(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > MOST_BYTES:
        raise OpenFailed(f"{path} is larger than any report is")
    return data


def ground_then(directory: Path, seal: Seal, named: str = "", whose: str = "") -> Ground:
    """What a document with this seal is made from; `OpenFailed` where its entries are not there.

    `named` and `whose` are as `sealed_with` gives them.
    Of evidence it knows what was seen then; what is gone since is a difference of its own.
    """
    ground = recorded_ground(directory, seal.at, seal.heads, whose, named)
    if not seal.evidence:
        ground = evidenced(ground, None)
    return msgspec.structs.replace(ground, directory=seal.directory)


def difference(data: bytes, form: AnyFormat, seal: Seal, ground: Ground) -> tuple[str, str]:
    """The first figure or word that differs, and what of the record is another now than then.

    Each "" where there is none. What only the record's hashes tell is no difference by itself.
    """
    fresh = seal_for(ground, seal.kind, seal.options, seal.program)
    # The last good config stands in for one that cannot be read: then nobody knows its hash.
    config = seal.config if fresh.config == LAST_GOOD else fresh.config
    changed = seal_difference(seal, msgspec.structs.replace(fresh, config=config))
    again = msgspec.structs.replace(
        fresh,
        config=seal.config,
        minutes=seal.minutes,
        broken=seal.broken,
        signature=seal.signature,
    ).closed()
    then = msgspec.structs.replace(ground, config_sha256=seal.config)
    if seal.evidence:
        then = evidenced(then, frozenset(seal.broken))
    try:
        found = written(then, again, form)
    except Refused as error:
        return str(error), changed
    told = first_difference(data, found, form)
    if told and seal.program != program():
        told += f" (it was written by warroom {seal.program}, this is {program()})"
    return told, changed


def _besides(directory: Path, seal: Seal) -> tuple[list[Entry], list[Entry]]:
    """The entries that the heads do not cover: those dated before the document's moment, the rest.

    What is dated within its last second may have been written just after it.
    """
    entries, _ = entries_of(directory)
    last = {one.writer: one.seq for one in entries if seal.heads.get(one.writer) == one.h}
    left = [one for one in entries if one.seq > last.get(one.writer, 0)]
    until = seal.at - LAST_S
    before = [one for one in left if one.at.timestamp() < until]
    return before, [one for one in left if one.at.timestamp() >= until]


def _named(entries: list[Entry]) -> str:
    names = ", ".join(f"{one.writer}/{one.seq} {one.kind}" for one in entries[:MOST_NAMED])
    more = len(entries) - MOST_NAMED
    return f"{len(entries):,} entries ({names}{f' and {more:,} more' if more > 0 else ''})"


def _damage(directory: Path) -> str:
    """What is wrong with the journal, in a sentence; "" if nothing is."""
    for one in verified(directory).writers:
        if not one.ok:
            return f"{one.file}, line {one.line}: {one.problem}"
    return ""


def _config_trouble(directory: Path) -> list[str]:
    try:
        load(directory)
    except ConfigError as error:
        return [
            "But warroom.toml cannot be read, so the last good one was used; "
            f"none of the figures is another for it: {error}"
        ]
    return []


def _signature(seal: Seal, directory: Path) -> int:
    """Say whose signature stands under the heads.

    1 where it does not fit them, and where allowed signers are named and none of them signed.
    """
    allowed = allowed_signers(directory)
    if not seal.signature:
        if allowed is None:
            say("Not signed")
            return DONE
        warn(f"✗ not signed, and {allowed} says who may sign")
        return REFUSED
    try:
        told = check(seal.statement.encode(), seal.signature, allowed, iso(seal.at))
    except SigningError as error:
        warn(f"signature not checked: {error}")
        return REFUSED
    if told.state == "bad" or (told.state == "untrusted" and allowed is not None):
        warn(f"✗ signature: {told.why}")
        return REFUSED
    say(f"{'✓' if told.state == 'trusted' else '?'} signature over the heads: {told.why}")
    return DONE
