"""What a log may hold elsewhere than the field map looks: said beside a backtest's figures."""

from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from config.feed import CallField
from console.clean import clean
from console.domain.minutes import Totals
from console.feeds.fitting import fit
from console.feeds.log_file import Inflater, LogFile
from console.feeds.proposing import Proposal, propose
from console.feeds.samples import NoSample, sample_of
from console.room.backtesting import Source

_SAMPLE_BYTES = 512 * 1024
_COUNTED: tuple[CallField, ...] = ("at", "latency_s", "error", "escalation", "cost", "flags")


def misread(path: Path, source: Source, totals: Totals) -> list[str]:
    """In clauses, where what the map finds nowhere may be. Raises `OSError`.

    Empty where every figure has something behind it: nobody need look at the log again.
    """
    told = (totals.timed, totals.errors, totals.escalations, totals.costed, totals.flags)
    if totals.calls and all(told):
        return []
    with LogFile(path) as file:
        data, _ = file.read(0, _SAMPLE_BYTES, Inflater(file.inode))
    whole = data.rfind(b"\n") + 1
    try:
        sample = sample_of(data[: whole or len(data)])
    except NoSample:
        return []
    if sample.traced:
        return [f"it holds spans and no calls: see warroom fields {quote(clean(str(path), 200))}"]
    fitted = {one.field: one for one in fit("", source.fields, sample).fields}
    lacking = [name for name in _COUNTED if not fitted[name].present]
    return list(_hints(source, lacking, propose(sample), path))


def _hints(
    source: Source, lacking: list[CallField], proposal: Proposal, path: Path
) -> Iterator[str]:
    found = False
    for name in lacking:
        guess = proposal.fields.get(name)
        if guess is None:
            continue
        held = source.fields.get(name)
        where = "the map does not name" if held is None else f'is not at "{clean(held.path, 60)}"'
        how = f' as "{guess.transform}"' if guess.transform else ""
        at = f'did you mean "{clean(guess.path, 60)}"{how}?'
        yield f"{where} `{name}`: {at}" if held is None else f"`{name}` {where}: {at}"
        found = True
    if found:
        yield f"warroom fields {quote(clean(str(path), 200))} writes a map"
