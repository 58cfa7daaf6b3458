"""When something happened, as people write it at the start of a note: `14:02` or `-10m`. Pure."""

import re
from datetime import UTC, datetime, timedelta

import msgspec

from console.domain.times import iso, span, utc

_AGO = re.compile(r"-(\d{1,4})\s?(s|min|m|h|d)(?=\s|:|$)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?(?=\s|:\s|$)")
_FULL = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?(?=\s|:\s|$)"
)
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
DAY_S = 86_400.0


class Understood(msgspec.Struct, frozen=True):
    """What was written: the time in it, None if there is none, and the rest of the text.

    `wrong` says in a sentence why a time in it cannot be taken.
    """

    at: datetime | None
    text: str
    wrong: str = ""

    def words(self, now: float) -> str:
        """How it was understood, for whoever writes it; `now` is unix seconds."""
        if self.wrong:
            return self.wrong
        if self.at is None:
            return ""
        then = self.at.timestamp()
        return f"understood as {iso(then)}, {span(now - then)} ago"


def understood(text: str, now: float) -> Understood:
    """The time at the start of `text`, if there is one, and what follows it.

    `-10m` is that long ago; `14:02` is the latest such time of day, in UTC unless an offset follows
    (`14:02+02:00`); a whole RFC 3339 time is taken as it is.
    """
    text = text.strip()
    if found := _AGO.match(text):
        then = now - int(found[1]) * _SECONDS[found[2]]
        return Understood(utc(then), _rest(text, found))
    if found := _FULL.match(text):
        return _full(text, found, now)
    if found := _CLOCK.match(text):
        return _clock(text, found, now)
    return Understood(None, text)


def _rest(text: str, found: re.Match[str]) -> str:
    return text[found.end() :].lstrip(" :")


def _full(text: str, found: re.Match[str], now: float) -> Understood:
    try:
        then = datetime.fromisoformat(found[0])
    except ValueError:
        return Understood(None, text, f'"{found[0]}" is no time of the calendar')
    then = (then if then.tzinfo else then.replace(tzinfo=UTC)).astimezone(UTC)
    if then.timestamp() > now:
        return Understood(None, text, f"{iso(then.timestamp())} is still to come")
    return Understood(then, _rest(text, found))


def _clock(text: str, found: re.Match[str], now: float) -> Understood:
    hour, minute, second, zone = found[1], found[2], found[3] or "00", found[4] or "Z"
    today = utc(now)
    try:
        time = datetime.fromisoformat(
            f"{today:%Y-%m-%d}T{int(hour):02d}:{minute}:{second}{zone.replace('Z', '+00:00')}"
        ).astimezone(UTC)
    except ValueError:
        return Understood(None, text)  # "50:50 of the answers" is no time of day
    while time.timestamp() > now:
        time -= timedelta(days=1)
    if now - time.timestamp() > DAY_S:
        time += timedelta(days=1)
    return Understood(time, _rest(text, found))
