"""What members vouch for, on the command line: per writer, and per entry that does not count."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from config.load import ConfigError, load
from console.clean import clean
from console.clock import SystemClock
from console.domain.entry import Actor
from console.journal import Journal
from console.journal.judging import Judge
from console.journal.members import Standing, members_of

SHOWN_APART = 10


def marks_of(directory: Path) -> dict[tuple[str, int], str]:
    """What is said behind an entry that does not count here, by writer and number."""
    with _judging(directory) as judge:
        if judge is None:
            return {}
        return {
            (entry.writer, entry.seq): f"  [apart: {clean(why, 200)}]" if why else "  [pending]"
            for entry, why in judge.entries()
        }


def standings_of(directory: Path) -> tuple[list[Standing], str]:
    """How far each writer's entries are signed, and why that cannot be told; where members are."""
    with _judging(directory) as judge:
        if judge is None:
            return [], ""
        judge.judge(own=True, keep=False)
        return [book.standing for book in judge.belief.books.values()], judge.trouble


def standing_sentences(standings: list[Standing], trouble: str) -> Iterator[str]:
    """The same for people."""
    for one in standings:
        by = " and ".join(clean(name, 60) for name in one.by)
        told = f"signed up to entry {one.signed} by {by}" if one.signed else "no entry is signed"
        mark = "✗" if one.apart else "✓"
        yield f"{mark} {one.writer}: {told}; {one.pending} pending, {len(one.apart)} apart"
        for entry in one.apart[-SHOWN_APART:]:
            yield f"    entry {entry.seq}, by {clean(entry.who, 60) or 'nobody'}: {_why(entry.why)}"
    if trouble:
        yield f"✗ {_why(trouble)}"


def standing_values(standings: list[Standing], trouble: str) -> dict[str, Any]:
    """The same as plain JSON values."""
    return {
        "trouble": trouble,
        "writers": [
            {
                "writer": one.writer,
                "signed_to": one.signed,
                "by": list(one.by),
                "pending": one.pending,
                "apart": [{"seq": e.seq, "who": e.who, "why": e.why} for e in one.apart],
            }
            for one in standings
        ],
    }


def _why(text: str) -> str:
    return clean(text, 400)


@contextmanager
def _judging(directory: Path) -> Iterator[Judge | None]:
    """What judges the journal there; None where members are not known by their keys.

    That takes a `warroom.toml` that can be read: without one nobody can say who is a member.
    """
    with suppress(ConfigError):
        loaded = load(directory)
        if (members := members_of(loaded)) is not None:
            journal = Journal.open(
                directory,
                loaded.deployment.deployment,
                clock=SystemClock(),
                config_hash="",
                read_only=True,
                genesis_actor=Actor(""),
                members=members,
            )
            with closing(journal):
                journal.read_new()
                yield journal.judging
            return
    yield None
