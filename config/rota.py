"""Who answers escalations when (Guide 5.1): shifts by weekday and hour in a zone of their own."""

import re
from datetime import UTC, tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, Strict

from config.base import Line, Model, filled, refusal
from config.guide import Role, RowId

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24:00))")


def zone_of(name: str) -> tzinfo:
    """The IANA zone of that name. Raises `KeyError` or `ValueError` for one that is not known."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _zone(name: str) -> str:
    try:
        zone_of(name)
    except (ZoneInfoNotFoundError, KeyError, ValueError, OSError):
        raise refusal(
            "is no time zone known on this machine; write one such as Europe/London or UTC"
        ) from None
    return name


def _hours(text: str) -> str:
    if not _HOURS.fullmatch(text):
        raise refusal("must be from-to on a 24 h clock, such as 08:00-20:00 or 20:00-08:00")
    start, end = minutes_of(text)
    if start == end:
        raise refusal("begins when it ends; the whole day is 00:00-24:00")
    return text


def minutes_of(hours: str) -> tuple[int, int]:
    """`08:00-20:00` as minutes of the day; an end before the start is on the next day."""
    start, _, end = hours.partition("-")
    return _minute(start), _minute(end)


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


class Shift(Model):
    """Who answers in these hours of these days, and who stands in.

    It is for what notifies `role`, or only for one `row` of the guide. Hours that pass midnight
    belong to the day on which they begin.
    """

    days: Annotated[tuple[Day, ...], Strict(False), AfterValidator(filled)] = Field(default=DAYS)
    hours: Annotated[str, AfterValidator(_hours)] = "00:00-24:00"
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    primary: Line
    backup: Line | None = None
    role: Role = "reviewer"
    row: RowId | None = None
