"""How the report writes its values: the same words for the same thing everywhere."""

import re
from collections.abc import Mapping

from config.guide import metric_rules
from console.reports.document import Cited, Inline
from console.reports.golive.rows import Marks, Said
from widgets.format import UNKNOWN, duration, number, value_text

_MOMENT = re.compile(r"\b(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2}Z)")
_UNITS: Mapping[str, str] = {
    **{rule.id: rule.unit for rule in metric_rules()},
    "accuracy-held": "ratio",
    "latency-held": "s",
    "cost-held": "money",
    "cost-within-forecast": "money",
}


def cited(one: Said) -> Inline:
    """A sentence with its sources."""
    text = date(one.text)
    return Cited(text, one.sources) if one.sources else text


def cites(marks: Marks) -> Inline:
    """Only the sources, for a column of their own."""
    return Cited("", marks) if marks else UNKNOWN


def date(text: str) -> str:
    """RFC 3339 times as people read them, `2026-12-01 14:02:31Z`; any other text as it is."""
    return _MOMENT.sub(r"\1 \2", text)


def seconds(length: float | None) -> str:
    """A length of time."""
    return duration(length)


def value(name: str, held: float | None, currency: str) -> str:
    """The value of a metric or criterion with its unit."""
    if held is None:
        return UNKNOWN
    unit = _UNITS.get(name, "")
    if unit == "calls/h":
        return f"{number(held)} calls/h"
    if unit and unit != "flags":
        return value_text(unit, held, currency)
    return number(held, 0 if held == int(held) else 2)


def count(n: int | None) -> str:
    """How many, where anybody knows."""
    return "not known" if n is None else f"{n:,}"


def bounds_words(name: str, over: float | None, under: float | None, currency: str) -> str:
    """What a metric may be."""
    told = []
    if over is not None:
        told.append("none" if over == 0 else f"≤ {value(name, over, currency)}")
    if under is not None:
        told.append(f"≥ {value(name, under, currency)}")
    return " and ".join(told) or "not known"
