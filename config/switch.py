"""The traffic switch as `warroom.toml` describes it: how a share is read and set (Guide 4)."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, Strict, model_validator

from config.base import Line, Model, Text, Url, filled, refusal
from config.dotted import DottedPath, hops
from config.presets.switches import settled
from config.rollback import Argv
from config.secret import Headers

SwitchKind = Literal["http", "haproxy", "file", "command"]

_KEYS: Mapping[SwitchKind, frozenset[str]] = {
    "http": frozenset(
        {
            *("url", "method", "headers", "body", "expect_status", "etag", "whole", "read_url"),
            *("path", "rest_path", "phase_path", "unit"),
        }
    ),
    "haproxy": frozenset({"socket", "backend", "candidate", "stable"}),
    "file": frozenset({"file", "path", "rest_path", "phase_path", "unit"}),
    "command": frozenset({"read", "write", "cwd", "path", "rest_path", "phase_path", "unit"}),
}
_NEEDED: Mapping[SwitchKind, tuple[str, ...]] = {
    "http": ("url", "body", "path"),
    "haproxy": ("socket", "backend", "candidate", "stable"),
    "file": ("file", "path"),
    "command": ("read", "write"),
}
_OF_ALL = {"preset", "fill", "kind", "timeout_s"}


def _word(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.:-]{1,100}", text):
        raise refusal("is a name of HAProxy's: letters, digits and . _ : -")
    return text


def _socket(text: str) -> str:
    host, _, port = text.rpartition(":")
    at_port = bool(host) and port.isascii() and port.isdigit() and 0 < int(port) < 65536
    if not text.startswith("/") and not at_port:
        raise refusal("must be an absolute path, or HOST:PORT")
    return text


Word = Annotated[Line, AfterValidator(_word)]


class Switch(Model):
    """How the candidate's share of the traffic is read and set.

    The texts of a write may hold {share} (percent), {rest} (100 - share), {fraction}, {phase},
    {version}, {stable_version}, {key} and {etag}. `path` leads to the share in JSON; where
    `rest_path` leads to the stable version's weight, the share is the part that both make.
    `phase_path` leads to a text that must be the phase. `etag`: what is read carries an ETag, and
    only that is overwritten. `whole`: the body takes the place of all that is read, so it must have
    its shape.
    """

    preset: Line | None = None
    fill: Mapping[Line, Line] = Field(default_factory=dict)
    kind: SwitchKind
    timeout_s: Annotated[float, Field(gt=0, le=300)] = 10.0
    url: Url | None = None
    method: Literal["POST", "PUT", "PATCH"] = "PUT"
    headers: Headers = Field(default_factory=dict)
    body: str = ""
    expect_status: Annotated[
        tuple[Annotated[int, Field(ge=100, le=599)], ...], Strict(False), AfterValidator(filled)
    ] = (200, 201, 202, 204)
    etag: bool = False
    whole: bool = False
    read_url: Url | None = None
    path: DottedPath | None = None
    rest_path: DottedPath | None = None
    phase_path: DottedPath | None = None
    unit: Literal["percent", "fraction"] = "percent"
    file: Text | None = None
    read: Argv | None = None
    write: Argv | None = None
    cwd: Line | None = None
    socket: Annotated[Line, AfterValidator(_socket)] | None = None
    backend: Word | None = None
    candidate: Word | None = None
    stable: Word | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_its_preset(cls, values: Any) -> Any:
        return settled(values) if isinstance(values, Mapping) else values

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        foreign = sorted(self.model_fields_set - _OF_ALL - _KEYS[self.kind])
        if foreign:
            raise refusal(*((f'means nothing for kind "{self.kind}"', key) for key in foreign))
        lacking = [key for key in _NEEDED[self.kind] if not getattr(self, key)]
        if lacking:
            raise refusal(f'kind "{self.kind}" needs `{lacking[0]}`')
        if self.fill and self.preset is None:
            raise refusal(("fills a preset, and none is named", "fill"))
        if self.unit == "fraction" and self.rest_path is not None:
            raise refusal(("two weights have no unit: leave it out", "unit"))
        if self.path is None and (self.rest_path or self.phase_path):
            raise refusal("needs `path` too: where the share lies")
        self._one_origin()
        return self._settable()

    def _one_origin(self) -> None:
        """Headers go with both requests, and secrets to one place only."""
        if self.url is None or self.read_url is None:
            return
        one, other = urlsplit(self.url), urlsplit(self.read_url)
        if (one.scheme, one.netloc) != (other.scheme, other.netloc):
            raise refusal(("must be at the host of `url`: the headers go to both", "read_url"))

    def _settable(self) -> Self:
        """In a file a value is put where the path leads, so the path says all of it."""
        if self.kind == "file":
            for key in ("path", "rest_path", "phase_path"):
                path = getattr(self, key)
                if path and any(isinstance(hop, tuple) for hop in hops(path)):
                    raise refusal(("must lead by names and places", key))
        return self
