"""Numbers as people read them, always with their unit. What is unknown is an en dash."""

import math

UNKNOWN = "–"
DAYS_FROM_S = 4 * 86_400
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def duration(seconds: float | None) -> str:
    """A length of time: `12 s`, `6 min`, `29h48m`, `48h`. Part units are cut off, not rounded."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    if seconds < 0:
        return f"-{duration(-seconds)}"
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}h{minutes:02d}m" if minutes else f"{hours}h"


def age(seconds: float | None) -> str:
    """A length of time for a narrow column: `2s`, `6m`, `5h`, `3d`."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    whole = max(0, int(seconds))
    for limit, size, unit in ((60, 1, "s"), (3600, 60, "m"), (172_800, 3600, "h")):
        if whole < limit:
            return f"{whole // size}{unit}"
    return f"{whole // 86_400}d"


def ago(seconds: float | None) -> str:
    """How long ago: `6 min ago`, `15 days ago`; `now` for less than a second."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    if seconds >= DAYS_FROM_S:
        return f"{int(seconds // 86_400)} days ago"
    return "now" if seconds < 1 else f"{duration(seconds)} ago"


def stopwatch(seconds: float | None) -> str:
    """Minutes and seconds: `03:12`, `71:05`."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes:02d}:{rest:02d}"


def number(value: float | None, digits: int = 0, unit: str = "") -> str:
    """A number with thousands commas and its unit: `1,204`, `2.31 s`."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    text = f"{value:,.{digits}f}"
    return f"{text} {unit}" if unit else text


def percent(ratio: float | None, digits: int = 1) -> str:
    """A ratio (0 to 1) in percent: `18.2 %`."""
    return number(None if ratio is None else ratio * 100, digits, "%")


def money(value: float | None, currency: str = "USD") -> str:
    """An amount with its currency (ISO 4217): `$0.021`, `$1.20`, `€1,204`, `0.50 CHF`.

    Amounts under one keep two significant digits, those from a thousand up lose their cents.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    size = abs(value)
    digits = 0 if size >= 1000 else 2
    if 0 < size < 1:
        digits = min(8, max(2, 1 - math.floor(math.log10(size))))
    sign = "-" if value < 0 else ""
    text = f"{size:,.{digits}f}"
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{text}" if symbol else f"{sign}{text} {currency}"


def value_text(unit: str, value: float | None, currency: str) -> str:
    """A metric's value with its unit, which is one of `MetricRule.unit`: `18.2 %`, `$23/h`."""
    match unit:
        case "ratio":
            # Under 10 % a second digit tells 1.03 % from a limit of 1 %.
            return percent(value, 2 if value is not None and 0 < value < 0.0995 else 1)
        case "s":
            return number(value, 2, "s")
        case "money":
            return money(value, currency)
        case "money/h":
            return f"{money(value, currency)}/h" if value is not None else money(value)
        case "calls/h":
            return f"{number(value)}/h" if value is not None else number(value)
        case _:
            return number(value)
