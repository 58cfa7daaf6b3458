"""What is alike in the minutes of a series is held once: two weeks of them stay in memory.

Most minutes have the same versions and models, the same few reasons, small counts, and places of
the one latency scale. Held apart they take three times the room.
"""

from typing import Any

from console.domain.arms import Arm
from console.domain.minutes import Minute

MOST_SHARED = 1024
MOST_TEXT = 200
_NUMBERS = {number: number for number in range(2048)}
_WHOLES = {float(number): float(number) for number in range(1, 512)}
_SHARED_DICTS = ("versions", "blank", "models", "errors_by", "escalations_by")
_COUNTS = ("calls", "escalations", "costed", "tokened")

_EMPTY: dict[str, Any] = {}
_known: dict[tuple[object, ...], dict[str, float]] = {}


def spare(minute: Minute) -> None:
    """Let a minute share what others have too.

    Minutes replace their dicts and lists and never change them, so that sharing is not seen.
    """
    for name in _SHARED_DICTS:
        setattr(minute, name, _shared(getattr(minute, name)))
    for name in _COUNTS:
        setattr(minute, name, _whole(getattr(minute, name)))
    minute.cost_by = minute.cost_by or _EMPTY
    minute.latency = _places(minute.latency)
    minute.arms, minute.controls = _arms(minute.arms), _arms(minute.controls)


def _shared(held: dict[str, float]) -> dict[str, float]:
    if not held:
        return _EMPTY
    if sum(map(len, held)) > MOST_TEXT or 0 in held.values():
        return held  # hardly another's; and -0.0 would become 0.0
    # 1 and 1.0 are one key, and written down differently.
    key = (*held.items(), *map(type, held.values()))
    if (known := _known.get(key)) is None:
        if len(_known) >= MOST_SHARED:  # what agents name is without end
            _known.clear()
        known = _known[key] = held
    return known


def _arms(arms: dict[str, Arm]) -> dict[str, Arm]:
    for arm in arms.values():
        arm.latency = _places(arm.latency)
        arm.calls, arm.costed = _whole(arm.calls), _whole(arm.costed)
    return arms or _EMPTY


def _places(latency: list[int]) -> list[int]:
    known = _NUMBERS.get
    return [known(number, number) for number in latency]


def _whole(count: float) -> float:
    return _WHOLES.get(count, count) if type(count) is float else count
