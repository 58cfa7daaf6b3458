"""What stands on a metrics page: the values of the series that are asked for, by their labels."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from console.clean import clean
from console.feeds.selectors import Selector

MOST_SERIES = 20_000
_HEADER = re.compile(r"#\s+(?:TYPE|HELP|UNIT)\s+(\S+)")
_FIRST = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


class BadPage(ValueError):
    """A page that is none; the text says why, clean."""


class Page(msgspec.Struct):
    """The series of each count, by a name made of their labels; histograms as upper bound -> count.

    `bad` series have a value that is no count (NaN, infinite, under 0) and are left out; the counts
    that they belong to are `doubtful`.
    """

    counts: dict[str, dict[str, float]]
    buckets: dict[str, dict[str, float]]
    bad: int = 0
    bad_sample: str = ""
    names: set[str] = set()
    doubtful: set[str] = set()

    def knows(self, selectors: Sequence[Selector]) -> bool:
        """Whether the page has one of these families, even if it has no series of it yet."""
        return any(
            one.name in self.names or one.name.rpartition("_")[0] in self.names for one in selectors
        )


def read_page(
    body: bytes,
    content_type: str,
    counts: dict[str, tuple[Selector, ...]],
    latency: Sequence[Selector],
) -> Page:
    """Read a page of Prometheus' text format or of OpenMetrics. Raises `BadPage`.

    Only the lines of the families that are asked for are parsed. `latency` selects histograms; of
    these a series is known by its labels but `le`, and a bound is its text.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadPage("it is not UTF-8 text") from None
    if not any(line.strip() for line in text.splitlines()):
        raise BadPage("it is empty")
    wanted = {selector.name for selectors in counts.values() for selector in selectors}
    wanted |= {f"{one.name}{end}" for one in latency for end in ("", "_bucket", "_count")}
    page = Page({name: {} for name in counts}, {})
    lines = [line for line in text.splitlines() if _is_wanted(line, wanted)]
    page.names = set(filter(None, map(_name_of, lines)))
    openmetrics = "openmetrics" in content_type.lower()
    for number, sample in enumerate(_samples(lines, openmetrics=openmetrics)):
        if number >= MOST_SERIES:
            raise BadPage(f"over {MOST_SERIES:,} series are asked for; narrow the selectors")
        _take(sample, counts, latency, page)
    return page


def _take(
    sample: Any, counts: dict[str, tuple[Selector, ...]], latency: Sequence[Selector], page: Page
) -> None:
    labels: dict[str, str] = sample.labels
    value = float(sample.value)
    meant = False
    for count, selectors in counts.items():
        if any(one.name == sample.name and one.takes(labels) for one in selectors):
            meant = True
            if _counts(value):
                page.counts[count][series_name(sample.name, labels)] = value
            else:
                page.doubtful.add(count)
    for one in latency:
        bound = labels.get("le", "") if sample.name == f"{one.name}_bucket" else ""
        if sample.name == f"{one.name}_count":
            bound = "+Inf"
        if bound and one.takes(labels):
            meant = True
            rest = {name: text for name, text in labels.items() if name != "le"}
            if _counts(value):
                page.buckets.setdefault(series_name(one.name, rest), {})[bound] = value
    if meant and not _counts(value):
        page.bad += 1
        page.bad_sample = page.bad_sample or f"{clean(sample.name, 80)} is {value:g}"


def _counts(value: float) -> bool:
    return math.isfinite(value) and value >= 0


def series_name(name: str, labels: dict[str, str]) -> str:
    """By what a series is known from one page to the next."""
    return "\0".join([name, *(f"{key}={labels[key]}" for key in sorted(labels))])


def _samples(lines: Sequence[str], *, openmetrics: bool) -> Iterator[Any]:
    """The samples in `lines`, as the parser of the format gives them."""
    try:
        yield from _parsed(lines, openmetrics)
    except (ValueError, KeyError, IndexError, AttributeError) as why:
        raise BadPage(f"it cannot be parsed ({clean(str(why), 120)})") from None


def _name_of(line: str) -> str:
    """The family or series that a line is about; empty if none."""
    first = _HEADER.match(line) if line.startswith("#") else _FIRST.match(line)
    return "" if first is None else first[first.re.groups]


def _is_wanted(line: str, wanted: set[str]) -> bool:
    name = _name_of(line)
    if not line.startswith("#"):
        return name in wanted
    return any(f"{name}{end}" in wanted for end in ("", "_total", "_count", "_sum", "_bucket"))


def _parsed(lines: Iterable[str], openmetrics: bool) -> Iterator[Any]:
    # A tenth of a second, and only who scrapes needs it.
    if openmetrics:
        from prometheus_client.openmetrics.parser import (  # noqa: PLC0415 - slow to load
            text_string_to_metric_families as parse,
        )

        text = "\n".join([*lines, "# EOF", ""])
    else:
        from prometheus_client.parser import (  # noqa: PLC0415 - slow to load
            text_string_to_metric_families as parse,
        )

        text = "\n".join([*lines, ""])
    for family in parse(text):  # type: ignore[no-untyped-call]  # the library has no types here
        yield from family.samples
