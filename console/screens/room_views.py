"""From who is here and how it stands with other machines to what widgets show. Pure."""

from collections.abc import Mapping, Sequence

from console.clean import clean
from console.domain.concurrent import contested_words
from console.domain.presence import Present
from console.domain.state_contested import Contested
from console.domain.times import clock_text, span
from console.journal.members import Apart, Pending
from console.sync.status import Peer, SyncStatus
from widgets import glyphs
from widgets.line import Tone, dotted
from widgets.room import MachineView, PersonView, RoomView

PAST: tuple[tuple[str, Tone], ...] = (("who was here then is not on record", "muted"),)


def company_text(others: int) -> str:
    """How many are here besides whoever looks; empty for nobody."""
    return f"+{others} here" if others else ""


def sync_text(status: SyncStatus, now: float) -> tuple[str, Tone]:
    """The state of the sync for the status line, e.g. `○ alone 3 min`; empty without one."""
    match status.state:
        case "synced":
            return f"{glyphs.SYNCED} synced", "good"
        case "catching-up":
            left = f" {status.missing:,}" if status.missing else ""
            return f"{glyphs.SYNCED} catching up{left}", "warn"
        case "alone":
            return f"{glyphs.ALONE} alone {span(now - status.since)}", "warn"
    return "", ""


def room_view(
    present: tuple[Present, ...],
    me: str,
    status: SyncStatus,
    own: tuple[str, Mapping[str, int]],
    now: float,
    *,
    trouble: str = "",
    pending: tuple[str, ...] = (),
    apart: tuple[str, ...] = (),
    contested: tuple[str, ...] = (),
    past: bool = False,
) -> RoomView:
    """`me` is this process's id; `own` this writer's name, and each writer's number of entries.

    `pending`, `apart` and `contested` are sentences. Of the `past` only the machines are known.
    """
    writer, entries = own
    peers = {peer.writer: peer for peer in status.peers}
    others = sorted({*peers, *entries} - {writer})
    machines = [_own(writer, entries.get(writer, 0), status)] if writer else []
    machines += [_machine(name, entries.get(name, 0), peers.get(name), now) for name in others]
    return RoomView(
        tuple(_person(one, me, now) for one in present),
        tuple(machines),
        PAST if past else _sync(status, now),
        clean(trouble, 400),
        tuple(clean(text, 400) for text in pending),
        tuple(clean(text, 400) for text in apart),
        tuple(clean(one.words, 400) for one in status.refused),
        tuple(clean(text, 400) for text in contested),
    )


def pending_words(one: Pending) -> str:
    """Of a writer what nobody has signed yet."""
    return f"{one.count:,} of {one.writer} since {clock_text(one.since)}, not signed yet"


def apart_words(apart: Sequence[Apart]) -> tuple[str, ...]:
    """What changes nothing, and why: a sentence for each writer and reason."""
    groups: dict[tuple[str, str], list[int]] = {}
    for one in apart:
        groups.setdefault((one.writer, one.why), []).append(one.seq)
    return tuple(f"{_numbers(seqs)} of {writer}: {why}" for (writer, why), seqs in groups.items())


def _numbers(seqs: Sequence[int]) -> str:
    if len(seqs) == 1:
        return f"entry {seqs[0]}"
    return f"{len(seqs):,} entries, {seqs[0]} to {seqs[-1]},"


def contested_sentence(one: Contested) -> str:
    """Both sides, and whether a person has seen to it."""
    seen = f" · acknowledged by {one.acknowledged_by}" if one.acknowledged_at is not None else ""
    return f"{contested_words(one)}{seen or ' · not acknowledged'}"


def person_part(one: Present) -> str:
    """What a process does besides being looked at."""
    runs = f"carries out {', '.join(one.runs)}" if one.runs else ""
    return dotted("records" if one.recording else "", runs)


def _person(one: Present, me: str, now: float) -> PersonView:
    mine = one.id == me
    return PersonView(
        clean(one.name, 40),
        clean(", ".join(one.roles), 100),
        f"since {clock_text(one.since)}, {span(now - one.since)}",
        clean(one.host, 40),
        f"{one.what}, this one" if mine else one.what,
        clean(person_part(one), 100),
        mine,
    )


def _own(writer: str, entries: int, status: SyncStatus) -> MachineView:
    waits = f"{status.waiting:,} nobody else has yet" if status.waiting else ""
    return MachineView(clean(writer, 60), f"{entries:,} entries", "this account", waits, me=True)


def _machine(writer: str, entries: int, peer: Peer | None, now: float) -> MachineView:
    heard, holds = "", ""
    if peer is not None:
        entries = max(entries, peer.entries)
        ago = None if peer.heard_at is None else now - peer.heard_at
        heard = "not heard since the start" if ago is None else f"heard {span(ago)} ago"
        holds = "" if peer.acked is None else f"holds {peer.acked:,} of ours"
    return MachineView(clean(writer, 60), f"{entries:,} entries", heard, holds)


def _sync(status: SyncStatus, now: float) -> tuple[tuple[str, Tone], ...]:
    """The state with since when and why, and what is on its way."""
    if status.state == "off":
        return (("not configured: this machine keeps its own record ([sync])", "muted"),)
    text, tone = sync_text(status, now)
    since = "" if status.state == "alone" else f"for {span(now - status.since)}"
    who = "carried by this process" if status.here else "carried by another process here"
    waiting = f"{status.waiting:,} entries wait to be sent" if status.waiting else ""
    missing = f"{status.missing:,} are known of and not here yet" if status.missing else ""
    rows: list[tuple[str, Tone]] = [(dotted(text, since, who), tone)]
    rows += [(why, "warn") for why in (clean(status.why, 300),) if why]
    rows += [(told, "") for told in (dotted(waiting, missing),) if told]
    return tuple(rows)
