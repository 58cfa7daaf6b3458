"""The Prometheus HTTP API: the store counts, and we ask for a number a minute.

VictoriaMetrics, Mimir and Thanos answer the same questions; Loki counts its lines by the same.
"""

import asyncio
import math
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from config.feed import Feed as FeedSpec
from config.feed import MinuteCount
from config.guide import MetricId
from console.clean import clean
from console.domain.outside import OutsideAlert
from console.feeds.alertmanager import outside_alert
from console.feeds.base import Batch, FeedError, MinuteSeries, saved, understood
from console.feeds.web import Endpoint
from console.net import Http

MOST_POINTS = 11_000  # what Prometheus gives of a series in one answer
HISTORY_MINUTES = 48 * 60
OVERLAP_MINUTES = 3  # the last minutes still move: scrapes and remote writes come late
_ACCEPT = "application/json"


class Api(msgspec.Struct, frozen=True):
    """Whose API it is, where it lies and a question that fits.

    Some tell what is wrong as plain text, without JSON.
    """

    name: str
    path: str
    example: str
    plain_errors: bool = False


PROMETHEUS = Api("Prometheus", "/api/v1", "sum(increase(name_total[1m]))")


class MinuteCursor(msgspec.Struct, forbid_unknown_fields=True):
    """The last minute that was asked for, unix seconds // 60."""

    minute: int


class _Series(msgspec.Struct):
    metric: dict[str, str] = {}
    values: list[tuple[float, str]] = []
    value: tuple[float, str] | None = None


class _Data(msgspec.Struct, rename="camel"):
    result_type: str = ""
    result: msgspec.Raw = msgspec.Raw()


class _Answer(msgspec.Struct, rename="camel"):
    status: str
    data: _Data = msgspec.field(default_factory=_Data)
    error_type: str = ""
    error: str = ""
    is_partial: bool = False  # VictoriaMetrics' cluster, when one of its nodes does not answer


class _Names(msgspec.Struct):
    status: Literal["success"]
    data: list[str]


class _Rule(msgspec.Struct, rename="camel"):
    labels: dict[str, str]
    state: Literal["pending", "firing"]
    active_at: datetime
    annotations: dict[str, str] = {}


class _Alerts(msgspec.Struct):
    alerts: list[_Rule]


class _AlertsAnswer(msgspec.Struct):
    data: _Alerts


class Prometheus:
    """Asks PromQL. An answer that is empty, NaN or infinite is no number, and never zero."""

    def __init__(self, spec: FeedSpec, http: Http, base: Path, api: Api = PROMETHEUS) -> None:
        self._endpoint = Endpoint(spec, http, base)
        self._origin = self._endpoint.origin
        self._api = api

    async def query(self, promql: str, at: float, what: str = "the query") -> float | None:
        """The value of `promql` at a moment (unix seconds). Raises `FeedError`.

        `what` names the expression in errors.
        """
        asked = {"query": promql, "time": f"{at:.3f}"}
        series = await self._ask("query", asked, "vector", what)
        return None if series is None or series.value is None else _finite(series.value[1])

    async def query_range(
        self, promql: str, start: int, end: int, what: str = "the query"
    ) -> dict[int, float]:
        """The value at each minute boundary from `start` to `end` (unix seconds), where known.

        Raises `FeedError`, also if there are several series.
        """
        asked = {"query": promql, "start": str(start), "end": str(end), "step": "60"}
        series = await self._ask("query_range", asked, "matrix", what)
        found = {} if series is None else {round(at): _finite(text) for at, text in series.values}
        return {at: value for at, value in found.items() if value is not None}

    async def names(self) -> list[str]:
        """The names of all series, as the store gives them. Raises `FeedError`."""
        response = await self._endpoint.get(
            path=f"{self._api.path}/label/__name__/values", accept=_ACCEPT
        )
        self._endpoint.no_web_page(response)
        if response.status != 200:
            raise self._endpoint.refusal(response)
        try:
            return msgspec.json.decode(response.body, type=_Names).data
        except (msgspec.MsgspecError, RecursionError):
            raise self._no_answer() from None

    async def alerts(self, feed: str) -> tuple[OutsideAlert, ...]:
        """The pending and firing alerts of the store's own rules. Raises `FeedError`."""
        response = await self._endpoint.get(path="/api/v1/alerts", accept=_ACCEPT)
        self._endpoint.no_web_page(response)
        if response.status != 200:
            raise self._endpoint.refusal(response)
        try:
            found = await asyncio.to_thread(_parse_alerts, response.body)
        except ValueError:
            raise self._no_answer() from None
        return tuple(
            outside_alert(feed, one.labels, one.annotations, one.state, one.active_at)
            for one in found
        )

    def _no_answer(self) -> FeedError:
        return FeedError(
            f"{self._origin} does not answer as {self._api.name} does; check the url of feed "
            f"{self._endpoint.spec.id}"
        )

    async def _ask(
        self, call: str, params: Mapping[str, str], kind: str, what: str
    ) -> _Series | None:
        """The one series of the answer; None if it is empty."""
        response = await self._endpoint.get(
            path=f"{self._api.path}/{call}", params=params, accept=_ACCEPT
        )
        self._endpoint.no_web_page(response)
        try:
            answer, series = await asyncio.to_thread(_parse, response.body)
        except ValueError:
            if response.status != 200:
                if self._api.plain_errors:
                    raise self._endpoint.plain_refusal(response, what) from None
                raise self._endpoint.refusal(response) from None
            raise self._no_answer() from None
        why = clean(answer.error, 200)
        if answer.error_type == "bad_data":
            raise FeedError(f"{self._origin} refuses {what}: {why}")
        if response.status != 200:
            raise self._endpoint.refusal(response, why)
        if answer.status != "success":
            raise FeedError(
                f"{self._origin} could not answer {what}: {why or 'it does not say why'}"
            )
        if answer.is_partial:
            raise FeedError(
                f"{self._origin} answers {what} with a part of its data only: a node of it is down"
            )
        if answer.data.result_type != kind:
            raise FeedError(
                f"{what} gives a {clean(answer.data.result_type, 20)} where a {kind} is needed; "
                f"write an expression such as {self._api.example}"
            )
        if len(series) > 1:
            raise FeedError(
                f"{what} gives {len(series)} series where one is needed; wrap it in sum(...)"
            )
        return series[0] if series else None


class PrometheusFeed:
    """Minutes and metric values by PromQL: a sample at a minute's end stands for that minute."""

    def __init__(
        self,
        spec: FeedSpec,
        http: Http,
        base: Path,
        *,
        minutes: Mapping[MinuteCount, str],
        values: Mapping[MetricId, str],
        api: Api = PROMETHEUS,
    ) -> None:
        """`minutes` and `values` are PromQL by what they count and by the metric they give."""
        self.id = spec.id
        self._store = Prometheus(spec, http, base, api)
        self._minutes = minutes
        self._values = values
        self._tells_alerts = spec.alerts

    async def poll(self, cursor: dict[str, object], now: float) -> Batch:
        """See `Feed.poll`: at the start 48 h, then the last minutes again and what is new."""
        first, until, last = due(cursor, now)
        found = MinuteSeries({}, {})
        for count, promql in self._minutes.items():
            numbers = await self._ask(f"minutes.{count} of feed {self.id}", promql, first, until)
            for minute, number in numbers.items():
                found.counts.setdefault(minute, {})[count] = number
        for metric, promql in self._values.items():
            what = f"values.{metric} of feed {self.id}"
            found.values[metric] = await self._ask(what, promql, first, until)
        outside = await self._store.alerts(self.id) if self._tells_alerts else None
        return Batch(
            [], saved(MinuteCursor(until)), minutes=found, behind=until < last, outside=outside
        )

    async def _ask(self, what: str, promql: str, first: int, last: int) -> dict[int, float]:
        """A number for each of the minutes `first` to `last` that has one."""
        found = await self._store.query_range(promql, (first + 1) * 60, (last + 1) * 60, what)
        if any(number < 0 for number in found.values()):
            raise FeedError(f"{what} gives numbers under 0; counters need increase(...)")
        return {at // 60 - 1: number for at, number in found.items()}


def due(cursor: dict[str, object], now: float) -> tuple[int, int, int]:
    """The first and last minute to ask for now, and the last complete one.

    At the start 48 h, then the last minutes again and what is new.
    """
    last = int(now // 60) - 1
    at = understood(cursor, MinuteCursor)
    first = last + 1 - HISTORY_MINUTES if at is None else at.minute + 1 - OVERLAP_MINUTES
    first = min(first, last + 1 - OVERLAP_MINUTES)
    return first, min(last, first + MOST_POINTS - 1), last


def _parse_alerts(body: bytes) -> list[_Rule]:
    """The alerts of an answer. Raises `ValueError` for anything else."""
    try:
        answer = msgspec.json.decode(body, type=_AlertsAnswer)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError("not an answer of the API") from error
    return answer.data.alerts


def _parse(body: bytes) -> tuple[_Answer, list[_Series]]:
    """An API answer and its series. Raises `ValueError` for anything else."""
    try:
        answer = msgspec.json.decode(body, type=_Answer)
        if answer.status == "success" and not answer.data.result_type:
            raise ValueError("not an answer of the API")
        if answer.data.result_type not in {"matrix", "vector"}:
            return answer, []
        return answer, msgspec.json.decode(answer.data.result, type=list[_Series])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError("not an answer of the API") from error


def _finite(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
