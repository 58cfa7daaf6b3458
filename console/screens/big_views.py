"""What the wall's screen says: one word for how it is, the time that is left, and three facts."""

from console.clean import clean
from console.domain.concurrent import unsettled
from console.domain.duties import owed
from console.domain.times import clock_text
from console.domain.unwell import unwell
from console.domain.words import rule_words
from console.room import PastRoom, Picture, WarRoom
from console.screens import views
from console.screens.danger import called_for, rollback_words
from console.screens.moments import planned
from console.screens.summary import RECORDS
from widgets.big import BigView, Tile
from widgets.format import duration, percent
from widgets.line import Tone, dotted

LAST = {"stable": "STABLE", "monitored": "MONITORED"}


def big_view(room: WarRoom, picture: Picture) -> BigView:
    """The wall's picture of `room` at this moment."""
    return BigView(
        _loud(room, picture) or _health(room, picture),
        _time(picture),
        (_alerts(room, picture), _owed(picture), _fresh(room, picture)),
    )


def _loud(room: WarRoom, picture: Picture) -> Tile | None:
    """What needs a hand before all else. The row above says it in full, as on every screen."""
    word = ""
    if rollback_words(room, picture.state):
        word = "ROLLBACK"
    elif called_for(room, picture):
        word = "TRIGGER"
    elif unsettled(picture.state):
        word = "CONTESTED"
    return Tile((word,), tone="alarm") if word else None


def _health(room: WarRoom, picture: Picture) -> Tile:
    """Whether it is well, as far as anybody can know."""
    state, fresh = picture.state, picture.freshness
    if state.attempt.phase == "readiness":
        return _ready(picture)
    breached = [name for name, read in picture.readings.items() if read.verdict == "breach"]
    waiting = [alert for alert in state.firing if alert.acknowledged_at is None]
    if waiting:
        return Tile(("ALERT",), said="nobody has it in hand: a on the Alerts screen", tone="bad")
    if not room.offline and fresh.state != "live":
        word, tone = ("BLIND", "bad") if fresh.state == "down" else ("STALE", "warn")
        age = views.freshness_text(fresh)
        said = age if fresh.age_s is None else f"the picture is {age} old"
        return Tile((word,), said=said, tone=tone)  # type: ignore[arg-type]  # a tone as plain text
    open_ = unwell(state, picture.queue, picture.now)
    if state.firing or breached or open_:
        names = ", ".join(name.replace("-", " ") for name in breached)
        over = f"over its limit: {names}" if names else "within limits again" * bool(state.firing)
        word = "IN HAND" if state.firing else "WATCH"
        return Tile((word,), said=dotted(over, *open_), tone="warn")
    well = sum(read.verdict == "ok" for read in picture.readings.values())
    unknown = ", ".join(
        name.replace("-", " ") for name, read in picture.readings.items() if read.verdict != "ok"
    )
    old = any(read.verdict in {"stale", "down"} for read in picture.readings.values())
    if old or not well:
        word = "STALE" if old else "NO DATA"
        return Tile((word,), said=f"nothing is known by now of {unknown}", tone="warn")
    said = dotted(f"{well} metrics within their limits", unknown and f"not known: {unknown}")
    return Tile((LAST.get(state.status, "HEALTHY"),), said=said, tone="good")


def _ready(picture: Picture) -> Tile:
    hard = len(picture.progress.open_hard)
    back = "rolled back" if picture.state.status == "rolled-back" else ""
    if hard:
        said = f"{hard} hard item{'s' * (hard > 1)} open"
        return Tile(("NO GO",), said=dotted(back, said), tone="warn")
    return Tile(("READY",), said=dotted(back, "no hard item is open"), tone="good")


def _time(picture: Picture) -> Tile:
    """The phase, and what is left of it."""
    state, gate = picture.state, picture.gate
    phase = views.phase_text(state)
    name = phase.upper().replace("CANARY ", "").replace(" %", "%")
    parts = [phase]
    if state.attempt.phase in {"canary", "full"}:
        parts.append(f"{percent(state.attempt.share, 0)} of the traffic")
    if state.attempt.phase == "readiness":
        parts.append(f"go-live {picture.go_live.expected or 'has no date'}")
    if not gate.dwell_s:
        since = f"for {duration(gate.elapsed_s)}"
        return Tile((name, _word(gate.elapsed_s)), dotted(*parts, since), tone="accent")
    left = gate.dwell_s - gate.elapsed_s
    if left <= 0:
        parts.append(f"dwell over, waiting {duration(-left)}")
        return Tile((f"{name} OVER", "OVER"), dotted(*parts), tone="accent")
    parts.append(f"left of {duration(gate.dwell_s)}")
    clock = _word(left)
    return Tile((f"{name} {clock}", clock), dotted(*parts), tone="accent")


def _word(seconds: float) -> str:
    """A length of time in capitals and without a space inside a unit: `17H41M`, `26MIN`."""
    return duration(seconds).upper().replace(" ", "")


def _alerts(room: WarRoom, picture: Picture) -> Tile:
    """How many there are, and the worst by name: a true trigger, then what nobody has in hand."""
    state, true = picture.state, called_for(room, picture)
    firing = sorted(state.firing, key=lambda alert: alert.acknowledged_at is not None)
    late = [
        one
        for one in state.escalations.values()
        if one.resolved_at is None and one.answered_at is None and one.due < picture.now
    ]
    waits = sum(alert.acknowledged_at is None for alert in firing)
    worst = clean(rule_words(firing[0].rule), 60) if firing else "none fires"
    if true:
        worst = f"trigger: {clean(true[0].name, 60)}"
    answered = f"{waits} not acknowledged" if waits else "acknowledged" if firing else ""
    overdue = f"{len(late)} escalation{'s' * (len(late) > 1)} LATE" if late else ""
    said = dotted(worst, answered, overdue)
    tone: Tone = "bad" if true or waits or late else "warn" if firing else "good"
    return Tile((str(len(true) + len(firing)),), "alerts", said, tone)


def _owed(picture: Picture) -> Tile:
    """What is owed first."""
    now, rounds = picture.now, picture.rounds
    dues = [(duty.due, clean(duty.title, 60)) for duty in owed(picture.state, now)]
    if rounds.marks and rounds.marks[-1].kind == "missed":
        dues.append((rounds.marks[-1].due, "check-in"))
    elif rounds.next_due is not None:
        dues.append((rounds.next_due, "check-in"))
    if not dues:
        return Tile(("0",), "owed", "nothing", "good")
    due, title = min(dues)
    more = f"{len(dues) - 1} more" if len(dues) > 1 else ""
    if due <= now:
        late = f"LATE by {duration(now - due)}"
        return Tile(("LATE",), "owed next", dotted(title, late, more), "bad")
    return Tile((_word(due - now),), "owed next", dotted(title, f"by {planned(due, now)}", more))


def _fresh(room: WarRoom, picture: Picture) -> Tile:
    fresh = picture.freshness
    tones: dict[str, Tone] = {"live": "good", "stale": "warn", "down": "bad"}
    age = views.freshness_text(fresh)
    read = age if fresh.age_s is None else f"read {age} ago"
    said = dotted(read, RECORDS[room.recording])
    if isinstance(room, PastRoom):
        return Tile(("THEN",), "picture", f"{fresh.state} at {clock_text(picture.now)}", "warn")
    if room.offline:
        return Tile(("OFF",), "picture", "no endpoint is asked", "warn")
    return Tile((fresh.state.upper(),), "picture", said, tones[fresh.state])
