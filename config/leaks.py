"""Keys that somebody writes, or wrote, where they can be read: noticed, and never shown."""

import os
import re
from urllib.parse import parse_qsl, urlsplit

_USUAL = re.compile(r"[A-Z_][A-Z0-9_]*")
_KEY = re.compile(
    r"(^|[_.-])(key|apikey|code|token|jwt|bearer|secret|credentials?|password|passwd|passphrase"
    r"|pass|pwd|session|sig|signature|auth)\d*$"
)
_CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
NO_VARIABLE = (
    "what follows the = is no variable that is set: if it is the key itself, keep it in one "
    "(export AGENT_LOG_KEY=…) and write that one's name"
)


def names_variable(text: str) -> bool:
    """Whether `text` names an environment variable: one that is set, or spelled as they are.

    A key pasted in its place has letters of both cases, or signs, and names none.
    """
    return text in os.environ or _USUAL.fullmatch(text) is not None


def keys_in_query(url: str) -> list[str]:
    """The parameters of a URL that by their names hold a key; without their values."""
    try:
        parts = urlsplit(url)
        given = parse_qsl(f"{parts.query}&{parts.fragment}".replace(";", "&"))
    except ValueError:
        return []
    snake = [(name, _CAMEL.sub("_", name).lower()) for name, _ in given]
    return [name for name, told in snake if _KEY.search(told)]


def keys_in_url(url: str) -> list[str]:
    """What a URL holds that is a key by its place or name, in words, such as `token`."""
    try:
        password = urlsplit(url).password
    except ValueError:
        return []
    held = ["a password before the @"] if password else []
    return held + [f"`{name}`" for name in keys_in_query(url)]


def query_words(names: list[str]) -> str:
    """What is said of keys in a URL's query."""
    which = " and ".join(f"`{name}`" for name in names)
    return (
        f"the url holds {which}, which anybody who reads warroom.toml sees: where the server takes "
        'it as a header, write HEADER = { env = "VARIABLE" } under headers instead'
    )
