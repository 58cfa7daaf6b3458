"""`warroom.toml` as it may leave the house: without the secrets that somebody wrote into it."""

import tomllib
from collections.abc import Iterator
from typing import Any

from config.load import ConfigError, parse
from config.model import Deployment
from config.secret import Secret
from config.walk import leaves

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


def _secrets(config: Deployment) -> Iterator[str]:
    """The texts of all secrets that are given as texts."""
    for _, one in leaves(config):
        if isinstance(one, Secret) and one.text is not None:
            yield one.text.get_secret_value()


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
