"""Reading `warroom.toml`: a validated deployment, or every problem with its line."""

import hashlib
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.base import Model
from config.model import Deployment
from config.nearest import suggestion
from config.positions import Place, lines_of

FILE_NAME = "warroom.toml"
MOST_BYTES = 262_144


class ConfigError(Exception):
    """Why a config cannot be used; `problems` holds one sentence each, as `str` does one a line."""

    def __init__(self, *problems: str) -> None:
        """Take the sentences in the file's order."""
        super().__init__("\n".join(problems))
        self.problems = problems


class ConfigMissing(ConfigError):
    """There is no `warroom.toml` in `directory`."""

    def __init__(self, path: Path) -> None:
        """Say how to make the one at `path`."""
        self.directory = path.parent
        make_one = f"warroom init {quote(str(self.directory))}"
        super().__init__(f"{path} does not exist; make one with: {make_one}")


@dataclass(frozen=True)
class Loaded:
    """A deployment with the file it came from, that file's bytes and their SHA-256 in hex.

    The bytes may hold secrets that somebody wrote into the file.
    """

    deployment: Deployment
    sha256: str
    path: Path
    raw: bytes = field(default=b"", repr=False)

    @property
    def directory(self) -> Path:
        """Where relative paths start."""
        return self.path.parent


def load(place: Path | str) -> Loaded:
    """Read the `warroom.toml` at `place`, the file or its directory. Raises `ConfigError`."""
    path = Path(place)
    if path.name != FILE_NAME and not path.is_file():
        path /= FILE_NAME
    raw = _read(path)
    return Loaded(parse(raw, path.name), hashlib.sha256(raw).hexdigest(), path, raw)


def parse(raw: bytes, name: str = FILE_NAME) -> Deployment:
    """The deployment that a file's bytes describe; `name` begins each problem of `ConfigError`."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}:{line}: is not UTF-8 text; save it as UTF-8") from None
    try:
        data = tomllib.loads(text)
        lines = lines_of(text)
    except RecursionError:
        raise ConfigError(f"{name}: is nested too deeply") from None
    except ValueError as error:
        raise ConfigError(f"{name}:{_broken(str(error), text)}") from None
    problems: list[tuple[int, str]] = []
    try:
        return Deployment.model_validate(data)
    except ValidationError as error:
        for place, sentence in _problems(error, data):
            line = next(lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in lines)
            problems.append((line, f"{name}:{line}: {sentence}"))
    problems.sort(key=lambda problem: problem[0])
    raise ConfigError(*dict.fromkeys(sentence for _, sentence in problems))


def validate(values: Mapping[str, Any]) -> Deployment:
    """The deployment that values of the shape of `warroom.toml` describe.

    Raises `ConfigError`, whose problems name the keys but no lines.
    """
    try:
        return Deployment.model_validate(values)
    except ValidationError as error:
        raise ConfigError(*(sentence for _, sentence in _problems(error, values))) from None


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
            raise ConfigError(f"{path} is {kind}; name a deployment's directory or its {FILE_NAME}")
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise ConfigMissing(path) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    if len(raw) > MOST_BYTES:
        raise ConfigError(f"{path} is larger than {MOST_BYTES // 1024} KiB; is it the right file?")
    return raw


_BROKEN = (
    ("Cannot overwrite", "this key or table is there twice"),
    ("Cannot declare", "this table is there twice"),
    ("Cannot mutate", "this table is already complete; add the key where it is first written"),
    ("Duplicate", "this key is there twice"),
    ("Unclosed array", "a list is not closed with ]"),
    ("Unclosed inline table", "a { } table is not closed with }"),
    ("Unterminated string", "a text is not closed with its quotes"),
    ("Expected '=' after a key", "a key needs = and a value"),
    ("Expected ']", "a table's name is not closed with ]"),
    ("Expected newline", "something follows the value; is a quote or a comma missing?"),
    ("Invalid value", "is not a value; texts need quotes"),
    ("Invalid date", "there is no such date or time"),
    ("Invalid initial character for a key", "a key holds only letters, digits, - and _"),
    ("Invalid statement", "is neither a key with a value nor a [table]"),
    ("Unescaped '\\'", "a backslash in a text is written \\\\"),
    ("Illegal character '\\n'", "a text is not closed with its quotes"),
    ("Escaped character", "a \\u in a text names no character"),
    ("Illegal character", "holds a control character"),
    ("Exceeds the limit", "a number has too many digits"),
)


def _broken(reason: str, text: str) -> str:
    """The line and, in our words, why the standard library's reader refused the text."""
    words = next((words for start, words in _BROKEN if reason.startswith(start)), "")
    found = re.search(r"at line (\d+), column (\d+)", reason)
    end = text.count("\n") + (not text.endswith("\n"))
    line = f"{found[1]}: " if found else f"{end}: " if "end of document" in reason else " "
    return f"{line}is not TOML: {words or 'this cannot be read'}"


def _problems(error: ValidationError, data: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Each problem's place with a sentence that begins with its key."""
    for found in error.errors(include_url=False, include_input=False):
        for place, sentence in _sentences(found, data):
            yield place, f"{_key(place, data)}: {sentence}"


def _sentences(error: ErrorDetails, data: Mapping[str, Any]) -> list[tuple[Place, str]]:
    place = tuple(part for part in error["loc"] if part != "[key]")
    context = error.get("ctx", {})
    match error["type"]:
        case "refusal":
            return [((*place, *keys), sentence) for sentence, *keys in context["problems"]]
        case "extra_forbidden":
            known = _known_keys(place[:-1])
            return [(place, f"is not a known key{suggestion(str(place[-1]), known)}")]
        case "literal_error":
            return [(place, _not_one_of(place, error, data))]
        case kind:
            words = _WORDS.get(kind, error["msg"])
            return [(place, words.format(**context))]


_WORDS = {
    "missing": "is missing",
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "date_type": "must be a date such as 2026-12-01",
    "tuple_type": "must be a list in [ ]",
    "mapping_type": "must be a table",
    "model_type": "must be a table",
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "string_too_short": "must not be empty",
}
_NOUNS = {
    "roles": "a role",
    "metrics": "a metric",
    "metric": "a metric for a rule",
    "recipient": "a role",
    "off": "watched",
    "values": "a metric",
    "minutes": "a count",
    "fields": "a field of a call",
    "procedures": "a phase to go back from",
}


def _not_one_of(place: Place, error: ErrorDetails, data: Mapping[str, Any]) -> str:
    choices = re.findall(r"'([^']*)'", error["ctx"]["expected"]) or [error["ctx"]["expected"]]
    by_key = error["loc"][-1] == "[key]"
    value = place[-1] if by_key else _value(place, data)
    names = [part for part in (place[:-1] if by_key else place) if isinstance(part, str)]
    noun = _NOUNS.get(names[-1], f"a value of `{names[-1]}`")
    shown = f'"{_plain(value)}"' if isinstance(value, str) else _plain(str(value))
    return f"{shown} is not {noun}{suggestion(str(value), choices)}"


def _value(place: Place, data: Any) -> Any:
    for part in place:
        data = data[part]
    return data


def _key(place: Place, data: Mapping[str, Any]) -> str:
    """A place as people write it: `people[0].roles`; a list's plain entry goes by the list."""
    if isinstance(place[-1], int) and not isinstance(_value(place, data), dict):
        place = place[:-1]
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{_plain(part)}"
    return text.removeprefix(".")


def _plain(text: str) -> str:
    """Text from the file as it may stand in a sentence: short, without control characters."""
    short = text if len(text) <= 60 else f"{text[:59]}…"
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in short)


def _known_keys(place: Place) -> list[str]:
    """The keys that the model at `place` knows, in its order."""
    shape: Any = Deployment
    for part in place:
        shape = _inside(shape)
        if isinstance(shape, type) and issubclass(shape, Model):
            fields = {field.alias or key: field for key, field in shape.model_fields.items()}
            shape = fields[str(part)].annotation
        else:
            shape = get_args(shape)[0 if isinstance(part, int) else -1]
    fields = _inside(shape).model_fields
    return [field.alias or key for key, field in fields.items() if not field.exclude]


def _inside(shape: Any) -> Any:
    """A type without its annotations and without `| None`."""
    while get_origin(shape) in {Annotated, Union, UnionType}:
        shape = get_args(shape)[0]
    return shape
