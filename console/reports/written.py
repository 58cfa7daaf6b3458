"""A document of any kind as the bytes of a file, with what it was made from."""

import json
from typing import Any, Literal

import msgspec

from console.reports.formats import render, seal_of
from console.reports.ground import Ground
from console.reports.kinds import FORMATS, Format, make
from console.reports.seal import Seal, read_seal, sealed

AnyFormat = Format | Literal["json"]
JSON_SEAL = "seal"


def written(ground: Ground, seal: Seal, form: AnyFormat) -> bytes:
    """The document that `seal` describes, made from `ground`. Raises `Refused`, `ValueError`."""
    facts, document = make(seal.kind, ground, seal.options)
    if form == "json":
        return as_json({**msgspec.to_builtins(facts), JSON_SEAL: msgspec.to_builtins(seal)})
    return render(sealed(document, seal), form)


def as_json(told: Any) -> bytes:
    """Plain values as a file of JSON."""
    return f"{json.dumps(told, indent=2, allow_nan=False)}\n".encode()


def format_of(data: bytes) -> AnyFormat:
    """The format of a file by how it begins."""
    start = data[:64].lstrip().lower()
    if start.startswith(b"%pdf"):
        return "pdf"
    if start.startswith(b"<!doctype"):
        return "html"
    if start.startswith(b"{"):
        return "json"
    return FORMATS[0]


def seal_in(data: bytes, form: AnyFormat) -> Seal:
    """The seal that a file carries. Raises `ValueError`, in words that follow the file's name."""
    if form != "json":
        return read_seal(seal_of(data, form))
    try:
        held = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is no JSON: {error}") from None
    if not isinstance(held, dict) or JSON_SEAL not in held:
        raise ValueError(f'it holds no seal: there is no key "{JSON_SEAL}"')
    return read_seal(json.dumps(held[JSON_SEAL]))
