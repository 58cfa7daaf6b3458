"""Whether a journal still holds the state that a signature or an anchor speaks of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from console.domain.times import iso
from console.journal.chain import Mark
from console.journal.heads import Anchor, Heads, digest
from console.journal.verify import Report, WriterReport

State = Literal["held", "changed", "shorter", "damaged", "missing", "other"]


@dataclass(frozen=True, slots=True)
class Held:
    """`held`: each writer's file begins with just the entries that were known then.

    Otherwise an entry has `changed`, a file is `shorter` or `damaged` before that place, a writer's
    file is `missing`, or it is all of an`other` deployment. `added` counts the entries since, by
    writer; it is empty unless held. `why` is one sentence.
    """

    state: State
    why: str
    added: Mapping[str, int]

    @property
    def count(self) -> int:
        """All entries added since."""
        return sum(self.added.values())


def heads_of(report: Report, at: float) -> Heads:
    """Where a verified journal stands at `at`, in unix seconds."""
    marks = {one.writer: Mark(one.entries, one.head) for one in report.writers if one.entries}
    return Heads(report.deployment, iso(at), marks)


def held(report: Report, known: Heads | Anchor) -> Held:
    """Whether the journal of `report` holds what was `known`, as the beginning of each file."""
    if report.deployment != known.deployment:
        mine = report.deployment or "one without entries"
        return _not("other", f"it is of the deployment {known.deployment}, and this is {mine}")
    files = {one.writer: one for one in report.writers}
    found: dict[str, Mark] = {}
    for name, seq in known.seqs.items():
        if (file := files.get(name)) is None:
            return _not("missing", f"the file of the writer {name} is not here")
        if seq > len(file.hashes):
            return _ends_early(file, seq)
        found[name] = Mark(seq, file.hashes[seq - 1])
    if isinstance(known, Heads):
        for name, mark in known.marks.items():
            if found[name] != mark:
                return _not("changed", f"entry {mark.seq} of {name} is not the one from then")
    elif digest(found) != known.digest:
        where = f"entry {known.entries} of {name}" if len(found) == 1 else "an entry"
        return _not("changed", f"{where} up to there is not the one from then")
    added = {one.writer: one.entries - known.seqs.get(one.writer, 0) for one in report.writers}
    return Held("held", "it is all still there", {name: n for name, n in added.items() if n})


def _ends_early(file: WriterReport, seq: int) -> Held:
    if not file.ok:
        where = f"the file of {file.writer} is damaged at line {file.line}"
        return _not("damaged", f"{where}, before entry {seq}: {file.problem}")
    return _not("shorter", f"{file.writer} held {seq} entries then, and has {len(file.hashes)} now")


def _not(state: State, why: str) -> Held:
    return Held(state, why, {})
