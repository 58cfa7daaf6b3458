"""A share inside a JSON document: found by a dotted path, and put there."""

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from config.dotted import Hop
from config.switch import Switch
from console.actions.switch_values import SwitchValues
from console.clean import clean

MOST_TEXT = 40


class NotThere(Exception):
    """The document does not hold what the path leads to; the text is a cleaned sentence."""


class Found(msgspec.Struct, frozen=True):
    """What a switch shows: the candidate's share in percent, and the phase where it tells one."""

    share: float
    phase: str | None = None


def value_at(document: object, path: Sequence[Hop]) -> object:
    """The value that the path leads to; `NotThere` if the document holds none."""
    for hop in path:
        document = _step(document, hop)
    return document


def _step(document: object, hop: Hop) -> object:
    if isinstance(hop, tuple):
        key, wanted = hop
        if isinstance(document, list):
            found = [one for one in document if isinstance(one, dict) and one.get(key) == wanted]
            if len(found) == 1:
                return found[0]
            raise NotThere(clean(f"{len(found)} entries have {key} = {wanted}, not one", 200))
    elif isinstance(hop, int):
        if isinstance(document, list) and hop < len(document):
            return document[hop]
    elif isinstance(document, dict) and hop in document:
        return document[hop]
    raise NotThere(clean(f"what is read holds no {named(hop)}", 200))


def put_at(document: object, path: Sequence[Hop], value: object) -> None:
    """Put `value` where the path leads, in place; `NotThere` unless something is there already."""
    holder: Any = value_at(document, path[:-1])
    value_at(holder, path[-1:])
    holder[path[-1]] = value


def named(hop: Hop) -> str:
    """A step of a path, for people."""
    match hop:
        case int():
            return f"[{hop}]"
        case str():
            return hop
        case (key, wanted):
            return f"[{key}={wanted}]"


def share_in(document: object, switch: Switch, values: SwitchValues) -> Found:
    """The share, and the phase, that the document shows. `NotThere` if it shows none."""
    path = values.path(switch.path or "")
    share = number(value_at(document, path), path)
    if switch.rest_path is not None:
        way = values.path(switch.rest_path)
        rest = number(value_at(document, way), way)
        if share < 0 or rest < 0 or not share + rest:
            raise NotThere(f"the weights {share:g} and {rest:g} make no share")
        share = 100 * share / (share + rest)
    elif switch.unit == "fraction":
        share *= 100
    if not 0 <= share <= 100:
        raise NotThere(f"it reads {share:g} %, which is no share")
    phase = None
    if switch.phase_path is not None:
        told = value_at(document, values.path(switch.phase_path))
        phase = clean(told if isinstance(told, str) else repr(told), MOST_TEXT)
    return Found(share, phase)


def number(value: object, path: Sequence[Hop]) -> float:
    """A finite number, also where it is written as text. `NotThere` for anything else."""
    where = named(path[-1]) if path else "it"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise NotThere(clean(f"{where} is no number", 200))
    try:
        found = float(value)
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise NotThere(clean(f"{where} is no number", 200))
    return found


def shape_of(document: object) -> object:
    """Lists by their length, tables by their keys, all else alike."""
    if isinstance(document, list):
        return [shape_of(one) for one in document]
    if isinstance(document, dict):
        return {key: shape_of(one) for key, one in document.items()}
    return None
