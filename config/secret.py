"""A value that must not be seen: kept in the environment, in a file, or hidden as given."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import SecretStr, model_validator

from config.base import HeaderName, Model, Text, refusal

MOST_BYTES = 65_536


class MissingSecret(Exception):
    """A secret that cannot be read; the text names the variable or file, never a value."""


class Secret(Model):
    """A reference to a secret, or a text that is treated like one; exactly one of the three.

    In TOML: "text", { env = "NAME" } or { file = "path" }.
    """

    env: str | None = None
    file: Text | None = None
    text: SecretStr | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if isinstance(value, str):
            return {"text": value}
        if not isinstance(value, dict | cls):
            raise refusal('must be text, { env = "NAME" } or { file = "path" }')
        return value

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(source is not None for source in (self.env, self.file, self.text)) != 1:
            raise refusal("needs one of `env` and `file`")
        if self.env is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", self.env):
            raise refusal(("is not the name of an environment variable", "env"))
        return self

    def reveal(self, base: Path) -> SecretStr:
        """The secret itself; a relative `file` starts at `base`. Raises `MissingSecret`.

        The end of the line at a file's end is not part of the secret.
        """
        if self.text is not None:
            return self.text
        if self.env is not None:
            value = os.environ.get(self.env, "")
            if not value:
                raise MissingSecret(f"the environment variable {self.env} is not set")
            return SecretStr(value)
        return SecretStr(_read(base / (self.file or "")))


Headers = Mapping[HeaderName, Secret]


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise MissingSecret(f"the secret file {path} cannot be read: {error.strerror}") from None
    if len(raw) > MOST_BYTES:
        raise MissingSecret(f"the secret file {path} is larger than {MOST_BYTES} bytes")
    try:
        text = raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise MissingSecret(f"the secret file {path} is not UTF-8 text") from None
    if not text:
        raise MissingSecret(f"the secret file {path} is empty")
    return text
