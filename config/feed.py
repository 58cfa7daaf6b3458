"""A feed as `warroom.toml` describes it: where the calls or numbers are read, and how."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, Strict, model_validator

from config.base import HeaderName, Line, LineOrEmpty, Model, Positive, Text, Url, refusal
from config.guide import MetricId
from config.listen import on_loopback
from config.secret import Headers, Secret

FeedKind = Literal[
    "jsonl",
    "jsonl-http",
    "json-pages",
    "loki",
    "otlp",
    "prometheus",
    "exposition",
    "sql",
    "alertmanager",
]
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
    "tools_failed",
    "conversation",
    "feedback",
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
_SINCE_KEYS = {"by", "since_param", "since_format", "cursor_param"}
_PAGE_KEYS = {
    "items",
    "next_path",
    "page_param",
    "limit_param",
    "limit",
    "until_param",
    "params",
    "newest_first",
    "finished",
}
FEED_KEYS: Mapping[FeedKind, set[str]] = {
    "jsonl": _COMMON_KEYS | {"path", "fields", "join"},
    "jsonl-http": _COMMON_KEYS | _HTTP_KEYS | _SINCE_KEYS | {"next_header", "fields"},
    "json-pages": _COMMON_KEYS | _HTTP_KEYS | _SINCE_KEYS | _PAGE_KEYS | {"fields", "join"},
    "loki": _COMMON_KEYS | _HTTP_KEYS | {"query", "fields", "minutes", "values"},
    "otlp": _COMMON_KEYS | {"listen", "token", "fields"},
    "prometheus": _COMMON_KEYS | _HTTP_KEYS | {"minutes", "values", "alerts"},
    "exposition": _COMMON_KEYS | _HTTP_KEYS | {"minutes", "latency", "latency_unit"},
    "sql": _COMMON_KEYS | _HTTP_KEYS | {"query"},
    "alertmanager": _COMMON_KEYS | _HTTP_KEYS | {"match"},
}
_NEEDED: Mapping[FeedKind, str] = {"jsonl": "path", "otlp": "listen"}
USUAL_PRESETS: Mapping[FeedKind, str] = {
    "jsonl": "native",
    "jsonl-http": "native",
    "otlp": "otel-genai",
}
WITHOUT_METRICS: frozenset[FeedKind] = frozenset({"alertmanager"})


class Paging(Model):
    """How a log endpoint is asked for what is new, and where its records lie in an answer.

    `items` and `next_path` are paths into an answer; `params` go with every request. A record that
    has nothing at the path `finished` is not over yet and read when it is. `join` says
    that a record is a span and the spans of a trace are one call.
    """

    by: Literal["range", "since", "cursor", "page"] = "range"
    since_param: LineOrEmpty = "since"
    since_format: Literal["rfc3339", "unix", "unix-ms", "datetime"] = "rfc3339"
    until_param: LineOrEmpty = ""
    cursor_param: Line = "cursor"
    next_header: HeaderName = "X-Next-Cursor"
    items: Text = "data"
    next_path: LineOrEmpty = ""
    page_param: Line = "page"
    limit_param: LineOrEmpty = "limit"
    limit: Annotated[int, Field(gt=0, le=10_000)] = 100
    params: Mapping[Line, LineOrEmpty] = Field(default_factory=dict)
    newest_first: bool = False
    finished: LineOrEmpty = ""
    join: Literal["", "spans"] = ""


class Feed(Paging):
    """A configured endpoint. `id` is the name of its table.

    A relative `path` starts at the deployment's directory. A key that is not in
    `model_fields_set` was not written by anybody, so a preset may decide it.
    """

    id: Annotated[str, Field(exclude=True)] = ""
    kind: FeedKind
    path: Text | None = None
    url: Url | None = None
    query: Text | None = None
    listen: Annotated[Line, AfterValidator(on_loopback)] | None = None
    token: Secret | None = None
    latency: Text | None = None
    latency_unit: Literal["s", "ms", "us"] = "s"
    alerts: bool = False
    match: Annotated[tuple[Line, ...], Strict(False)] = ()
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
    def _usual_preset_unless_named(cls, value: object) -> object:
        for kind, usual in USUAL_PRESETS.items():
            if isinstance(value, dict) and value.get("kind") == kind:
                return {"preset": usual, **value}
        return value

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        foreign = sorted(self.model_fields_set - FEED_KEYS[self.kind])
        if foreign:
            raise refusal(*((f'means nothing for kind "{self.kind}"', key) for key in foreign))
        needed = _NEEDED.get(self.kind, "url")
        if getattr(self, needed) is None:
            raise refusal(f'kind "{self.kind}" needs `{needed}`')
        if (
            self.kind in {"loki", "sql"}
            and self.query is None
            and not (self.minutes or self.values)
        ):
            raise refusal(f'kind "{self.kind}" needs `query`')
        if self.kind == "exposition" and not (self.preset or self.minutes):
            raise refusal("has nothing to count; add a preset, or selectors under `minutes`")
        asks = self.preset or self.minutes or self.values or self.alerts
        if self.kind == "prometheus" and not asks:
            raise refusal(
                'has nothing to ask for; add preset = "warroom-prometheus", or PromQL under '
                "`minutes` or `values`"
            )
        return self

    @property
    def tells_alerts(self) -> bool:
        """Whether it tells of alerts that another system raises."""
        return self.alerts or self.kind == "alertmanager"
