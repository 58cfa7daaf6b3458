"""Minutes that other machines recorded and gave: do they fit what is on record by hash?"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from console.clean import clean
from console.domain.entry import Entry
from console.domain.events import GateDecided, decode
from console.executor.opening import OpenFailed
from console.journal.reader import SUFFIX
from console.reports.cites import minutes_digest
from console.reports.seal import Seal
from console.telemetry import History
from console.telemetry.sheet import MOST_MINUTES, NAME, given_writers, writer_in


class Fit(NamedTuple):
    """Gate decisions of a machine that name minutes: how many, and those whose are others here."""

    named: int
    differing: tuple[str, ...]


def fit_of(directory: Path, entries: Iterable[Entry], writer: str) -> Fit:
    """Hold what was given of `writer` against what its own gate decisions name. Blocks."""
    named, differing, histories = 0, [], dict[str, History]()
    for entry in entries:
        if entry.writer != writer or entry.kind != "gate.decided":
            continue
        event = decode(entry.kind, bytes(entry.data))
        if not isinstance(event, GateDecided) or not event.minutes:
            continue
        named += 1
        for feed, cited in event.minutes.items():
            if not NAME.fullmatch(feed) or cited.until - cited.first > MOST_MINUTES:
                differing.append(f"{writer}/{entry.seq}")
                break
            history = histories.setdefault(feed, History(directory, feed, writer))
            history.stand_at(entry.moment)
            if minutes_digest(cited.first, cited.until, history.series) != cited.sha256:
                differing.append(f"{writer}/{entry.seq}")
                break
    return Fit(named, tuple(differing))


def sealed_with(directory: Path, seal: Seal) -> tuple[str, str]:
    """Whose minutes the document names, and whose the directory has that are the same by hash.

    "" is the machine itself. Where nobody's are the same, those that it names. Blocks. Raises
    `OpenFailed` where these are not here, and for a name that is no writer's of the journal:
    documents say it, and whoever made this one may have put any words there.
    """
    named = next(filter(None, map(writer_in, seal.minutes)), "")
    writes = NAME.fullmatch(named) and (directory / "journal" / f"{named}{SUFFIX}").is_file()
    if named and not writes:
        raise OpenFailed(
            f'it names minutes that "{clean(named, 100)}" recorded, who wrote no entry of the '
            "journal: it is no document of this deployment, or of an older copy of it"
        )
    given = given_writers(directory)
    for writer in dict.fromkeys((named, "", *given)):
        if seal.minutes == _digests(directory, seal.minutes, seal.at, writer):
            return named, writer
    if named and named not in given:
        raise OpenFailed(
            f"it was made from minutes that {named} recorded, and they are not here: "
            f"warroom sync {directory} --telemetry gets them"
        )
    return named, named


def _digests(directory: Path, names: Mapping[str, str], at: float, writer: str) -> dict[str, str]:
    """What is recorded here by `writer` of the feeds that a seal names, as it was at `at`."""
    found = {}
    for name in names:
        feed = name.rpartition("/")[2]
        if not NAME.fullmatch(feed):
            continue
        history = History(directory, feed, writer)
        history.stand_at(at)
        series = history.series
        if series.first is not None and series.last is not None:
            found[name] = minutes_digest(series.first, series.last + 1, series)
    return found
