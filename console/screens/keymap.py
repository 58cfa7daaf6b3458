"""The key map: a file that gives bindings other keys, checked before a console starts on it."""

import importlib
import pkgutil
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from textual.binding import Binding
from textual.keys import REPLACED_KEYS, Keys, _character_to_key, key_to_character
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

import console.screens
from config.load import ConfigError
from config.nearest import nearest
from console.app import WarRoomApp
from console.clean import clean
from console.replay import ReplayApp
from console.screens.bound import held
from console.screens.guard import Guard
from console.screens.shield import ALIASES, ARM, F9, apart

ANYWHERE = "anywhere"
# Keys that mean the same whatever a file says: the kill switch, the way back, the toolkit's own.
FIXED = {F9: "the kill switch", "escape": "the way back", "ctrl+c": "the way out",
         "ctrl+q": "the way out", "ctrl+p": "the palette"}  # fmt: skip
MODIFIERS = {"ctrl", "shift", "alt", "super", "meta"}


class Place(NamedTuple):
    """A screen, or what works anywhere, with the bindings that its keys may reach there."""

    name: str
    own: tuple[Binding, ...]
    reached: tuple[Binding, ...]


def read_keymap(path: Path) -> dict[str, str]:
    """The keys that the file at `path` gives, by the bindings' ids.

    Raises `ConfigError` with a sentence for all that is wrong.
    """
    try:
        if path.exists() and not path.is_file():
            raise ConfigError(f"{path}: is no regular file")
        text = path.read_text("utf-8")
        values = dict(_flat(tomllib.loads(text)))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or 'it cannot be read'}") from None
    except RecursionError:
        raise ConfigError(f"{path}: is nested too deeply") from None
    except ValueError as error:
        raise ConfigError(f"{path}: no TOML: {clean(str(error), 200)}") from None
    keymap, problems = keymap_of(values)
    if problems:
        lines = text.splitlines()
        told = sorted((_line(lines, name), why) for name, why in problems)
        raise ConfigError(*(f"{path}{f':{at}' if at else ''}: {why}" for at, why in told))
    return keymap


def _flat(values: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    """TOML reads `gate.decide = "g"` as a table: the same as `"gate.decide" = "g"`."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _line(lines: list[str], name: str) -> int:
    """The line, from 1, on which a name stands; 0 if it is not found."""
    last = name.rpartition(".")[2]
    for number, line in enumerate(lines, 1):
        key = line.partition("=")[0].replace('"', "").replace("'", "").strip()
        if key == name or (key == last and "=" in line):
            return number
    return 0


def keymap_of(values: Mapping[str, object]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The key map that `values` mean, and each problem with the id that has it."""
    known = {one.id or "": one for place in places() for one in place.own}
    keymap: dict[str, str] = {}
    problems: list[tuple[str, str]] = []
    for name, value in values.items():
        if name not in known:
            near = nearest(name, known)
            hint = f'; did you mean "{near}"?' if near else "; `warroom keys` lists them"
            problems.append((name, f'no binding is called "{clean(name, 60)}"{hint}'))
            continue
        keys, wrong = _keys(name, value, known[name])
        problems += [(name, f"{name}: {why}") for why in wrong]
        if not wrong:
            keymap[name] = ",".join(keys)
    return keymap, problems or list(_clashes(keymap))


def _keys(name: str, value: object, binding: Binding) -> tuple[list[str], list[str]]:
    """The keys that a value names, and what is wrong with them."""
    if not isinstance(value, str) or not value.strip():
        return [], ['its value is a text with at least one key, such as "g" or "g,ctrl+g"']
    keys = [_key(part.strip()) for part in value.split(",")]
    default = binding.key.split(",")
    wrong = []
    for key in keys:
        if key in ALIASES:
            wrong.append(f"{key} is Backspace, Tab, Enter or Escape in many terminals")
        elif not _valid(key):
            near = nearest(key, [*FIXED, *(one.value for one in Keys)])
            hint = f'; did you mean "{near}"?' if near else ""
            wrong.append(f'there is no key "{clean(key, 30)}"{hint}')
        elif key[:-1] == "shift+" and key[-1].isalpha():
            wrong.append(f"{key} never comes: write {key[-1].upper()}")
        elif key in FIXED and key not in default:
            wrong.append(f"{key} is {FIXED[key]} and nothing else")
        elif name == ARM and key != F9 and not apart(key):
            wrong.append(f"{key} may be typed: beside F9 only F1 to F20 or ctrl with a letter arms")
    for key in (F9, "escape"):
        if key in default and key not in keys:
            wrong.append(f"{key} must stay one of its keys: it is {FIXED[key]}")
    return keys, wrong


def _key(text: str) -> str:
    return _character_to_key(text) if len(text) == 1 else text


def _valid(key: str) -> bool:
    *before, last = key.split("+")
    named = {one.value for one in Keys} | REPLACED_KEYS.keys()
    known = last in named or key_to_character(last) is not None
    return known and last.isprintable() and set(before) <= MODIFIERS


def _clashes(keymap: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Where two bindings of a screen's reach came to share a key that they did not share before."""
    told = set()
    for place in places():
        taken: dict[str, list[Binding]] = {}
        for one in place.reached:
            for key in keymap.get(one.id or "", one.key).split(","):
                taken.setdefault(key, []).append(one)
        for key, ones in taken.items():
            names = tuple(dict.fromkeys(one.id or "" for one in ones))
            before = set.intersection(*(set(one.key.split(",")) for one in ones))
            if len(names) > 1 and not before and names not in told:
                told.add(names)
                moved = next(n for n in names if n in keymap)
                others = " and ".join(n for n in names if n != moved)
                yield moved, f"{moved}: {key} would be {others} too ({place.name})"


@cache
def places() -> tuple[Place, ...]:
    """What works anywhere, then every screen. The guard is none: it has no bindings."""
    for module in pkgutil.iter_modules(console.screens.__path__, "console.screens."):
        importlib.import_module(module.name)
    anywhere = tuple(one for one in held(WarRoomApp) if not one.system)
    past = tuple(one for one in held(ReplayApp) if (one.id or "").startswith("replay."))
    found = [Place(ANYWHERE, anywhere, anywhere), Place("replay", past, past)]
    for kind in sorted(_below(Screen), key=lambda kind: kind.__name__):
        if not issubclass(kind, Guard):
            found.append(_place(kind, anywhere))
    return tuple(found)


def _place(kind: type[Screen[Any]], anywhere: tuple[Binding, ...]) -> Place:
    own = [*held(kind), *(one for widget in _widgets(kind) for one in held(widget))]
    own = list({one.id: one for one in own if one.id}.values())
    over = [one for one in anywhere if not issubclass(kind, ModalScreen) or one.priority]
    name = kind.__name__.removesuffix("Screen").removesuffix("Dialog").lower()
    return Place(name, tuple(own), (*own, *over))


def _widgets(kind: type[Screen[Any]]) -> list[type[Widget]]:
    """The widgets of ours that a screen's own module names."""
    modules = {base.__module__ for base in kind.__mro__ if base.__module__.startswith("console.")}
    return [
        value
        for module in sorted(modules)
        for value in vars(sys.modules[module]).values()
        if isinstance(value, type)
        and issubclass(value, Widget)
        and value.__module__.startswith("widgets.")
    ]


def _below(kind: type[Screen[Any]]) -> Iterator[type[Screen[Any]]]:
    for one in kind.__subclasses__():
        if one.__module__.startswith("console.screens."):
            yield one
        yield from _below(one)


def table(keymap: Mapping[str, str]) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Each place's name with the ids, keys and meanings of its bindings; an id stands once."""
    seen: set[str] = set()
    for place in places():
        rows = []
        for one in place.own:
            if one.id and one.id not in seen:
                seen.add(one.id)
                what = f"{one.description}: {one.tooltip}" if one.tooltip else one.description
                rows.append((one.id, keymap.get(one.id, one.key), what))
        if rows:
            yield place.name, rows
