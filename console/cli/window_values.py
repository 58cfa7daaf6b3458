"""The first 48 hours as plain JSON values: times RFC 3339, lengths in seconds, ratios 0 to 1."""

from typing import Any

import msgspec

from console.domain.assessment import Outlook
from console.domain.checkins import left_s, window_of
from console.domain.decide_window import known_limitations
from console.domain.notices import last_delivered
from console.domain.since import standing_warnings
from console.domain.state import State
from console.domain.times import iso, iso_or_none
from console.domain.window import review_of
from console.room import Picture


def outlook_of(outlook: Outlook) -> dict[str, Any]:
    """The framework as plain JSON values."""
    return {
        "proposed": outlook.proposed,
        "holds": outlook.holds,
        "why": outlook.why,
        "signals": [msgspec.to_builtins(signal) for signal in outlook.signals],
        "caveats": [msgspec.to_builtins(caveat) for caveat in outlook.caveats],
        "missing": list(outlook.missing),
        "waits_for": outlook.gate.waits_for,
    }


def window_values(picture: Picture) -> dict[str, Any] | None:
    """The window in `warroom status --json`: times RFC 3339, lengths in seconds; None without."""
    state, window = picture.state, window_of(picture.state)
    if window is None:
        return None
    rounds, review, shift = picture.rounds, review_of(state), state.shift
    last, outlook, held = last_delivered(state), picture.outlook, state.status == "stable"
    return {
        "attempt": window.attempt,
        "started_at": iso(window.start),
        "ended_at": iso_or_none(window.end),
        "elapsed_s": round(window.elapsed(picture.now)),
        "left_s": round(left_s(window, picture.now)),
        "checkins": {
            "kept": rounds.count("kept"),
            "late": rounds.count("late"),
            "missed": rounds.count("missed"),
            "next_due": iso_or_none(rounds.next_due),
            "marks": [
                {
                    "kind": mark.kind,
                    "due": iso(mark.due),
                    "at": iso_or_none(mark.at),
                    "by": mark.by,
                }
                for mark in rounds.marks
            ],
        },
        "shift": None
        if shift is None
        else {"who": shift.who, "since": iso(shift.since), "handed_to": shift.handed_to},
        "last_notice": None
        if last is None
        else {"about": last.about, "person": last.person, "at": iso(last.at)},
        "unwatched_s": round(picture.projection.unwatched_s),
        "blind": picture.facts.blind,
        "review": {
            "drawn": review.drawn,
            "judged": review.judged,
            "left": review.left,
            "right": review.right,
            "subtle": review.subtle,
            "wrong": review.wrong,
            "done_at": iso_or_none(review.done_at),
        },
        "warnings": [one.id for one in standing_warnings(state)],
        "limitations": known_limitations(state),
        "assessment": assessment_of(state),
        "outlook": None if outlook is None or held else outlook_of(outlook),
    }


def assessment_of(state: State) -> dict[str, Any] | None:
    """What people decided last of this window."""
    held = state.assessment
    if held is None:
        return None
    return {
        "status": held.status,
        "proposed": held.proposed,
        "at": iso(held.at),
        "by": held.by,
        "why": held.why,
        "caveats": list(held.caveats),
        "limitations": list(held.limitations),
    }
