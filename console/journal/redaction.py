"""Takes people's names, or the words of evidence, out of entries that go outside.

A changed entry keeps its place, `prev` and `h` and is marked `"redacted":true` in the line, so that
nobody takes it for the original. One in which nothing had to go stays as it is, and verifies.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, get_args

import msgspec

from config.guide import Role
from console.domain.entry import Actor, Entry

Rule = str
RULES: tuple[Rule, ...] = ("names", "evidence")
LEFT_OUT = "[left out]"

# The fields that hold a person's name, or several.
PERSONS: Mapping[str, tuple[str, ...]] = {
    "alert.fired": ("recipients",),
    "brief.given": ("to",),
    "duty.started": ("owner",),
    "escalation-test.sent": ("reviewer",),
    "escalation.assigned": ("to",),
    "escalation.missed": ("told",),
    "escalation.raised": ("to", "backup"),
    "gate.decided": ("proposed_by",),
    "incident.changed": ("lead", "scribe"),
    "item.confirmed": ("on_behalf_of",),
    "item.planned": ("owner",),
    "notice.sent": ("person",),
    "rollback.triggered": ("on_behalf_of",),
    "satisfaction.judged": ("on_behalf_of",),
    "shift.handed": ("to",),
    "shift.taken": ("handed_by",),
}

# Who writes entries without being a person.
_MACHINES = frozenset({"watcher", "executor"})
_ROLES = frozenset(str(role).replace("-", " ") for role in get_args(Role))
# Each begins where it can begin only once, so that no text takes longer than its length.
_LOCAL = "[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]"
_MAIL = re.compile(rf"(?<!{_LOCAL}){_LOCAL}+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_NUMBER = re.compile(r"\+(?:[ ()./-]*[0-9]){8,15}(?![0-9])")
_PART = re.compile(r"[^\W\d_][\w'’-]{2,}")


class Redactor:
    """Pseudonyms are stable: the same person is `person-3` in every entry and every export.

    They count the `people` first, in their order, then whoever else is named in `entries`.
    `phones` are found however they are spaced; other addresses and numbers by their form.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        entries: Iterable[Entry],
        people: Iterable[str] = (),
        phones: Iterable[str] = (),
    ) -> None:
        """`ValueError` for a rule that there is not."""
        self.rules = frozenset(rules)
        if unknown := self.rules - set(RULES):
            known = ", ".join(RULES)
            raise ValueError(f'there is no redaction of "{min(unknown)}" (there is: {known})')
        self._names: dict[str, str] = {}
        self._contacts: dict[str, str] = {}
        self._phones = [digits for phone in phones if len(digits := _digits(phone)) >= 7]
        if "names" in self.rules:
            for name in people:
                self._meet(name)
            for entry in entries:
                for name in _named(entry):
                    self._meet(name)
        self._ways = list(self._build())

    def entry(self, entry: Entry) -> tuple[Entry, bool]:
        """The entry as it may be shown, and whether that is another than was written."""
        data = msgspec.json.decode(entry.data)
        name, shown = self._redact(entry.actor.name, entry.kind, data)
        if (name, shown) == (entry.actor.name, data):
            return entry, False
        actor = Actor(name, entry.actor.roles)
        raw = msgspec.Raw(msgspec.json.encode(shown, order="sorted"))
        return msgspec.structs.replace(entry, actor=actor, data=raw), True

    def line(self, line: bytes) -> bytes:
        """The same for the line of a verified entry, without its line feed."""
        whole = json.loads(line)
        name, data = self._redact(whole["actor"]["name"], whole["kind"], whole["data"])
        if (name, data) == (whole["actor"]["name"], whole["data"]):
            return line
        whole["actor"]["name"], whole["data"], whole["redacted"] = name, data, True
        h = whole.pop("h")
        body = json.dumps(whole, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return b'%b,"h":"%b"}' % (body[:-1].encode("ascii"), h.encode("ascii"))

    def _redact(self, name: str, kind: str, data: Any) -> tuple[str, Any]:
        if "evidence" in self.rules and isinstance(data, dict):
            data = _without_evidence(kind, data)
        if "names" in self.rules:
            name, data = self._names.get(name) or self._text(name), self._anywhere(data)
        return name, data

    def _anywhere(self, value: Any) -> Any:
        match value:
            case str():
                return self._text(value)
            case list():
                return [self._anywhere(one) for one in value]
            case dict():
                return {self._text(key): self._anywhere(one) for key, one in value.items()}
        return value

    def _text(self, text: str) -> str:
        for pattern, put in self._ways:
            text = pattern.sub(put, text)
        return text

    def _meet(self, name: str) -> None:
        if name and name not in self._names and _plain(name) not in _ROLES | _MACHINES:
            self._names[name] = f"person-{len(self._names) + 1}"

    def _build(self) -> Iterator[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]]:
        if "names" not in self.rules:
            return
        yield _MAIL, lambda found: self._contact("address", found[0].lower())
        for digits in self._phones:
            # However the country is dialled, or left out, the last seven digits are the same.
            ends = r"[ ()./-]*".join(digits[-7:])
            pattern = re.compile(rf"(?<![\d+(])\+?\(?(?:[0-9][ ()./-]*)*{ends}(?!\d)")
            yield pattern, partial(self._phone, digits)
        yield _NUMBER, lambda found: self._contact("phone", _digits(found[0]))
        if long := [name for name in self._names if len(name) >= 3]:
            known = {name.casefold(): put for name, put in self._names.items()}
            yield _spelled(long), lambda found: known.get(found[0].casefold(), "person")
        if short := [name for name in self._names if len(name) < 3]:
            yield re.compile(_any_of(short)), lambda found: self._names[found[0]]
        parts = [(word, put) for name, put in self._names.items() for word in _parts(name)]
        if parts:
            whose = {word.casefold(): put for word, put in reversed(parts)}
            yield _spelled(word for word, _ in parts), lambda found: _part(whose, found[0])

    def _phone(self, digits: str, _: re.Match[str]) -> str:
        return self._contact("phone", digits)

    def _contact(self, kind: str, what: str) -> str:
        count = sum(put.startswith(kind) for put in self._contacts.values())
        return self._contacts.setdefault(what, f"{kind}-{count + 1}")


_ROLE_WORDS = frozenset(word for role in _ROLES for word in role.split())


def _named(entry: Entry) -> Iterator[str]:
    yield entry.actor.name
    if fields := PERSONS.get(entry.kind):
        data = msgspec.json.decode(entry.data)
        for field in fields:
            value = data.get(field) if isinstance(data, dict) else None
            for name in value if isinstance(value, list) else (value,):
                if isinstance(name, str):
                    yield name


def _without_evidence(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """The data without what people wrote as evidence; its kind and hash stay."""
    given = data.get("evidence")
    if kind == "item.confirmed" and isinstance(given, dict) and given.get("kind") != "probe":
        return data | {"evidence": given | {"text": LEFT_OUT}}
    if kind == "probe.ran":
        return data | {"summary": LEFT_OUT}
    return data


def _parts(name: str) -> Iterator[str]:
    """The capitalised words of a name, those with a hyphen whole and in pieces; no role's words."""
    if " " in name and "(" not in name:
        for word in _PART.findall(name):
            for part in (word, *_PART.findall(word.replace("-", " "))):
                if part[0].isupper() and _plain(part) not in _ROLE_WORDS:
                    yield part


def _part(whose: Mapping[str, str], found: str) -> str:
    """Who is meant; in small letters it may be any word, as in "she will"."""
    return whose.get(found.casefold(), "person") if found[0].isupper() else found


def _spelled(names: Iterable[str]) -> re.Pattern[str]:
    """`names` in capitals or not. Some have more letters in capitals: Strauß, STRAUSS."""
    spellings = {spelled for name in names for spelled in (name, name.upper(), name.casefold())}
    return re.compile(_any_of(spellings), re.IGNORECASE)


def _any_of(names: Iterable[str]) -> str:
    """A pattern of whole words; the longest first, so that no name hides in another."""
    ordered = sorted(names, key=lambda name: (-len(name), name))
    return rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered))})(?!\w)"


def _plain(name: str) -> str:
    return name.replace("-", " ").casefold()


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
