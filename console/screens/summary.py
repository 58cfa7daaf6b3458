"""The Overview's last lines: what stands, who watches, what is owed, what comes next. Pure."""

from collections.abc import Iterable

from console.clean import clean
from console.domain.checkins import WINDOW_S, left_s, window_of
from console.domain.duties import owed
from console.domain.notices import last_delivered
from console.domain.since import standing_warnings
from console.domain.state import State
from console.room import Picture, Recording
from console.screens.moments import moment_text
from widgets.format import ago, duration
from widgets.items import Item
from widgets.line import fit

RECORDS = {
    "here": "",
    "elsewhere": "another console records",
    "nowhere": "nobody records",
    "past": "",
}


def summary_items(picture: Picture, recording: Recording) -> list[Item]:
    """In the order in which they matter: what is urgent first, then the rest as it stands."""
    items = [item for item in _items(picture, recording) if item[0]]
    return sorted(items, key=lambda item: item[1] in {"muted", ""})


def _items(picture: Picture, recording: Recording) -> Iterable[Item]:
    state, got = picture.state, picture.progress
    live = state.attempt.phase != "readiness"
    true = [trigger.id for trigger in picture.triggers if trigger.state == "true"]
    yield (f"trigger true: {', '.join(true)}", "warn") if true else ("no trigger", "muted")
    yield _incidents(state)
    yield _escalations(state, picture.now)
    yield _warnings(state)
    yield _window(state, picture.now)
    yield checkin_item(picture)
    yield duty_item(state, picture.now)
    if live:
        yield watch_item(state, picture.now)
        yield notice_item(state, picture.now)
    if not live or got.open_hard:
        yield f"checklist {got.confirmed}/{got.total}", "warn" if got.open_hard else "muted"
    if got.open_hard:
        yield f"NO-GO: {len(got.open_hard)} hard items open", "warn"
    if not live:
        day = picture.go_live.expected
        yield f"go-live {day or 'has no date'}", "muted" if day else "warn"
    if bad := sum(view.bad for view in picture.feeds):
        yield f"{bad:,} record{'s' * (bad > 1)} unreadable", "muted"
    yield RECORDS[recording], "warn" if recording == "nowhere" else "muted"


def _incidents(state: State) -> Item:
    count = sum(one.closed_at is None for one in state.incidents.values())
    return (f"{count} incident{'s' * (count > 1)} open", "warn") if count else ("", "")


def _escalations(state: State, now: float) -> Item:
    """How many wait for an end, and how many of them are late."""
    waiting = [one for one in state.escalations.values() if one.resolved_at is None]
    if not waiting:
        return "", ""
    late = sum(one.answered_at is None and one.due < now for one in waiting)
    told = f"{len(waiting):,} escalation{'s' * (len(waiting) > 1)} open"
    return (f"{told}, {late:,} LATE", "warn") if late else (told, "muted")


def _warnings(state: State) -> Item:
    standing = standing_warnings(state)
    if not standing:
        return "", ""
    names = ", ".join(dict.fromkeys(one.metric.replace("-", " ") for one in standing))
    return f"early warning: {clean(names, 60)}", "warn"


def _window(state: State, now: float) -> Item:
    """That the 48 hours are over and nobody has said yet what they amount to."""
    window = window_of(state)
    if window is None or window.end is not None or left_s(window, now):
        return "", ""
    over = duration(window.elapsed(now) - WINDOW_S)
    return f"48 h over since {over}, not assessed (8, A)", "warn"


def checkin_item(picture: Picture) -> Item:
    """When the next check-in is due, and whether the last one is still owed."""
    rounds, now = picture.rounds, picture.now
    if rounds.next_due is None:
        return "", ""
    last = rounds.marks[-1] if rounds.marks else None
    if last is not None and last.kind == "missed":
        return f"check-in LATE by {duration(now - last.due)} (c)", "warn"
    left = rounds.next_due - now
    if left <= 0:
        return f"check-in LATE by {duration(-left)} (c)", "warn"
    return f"check-in in {duration(left)}", "muted"


def duty_item(state: State, now: float) -> Item:
    """What is owed first, how many besides, and how many are overdue."""
    every = owed(state, now)
    if not every:
        return "", ""
    first, overdue = every[0], sum(duty.overdue for duty in every)
    more = f" (1 of {len(every)} duties)" if len(every) > 1 else ""
    if overdue > 1:
        more = f" ({overdue} of {len(every)} duties overdue)"
    return (
        f"{fit(clean(first.title), 48)}: {first.clock}{more}",
        "warn" if first.overdue else "muted",
    )


def watch_item(state: State, now: float) -> Item:
    """Who has the watch since when."""
    shift = state.shift
    if shift is None:
        return "nobody has taken the watch", "warn" if state.status == "in-window" else "muted"
    told = f"{clean(shift.who, 30)} watches since {moment_text(shift.since, now)}"
    return (f"{told}, handed to {clean(shift.handed_to, 30)}" if shift.handed_to else told), "muted"


def notice_item(state: State, now: float) -> Item:
    """When the last notice was delivered."""
    last = last_delivered(state)
    if last is None:
        return "no notice was delivered yet", "muted"
    return f"last notice {ago(now - last.at)} to {clean(last.person, 30)}", "muted"
