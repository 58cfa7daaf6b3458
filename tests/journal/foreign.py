"""Another writer's file, as it comes from another host."""

from pathlib import Path

from console.domain.entry import Actor
from console.domain.events import Event, draft
from console.journal.line import seal


def foreign(
    directory: Path,
    deployment: str,
    writer: str,
    *events: tuple[int, float, Actor, Event],
) -> None:
    """Write `journal/<writer>.jsonl`: each event at its clock and time (unix seconds)."""
    prev, lines = "0" * 64, list[bytes]()
    for seq, (clock, at, actor, event) in enumerate(events, 1):
        line = seal(
            draft(actor, event),
            at=at,
            clock=clock,
            deployment=deployment,
            prev=prev,
            seq=seq,
            writer=writer,
        )
        prev = line[-66:-2].decode()
        lines.append(line + b"\n")
    (directory / "journal" / f"{writer}.jsonl").write_bytes(b"".join(lines))
