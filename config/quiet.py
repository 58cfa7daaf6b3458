"""Quiet hours: when somebody is not told of what can wait, on the clock of where they are."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from config.base import refusal

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
# A day of winter and one of summer, looked at every five minutes: zones shift against each other.
_DAYS = (datetime(2026, 1, 14, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))
_STEP = timedelta(minutes=5)


def valid_hours(text: str) -> str:
    """Refuse what is no span of hours; an empty text is none at all."""
    if text and minutes_of(text) is None:
        raise refusal('must be hours such as "22:00-07:00", the end not the start')
    return text


def minutes_of(text: str) -> tuple[int, int] | None:
    """Start and end in minutes of the day; None where `text` is no span."""
    found = _HOURS.fullmatch(text)
    if found is None:
        return None
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    return None if start == end else (start, end)


def valid_zone(text: str) -> str:
    """Refuse the name of a zone that this machine does not know."""
    if text:
        try:
            ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            if not available_timezones():
                raise refusal("no time zones are known on this machine: install tzdata") from None
            raise refusal(f'"{text}" is not a time zone such as "Europe/London"') from None
    return text


def no_other_keys(value: Any) -> Any:
    """Refuse keys that would have quiet hours hold back what is critical."""
    wrong = [key for key in value if _meant_for_critical(key)] if isinstance(value, dict) else []
    if wrong:
        why = "critical notices wait for no quiet hours: remove this key"
        raise refusal(*((why, key) for key in wrong))
    return value


def _meant_for_critical(key: object) -> bool:
    return isinstance(key, str) and "quiet" in key and key != "quiet"


def is_quiet(span: str, zone_name: str, moment: float) -> bool:
    """Whether `moment` (unix seconds) lies in the quiet hours `span` of that zone.

    What the clock on the wall there shows decides, also in the night when it is set.
    """
    found = minutes_of(span)
    if found is None:
        return False
    start, end = found
    there = datetime.fromtimestamp(moment, ZoneInfo(zone_name))
    now = there.hour * 60 + there.minute
    return start <= now < end if start < end else now >= start or now < end


def quiet_together(each: Sequence[tuple[str, str]]) -> str:
    """A time, as `03:00Z`, at which all these (hours, zone) are quiet at once; "" if never."""
    if not each or not all(span for span, _ in each):
        return ""
    for moment in _moments():
        if all(is_quiet(span, name, moment.timestamp()) for span, name in each):
            return moment.strftime("%H:%MZ")
    return ""


def _moments() -> Iterable[datetime]:
    for day in _DAYS:
        for step in range(24 * 12):
            yield day + step * _STEP
