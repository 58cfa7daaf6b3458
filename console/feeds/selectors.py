"""Which series of a metrics page are meant: `calls_total{variant!="control"} + more_total`."""

import re
from collections.abc import Mapping

import msgspec

from console.feeds.paths import FieldMapError

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_MATCHER = re.compile(rf'\s*({_NAME})\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
_SELECTOR = re.compile(rf'\s*({_NAME})\s*(?:\{{((?:[^"{{}}]|"(?:[^"\\]|\\.)*")*)\}})?\s*(\+|$)')


class Selector(msgspec.Struct, frozen=True):
    """A family's name, and what its labels must be: (label, operator, value)."""

    name: str
    matchers: tuple[tuple[str, str, str], ...] = ()

    def takes(self, labels: Mapping[str, str]) -> bool:
        """Whether a series with `labels` is meant; a label that is missing is empty."""
        return all(_fits(labels.get(name, ""), op, value) for name, op, value in self.matchers)

    def text(self, suffix: str = "") -> str:
        """The selector as PromQL writes it, of the family with `suffix`."""
        inside = ",".join(f'{name}{op}"{_escaped(value)}"' for name, op, value in self.matchers)
        return f"{self.name}{suffix}{{{inside}}}" if inside else f"{self.name}{suffix}"


def parse_selectors(text: str) -> tuple[Selector, ...]:
    """The selectors of a sum. Raises `FieldMapError` with the reason."""
    found, place = [], 0
    while True:
        step = _SELECTOR.match(text, place)
        if step is None:
            raise FieldMapError(
                f'"{text}" names no series; write name_total, name_total{{label="x"}} or a sum '
                "of such with +"
            )
        found.append(Selector(step[1], _matchers(step[2] or "", text)))
        place = step.end()
        if step[3] != "+":
            return tuple(found)


def _matchers(inside: str, text: str) -> tuple[tuple[str, str, str], ...]:
    found, place = [], 0
    inside = inside.strip()
    while place < len(inside):
        step = _MATCHER.match(inside, place)
        if step is None:
            raise FieldMapError(f'"{text}": a label is matched as in code=~"5..", variant!="x"')
        value = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], step[3])
        if step[2] in {"=~", "!~"}:
            value = _expression(value, text)
        found.append((step[1], step[2], value))
        place = step.end()
    return tuple(found)


def _expression(value: str, text: str) -> str:
    try:
        re.compile(value)
    except re.error as why:
        raise FieldMapError(f'"{text}": "{value}" is no regular expression ({why})') from None
    return value


def _fits(value: str, op: str, wanted: str) -> bool:
    if op in {"=", "!="}:
        return (value == wanted) == (op == "=")
    return (re.fullmatch(wanted, value) is not None) == (op == "=~")


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
