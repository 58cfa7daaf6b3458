"""Captured calls as cases of an evaluation, in the forms that common tools read (Guide 6.4).

A case has an expected answer only where a person gave one. Without it the key that a tool compares
with is left out, never empty: an empty answer is contained in every output, so that such a case
would pass whatever the agent says.

| format | a line | read by |
|---|---|---|
| `inspect` | `input`, `target`, `id`, `metadata` | Inspect AI: `json_dataset("cases.jsonl")` |
| `openai` | `input` (chat messages), `ideal` | OpenAI evals: `samples_jsonl` |
| `promptfoo` | `vars.input`, `assert`, `description`, `metadata` | promptfoo: `tests: c.jsonl` |
| `plain` | `id`, `input`, `expected`, `output`, `metadata` | whatever reads JSON lines |
"""

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import msgspec

from console.domain.incidents import captured_of
from console.domain.refused import Refused
from console.domain.state import State

Format = Literal["inspect", "openai", "promptfoo", "plain"]
MOST_BYTES = 64 * 1024 * 1024
# What promptfoo would take for a file to load, or for a template to render.
_ACTIVE = ("{{", "{%", "{#")
_LOADED = ("file://", "package:", "exec:", "python:", "http://", "https://")
_END = "endraw"


class Captured(msgspec.Struct, frozen=True):
    """A call whose capture is on record; `judged` is the latest verdict, "" where there is none."""

    call: str
    sha256: str
    incident: str
    rollback: str
    judged: str = ""
    note: str = ""


class Case(msgspec.Struct, frozen=True):
    """A call with its texts, and the answer that a person says it should have got, if one did."""

    captured: Captured
    input: str
    output: str
    at: str
    version: str
    expected: str | None = None


class Gathered(msgspec.Struct, frozen=True):
    """The cases, and a sentence for each call that cannot be one."""

    cases: tuple[Case, ...]
    lacking: tuple[str, ...]


def captured(state: State, incident: str = "") -> list[Captured]:
    """Every call whose capture was tried, of one incident or of all; the first incident counts.

    Raises `Refused` for an incident that nobody knows.
    """
    if incident and incident not in state.incidents:
        known = ", ".join(state.incidents) or "none was opened"
        raise Refused(f"there is no incident {incident} (one of: {known})")
    verdicts = {call: one for each in state.judged.values() for call, one in each.items()}
    found: dict[str, Captured] = {}
    for held in state.incidents.values():
        if incident and held.id != incident:
            continue
        for call, digest in captured_of(state, held).items():
            known_as = found.get(call)
            if known_as is not None and (known_as.sha256 or not digest):
                continue
            judged = verdicts.get(call)
            found[call] = Captured(
                call,
                digest,
                held.id,
                held.rollback,
                "" if judged is None else judged.verdict,
                "" if judged is None else judged.note,
            )
    return list(found.values())


def gather(calls: Iterable[Captured], folder: Path, expected: dict[str, str]) -> Gathered:
    """Read each call's evidence from `folder`, and hold it against its hash. Blocks."""
    cases: list[Case] = []
    lacking: list[str] = []
    for one in calls:
        if not one.sha256:
            lacking.append(f"{one.call}: it could not be captured")
            continue
        try:
            cases.append(_read(one, folder, expected.get(one.call)))
        except (OSError, ValueError, TypeError, RecursionError) as error:
            lacking.append(f"{one.call}: {_why(error)}")
    return Gathered(tuple(cases), tuple(lacking))


def _read(one: Captured, folder: Path, expected: str | None) -> Case:
    path = folder / one.sha256
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"its evidence {one.sha256[:16]} is larger than 64 MiB")
    raw = path.read_bytes()
    if sha256(raw).hexdigest() != one.sha256:
        raise ValueError(f"its evidence {one.sha256[:16]} is DAMAGED: it is not what was hashed")
    try:
        held = json.loads(raw)
        given, answered, at, version = (
            str(held.get(name) or "") for name in ("input", "output", "at", "version")
        )
    except (ValueError, AttributeError):
        raise ValueError(f"its evidence {one.sha256[:16]} is no captured call") from None
    if not given:
        raise ValueError("its record has no input")
    return Case(one, given, answered, at, version, expected)


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "its evidence is MISSING"
    if isinstance(error, OSError):
        return f"its evidence cannot be read: {error.strerror}"
    return str(error)


def line(case: Case, form: Format) -> str:
    """The case as one line of ASCII JSON. Raises `ValueError` where the form cannot hold it."""
    match form:
        case "inspect":
            told = _inspect(case)
        case "openai":
            told = _openai(case)
        case "promptfoo":
            told = _promptfoo(case)
        case _:
            told = _plain(case)
    return json.dumps(told, ensure_ascii=True, allow_nan=False)


def _metadata(case: Case) -> dict[str, Any]:
    one = case.captured
    told = {
        "call": one.call,
        "incident": one.incident,
        "rollback": one.rollback,
        "at": case.at,
        "version": case.version,
        "judged": one.judged,
        "note": one.note,
        "evidence": one.sha256,
        "output": case.output,
    }
    return {name: value for name, value in told.items() if value} | {
        "expected_given": case.expected is not None
    }


def _inspect(case: Case) -> dict[str, Any]:
    told: dict[str, Any] = {"id": case.captured.call, "input": case.input}
    if case.expected is not None:
        told["target"] = case.expected
    return told | {"metadata": _metadata(case)}


def _openai(case: Case) -> dict[str, Any]:
    told: dict[str, Any] = {"input": [{"role": "user", "content": case.input}]}
    if case.expected is not None:
        told["ideal"] = case.expected
    return told | {"metadata": _metadata(case)}


def _promptfoo(case: Case) -> dict[str, Any]:
    one = case.captured
    judged = f", judged {one.judged}" if one.judged else ""
    told: dict[str, Any] = {
        "description": f"call {one.call} of {one.incident}{judged}",
        "vars": {"input": _literal(case.input)},
    }
    if case.expected is not None:
        told["assert"] = [{"type": "equals", "value": _literal(case.expected)}]
    metadata = _metadata(case)
    metadata.pop("output", None)  # whatever promptfoo renders or loads, it is not this
    return told | {"metadata": metadata}


def _literal(text: str) -> str:
    """`text` so that promptfoo neither renders it as a template nor loads it as a file."""
    if not text.lstrip().startswith(_LOADED) and not any(mark in text for mark in _ACTIVE):
        return text
    if _END in text:
        raise ValueError("promptfoo cannot hold it: it has an end of a template's raw text in it")
    return f"{{% raw %}}{text}{{% endraw %}}"


def _plain(case: Case) -> dict[str, Any]:
    metadata = _metadata(case)
    metadata.pop("output", None)
    return {
        "id": case.captured.call,
        "input": case.input,
        "expected": case.expected,
        "output": case.output,
        "metadata": metadata,
    }
