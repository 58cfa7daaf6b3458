"""A feed as `warroom.toml` describes it: where the calls or numbers are read, and how."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.base import HeaderName, Line, LineOrEmpty, Model, Positive, Text, Url, refusal
from config.guide import MetricId
from config.secret import Headers

CallField = Literal[
    "id",
    "at",
    "latency_s",
    "cost",
    "tokens_in",
    "tokens_out",
    "error",
    "escalation",
    "flags",
    "version",
    "variant",
    "model",
    "tools",
    "user",
    "input",
    "output",
    "format",
    "correction",
    "synthetic",
]
MinuteCount = Literal["calls", "errors", "escalations", "flags", "cost", "tokens_in", "tokens_out"]


class FieldPath(Model):
    """Where a call's field lies in a log record, and how to read it.

    `path` is dotted, with `[n]` for list places and `a|b` for alternatives. `as` names a transform,
    such as "ms". In TOML a plain string is a path without a transform.
    """

    path: Text
    transform: Annotated[str | None, Field(alias="as")] = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if isinstance(value, str):
            return {"path": value}
        if not isinstance(value, dict | cls):
            raise refusal('must be a path such as "usage.total" or { path = "…", as = "ms" }')
        return value


_COMMON_KEYS = {"id", "kind", "preset", "poll_s", "stale_after_s", "deadline_s"}
_HTTP_KEYS = {"url", "headers"}
_PAGING_KEYS = {"by", "since_param", "since_format", "cursor_param", "next_header"}
_FEED_KEYS = {
    "jsonl": _COMMON_KEYS | {"path", "fields"},
    "jsonl-http": _COMMON_KEYS | _HTTP_KEYS | _PAGING_KEYS | {"fields"},
    "prometheus": _COMMON_KEYS | _HTTP_KEYS | {"minutes", "values"},
}


class Feed(Model):
    """A configured endpoint. `id` is the name of its table.

    A relative `path` starts at the deployment's directory. A key that is not in
    `model_fields_set` was not written by anybody, so a preset may decide it.
    """

    id: Annotated[str, Field(exclude=True)] = ""
    kind: Literal["jsonl", "jsonl-http", "prometheus"]
    path: Text | None = None
    url: Url | None = None
    by: Literal["range", "since", "cursor"] = "range"
    since_param: Line = "since"
    since_format: Literal["rfc3339", "unix", "unix-ms"] = "rfc3339"
    cursor_param: Line = "cursor"
    next_header: HeaderName = "X-Next-Cursor"
    preset: LineOrEmpty = ""
    poll_s: Annotated[float, Field(ge=0.5)] = 2.0
    stale_after_s: Positive = 60.0
    deadline_s: Positive = 10.0
    headers: Headers = Field(default_factory=dict)
    fields: Mapping[CallField, FieldPath] = Field(default_factory=dict)
    minutes: Mapping[MinuteCount, Text] = Field(default_factory=dict)
    values: Mapping[MetricId, Text] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _native_unless_named(cls, value: object) -> object:
        if isinstance(value, dict) and value.get("kind") in ("jsonl", "jsonl-http"):
            return {"preset": "native", **value}
        return value

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        foreign = sorted(self.model_fields_set - _FEED_KEYS[self.kind])
        if foreign:
            raise refusal(*((f'means nothing for kind "{self.kind}"', key) for key in foreign))
        needed = "path" if self.kind == "jsonl" else "url"
        if getattr(self, needed) is None:
            raise refusal(f'kind "{self.kind}" needs `{needed}`')
        if self.kind == "prometheus" and not (self.preset or self.minutes or self.values):
            raise refusal(
                'has nothing to ask for; add preset = "warroom-prometheus", or PromQL under '
                "`minutes` or `values`"
            )
        return self
