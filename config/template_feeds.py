"""The keys of each kind of feed as `warroom init` writes them, as in `config.template`."""

from config.template import HEADERS, Key

_FEED_TIMES = (
    Key("poll_s", "2.0", "seconds between polls; at least 0.5"),
    Key("stale_after_s", "60.0", "seconds without an answer until it counts as stale"),
    Key("deadline_s", "10.0", "seconds a poll may take"),
)
_PRESET = Key("preset", '"native"', "the shape of its records; `fields` for another shape")
_URL = Key("url", '"http://127.0.0.1:9090"', "without passwords")


def _query(example: str, says: str) -> Key:
    return Key("query", example, says)


FEEDS = {
    "jsonl": (
        Key("kind", '"jsonl"', "a growing file of JSON lines"),
        Key("path", '"/var/log/agent/calls.jsonl"', "relative: to this directory"),
        _PRESET,
        *_FEED_TIMES,
    ),
    "jsonl-http": (
        Key("kind", '"jsonl-http"', "JSON lines over HTTP"),
        Key("url", '"http://127.0.0.1:9000/logs/calls.jsonl"', "without passwords"),
        Key("by", '"range"', "how to read on: range (HTTP Range), since or cursor"),
        Key("since_param", '"since"', "by since: the query parameter"),
        Key("since_format", '"rfc3339"', "by since: or unix, unix-ms"),
        Key("cursor_param", '"cursor"', "by cursor: the query parameter"),
        Key("next_header", '"X-Next-Cursor"', "by cursor: the answer's header"),
        _PRESET,
        *_FEED_TIMES,
    ),
    "prometheus": (
        Key("kind", '"prometheus"', "anything that speaks the Prometheus API"),
        _URL,
        Key("preset", '"warroom-prometheus"', "PromQL by metric name, or write your own below"),
        Key("alerts", "true", "show the alerts of its own rules too"),
        *_FEED_TIMES,
    ),
    "json-pages": (
        Key("kind", '"json-pages"', "an API that answers with JSON in pages"),
        Key("url", '"https://phoenix.example/v1/projects/agent/spans"', "without passwords"),
        Key("preset", '""', "how a vendor pages and names things: warroom presets"),
        Key("by", '"cursor"', "how to read on: cursor, page or since"),
        Key("items", '"data"', "where the records lie in an answer"),
        Key("next_path", '"next_cursor"', "by cursor: where the next one lies"),
        Key("cursor_param", '"cursor"', "by cursor: the query parameter"),
        Key("page_param", '"page"', "by page: the query parameter, from 1"),
        Key("limit_param", '"limit"', "the query parameter for a page's size"),
        Key("limit", "100", "records in a page"),
        Key("since_param", '"start_time"', "the query parameter for the time to read from"),
        Key("until_param", '""', "and to, if it wants one"),
        Key("since_format", '"rfc3339"', "or unix, unix-ms, datetime"),
        Key("newest_first", "false", "the first page has the newest records"),
        Key("finished", '"stoppedAt"', "a record without it is not over yet"),
        Key("params", '{ status = "success" }', "sent with every request"),
        Key("join", '"spans"', "records are spans: those of a trace are one call"),
        *_FEED_TIMES,
    ),
    "loki": (
        Key("kind", '"loki"', "Grafana Loki"),
        Key("url", '"http://127.0.0.1:3100"', "without passwords"),
        _query("'{app=\"agent\"}'", "LogQL for the lines, JSON each"),
        Key("preset", '"native"', "the shape of the lines; native-loki: Loki counts them"),
        *_FEED_TIMES,
    ),
    "otlp": (
        Key("kind", '"otlp"', "a receiver: the agent's OpenTelemetry exporter points at it"),
        Key("listen", '"127.0.0.1:4318"', "loopback only"),
        Key("token", '{ env = "AGENT_OTLP_TOKEN" }', "exporters must send it as Bearer"),
        Key("preset", '"otel-genai"', "which attributes make a call; or openinference"),
        *_FEED_TIMES,
    ),
    "exposition": (
        Key("kind", '"exposition"', "/metrics, read without a Prometheus"),
        Key("url", '"http://127.0.0.1:9000/metrics"', "without passwords"),
        Key("preset", '""', "usual names of families: warroom presets"),
        Key("latency", '"agent_latency_seconds"', "a histogram or summary"),
        Key("latency_unit", '"s"', "or ms, us"),
        *_FEED_TIMES,
    ),
    "sql": (
        Key("kind", '"sql"', "a store that answers SQL over HTTP, such as ClickHouse"),
        Key("url", '"http://127.0.0.1:8123"', "without passwords"),
        _query('"SELECT …"', "a row a minute; {start} and {end} are filled in"),
        *_FEED_TIMES,
    ),
    "alertmanager": (
        Key("kind", '"alertmanager"', "the alerts of an Alertmanager"),
        Key("url", '"http://127.0.0.1:9093"', "without passwords"),
        Key("match", """['service="agent"']""", "only alerts with these labels"),
        *_FEED_TIMES,
    ),
}
_FIELDS = (
    "fields",
    "where a call's field lies, if the preset does not know",
    ('latency_s = { path = "duration_ms", as = "ms" }', 'cost = "usage.cost|cost"'),
)
FEED_TABLES = {
    "jsonl": (_FIELDS,),
    "jsonl-http": (HEADERS, _FIELDS),
    "json-pages": (HEADERS, _FIELDS),
    "loki": (
        HEADERS,
        _FIELDS,
        (
            "minutes",
            "LogQL for the count of a minute",
            ("calls = 'sum(count_over_time($query[1m]))'",),
        ),
    ),
    "otlp": (_FIELDS,),
    "exposition": (
        HEADERS,
        ("minutes", "families to count", ("calls = 'agent_calls_total{variant!=\"control\"}'",)),
    ),
    "sql": (HEADERS,),
    "alertmanager": (HEADERS,),
    "prometheus": (
        HEADERS,
        ("minutes", "PromQL for the count of a minute", ("calls = 'sum(increase(calls[1m]))'",)),
        (
            "values",
            "PromQL for a metric's value",
            ("latency-p95 = 'histogram_quantile(0.95, sum by (le) (rate(latency_bucket[1h])))'",),
        ),
    ),
}
