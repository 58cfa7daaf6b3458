"""`warroom.toml` as it may leave the house: without the secrets that somebody wrote into it."""

import tomllib
from collections.abc import Iterator
from typing import Any

from config.base import Model
from config.load import ConfigError, parse
from config.secret import Secret

HIDDEN = "left out"
TELLING = 8  # a shorter secret, such as a header's "true", may be any other word as well


def without_secrets(raw: bytes) -> tuple[bytes, int] | None:
    """The file's bytes with each secret in it replaced, and how many there were.

    None where that cannot be done for certain: the file does not parse, or a secret is written in
    a way that is not found again.
    """
    try:
        secrets = {one for one in _secrets(parse(raw)) if one}
        text = raw.decode("utf-8-sig")
        if not secrets:
            return raw, 0
        for one in sorted(secrets, key=len, reverse=True):
            for quote in "\"'":
                text = text.replace(f"{quote}{one}{quote}", f"{quote}{HIDDEN}{quote}")
            if len(one) >= TELLING:
                text = text.replace(one, HIDDEN)
        left = set(_texts(tomllib.loads(text)))
    except (ConfigError, ValueError, RecursionError):
        return None
    if any(one in left or (len(one) >= TELLING and _within(one, left)) for one in secrets):
        return None
    return text.encode(), len(secrets)


def _within(secret: str, texts: set[str]) -> bool:
    return any(secret in text for text in texts)


def _secrets(value: object) -> Iterator[str]:
    """The texts of all secrets that are given as texts."""
    if isinstance(value, Secret):
        if value.text is not None:
            yield value.text.get_secret_value()
    elif isinstance(value, Model):
        for name in type(value).model_fields:
            yield from _secrets(getattr(value, name))
    elif isinstance(value, dict):
        for one in value.values():
            yield from _secrets(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _secrets(one)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
