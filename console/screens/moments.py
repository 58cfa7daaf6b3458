"""Moments as people read them: by the clock and by distance, and in their own zone to plan by."""

from datetime import timedelta

from console.domain.times import clock_text, iso, utc
from widgets.format import ago, duration


def moment_text(moment: float, now: float) -> str:
    """A moment as clock and distance: `14:02:31Z, 6 min ago`, on another day with its date."""
    far = ago(now - moment) if moment <= now else f"in {duration(moment - now)}"
    return f"{clock(moment, now)}, {far}"


def clock(moment: float, now: float) -> str:
    """The time of day in UTC; with the date where it is not today's."""
    return clock_text(moment) if utc(moment).date() == utc(now).date() else iso(moment)


def planned(moment: float, now: float) -> str:
    """By when something is to be done: `16:00:00Z (17:00 here)`, where the local zone differs."""
    local = utc(moment).astimezone()
    if local.utcoffset() == timedelta(0):
        return clock(moment, now)
    today = local.date() == utc(now).astimezone().date()
    return f"{clock(moment, now)} ({local.strftime('%H:%M' if today else '%a %H:%M')} here)"
