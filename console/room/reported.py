"""A deployment as the reports read it: one moment, with all entries."""

import asyncio
import shlex
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec

from config.guide import metric_rules
from config.load import load
from console.clock import clock_for
from console.domain.gates import evaluate
from console.domain.standing import standing_of
from console.domain.state import State
from console.executor.opening import OpenFailed
from console.journal.signing import SigningError, sign
from console.reports.ground import Ground, Options
from console.reports.kinds import KINDS
from console.reports.seal import Seal, seal_for
from console.room.past import open_past
from console.room.room import WarRoom
from console.telemetry.sheet import sheet_name


def report_ground(room: WarRoom, *, unasked: bool = False, minutes_of: str = "") -> Ground:
    """What reports are made from, now; `unasked`: no feed was asked for it. Blocks.

    `minutes_of` is who recorded the minutes, where that is another machine.
    """
    picture = room.take_picture()
    looker = room.looker
    metrics = [rule.id for rule in metric_rules()]
    return Ground(
        now=picture.now,
        deployment=room.deployment,
        state=picture.state,
        items=picture.items,
        go_live=picture.go_live,
        gate=evaluate(picture.state, picture.facts),  # without the paths of this machine
        entries=tuple(room.record.entries),
        heads=room.record.journal.heads,
        trouble=room.record.journal.trouble,
        unasked=unasked,
        minutes={metric: looker.series(metric) for metric in metrics},
        feeds={
            metric: sheet_name(room.deployment.feed_of(metric).id, minutes_of) for metric in metrics
        },
        minutes_of=minutes_of,
        probes=_probes(room, picture.state),
        broken=picture.facts.broken,
        standing=standing_of(picture.facts),
        config_sha256=room.config_sha256,
        directory=shlex.quote(str(room.directory.resolve())),
    )


def recorded_ground(
    directory: Path,
    at: float | None = None,
    heads: Mapping[str, str] | None = None,
    minutes_of: str = "",
    named: str | None = None,
) -> Ground:
    """What reports are made from as the directory holds it, so that it can be had again.

    `at` (unix seconds) is the present moment without one, `heads` are as in `open_past`; without
    them all entries count, however they are dated; `minutes_of` is as there, too, and
    `named` what the document is to call that machine ("": this one) if another. Blocks, in a thread
    without a running loop. Raises `ConfigError` or `OpenFailed`.
    """
    room: WarRoom
    try:
        now = clock_for(load(directory).directory).now() if at is None else at
        room = open_past(directory, now, heads=heads, whole=heads is None, minutes_of=minutes_of)
    except (OpenFailed, ValueError, KeyError):
        if heads or minutes_of:
            raise
        # No entry yet, or what a room says better.
        room = WarRoom.open(directory, read_only=True, offline=True)
    try:
        return report_ground(room, unasked=True, minutes_of=minutes_of if named is None else named)
    finally:
        asyncio.run(room.close())


def sealed_for(ground: Ground, kind: str, options: Options, directory: Path) -> Seal:
    """The seal of a document, signed where `warroom.toml` names a key. Raises `OpenFailed`."""
    if not KINDS[kind].commands:  # nothing in it names the directory: a path is nobody's business
        ground = msgspec.structs.replace(ground, directory="DIR")
    seal = seal_for(ground, kind, options, program())
    key = ground.deployment.signing.key
    if key is None or not seal.statement:
        return seal
    try:
        signature = sign(seal.statement.encode(), directory / Path(key).expanduser())
    except SigningError as error:
        raise OpenFailed(f"the report cannot be signed: {error}") from None
    return msgspec.structs.replace(seal, signature=signature).closed()


def program() -> str:
    """The version of this program."""
    return version("warroom")


def _probes(room: WarRoom, state: State) -> dict[str, bytes]:
    """The records of the live checks that are still what was hashed."""
    kept = {}
    for run in state.probes.values():
        with suppress(OSError):
            raw = (room.directory / "evidence" / run.sha256).read_bytes()
            if sha256(raw).hexdigest() == run.sha256:
                kept[run.sha256] = raw
    return kept
