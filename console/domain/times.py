"""Times and lengths of time, in the forms that people and JSON use."""

from datetime import UTC, datetime

# What a date can hold: a time from a journal, in a zone of its own, may lie just outside.
_FIRST, _LAST = -62_135_596_800.0, 253_402_300_799.0


def utc(moment: float) -> datetime:
    """Unix seconds as a UTC datetime; what no calendar holds is its first or last day."""
    return datetime.fromtimestamp(min(max(moment, _FIRST), _LAST), UTC)


def iso(moment: float) -> str:
    """Unix seconds as RFC 3339 in UTC to the second, e.g. `2026-12-01T14:02:31Z`."""
    return utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_or_none(moment: float | None) -> str | None:
    """As `iso`; None for what has no time (yet)."""
    return None if moment is None else iso(moment)


def clock_text(moment: float) -> str:
    """Unix seconds as the time of day in UTC, e.g. `14:02:31Z`."""
    return utc(moment).strftime("%H:%M:%SZ")


def span(seconds: float) -> str:
    """A length of time in the two units that matter, e.g. `29h48m`, `6 min`, `12 s`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}h{minutes:02d}m" if minutes else f"{hours}h"


def stamp(moment: float) -> str:
    """Unix seconds as a short name for things that begin then, e.g. `20261201T140231`."""
    return utc(moment).strftime("%Y%m%dT%H%M%S")
